"""Links to a package: opened with a password, then valid for an hour of downloads (GDPR Art. 32(1)(b); docs/law §12).

Events hold only the id of a link; a table of the desk holds the hashes of its token and session. The first time a
link is redeemed, its hour begins: the package can be downloaded in as many parts as a weak connection needs, and the
link can be redeemed again, until the last byte has left or the hour is over. All counts are in the
stream, so optimistic concurrency lets only one of several readers win, and a restart resets no count of guesses.
Whether a link or session has ended follows from its date and the current time, without an event.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import Acting
from dsr.domain.errors import DomainError
from dsr.domain.events import Event
from dsr.domain.export.errors import (
    ByteRangeInvalid,
    ExportExpiryInvalid,
    ExportIsLocked,
    ExportIsRevoked,
    ExportNotOffered,
    LinkStillWorks,
    SecretWrong,
)
from dsr.domain.export.network import network_of
from dsr.domain.export.state import ExportState
from dsr.domain.export.values import Offer, RevocationReason

MAX_WRONG_SECRETS = 5
"""Number of wrong passwords that revokes a link, over all its renewals."""

SESSION = timedelta(hours=1)
"""How long a redeemed link allows downloads."""


class ExportOffered(Event):
    """A link was created; token and password were shown once."""

    TOPIC: ClassVar[str] = "dsr.export.offered"
    request_id: UUID
    token_id: UUID
    expires_at: datetime

    def apply(self, export: ExportState) -> None:
        sessions = [each.session_ends_at for each in export.offers.values() if each.revoked is None]
        export.offers[self.token_id] = Offer(
            token_id=self.token_id, offered_at=self.timestamp, expires_at=self.expires_at
        )
        export.latest = self.token_id
        export.kept_until = max([self.expires_at, *filter(None, sessions)])


class ExportRedeemed(Event):
    """The link was opened, with its password: until the session ends, the package can be downloaded."""

    TOPIC: ClassVar[str] = "dsr.export.redeemed"
    request_id: UUID
    token_id: UUID
    session_ends_at: datetime
    network: str
    """Network from which it was used, never the address; empty if unknown."""

    def apply(self, export: ExportState) -> None:
        offer = export.offers[self.token_id]
        redeemed_at = self.timestamp if offer.redeemed_at is None else offer.redeemed_at
        export.offers[self.token_id] = replace(offer, redeemed_at=redeemed_at, session_ends_at=self.session_ends_at)
        export.kept_until = max(export.kept_until, self.session_ends_at)


class ExportDownloaded(Event):
    """The package, or a part of it, was sent; recorded before its first byte left."""

    TOPIC: ClassVar[str] = "dsr.export.downloaded"
    request_id: UUID
    token_id: UUID
    first_byte: int
    """First byte sent, counted from 0."""
    last_byte: int
    """Last byte requested; only the receiver knows how many arrived."""
    network: str
    """Network to which it was sent, never the address; empty if unknown."""

    def apply(self, export: ExportState) -> None:
        export.downloads += 1


class ExportSent(Event):
    """All bytes of a download, whole or part, have left; recorded after the last one."""

    TOPIC: ClassVar[str] = "dsr.export.sent"
    request_id: UUID
    token_id: UUID
    first_byte: int
    """First byte sent, counted from 0."""
    last_byte: int
    completes: bool
    """All bytes of the package have left since the link was redeemed, so that it is used up."""

    def apply(self, export: ExportState) -> None:
        offer = export.offers[self.token_id]
        downloaded_at = self.timestamp if self.completes else offer.downloaded_at
        sent = merged((*offer.sent, (self.first_byte, self.last_byte)))
        export.offers[self.token_id] = replace(offer, sent=sent, downloaded_at=downloaded_at)


class ExportRenewed(Event):
    """The link was opened again, with the same password, after it was used up or expired."""

    TOPIC: ClassVar[str] = "dsr.export.renewed"
    request_id: UUID
    token_id: UUID
    expires_at: datetime

    def apply(self, export: ExportState) -> None:
        offer = export.offers[self.token_id]
        export.offers[self.token_id] = Offer(
            token_id=self.token_id,
            offered_at=offer.offered_at,
            expires_at=self.expires_at,
            wrong_secrets=offer.wrong_secrets,
            renewals=offer.renewals + 1,
        )
        export.kept_until = max(export.kept_until, self.expires_at)


class ExportSecretRefused(Event):
    """Somebody used the link with a wrong password."""

    TOPIC: ClassVar[str] = "dsr.export.secret-refused"
    request_id: UUID
    token_id: UUID
    network: str
    """Network from which it came, never the address; empty if unknown."""

    def apply(self, export: ExportState) -> None:
        offer = export.offers[self.token_id]
        export.offers[self.token_id] = replace(offer, wrong_secrets=offer.wrong_secrets + 1)


class ExportRevoked(Event):
    """The link no longer leads to the package."""

    TOPIC: ClassVar[str] = "dsr.export.revoked"
    request_id: UUID
    token_id: UUID
    reason: RevocationReason

    def apply(self, export: ExportState) -> None:
        export.offers[self.token_id] = replace(export.offers[self.token_id], revoked=self.reason)


class LinkCommands(ExportState):
    """Create a link, open it again, redeem it, download, count a wrong password, revoke."""

    def offer(self, acting: Acting, *, token_id: UUID, expires_at: datetime) -> None:
        """Record that a link was created; it replaces an earlier unused one.

        The package is kept until the link expires and every session that began before has ended. Raises ExportIsPurged,
        ExportExpiryInvalid.
        """
        self._require_kept()
        if expires_at <= acting.at:
            raise ExportExpiryInvalid()
        earlier = self.offer_made
        if earlier is not None and earlier.redeemed_at is None and earlier.revoked is None:
            self._end(acting, earlier.token_id, RevocationReason.REPLACED)
        self.record(acting, ExportOffered, request_id=self.request_id, token_id=token_id, expires_at=expires_at)

    def renew(self, acting: Acting, *, expires_at: datetime) -> None:
        """Open the latest link again, with its password: it was used up, or has expired.

        Wrong passwords go on counting. Raises ExportIsPurged, ExportExpiryInvalid, ExportNotOffered, LinkStillWorks,
        ExportIsLocked, ExportIsRevoked: a link that was revoked is replaced by a new one.
        """
        self._require_kept()
        if expires_at <= acting.at:
            raise ExportExpiryInvalid()
        if self.latest is None:
            raise ExportNotOffered()
        offer = self.offers[self.latest]
        if offer.revoked is RevocationReason.SECRET_GUESSED:
            raise ExportIsLocked()
        if offer.revoked is not None:
            raise ExportIsRevoked()
        if offer.works(acting.at) and not offer.is_used_up(acting.at):
            raise LinkStillWorks()
        self.record(acting, ExportRenewed, request_id=self.request_id, token_id=self.latest, expires_at=expires_at)

    def redeem(self, acting: Acting, *, token_id: UUID, network: str) -> None:
        """Start the one-hour download session, or return to it with the same end: the hour runs from the first time.

        `network` may be an address; the event keeps only its network. Raises ExportNotOffered, ExportIsPurged,
        ExportAlreadyRedeemed, ExportIsLocked, ExportIsRevoked, ExportExpired.
        """
        offer = self._offer(token_id)
        offer.require_open(acting.at)
        self.record(
            acting,
            ExportRedeemed,
            request_id=self.request_id,
            token_id=token_id,
            session_ends_at=offer.session_ends_at or acting.at + SESSION,
            network=network_of(network),
        )

    def download(self, acting: Acting, *, token_id: UUID, first_byte: int, last_byte: int, network: str) -> None:
        """Hand over the package or a part of it. Send the first byte only after this event is stored.

        Bytes are counted from 0, both ends included. Raises ExportNotOffered, ExportIsPurged, ExportIsRevoked,
        ExportSessionEnded, ByteRangeInvalid.
        """
        self.require_session(token_id, acting.at)
        if not 0 <= first_byte <= last_byte < self.package.size:
            raise ByteRangeInvalid(size=self.package.size)
        self.record(
            acting,
            ExportDownloaded,
            request_id=self.request_id,
            token_id=token_id,
            first_byte=first_byte,
            last_byte=last_byte,
            network=network_of(network),
        )

    def record_sent(self, acting: Acting, *, token_id: UUID, first_byte: int, last_byte: int) -> None:
        """Record that all bytes of a download have left, whatever has happened to the link meanwhile.

        Raises ExportNotOffered.
        """
        if token_id not in self.offers:
            raise ExportNotOffered()
        sent = merged((*self.offers[token_id].sent, (first_byte, last_byte)))
        self.record(
            acting,
            ExportSent,
            request_id=self.request_id,
            token_id=token_id,
            first_byte=first_byte,
            last_byte=last_byte,
            completes=sent == ((0, self.package.size - 1),),
        )

    def require_session(self, token_id: UUID, at: datetime) -> None:
        """Raise unless the session of this link allows a download now.

        ExportNotOffered, ExportIsPurged, ExportIsRevoked, ExportSessionEnded.
        """
        self._offer(token_id).require_session(at)

    def record_wrong_secret(self, acting: Acting, *, token_id: UUID, network: str) -> DomainError:
        """Count a wrong password; the fifth revokes the link.

        Returns the error to raise once the event is stored: SecretWrong, or ExportIsLocked after the last guess. Raises
        what `redeem` does, so that an ended link does not reveal whether the secret was right: ExportNotOffered,
        ExportIsPurged, ExportAlreadyRedeemed, ExportIsLocked, ExportIsRevoked, ExportExpired.
        """
        self._offer(token_id).require_open(acting.at)
        self.record(
            acting, ExportSecretRefused, request_id=self.request_id, token_id=token_id, network=network_of(network)
        )
        left = MAX_WRONG_SECRETS - self.offers[token_id].wrong_secrets
        if left > 0:
            return SecretWrong(attempts_left=left)
        self._end(acting, token_id, RevocationReason.SECRET_GUESSED)
        return ExportIsLocked()

    def revoke(self, acting: Acting, *, reason: RevocationReason) -> None:
        """End the latest link, or the session that it began.

        Raises ExportIsPurged, ExportNotOffered, ExportAlreadyRedeemed (and its session is over), ExportIsLocked,
        ExportIsRevoked, ExportExpired.
        """
        self._require_kept()
        if self.latest is None:
            raise ExportNotOffered()
        offer = self.offers[self.latest]
        if not offer.works(acting.at):
            offer.require_open(acting.at)
        self._end(acting, self.latest, reason)

    def revoke_all(self, acting: Acting, *, reason: RevocationReason) -> None:
        """End every link that was not revoked, and the sessions of all, so that none of them can be opened again."""
        for offer in tuple(self.offers.values()):
            if offer.revoked is None:
                self._end(acting, offer.token_id, reason)

    def _offer(self, token_id: UUID) -> Offer:
        if token_id not in self.offers:
            raise ExportNotOffered()
        self._require_kept()
        return self.offers[token_id]

    def _end(self, acting: Acting, token_id: UUID, reason: RevocationReason) -> None:
        self.record(acting, ExportRevoked, request_id=self.request_id, token_id=token_id, reason=reason)


def merged(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Ranges of bytes in order, both ends included; what overlaps or adjoins is one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)
