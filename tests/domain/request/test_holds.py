"""What may not be deleted while it is needed (docs/law §3, §6)."""

from datetime import date
from typing import Any

import pytest

from dsr.domain.request.errors import ReasonRequired, RequestIsClosed
from dsr.domain.request.holds import HoldCoversNothing, HoldUnknown, Retained
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import HoldKind
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, OpenCase

RECORDINGS = Retained("acme-de", "recordings", ("telephony", "archive"), "P30D")
CONTRACTS = Retained("acme-de", "contracts", ("crm",), "P3Y")
IN_FRANCE = Retained("acme-fr", "recordings", ("telephony",), "P30D")


def held(case: ACase) -> Any:
    """(kind, activities) of what is held now."""
    return [(hold.kind, hold.activities) for hold in case.request.holds.values()]


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY])
def test_asking_for_a_copy_holds_what_would_be_deleted_before_it_is_due(a_case: OpenCase, right: Right) -> None:
    case = a_case()
    case.register(right, retained=(RECORDINGS, CONTRACTS))
    assert case.happened()[-1] == "hold-placed"
    [hold] = case.request.holds.values()
    assert (hold.kind, hold.activities, hold.systems) == (HoldKind.RETENTION, ("recordings",), ("archive", "telephony"))


@pytest.mark.parametrize("right", [Right.ERASURE, Right.CONSENT_WITHDRAWAL, Right.RECTIFICATION])
def test_no_other_right_holds_anything(a_case: OpenCase, right: Right) -> None:
    case = a_case()
    case.register(right, retained=(RECORDINGS,))
    assert held(case) == []


@pytest.mark.parametrize(
    ("received_at", "period", "holds"),
    [
        ("2026-03-02", "P30D", True),
        ("2026-03-02", "P92D", True),  # deleted on 2 June, when an extended deadline can end
        ("2026-03-02", "P93D", False),
        ("2026-03-02", "P3M", True),
        ("2026-03-02", "P4M", False),
        ("2026-03-02", "P4W", True),
        ("2025-11-30", "P90D", True),  # both end on 28 February
        ("2025-11-30", "P91D", False),
        ("2026-03-02", "P1Y", False),
    ],
)
def test_a_period_that_outlasts_the_latest_answer_needs_no_hold(
    a_case: OpenCase, received_at: str, period: str, holds: bool
) -> None:
    case = a_case(received_at=received_at)
    case.register(Right.ACCESS, retained=(Retained("acme-de", "calls", ("telephony",), period),))
    assert bool(held(case)) is holds


def test_periods_are_counted_in_calendar_units() -> None:
    retained = Retained("acme-de", "x", (), "P1Y1M1W1D")
    assert retained.kept_until(date(2026, 1, 31)) == date(2027, 3, 8)  # 28 February 2027, a week and a day


def test_only_the_data_of_a_controller_that_answers_is_held(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.ACCESS, retained=(RECORDINGS, IN_FRANCE))
    assert [hold.controller_id for hold in case.request.holds.values()] == ["acme-de"]
    case.open_items(Right.ACCESS, controllers=("acme-fr",), retained=(RECORDINGS, IN_FRANCE))
    assert [hold.controller_id for hold in case.request.holds.values()] == ["acme-de", "acme-fr"]


SEVEN_WEEKS = Retained("acme-de", "logs", ("crm",), "P7W")


def test_a_question_or_an_extension_finds_held_what_it_would_have_let_go(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.ACCESS, retained=(SEVEN_WEEKS,))
    assert held(case) == [(HoldKind.RETENTION, ("logs",))]
    case.put(LetterKind.IDENTITY_QUESTION, at="2026-03-03")
    case.confirm_identity(at="2026-04-10")
    assert case.deadline.statutory_due > SEVEN_WEEKS.kept_until(case.request.received_on)
    case.propose_extension()
    case.approve_extension()
    case.send_extension_notice()
    assert held(case) == [(HoldKind.RETENTION, ("logs",))]


@pytest.mark.parametrize(("at", "holds"), [("2026-03-31T23:59", False), ("2026-04-01T00:00", True)])
def test_a_copy_that_is_asked_for_later_is_reckoned_from_that_local_day(a_case: OpenCase, at: str, holds: bool) -> None:
    """Deleted on 1 July: within three months of 1 April in Berlin, which begins on 31 March in UTC."""
    case = a_case(Right.ERASURE)
    case.open_items(Right.ACCESS, retained=(Retained("acme-de", "logs", ("crm",), "P121D"),), at=at)
    assert bool(held(case)) is holds


