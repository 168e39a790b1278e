"""Matters: what each is about, who is responsible, by which date what is due (docs/law §13)."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Index,
    Integer,
    String,
    Table,
    Uuid,
    and_,
    cast,
    func,
    null,
    or_,
    select,
    union_all,
)

from dsr.database.metadata import main
from dsr.domain.events import Event
from dsr.domain.matter import (
    AuthorityLetterDescribed,
    AuthorityNotified,
    ComplaintAcknowledged,
    ComplaintProgressTold,
    IncidentControllerTold,
    IncidentDescribed,
    IncidentRiskAssessed,
    MatterAnswerRecorded,
    MatterAssigned,
    MatterAttention,
    MatterDate,
    MatterDateApproaching,
    MatterDateMissed,
    MatterDateMoved,
    MatterHoldsPlaced,
    MatterKind,
    MatterLetterDiscarded,
    MatterLetterFailed,
    MatterLetterReleased,
    MatterLetterReturned,
    MatterLetterSent,
    MatterLetterWritten,
    MatterMessageExamined,
    MatterMessageReceived,
    MatterNoticeDiscarded,
    MatterNoticeReleased,
    MatterNoticeWritten,
    MatterOpened,
    MatterOutcomeRecorded,
    MatterPartsOpened,
    MatterRequestLinked,
    MatterStatus,
    NotificationOmitted,
    PeopleExcepted,
    PeopleTold,
)
from dsr.domain.own_file import FileForgettingProposed
from dsr.domain.recorded import Recorded
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.matter_letters import has_draft, has_undelivered, matter_letters, waits_for_two
from dsr.projections.own_files import follow_forgetting
from dsr.projections.paging import Page, conditions, page_by_position
from dsr.projections.projection import Projection
from dsr.projections.requests import OPEN, requests
from dsr.projections.rows import Row, Rows, one_row

matters: Final = Table(
    "matters",
    main,
    Column("matter_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("reference", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("status", String, nullable=False),
    Column("controller_id", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("language", String, nullable=False),
    Column("received_at", UtcInstant, nullable=False),
    Column("received_on", Date, nullable=False),
    Column("opened_at", UtcInstant, nullable=False),
    Column("opened_by", String, nullable=False),
    Column("request_ids", Json, nullable=False),
    Column("message_id", Uuid),
    Column("responsible", String),
    # its date, while something is due
    Column("due", String),
    Column("due_on", Date),
    Column("due_at", UtcInstant),
    Column("latest_on", Date),
    Column("due_source", String),
    Column("next_at", UtcInstant),
    Column("missed", Boolean, nullable=False),
    # a letter of an authority or court
    Column("authority", String),
    Column("holds", Json, nullable=False),
    # an incident
    Column("authorities", Json, nullable=False),
    Column("notified", Json, nullable=False),
    Column("notified_at", UtcInstant),
    Column("not_notified", Boolean, nullable=False),
    Column("risk", String),
    Column("people_told_at", UtcInstant),
    Column("people_exception", String),
    Column("processor_for", String),
    Column("controller_told_at", UtcInstant),
    # what was done
    Column("acknowledged_at", UtcInstant),
    Column("progress_told_at", UtcInstant),
    Column("answered_at", UtcInstant),
    Column("outcome", String),
    Column("closed_at", UtcInstant),
    Column("closed_by", String),
    Column("unexamined", Integer, nullable=False),
    Column("forgetting_proposed_at", UtcInstant),
    Column("forgetting_proposed_by", String),
    Index(None, "position", unique=True),
    Index(None, "reference", unique=True),
    Index(None, "next_at"),
    Index(None, "status", "position"),
    Index(None, "controller_id", "status", "position"),
    # What is due, and what is due at one controller: see `due_list.py` and `due_days.py`.
    Index(None, "due_on", "matter_id"),
    Index(None, "controller_id", "due_on", "matter_id"),
)

READ_MODEL: Final = Projection(matters, stream="matter_id", version=6)


@READ_MODEL.on(MatterOpened)
def opened(event: MatterOpened, recorded: Recorded, rows: Rows) -> None:
    row: Row = dict.fromkeys(column.name for column in matters.columns)
    row |= {
        "matter_id": recorded.stream_id,
        "version": recorded.stream_version,
        "position": recorded.position,
        "reference": event.reference,
        "kind": event.kind.value,
        "status": MatterStatus.OPEN.value,
        "controller_id": event.controller_id,
        "channel": event.channel.value,
        "language": event.language,
        "received_at": event.received_at,
        "received_on": event.received_on,
        "opened_at": event.timestamp,
        "opened_by": event.actor,
        "request_ids": [str(each) for each in event.request_ids],
        "message_id": event.message_id,
        "missed": False,
        "holds": [],
        "authorities": [],
        "notified": [],
        "not_notified": False,
        "unexamined": 0,
    }
    rows.add(row | _dated(event.date))


@READ_MODEL.on(MatterDateApproaching)
def approaching(_: MatterDateApproaching, recorded: Recorded, rows: Rows) -> None:
    row = _of(recorded, rows)
    row["next_at"] = row["due_at"]


@READ_MODEL.on(MatterDateMissed)
def missed(_: MatterDateMissed, recorded: Recorded, rows: Rows) -> None:
    _of(recorded, rows).update(next_at=None, missed=True)


@READ_MODEL.on(MatterAssigned)
def assigned(event: MatterAssigned, recorded: Recorded, rows: Rows) -> None:
    _of(recorded, rows)["responsible"] = event.responsible


@READ_MODEL.on(MatterRequestLinked)
def request_linked(event: MatterRequestLinked, recorded: Recorded, rows: Rows) -> None:
    row = _of(recorded, rows)
    row["request_ids"] = [*row["request_ids"], str(event.request_id)]


@READ_MODEL.on(ComplaintAcknowledged)
def acknowledged(event: ComplaintAcknowledged, recorded: Recorded, rows: Rows) -> None:
    row = _of(recorded, rows)
    row |= {"acknowledged_at": event.acknowledged_at, "missed": row["missed"] or event.late} | _dated(None)


@READ_MODEL.on(ComplaintProgressTold)
def progress_told(event: ComplaintProgressTold, recorded: Recorded, rows: Rows) -> None:
    _of(recorded, rows)["progress_told_at"] = event.told_at


@READ_MODEL.on(AuthorityLetterDescribed)
def letter_described(event: AuthorityLetterDescribed, recorded: Recorded, rows: Rows) -> None:
    _of(recorded, rows)["authority"] = event.authority


@READ_MODEL.on(MatterDateMoved)
def date_moved(event: MatterDateMoved, recorded: Recorded, rows: Rows) -> None:
    row = _of(recorded, rows)
    row |= _dated(event.date)


@READ_MODEL.on(MatterHoldsPlaced)
def holds_placed(event: MatterHoldsPlaced, recorded: Recorded, rows: Rows) -> None:
    row = _of(recorded, rows)
    row["holds"] = [*row["holds"], *(str(each.hold_id) for each in event.holds)]


@READ_MODEL.on(IncidentDescribed)
def described(event: IncidentDescribed, recorded: Recorded, rows: Rows) -> None:
    _of(recorded, rows).update(authorities=list(event.authorities), processor_for=event.processor_for)


@READ_MODEL.on(IncidentRiskAssessed)
def risk_assessed(event: IncidentRiskAssessed, recorded: Recorded, rows: Rows) -> None:
    row = _of(recorded, rows)
    row["risk"] = event.risk.value
    if event.date is not None and row["due"] is None:
        row |= {"not_notified": False} | _dated(event.date)


@READ_MODEL.on(AuthorityNotified)
def authority_notified(event: AuthorityNotified, recorded: Recorded, rows: Rows) -> None:
    row = _of(recorded, rows)
    row |= {"notified_at": event.notified_at, "missed": row["missed"] or event.late}
    if event.phase == 1:
        row["notified"] = [*row["notified"], event.authority]
    if event.complete:
        row |= _dated(None)


@READ_MODEL.on(NotificationOmitted)
def notification_omitted(_: NotificationOmitted, recorded: Recorded, rows: Rows) -> None:
    row = _of(recorded, rows)
    row |= {"not_notified": True} | _dated(None)


@READ_MODEL.on(PeopleTold)
def people_told(event: PeopleTold, recorded: Recorded, rows: Rows) -> None:
    _of(recorded, rows)["people_told_at"] = event.told_at


@READ_MODEL.on(PeopleExcepted)
def people_excepted(event: PeopleExcepted, recorded: Recorded, rows: Rows) -> None:
    _of(recorded, rows)["people_exception"] = event.exception.value


@READ_MODEL.on(IncidentControllerTold)
def controller_told(event: IncidentControllerTold, recorded: Recorded, rows: Rows) -> None:
    _of(recorded, rows)["controller_told_at"] = event.told_at


@READ_MODEL.on(MatterAnswerRecorded)
def answered(event: MatterAnswerRecorded, recorded: Recorded, rows: Rows) -> None:
    row = _of(recorded, rows)
    row |= {
        "status": MatterStatus.ANSWERED.value,
        "answered_at": event.answered_at,
        "missed": row["missed"] or event.late,
    } | _dated(None)


@READ_MODEL.on(MatterOutcomeRecorded)
def closed(event: MatterOutcomeRecorded, recorded: Recorded, rows: Rows) -> None:
    _of(recorded, rows).update(
        status=MatterStatus.CLOSED.value,
        outcome=event.outcome.value,
        closed_at=event.timestamp,
        closed_by=event.actor,
    )


@READ_MODEL.on(MatterMessageReceived)
def message_received(event: MatterMessageReceived, recorded: Recorded, rows: Rows) -> None:
    _of(recorded, rows)["unexamined"] += not event.automatic


@READ_MODEL.on(MatterMessageExamined)
def message_examined(_: MatterMessageExamined, recorded: Recorded, rows: Rows) -> None:
    _of(recorded, rows)["unexamined"] -= 1


@READ_MODEL.on(
    MatterPartsOpened,
    MatterLetterWritten,
    MatterLetterReleased,
    MatterLetterDiscarded,
    MatterLetterSent,
    MatterLetterFailed,
    MatterLetterReturned,
    MatterNoticeWritten,
    MatterNoticeReleased,
    MatterNoticeDiscarded,
)
def went_on(_: Event, recorded: Recorded, rows: Rows) -> None:
    _of(recorded, rows)


def _proposed(event: FileForgettingProposed | None) -> Row:
    """The columns of a proposal to forget the file; empty once it is decided."""
    return {
        "forgetting_proposed_at": None if event is None else event.timestamp,
        "forgetting_proposed_by": None if event is None else event.actor,
    }


follow_forgetting(
    READ_MODEL,
    lambda event: {
        "status": MatterStatus.CLOSED.value,
        "outcome": event.ended_as,
        "closed_at": event.closed_at,
        "unexamined": 0,
        **_dated(None),
        **_proposed(None),
    },
    proposed=_proposed,
)


def _of(recorded: Recorded, rows: Rows) -> Row:
    """The row of the matter, with its new version."""
    row = rows.one(recorded.stream_id)
    row["version"] = recorded.stream_version
    return row


def _dated(date: MatterDate | None) -> Row:
    """The columns of the date that the matter waits for; all empty once it waits for none."""
    if date is None:
        return dict.fromkeys(("due", "due_on", "due_at", "latest_on", "due_source", "next_at"))
    return {
        "due": date.due.value,
        "due_on": date.on,
        "due_at": date.ends_at,
        "latest_on": date.latest_on,
        "due_source": date.source,
        "next_at": date.warn_at,
    }


# Queries -------------------------------------------------------------------------------------------------------


def matter_list(
    connection: Connection,
    *,
    at: datetime,
    status: MatterStatus | None = None,
    kind: MatterKind | None = None,
    controller: str | None = None,
    responsible: str | None = None,
    request_id: UUID | None = None,
    reference: str | None = None,
    late: bool = False,
    due_until: date | None = None,
    attention: bool = False,
    scope: frozenset[str] | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of matters, oldest first; `late`: only those whose date has passed at `at`; `due_until`: only
    those whose date is on or before this day; `attention`: only those on which staff have to act; `scope` are the
    controllers in scope (None: all).

    Raises CursorInvalid.
    """
    wanted = conditions(
        matters, scope, status=status, kind=kind, controller_id=controller, responsible=responsible, reference=reference
    )
    if request_id is not None:
        wanted.append(_concerns(request_id))
    if late:
        wanted.append(matters.c.due_at <= at)
    if due_until is not None:
        wanted.append(matters.c.due_on <= due_until)
    if attention:
        wanted.append(or_(*_attention(at).values()))
    return page_by_position(connection, select(matters).where(*wanted), kind="matters", cursor=cursor, limit=limit)


