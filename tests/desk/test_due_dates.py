"""What comes due is recorded by the clock, once each: none lost, none doubled, whatever happens to the sweeps."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from dsr.bootstrap import Service, build
from dsr.database.errors import DatabaseBusy, DatabaseUnavailable
from dsr.desk.due_dates import due_query, failed_due
from dsr.domain.errors import StorageFull, Unavailable, code_of
from dsr.domain.request.due import CameDue, DueNotYet
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import DismissalKind, IdentityMethod
from dsr.domain.rights import Right
from dsr.projections.agenda import agenda
from tests.desk.office import Office


def swept(office: Office, request_id: UUID | None = None) -> list[tuple[UUID, str, str]]:
    """Case, kind and date of all that was recorded as due, in order."""
    events: list[Any] = [each for each in office.service.log.read() if isinstance(each.event, CameDue)]
    return [
        (each.stream_id, each.name.removeprefix("dsr.request."), each.event.due.isoformat())
        for each in events
        if request_id in (None, each.stream_id)
    ]


def kinds(office: Office, request_id: UUID) -> list[str]:
    return [kind for _, kind, _ in swept(office, request_id)]


def sweep(office: Office, limit: int = 100) -> int:
    """Until nothing is due any more; how much was recorded."""
    recorded = 0
    while True:
        done = office.desk.due_dates.sweep(limit)
        recorded += done.recorded
        if done.found < limit:
            return recorded


def at(office: Office, text: str) -> None:
    office.clock.time = datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_each_date_is_recorded_when_it_comes_and_not_before(office: Office) -> None:
    # given: arrived on Thursday, 5 March 2026, in Berlin; the promise ends on Saturday, 4 April, after Good Friday
    request_id = office.registered(Right.ACCESS)
    assert sweep(office) == 0
    expected = [
        ("2026-03-06T22:59:59", []),
        ("2026-03-06T23:00:00", ["acknowledgement-overdue"]),  # 24:00 in Berlin
        ("2026-03-18T22:59:59", []),
        ("2026-03-18T23:00:00", ["deadline-approaching"]),
        ("2026-03-25T23:00:00", ["deadline-approaching"]),
        ("2026-03-31T22:00:00", ["deadline-approaching"]),  # summer time since 29 March
        ("2026-04-04T21:59:59", []),
        ("2026-04-04T22:00:00", ["promise-missed"]),
        ("2026-04-07T21:59:59", []),
        ("2026-04-07T22:00:00", ["statutory-date-missed"]),
    ]
    # when, then
    for moment, due in expected:
        before = len(kinds(office, request_id))
        at(office, moment)
        sweep(office)
        assert kinds(office, request_id)[before:] == due, moment
    assert sweep(office) == 0
    assert office.differences() == []


def test_after_a_week_off_everything_is_recorded_once_the_longest_due_first(office: Office) -> None:
    cases = [office.registered(Right.ACCESS) for _ in range(3)]
    office.clock.advance(days=40)
    assert sweep(office, limit=4) == 3 * 6
    for request_id in cases:
        assert kinds(office, request_id) == [
            "acknowledgement-overdue",
            *["deadline-approaching"] * 3,
            "promise-missed",
            "statutory-date-missed",
        ]
    assert sweep(office) == 0


def test_a_clock_that_jumps_loses_nothing_and_doubles_nothing(office: Office) -> None:
    office.registered(Right.ACCESS)
    start = office.clock.now()
    for days in (20, 1, 35, 2, 36, 0, 90, 3, 91):
        office.clock.time = start + timedelta(days=days)
        sweep(office)
    assert len(swept(office)) == len(set(swept(office))) + 2  # three warnings are about one date
    assert len(swept(office)) == 6


def test_a_closed_case_rings_no_more_and_again_once_it_is_reopened(office: Office) -> None:
    # given
    request_id = office.arrived()
    office.desk.triage.dismiss(request_id, office.call(request_id), kind=DismissalKind.SPAM, reason="An advertisement.")
    # when, then
    office.clock.advance(days=50)
    assert office.desk.due_dates.sweep().found == 0
    # when: it was a request after all
    office.desk.answers.reopen(request_id, office.call(request_id), reason="It was a request.", item_ids=())
    sweep(office)
    # then: by the same dates
    assert "statutory-date-missed" in kinds(office, request_id)


def test_no_date_of_an_answer_rings_while_a_question_is_open(office: Office) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    office.desk.identity.ask(
        request_id, office.call(request_id), doubt="Another address.", method=IdentityMethod.CALL_BACK, asked_at=None
    )
    draft = office.letter(LetterKind.IDENTITY_QUESTION)
    office.desk.answers.record_answer(request_id, office.call(request_id), item_ids=(), draft=draft)
    # when
    office.clock.advance(days=60)
    sweep(office)
    # then: reminded after a week, and a close as unidentified was proposed before the month ended
    assert kinds(office, request_id) == ["acknowledgement-overdue", "identity-reminder-due", "identity-unanswered"]
    [*_, (_, _, due)] = swept(office, request_id)
    assert due == "2026-04-07"
    # when: given up, so that the clock runs again and the days of waiting were added
    office.desk.identity.give_up(request_id, office.call(request_id), reason="No answer came.")
    sweep(office)
    assert kinds(office, request_id)[3:] == []
    office.clock.advance(days=40)
    sweep(office)
    assert kinds(office, request_id)[3:] == [*["deadline-approaching"] * 3, "promise-missed", "statutory-date-missed"]
    assert office.differences() == []


def test_the_offer_of_a_fee_expires_by_itself(office: Office) -> None:
    request_id = office.registered(Right.ACCESS)
    office.desk.fees.propose(request_id, office.call(request_id), item_ids=("access",), draft=office.fee())
    fee_id = office.fee_id(request_id)
    office.desk.fees.send_notice(request_id, fee_id, office.call(request_id), draft=office.letter(LetterKind.FEE))
    at(office, "2026-03-31T21:59:59")
    sweep(office)
    assert office.case(request_id).fees[fee_id].status == "quoted"
    at(office, "2026-03-31T22:00:00")
    sweep(office)
    assert office.case(request_id).fees[fee_id].status == "expired"
    assert office.names().count("request.fee-expired") == 1


def test_what_can_not_be_recorded_is_put_aside_and_the_others_go_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: the record of processing of one case can't be found
    broken, sound = office.registered(Right.ACCESS), office.registered(Right.ACCESS)
    repository = office.desk.repository
    original = type(repository).calendar

    class CalendarLost(Unavailable):
        """Only here."""

        code = "calendar-lost"

    def calendar(self: Any, request: Any) -> Any:
        if request.id == broken:
            raise CalendarLost()
        return original(self, request)

    monkeypatch.setattr(type(repository), "calendar", calendar)
    office.clock.advance(days=40)
    # when
    first = office.desk.due_dates.sweep(100)
    # then
    assert (first.found, first.recorded, first.failed) == (12, 6, 6)
    assert kinds(office, sound).count("statutory-date-missed") == 1
    assert {(each.request_id, each.code, each.attempts) for each in office.desk.due_dates.failed_due()} == {
        (broken, "calendar-lost", 1)
    }
    # then: it is not looked at again before its time, each time later
    assert office.desk.due_dates.sweep(100).found == 0
    office.clock.advance(minutes=1)
    assert office.desk.due_dates.sweep(100).failed == 6
    office.clock.advance(minutes=1)
    assert office.desk.due_dates.sweep(100).found == 0
    # when: it was mended
    monkeypatch.setattr(type(repository), "calendar", original)
    office.clock.advance(minutes=1)
    assert office.desk.due_dates.sweep(100).recorded == 6
    assert office.desk.due_dates.failed_due() == []
    assert len(kinds(office, broken)) == 6


def broken_for(office: Office, monkeypatch: pytest.MonkeyPatch, request_id: UUID, error: Exception) -> None:
    """What is due on one case can't be recorded."""
    repository = office.desk.repository
    original = type(repository).calendar

    def calendar(self: Any, request: Any) -> Any:
        if request.id == request_id:
            raise error
        return original(self, request)

    monkeypatch.setattr(type(repository), "calendar", calendar)


