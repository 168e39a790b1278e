"""State of a member of staff, assigned by events only."""

from datetime import date, datetime
from uuid import UUID

from dsr.domain.events import Aggregate
from dsr.domain.roles import Role
from dsr.domain.sealed import Sealed


class StaffRecord(Aggregate):
    """The state of one member of staff, without the commands."""

    def __init__(self) -> None:
        self.identifier = ""
        self.roles: tuple[Role, ...] = ()
        self.controllers: tuple[str, ...] = ()
        self.held_roles: tuple[Role, ...] = ()
        self.held_controllers: tuple[str, ...] = ()
        self.asked_by: str | None = None
        self.access_ends_on: date | None = None
        self.confidentiality_signed_on: date | None = None
        self.training: dict[str, date] = {}
        self.has_left = False
        self.tokens: tuple[UUID, ...] = ()
        self.passkeys: tuple[UUID, ...] = ()
        self.accounts: tuple[UUID, ...] = ()
        self.invitation: UUID | None = None
        self.invitation_expires_at: datetime | None = None
        self.address: Sealed | None = None
        self.address_since: datetime | None = None

    @property
    def is_unconfirmed(self) -> bool:
        """Whether what they may do still waits for a second person."""
        return self.asked_by is not None

    @property
    def training_completed_on(self) -> date | None:
        """When the latest course was completed."""
        return max(self.training.values(), default=None)