def attention_to_matters(connection: Connection, at: datetime) -> dict[MatterAttention, int]:
    """How many matters need attention, by the reason; one may count for several."""
    reasons = _attention(at)
    counted = [func.count().filter(reason) for reason in reasons.values()]
    return dict(zip(reasons, connection.execute(select(*counted).select_from(matters)).one(), strict=True))


def _attention(at: datetime) -> dict[MatterAttention, ColumnElement[bool]]:
    c = matters.c
    is_open = c.status != MatterStatus.CLOSED.value
    return {
        MatterAttention.OVERDUE: c.due_at <= at,
        MatterAttention.MESSAGE: c.unexamined > 0,
        MatterAttention.DRAFT: and_(is_open, has_draft(c.matter_id)),
        MatterAttention.UNDELIVERED: and_(is_open, has_undelivered(c.matter_id)),
        MatterAttention.FORGETTING: c.forgetting_proposed_by.is_not(None),
    }


def waiting_for_two(connection: Connection, *, scope: frozenset[str] | None, limit: int) -> list[Row]:
    """What waits for a second person on matters in scope, what is due first before others: letters, notices to many
    people, and proposals to forget the file, which have no `kind`. Each with `proposed_by` and `proposed_at`.
    """
    c, letter, in_scope = matters.c, matter_letters.c, conditions(matters, scope)
    letters = (
        select(
            *(c.matter_id, c.reference, c.due_on, letter.kind, letter.notice_id),
            letter.written_by.label("proposed_by"),
            letter.written_at.label("proposed_at"),
        )
        .join(matters, c.matter_id == letter.matter_id)
        .where(*in_scope, c.status != MatterStatus.CLOSED.value, waits_for_two())
    )
    files = select(
        *(c.matter_id, c.reference, c.due_on, null().label("kind"), cast(null(), Uuid).label("notice_id")),
        *(c.forgetting_proposed_by, c.forgetting_proposed_at),
    ).where(*in_scope, c.forgetting_proposed_by.is_not(None))
    found = union_all(letters, files).subquery().c
    query = select(*found).order_by(found.due_on.is_(None), found.due_on, found.proposed_at, found.reference)
    return [dict(row) for row in connection.execute(query.limit(limit)).mappings()]


