"""Events of a member of staff. Token hashes are in a table of their own; events hold only a token's id."""

from collections.abc import MutableMapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from dsr.domain.events import CreatedEvent, Event
from dsr.domain.roles import Role
from dsr.domain.sealed import KeyIntroduction, Sealed
from dsr.domain.staff.state import StaffRecord
from dsr.domain.staff.token_limits import TokenLimits


class StaffEnrolled(CreatedEvent):
    """A person was given an identifier, roles, a scope, and perhaps the last day of their access (in UTC)."""

    TOPIC: ClassVar[str] = "dsr.staff.enrolled"
    identifier: str
    roles: tuple[Role, ...]
    controllers: tuple[str, ...]
    access_ends_on: date | None

    def apply(self, staff: StaffRecord) -> None:
        staff.identifier = self.identifier
        staff.roles = staff.held_roles = self.roles
        staff.controllers = staff.held_controllers = self.controllers
        staff.access_ends_on = self.access_ends_on


class StaffRolesChanged(Event):
    """Roles, scope and last day of access (in UTC; None for no end) were replaced by these."""

    TOPIC: ClassVar[str] = "dsr.staff.roles-changed"
    identifier: str
    roles: tuple[Role, ...]
    controllers: tuple[str, ...]
    access_ends_on: date | None

    def apply(self, staff: StaffRecord) -> None:
        if staff.is_confirmer:
            staff.confirmer_changed_by = self.actor
        staff.roles_came_last = True
        staff.roles = staff.held_roles = self.roles
        staff.controllers = staff.held_controllers = self.controllers
        staff.access_ends_on = self.access_ends_on


class StaffConfirmationAsked(Event):
    """What was given just before waits for a second person; until then, these roles hold, in this scope.

    What was given holds at once where no second person could confirm it, and only after confirmation where one could.
    """

    TOPIC: ClassVar[str] = "dsr.staff.confirmation-asked"
    identifier: str
    held_roles: tuple[Role, ...]
    held_controllers: tuple[str, ...]

    def apply(self, staff: StaffRecord) -> None:
        if staff.roles_came_last:
            staff.roles_asked_by = self.actor
        else:
            if staff.is_confirmer:
                staff.confirmer_changed_by = self.actor
            staff.way_asked_by = (*staff.way_asked_by, self.actor)
        staff.held_roles = self.held_roles
        staff.held_controllers = self.held_controllers


class StaffConfirmed(Event):
    """A second person confirmed what the member of staff may do: it holds."""

    TOPIC: ClassVar[str] = "dsr.staff.confirmed"
    identifier: str

    def apply(self, staff: StaffRecord) -> None:
        staff.held_roles = staff.roles
        staff.held_controllers = staff.controllers
        staff.roles_asked_by = None
        staff.way_asked_by = ()


class StaffConfidentialitySigned(Event):
    """The person signed a confidentiality agreement on this day (GDPR Art. 29, 32(4)); the last one recorded counts."""

    TOPIC: ClassVar[str] = "dsr.staff.confidentiality-signed"
    identifier: str
    signed_on: date

    def apply(self, staff: StaffRecord) -> None:
        staff.confidentiality_signed_on = self.signed_on


class StaffTrainingCompleted(Event):
    """The person completed a course in data protection (GDPR Art. 39(1)(b)); the last date recorded for a course
    counts.
    """

    TOPIC: ClassVar[str] = "dsr.staff.training-completed"
    identifier: str
    course: str
    completed_on: date

    def apply(self, staff: StaffRecord) -> None:
        staff.training = {**staff.training, self.course: self.completed_on}


class StaffLeft(Event):
    """The person left; all tokens, passkeys and sessions end with it."""

    TOPIC: ClassVar[str] = "dsr.staff.left"
    identifier: str

    def apply(self, staff: StaffRecord) -> None:
        if staff.is_confirmer:
            staff.confirmer_changed_by = self.actor
        staff.has_left = True
        staff.tokens = ()
        staff.passkeys = ()
        staff.accounts = ()
        staff.address = None
        staff.invitation = None


class StaffTokenIssued(Event):
    """A bearer token was created; its secret was shown once."""

    TOPIC: ClassVar[str] = "dsr.staff.token-issued"
    class_version = 3
    identifier: str
    token_id: UUID
    expires_at: datetime
    name: str | None
    """What it is for, as a code; None for the token that an invitation gives."""
    limits: TokenLimits

    @staticmethod
    def upcast_v1_v2(state: MutableMapping[str, Any]) -> None:
        """Before, a token had no name, and gave all that its holder had."""
        state["name"] = None
        state["limits"] = {}

    @staticmethod
    def upcast_v2_v3(state: MutableMapping[str, Any]) -> None:
        """Before, no token was the address of a calendar."""
        state["limits"]["calendar_only"] = False

    def apply(self, staff: StaffRecord) -> None:
        staff.tokens = (*staff.tokens, self.token_id)
        staff.had_credential = True


