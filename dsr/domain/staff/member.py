"""Members of staff: who may do what, for which controllers, since when and until when (GDPR Art. 29, 32(4),
39(1)(b)).

An identifier is never reused: the stream id is computed from it, so a second enrolment finds the first. Days are dates
in UTC.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Self
from uuid import UUID, uuid5

from dsr.domain.acting import Acting
from dsr.domain.roles import OPENS_PERSONAL_DATA, Role
from dsr.domain.sealed import KeyIntroduction, Sealed
from dsr.domain.staff.errors import (
    AccessEndRequired,
    AccountUnknown,
    AuditorReadsOnly,
    ConfidentialityMissing,
    ConfirmationNotYours,
    InvitationInvalid,
    LastPasskey,
    PasskeyForAnother,
    PasskeyUnknown,
    RolesRequired,
    StaffAlreadyConfirmed,
    StaffDatesInvalid,
    StaffHasLeft,
    StaffIdentifierInvalid,
    StaffTokenUnknown,
    StaffUnreachable,
    TokenForAnother,
    TokenTooWide,
    TrainingMissing,
)
from dsr.domain.staff.events import (
    StaffAccountLinked,
    StaffAccountUnlinked,
    StaffAddressGiven,
    StaffAddressReturned,
    StaffConfidentialitySigned,
    StaffConfirmationAsked,
    StaffConfirmed,
    StaffEnrolled,
    StaffInvitationAccepted,
    StaffInvited,
    StaffLeft,
    StaffPasskeyRegistered,
    StaffPasskeyRevoked,
    StaffRolesChanged,
    StaffTokenIssued,
    StaffTokenRevoked,
    StaffTrainingCompleted,
)
from dsr.domain.staff.state import StaffRecord
from dsr.domain.staff.token_limits import TokenLimits

_NAMESPACE = UUID("6f1d2f6e-4a53-4e7c-9a53-3a3c5d2f6b10")

IDENTIFIER = "[a-z][a-z0-9.-]{0,38}[a-z0-9]"
"""Pattern of an identifier of staff."""

ALL_CONTROLLERS = "*"
"""The scope of all controllers, including future ones."""


def staff_id(identifier: str) -> UUID:
    """The stream id of this identifier, which never changes."""
    return uuid5(_NAMESPACE, identifier)


@dataclass(frozen=True)
class Training:
    """A course in data protection that the member completed."""

    course: str
    """A short code, such as `gdpr-basics-2026`."""
    completed_on: date


_NO_LIMITS = TokenLimits()


@dataclass(frozen=True)
class Passkey:
    """An authenticator, as it was registered in a browser."""

    passkey_id: UUID
    webauthn_id: str
    """The id that the authenticator chose, base64url."""
    public_key: str
    """COSE, base64url."""
    rp_id: str
    """The host name that the authenticator is bound to."""
    is_synced: bool
    transports: tuple[str, ...]


_RESERVED = ("data-subject", "me")
"""Reserved: the log uses `data-subject` as the actor of the person's acts, the API uses `me` for the caller."""


