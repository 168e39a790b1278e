"""The queue: order, filters, scope, pages, and what a page costs."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from dsr.database import Database
from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.message import MessageKind
from dsr.domain.request.values import Channel, IdentityStatus, Lifecycle, Outcome
from dsr.domain.rights import Right
from dsr.projections import CursorInvalid, QueueFilter, Sort, Status, queue, request_by_reference, request_row
from dsr.projections.bulk import insert_many
from dsr.projections.items import items
from dsr.projections.queue import ClockState, queue_query
from dsr.projections.requests import requests
from dsr.projections.rows import Row
from tests.projections.mini_desk import MiniDesk
from tests.projections.player import Player

COLUMN = {
    Sort.DUE: "due_on",
    Sort.RECEIVED: "received_at",
    Sort.REFERENCE: "reference",
    Sort.CHANGED: "last_position",
}
TWO = frozenset({"acme-de", "acme-fr"})
CALENDAR = WorkingCalendar(
    country="DE", zone="Europe/Berlin", version="made up", first_year=2025, last_year=2032, holidays=()
)


def all_rows(database: Database) -> list[Row]:
    with database.reading() as connection:
        return [dict(row) for row in connection.execute(sa.select(requests)).mappings()]


def walk(database: Database, filters: QueueFilter, **options: Any) -> list[Row]:
    """Every page, one after the other."""
    seen: list[Row] = []
    cursor = None
    while True:
        with database.reading() as connection:
            page = queue(connection, filters, cursor=cursor, limit=3, **options)
        assert len(page.rows) <= 3
        seen.extend(page.rows)
        if (cursor := page.next) is None:
            return seen


def test_pages_in_any_order_show_each_case_once(played: MiniDesk) -> None:
    rows = all_rows(played.database)
    for sort, descending, scope in product(Sort, (False, True), (None, TWO)):
        expected = sorted(
            (row for row in rows if scope is None or row["controller_id"] in scope),
            key=lambda row: (row[COLUMN[sort]], row["request_id"]),
            reverse=descending,
        )
        found = walk(played.database, QueueFilter(status=Status.ALL), sort=sort, descending=descending, scope=scope)
        assert found == expected, (sort, descending, scope)


FILTERS: list[tuple[QueueFilter, Callable[[Row], bool]]] = [
    (QueueFilter(), lambda row: row["needs_attention"]),
    (QueueFilter(status=Status.OPEN), lambda row: row["status"] == "open"),
    (QueueFilter(status=Status.CLOSED), lambda row: row["status"] == "closed"),
    (QueueFilter(lifecycle=Lifecycle.EXECUTING), lambda row: row["lifecycle"] == "executing"),
    (QueueFilter(lifecycle=Lifecycle.CLOSED), lambda row: row["status"] == "closed"),
    (QueueFilter(outcome=Outcome.DUPLICATE), lambda row: row["outcome"] == "duplicate"),
    (QueueFilter(controller="acme-pl"), lambda row: row["controller_id"] == "acme-pl" and row["needs_attention"]),
    (QueueFilter(assignee="bob"), lambda row: row["assignee"] == "bob" and row["needs_attention"]),
    (QueueFilter(unassigned=True), lambda row: row["assignee"] is None and row["needs_attention"]),
    (QueueFilter(clock=ClockState.SUSPENDED), lambda row: row["clock"] == "suspended" and row["needs_attention"]),
    (QueueFilter(language="fr"), lambda row: row["language"] == "fr" and row["needs_attention"]),
    (
        QueueFilter(identity=IdentityStatus.ASKED, status=Status.ALL),
        lambda row: row["identity"] == "asked",
    ),
    (QueueFilter(questions_open=True), lambda row: row["questions_open"] > 0),
    (
        QueueFilter(right=Right.ACCESS, status=Status.ALL),
        lambda row: any(item["right"] == "access" for item in row["items"]),
    ),
]


def test_a_filter_leaves_exactly_what_it_says(played: MiniDesk) -> None:
    rows = all_rows(played.database)
    for filters, wanted in FILTERS:
        found = {row["request_id"] for row in walk(played.database, filters)}
        assert found == {row["request_id"] for row in rows if wanted(row)}, filters


def test_a_closed_case_is_listed_while_a_message_on_it_waits(desk: MiniDesk, player: Player) -> None:
    # given
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    case, quiet = closed(player, at), closed(player, at)
    desk.save(quiet)
    later = player.acting(at + timedelta(hours=1))
    case.attach_follow_up(
        later, channel=Channel.EMAIL, received_at=later.at, keys=(), message=player.sealed(), original=None
    )
    desk.save(case)
    # then
    assert [row["request_id"] for row in walk(desk.database, QueueFilter())] == [case.id]
    assert walk(desk.database, QueueFilter(status=Status.OPEN)) == [], "open means open"
    assert {row["request_id"] for row in walk(desk.database, QueueFilter(status=Status.CLOSED))} == {case.id, quiet.id}
    # when
    case.examine_messages(
        player.acting(at + timedelta(hours=2)),
        message_ids=(case.messages_waiting[0].message_id,),
        kind=MessageKind.NOTHING_TO_DO,
        reason=player.sealed(),
    )
    desk.save(case)
    # then
    assert walk(desk.database, QueueFilter()) == []


def test_a_closed_case_is_listed_until_the_answer_that_came_back_is_sent_again(desk: MiniDesk, player: Player) -> None:
    # given
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    case = closed(player, at)
    (item,) = case.items.values()
    case.note_returned_letter(
        player.acting(at), letter_version=item.answer_letter, dispatch_id=None, kind=LetterKind.ACCESS
    )
    desk.save(case)
    assert [row["request_id"] for row in walk(desk.database, QueueFilter())] == [case.id]
    # when
    again = player.acting(at + timedelta(days=1))
    case.record_answer(again, letter=player.letter(LetterKind.ACCESS, again.at), item_ids=(item.item_id,))
    desk.save(case)
    # then
    assert walk(desk.database, QueueFilter()) == []


def closed(player: Player, at: datetime) -> Any:
    """A case of Germany that was answered and closed."""
    acting, case = player.acting(at), player.receive(at)
    case.register(acting, rights=(Right.ACCESS,), controllers=(case.controller_id,))
    finish(acting, case, player, (case.controller_id,))
    return case


def waits_for(row: Row, controller: str) -> bool:
    """Whether the controller has to decide, carry out or answer an item of a case that another one has."""
    return row["controller_id"] != controller and any(
        item["controller_id"] == controller and not item["answered"] and item["status"] != "withdrawn"
        for item in row["items"]
    )


def test_what_a_controller_answers_in_cases_of_others_is_listed_in_order(answered_together: Any) -> None:
    desk, rows = answered_together, all_rows(answered_together.database)
    seen = set()
    for controller, sort, descending in product(("acme-de", "acme-fr"), Sort, (False, True)):
        for scope in (None, frozenset({controller}), TWO):
            filters = QueueFilter(answering=controller)
            found = walk(desk.database, filters, sort=sort, descending=descending, scope=scope)
            assert found == sorted(
                (row for row in rows if waits_for(row, controller)),
                key=lambda row: (row[COLUMN[sort]], row["request_id"]),
                reverse=descending,
            )
            assert {row["status"] for row in found} == {"open"}
        seen.add(len(found))
    assert seen == {7, 3}, "six and one wait for Germany, three for France"


def test_what_a_controller_answers_is_listed_for_its_own_staff_only(answered_together: Any) -> None:
    for scope in (frozenset[str](), frozenset({"acme-de"}), frozenset({"acme-pl", "acme-se"})):
        assert walk(answered_together.database, QueueFilter(answering="acme-fr"), scope=scope) == []


def test_what_a_controller_answers_can_be_filtered_further(answered_together: Any) -> None:
    def found(**asked: Any) -> list[str]:
        filters = QueueFilter(answering="acme-de", **asked)
        return [row["controller_id"] for row in walk(answered_together.database, filters, scope=TWO)]

    assert set(found()) == {"acme-fr", "acme-pl"}
    assert set(found(controller="acme-pl")) == {"acme-pl"}, "the one that has the case need not be in scope"
    assert found(controller="acme-de") == []
    assert found(status=Status.CLOSED) == []
    assert set(found(status=Status.ALL)) == {"acme-fr", "acme-pl"}
    assert found(right=Right.PORTABILITY) == []
    assert len(found(right=Right.ACCESS)) == len(found())


@pytest.fixture
def answered_together(desk: MiniDesk, player: Player) -> Any:
    """Three of Poland's cases in which Germany and France answer too, and three of France's in which Germany does.

    Of each three more that wait for neither: their items are answered, withdrawn, or the case is closed.
    """
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    acting = player.acting(at)
    for held_by, others in (("acme-pl", ("acme-de", "acme-fr")), ("acme-fr", ("acme-de",))):
        for number in range(6):
            case = player.receive(at)
            while case.controller_id != held_by:
                case = player.receive(at)
            case.register(acting, rights=(Right.ACCESS,), controllers=(held_by, *others))
            ends = {3: (), 4: others, 5: (held_by, *others)}.get(number)
            if ends is not None:
                finish(acting, case, player, ends)
            desk.save(case)
    # given: in one of Poland's, France has answered and Germany has not
    desk.save(partly_answered(player, at))
    return desk


def finish(acting: CaseActing, case: Any, player: Player, controllers: tuple[str, ...]) -> None:
    """Answers the items of these controllers, and closes the case where those are all; of none, takes all back."""
    if not controllers:
        case.withdraw(acting, confirmed=True, statement=None, item_ids=None, evidence_destroyed=())
    for item in tuple(case.items.values()):
        if item.controller_id in controllers:
            player.search(case, acting, item.item_id)
            case.record_nothing_held(acting, item_id=item.item_id)
            letter = player.letter(LetterKind.ACCESS, acting.at)
            case.record_answer(acting, letter=letter, item_ids=(item.item_id,))
    if controllers and case.controller_id in controllers:
        case.close(acting, unidentified=False, evidence_destroyed=())


def partly_answered(player: Player, at: datetime) -> Any:
    acting = player.acting(at)
    case = player.receive(at)
    while case.controller_id != "acme-pl":
        case = player.receive(at)
    case.register(acting, rights=(Right.ACCESS,), controllers=("acme-pl", "acme-de", "acme-fr"))
    finish(acting, case, player, ("acme-fr",))
    return case


def test_due_before_leaves_out_the_day_itself(played: MiniDesk) -> None:
    day = sorted(row["due_on"] for row in all_rows(played.database))[10]
    found = walk(played.database, QueueFilter(status=Status.ALL, due_before=day))
    assert found
    assert all(row["due_on"] < day for row in found)


@pytest.mark.parametrize("scope", [frozenset[str](), frozenset({"acme-de"})])
def test_a_filter_never_widens_the_scope(played: MiniDesk, scope: frozenset[str]) -> None:
    assert walk(played.database, QueueFilter(controller="acme-fr", status=Status.ALL), scope=scope) == []


@pytest.mark.parametrize("cursor", ["", "nonsense", "bnVsbA", "W10", "é", "WyJxdWV1ZTpkdWU6YXNjIiwxLDJd"])
def test_a_damaged_cursor_is_refused(database: Database, cursor: str) -> None:
    with pytest.raises(CursorInvalid), database.reading() as connection:
        queue(connection, cursor=cursor)


def test_a_cursor_of_another_order_is_refused(played: MiniDesk) -> None:
    with played.database.reading() as connection:
        cursor = queue(connection, limit=1).next
        with pytest.raises(CursorInvalid):
            queue(connection, cursor=cursor, descending=True)
        with pytest.raises(CursorInvalid):
            queue(connection, cursor=cursor, sort=Sort.RECEIVED)


def test_a_case_is_found_by_id_and_by_reference(played: MiniDesk) -> None:
    row = all_rows(played.database)[0]
    with played.database.reading() as connection:
        assert request_row(connection, row["request_id"]) == row
        assert request_by_reference(connection, row["reference"]) == row
        assert request_row(connection, UUID(int=1)) is None
        assert request_by_reference(connection, "DSR-2222-2222") is None


# What a page costs ---------------------------------------------------------------------------------------------


@pytest.fixture
def crowded(played: MiniDesk) -> Database:
    """Twenty thousand cases, nine in ten of them closed."""
    random, model, rows = Random(3), all_rows(played.database)[0], []  # noqa: S311
    for number in range(20_000):
        received_at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=number * 20)
        closed = random.random() < 0.9
        rows.append(
            model
            | {
                "request_id": UUID(int=random.getrandbits(128)),
                "reference": f"DSR-{number:08}",
                "controller_id": f"acme-{number % 20}",
                "status": "closed" if closed else "open",
                "needs_attention": not closed or number % 200 == 0,
                "sender_doubtful": number % 500 == 0,
                "assignee": random.choice(["ann", "bob", None]),
                "received_at": received_at,
                "effective_due": received_at.date() + timedelta(days=30),
                "last_position": 1_000_000 + number,
            }
        )
    with played.database.reading() as connection:
        line = dict(connection.execute(sa.select(items)).mappings().first() or {})
    with played.database.writing() as connection:
        insert_many(connection, requests, rows)
        insert_many(connection, items, [line | _item_of(row, number) for number, row in enumerate(rows)])
    if not played.database.is_sqlite:
        with played.database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("ANALYZE requests, items"))
    return played.database


def _item_of(row: Row, number: int) -> Row:
    """An item, in one of a hundred cases answered by another controller; answered where the case is closed."""
    by = "acme-3" if number % 100 == 0 else row["controller_id"]
    closed = row["status"] == "closed"
    status = "done" if closed else "open"
    return {"request_id": row["request_id"], "controller_id": by, "answered": closed, "status": status}


SCOPES = [None, frozenset({"acme-3"}), frozenset(f"acme-{n}" for n in range(0, 20, 2))]


def test_a_page_is_a_walk_along_an_index(crowded: Database) -> None:
    is_sqlite = crowded.is_sqlite
    for sort, descending, scope in product(Sort, (False, True), SCOPES):
        for filters in (QueueFilter(), *(QueueFilter(status=each) for each in Status), QueueFilter(right=Right.ACCESS)):
            for after in (None, _in_the_middle(crowded, sort)):
                query = queue_query(
                    filters, sort=sort, descending=descending, after=after, scope=scope, limit=51, is_sqlite=is_sqlite
                )
                plan = _assert_no_table_is_scanned(crowded, query)
                if is_sqlite and scope == SCOPES[2]:
                    assert "MERGE (UNION ALL)" in plan, "no walk goes on where the page is full"
                    assert "TEMP B-TREE" not in plan, plan
    # given: what one controller answers in cases of others
    for sort, descending in product(Sort, (False, True)):
        for after in (None, _in_the_middle(crowded, sort)):
            for further in ({}, {"controller": "acme-7"}, {"unassigned": True}, {"right": Right.ACCESS}):
                filters, scope = QueueFilter(answering="acme-3", **further), SCOPES[1]
                query = queue_query(
                    filters, sort=sort, descending=descending, after=after, scope=scope, limit=51, is_sqlite=is_sqlite
                )
                plan = _assert_no_table_is_scanned(crowded, query)
                assert "ix_items_controller_id_answered_status_request_id" in plan, plan
                assert re.search(r"(sqlite_autoindex_requests_1|pk_requests)", plan), "one look for each that waits"
                assert "ix_requests" not in plan, "no walk along all that is open"
    # given: the list of one member of staff
    for filters in (QueueFilter(assignee="ann"), QueueFilter(unassigned=True)):
        query = queue_query(
            filters, sort=Sort.DUE, descending=False, after=None, scope=SCOPES[2], limit=51, is_sqlite=is_sqlite
        )
        plan = _assert_no_table_is_scanned(crowded, query)
        if is_sqlite:
            assert "assignee=? AND status=? AND needs_attention=?" in plan, "no case that is closed and done is read"


def _in_the_middle(database: Database, sort: Sort) -> tuple[Any, UUID]:
    column = requests.c[COLUMN[sort]]
    with database.reading() as connection:
        row = connection.execute(sa.select(column, requests.c.request_id).order_by(column).offset(9_000).limit(1)).one()
    return row[0], row[1]


def _assert_no_table_is_scanned(database: Database, query: Any) -> str:
    with database.reading() as connection:
        plan = "\n".join(str(row[-1]) for row in connection.execute(Explain(query)))
    assert not re.search(r"(SCAN|Seq Scan on) (requests|items)\b", plan), plan
    return plan


class Explain(sa.Executable, sa.ClauseElement):
    """How the database would run a statement."""

    inherit_cache = False

    def __init__(self, statement: Any) -> None:
        self.statement = statement


@compiles(Explain)
def _explain(element: Explain, compiler: Any, **options: Any) -> str:
    words = "EXPLAIN QUERY PLAN" if compiler.dialect.name == "sqlite" else "EXPLAIN"
    return f"{words} {compiler.process(element.statement, **options)}"
