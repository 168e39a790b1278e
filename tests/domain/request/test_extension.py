"""propose, approve or decline an extension; its notice leaves (GDPR Art. 12(3))."""

from datetime import date
from typing import Any

import pytest

from dsr.domain.deadlines import ExtensionTooLate
from dsr.domain.request.errors import (
    AlreadyExtended,
    AnswerDatesInvalid,
    ExtensionNotApproved,
    FourEyes,
    InvalidExtensionGround,
    LetterIncomplete,
    LetterKindWrong,
    NothingProposed,
    NotRegistered,
    ReasonRequired,
)
from dsr.domain.request.letters import REQUIRED_STATEMENTS, LetterKind
from dsr.domain.request.values import ExtensionGround
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, Made, OpenCase


@pytest.mark.parametrize("ground", ExtensionGround)
def test_complexity_and_number_of_requests_are_grounds(a_case: OpenCase, ground: ExtensionGround) -> None:
    case = a_case(Right.ACCESS)
    case.propose_extension(ground=ground.value)
    assert case.request.clock.extension is not None
    assert case.request.clock.extension.ground == ground.value
    assert case.deadline.statutory_due == date(2026, 4, 2)  # nothing moves yet


@pytest.mark.parametrize("ground", ["identity", "holidays", ""])
def test_failure_to_identify_and_anything_else_is_no_ground(a_case: OpenCase, ground: str) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(InvalidExtensionGround):
        case.propose_extension(ground=ground)


