"""What a command takes from memory holds when it is saved, or the command decides again on what is true."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from dsr.bootstrap import Service, build
from dsr.database.assumptions import AssumptionWrong, assuming, repeated
from dsr.database.errors import DatabaseUnavailable
from dsr.desk.caller import Call, IdempotencyKey
from dsr.desk.errors import IdempotencyKeyReused, VersionStale
from dsr.desk.idempotency import Answer
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.events import Event
from dsr.domain.request.errors import ReasonRequired
from dsr.domain.rights import Right
from dsr.domain.ropa import ControllerUnknown
from dsr.domain.staff import StaffHasLeft
from dsr.settings import Settings
from tests.catalogue.catalogue import AT_DESK
from tests.desk.office import Office
from tests.desk.test_adopting_the_record import EXAMPLE, adopt
from tests.desk.test_use_cases import refused
from tests.settable_clock import SettableClock

KEY = IdempotencyKey("key", "body")


@pytest.fixture
def elsewhere(settings: Settings, clock: SettableClock, office: Office) -> Iterator[Office]:
    """The same team at another process of the service."""
    other: Service = build(settings, clock=clock)
    yield replace(office, service=other)
    other.close()


@pytest.fixture
def case(office: Office) -> UUID:
    """A case that `office` remembers."""
    request_id: UUID = office.registered(Right.ACCESS)
    return request_id


def note(office: Office, request_id: UUID, call: Call, text: str = "Called.") -> Answer:
    answer: Answer = office.desk.triage.add_note(request_id, call, note=text)
    return answer


def meanwhile(office: Office, monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Let another process act after the next command has decided, just before it gets the lock."""
    database, appending = office.service.database, office.service.database.appending

    def appending_late(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.undo()
        act()
        return appending(*args, **kwargs)

    monkeypatch.setattr(database, "appending", appending_late)


def test_nothing_is_asked_before_the_lock_where_the_caller_saw_what_this_process_remembers(
    office: Office, case: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    office.enrol("bob")
    call = office.call(case, key=KEY)
    office.desk.triage.assign(case, call, assignee="bob")
    call = replace(call, expected=(call.expected or 0) + 1, idempotency=office.key("another"))
    # when
    monkeypatch.setattr(office.service.database, "glancing", lambda: pytest.fail("something was asked"))
    office.desk.triage.assign(case, call, assignee="bob")
    # then
    monkeypatch.undo()
    assert office.names()[-2:] == ["request.assigned"] * 2


def test_who_saw_what_another_process_has_changed_since_is_refused(
    office: Office, elsewhere: Office, case: UUID
) -> None:
    call = office.call(case)
    note(elsewhere, case, call)
    with pytest.raises(VersionStale) as refused:
        note(office, case, call)
    assert refused.value.facts["current"] == (call.expected or 0) + 1
    assert office.names().count("request.note-added") == 1


def test_who_saw_the_change_of_another_process_goes_on_from_there(
    office: Office, elsewhere: Office, case: UUID
) -> None:
    for number in range(6):
        note((office, elsewhere)[number % 2], case, Call(office.ann, expected=office.case(case).version))
    assert office.names().count("request.note-added") == 6
    assert office.differences() == []


CAN_NOT_BE_UNDONE = (
    "close",
    "collect",
    "confirm identity",
    "discard an attachment",
    "discard data",
    "dismiss",
    "issue a token to the data subject",
    "take a file as evidence",
)
"""Commands that destroy a key, delete or write a file, or hand out a secret."""


@pytest.mark.parametrize("name", CAN_NOT_BE_UNDONE)
def test_nothing_happens_that_can_not_be_undone_before_the_assumptions_hold(
    office: Office, elsewhere: Office, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: this process remembers the case as it was before another process changed it
    command = AT_DESK[name]
    subject = command.given(office)
    assert subject is not None
    call = office.call(subject)
    note(elsewhere, subject, elsewhere.call(subject))
    streams: Any = office.desk.repository.application.events._streams
    monkeypatch.setattr(streams, "_keep", lambda *_: None)  # whatever the command looks at first
    # when, then
    refused(office, VersionStale, lambda: command.run(office, subject, call))


def test_a_refusal_rests_on_what_is_true_now(office: Office, elsewhere: Office) -> None:
    """Not on what this process remembers: there the case still waits to be registered."""
    request_id = office.arrived()
    call = office.call(request_id)
    elsewhere.desk.triage.register(request_id, call, rights=(Right.ACCESS,), direct_marketing=False)
    with pytest.raises(VersionStale):
        office.desk.items.grant(request_id, "access", call, erasure_ground=None)


def test_nobody_is_assigned_who_left_since_this_process_looked(office: Office, elsewhere: Office, case: UUID) -> None:
    # given
    office.enrol("bob")
    office.desk.triage.assign(case, office.call(case), assignee="bob")
    elsewhere.desk.staff.leave("bob", Call(office.ann))
    # when, then
    with pytest.raises(StaffHasLeft):
        office.desk.triage.assign(case, office.call(case), assignee="bob")
    assert office.names().count("request.assigned") == 1


@pytest.mark.parametrize("remembered", [True, False])
def test_nobody_is_assigned_who_leaves_between_the_look_and_the_lock(
    office: Office, elsewhere: Office, case: UUID, monkeypatch: pytest.MonkeyPatch, *, remembered: bool
) -> None:
    # given
    office.enrol("bob")
    if remembered:
        office.desk.triage.assign(case, office.call(case), assignee="bob")
    call, count = office.call(case), office.names().count("request.assigned")
    # when
    meanwhile(office, monkeypatch, lambda: elsewhere.desk.staff.leave("bob", Call(office.ann)))
    with pytest.raises(StaffHasLeft):
        office.desk.triage.assign(case, call, assignee="bob")
    # then
    assert office.names().count("request.assigned") == count


@pytest.mark.parametrize("remembered", [True, False])
def test_no_request_is_entered_under_a_record_that_was_replaced_between_the_look_and_the_lock(
    office: Office, elsewhere: Office, monkeypatch: pytest.MonkeyPatch, *, remembered: bool
) -> None:
    if remembered:
        office.arrived()
    meanwhile(office, monkeypatch, lambda: adopt(elsewhere))
    assert office.case(office.arrived()).ropa_version == 2


def test_a_call_that_another_process_answered_gets_that_answer(office: Office, elsewhere: Office, case: UUID) -> None:
    call = office.call(case, key=KEY)
    first = note(elsewhere, case, call)
    assert note(office, case, call) == first
    with pytest.raises(IdempotencyKeyReused):
        note(office, case, replace(call, idempotency=IdempotencyKey("key", "another body")))
    assert office.names().count("request.note-added") == 1


def test_a_command_that_was_refused_or_failed_leaves_nothing_in_memory(office: Office, case: UUID) -> None:
    call, before = office.call(case), office.case(case)

    @use_case
    def fails() -> Answer:
        with changing(office.desk.repository, case, call) as work:
            work.case.add_note(work.acting, note=work.seal("note", "Called."))
            work.effect(lambda: pytest.fail("an effect"))
        return work.answer

    with pytest.raises(pytest.fail.Exception):
        fails()
    with pytest.raises(ReasonRequired):
        note(office, case, call, text=" ")
    assert vars(office.case(case)) == vars(before)
    note(office, case, call)


def test_what_a_transaction_rolls_back_is_not_remembered(office: Office, case: UUID) -> None:
    call = office.call(case)
    with pytest.raises(ZeroDivisionError), office.service.database.appending():  # noqa: PT012 - one transaction
        note(office, case, call)
        raise ZeroDivisionError
    note(office, case, call)
    assert office.names().count("request.note-added") == 1
    assert office.differences() == []


def test_a_command_that_saved_something_does_not_run_again() -> None:
    """Else it would be done twice: what comes after a save decides on fresh reads."""
    allowed = list[bool]()

    def command() -> None:
        with assuming() as assumptions:
            allowed.append(assumptions.are_allowed)
            assumptions.saved()
        with assuming() as assumptions:
            allowed.append(assumptions.are_allowed)

    repeated(command)
    assert allowed == [True, False]


def test_a_command_assumes_in_its_first_attempt_only() -> None:
    allowed = list[bool]()

    def command() -> None:
        with assuming() as assumptions:
            allowed.append(assumptions.are_allowed)
            if len(allowed) == 1:
                raise AssumptionWrong

    repeated(command)
    assert allowed == [True, False]


def test_a_log_of_another_past_is_noticed_under_the_lock(
    office: Office, case: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a restore: the same version, and another event."""
    # given: what this process remembers of the case was never stored
    note(office, case, office.call(case))
    streams: Any = office.desk.repository.application.events._streams
    held = streams._held[case]
    events: Callable[[], tuple[Event, ...]] = lambda: streams.read(case)  # noqa: E731
    stored = events()
    streams._held[case] = replace(streams._held[case], last=(held.last[0], held.last[1], "{}"))
    # when
    note(office, case, Call(office.ann, expected=len(stored)))
    # then
    assert events()[: len(stored)] == stored
    assert office.differences() == []


def test_a_request_is_entered_with_nothing_asked_before_the_lock(
    office: Office, case: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office.service.database, "glancing", lambda: pytest.fail("something was asked"))
    entered = office.arrived()
    monkeypatch.undo()
    assert office.case(entered).version == 1
    assert office.differences() == []


def test_a_request_is_entered_under_the_record_that_another_process_adopted_last(
    office: Office, elsewhere: Office, case: UUID
) -> None:
    adopt(elsewhere)
    assert office.case(office.arrived()).ropa_version == 2
    assert office.names().count("request.received") == 2


def test_whom_only_another_process_knows_to_be_gone_gets_no_request(
    office: Office, elsewhere: Office, case: UUID
) -> None:
    """And whom only that one knows to be there gets it: a refusal is decided on what is true too."""
    adopt(elsewhere)
    with pytest.raises(ControllerUnknown):
        office.arrived("callcentre-fr")
    adopt(elsewhere, EXAMPLE.encode())
    assert office.case(office.arrived("callcentre-fr")).ropa_version == 3


def test_a_reference_that_is_taken_is_given_to_no_other_request(
    office: Office, case: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = office.case(case).reference
    drawn = iter([taken, taken, "DSR-2345-6789"])
    monkeypatch.setattr("dsr.desk.new_case.new_reference", lambda: next(drawn))
    assert office.case(office.arrived()).reference == "DSR-2345-6789"
    assert office.names().count("request.received") == 2


def test_a_command_that_may_have_been_saved_does_not_run_again(
    office: Office, case: UUID, lose_the_next_commit: Callable[[], None]
) -> None:
    """Its own row would look like the change of another process that its assumptions missed."""
    lose_the_next_commit()
    with pytest.raises(DatabaseUnavailable):
        office.arrived()
    assert office.names().count("request.received") == 2
    assert office.differences() == []


def test_who_can_not_know_whether_a_command_was_saved_is_told_of_no_change_by_others(
    office: Office, case: UUID, lose_the_next_commit: Callable[[], None]
) -> None:
    call = office.call(case)
    lose_the_next_commit()
    with pytest.raises(DatabaseUnavailable):
        note(office, case, call)
    assert office.names().count("request.note-added") == 1


def test_a_command_with_a_key_that_may_have_been_saved_is_answered_where_it_was(
    office: Office, case: UUID, lose_the_next_commit: Callable[[], None]
) -> None:
    call = office.call(case, key=KEY)
    lose_the_next_commit()
    assert note(office, case, call).version == (call.expected or 0) + 1
    assert office.names().count("request.note-added") == 1
