"""The index key is replaced: every row that it made is made anew from what it was made of, while the service works.

A copied keyring would otherwise recognise people, messages and answers in the database for ever. Rows are
found under either key until all are made anew; then the former key is destroyed. Where nothing is left of what a row
was made of, such as a message whose key was destroyed, the row stays, and of the former key what finds such rows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.parser import BytesHeaderParser
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa

from dsr.desk.dispatching.content import open_content
from dsr.desk.exports.links import ExportLinks
from dsr.desk.idempotency import idempotency
from dsr.desk.repository import Repository
from dsr.domain.dispatch import Dispatch
from dsr.domain.events import Event
from dsr.domain.export import Export
from dsr.domain.request.intake import RequestReceived
from dsr.domain.sealed import BlobMissing, BlobRef, KeyDestroyed, KeyUnknown
from dsr.mailbox.headers import message_ids, raw_fields
from dsr.mailbox.limits import MailLimits
from dsr.mailbox.trace import without_trace
from dsr.projections.dispatches import dispatches_of
from dsr.vault import SUPPRESSED_BY, IndexKey, IndexPurpose, Keyring, KeyringMark, SqlKeyStore
from dsr.vault.blind_index import blind_index, tokens_of
from dsr.vault.blind_index import use_of as use_of_index
from dsr.vault.known_messages import CONTENT, MESSAGE_ID, known_messages, message_token
from dsr.vault.suppression_list import suppressions
from dsr.vault.suppression_list import use_of as use_of_list

AT_LEAST: Final = timedelta(days=1)
"""How long the former key stays: until then a command may be repeated whose answer was stored under it."""

_BATCH: Final = 200
_Values = Mapping[IndexPurpose, Iterable[str]]


@dataclass(frozen=True)
class Remade:
    """What one turn did."""

    rows: int
    """Made anew, or found to be so."""
    left: int
    """Rows that can't be made anew, since what they were made of was destroyed."""
    is_finished: bool
    """Whether the former key is destroyed."""


@dataclass
class _Origin:
    """What the rows of one case, or of one quarantined message, were made of."""

    values: dict[IndexPurpose, set[str]] = field(default_factory=dict)
    messages: list[tuple[str | None, bytes]] = field(default_factory=list)
    """Message-ID, if any, and content."""


