"""What every policy can rely on: in order, at least once, a case at a time where one fails."""

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

from dsr.database.errors import DatabaseUnavailable
from dsr.desk.caller import Call
from dsr.desk.dispatching import DispatchDesk
from dsr.desk.errors import VersionStale
from dsr.domain.recorded import Recorded
from dsr.domain.request.errors import ReasonRequired
from dsr.domain.request.triage import RequestRegistered
from dsr.domain.rights import Right
from dsr.eventstore.errors import EventUnreadable
from dsr.eventstore.log import Log
from dsr.policies.acknowledge_receipt import AcknowledgeReceipt
from dsr.policies.correspondence import Correspondence
from dsr.policies.runner import BACKOFF, PolicyRunner, PolicyUnknown
from dsr.projections.dispatches import dispatches_of
from tests.desk.office import Office
from tests.policies.conftest import Watching

Runners = Callable[..., PolicyRunner]


class Killed(BaseException):
    """As if the process had ended here."""


def note(office: Office, request_id: UUID, words: str = "A note.") -> None:
    office.desk.triage.add_note(request_id, Call(office.ann), note=words)


def letters_of(office: Office, request_id: UUID) -> list[dict[str, Any]]:
    with office.service.database.reading() as connection:
        return list(dispatches_of(connection, request_id))


def fail_on(request_id: UUID, error: Exception) -> Callable[[Any], None]:
    def before(recorded: Any) -> None:
        if recorded.stream_id == request_id:
            raise error

    return before


def parked_once(office: Office, watching: Watching, runner_of: Runners) -> tuple[PolicyRunner, UUID]:
    """A runner, and a case that is parked since its policy failed on the first event."""
    runner = runner_of(watching)
    runner.begin()
    request_id = office.registered(Right.ACCESS)
    watching.before = fail_on(request_id, ReasonRequired())
    runner.run()
    return runner, request_id


def wait_for_a_person(office: Office, runner: PolicyRunner) -> None:
    """Let all tries go by that are made without being asked for."""
    for wait in BACKOFF:
        office.clock.advance(seconds=wait.total_seconds())
        runner.run()


def test_a_new_policy_starts_at_the_present(office: Office, watching: Watching, runner_of: Runners) -> None:
    office.registered(Right.ACCESS)
    runner = runner_of(watching)
    assert runner.run() == 0
    later = office.registered(Right.ACCESS)
    assert runner.run() == 1
    assert [stream for stream, _ in watching.seen] == [later]


def test_a_policy_starts_where_it_is_told(office: Office, watching: Watching, runner_of: Runners) -> None:
    first, second = office.registered(Right.ACCESS), office.registered(Right.ACCESS)
    runner = runner_of(watching)
    runner.start_at("watching", 0)
    assert runner.run() == 2
    assert [stream for stream, _ in watching.seen] == [first, second]
    runner.start_at("watching", 10**9)
    assert runner.states()[0].lag == 0  # never beyond the present: what comes next would be passed over
    with pytest.raises(PolicyUnknown):
        runner.start_at("nobody", 0)


def test_events_of_a_case_come_in_order(office: Office, watching: Watching, runner_of: Runners) -> None:
    runner = runner_of(watching)
    runner.begin()
    cases = [office.registered(Right.ACCESS) for _ in range(3)]
    for _ in range(3):
        for request_id in cases:
            note(office, request_id)
    assert runner.run() == 12
    assert runner.run() == 0
    for request_id in cases:
        assert len(watching.of(request_id)) == 4
        assert watching.of(request_id) == sorted(watching.of(request_id))


