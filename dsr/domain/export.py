"""An export: the package that is handed to a data subject, and each link that leads to it (GDPR Art. 15(3), 20(1)).

The package is a blob; the digest of its plaintext stands sealed in the log, so that it can be shown later what was in
it, also when the package itself was purged. Of a link the events know the id only: the hashes of its token and of its
session live in a table of the desk. Whoever redeems a link first has an hour in which to download the package, in as
many parts as a weak connection needs. Nothing is counted outside the stream, so its optimistic concurrency lets one of
several readers win, and no restart gives back a guess. Whether a link or a session has ended follows from its date and
the time asked; no event says so.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_interface, ip_network
from typing import ClassVar, Self
from uuid import UUID

from dsr.domain.errors import DomainError
from dsr.domain.events import Aggregate, CreatedEvent, Event
from dsr.domain.sealed import BlobRef, KeyIntroduction, Sealed

MAX_WRONG_SECRETS = 5
"""So many wrong second secrets end a link."""

SESSION = timedelta(hours=1)
"""How long whoever redeemed a link may download the package."""


class ExportKind(StrEnum):
    """Which right the package answers."""

    ACCESS = "access"
    PORTABILITY = "portability"


class RevocationReason(StrEnum):
    """Why a link no longer leads to the package."""

    REPLACED = "replaced"
    """A new link was made."""
    SECRET_GUESSED = "secret-guessed"  # noqa: S105 - a reason, not a secret
    """Too many wrong second secrets."""
    LINK_LOST = "link-lost"
    WRONG_RECIPIENT = "wrong-recipient"
    CONTENT_WRONG = "content-wrong"
    """What is in the package should not be handed over: the package itself is purged as well."""
    REQUEST_WITHDRAWN = "request-withdrawn"


class PurgeReason(StrEnum):
    """Why a package was deleted."""

    EXPIRED = "expired"
    """It was kept as long as was promised."""
    CONTENT_WRONG = "content-wrong"


class ExportEmpty(DomainError):
    """The export would hold no data. Collect data first, or record that nothing is held that this right covers."""

    code = "export-empty"


class ExportExpiryInvalid(DomainError):
    """A link has to expire at a time that lies ahead."""

    code = "export-expiry-invalid"


class ExportOutdated(DomainError):
    """Data was taken out since this package was built, or another controller answers the item. Prepare a new one."""

    code = "export-outdated"


class ExportWithheld(DomainError):
    """As the request stands, this package may not be handed over. Ask those who sent you the link."""

    code = "export-withheld"


class ExportNotOffered(DomainError):
    """There is no such link to an export."""

    code = "export-not-offered"


class ExportAlreadyRedeemed(DomainError):
    """This link has been used; it works once. Ask for a new link."""

    code = "export-already-redeemed"


class ExportExpired(DomainError):
    """This link has expired. Ask for a new link."""

    code = "export-expired"


class ExportIsRevoked(DomainError):
    """This link was revoked. Ask for a new link."""

    code = "export-revoked"


class ExportIsLocked(DomainError):
    """The second secret was wrong too often, so this link was revoked. Ask for a new link."""

    code = "export-locked"


class ExportSessionEnded(DomainError):
    """The hour in which the package could be downloaded is over, or never began. Ask for a new link."""

    code = "export-session-ended"


class ExportIsPurged(DomainError):
    """This package was deleted for good. Ask for a new one."""

    code = "export-purged"


class ExportStillKept(DomainError):
    """The package is kept as long as its last link was promised to work; it can't be purged as expired yet."""

    code = "export-still-kept"


class ByteRangeInvalid(DomainError):
    """The package has no such bytes."""

    code = "byte-range-invalid"


class SecretWrong(DomainError):
    """The second secret is wrong. After five wrong ones the link is revoked."""

    code = "secret-wrong"


