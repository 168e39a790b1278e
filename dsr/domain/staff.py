"""Members of staff: who may do what, for which controllers, and since when (GDPR Art. 29, 32(4)).

An identifier is never given to anyone else: its stream id is computed from it, so a second enrolment meets the first.
Hashes of tokens live in a table of their own; events know a token by its id.
"""

import re
from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID, uuid5

from dsr.domain.errors import DomainError
from dsr.domain.events import Aggregate, CreatedEvent, Event
from dsr.domain.roles import Role

_NAMESPACE = UUID("6f1d2f6e-4a53-4e7c-9a53-3a3c5d2f6b10")

ALL_CONTROLLERS = "*"
"""The scope that holds every controller, later ones too."""


class StaffIdentifierInvalid(DomainError):
    """A staff identifier has 2 to 40 lower-case letters, digits, dots or hyphens and starts with a letter; `me` and
    `data-subject` mean somebody else."""

    code = "staff-identifier-invalid"


class StaffIdentifierTaken(DomainError):
    """This identifier was given to somebody before; it is never given to anyone else. Choose another."""

    code = "staff-identifier-taken"


class StaffUnknown(DomainError):
    """There is no member of staff with this identifier."""

    code = "staff-unknown"


class StaffHasLeft(DomainError):
    """This member of staff has left; the identifier stays theirs and can't be used again."""

    code = "staff-left"


class RolesRequired(DomainError):
    """Name at least one role of staff, and the controllers it holds for."""

    code = "roles-required"


class StaffTokenUnknown(DomainError):
    """This member of staff has no such token."""

    code = "token-unknown"


def staff_id(identifier: str) -> UUID:
    """The stream of this identifier, for ever."""
    return uuid5(_NAMESPACE, identifier)


class StaffEnrolled(CreatedEvent):
    """A person was given an identifier, roles and a scope."""

    TOPIC: ClassVar[str] = "dsr.staff.enrolled"
    identifier: str
    roles: tuple[Role, ...]
    controllers: tuple[str, ...]

    def apply(self, staff: "Staff") -> None:
        staff.identifier = self.identifier
        staff.roles = self.roles
        staff.controllers = self.controllers


class StaffRolesChanged(Event):
    """From here on these roles and this scope hold."""

    TOPIC: ClassVar[str] = "dsr.staff.roles-changed"
    identifier: str
    roles: tuple[Role, ...]
    controllers: tuple[str, ...]

    def apply(self, staff: "Staff") -> None:
        staff.roles = self.roles
        staff.controllers = self.controllers


class StaffLeft(Event):
    """The person left; all tokens end with it."""

    TOPIC: ClassVar[str] = "dsr.staff.left"
    identifier: str

    def apply(self, staff: "Staff") -> None:
        staff.has_left = True
        staff.tokens = ()


class StaffTokenIssued(Event):
    """A bearer token was made; its secret was shown once."""

    TOPIC: ClassVar[str] = "dsr.staff.token-issued"
    identifier: str
    token_id: UUID
    expires_at: datetime

    def apply(self, staff: "Staff") -> None:
        staff.tokens = (*staff.tokens, self.token_id)


class StaffTokenRevoked(Event):
    """The token no longer opens anything."""

    TOPIC: ClassVar[str] = "dsr.staff.token-revoked"
    identifier: str
    token_id: UUID

    def apply(self, staff: "Staff") -> None:
        staff.tokens = tuple(token for token in staff.tokens if token != self.token_id)


_RESERVED = ("data-subject", "me")
"""The log says `data-subject` of what the person did; the API, `me` of whose token it is."""


class Staff(Aggregate):
    """One member of staff."""

    TOPIC = "dsr.staff"

    def __init__(self) -> None:
        self.identifier = ""
        self.roles: tuple[Role, ...] = ()
        self.controllers: tuple[str, ...] = ()
        self.has_left = False
        self.tokens: tuple[UUID, ...] = ()

    @classmethod
    def enrol(
        cls, *, identifier: str, roles: tuple[Role, ...], controllers: tuple[str, ...], at: datetime, actor: str
    ) -> Self:
        """Give an identifier to a person for ever. Raises StaffIdentifierInvalid, RolesRequired."""
        if not re.fullmatch(r"[a-z][a-z0-9.-]{1,39}", identifier) or identifier in _RESERVED:
            raise StaffIdentifierInvalid()
        _require_roles(roles, controllers)
        return cls._create(
            StaffEnrolled,
            id=staff_id(identifier),
            timestamp=at,
            actor=actor,
            identifier=identifier,
            roles=roles,
            controllers=controllers,
        )

    def change_roles(self, *, roles: tuple[Role, ...], controllers: tuple[str, ...], at: datetime, actor: str) -> None:
        """Replace roles and scope. Raises StaffHasLeft, RolesRequired."""
        self._require_present()
        _require_roles(roles, controllers)
        self.trigger_event(
            StaffRolesChanged,
            timestamp=at,
            actor=actor,
            identifier=self.identifier,
            roles=roles,
            controllers=controllers,
        )

    def leave(self, *, at: datetime, actor: str) -> None:
        """End all access. Raises StaffHasLeft."""
        self._require_present()
        self.trigger_event(StaffLeft, timestamp=at, actor=actor, identifier=self.identifier)

    def issue_token(self, *, token_id: UUID, expires_at: datetime, at: datetime, actor: str) -> None:
        """Record that a token was made. Raises StaffHasLeft."""
        self._require_present()
        self.trigger_event(
            StaffTokenIssued,
            timestamp=at,
            actor=actor,
            identifier=self.identifier,
            token_id=token_id,
            expires_at=expires_at,
        )

    def revoke_token(self, *, token_id: UUID, at: datetime, actor: str) -> None:
        """End one token. Raises StaffTokenUnknown."""
        if token_id not in self.tokens:
            raise StaffTokenUnknown()
        self.trigger_event(StaffTokenRevoked, timestamp=at, actor=actor, identifier=self.identifier, token_id=token_id)

    def _require_present(self) -> None:
        if self.has_left:
            raise StaffHasLeft()


def _require_roles(roles: tuple[Role, ...], controllers: tuple[str, ...]) -> None:
    if not roles or not controllers or Role.DATA_SUBJECT in roles:
        raise RolesRequired()
