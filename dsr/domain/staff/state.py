"""State of a member of staff, assigned by events only."""

from datetime import date, datetime
from uuid import UUID

from dsr.domain.events import Aggregate
from dsr.domain.roles import CONFIRMS_STAFF, Role
from dsr.domain.sealed import Sealed


class StaffRecord(Aggregate):
    """The state of one member of staff, without the commands."""

    def __init__(self) -> None:
        self.identifier = ""
        self.roles: tuple[Role, ...] = ()
        self.controllers: tuple[str, ...] = ()
        self.held_roles: tuple[Role, ...] = ()
        self.held_controllers: tuple[str, ...] = ()
        self.roles_asked_by: str | None = None
        """Who gave what waits for a second person."""
        self.way_asked_by: tuple[str, ...] = ()
        """Who, since the last confirmation, changed the way by which the member gets a credential."""
        self.roles_came_last = True
        """Whether roles, and no address or invitation, are what was given last."""
        self.confirmer_changed_by: str | None = None
        """Who last changed the access of this member while they could confirm that of others."""
        self.access_ends_on: date | None = None
        self.confidentiality_signed_on: date | None = None
        self.training: dict[str, date] = {}
        self.has_left = False
        self.tokens: tuple[UUID, ...] = ()
        self.passkeys: tuple[UUID, ...] = ()
        self.accounts: tuple[UUID, ...] = ()
        self.had_passkey = False
        self.had_credential = False
        self.invitation: UUID | None = None
        self.invitation_expires_at: datetime | None = None
        self.address: Sealed | None = None
        self.address_since: datetime | None = None

    @property
    def is_unconfirmed(self) -> bool:
        """Whether what they may do still waits for a second person."""
        return bool(self.asked_by)

    @property
    def asked_by(self) -> tuple[str, ...]:
        """Everybody whose change waits for a second person, so that none of them is that person."""
        return (*filter(None, [self.roles_asked_by]), *self.way_asked_by)

    @property
    def is_known(self) -> bool:
        """Whether they had a work address or a credential, so that another address is another way to one."""
        return self.address_since is not None or self.had_credential

    @property
    def is_confirmer(self) -> bool:
        """Whether they could be the second person for others."""
        return not CONFIRMS_STAFF.isdisjoint(self.held_roles)

    @property
    def training_completed_on(self) -> date | None:
        """When the latest course was completed."""
        return max(self.training.values(), default=None)