def failed_rows(office: Office) -> int:
    with office.service.database.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(failed_due)).scalar() or 0


@pytest.mark.parametrize("error", [IntegrityError("Ada", {}, Exception()), ZeroDivisionError("Ada"), DueNotYet()])
def test_whatever_is_wrong_with_one_case_the_clock_goes_on_for_the_others(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    # given
    broken, sound = office.registered(Right.ACCESS), office.registered(Right.ACCESS)
    office.clock.advance(days=40)
    broken_for(office, monkeypatch, broken, error)
    # when
    assert sweep(office, limit=6) == 6, "and it ends"
    # then
    assert len(kinds(office, sound)) == 6
    assert {(each.request_id, each.code) for each in office.desk.due_dates.failed_due()} == {(broken, code_of(error))}
    assert "Ada" not in caplog.text


@pytest.mark.parametrize("error", [DatabaseBusy(), DatabaseUnavailable(), StorageFull()])
def test_what_is_wrong_with_the_whole_service_is_held_against_no_case(
    office: Office, monkeypatch: pytest.MonkeyPatch, error: Unavailable
) -> None:
    request_id = office.registered(Right.ACCESS)
    office.clock.advance(days=40)
    with monkeypatch.context() as patch:
        broken_for(office, patch, request_id, error)
        with pytest.raises(type(error)):
            office.desk.due_dates.sweep()
    assert failed_rows(office) == 0
    assert sweep(office) == 6


def test_what_a_read_model_calls_due_too_early_waits_and_is_recorded_in_time(office: Office) -> None:
    # given: a read model that is wrong
    request_id = office.registered(Right.ACCESS)
    first = sa.update(agenda).where(agenda.c.kind == "acknowledgement-overdue")
    with office.service.database.writing() as connection:
        connection.execute(first.values(at=office.clock.now()))
    # when
    assert sweep(office, limit=1) == 0, "and it ends"
    # then
    office.clock.advance(days=2)
    assert sweep(office) == 1
    assert kinds(office, request_id) == ["acknowledgement-overdue"]
    assert failed_rows(office) == 0


def test_nothing_stays_put_aside_once_its_case_let_go(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    office.clock.advance(days=40)
    with monkeypatch.context() as patch:
        broken_for(office, patch, request_id, ValueError())
        office.desk.due_dates.sweep()
    assert failed_rows(office) == 6
    # when
    office.desk.answers.withdraw(
        request_id, office.call(request_id), item_ids=None, statement="Never mind.", confirmed=True
    )
    office.desk.due_dates.sweep()
    # then
    assert failed_rows(office) == 0


def test_two_sweeps_at_once_record_everything_once(office: Office) -> None:
    # given
    cases = [office.registered(Right.ACCESS) for _ in range(8)]
    office.clock.advance(days=40)
    others = [build(office.service.settings, clock=office.clock) for _ in range(2)]
    start, failures = Barrier(2), []

    def run(service: Service) -> None:
        start.wait()
        try:
            while service.desk.due_dates.sweep(7).found:
                pass
        except Exception as error:  # noqa: BLE001 - shown below
            failures.append(error)

    threads = [Thread(target=run, args=(each,)) for each in others]
    # when
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for other in others:
        other.close()
    # then
    assert failures == []
    counted = Counter(request_id for request_id, _, _ in swept(office))
    assert counted == Counter(dict.fromkeys(cases, 6))
    assert office.desk.due_dates.failed_due() == []
    assert office.differences() == []


def test_a_sweep_reads_the_index_and_no_case_that_waits_for_later(office: Office) -> None:
    office.registered(Right.ACCESS)
    query = due_query(office.clock.now(), 10)
    database = office.service.database
    compiled = query.compile(database.engine, compile_kwargs={"literal_binds": True})
    with database.reading() as connection:
        if database.is_sqlite:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").all()
        else:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # one row is read faster without an index
            plan = connection.exec_driver_sql(f"EXPLAIN {compiled}").all()
    assert "ix_agenda_at_request_id" in str(plan)


def test_a_sweep_takes_as_many_statements_however_many_cases_are_open(office: Office) -> None:
    def statements() -> int:
        seen: list[str] = []

        def note(*arguments: Any) -> None:
            seen.append(arguments[2])

        engine = office.service.database.engine
        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            office.desk.due_dates.sweep(100)
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    office.arrived(received_at=office.clock.now() - timedelta(days=3))  # its acknowledgement is overdue
    few = statements()
    for _ in range(20):
        office.arrived()
    office.arrived(received_at=office.clock.now() - timedelta(days=3))
    assert statements() == few
    with office.service.database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).where(agenda.c.at.is_not(None))).scalar() == 20 * 6 + 2 * 5
