"""The link to a package that a person was offered, as its item knows it: with its password (docs/law §12)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dsr.domain.request.values import Channel


@dataclass(frozen=True)
class PackageOffer:
    """The latest link to the package of an item."""

    export_id: UUID
    token_id: UUID
    offered_at: datetime
    expires_at: datetime
    link_left_by: Channel | None = None
    """Channel of the answer that held a link to a package of this item; None until an answer left."""
    password_left_by: Channel | None = None
    """Channel of the password; None while its delivery is not on record."""
    password_letter: UUID | None = None
    """The dispatch that carried the password, if a letter did."""

    @property
    def password_delivered(self) -> bool:
        """Whether the delivery of the password is on record."""
        return self.password_left_by is not None