def test_an_effect_before_a_kill_happens_once(
    office: Office, runner_of: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = AcknowledgeReceipt(Correspondence(office.desk.repository, office.desk.dispatching))
    runner = runner_of(policy)
    runner.begin()
    request_id = office.registered(Right.ACCESS)

    def killed(*_: Any, **__: Any) -> bool:
        raise Killed

    for step in ("release", "advance"):
        with monkeypatch.context() as patch:
            patch.setattr(DispatchDesk if step == "release" else runner.positions, step, killed)
            with pytest.raises(Killed):
                runner.run()
        assert len(letters_of(office, request_id)) == 1
    assert runner_of(policy).run() == 1  # given again
    (letter,) = letters_of(office, request_id)
    assert letter["state"] == "queued"


def test_a_poisoned_event_parks_its_case_alone_and_later_events_wait_behind_it(
    office: Office, watching: Watching, runner_of: Runners
) -> None:
    runner = runner_of(watching)
    runner.begin()
    poisoned, sound = office.registered(Right.ACCESS), office.registered(Right.ACCESS)

    def before(recorded: Any) -> None:
        if recorded.stream_id == poisoned and isinstance(recorded.event, RequestRegistered):
            raise ReasonRequired

    watching.before = before
    runner.run()
    note(office, poisoned)
    note(office, sound)
    runner.run()
    assert len(watching.of(sound)) == 2
    assert watching.of(poisoned) == []
    (parked,) = runner.positions.parked()
    assert (parked.policy, parked.request_id, parked.code, parked.attempts) == (
        "watching",
        poisoned,
        "reason-required",
        1,
    )
    assert runner.states()[0].lag == 0

    watching.before = lambda _: None
    office.clock.advance(seconds=BACKOFF[0].total_seconds())
    assert runner.run() == 2
    assert len(watching.of(poisoned)) == 2
    assert watching.of(poisoned) == sorted(watching.of(poisoned))
    assert runner.positions.parked() == []
    note(office, poisoned)
    assert runner.run() == 1


def test_tries_are_ever_further_apart_then_wait_for_a_person(
    office: Office, watching: Watching, runner_of: Runners
) -> None:
    runner, request_id = parked_once(office, watching, runner_of)
    for attempt, wait in enumerate(BACKOFF, start=1):
        (parked,) = runner.positions.parked()
        assert (parked.attempts, parked.next_try_at) == (attempt, office.clock.now() + wait)
        office.clock.advance(seconds=wait.total_seconds() - 1)
        runner.run()
        assert runner.positions.parked()[0].attempts == attempt  # not yet
        office.clock.advance(seconds=1)
        runner.run()
    (parked,) = runner.positions.parked()
    assert parked.next_try_at is None
    office.clock.advance(days=100)
    runner.run()
    assert runner.positions.parked()[0].attempts == parked.attempts  # tried no more

    note(office, request_id)
    runner.run()
    assert runner.retry("watching", UUID(int=0)) == 0  # another case
    watching.before = lambda _: None
    assert runner.retry("watching", request_id) == 2
    assert runner.positions.parked() == []
    with pytest.raises(PolicyUnknown):
        runner.retry("nobody")


def test_the_next_event_of_a_case_that_fails_is_tried_as_often_as_the_first(
    office: Office, watching: Watching, runner_of: Runners
) -> None:
    runner, request_id = parked_once(office, watching, runner_of)
    note(office, request_id)
    runner.run()
    runner.retry()
    assert runner.positions.parked()[0].attempts == 2
    second = runner.positions.waiting("watching", request_id)[1]

    def only_the_second(recorded: Any) -> None:
        if recorded.position == second:
            raise ReasonRequired

    watching.before = only_the_second
    assert runner.retry() == 1
    assert runner.positions.parked()[0].attempts == 1
    assert runner.positions.waiting("watching", request_id) == [second]


def test_whoever_passes_over_one_event_goes_on_with_those_behind_it(
    office: Office, watching: Watching, runner_of: Runners
) -> None:
    # given
    runner, request_id = parked_once(office, watching, runner_of)
    note(office, request_id)
    runner.run()
    watching.before = lambda _: None
    first, second = runner.positions.waiting("watching", request_id)

    def refuses(_: str) -> None:
        raise ReasonRequired

    # when: it can't be noted, nothing is passed over
    with pytest.raises(ReasonRequired):
        runner.skip("watching", request_id, note=refuses)
    assert runner.positions.waiting("watching", request_id) == [first, second]
    # when
    assert runner.skip("watching", request_id, note=lambda _: None) == 1
    # then
    assert watching.of(request_id) == [second]
    assert runner.positions.parked() == []
    with pytest.raises(PolicyUnknown):
        runner.skip("nobody", request_id, note=lambda _: None)


def test_the_event_behind_one_that_was_passed_over_is_tried_as_often_as_the_first(
    office: Office, watching: Watching, runner_of: Runners
) -> None:
    # given: a person alone could try the first one again, and another waits behind it
    runner, request_id = parked_once(office, watching, runner_of)
    note(office, request_id)
    wait_for_a_person(office, runner)
    assert runner.positions.parked()[0].next_try_at is None
    # when
    assert runner.skip("watching", request_id, note=lambda _: None) == 0
    # then
    (parked,) = runner.positions.parked()
    now = office.clock.now()
    assert (parked.attempts, parked.since, parked.next_try_at) == (1, now, now + BACKOFF[0])


def test_a_death_behind_an_event_that_was_dealt_with_leaves_the_next_to_no_person(
    office: Office, watching: Watching, runner_of: Runners
) -> None:
    # given
    runner, request_id = parked_once(office, watching, runner_of)
    note(office, request_id)
    wait_for_a_person(office, runner)
    last = runner.positions.waiting("watching", request_id)[-1]

    def killed_on_the_last(recorded: Any) -> None:
        if recorded.position == last:
            raise Killed

    # when
    watching.before = killed_on_the_last
    with pytest.raises(Killed):
        runner.retry()
    # then
    watching.before = lambda _: None
    assert runner_of(watching).run() == 1
    assert runner.positions.parked() == []


def test_events_that_failed_count_as_given_since_more_may_wait_behind_them(
    office: Office, watching: Watching, runner_of: Runners
) -> None:
    # given
    runner = runner_of(watching)
    runner.begin()
    bad = {office.registered(Right.ACCESS) for _ in range(4)}
    good = office.registered(Right.ACCESS)

    def before(recorded: Any) -> None:
        if recorded.stream_id in bad:
            raise ReasonRequired

    watching.before = before
    # when
    assert [runner.run(most=2) for _ in range(4)] == [2, 2, 1, 0]
    # then
    assert len(watching.of(good)) == 1
    assert runner.states()[0].lag == 0
    # when: their next try fails as well
    office.clock.advance(seconds=BACKOFF[0].total_seconds())
    assert [runner.run(most=3) for _ in range(3)] == [3, 1, 0]


def test_whom_others_outrun_is_tried_at_once(office: Office, watching: Watching, runner_of: Runners) -> None:
    runner = runner_of(watching)
    runner.begin()
    office.registered(Right.ACCESS)
    errors = [VersionStale(), VersionStale()]

    def outrun(_: Any) -> None:
        if errors:
            raise errors.pop()

    watching.before = outrun
    assert runner.run() == 1
    assert runner.positions.parked() == []


def test_a_database_that_is_away_parks_nothing(office: Office, watching: Watching, runner_of: Runners) -> None:
    runner = runner_of(watching)
    runner.begin()
    request_id = office.registered(Right.ACCESS)
    watching.before = fail_on(request_id, DatabaseUnavailable())
    before = runner.positions.position("watching")
    with pytest.raises(DatabaseUnavailable):
        runner.run()
    assert runner.positions.parked() == []
    reached = runner.positions.position("watching")
    assert reached is not None
    assert reached <= office.service.log.head().position - 1
    assert runner.positions.position("watching") == before
    watching.before = lambda _: None
    assert runner.run() == 1


class AlsoWatching(Watching):
    """Whenever something is registered or noted, keep it too."""

    name = "also-watching"


def test_a_policy_whose_events_can_not_be_read_keeps_no_other_waiting(
    office: Office, watching: Watching, runner_of: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    also = AlsoWatching()
    runner = runner_of(watching, also)
    runner.begin()
    office.registered(Right.ACCESS)
    position, asked = runner.positions.position, list[str]()

    def unreadable(name: str) -> int | None:
        asked.append(name)
        if name == watching.name and len(asked) > 2:  # the first ones are asked by `begin`
            raise ValueError("Ada")
        return position(name)

    monkeypatch.setattr(runner.positions, "position", unreadable)
    # when
    assert runner.run() == 1
    # then: it rests, and is not asked in every round
    assert (len(watching.seen), len(also.seen)) == (0, 1)
    asked.clear()
    assert runner.run() == 0
    assert asked.count(watching.name) == 1
    # when: it was mended
    monkeypatch.undo()
    runner._rest_until.clear()
    assert runner.run() == 1
    assert len(watching.seen) == 1


def test_a_policy_that_an_unreadable_event_stops_says_why_until_it_goes_on(
    office: Office, watching: Watching, runner_of: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    runner = runner_of(watching)
    runner.begin()
    office.registered(Right.ACCESS)

    def unreadable(*_: Any, **__: Any) -> Iterator[Recorded]:
        raise EventUnreadable
        yield

    # when
    with monkeypatch.context() as patch:
        patch.setattr(Log, "read", unreadable)
        runner.run()
    # then: another process sees it
    (state,) = runner_of(watching).states()
    assert (state.lag > 0, state.stopped_by) == (True, "event-unreadable")
    # when: it was mended
    runner_of(watching).run()
    # then
    (state,) = runner.states()
    assert (state.lag, state.stopped_by, len(watching.seen)) == (0, None, 1)


def test_each_policy_is_given_no_more_events_at_once_than_it_is_told(
    office: Office, watching: Watching, runner_of: Runners
) -> None:
    also = AlsoWatching()
    runner = runner_of(watching, also)
    runner.begin()
    for _ in range(5):
        office.registered(Right.ACCESS)
    assert [runner.run(most=2) for _ in range(4)] == [4, 4, 2, 0]
    assert len(watching.seen) == len(also.seen) == 5
    assert [position for _, position in watching.seen] == sorted(position for _, position in watching.seen)


def test_a_runner_can_be_told_to_stop_between_two_events(
    office: Office, watching: Watching, runner_of: Runners
) -> None:
    runner = runner_of(watching)
    runner.begin()
    for _ in range(5):
        office.registered(Right.ACCESS)
    assert runner.run(stop=lambda: len(watching.seen) == 3) == 3
    assert runner.run() == 2


def test_no_error_quotes_a_person_in_the_log(
    office: Office, watching: Watching, runner_of: Runners, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "dsr")
    runner = runner_of(watching)
    runner.begin()
    request_id = office.registered(Right.ACCESS)
    watching.before = fail_on(request_id, ValueError("Ada Lovelace <ada@example.org> wrote"))
    runner.run()
    (parked,) = runner.positions.parked()
    assert parked.code == "error-ValueError"
    assert str(request_id) in caplog.text
    assert "lovelace" not in caplog.text.lower()
    assert "ada@" not in caplog.text.lower()


def test_two_runners_at_once_do_everything_once(office: Office, runner_of: Runners) -> None:
    policy = AcknowledgeReceipt(Correspondence(office.desk.repository, office.desk.dispatching))
    runner_of(policy).begin()
    cases = [office.registered(Right.ACCESS) for _ in range(8)]
    errors: list[BaseException] = []

    def run() -> None:
        try:
            runner_of(policy).run()
        except BaseException as error:  # noqa: BLE001 - shown by the test
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert errors == []
    runner = runner_of(policy)
    runner.run()
    assert runner.positions.parked() == []
    assert [[row["state"] for row in letters_of(office, request_id)] for request_id in cases] == [["queued"]] * 8


def test_whoever_moves_a_policy_back_is_not_overrun(office: Office, watching: Watching, runner_of: Runners) -> None:
    runner = runner_of(watching)
    runner.begin()
    request_id = office.registered(Right.ACCESS)
    note(office, request_id)

    def moved_meanwhile(_: Any) -> None:
        watching.before = lambda _: None
        runner_of(watching).start_at("watching", 0)

    watching.before = moved_meanwhile
    runner.run()
    assert len(watching.of(request_id)) == 3  # the first one, then both from the beginning


def test_an_event_never_waits_behind_a_case_that_goes_on(
    office: Office, watching: Watching, runner_of: Runners
) -> None:
    runner, request_id = parked_once(office, watching, runner_of)
    note(office, request_id)
    watching.before = lambda _: None
    positions, other = runner.positions, runner_of(watching)
    seen_as_parked = positions.is_parked

    def then_another_one_goes_on(policy: str, request_id: UUID) -> bool:
        found = seen_as_parked(policy, request_id)
        if found:
            other.retry()
        return found

    positions.is_parked = then_another_one_goes_on  # type: ignore[method-assign]
    runner.run()
    assert len(watching.of(request_id)) == 2
    assert positions.waiting("watching", request_id) == []