@dataclass(frozen=True)
class Offer:
    """One link to the package, and what became of it."""

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
        """Raise ExportIsRevoked or ExportSessionEnded unless who redeemed the link may download now."""
        if self.revoked is not None:
            raise ExportIsRevoked()
        if self.session_ends_at is None or at >= self.session_ends_at:
            raise ExportSessionEnded(ended_at=self.session_ends_at)

    def works(self, at: datetime) -> bool:
        """Whether the link, or the session that it began, still leads to the package."""
        if self.revoked is not None:
            return False
        return at < (self.expires_at if self.session_ends_at is None else self.session_ends_at)


class ExportPrepared(CreatedEvent):
    """A package was built and sealed for an item of a request."""

    TOPIC: ClassVar[str] = "dsr.export.prepared"
    request_id: UUID
    item_id: str
    controller_id: str
    kind: ExportKind
    package: BlobRef
    package_digest: Sealed
    """SHA-256 of the plaintext zip: a digest of personal data, so sealed. That of the stored file is in `package`."""
    files: int
    """Data files in the package, its manifest left out."""
    kept_until: datetime
    """When it is purged, unless it is offered meanwhile."""
    keys: tuple[KeyIntroduction, ...]

    def apply(self, export: "Export") -> None:
        export.prepared_at = self.timestamp
        export.request_id = self.request_id
        export.item_id = self.item_id
        export.controller_id = self.controller_id
        export.kind = self.kind
        export.package = self.package
        export.package_digest = self.package_digest
        export.files = self.files
        export.kept_until = self.kept_until


class ExportOffered(Event):
    """A link was made; token and second secret were shown once."""

    TOPIC: ClassVar[str] = "dsr.export.offered"
    request_id: UUID
    token_id: UUID
    expires_at: datetime

    def apply(self, export: "Export") -> None:
        export.offers[self.token_id] = Offer(token_id=self.token_id, expires_at=self.expires_at)
        export.latest = self.token_id
        export.kept_until = self.expires_at


class ExportRedeemed(Event):
    """The link was used, with its second secret: until the session ends, the package can be downloaded."""

    TOPIC: ClassVar[str] = "dsr.export.redeemed"
    request_id: UUID
    token_id: UUID
    session_ends_at: datetime
    network: str
    """Network that it was used from, never the address; empty where unknown."""

    def apply(self, export: "Export") -> None:
        export.offers[self.token_id] = replace(
            export.offers[self.token_id], redeemed_at=self.timestamp, session_ends_at=self.session_ends_at
        )
        export.kept_until = max(export.kept_until, self.session_ends_at)


class ExportDownloaded(Event):
    """The package, or a part of it, was sent; recorded before its first byte left."""

    TOPIC: ClassVar[str] = "dsr.export.downloaded"
    request_id: UUID
    token_id: UUID
    first_byte: int
    """Counted from 0."""
    last_byte: int
    """The last one that was asked for; how many arrived only the receiver knows."""
    network: str
    """Network that it went to, never the address; empty where unknown."""

    def apply(self, export: "Export") -> None:
        export.downloads += 1


class ExportSecretRefused(Event):
    """Somebody had the link and a wrong second secret."""

    TOPIC: ClassVar[str] = "dsr.export.secret-refused"
    request_id: UUID
    token_id: UUID
    network: str
    """Network that it came from, never the address; empty where unknown."""

    def apply(self, export: "Export") -> None:
        offer = export.offers[self.token_id]
        export.offers[self.token_id] = replace(offer, wrong_secrets=offer.wrong_secrets + 1)


class ExportRevoked(Event):
    """The link no longer leads to the package."""

    TOPIC: ClassVar[str] = "dsr.export.revoked"
    request_id: UUID
    token_id: UUID
    reason: RevocationReason

    def apply(self, export: "Export") -> None:
        export.offers[self.token_id] = replace(export.offers[self.token_id], revoked=self.reason)


