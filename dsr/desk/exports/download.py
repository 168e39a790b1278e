"""Downloads of a package, by the person in their session or for another controller.

While the bytes leave, the service checks repeatedly that they still may.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Final
from uuid import UUID

from dsr.desk.caller import Call, Caller
from dsr.desk.exports.packages import Packages, find, require_deliverable
from dsr.desk.unit_of_work import retrying, unit_of_work
from dsr.domain.credential import Credential, CredentialKind
from dsr.domain.errors import DomainError, ServiceWide
from dsr.domain.export import Export, ExportWithheld
from dsr.domain.request import Request
from dsr.domain.sealed import BlobRef

_CHECK_BYTES: Final = 4 * 1024 * 1024
_CHECK_SECONDS: Final = 5.0
"""The service checks that a package may still leave after this many bytes or seconds, whichever is first."""

_UNCHECKED_SECONDS: Final = 30.0
"""How long a transfer continues without this check while the database is down: no one can revoke a link then either."""


@dataclass(frozen=True)
class SessionPackage:
    """The package that a session leads to."""

    export_id: UUID
    token_id: UUID
    ref: BlobRef
    kind: str
    ends_at: datetime
    """When the session ends."""
    zone: str
    """IANA time zone of the controller."""

    @property
    def etag(self) -> str:
        """Identifies these bytes: SHA-256 of the stored file, hex."""
        return self.ref.ciphertext_sha256


def package(packages: Packages, session: str) -> SessionPackage:
    """The package that the secret of a session leads to; no byte of it leaves.

    Raises ExportSessionEnded, ExportIsRevoked, ExportIsPurged, ExportWithheld.
    """
    export_id, token_id = packages.links.of_session(session)
    export = find(packages, export_id)
    case = _require_session(packages, export, token_id)
    ends_at = session_ends_at(export, token_id)
    return SessionPackage(export.id, token_id, export.package, export.kind.value, ends_at, case.zone)


def download(
    packages: Packages, session: str, *, first_byte: int = 0, last_byte: int | None = None, network: str
) -> Iterator[bytes]:
    """The package from one byte to another, both included (None: to its end), in chunks. It is recorded first.

    Raises ExportSessionEnded, ExportIsRevoked, ExportIsPurged, ExportWithheld, ByteRangeInvalid, KeyDestroyed,
    BlobMissing. While it is iterated, SealBroken, and the errors of a session that may not go on: it ended, or the link
    was revoked, the package purged, the case changed. Then the receiver must see that the package is incomplete.
    """
    export_id, token_id = packages.links.of_session(session)

    def begun() -> Iterator[bytes]:
        export = find(packages, export_id)
        with unit_of_work(packages.repository, by_subject(export, link(token_id))) as work:
            _require_session(packages, export, token_id)
            last = export.package.size - 1 if last_byte is None else last_byte
            export.download(work.acting, token_id=token_id, first_byte=first_byte, last_byte=last, network=network)
            chunks = chunks_of(packages, export, first_byte, last + 1)
            work.add(export)
        sent = partial(_record_sent, packages, export_id, token_id, first_byte)
        return _told(_checked(chunks, lambda: package(packages, session)), sent)

    return retrying(begun)


def read(packages: Packages, export: Export) -> Iterator[bytes]:
    """The whole package for another controller, in chunks, the first already opened.

    Raises KeyDestroyed, BlobMissing. While it is iterated, SealBroken; ExportWithheld where the package was purged or
    the case changed; those of ServiceWide where this could not be checked for half a minute.
    """
    chunks = chunks_of(packages, export, 0, export.package.size)
    return _checked(chunks, lambda: require_deliverable_now(packages, find(packages, export.id)))


def require_deliverable_now(packages: Packages, export: Export) -> Request:
    """The case, if the package may be handed over now. Raises ExportWithheld."""
    try:
        case = packages.repository.request(export.request_id, by_subject(export, None).caller)
        require_deliverable(export, case)
    except ServiceWide:  # does not concern the package
        raise
    except DomainError as error:
        raise ExportWithheld() from error
    return case


def chunks_of(packages: Packages, export: Export, start: int, stop: int) -> Iterator[bytes]:
    """The chunks of a part, the first of them already opened. Raises KeyDestroyed, BlobMissing, SealBroken."""
    repository, ref = packages.repository, export.package
    chunks = repository.blobs.read(ref, repository.keystore.open(ref.key_id), start, stop)
    first = next(chunks)
    return chain([first], chunks)


def session_ends_at(export: Export, token_id: UUID) -> datetime:
    """When the session of a redeemed link ends."""
    ends_at = export.offers[token_id].session_ends_at
    assert ends_at is not None  # noqa: S101 - the link was redeemed
    return ends_at


def by_subject(export: Export, credential: Credential | None) -> Call:
    """The person acts on their own package."""
    return Call(Caller("data-subject", frozenset(), frozenset(), request_id=export.request_id, credential=credential))


def link(token_id: UUID) -> Credential:
    """The credential of a person who has a link, or a session of it."""
    return Credential(CredentialKind.LINK, token_id)


def _require_session(packages: Packages, export: Export, token_id: UUID) -> Request:
    """The case, if the session is running and the package may be handed over now."""
    export.require_session(token_id, packages.repository.now())
    return require_deliverable_now(packages, export)


def _record_sent(packages: Packages, export_id: UUID, token_id: UUID, first_byte: int, size: int) -> None:
    """Record that so many bytes left. Raises VersionStale only where others change the package again and again."""
    last_byte = first_byte + size - 1

    def recorded() -> None:
        export = find(packages, export_id)
        with unit_of_work(packages.repository, by_subject(export, link(token_id))) as work:
            export.record_sent(work.acting, token_id=token_id, first_byte=first_byte, last_byte=last_byte)
            work.add(export)

    retrying(recorded)


def _told(chunks: Iterator[bytes], end: Callable[[int], None]) -> Iterator[bytes]:
    """The chunks; at the end, or where the receiver breaks off, `end` is told how many bytes they have taken."""
    taken = 0
    try:
        for chunk in chunks:
            yield chunk
            taken += len(chunk)
    finally:
        if taken:
            end(taken)


def _checked(chunks: Iterator[bytes], require: Callable[[], object]) -> Iterator[bytes]:
    """The chunks; `require` checks in between that they may still leave, and its errors end them."""
    passed, checked_at = 0, time.monotonic()
    for chunk in chunks:
        if passed >= _CHECK_BYTES or time.monotonic() - checked_at >= _CHECK_SECONDS:
            try:
                require()
                passed, checked_at = 0, time.monotonic()
            except ServiceWide:
                if time.monotonic() - checked_at >= _UNCHECKED_SECONDS:
                    raise
        passed += len(chunk)
        yield chunk
