"""Numbers for the team and the authority: counted right, and as of any past time what they were then."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.deadlines.months import add_months
from dsr.domain.request.values import DismissalKind
from dsr.projections import Statistics, due_soon, late, statistics, totals
from dsr.projections.case_facts import State, periods_between
from dsr.projections.statistics import Share, statistics_of
from tests.projections.mini_desk import MiniDesk
from tests.projections.player import Player
from tests.settable_clock import SettableClock

NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)
BERLIN = WorkingCalendar(
    country="DE", zone="Europe/Berlin", version="made up", first_year=2025, last_year=2032, holidays=()
)
R = date(2026, 1, 31)


def state(**facts: Any) -> State:
    """An open case of January that is due at the end of February; overridden by facts."""
    given: dict[str, Any] = {
        "controller_id": "acme-de",
        "received_on": R,
        "rights": ("access",),
        "status": "open",
        "outcome": None,
        "owed": True,
        "suspended": False,
        "effective_due": date(2026, 3, 2),
        "effective_ends_at": datetime(2026, 3, 2, 23, tzinfo=UTC),
        "extended": False,
        "answered_on": None,
        "refused": 0,
        "late": False,
    }
    return State(**(given | facts))


def answered(on: date, **facts: Any) -> State:
    return state(**({"status": "closed", "outcome": "fulfilled", "owed": False, "answered_on": on} | facts))


def test_nothing_is_a_share_of_nothing() -> None:
    told = statistics_of([], NOW)
    assert (told.cases, told.open, told.answered.median_days) == (0, Share(0, 0, None), None)
    assert told.by_controller == {}


def test_open_missed_due_soon_and_closed_are_told_with_what_they_are_shares_of() -> None:
    soon = {"effective_due": date(2026, 3, 12), "effective_ends_at": datetime(2026, 3, 12, 23, tzinfo=UTC)}
    later = {"effective_due": date(2026, 3, 13), "effective_ends_at": datetime(2026, 3, 13, 23, tzinfo=UTC)}
    told = statistics_of(
        [
            state(),
            state(suspended=True),  # past its date without the question: in sight, not missed
            state(owed=False),  # answered, not yet closed
            state(**soon),
            state(**later),
            answered(R, outcome="refused"),
        ],
        NOW,
    )
    assert told.cases == 6
    assert told.open == Share(5, 6, 0.8333)
    assert told.missed == Share(1, 5, 0.2)
    assert told.due_soon == Share(2, 5, 0.4)
    assert told.closed == Share(1, 6, 0.1667)
    assert told.by_outcome["refused"] == Share(1, 1, 1.0)
    assert told.by_outcome["fulfilled"] == Share(0, 1, 0.0)


def test_a_case_is_missed_from_the_end_of_its_day_and_not_before() -> None:
    end = state().effective_ends_at
    assert statistics_of([state()], end - timedelta(microseconds=1)).missed.number == 0
    assert statistics_of([state()], end - timedelta(microseconds=1)).due_soon.number == 1
    assert statistics_of([state()], end).missed.number == 1
    assert statistics_of([state()], end).due_soon.number == 0


def test_one_month_ends_on_the_day_number_or_the_last_day_and_is_not_moved_to_a_working_day() -> None:
    on_the_last_day = answered(date(2026, 2, 28))  # a Saturday; the statute gives until Monday
    told = statistics_of([on_the_last_day, answered(date(2026, 3, 1)), answered(date(2026, 4, 30))], NOW).answered
    assert told.within_one_month == Share(1, 3, 0.3333)
    assert told.within_three_months == Share(3, 3, 1.0)
    assert statistics_of([answered(date(2026, 5, 1))], NOW).answered.within_three_months.number == 0


def test_the_answered_are_counted_by_what_became_of_them() -> None:
    told = statistics_of(
        [
            state(),
            answered(R + timedelta(days=10), late=True),
            answered(R + timedelta(days=20), extended=True),
            answered(R + timedelta(days=21), refused=2),
            answered(R, status="open", outcome=None),
        ],
        NOW,
    ).answered
    assert told.in_full == Share(4, 5, 0.8)
    assert (told.late, told.extended, told.with_refusal) == (Share(1, 4, 0.25),) * 3
    assert told.median_days == 15.0


def test_a_case_counts_for_each_of_its_rights_and_for_the_controller_that_had_it() -> None:
    both = state(rights=("access", "erasure"), controller_id="acme-fr")
    told = statistics_of([both, state(), answered(R, rights=("erasure",)), state(rights=())], NOW)
    per_right = {right: told.by_right[right].cases for right in ("access", "erasure", "objection")}
    assert per_right == {"access": 2, "erasure": 2, "objection": 0}
    assert (told.by_right["erasure"].closed, told.by_right["erasure"].answered) == (1, 1)
    assert list(told.by_controller) == ["acme-de", "acme-fr"]
    assert told.by_controller["acme-de"].cases == 3
    assert told.by_controller["acme-fr"].missed == 1


@given(
    st.lists(
        st.builds(
            lambda days, refused, late, closed: answered(
                R + timedelta(days=days), refused=refused, late=late, status="closed" if closed else "open"
            ),
            st.integers(0, 200),
            st.integers(0, 2),
            st.booleans(),
            st.booleans(),
        ),
        max_size=20,
    )
)
def test_parts_add_up_whatever_the_order(states: list[State]) -> None:
    told = statistics_of(states, NOW)
    assert told.open.number + told.closed.number == told.cases == told.answered.in_full.number
    assert told.answered.within_one_month.number <= told.answered.within_three_months.number
    assert told.answered.within_one_month.number == sum(s.answered_on <= add_months(R, 1) for s in states)  # type: ignore[operator]
    assert statistics_of(reversed(states), NOW) == told


class Watched:
    """A desk whose log tells the time of a clock of its own, and a memory of what statistics said."""

    def __init__(self, desk: MiniDesk, clock: SettableClock) -> None:
        self.desk = MiniDesk.on(desk.database, clock)
        self.clock = clock
        self.told: list[Statistics] = []

    def ask(self, at: datetime, **about: Any) -> Statistics:
        """By counters where these can tell; states always say the same."""
        with self.desk.database.reading() as connection:
            by_counters = statistics(connection, at=at, last_recorded_at=self.desk.log.head().recorded_at, **about)
            assert statistics(connection, at=at, **about) == by_counters
            return by_counters

    def remember(self) -> None:
        told = self.ask(self.clock.now())
        with self.desk.database.reading() as connection:
            assert told.missed.number == len(late(connection, self.clock.now())), "the report says so too"
            assert told.due_soon.number == len(due_soon(connection, self.clock.now()))
            counted = totals(connection, self.clock.now())
        assert (counted.late, counted.due_soon) == (told.missed.number, told.due_soon.number)
        assert sum(counted.open_by_lifecycle.values()) == sum(counted.open_by_clock.values()) == told.open.number
        self.told.append(told)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(min_value=0))
def test_as_of_each_past_moment_the_answer_is_the_one_that_was_given_then(
    seed: int, fresh_desk: Callable[[], Any], clock: SettableClock, player: Player
) -> None:
    # given: a history, with the numbers as they were told while it went on
    random = Random(seed)  # noqa: S311 - reproducible, not secret
    player, clock.time = type(player)(random), NOW
    watched = Watched(fresh_desk(), clock)
    cases: list[Any] = []
    for number in range(60):
        clock.advance(hours=random.randrange(1, 40))
        if number % 10 == 0:
            cases.append(player.receive(clock.now()))
            watched.desk.save(cases[-1])
        case = player.one_of(cases)
        player.step(case, clock.now())
        watched.desk.save(case)
        watched.remember()
    # when it is asked again, then nothing has changed
    assert [watched.ask(each.as_of) for each in watched.told] == watched.told
    assert watched.ask(NOW - timedelta(days=3)).cases == 0
    # when the clock goes on and nothing is recorded, then counters and states agree, whatever is asked for
    for _ in range(20):
        clock.advance(days=random.randrange(1, 30))
        days = sorted((NOW + timedelta(days=random.randrange(-10, 60))).date() for _ in range(2))
        first, last = random.choice([(None, None), (days[0], None), (None, days[1]), (days[0], days[1])])
        controller = random.choice([None, *watched.told[-1].by_controller])
        watched.ask(clock.now(), received_from=first, received_until=last, controller=controller)
    assert watched.told[-1].cases == len(cases)


@given(st.dates(date(2018, 1, 1), date(2030, 12, 31)), st.integers(0, 2_000))
def test_a_period_is_few_years_months_and_days_that_cover_each_day_once_and_no_other(first: date, length: int) -> None:
    days = {first + timedelta(days=number) for number in range(length)}
    periods = periods_between(first, first + timedelta(days=length - 1))
    around = [first + timedelta(days=number) for number in range(-400, length + 400)]
    covered = [sum(sign for period, sign in periods.items() if day.isoformat().startswith(period)) for day in around]
    assert covered == [int(day in days) for day in around]
    assert len(periods) <= 2 * (6 + 16) + length // 365


def test_a_case_that_was_reopened_is_closed_as_of_the_days_between(
    desk: MiniDesk, player: Player, clock: SettableClock
) -> None:
    # given
    watched = Watched(desk, clock)
    case = player.receive(clock.now())
    watched.desk.save(case)
    clock.advance(hours=1)
    case.dismiss(CaseActing("ann", clock.now(), BERLIN), kind=DismissalKind.QUESTION, reason=player.sealed())
    watched.desk.save(case)
    closed_at = clock.now()
    clock.advance(hours=1)
    # when
    case.reopen(CaseActing("ann", clock.now(), BERLIN), reason=player.sealed())
    watched.desk.save(case)
    # then
    at_each_hour = [watched.ask(closed_at + timedelta(hours=hours)).open.number for hours in (-1, 0, 1)]
    assert at_each_hour == [1, 0, 1]
    assert watched.ask(closed_at).by_outcome["not-a-request"].number == 1
    assert watched.ask(closed_at + timedelta(minutes=59)).by_outcome["not-a-request"].number == 1


def test_a_period_counts_both_its_days_and_a_scope_leaves_out_the_rest(played: MiniDesk) -> None:
    now = datetime.now(UTC)

    def cases(**about: Any) -> int:
        with played.database.reading() as connection:
            return statistics(connection, at=now, **about).cases

    with played.database.reading() as connection:
        per_controller = statistics(connection, at=now).by_controller
    whole = cases()
    assert whole == sum(numbers.cases for numbers in per_controller.values()) > 0
    first = date(2026, 2, 1)
    before, on, after = (
        cases(received_until=first - timedelta(days=1)),
        cases(received_from=first, received_until=first),
        cases(received_from=first + timedelta(days=1)),
    )
    assert before + on + after == whole
    for controller, numbers in per_controller.items():
        assert cases(scope=frozenset({controller})) == numbers.cases == cases(controller=controller)
        assert cases(controller=controller, scope=frozenset({"elsewhere"})) == 0
    assert cases(scope=frozenset()) == 0
