"""What belongs to a file: the streams, keys, originals and rows that go when it is forgotten (docs/law §7).

A test walks every table of both databases: each is named in `PURGED`, or says why nothing of a person is left in it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from dsr.desk.credential_outbox import credential_mails
from dsr.desk.dispatching.outbox import outbox
from dsr.desk.due_dates import failed_due
from dsr.desk.exports.links import export_links
from dsr.desk.idempotency import idempotency
from dsr.desk.repository import Repository
from dsr.desk.sign_in_codes import askers, codes, sessions, wishes
from dsr.desk.tokens import tokens
from dsr.desk.upload_store import upload_parts, uploads
from dsr.domain.events import Event
from dsr.domain.matter import Matter
from dsr.domain.own_file import OwnFile
from dsr.domain.request import Request
from dsr.domain.sealed import BlobRef
from dsr.projections.dispatches import dispatches
from dsr.projections.exports import exports
from dsr.projections.introduced_keys import introductions_in
from dsr.projections.quarantine import quarantine
from dsr.vault.blind_index import blind_index
from dsr.vault.known_messages import known_messages
from dsr.vault.passing_secrets import passing_secrets


@dataclass(frozen=True)
class Belongings:
    """The ids of what a file consists of; of a case, or of another file of the privacy desk."""

    file_id: UUID
    reference: str
    """Empty for a file that has none."""
    streams: tuple[UUID, ...]
    """The file itself; of a case, also its letters and packages, and the quarantined messages that were entered as this
    case.
    """
    dispatches: tuple[UUID, ...]
    exports: tuple[UUID, ...]
    message_ids: tuple[str, ...]
    """Message-IDs of its letters."""
    keys: tuple[UUID, ...]
    blobs: tuple[UUID, ...]
    """Originals and files sealed by one of these keys."""
    parts: tuple[UUID, ...]
    """Files of uploads that were not completed."""


Purge = Callable[[Belongings], sa.ColumnElement[bool]]


def _codes(of: Belongings) -> sa.Select[UUID]:
    return sa.select(codes.c.code_id).where(codes.c.request_id == of.file_id)


def _secrets(of: Belongings) -> sa.ColumnElement[bool]:
    """Tokens, codes and mails that wait to be fetched or sent."""
    waiting = sa.select(credential_mails.c.mail_id).where(credential_mails.c.recipient == str(of.file_id))
    issued = sa.select(tokens.c.token_id).where(tokens.c.request_id == of.file_id)
    held = passing_secrets.c.secret_id
    return held.in_(waiting) | held.in_(issued) | held.in_(_codes(of))


PURGED: Final[Mapping[sa.Table, Purge]] = {
    passing_secrets: _secrets,
    askers: lambda of: askers.c.code_id.in_(_codes(of)),
    wishes: lambda of: (wishes.c.reference == of.reference) | wishes.c.grants.in_(_codes(of)),
    codes: lambda of: codes.c.request_id == of.file_id,
    sessions: lambda of: sessions.c.request_id == of.file_id,
    tokens: lambda of: tokens.c.request_id == of.file_id,
    credential_mails: lambda of: credential_mails.c.recipient == str(of.file_id),
    upload_parts: lambda of: upload_parts.c.upload_id.in_(_uploads(of)),
    uploads: lambda of: uploads.c.request_id == of.file_id,
    failed_due: lambda of: failed_due.c.request_id == of.file_id,
    outbox: lambda of: outbox.c.dispatch_id.in_(of.dispatches),
    export_links: lambda of: export_links.c.export_id.in_(of.exports),
    idempotency: lambda of: idempotency.c.stream_id.in_(of.streams),
    known_messages: lambda of: known_messages.c.stream_id.in_(of.streams),
    blind_index: lambda of: blind_index.c.stream_id.in_(of.streams),
}
"""The rows that go, by table, in this order: rows by which others are found go last."""


def _uploads(of: Belongings) -> sa.Select[UUID]:
    return sa.select(uploads.c.upload_id).where(uploads.c.request_id == of.file_id)


def belongings_of(repository: Repository, case: Request) -> Belongings:
    """All that the file of the case consists of, as the log and the tables name it."""
    with repository.database.reading() as connection:
        letters = _ids(connection, dispatches.c.dispatch_id, dispatches.c.request_id == case.id)
        sent = sa.select(dispatches.c.message_id).where(dispatches.c.request_id == case.id)
        message_ids = tuple(connection.scalars(sent))
        packages = _ids(connection, exports.c.export_id, exports.c.request_id == case.id)
        entered = _ids(connection, quarantine.c.quarantine_id, quarantine.c.request_id == case.id)
        begun = uploads.c.request_id == case.id
        upload_keys = _ids(connection, uploads.c.key_id, begun)
        parts = _ids(
            connection,
            upload_parts.c.blob_id,
            upload_parts.c.upload_id.in_(sa.select(uploads.c.upload_id).where(begun)),
        )
    streams = (case.id, *letters, *packages, *entered)
    events = [event for stream_id in streams for event in repository.application.events.whole(stream_id)]
    keys, blobs = _sealed_in(events)
    return Belongings(
        file_id=case.id,
        reference=case.reference,
        streams=streams,
        dispatches=letters,
        exports=packages,
        message_ids=message_ids,
        keys=(*keys, *upload_keys),
        blobs=blobs,
        parts=parts,
    )


def belongings_of_file(repository: Repository, file: OwnFile) -> Belongings:
    """All that a file consists of which is no case; its letters, if any, stand in its own stream."""
    letters = {each: letter.message_id for each, letter in file.letters.items()} if isinstance(file, Matter) else {}
    keys, blobs = _sealed_in(repository.application.events.whole(file.id))
    return Belongings(
        file_id=file.id,
        reference=file.reference if isinstance(file, Matter) else "",
        streams=(file.id,),
        dispatches=tuple(letters),
        exports=(),
        message_ids=tuple(letters.values()),
        keys=keys,
        blobs=blobs,
        parts=(),
    )


def count_rows(repository: Repository, of: Belongings) -> int:
    """How many rows `purge_rows` would delete."""
    with repository.database.reading() as connection:
        return sum(
            connection.execute(sa.select(sa.func.count()).select_from(table).where(purged(of))).scalar_one()
            for table, purged in PURGED.items()
        )


def purge_rows(repository: Repository, of: Belongings) -> None:
    """Delete all rows that hold anything of the person, in one transaction; idempotent."""
    with repository.database.writing() as connection:
        for table, purged in PURGED.items():
            connection.execute(sa.delete(table).where(purged(of)))


def _sealed_in(events: Collection[Event]) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """The keys that these events introduce, and the files sealed by one of them."""
    keys = dict.fromkeys(key.key_id for event in events for key in introductions_in(event))
    blobs = dict.fromkeys(ref.blob_id for event in events for ref in _refs_in(event) if ref.key_id in keys)
    return tuple(keys), tuple(blobs)


def _ids(connection: sa.Connection, column: sa.Column[UUID], where: sa.ColumnElement[bool]) -> tuple[UUID, ...]:
    return tuple(connection.scalars(sa.select(column).where(where)))


def _refs_in(event: Event) -> Iterator[BlobRef]:
    """Every file that the event names, however deep."""
    waiting: list[object] = [vars(event)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, BlobRef):
            yield value
        elif isinstance(value, Mapping):
            waiting += value.values()
        elif is_dataclass(value) and not isinstance(value, type):
            waiting += (getattr(value, each.name) for each in fields(value))
        elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
            waiting += value
