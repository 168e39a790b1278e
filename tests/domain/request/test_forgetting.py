"""propose, approve, decline and attest the forgetting of a case file (GDPR Art. 5(1)(e); docs/law §7)."""

from datetime import date
from typing import Any

import pytest

from dsr.domain.request.errors import CaseForgotten, FourEyes, NothingProposed, ReasonRequired
from dsr.domain.request.forgetting import CaseFileKept, ForgettingNotOrdered
from dsr.domain.request.standing import ForgettingGround, HoldKind
from dsr.domain.request.state_guards import STATE_GUARDS
from dsr.domain.request.values import Outcome
from dsr.domain.rights import Right
from dsr.domain.ropa import kept_until, last_year_due
from tests.domain.request.a_case import OpenCase


def closed(a_case: OpenCase) -> Any:
    """A case that was no request."""
    case = a_case()
    case.dismiss()
    return case


def reasons(kept: Any) -> list[str]:
    return list(kept.value.facts["reasons"])


def test_a_file_is_forgotten_by_two_people_with_reasons(a_case: OpenCase) -> None:
    case = closed(a_case)
    with case.refuses(ReasonRequired):
        case.propose_forgetting(reasons=None)
    with case.refuses(NothingProposed):
        case.approve_forgetting()
    case.propose_forgetting(actor="ann")
    with case.refuses(FourEyes):
        case.approve_forgetting(actor="ann")
    case.approve_forgetting(actor="bob")
    assert case.request.is_forgotten
    assert case.request.outcome is Outcome.NOT_A_REQUEST


def test_a_file_that_an_approver_wants_to_keep_is_kept(a_case: OpenCase) -> None:
    case = closed(a_case)
    case.propose_forgetting()
    with case.refuses(ReasonRequired):
        case.decline_forgetting(reason=None)
    case.decline_forgetting()
    assert case.request.forgetting is None
    with case.refuses(NothingProposed):
        case.approve_forgetting()


def test_an_open_case_and_what_is_held_for_claims_are_kept(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with pytest.raises(CaseFileKept) as kept:
        case.propose_forgetting()
    assert reasons(kept) == ["open"]
    other = closed(a_case)
    other.propose_forgetting()
    other.place_hold(kind=HoldKind.LEGAL)
    with pytest.raises(CaseFileKept) as kept:
        other.approve_forgetting()
    assert reasons(kept) == ["hold"]


def test_the_period_ends_three_years_after_the_year_of_closing(a_case: OpenCase) -> None:
    case = closed(a_case)
    assert kept_until(date(2026, 1, 1), "P3Y") == kept_until(date(2026, 12, 31), "P3Y") == date(2030, 1, 1)
    case.now = case.instant("2029-12-31")
    with case.refuses(CaseFileKept):
        case.propose_forgetting(ground=ForgettingGround.PERIOD, reasons=None)
    case.now = case.instant("2030-01-01")
    case.propose_forgetting(ground=ForgettingGround.PERIOD, reasons=None)


@pytest.mark.parametrize("period", ["P3Y", "P6M", "P30D", "P0D", "P10Y"])
def test_what_was_closed_up_to_the_last_year_due_may_go_and_nothing_later(period: str) -> None:
    for today in (date(2030, 1, 1), date(2030, 2, 1), date(2030, 12, 31)):
        year = last_year_due(today, period)
        assert kept_until(date(year, 12, 31), period) <= today < kept_until(date(year + 1, 1, 1), period)


def test_a_case_is_kept_for_the_period_of_its_controller(a_case: OpenCase) -> None:
    case = closed(a_case)
    case.now = case.instant("2027-06-30")
    with case.refuses(CaseFileKept):
        case.propose_forgetting(ground=ForgettingGround.PERIOD, reasons=None, period="P6M")
    case.now = case.instant("2027-07-01")
    case.propose_forgetting(ground=ForgettingGround.PERIOD, reasons=None, period="P6M")


def test_a_forgotten_case_refuses_every_command_but_the_attestation(a_case: OpenCase) -> None:
    case = closed(a_case)
    with case.refuses(ForgettingNotOrdered):
        case.attest_forgetting()
    case.propose_forgetting()
    case.approve_forgetting()
    for command in STATE_GUARDS.keys() - {"attest_forgetting"}:
        with case.refuses(CaseForgotten):
            STATE_GUARDS[command].function(case.request)  # which every command asks before all else
    case.attest_forgetting()
    with case.refuses(ForgettingNotOrdered):
        case.attest_forgetting()


def test_a_case_that_a_backup_brought_back_open_is_forgotten_again(a_case: OpenCase) -> None:
    # given: in the backup data is held
    case = a_case(Right.ACCESS)
    case.place_hold(kind=HoldKind.LEGAL)
    # when
    case.restore_forgetting()
    # then
    assert case.happened()[-2:] == ["hold-released", "forgetting-restored"]
    assert case.request.is_forgotten
    assert (case.request.outcome, case.request.holds, case.request.messages_waiting) == (Outcome.FULFILLED, {}, ())
    with case.refuses(CaseForgotten):
        case.restore_forgetting()
    case.attest_forgetting()