def matter_row(connection: Connection, matter_id: UUID) -> Row | None:
    """One matter; None if unknown."""
    return one_row(connection, select(matters).where(matters.c.matter_id == matter_id))


def is_matter_reference_taken(connection: Connection, reference: str) -> bool:
    """Whether a matter has this reference."""
    query = select(matters.c.matter_id).where(matters.c.reference == reference)
    return connection.execute(query).first() is not None


def matter_of_reference(connection: Connection, reference: str) -> UUID | None:
    """The matter with this reference, in its stored form."""
    return connection.execute(select(matters.c.matter_id).where(matters.c.reference == reference)).scalar_one_or_none()


def is_of_matter(connection: Connection, message_id: UUID) -> bool:
    """Whether a matter was opened from this message."""
    query = select(matters.c.matter_id).where(matters.c.message_id == message_id)
    return connection.execute(query).first() is not None


def orders_on(connection: Connection, request_id: UUID) -> list[UUID]:
    """The orders of authorities that concern this case, oldest first."""
    c = matters.c
    query = select(c.matter_id).where(c.kind == MatterKind.ORDER.value, _concerns(request_id)).order_by(c.position)
    return list(connection.scalars(query))


def orders_not_noted(connection: Connection, limit: int) -> list[UUID]:
    """Orders that wait for a date which an open case of theirs lacks, oldest first: they are from before cases had it.

    The cost grows with the orders that wait for their answer.
    """
    c, case = matters.c, requests.c
    waiting = select(c.matter_id, c.due_on, c.request_ids).where(
        c.status == MatterStatus.OPEN.value, c.kind == MatterKind.ORDER.value, c.due_on.is_not(None)
    )
    orders = connection.execute(waiting.order_by(c.position)).all()
    earliest: dict[UUID, date] = {}
    for _, due_on, request_ids in orders:
        for each in map(UUID, request_ids):
            earliest[each] = min(due_on, earliest.get(each, due_on))
    noted = select(case.request_id, case.order_due).where(case.request_id.in_(earliest), case.status == OPEN)
    lacking = (
        {str(each) for each, order_due in connection.execute(noted) if order_due != earliest[each]} if orders else set()
    )
    return [matter_id for matter_id, _, request_ids in orders if not lacking.isdisjoint(request_ids)][:limit]


def is_matter_open_about(connection: Connection, request_id: UUID) -> bool:
    """Whether a matter that concerns this case is open."""
    c = matters.c
    query = select(c.matter_id).where(c.status != MatterStatus.CLOSED.value, _concerns(request_id)).limit(1)
    return connection.execute(query).first() is not None


def _concerns(request_id: UUID) -> ColumnElement[bool]:
    return cast(matters.c.request_ids, String).contains(f'"{request_id}"')


def matters_due(connection: Connection, now: datetime, limit: int) -> list[UUID]:
    """Matters whose date approaches or was missed and has to be recorded, the longest due first."""
    c = matters.c
    query = select(c.matter_id).where(c.next_at <= now).order_by(c.next_at).limit(limit)
    return list(connection.scalars(query))
