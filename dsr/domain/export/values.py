"""Values of exports: kinds, reasons for purging and revoking, links."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from dsr.domain.export.errors import (
    ExportAlreadyRedeemed,
    ExportExpired,
    ExportIsLocked,
    ExportIsRevoked,
    ExportSessionEnded,
)


class ExportKind(StrEnum):
    """The right that the package answers."""

    ACCESS = "access"
    """A copy of the data with the information of GDPR Art. 15."""
    PORTABILITY = "portability"
    """Data that was provided or observed, machine-readable (GDPR Art. 20)."""


class RevocationReason(StrEnum):
    """Why a link was revoked."""

    REPLACED = "replaced"
    """A new link replaced it."""
    SECRET_GUESSED = "secret-guessed"  # noqa: S105 - a reason, not a secret
    """Too many wrong second secrets."""
    LINK_LOST = "link-lost"
    """The person lost the link or the second secret."""
    WRONG_RECIPIENT = "wrong-recipient"
    """It was sent to somebody else."""
    CONTENT_WRONG = "content-wrong"
    """The content of the package should not be handed over: the package is purged as well."""
    REQUEST_WITHDRAWN = "request-withdrawn"
    """The person withdrew the request."""


class PurgeReason(StrEnum):
    """Why a package was deleted."""

    EXPIRED = "expired"
    """Its promised retention ended."""
    CONTENT_WRONG = "content-wrong"
    """Its content should not be handed over."""


@dataclass(frozen=True)
class Offer:
    """One link to the package, with its state."""

    token_id: UUID
    expires_at: datetime
    wrong_secrets: int = 0
    redeemed_at: datetime | None = None
    session_ends_at: datetime | None = None
    revoked: RevocationReason | None = None

    def require_open(self, at: datetime) -> None:
        """Raise ExportAlreadyRedeemed, ExportIsLocked, ExportIsRevoked or ExportExpired unless the link works."""
        if self.redeemed_at is not None:
            raise ExportAlreadyRedeemed()
        if self.revoked is RevocationReason.SECRET_GUESSED:
            raise ExportIsLocked()
        if self.revoked is not None:
            raise ExportIsRevoked()
        if at >= self.expires_at:
            raise ExportExpired(expired_at=self.expires_at)

    def require_session(self, at: datetime) -> None:
        """Raise ExportIsRevoked or ExportSessionEnded unless its session allows a download now."""
        if self.revoked is not None:
            raise ExportIsRevoked()
        if self.session_ends_at is None or at >= self.session_ends_at:
            raise ExportSessionEnded(ended_at=self.session_ends_at)

    def works(self, at: datetime) -> bool:
        """Whether the link, or the session that it began, still leads to the package."""
        if self.revoked is not None:
            return False
        return at < (self.expires_at if self.session_ends_at is None else self.session_ends_at)