class Staff(StaffRecord):
    """One member of staff."""

    TOPIC = "dsr.staff"

    @classmethod
    def enrol(
        cls,
        acting: Acting,
        *,
        identifier: str,
        roles: tuple[Role, ...],
        controllers: tuple[str, ...],
        access_ends_on: date | None = None,
        confidentiality_signed_on: date | None = None,
        training: Training | None = None,
        confirmable: bool,
    ) -> Self:
        """Enrol a person under an identifier for ever, with their signature and training.

        What a person gives waits for a second person (GDPR Art. 32(1)(b), (4)), unless nobody is there who could
        confirm it (`confirmable`). Up to four events form one decision: the enrolment has to be the first event, so all
        guards run before any event is recorded. The events are stored together or not at all. Raises
        StaffIdentifierInvalid, RolesRequired, AuditorReadsOnly, AccessEndRequired, StaffDatesInvalid,
        ConfidentialityMissing, TrainingMissing.
        """
        if not re.fullmatch(IDENTIFIER, identifier) or identifier in _RESERVED:
            raise StaffIdentifierInvalid()
        _require_roles(roles, controllers, access_ends_on=access_ends_on, at=acting.at)
        if confidentiality_signed_on is not None:
            _require_not_in_future(confidentiality_signed_on, acting.at)
        if training is not None:
            _require_not_in_future(training.completed_on, acting.at)
        _require_prepared(roles, signed=confidentiality_signed_on is not None, trained=training is not None)
        staff = cls.create(
            acting,
            StaffEnrolled,
            stream_id=staff_id(identifier),
            identifier=identifier,
            roles=roles,
            controllers=controllers,
            access_ends_on=access_ends_on,
        )
        if not acting.is_service:
            staff._ask_confirmation(acting, *(((), ()) if confirmable else (roles, controllers)))
        if confidentiality_signed_on is not None:
            staff.sign_confidentiality(acting, signed_on=confidentiality_signed_on)
        if training is not None:
            staff.complete_training(acting, course=training.course, completed_on=training.completed_on)
        return staff

    def sign_confidentiality(self, acting: Acting, *, signed_on: date) -> None:
        """Record the day of the signature; repeat it to correct the day or after a new signature (GDPR Art. 29,
        32(4)).

        Raises StaffHasLeft, StaffDatesInvalid.
        """
        self._require_present()
        _require_not_in_future(signed_on, acting.at)
        self.record(acting, StaffConfidentialitySigned, identifier=self.identifier, signed_on=signed_on)

    def complete_training(self, acting: Acting, *, course: str, completed_on: date) -> None:
        """Record a course in data protection and the day on which it was completed (GDPR Art. 39(1)(b)).

        Raises StaffHasLeft, StaffDatesInvalid.
        """
        self._require_present()
        _require_not_in_future(completed_on, acting.at)
        self.record(
            acting, StaffTrainingCompleted, identifier=self.identifier, course=course, completed_on=completed_on
        )

    def change_roles(
        self,
        acting: Acting,
        *,
        roles: tuple[Role, ...],
        controllers: tuple[str, ...],
        access_ends_on: date | None = None,
        confirmable: bool,
    ) -> None:
        """Replace roles, scope and the last day of access; without such a day access has no end.

        What is wider than before waits for a second person, unless nobody could confirm it (`confirmable`); until then,
        what held before and is still given holds. What is narrower holds at once. The desk checks that an operator
        remains, since that concerns other members. Raises StaffHasLeft, RolesRequired, AuditorReadsOnly,
        AccessEndRequired, StaffDatesInvalid, ConfidentialityMissing, TrainingMissing.
        """
        self._require_present()
        _require_roles(roles, controllers, access_ends_on=access_ends_on, at=acting.at)
        _require_prepared(roles, signed=self.confidentiality_signed_on is not None, trained=bool(self.training))
        held = _in_both(self.held_roles, roles), _in_scopes(self.held_controllers, controllers)
        narrower = held == (roles, controllers) and _ends_no_later(access_ends_on, self.access_ends_on)
        waits = not narrower
        self.record(
            acting,
            StaffRolesChanged,
            identifier=self.identifier,
            roles=roles,
            controllers=controllers,
            access_ends_on=access_ends_on,
        )
        if self.is_unconfirmed or (waits and not acting.is_service):
            self._ask_confirmation(acting, *(held if confirmable else (roles, controllers)))

    def confirm(self, acting: Acting) -> None:
        """Confirm, as a second person, what the member may do (GDPR Art. 32(1)(b), (4)).

        Raises StaffHasLeft, StaffAlreadyConfirmed, ConfirmationNotYours.
        """
        self.may_confirm(acting.actor)
        self.record(acting, StaffConfirmed, identifier=self.identifier)

    def may_confirm(self, actor: str) -> None:
        """Raises StaffHasLeft, StaffAlreadyConfirmed, ConfirmationNotYours."""
        self._require_present()
        if not self.is_unconfirmed:
            raise StaffAlreadyConfirmed()
        if actor in (*self.asked_by, self.identifier):
            raise ConfirmationNotYours()

    def give_address(self, acting: Acting, *, address: Sealed, key: KeyIntroduction, confirmable: bool) -> None:
        """Record a new work address. Raises StaffHasLeft.

        An operator who gives another member an address could be invited in that member's name. So a second person
        confirms the member anew (GDPR Art. 32(1)(b), (4)). Only the first address, if the same operator enrolled the
        member, waits for the same confirmation as the enrolment. An operator or data protection officer holds nothing
        until then, even if nobody is there who could confirm them: else a single person would be both. The caller
        destroys the key of the replaced address in the same transaction.
        """
        self._require_present()
        is_covered = acting.actor in self.asked_by and not self.is_known
        self.record(acting, StaffAddressGiven, identifier=self.identifier, address=address, key=key)
        if acting.actor != self.identifier and not is_covered:
            self._ask_confirmation_of_way(acting, confirmable=confirmable)

    def note_returned_mail(self, acting: Acting, *, status: str) -> None:
        """Record that mail to their address was returned for good, so that it is no longer used.

        The caller destroys the key of the address in the same transaction. Raises StaffUnreachable.
        """
        if self.address is None:
            raise StaffUnreachable()
        self.record(acting, StaffAddressReturned, identifier=self.identifier, status=status)

    def leave(self, acting: Acting) -> None:
        """End all access and forget the work address. Raises StaffHasLeft."""
        self._require_present()
        self.record(acting, StaffLeft, identifier=self.identifier)

    def issue_token(
        self,
        acting: Acting,
        *,
        token_id: UUID,
        expires_at: datetime,
        name: str | None = None,
        limits: TokenLimits = _NO_LIMITS,
    ) -> None:
        """Record that a token was created: the member's own, or one that the machine's administrator printed.

        It may give less than they have, and gives less from the moment they have less (GDPR Art. 32(1)(b)). Raises
        StaffHasLeft, TokenForAnother, TokenTooWide.
        """
        self._require_present()
        if acting.actor != self.identifier and not acting.is_service:
            raise TokenForAnother()
        if set(limits.roles or ()) - set(self.held_roles):
            raise TokenTooWide(roles=list(self.held_roles))
        named = limits.controllers or ()
        if _in_scopes(self.held_controllers, named) != named:
            raise TokenTooWide(controllers=list(self.held_controllers))
        self.record(
            acting,
            StaffTokenIssued,
            identifier=self.identifier,
            token_id=token_id,
            expires_at=expires_at,
            name=name,
            limits=limits,
        )

    def invite(
        self, acting: Acting, *, invitation_id: UUID, expires_at: datetime, by_mail: bool, confirmable: bool
    ) -> None:
        """Let the member register a passkey or fetch a token of their own, once, at their work address or with a
        printed code.

        A member who had passkeys is invited because they lost them, or because another person wants to take their
        place. So a second person confirms the member anew, as after another address (GDPR Art. 32(1)(b), (4)). Raises
        StaffHasLeft, StaffUnreachable.
        """
        self._require_present()
        if by_mail and self.address is None:
            raise StaffUnreachable()
        self.record(
            acting,
            StaffInvited,
            identifier=self.identifier,
            invitation_id=invitation_id,
            expires_at=expires_at,
            by_mail=by_mail,
        )
        if self.had_passkey:
            self._ask_confirmation_of_way(acting, confirmable=confirmable)

    def is_invited(self, invitation_id: UUID, at: datetime) -> bool:
        """Whether this is the latest invitation, and can still be used."""
        expires_at = self.invitation_expires_at
        return self.invitation == invitation_id and expires_at is not None and expires_at > at

    def accept_invitation(
        self, acting: Acting, *, invitation_id: UUID, token_id: UUID, token_expires_at: datetime
    ) -> None:
        """Use the latest invitation, and record the token that it gives. Raises InvitationInvalid."""
        self._use_invitation(acting, invitation_id)
        self.record(
            acting,
            StaffTokenIssued,
            identifier=self.identifier,
            token_id=token_id,
            expires_at=token_expires_at,
            name=None,
            limits=_NO_LIMITS,
        )

    def accept_with_passkey(self, acting: Acting, *, invitation_id: UUID, passkey: Passkey) -> None:
        """Use the latest invitation to register a passkey. Raises InvitationInvalid."""
        self._use_invitation(acting, invitation_id)
        self._add_passkey(acting, passkey)

    def register_passkey(self, acting: Acting, *, passkey: Passkey) -> None:
        """Register a further authenticator of one's own. Raises StaffHasLeft, PasskeyForAnother."""
        self._require_present()
        if acting.actor != self.identifier:
            raise PasskeyForAnother()
        self._add_passkey(acting, passkey)

    def revoke_passkey(self, acting: Acting, *, passkey_id: UUID) -> None:
        """End one authenticator: the member's own while another one is left, or that of another who lost it.

        Raises PasskeyUnknown, LastPasskey.
        """
        if passkey_id not in self.passkeys:
            raise PasskeyUnknown()
        if acting.actor == self.identifier and len(self.passkeys) == 1:
            raise LastPasskey()
        self.record(acting, StaffPasskeyRevoked, identifier=self.identifier, passkey_id=passkey_id)

    def revoke_token(self, acting: Acting, *, token_id: UUID) -> None:
        """End one token. Raises StaffTokenUnknown."""
        if token_id not in self.tokens:
            raise StaffTokenUnknown()
        self.record(acting, StaffTokenRevoked, identifier=self.identifier, token_id=token_id)

    def link_account(self, acting: Acting, *, account_id: UUID, issuer: str, subject: str, confirmable: bool) -> None:
        """Let the member sign in with an account at the organisation's provider.

        An operator who links an account could sign in with it. So a second person confirms the member anew, as after
        another address (GDPR Art. 32(1)(b), (4)). Raises StaffHasLeft.
        """
        self._require_present()
        self.record(
            acting,
            StaffAccountLinked,
            identifier=self.identifier,
            account_id=account_id,
            issuer=issuer,
            subject=subject,
        )
        self._ask_confirmation_of_way(acting, confirmable=confirmable)

    def unlink_account(self, acting: Acting, *, account_id: UUID) -> None:
        """End the sign-in with one account. Raises AccountUnknown."""
        if account_id not in self.accounts:
            raise AccountUnknown()
        self.record(acting, StaffAccountUnlinked, identifier=self.identifier, account_id=account_id)

    def _use_invitation(self, acting: Acting, invitation_id: UUID) -> None:
        if not self.is_invited(invitation_id, acting.at):
            raise InvitationInvalid()
        self.record(acting, StaffInvitationAccepted, identifier=self.identifier, invitation_id=invitation_id)

    def _add_passkey(self, acting: Acting, passkey: Passkey) -> None:
        self.record(
            acting,
            StaffPasskeyRegistered,
            identifier=self.identifier,
            passkey_id=passkey.passkey_id,
            webauthn_id=passkey.webauthn_id,
            public_key=passkey.public_key,
            rp_id=passkey.rp_id,
            is_synced=passkey.is_synced,
            transports=passkey.transports,
        )

    def _ask_confirmation_of_way(self, acting: Acting, *, confirmable: bool) -> None:
        """Let a second person confirm the member, since an operator changed how they get a credential."""
        if acting.is_service:
            return
        waits = confirmable or (self.is_confirmer and acting.actor != self.identifier)
        self._ask_confirmation(acting, *(((), ()) if waits else (self.held_roles, self.held_controllers)))

    def _ask_confirmation(self, acting: Acting, roles: tuple[Role, ...], controllers: tuple[str, ...]) -> None:
        self.record(
            acting,
            StaffConfirmationAsked,
            identifier=self.identifier,
            held_roles=roles,
            held_controllers=controllers,
        )

    def _require_present(self) -> None:
        if self.has_left:
            raise StaffHasLeft()