def test_a_legal_hold_holds_nothing_for_the_answer_since_it_may_be_released_before(a_case: OpenCase) -> None:
    case = a_case()
    case.place_hold(activities=RECORDINGS.activity.split(), systems=RECORDINGS.systems)
    case.register(Right.ACCESS, retained=(RECORDINGS,))
    case.release_hold(next(iter(case.request.holds)))
    assert held(case) == [(HoldKind.RETENTION, ("recordings",))]


@pytest.mark.parametrize(("systems", "again"), [(("telephony", "archive"), False), (("telephony",), True)])
def test_what_is_held_for_an_answer_already_is_held_once_if_all_of_it_is(
    a_case: OpenCase, systems: tuple[str, ...], again: bool
) -> None:
    case = a_case()
    case.place_hold(kind=HoldKind.RETENTION, activities=("recordings",), systems=systems)
    case.register(Right.ACCESS, retained=(RECORDINGS,))
    assert (len(held(case)) == 2) is again


def test_closing_releases_what_the_answer_needed_and_no_legal_hold(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.ACCESS, retained=(RECORDINGS,))
    case.place_hold()
    case.grant("access")
    case.record_done("access")
    case.record_answer("access")
    assert len(held(case)) == 2
    case.close()
    assert case.happened() == ["closed", "hold-released"]
    assert [kind for kind, _ in held(case)] == [HoldKind.LEGAL]


def test_taking_back_the_request_releases_what_was_held_for_it(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.ACCESS, Right.ERASURE, retained=(RECORDINGS,))
    case.withdraw(item_ids=("erasure",))
    assert held(case)
    case.withdraw(item_ids=("access",))
    assert held(case) == []


def test_what_is_no_request_keeps_nothing_for_an_answer(a_case: OpenCase) -> None:
    case = a_case()
    case.place_hold(kind=HoldKind.RETENTION)
    case.place_hold(kind=HoldKind.LEGAL)
    case.dismiss()
    assert [kind for kind, _ in held(case)] == [HoldKind.LEGAL]


def test_a_duplicate_leaves_the_hold_to_the_case_that_answers(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.ACCESS, retained=(RECORDINGS,))
    case.link_duplicate()
    assert held(case) == []


def test_reopening_a_copy_holds_again_what_it_needs(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.ACCESS, retained=(RECORDINGS,))
    case.record_nothing_held("access")
    case.record_answer("access")
    case.close()
    case.reopen("access", retained=(RECORDINGS,))
    assert held(case) == [(HoldKind.RETENTION, ("recordings",))]


@pytest.mark.parametrize(("at", "holds"), [("2028-12-01", False), ("2028-12-02", True)])
def test_what_a_reopened_copy_needs_is_reckoned_from_today(a_case: OpenCase, at: str, holds: bool) -> None:
    case = a_case()
    case.register(Right.ACCESS, retained=(CONTRACTS,))
    case.record_nothing_held("access")
    case.record_answer("access")
    case.close()
    case.reopen("access", retained=(CONTRACTS,), at=at)  # which are deleted on 2 March 2029
    assert bool(held(case)) is holds


# By hand -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [HoldKind.LEGAL, HoldKind.RETENTION])
def test_a_hold_is_placed_and_released_with_a_reason(a_case: OpenCase, kind: HoldKind) -> None:
    case = a_case(Right.ERASURE)
    with case.refuses(ReasonRequired):
        case.place_hold(kind=kind, reason=None)
    case.place_hold(kind=kind)
    with case.refuses(ReasonRequired):
        case.release_hold(reason=None)
    case.release_hold()
    with case.refuses(HoldUnknown):
        case.release_hold(case.events[-1].hold_id)


def test_a_hold_names_what_it_covers(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    with case.refuses(HoldCoversNothing):
        case.place_hold(activities=(), systems=())


def test_claims_come_after_closing_and_a_retention_hold_does_not(answered: ACase) -> None:
    answered.place_hold(kind=HoldKind.LEGAL)
    with answered.refuses(RequestIsClosed):
        answered.place_hold(kind=HoldKind.RETENTION)
    answered.release_hold()
