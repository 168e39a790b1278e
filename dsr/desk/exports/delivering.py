"""Handing a package over: a link with a second secret, redeemed once; a session of an hour; the purge at the end."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Final, TypeVar
from uuid import UUID, uuid4

import msgspec

from dsr.database.errors import SERVICE_WIDE
from dsr.desk.caller import Call, Caller
from dsr.desk.exports.links import Link
from dsr.desk.exports.room import ExportRoom, answer_with, require_due
from dsr.desk.idempotency import Answer
from dsr.desk.unit_of_work import Effect, retrying, unit_of_work, use_case
from dsr.domain.errors import DomainError, code_of
from dsr.domain.export import (
    Export,
    ExportNotOffered,
    ExportStillKept,
    ExportWithheld,
    PurgeReason,
    RevocationReason,
)
from dsr.domain.request import Request
from dsr.domain.sealed import BlobRef
from dsr.projections.exports import exports_to_purge

log = logging.getLogger("dsr.exports")

_PURGED_AT_ONCE: Final = 500

_LOOK_BYTES: Final = 4 * 1024 * 1024
_LOOK_SECONDS: Final = 5.0
"""Of what is under way it is asked so often whether it may still leave: whichever comes first."""

_BLIND_SECONDS: Final = 30.0
"""So long it goes on unasked where nobody can be asked: in a database that is away, nobody revokes anything either."""

_PURGE: Final = Call(Caller("purge", frozenset(), frozenset()))

T = TypeVar("T")


@dataclass(frozen=True)
class Session:
    """What whoever redeemed a link holds for an hour."""

    export_id: UUID
    secret: str
    ends_at: datetime
    size: int
    """Bytes of the package."""
    kind: str


@dataclass(frozen=True)
class Package:
    """What a session leads to."""

    export_id: UUID
    token_id: UUID
    ref: BlobRef
    kind: str
    ends_at: datetime
    """When the session ends."""
    zone: str
    """IANA; in which the controller reckons."""

    @property
    def etag(self) -> str:
        """Names these bytes and no others: the digest of the stored file. Hex."""
        return self.ref.ciphertext_sha256


@dataclass(frozen=True)
class Purged:
    """A package that was deleted."""

    export_id: UUID
    request_id: UUID
    prepared_at: datetime
    kept_until: datetime
    size: int


class Delivering(ExportRoom):
    """offer, revoke, redeem, download, purge."""

    @use_case
    def offer(self, export_id: UUID, call: Call) -> Answer:
        """Make a link that expires; it replaces an earlier unused one. `link` shows token and second secret.

        Raises ExportUnknown, VersionStale, Forbidden (an item of another controller), ItemNotGranted (withdrawn or
        reopened since), IdentityUnresolved, RedactionPending, ExportOutdated, ExportIsPurged, UploadUnfinished.
        """
        token_id = uuid4()
        with unit_of_work(self._book, call) as work:
            export = self._find(export_id)
            case = self._case_to_decide(export, call)
            require_due(export, case)
            self._uploads.require_none(case.id, export.item_id)
            expires_at = work.acting.at + timedelta(days=self._export_days)
            export.offer(work.acting, token_id=token_id, expires_at=expires_at)
            work.add(export)
            work.effect(lambda: self._links.add(token_id, export_id))
            work.respond(lambda: answer_with(export, case))
        return work.answer

    def link(self, answer: Answer) -> Link:
        """Token and second secret of the link that an answer of `offer` is about."""
        return self._links.link(UUID(msgspec.json.decode(answer.body)["link"]["token_id"]))

    @use_case
    def revoke(self, export_id: UUID, call: Call, *, reason: RevocationReason) -> Answer:
        """End the latest link and its session; where the content is wrong, the package is purged as well.

        Raises ExportUnknown, VersionStale, Forbidden, and what `Export.revoke` or `Export.purge` does.
        """
        with unit_of_work(self._book, call) as work:
            export = self._find(export_id)
            case = self._case_to_decide(export, call)
            if reason is RevocationReason.CONTENT_WRONG:
                export.purge(work.acting, reason=PurgeReason.CONTENT_WRONG)
                work.irrevocable(*self._destruction(export))
            else:
                export.revoke(work.acting, reason=reason)
            work.add(export)
            work.respond(lambda: answer_with(export, case))
        return work.answer

    def redeem(self, token: str, second_secret: str, *, network: str) -> Session:
        """Begin the session, once per link: whoever records the redemption first. A link rests while the case forbids.

        Raises ExportNotOffered, SecretWrong, ExportIsPurged, ExportIsLocked, ExportAlreadyRedeemed, ExportExpired,
        ExportIsRevoked, ExportWithheld.
        """
        export_id, token_id = self._links.find(token)
        return self._redeem(export_id, token_id, second_secret, network)

    def redeem_signed_in(self, export_id: UUID, second_secret: str, caller: Caller, *, network: str) -> Session:
        """The same for a data subject who is signed in: the code that went to the address on file stands for the link.

        Raises ExportUnknown where it is a package of another case; else what `redeem` does.
        """
        export = self._find(export_id)
        self._case_of(export, caller)
        if export.latest is None:
            raise ExportNotOffered()
        return self._redeem(export_id, export.latest, second_secret, network)

    def package(self, session: str) -> Package:
        """What a session leads to, without handing it over.

        Raises ExportSessionEnded, ExportIsRevoked, ExportIsPurged, ExportWithheld.
        """
        export_id, token_id = self._links.of_session(session)
        export = self._find(export_id)
        case = self._require_session(export, token_id)
        return Package(export.id, token_id, export.package, export.kind.value, _ends_at(export, token_id), case.zone)

    def download(
        self, session: str, *, first_byte: int = 0, last_byte: int | None = None, network: str
    ) -> Iterator[bytes]:
        """The package from one byte to another, both included (None: its last), in chunks; recorded before the first.

        Raises ExportSessionEnded, ExportIsRevoked, ExportIsPurged, ExportWithheld, ByteRangeInvalid, KeyDestroyed,
        BlobMissing; while it is iterated SealBroken, and those of a session that may not go on: it ended, or the link
        was revoked, the package purged, the case changed. Then the receiver must see that it is not whole.
        """
        return retrying(lambda: self._download_once(session, first_byte, last_byte, network))

    def read(self, export: Export) -> Iterator[bytes]:
        """The whole package for another controller, in chunks, the first already opened.

        Raises KeyDestroyed, BlobMissing; while it is iterated SealBroken, and ExportWithheld where it was purged or the
        case changed meanwhile; those of SERVICE_WIDE where that could not be looked up for half a minute.
        """
        chunks = self._begun(export, 0, export.package.size)
        return _as_long_as(lambda: self._require_due(self._find(export.id)), chunks)

    def purge_due(self) -> Iterator[Purged]:
        """Purge every package that was kept as long as was promised; yields each once it is gone. Safe to repeat.

        One that fails keeps none of the others; the error of the first is raised in the end.
        """
        book, failed = self._book, dict[UUID, Exception]()
        while True:
            with book.database.reading() as connection:
                due = exports_to_purge(connection, book.now(), limit=len(failed) + _PURGED_AT_ONCE)
            left = [export_id for export_id in due if export_id not in failed]
            for export_id in left:
                try:
                    purged = retrying(partial(self._purge_once, export_id))
                except SERVICE_WIDE:
                    raise
                except Exception as error:  # noqa: BLE001 - whatever is wrong with one, the others go
                    log.error("export %s is not purged: %s", export_id, code_of(error))  # noqa: TRY400 - no words
                    failed[export_id] = error
                    continue
                if purged is not None:
                    yield purged
            if len(left) < _PURGED_AT_ONCE:
                break
        if failed:
            raise next(iter(failed.values()))

    def _redeem(self, export_id: UUID, token_id: UUID, second_secret: str, network: str) -> Session:
        right = self._links.is_right(token_id, second_secret)
        return retrying(lambda: self._redeem_once(export_id, token_id, right, network))

    def _redeem_once(self, export_id: UUID, token_id: UUID, right: bool, network: str) -> Session:
        export, refusal = self._find(export_id), None
        with unit_of_work(self._book, _subject(export)) as work:
            if right:
                export.redeem(work.acting, token_id=token_id, network=network)
                self._require_due(export)
                self._begun(export, 0, export.package.size)  # a package that was forgotten costs nobody the link
            else:
                refusal = export.record_wrong_secret(work.acting, token_id=token_id, network=network)
            work.add(export)
        if refusal is not None:
            raise refusal
        return Session(
            export_id,
            self._links.session(token_id),
            _ends_at(export, token_id),
            export.package.size,
            export.kind.value,
        )

    def _download_once(self, session: str, first_byte: int, last_byte: int | None, network: str) -> Iterator[bytes]:
        export_id, token_id = self._links.of_session(session)
        export = self._find(export_id)
        with unit_of_work(self._book, _subject(export)) as work:
            self._require_session(export, token_id)
            last = export.package.size - 1 if last_byte is None else last_byte
            export.download(work.acting, token_id=token_id, first_byte=first_byte, last_byte=last, network=network)
            chunks = self._begun(export, first_byte, last + 1)
            work.add(export)
        return _as_long_as(lambda: self.package(session), chunks)

    def _purge_once(self, export_id: UUID) -> Purged | None:
        """None where it was offered anew, or purged, since it was found to be due."""
        export = self._find(export_id)
        if export.purged_at is not None:
            return None
        kept_until = export.kept_until
        try:
            with unit_of_work(self._book, _PURGE) as work:
                export.purge(work.acting, reason=PurgeReason.EXPIRED)
                work.add(export)
                work.irrevocable(*self._destruction(export))
        except ExportStillKept:
            return None
        return Purged(export_id, export.request_id, export.prepared_at, kept_until, export.package.size)

    def _destruction(self, export: Export) -> Sequence[Effect]:
        """The package opens no more, then is gone; its sealed digest stays as long as the case."""
        book, package = self._book, export.package
        return [lambda: book.keystore.destroy([package.key_id]), lambda: book.blobs.delete(package.blob_id)]

    def _require_session(self, export: Export, token_id: UUID) -> Request:
        """The case, unless the session of this link is over, or the package may not be handed over now."""
        export.require_session(token_id, self._book.now())
        return self._require_due(export)

    def _require_due(self, export: Export) -> Request:
        try:
            case = self._book.request(export.request_id, _subject(export).caller)
            require_due(export, case)
        except SERVICE_WIDE:  # says nothing about the package
            raise
        except DomainError as error:
            raise ExportWithheld() from error
        return case

    def _begun(self, export: Export, start: int, stop: int) -> Iterator[bytes]:
        """The chunks of a part, the first of them already opened."""
        book, package = self._book, export.package
        chunks = book.blobs.read(package, book.keystore.open(package.key_id), start, stop)
        first = next(chunks)
        return chain([first], chunks)


def _as_long_as(require: Callable[[], object], chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks, and again and again the question whether they may leave; what refuses that ends them."""
    passed, looked_at = 0, time.monotonic()
    for chunk in chunks:
        if passed >= _LOOK_BYTES or time.monotonic() - looked_at >= _LOOK_SECONDS:
            try:
                require()
                passed, looked_at = 0, time.monotonic()
            except SERVICE_WIDE:
                if time.monotonic() - looked_at >= _BLIND_SECONDS:
                    raise
        passed += len(chunk)
        yield chunk


def _ends_at(export: Export, token_id: UUID) -> datetime:
    """When the session that a link began ends."""
    ends_at = export.offers[token_id].session_ends_at
    assert ends_at is not None  # noqa: S101 - the link was redeemed
    return ends_at


def _subject(export: Export) -> Call:
    return Call(Caller("data-subject", frozenset(), frozenset(), request_id=export.request_id))