class StaffTokenRevoked(Event):
    """The token is no longer valid."""

    TOPIC: ClassVar[str] = "dsr.staff.token-revoked"
    identifier: str
    token_id: UUID

    def apply(self, staff: StaffRecord) -> None:
        staff.tokens = tuple(token for token in staff.tokens if token != self.token_id)


class StaffPasskeyRegistered(Event):
    """The person registered an authenticator, with which they sign in; only its public key is known here."""

    TOPIC: ClassVar[str] = "dsr.staff.passkey-registered"
    identifier: str
    passkey_id: UUID
    webauthn_id: str
    """The id that the authenticator chose, base64url."""
    public_key: str
    """COSE, base64url."""
    rp_id: str
    """The host name that the authenticator is bound to."""
    is_synced: bool
    """Whether its maker copies it to other devices of the person."""
    transports: tuple[str, ...]
    """How the browser reaches it, such as `internal`, `usb` or `hybrid`."""

    def apply(self, staff: StaffRecord) -> None:
        staff.passkeys = (*staff.passkeys, self.passkey_id)
        staff.had_passkey = staff.had_credential = True


class StaffPasskeyRevoked(Event):
    """Nobody signs in with this authenticator any more."""

    TOPIC: ClassVar[str] = "dsr.staff.passkey-revoked"
    identifier: str
    passkey_id: UUID

    def apply(self, staff: StaffRecord) -> None:
        staff.passkeys = tuple(each for each in staff.passkeys if each != self.passkey_id)


class StaffAccountLinked(Event):
    """An account at the organisation's provider was linked: whoever signs in there with it is this person."""

    TOPIC: ClassVar[str] = "dsr.staff.account-linked"
    identifier: str
    account_id: UUID
    issuer: str
    subject: str
    """What the provider calls the account (`sub`); no address."""

    def apply(self, staff: StaffRecord) -> None:
        staff.accounts = (*staff.accounts, self.account_id)
        staff.roles_came_last = False


class StaffAccountUnlinked(Event):
    """Nobody signs in with this account any more."""

    TOPIC: ClassVar[str] = "dsr.staff.account-unlinked"
    identifier: str
    account_id: UUID

    def apply(self, staff: StaffRecord) -> None:
        staff.accounts = tuple(each for each in staff.accounts if each != self.account_id)


class StaffInvited(Event):
    """The person may register a passkey or fetch a token of their own, once, with a code that nobody else is shown. An
    earlier invitation ends.
    """

    TOPIC: ClassVar[str] = "dsr.staff.invited"
    identifier: str
    invitation_id: UUID
    expires_at: datetime
    by_mail: bool
    """The code goes to the work address. False: the administrator of the machine printed it."""

    def apply(self, staff: StaffRecord) -> None:
        staff.invitation = self.invitation_id
        staff.invitation_expires_at = self.expires_at
        staff.roles_came_last = False


class StaffInvitationAccepted(Event):
    """The code was used: whoever had it registered the passkey, or was shown the token, that follows this event."""

    TOPIC: ClassVar[str] = "dsr.staff.invitation-accepted"
    identifier: str
    invitation_id: UUID

    def apply(self, staff: StaffRecord) -> None:
        staff.invitation = None


class StaffAddressGiven(Event):
    """A work address was recorded, to which the service sends warnings about due dates and invitations. An open
    invitation ends.

    The address is sealed under a key of its own, which a new address, returned mail and leaving destroy.
    """

    TOPIC: ClassVar[str] = "dsr.staff.address-given"
    identifier: str
    address: Sealed
    key: KeyIntroduction

    def apply(self, staff: StaffRecord) -> None:
        staff.address = self.address
        staff.address_since = self.timestamp
        staff.roles_came_last = False
        staff.invitation = None


class StaffAddressReturned(Event):
    """Mail to this address was returned for good: the service no longer uses it, and an operator has to give
    another.
    """

    TOPIC: ClassVar[str] = "dsr.staff.address-returned"
    identifier: str
    status: str
    """RFC 3463, such as `5.1.1`."""

    def apply(self, staff: StaffRecord) -> None:
        staff.address = None