class ExportPurged(Event):
    """The package was deleted and its key destroyed; that it was, and its sealed digest, stay."""

    TOPIC: ClassVar[str] = "dsr.export.purged"
    request_id: UUID
    reason: PurgeReason

    def apply(self, export: "Export") -> None:
        export.purged_at = self.timestamp


class Export(Aggregate):
    """One package for one item of a request."""

    TOPIC = "dsr.export"

    def __init__(self) -> None:
        self.prepared_at: datetime
        self.request_id: UUID
        self.item_id = ""
        self.controller_id = ""
        self.kind: ExportKind
        self.package: BlobRef
        self.package_digest: Sealed
        self.files = 0
        self.offers: dict[UUID, Offer] = {}
        self.latest: UUID | None = None
        self.downloads = 0
        self.kept_until: datetime
        self.purged_at: datetime | None = None

    @classmethod
    def prepare(
        cls,
        *,
        export_id: UUID,
        request_id: UUID,
        item_id: str,
        controller_id: str,
        kind: ExportKind,
        package: BlobRef,
        package_digest: Sealed,
        files: int,
        kept_until: datetime,
        keys: tuple[KeyIntroduction, ...],
        at: datetime,
        actor: str,
    ) -> Self:
        """Record that a package stands ready, for as long as it is kept. Raises ExportEmpty, ExportExpiryInvalid."""
        if files < 1:
            raise ExportEmpty()
        if kept_until <= at:
            raise ExportExpiryInvalid()
        return cls._create(
            ExportPrepared,
            id=export_id,
            timestamp=at,
            actor=actor,
            request_id=request_id,
            item_id=item_id,
            controller_id=controller_id,
            kind=kind,
            package=package,
            package_digest=package_digest,
            files=files,
            kept_until=kept_until,
            keys=keys,
        )

    @property
    def offer_made(self) -> Offer | None:
        """The latest link, whatever became of it."""
        return None if self.latest is None else self.offers[self.latest]

    def offer(self, *, token_id: UUID, expires_at: datetime, at: datetime, actor: str) -> None:
        """Record that a link was made; it replaces an earlier one that nobody used.

        The package is kept as long as the link works. Raises ExportIsPurged, ExportExpiryInvalid.
        """
        self._require_kept()
        if expires_at <= at:
            raise ExportExpiryInvalid()
        earlier = self.offer_made
        if earlier is not None and earlier.redeemed_at is None and earlier.revoked is None:
            self._end(earlier.token_id, RevocationReason.REPLACED, at, actor)
        self.trigger_event(
            ExportOffered,
            timestamp=at,
            actor=actor,
            request_id=self.request_id,
            token_id=token_id,
            expires_at=expires_at,
        )

    def redeem(self, *, token_id: UUID, network: str, at: datetime, actor: str = "data-subject") -> None:
        """Begin the hour in which the package can be downloaded, once per link.

        `network` may be an address; the event keeps its network alone.
        Raises ExportNotOffered, ExportIsPurged, ExportAlreadyRedeemed, ExportIsLocked, ExportIsRevoked, ExportExpired.
        """
        self._offer(token_id).require_open(at)
        self.trigger_event(
            ExportRedeemed,
            timestamp=at,
            actor=actor,
            request_id=self.request_id,
            token_id=token_id,
            session_ends_at=at + SESSION,
            network=network_of(network),
        )

    def download(
        self,
        *,
        token_id: UUID,
        first_byte: int,
        last_byte: int,
        network: str,
        at: datetime,
        actor: str = "data-subject",
    ) -> None:
        """Hand over the package or a part of it. Send the first byte only after this event is stored.

        Bytes are counted from 0, both ends included. Raises ExportNotOffered, ExportIsPurged, ExportIsRevoked,
        ExportSessionEnded, ByteRangeInvalid.
        """
        self.require_session(token_id, at)
        if not 0 <= first_byte <= last_byte < self.package.size:
            raise ByteRangeInvalid(size=self.package.size)
        self.trigger_event(
            ExportDownloaded,
            timestamp=at,
            actor=actor,
            request_id=self.request_id,
            token_id=token_id,
            first_byte=first_byte,
            last_byte=last_byte,
            network=network_of(network),
        )

    def require_session(self, token_id: UUID, at: datetime) -> None:
        """Raise unless who redeemed this link may download now.

        ExportNotOffered, ExportIsPurged, ExportIsRevoked, ExportSessionEnded.
        """
        self._offer(token_id).require_session(at)

    def record_wrong_secret(
        self, *, token_id: UUID, network: str, at: datetime, actor: str = "data-subject"
    ) -> DomainError:
        """Count a wrong second secret; the fifth revokes the link.

        Returns the error to raise once the event is stored: SecretWrong, or ExportIsLocked after the last guess.
        Raises what `redeem` does, so that a link which has ended does not tell right from wrong: ExportNotOffered,
        ExportIsPurged, ExportAlreadyRedeemed, ExportIsLocked, ExportIsRevoked, ExportExpired.
        """
        self._offer(token_id).require_open(at)
        self.trigger_event(
            ExportSecretRefused,
            timestamp=at,
            actor=actor,
            request_id=self.request_id,
            token_id=token_id,
            network=network_of(network),
        )
        left = MAX_WRONG_SECRETS - self.offers[token_id].wrong_secrets
        if left > 0:
            return SecretWrong(attempts_left=left)
        self._end(token_id, RevocationReason.SECRET_GUESSED, at, actor)
        return ExportIsLocked()

    def revoke(self, *, reason: RevocationReason, at: datetime, actor: str) -> None:
        """End the latest link, or the session that it began.

        Raises ExportIsPurged, ExportNotOffered, ExportAlreadyRedeemed (and its session is over), ExportIsLocked,
        ExportIsRevoked, ExportExpired.
        """
        self._require_kept()
        if self.latest is None:
            raise ExportNotOffered()
        offer = self.offers[self.latest]
        if not offer.works(at):
            offer.require_open(at)
        self._end(self.latest, reason, at, actor)

    def purge(self, *, reason: PurgeReason, at: datetime, actor: str) -> None:
        """Delete the package: when it was kept as long as was promised, or at once where its content is wrong.

        Whatever link or session still leads to it ends. Destroy its key and delete its file only once this event is
        stored. Raises ExportIsPurged, ExportStillKept. Source: GDPR Art. 5(1)(c), (e).
        """
        self._require_kept()
        if reason is PurgeReason.EXPIRED and at < self.kept_until:
            raise ExportStillKept(kept_until=self.kept_until)
        for offer in tuple(self.offers.values()):
            if offer.works(at):
                self._end(offer.token_id, RevocationReason.CONTENT_WRONG, at, actor)
        self.trigger_event(ExportPurged, timestamp=at, actor=actor, request_id=self.request_id, reason=reason)

    def _require_kept(self) -> None:
        if self.purged_at is not None:
            raise ExportIsPurged(purged_at=self.purged_at)

    def _offer(self, token_id: UUID) -> Offer:
        if token_id not in self.offers:
            raise ExportNotOffered()
        self._require_kept()
        return self.offers[token_id]

    def _end(self, token_id: UUID, reason: RevocationReason, at: datetime, actor: str) -> None:
        self.trigger_event(
            ExportRevoked, timestamp=at, actor=actor, request_id=self.request_id, token_id=token_id, reason=reason
        )


def network_of(address: str) -> str:
    """Cut an address or network to /24 (IPv4) or /48 (IPv6), so that it names no person; empty where it is neither."""
    try:
        given = ip_interface(address)
    except ValueError:
        return ""
    if isinstance(given.ip, IPv6Address) and (mapped := given.ip.ipv4_mapped) is not None:
        return network_of(str(mapped))
    longest = 24 if given.version == 4 else 48
    return str(ip_network((given.ip, min(longest, given.network.prefixlen)), strict=False))