def test_an_extension_needs_reasons(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(ReasonRequired):
        case.propose_extension(reasons=None)


def test_a_letter_that_nobody_registered_is_not_extended(a_case: OpenCase) -> None:
    case = a_case()
    with case.refuses(NotRegistered):
        case.propose_extension()


def test_the_proposal_names_the_new_date(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_extension()
    assert case.events[-1].new_due == date(2026, 6, 2)


def extend(case: ACase, at: str) -> None:
    """Propose, approve and announce at one instant."""
    case.propose_extension(at=at)
    case.approve_extension()
    case.send_extension_notice()


@pytest.mark.parametrize(
    ("arrival", "at", "due"),
    [
        ("2026-11-30", "2026-12-10", date(2027, 3, 1)),
        ("2026-01-31", "2026-02-20", date(2026, 4, 30)),
    ],
)
def test_the_extension_counts_three_months_from_arrival_and_drops_the_promise(
    a_case: OpenCase, arrival: str, at: str, due: date
) -> None:
    case = a_case(Right.ACCESS, received_at=arrival)
    extend(case, at)
    deadline = case.deadline
    assert (deadline.statutory_due, deadline.effective_due, deadline.operational_due) == (due, due, due)
    assert deadline.promise_due is None
    assert deadline.extended


def test_the_notice_may_leave_in_the_last_minute_even_after_the_promise_was_missed(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, country="FR", received_at="2026-03-10")
    extend(case, "2026-04-10T21:59Z")
    assert case.deadline.effective_due == date(2026, 6, 10)


def test_the_notice_is_too_late_one_minute_after_the_month(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, country="FR", received_at="2026-03-10")
    case.propose_extension(at="2026-04-10T21:50Z")
    case.approve_extension()
    with case.refuses(ExtensionTooLate):
        case.send_extension_notice(at=case.instant("2026-04-10T22:01Z"))


def test_the_month_is_over_at_midnight(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, country="FR", received_at="2026-03-10")
    with case.refuses(ExtensionTooLate):
        case.propose_extension(at="2026-04-10T22:00Z")


def test_the_time_the_notice_left_counts_not_the_time_of_recording(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_extension(at="2026-03-20")
    case.approve_extension()
    notice = case.letter(LetterKind.EXTENSION, left="2026-04-02T23:59")
    case.send_extension_notice(notice=notice, at="2026-04-07", actor="service:outbox")
    assert case.deadline.effective_due == date(2026, 6, 2)
    assert case.request.clock.extended_at == case.instant("2026-04-02T23:59")


def test_suspension_and_extension_add_up(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity(at="2026-03-03")
    case.confirm_identity(at="2026-03-10")
    extend(case, "2026-04-09T23:00")  # later than the month without the seven days
    assert case.deadline.statutory_due == date(2026, 6, 9)


def test_a_deadline_is_extended_once(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    extend(case, "2026-03-10")
    with case.refuses(AlreadyExtended):
        case.propose_extension()


@pytest.mark.parametrize("approved", [False, True])
def test_one_extension_is_proposed_at_a_time(a_case: OpenCase, approved: bool) -> None:
    case = a_case(Right.ACCESS)
    case.propose_extension()
    if approved:
        case.approve_extension()
    with case.refuses(AlreadyExtended):
        case.propose_extension()


def test_who_proposed_does_not_decide(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ACCESS)
    case.propose_extension()
    for decision in (case.approve_extension, case.decline_extension):
        with case.refuses(FourEyes):
            decision(actor=made.handler)


def test_no_dpo_who_was_consulted_decides(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ACCESS)
    case.give_dpo_opinion()
    case.give_dpo_opinion(actor="dirk")
    case.propose_extension()
    for dpo in (made.dpo, "dirk"):
        with case.refuses(FourEyes):
            case.approve_extension(actor=dpo)


def test_there_is_nothing_to_decide_without_a_proposal(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    for decision in (case.approve_extension, case.decline_extension):
        with case.refuses(NothingProposed):
            decision()


def test_an_extension_is_decided_once(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_extension()
    case.approve_extension()
    for decision in (case.approve_extension, case.decline_extension):
        with case.refuses(NothingProposed):
            decision(actor="carol")


def test_declining_needs_a_reason_and_permits_another_proposal(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_extension()
    with case.refuses(ReasonRequired):
        case.decline_extension(reason=None)
    case.decline_extension()
    assert case.request.clock.extension is None
    case.propose_extension()


@pytest.mark.parametrize("proposed", [False, True])
def test_no_notice_leaves_before_somebody_else_agreed(a_case: OpenCase, proposed: bool) -> None:
    case = a_case(Right.ACCESS)
    if proposed:
        case.propose_extension()
    with case.refuses(ExtensionNotApproved):
        case.send_extension_notice()


def test_a_notice_can_not_have_left_before_the_approval_or_in_the_future(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_extension(at="2026-03-20")
    case.approve_extension()
    for left in ("2026-03-20T09:59", "2026-03-20T10:01"):
        with case.refuses(AnswerDatesInvalid):
            case.send_extension_notice(notice=case.letter(LetterKind.EXTENSION, left=left))


@pytest.mark.parametrize("statement", sorted(REQUIRED_STATEMENTS[LetterKind.EXTENSION]))
def test_the_notice_gives_its_reasons_and_the_new_date(a_case: OpenCase, statement: Any) -> None:
    case = a_case(Right.ACCESS)
    case.propose_extension()
    case.approve_extension()
    with case.refuses(LetterIncomplete):
        case.send_extension_notice(notice=case.letter(LetterKind.EXTENSION, without=statement))


def test_no_other_letter_extends(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_extension()
    case.approve_extension()
    with case.refuses(LetterKindWrong):
        case.send_extension_notice(notice=case.letter(LetterKind.CLARIFICATION))


def test_an_answer_found_to_have_come_earlier_voids_an_extension_that_relied_on_waiting(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.put(LetterKind.IDENTITY_QUESTION, at="2026-03-03")
    extend(case, "2026-04-20")  # in time only as long as the proof is outstanding
    assert case.deadline.extended
    case.confirm_identity(answered_at="2026-03-10", at="2026-04-21")
    deadline = case.deadline
    assert not deadline.extended
    assert (deadline.statutory_due, deadline.promise_due) == (date(2026, 4, 9), date(2026, 4, 8))
