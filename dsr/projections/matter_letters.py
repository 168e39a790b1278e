"""Letters of matters: the state of each (docs/law §13)."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Uuid,
    and_,
    exists,
    func,
    select,
)

from dsr.database.metadata import main
from dsr.domain.dispatch import DispatchState
from dsr.domain.matter import (
    MATTER_LETTERS,
    MatterLetterDiscarded,
    MatterLetterFailed,
    MatterLetterReleased,
    MatterLetterReturned,
    MatterLetterSent,
    MatterLetterWritten,
    MatterNoticeDiscarded,
    MatterNoticeReleased,
    MatterNoticeWritten,
)
from dsr.domain.recorded import Recorded
from dsr.domain.request.values import Channel
from dsr.projections.columns import UtcInstant
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows, one_row

matter_letters: Final = Table(
    "matter_letters",
    main,
    Column("letter_id", Uuid, primary_key=True),
    Column("matter_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("language", String, nullable=False),
    Column("message_id", String, nullable=False),
    Column("state", String, nullable=False),
    Column("written_at", UtcInstant, nullable=False),
    Column("written_by", String, nullable=False),
    Column("released_at", UtcInstant),
    Column("released_by", String),
    Column("not_before", UtcInstant),
    Column("sent_at", UtcInstant),
    Column("transport", String),
    Column("failed_at", UtcInstant),
    Column("failure", String),
    Column("returned_at", UtcInstant),
    Column("return_status", String),
    Column("discarded_at", UtcInstant),
    Column("discarded_by", String),
    Column("notice_id", Uuid),
    Index(None, "position", unique=True),
    Index(None, "matter_id", "position"),
)
"""`failure` is the code of an error; `return_status` is of RFC 3463; `version` is of the matter, at the last event of
the letter.
"""

_MESSAGE_ID: Final = re.compile(r"<(?P<letter_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^@]+>", re.ASCII)

READ_MODEL: Final = Projection(matter_letters, stream="matter_id", version=2)

_EMPTY: Final[Row] = dict.fromkeys(matter_letters.columns.keys())

_OfLetter = MatterLetterReleased | MatterLetterSent | MatterLetterFailed | MatterLetterReturned | MatterLetterDiscarded


@READ_MODEL.on(MatterLetterWritten)
def written(event: MatterLetterWritten, recorded: Recorded, rows: Rows) -> None:
    rows.add(
        _EMPTY
        | {
            "letter_id": event.letter_id,
            "matter_id": recorded.stream_id,
            "version": recorded.stream_version,
            "position": recorded.position,
            "kind": event.kind.value,
            "channel": event.channel.value,
            "language": event.language,
            "message_id": event.message_id,
            "state": DispatchState.DRAFT.value,
            "written_at": event.timestamp,
            "written_by": event.actor,
        }
    )


@READ_MODEL.on(MatterLetterReleased)
def released(event: MatterLetterReleased, recorded: Recorded, rows: Rows) -> None:
    row = _move(event, recorded, rows, DispatchState.QUEUED)
    row |= {"released_at": event.timestamp, "released_by": event.actor, "not_before": event.not_before}


@READ_MODEL.on(MatterLetterSent)
def sent(event: MatterLetterSent, recorded: Recorded, rows: Rows) -> None:
    row = _move(event, recorded, rows, DispatchState.SENT)
    row |= {"sent_at": event.sent_at, "transport": event.transport}


@READ_MODEL.on(MatterLetterFailed)
def failed(event: MatterLetterFailed, recorded: Recorded, rows: Rows) -> None:
    row = _move(event, recorded, rows, DispatchState.FAILED)
    row |= {"failed_at": event.timestamp, "failure": event.reason}


@READ_MODEL.on(MatterLetterReturned)
def returned(event: MatterLetterReturned, recorded: Recorded, rows: Rows) -> None:
    row = _move(event, recorded, rows, DispatchState.BOUNCED)
    row |= {"returned_at": event.timestamp, "return_status": event.status}


@READ_MODEL.on(MatterLetterDiscarded)
def discarded(event: MatterLetterDiscarded, recorded: Recorded, rows: Rows) -> None:
    row = _move(event, recorded, rows, DispatchState.DISCARDED)
    row |= {"discarded_at": event.timestamp, "discarded_by": event.actor}


@READ_MODEL.on(MatterNoticeWritten)
def notice_written(event: MatterNoticeWritten, recorded: Recorded, rows: Rows) -> None:
    letters = {row["letter_id"]: row for row in rows.of(recorded.stream_id)}
    for letter_id in event.letter_ids:
        letters[letter_id]["notice_id"] = event.notice_id


@READ_MODEL.on(MatterNoticeReleased)
def notice_released(event: MatterNoticeReleased, recorded: Recorded, rows: Rows) -> None:
    of_notice = sorted(_in_notice(event.notice_id, recorded, rows), key=lambda row: row["position"])
    for place, row in enumerate(of_notice):
        if row["state"] == DispatchState.DRAFT.value:
            row |= {
                "state": DispatchState.QUEUED.value,
                "version": recorded.stream_version,
                "released_at": event.timestamp,
                "released_by": event.actor,
                "not_before": event.leaves_at(place),
            }


@READ_MODEL.on(MatterNoticeDiscarded)
def notice_discarded(event: MatterNoticeDiscarded, recorded: Recorded, rows: Rows) -> None:
    for row in _in_notice(event.notice_id, recorded, rows):
        if row["state"] == DispatchState.DRAFT.value:
            row |= {
                "state": DispatchState.DISCARDED.value,
                "version": recorded.stream_version,
                "discarded_at": event.timestamp,
                "discarded_by": event.actor,
            }


def _in_notice(notice_id: UUID, recorded: Recorded, rows: Rows) -> list[Row]:
    return [row for row in rows.of(recorded.stream_id) if row["notice_id"] == notice_id]


def _move(event: _OfLetter, recorded: Recorded, rows: Rows, state: DispatchState) -> Row:
    row = next(each for each in rows.of(recorded.stream_id) if each["letter_id"] == event.letter_id)
    row |= {"state": state.value, "version": recorded.stream_version}
    return row


# Queries -------------------------------------------------------------------------------------------------------


def matter_letter_row(connection: Connection, letter_id: UUID) -> Row | None:
    """One letter; None if unknown."""
    return one_row(connection, select(matter_letters).where(matter_letters.c.letter_id == letter_id))


def matter_letters_of(connection: Connection, matter_id: UUID) -> Sequence[Row]:
    """The letters of a matter, oldest first."""
    query = select(matter_letters).where(matter_letters.c.matter_id == matter_id).order_by(matter_letters.c.position)
    return [dict(row) for row in connection.execute(query).mappings()]


def notice_rows(connection: Connection, matter_id: UUID) -> list[Row]:
    """The notices of a matter, oldest first, each with the number of its letters by state."""
    c = matter_letters.c
    query = (
        select(
            c.notice_id,
            c.matter_id,
            func.min(c.position).label("position"),
            func.min(c.written_at, type_=UtcInstant()).label("written_at"),
            func.min(c.written_by).label("written_by"),
            func.min(c.released_at, type_=UtcInstant()).label("released_at"),
            func.min(c.released_by).label("released_by"),
            func.max(c.not_before, type_=UtcInstant()).label("last_leaves_at"),
            func.count().label("letters"),
            *(func.count().filter(c.state == each.value).label(each.name.lower()) for each in DispatchState),
            func.count().filter(c.channel == Channel.POST.value).label("on_paper"),
        )
        .where(c.matter_id == matter_id, c.notice_id.is_not(None))
        .group_by(c.notice_id, c.matter_id)
        .order_by(func.min(c.position))
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def matter_letters_waiting(connection: Connection, at: datetime) -> tuple[int, datetime | None]:
    """How many letters should have left by mail at the instant, and since when the first of them should have."""
    c = matter_letters.c
    queued = select(func.count(), func.min(c.not_before, type_=UtcInstant())).where(
        c.state == DispatchState.QUEUED.value, c.channel == Channel.EMAIL.value, c.not_before <= at
    )
    number, first = connection.execute(queued).one()
    return number, first


def has_draft(matter_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether a letter of the matter waits for its release."""
    c = matter_letters.c
    return exists().where(c.matter_id == matter_id, c.state == DispatchState.DRAFT.value)


