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
    """Too many wrong passwords."""
    LINK_LOST = "link-lost"
    """The person lost the link or the password."""
    WRONG_RECIPIENT = "wrong-recipient"
    """It was sent to somebody else."""
    CONTENT_WRONG = "content-wrong"
    """The content of the package should not be handed over: the package is purged as well."""
    MISDELIVERED = "misdelivered"
    """A package, letter or password of the case reached somebody else."""
    REQUEST_WITHDRAWN = "request-withdrawn"
    """The person withdrew the request."""
    SUBJECT_DECEASED = "subject-deceased"
    """The person died."""
    MANDATE_ENDED = "mandate-ended"
    """The authority of the representative, to whom answers went, was ended."""


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
    offered_at: datetime
    expires_at: datetime
    wrong_secrets: int = 0
    redeemed_at: datetime | None = None
    session_ends_at: datetime | None = None
    revoked: RevocationReason | None = None
    sent: tuple[tuple[int, int], ...] = ()
    """Ranges of bytes that left completely since the link was redeemed, both ends included; merged and in order."""
    downloaded_at: datetime | None = None
    """When the last byte of the package had left, so that the link is used up."""
    renewals: int = 0
    """How often it was opened again after it was used up or expired."""

    def require_open(self, at: datetime) -> None:
        """Raise ExportAlreadyRedeemed, ExportIsLocked, ExportIsRevoked or ExportExpired unless the link works.

        A completed download uses it up, or the end of its hour; opening the page does not (docs/law §12).
        """
        if self.is_used_up(at):
            raise ExportAlreadyRedeemed()
        if self.revoked is RevocationReason.SECRET_GUESSED:
            raise ExportIsLocked()
        if self.revoked is not None:
            raise ExportIsRevoked()
        if self.session_ends_at is None and at >= self.expires_at:
            raise ExportExpired(expired_at=self.expires_at)

    def require_session(self, at: datetime) -> None:
        """Raise ExportIsRevoked or ExportSessionEnded unless its session allows a download now."""
        if self.revoked is not None:
            raise ExportIsRevoked()
        if self.session_ends_at is None or at >= self.session_ends_at:
            raise ExportSessionEnded(ended_at=self.session_ends_at)

    def is_used_up(self, at: datetime) -> bool:
        """Whether the package was downloaded completely, or the hour of the link is over."""
        return self.downloaded_at is not None or (self.session_ends_at is not None and at >= self.session_ends_at)

    def works(self, at: datetime) -> bool:
        """Whether the link, or the session that it began, still leads to the package."""
        if self.revoked is not None:
            return False
        return at < (self.expires_at if self.session_ends_at is None else self.session_ends_at)