class IndexRotation:
    """replace the index key, make every row anew, destroy the former key."""

    def __init__(
        self,
        repository: Repository,
        keystore: SqlKeyStore,
        keyring: Keyring,
        mark: KeyringMark,
        links: ExportLinks,
        *,
        limits: MailLimits,
    ) -> None:
        self._repository = repository
        self._keystore = keystore
        self._keyring = keyring
        self._mark = mark
        self._links = links
        self._limits = limits

    @property
    def is_running(self) -> bool:
        """Whether a former index key is still there."""
        return self._keyring.is_changing_index

    def begin(self) -> None:
        """Replace the index key; continue, if that was begun before.

        Raises KeyringCopyUnavailable, KeyringCopyWrong: the copy has to know the new key first.
        """
        self._keystore.replace_index_key()
        self._mark.renew()

    def turn(
        self,
        *,
        at_once: bool = False,
        told: Callable[[int], None] = lambda _: None,
        goes_on: Callable[[], bool] = lambda: True,
    ) -> Remade:
        """Make rows anew until none is left, and destroy the former key a day after it was replaced, or `at_once`.

        Safe to interrupt, and to run in several processes. `told` is called with the number of rows of each batch.
        """
        rows, left = 0, set[UUID]()
        self._keep_links()
        while goes_on() and (streams := self._streams(besides=left)):
            for stream_id in streams:
                rows += self._remake(stream_id)
                left |= {stream_id} if self._waits(stream_id) else set()
            told(len(streams))
        waiting, made_at = self._waiting(), self._keyring.index_made_at
        if made_at is not None and (at_once or self._repository.now() >= made_at + AT_LEAST):
            self._finish(left, made_at)
        return Remade(rows, waiting, not self.is_running)

    def _finish(self, left: set[UUID], made_at: datetime) -> None:
        """Delete what is made anew, then the former key, if nothing else is left to make anew.

        The rows go first, so that a crash in between is harmless. The lock lets every command end that began before.
        """
        with self._repository.database.appending():
            if not self.is_running or self._streams(besides=left):
                return
            with self._repository.database.writing() as connection:
                connection.execute(blind_index.delete().where(blind_index.c.superseded.is_(sa.true())))
                connection.execute(idempotency.delete().where(idempotency.c.recorded_on <= made_at.date()))
            keeping = list(self._uses_left())
        self._keystore.forget_former_index_key(keeping=keeping)

    def _keep_links(self) -> None:
        for export_id, token_id in self._links.computed():
            export = self._repository.find(Export, export_id)
            if export is not None:
                with suppress(KeyDestroyed, KeyUnknown):
                    self._links.keep_root(token_id, export)

    def _uses_left(self) -> Iterator[str]:
        """The uses of the former key whose rows can't be made anew."""
        generation = self._keyring.generation
        with self._repository.database.glancing() as connection:
            for table, use in ((blind_index, use_of_index), (suppressions, use_of_list)):
                older = sa.select(table.c.purpose).where(table.c.generation == generation - 1).distinct()
                for purpose in connection.execute(older).scalars():
                    yield use(IndexPurpose(purpose))
            older = sa.select(sa.literal(1)).where(known_messages.c.generation == generation - 1).limit(1)
            if connection.execute(older).first() is not None:
                yield from (MESSAGE_ID, CONTENT)

    def streams(self) -> int:
        """How many cases and quarantined messages have rows to make anew; one may count in several tables."""
        with self._repository.database.glancing() as connection:
            return sum(
                int(connection.execute(sa.select(sa.func.count(column.distinct())).where(waits)).scalar_one())
                for column, waits in self._conditions()
            )

    # Which rows ------------------------------------------------------------------------------------------------

    def _streams(self, *, besides: set[UUID]) -> list[UUID]:
        """Cases, and quarantined messages, with rows under the former key."""
        found: list[UUID] = []
        with self._repository.database.glancing() as connection:
            for column, waits in self._conditions():
                query = sa.select(column).where(waits).distinct().order_by(column).limit(_BATCH + len(besides))
                found += [each for each in connection.execute(query).scalars() if each not in besides]
        return sorted(set(found))[:_BATCH]

    def _waits(self, stream_id: UUID) -> bool:
        with self._repository.database.glancing() as connection:
            return any(
                connection.execute(sa.select(sa.literal(1)).where(waits, column == stream_id).limit(1)).first()
                for column, waits in self._conditions()
            )

    def _waiting(self) -> int:
        """How many rows stand under the former key and are not made anew."""
        with self._repository.database.glancing() as connection:
            return sum(
                int(connection.execute(sa.select(sa.func.count(column)).where(waits)).scalar_one())
                for column, waits in self._conditions()
            )

    def _conditions(self) -> tuple[tuple[sa.Column[UUID], sa.ColumnElement[bool]], ...]:
        former = self._keyring.generation - 1
        index, messages, listed = blind_index.c, known_messages.c, suppressions.c
        return (
            (index.stream_id, (index.generation == former) & index.superseded.is_(sa.false())),
            (messages.stream_id, messages.generation == former),
            (listed.request_id, listed.generation == former),
        )

    # One case --------------------------------------------------------------------------------------------------

    def _remake(self, stream_id: UUID) -> int:
        """Make the rows of a case anew, as far as what they were made of is there; return how many."""
        origin = self._origin(stream_id)
        with self._repository.database.writing() as connection:
            return (
                self._remake_index(connection, stream_id, origin)
                + self._remake_list(connection, stream_id, origin)
                + self._remake_messages(connection, stream_id, origin)
            )

    def _remake_index(self, connection: sa.Connection, stream_id: UUID, origin: _Origin) -> int:
        c, done = blind_index.c, 0
        for purpose, values in origin.values.items():
            for old, new, token in self._pairs(use_of_index(purpose), purpose, values):
                place = (c.stream_id == stream_id) & (c.purpose == purpose.value)
                stale = place & (c.token == token[0]) & (c.generation == old.generation) & c.superseded.is_(sa.false())
                if connection.execute(blind_index.update().where(stale).values(superseded=True)).rowcount:
                    done += 1
                    known = sa.select(c.token).where(place, c.token == token[1])
                    if connection.execute(known).first() is None:
                        row = {"purpose": purpose.value, "token": token[1], "stream_id": stream_id}
                        more = {"generation": new.generation, "superseded": False}
                        connection.execute(blind_index.insert(), row | more)
        return done

    def _remake_list(self, connection: sa.Connection, request_id: UUID, origin: _Origin) -> int:
        c, done = suppressions.c, 0
        for purpose in SUPPRESSED_BY:
            for old, new, token in self._pairs(use_of_list(purpose), purpose, origin.values.get(purpose, ())):
                place = (c.request_id == request_id) & (c.purpose == purpose.value)
                stale = place & (c.token == token[0]) & (c.generation == old.generation)
                for row in connection.execute(sa.select(suppressions).where(stale)).mappings().all():
                    mine = c.controller_id == row["controller_id"]
                    twin = place & mine & (c.token == token[1])
                    since = [row["since"], *connection.execute(sa.select(c.since).where(twin)).scalars()]
                    connection.execute(suppressions.delete().where(twin | (stale & mine)))
                    anew = {"token": token[1], "generation": new.generation, "since": min(since)}
                    connection.execute(suppressions.insert(), dict(row) | anew)
                    done += 1
        return done

    def _remake_messages(self, connection: sa.Connection, stream_id: UUID, origin: _Origin) -> int:
        c, done = known_messages.c, 0
        ids, contents = self._keyring.index_keys(MESSAGE_ID), self._keyring.index_keys(CONTENT)
        if len(ids) < 2 or len(contents) < 2:  # another process finished
            return 0
        for message_id, content in origin.messages:
            named = self._repository.messages.content_ids(content)
            for known_as, known_before in ((message_id, message_id), (named[0], named[1])):
                if known_as is None or known_before is None:
                    continue
                stale = (c.token == message_token(ids[1].material, known_before)) & (c.stream_id == stream_id)
                anew = {
                    "token": message_token(ids[0].material, known_as),
                    "content_fingerprint": named[0].removeprefix("content:"),
                    "generation": ids[0].generation,
                }
                done += connection.execute(known_messages.update().where(stale).values(anew)).rowcount
        return done

    def _pairs(
        self, use: str, purpose: IndexPurpose, values: Iterable[str]
    ) -> Iterator[tuple[IndexKey, IndexKey, tuple[str, str]]]:
        """Former and present key, with the tokens of each value under both."""
        keys = self._keyring.written_index_keys(use)
        if len(keys) == 2:
            new, old = keys
            for value in values:
                for before in tokens_of(old.material, purpose, [value]):
                    (after,) = tokens_of(new.material, purpose, [value])
                    yield old, new, (before, after)

    # What it was made of ---------------------------------------------------------------------------------------

    def _origin(self, stream_id: UUID) -> _Origin:
        """Everything that a row of this case may have been made of, as far as it opens."""
        origin = _Origin()
        linked = self._read(stream_id, origin)
        while linked is not None:  # a request that began with a message in another case is found by the same person
            linked = self._read(linked, origin)
        with self._repository.database.glancing() as connection:
            letters = [row["dispatch_id"] for row in dispatches_of(connection, stream_id)]
        for dispatch_id in letters:
            self._read_letter(dispatch_id, origin)
        return origin

    def _read(self, stream_id: UUID, origin: _Origin) -> UUID | None:
        """Read the events of a stream; return the case that it was linked to when it began."""
        linked = None
        for event in self._repository.application.events.get(stream_id):
            if isinstance(event, RequestReceived):
                linked = event.linked_to
                with suppress(KeyDestroyed, KeyUnknown):
                    self._read_person(event, stream_id, origin)
            original = getattr(event, "original", None)
            if isinstance(original, BlobRef):
                with suppress(KeyDestroyed, KeyUnknown, BlobMissing):
                    self._read_mail(original, origin)
        return linked

    def _read_person(self, event: RequestReceived, stream_id: UUID, origin: _Origin) -> None:
        if event.message is None:
            return
        said: dict[str, Any] = self._repository.sealer.open_json(event.message, stream_id=stream_id, field="message")
        person = said.get("person") or {"email": said["from_address"], "name": said["from_name"]}
        origin.values.setdefault(IndexPurpose.EMAIL, set()).add(person.get("email") or "")
        origin.values.setdefault(IndexPurpose.NAME, set()).add(person.get("name") or "")
        origin.values.setdefault(IndexPurpose.PHONE, set()).add(person.get("phone") or "")
        origin.values.setdefault(IndexPurpose.IDENTIFIER, set()).update(person.get("identifiers") or ())

    def _read_mail(self, original: BlobRef, origin: _Origin) -> None:
        repository = self._repository
        if original.media_type != "message/rfc822":
            return
        raw = b"".join(repository.blobs.read(original, repository.keystore.open(original.key_id)))
        header = BytesHeaderParser().parsebytes(raw[: self._limits.max_header_bytes])
        named = message_ids(raw_fields(header, "Message-ID"))
        origin.messages.append((next(iter(named), None), without_trace(raw)))

    def _read_letter(self, dispatch_id: UUID, origin: _Origin) -> None:
        for event in self._repository.application.events.get(dispatch_id):
            message_id = getattr(event, "message_id", None)
            if isinstance(event, Event) and isinstance(message_id, str):
                origin.messages.append((message_id, message_id.encode()))
        dispatch = self._repository.find(Dispatch, dispatch_id)
        if dispatch is not None:
            with suppress(KeyDestroyed, KeyUnknown, msgspec.DecodeError):
                email = open_content(self._repository, dispatch).given.address.email
                origin.values.setdefault(IndexPurpose.BOUNCED_EMAIL, set()).add(email)
        known = origin.values.get(IndexPurpose.EMAIL, set())
        origin.values.setdefault(IndexPurpose.BOUNCED_EMAIL, set()).update(known)
