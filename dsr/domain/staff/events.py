"""What happens to a member of staff. Hashes of tokens live in a table of their own; events know a token by its id."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from dsr.domain.events import CreatedEvent, Event
from dsr.domain.roles import Role
from dsr.domain.sealed import KeyIntroduction, Sealed
from dsr.domain.staff.state import StaffRecord


class StaffEnrolled(CreatedEvent):
    """A person was given an identifier, roles, a scope, and perhaps the last day of their access (in UTC)."""

    TOPIC: ClassVar[str] = "dsr.staff.enrolled"
    identifier: str
    roles: tuple[Role, ...]
    controllers: tuple[str, ...]
    access_ends_on: date | None

    def apply(self, staff: StaffRecord) -> None:
        staff.identifier = self.identifier
        staff.roles = self.roles
        staff.controllers = self.controllers
        staff.access_ends_on = self.access_ends_on


class StaffRolesChanged(Event):
    """From here on these roles, this scope and this last day of access (in UTC; None for no end) hold."""

    TOPIC: ClassVar[str] = "dsr.staff.roles-changed"
    identifier: str
    roles: tuple[Role, ...]
    controllers: tuple[str, ...]
    access_ends_on: date | None

    def apply(self, staff: StaffRecord) -> None:
        staff.roles = self.roles
        staff.controllers = self.controllers
        staff.access_ends_on = self.access_ends_on


class StaffConfidentialitySigned(Event):
    """The person bound themselves to confidentiality on this day (GDPR Art. 29, 32(4)); what is recorded last holds."""

    TOPIC: ClassVar[str] = "dsr.staff.confidentiality-signed"
    identifier: str
    signed_on: date

    def apply(self, staff: StaffRecord) -> None:
        staff.confidentiality_signed_on = self.signed_on


class StaffTrainingCompleted(Event):
    """The person completed a course in data protection (GDPR Art. 39(1)(b)); of one course, the last recorded holds."""

    TOPIC: ClassVar[str] = "dsr.staff.training-completed"
    identifier: str
    course: str
    completed_on: date

    def apply(self, staff: StaffRecord) -> None:
        staff.training = {**staff.training, self.course: self.completed_on}


class StaffLeft(Event):
    """The person left; all tokens end with it."""

    TOPIC: ClassVar[str] = "dsr.staff.left"
    identifier: str

    def apply(self, staff: StaffRecord) -> None:
        staff.has_left = True
        staff.tokens = ()
        staff.address = None


class StaffTokenIssued(Event):
    """A bearer token was made; its secret was shown once."""

    TOPIC: ClassVar[str] = "dsr.staff.token-issued"
    identifier: str
    token_id: UUID
    expires_at: datetime

    def apply(self, staff: StaffRecord) -> None:
        staff.tokens = (*staff.tokens, self.token_id)


class StaffTokenRevoked(Event):
    """The token no longer opens anything."""

    TOPIC: ClassVar[str] = "dsr.staff.token-revoked"
    identifier: str
    token_id: UUID

    def apply(self, staff: StaffRecord) -> None:
        staff.tokens = tuple(token for token in staff.tokens if token != self.token_id)


class StaffAddressGiven(Event):
    """Where the service writes to somebody at work: that dates of their cases come near, or were missed.

    Sealed under a key of its own, which the next address, mail that came back, and leaving destroy.
    """

    TOPIC: ClassVar[str] = "dsr.staff.address-given"
    identifier: str
    address: Sealed
    key: KeyIntroduction

    def apply(self, staff: StaffRecord) -> None:
        staff.address = self.address
        staff.address_since = self.timestamp


class StaffAddressReturned(Event):
    """Mail to this address came back for good: the service writes there no more, and an operator gives another."""

    TOPIC: ClassVar[str] = "dsr.staff.address-returned"
    identifier: str
    status: str
    """RFC 3463, such as `5.1.1`."""

    def apply(self, staff: StaffRecord) -> None:
        staff.address = None