def _in_both(held: tuple[Role, ...], given: tuple[Role, ...]) -> tuple[Role, ...]:
    return tuple(role for role in given if role in held)


def _in_scopes(held: tuple[str, ...], given: tuple[str, ...]) -> tuple[str, ...]:
    if ALL_CONTROLLERS in held:
        return given
    return held if ALL_CONTROLLERS in given else tuple(each for each in given if each in held)


def _ends_no_later(given: date | None, before: date | None) -> bool:
    return before is None or (given is not None and given <= before)


def _require_roles(
    roles: tuple[Role, ...], controllers: tuple[str, ...], *, access_ends_on: date | None, at: datetime
) -> None:
    if not roles or not controllers or Role.DATA_SUBJECT in roles:
        raise RolesRequired()
    if Role.AUDITOR in roles:
        if set(roles) != {Role.AUDITOR}:
            raise AuditorReadsOnly()
        if access_ends_on is None:
            raise AccessEndRequired()
    if access_ends_on is not None and access_ends_on < _today(at):
        raise StaffDatesInvalid()


def _require_prepared(roles: tuple[Role, ...], *, signed: bool, trained: bool) -> None:
    if OPENS_PERSONAL_DATA.isdisjoint(roles):
        return
    if not signed:
        raise ConfidentialityMissing()
    if not trained:
        raise TrainingMissing()


def _require_not_in_future(day: date, at: datetime) -> None:
    if day > _today(at):
        raise StaffDatesInvalid()


def _today(at: datetime) -> date:
    return at.astimezone(UTC).date()