def waits_for_two() -> ColumnElement[bool]:
    """Whether somebody other than its writer releases the draft; of a notice to many people, only its first one."""
    c, earlier, draft = matter_letters.c, matter_letters.alias().c, DispatchState.DRAFT.value
    for_two = sorted(kind.value for kind, rule in MATTER_LETTERS.items() if rule.is_decided_by_two)
    is_first = ~exists().where(earlier.notice_id == c.notice_id, earlier.state == draft, earlier.position < c.position)
    return and_(c.state == draft, c.kind.in_(for_two), is_first)


def has_undelivered(matter_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether a letter of the matter failed or came back, and no later one of its kind was written."""
    c, later = matter_letters.c, matter_letters.alias().c
    again = exists().where(later.matter_id == c.matter_id, later.kind == c.kind, later.position > c.position)
    lost = (DispatchState.FAILED.value, DispatchState.BOUNCED.value)
    return exists().where(c.matter_id == matter_id, c.state.in_(lost), ~again)


def matter_letter_of_message(connection: Connection, message_id: str) -> Row | None:
    """The letter with this Message-ID (with angle brackets); None if there is none."""
    match = _MESSAGE_ID.fullmatch(message_id)
    row = None if match is None else matter_letter_row(connection, UUID(match["letter_id"]))
    return row if row is not None and row["message_id"] == message_id else None
