"""A request about data that we process for another controller goes to that controller (docs/law §9)."""

from datetime import timedelta

import pytest

from dsr.domain.request.errors import (
    AnswerDatesInvalid,
    EvidenceNotPurged,
    FeeOutstanding,
    ItemNotOpen,
    MessageUnexamined,
    ReasonRequired,
)
from dsr.domain.request.forwarding import NotProcessor, RequestForwarded
from dsr.domain.request.grounds import RefusalGround
from dsr.domain.request.values import ItemStatus, Outcome
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, Made, OpenCase


@pytest.fixture
def letter(made: Made) -> ACase:
    """A case that was not triaged yet."""
    return made.case()


def test_a_forwarded_request_is_closed_and_says_when_to_whom_and_by_which_letter(letter: ACase) -> None:
    letter.forward(at="2026-03-04", forwarded_to="mail-order")
    (event,) = [each for each in letter.news if isinstance(each, RequestForwarded)]
    assert (event.forwarded_to, event.forwarded_at) == ("mail-order", letter.instant("2026-03-04"))
    assert letter.request.outcome is Outcome.FORWARDED


def test_a_registered_request_is_forwarded_before_anything_was_decided_and_may_be_opened_again(
    a_case: OpenCase,
) -> None:
    case = a_case(Right.ACCESS)
    case.forward()
    assert case.status("access") is ItemStatus.WITHDRAWN
    case.reopen()
    assert case.status("access") is ItemStatus.OPEN


def test_nothing_is_forwarded_to_a_controller_for_which_we_process_nothing(letter: ACase) -> None:
    with letter.refuses(NotProcessor):
        letter.forward(is_processor=False)


def test_a_request_that_was_decided_here_is_not_forwarded(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    with case.refuses(ItemNotOpen):
        case.forward()


def test_a_request_that_was_refused_in_part_here_is_not_forwarded(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ERASURE)
    case.propose_refusal(
        "erasure",
        refusal=made.refusal(
            ground=RefusalGround.LEGAL_OBLIGATION, provision="§ 147 AO", extent=("invoices",), in_part=True, claims=()
        ),
    )
    case.approve_refusal("erasure")
    assert case.status("erasure") is ItemStatus.OPEN
    with case.refuses(ItemNotOpen):
        case.forward()


def test_a_request_waits_for_its_messages_and_its_fee_before_it_is_forwarded(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_fee("access")
    with case.refuses(FeeOutstanding):
        case.forward()
    case.attach_follow_up()
    with case.refuses(MessageUnexamined):
        case.forward()


def test_forwarding_says_how_it_was_done_and_lies_in_the_past(letter: ACase) -> None:
    with letter.refuses(ReasonRequired):
        letter.forward(text=None)
    with letter.refuses(AnswerDatesInvalid):
        letter.forward(forwarded_at=letter.now + timedelta(minutes=1))


def test_evidence_of_identity_is_destroyed_with_the_forwarding(letter: ACase) -> None:
    letter.ask_identity(at="2026-03-03")
    letter.take_evidence()
    with letter.refuses(EvidenceNotPurged):
        letter.forward(evidence_destroyed=())
    letter.forward()
