"""record the answer (GDPR Art. 12(1), (3), (4); docs/law §5)."""

from typing import Any

import pytest

from dsr.domain.request.errors import (
    AnswerDatesInvalid,
    ClarificationNotAsked,
    IdentityNotAsked,
    ItemsOpen,
    ItemUnknown,
    LetterIncomplete,
    LetterKindWrong,
    RequestIsClosed,
)
from dsr.domain.request.letters import ANSWER_OF, NOTHING_HELD_STATEMENTS, REQUIRED_STATEMENTS, TO_OTHERS, LetterKind
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, Made, OpenCase

K = LetterKind
WHOLE = [(kind, statement) for kind in LetterKind for statement in sorted(REQUIRED_STATEMENTS[kind])]


def ready_for(a_case: OpenCase, kind: LetterKind) -> Any:
    """A case from which a letter of the kind may leave, and the items it answers."""
    right = next((right for right, answer in ANSWER_OF.items() if answer is kind), Right.ACCESS)
    case = a_case(right)
    match kind:
        case K.ACKNOWLEDGEMENT | K.CONTRACT_CLAUSES | K.REPLY:
            return case, ()
        case K.FORWARDING:
            case = a_case()
            case.forward()
            return case, ()
        case K.DISMISSAL:
            case = a_case()
            case.dismiss()
            return case, ()
        case K.IDENTITY_QUESTION | K.REMINDER:
            case.ask_identity()
            return case, ()
        case K.QUESTION_REMINDER:
            case.ask_question()
            return case, ()
        case K.CLARIFICATION:
            case.ask_clarification()
            return case, ()
        case K.REFUSAL:
            case.propose_refusal("access")
            case.approve_refusal("access")
            return case, ("access",)
        case K.ENDING:
            case.propose_end()
            case.approve_end()
            return case, ("access",)
    case.grant(right.value)
    case.record_done(right.value)
    return case, (right.value,)


RECORDED_ELSEWHERE = (K.EXTENSION, K.FEE, K.LIFTING, K.PASSWORD, K.QUESTION, *TO_OTHERS)
RECORDED_HERE = [kind for kind in LetterKind if kind not in RECORDED_ELSEWHERE]


@pytest.mark.parametrize("kind", RECORDED_HERE)
def test_a_whole_letter_leaves(a_case: OpenCase, kind: Any) -> None:
    case, items = ready_for(a_case, kind)
    case.record_answer(*items, kind=kind)
    assert case.happened() == ["answer-sent"]
    assert case.events[-1].letter.kind is kind
    assert all(case.request.items[item].answered for item in items)


@pytest.mark.parametrize("rights", [(), (Right.ACCESS,)])
@pytest.mark.parametrize("closed", [False, True])
def test_a_plain_reply_leaves_before_registration_and_after_closing(
    a_case: OpenCase, rights: tuple[Right, ...], closed: bool
) -> None:
    case = a_case(*rights)
    if closed and rights:
        case.withdraw()
    elif closed:
        case.dismiss()
    dates, outcome = case.request.clock.deadline, case.request.outcome
    case.record_answer(kind=K.REPLY)
    assert case.happened() == ["answer-sent"]
    assert (case.request.clock.deadline, case.request.outcome) == (dates, outcome)
    assert case.request.answered_at is None, "it answers no right"


def test_the_reasons_of_a_dismissal_leave_after_it(a_case: OpenCase) -> None:
    case = a_case()
    with case.refuses(LetterKindWrong):
        case.record_answer(kind=K.DISMISSAL)
    case.dismiss(at="2026-03-10T12:00")
    with case.refuses(AnswerDatesInvalid):
        case.record_answer(kind=K.DISMISSAL, left="2026-03-10T11:59", at="2026-03-11")
    case.record_answer(kind=K.DISMISSAL, left="2026-03-10T12:00", at="2026-03-11")
    case.reopen(at="2026-03-12")
    with case.refuses(LetterKindWrong):
        case.record_answer(kind=K.DISMISSAL, at="2026-03-12")


@pytest.mark.parametrize("kind", [K.ACKNOWLEDGEMENT, K.CONTRACT_CLAUSES, K.ACCESS])
def test_no_other_letter_is_recorded_on_a_closed_case(a_case: OpenCase, kind: Any) -> None:
    case = a_case(Right.ACCESS)
    case.withdraw()
    with case.refuses(RequestIsClosed):
        case.record_answer(kind=kind)


@pytest.mark.parametrize(("kind", "statement"), [pair for pair in WHOLE if pair[0] in RECORDED_HERE])
def test_a_letter_that_lacks_a_required_statement_is_not_sent(a_case: OpenCase, kind: Any, statement: Any) -> None:
    case, items = ready_for(a_case, kind)
    with case.refuses(LetterIncomplete) as told:
        case.record_answer(*items, kind=kind, without=statement)
    assert told.facts["missing"] == [statement]


@pytest.mark.parametrize("statement", sorted(NOTHING_HELD_STATEMENTS))
def test_the_answer_that_nothing_is_held_is_whole_too(a_case: OpenCase, statement: Any) -> None:
    case = a_case(Right.ACCESS)
    case.record_nothing_held("access")
    with case.refuses(LetterIncomplete):
        case.record_answer("access", without=statement)
    case.record_answer("access")


def test_what_is_undecided_is_not_answered(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    for _ in range(2):
        with case.refuses(ItemsOpen):
            case.record_answer("access", kind=K.ACCESS)
        if not case.request.items["access"].answered and case.request.lifecycle == "assessing":
            case.grant("access")


def test_only_items_of_the_case_are_answered(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(ItemUnknown):
        case.record_answer("erasure", kind=K.ERASURE)


def test_a_refused_item_is_answered_by_a_refusal_and_by_nothing_else(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_refusal("access")
    case.approve_refusal("access")
    with case.refuses(LetterKindWrong):
        case.record_answer("access", kind=K.ACCESS)
    case.record_answer("access", kind=K.REFUSAL)


def test_no_refusal_leaves_before_it_was_approved(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_refusal("access")
    case.approve_refusal("access", at="2026-03-10T12:00")
    with case.refuses(AnswerDatesInvalid):
        case.record_answer("access", kind=K.REFUSAL, left="2026-03-10T11:59", at="2026-03-11")
    case.record_answer("access", kind=K.REFUSAL, left="2026-03-10T12:00", at="2026-03-11")


def carried_out(case: ACase, how: str) -> None:
    """Decide the item of access on 10 March at noon."""
    match how:
        case "done":
            case.grant("access", at="2026-03-04")
            case.record_done("access", at="2026-03-10T12:00")
        case "recorded late":
            case.grant("access", at="2026-03-04")
            case.record_done("access", done_at="2026-03-10T12:00", at="2026-03-10T15:00")
        case "nothing held":
            case.record_nothing_held("access", at="2026-03-10T12:00")
        case "searched before":
            case.record_nothing_held("access", done_at="2026-03-10T12:00", at="2026-03-10T15:00")
        case "refused":
            case.propose_refusal("access")
            case.approve_refusal("access", at="2026-03-10T12:00")


@pytest.mark.parametrize("how", ["done", "recorded late", "nothing held", "searched before", "refused"])
def test_no_answer_left_before_what_it_tells(a_case: OpenCase, how: str) -> None:
    case = a_case(Right.ACCESS)
    carried_out(case, how)
    with case.refuses(AnswerDatesInvalid):
        case.record_answer("access", left="2026-03-10T11:59", at="2026-06-01")
    case.record_answer("access", left="2026-03-10T12:00", at="2026-06-01", actor="service:outbox")
    assert not case.events[-1].late


def test_a_late_decision_is_not_hidden_by_an_earlier_date_on_the_letter(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.record_done("access", at="2026-06-01")
    with case.refuses(AnswerDatesInvalid):
        case.record_answer("access", left="2026-03-05")
    case.record_answer("access")
    assert case.events[-1].late


def test_a_part_that_was_refused_last_is_told_after_that(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ERASURE)
    case.grant("erasure")
    part = {"ground": "legal-obligation", "provision": "HGB", "in_part": True, "extent": ("invoices",)}
    case.propose_refusal("erasure", refusal=made.refusal(**part))
    case.approve_refusal("erasure", at="2026-03-10")
    case.record_done("erasure", done_at="2026-03-05", at="2026-03-11")
    with case.refuses(AnswerDatesInvalid):
        case.record_answer("erasure", refuses=True, left="2026-03-06")
    case.record_answer("erasure", refuses=True, left="2026-03-10")


def test_what_was_reopened_is_not_answered_by_a_letter_from_before(answered: ACase) -> None:
    answered.reopen("access", at="2026-04-20")
    answered.grant("access")
    answered.record_done("access", done_at="2026-03-09", at="2026-04-21")
    with answered.refuses(AnswerDatesInvalid):
        answered.record_answer("access", left="2026-03-10")
    answered.record_answer("access")
    assert answered.events[-1].late


def test_nobody_was_told_that_they_stay_unidentified_before_that_was_known(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity(at="2026-03-03")
    case.record_answer(kind=K.IDENTITY_QUESTION)
    case.give_up_identity(at="2026-06-01")
    with case.refuses(AnswerDatesInvalid):
        case.record_answer(left="2026-03-04")
    case.record_answer()
    assert case.events[-1].late
    case.close(unidentified=True)
    case.reopen(at="2026-07-01")
    with case.refuses(AnswerDatesInvalid):
        case.record_answer(left="2026-06-15")


def test_each_right_has_its_own_letter(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.PORTABILITY)
    for item in ("access", "portability"):
        case.grant(item)
        case.record_done(item)
    with case.refuses(LetterKindWrong):
        case.record_answer("access", "portability")
    case.record_answer("access")
    case.record_answer("portability")


@pytest.mark.parametrize("kind", [*ANSWER_OF.values(), K.REFUSAL])
def test_an_answer_names_the_items_it_answers(a_case: OpenCase, kind: Any) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(LetterKindWrong):
        case.record_answer(kind=kind)


def test_a_withdrawn_item_is_owed_no_answer(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.withdraw(item_ids=("access",))
    with case.refuses(LetterKindWrong):
        case.record_answer("access", kind=K.ACCESS)


def test_no_identity_question_leaves_unless_identity_was_asked(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(IdentityNotAsked):
        case.record_answer(kind=K.IDENTITY_QUESTION)


def test_no_clarification_leaves_unless_it_was_asked(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(ClarificationNotAsked):
        case.record_answer(kind=K.CLARIFICATION)


@pytest.mark.parametrize("kind", sorted(TO_OTHERS))
def test_what_recipients_and_the_team_are_told_is_no_answer(a_case: OpenCase, kind: K) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(LetterKindWrong):
        case.record_answer(kind=kind)


def test_nobody_is_reminded_of_a_question_that_was_not_asked(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(IdentityNotAsked):
        case.record_answer(kind=K.REMINDER)


def test_the_notice_of_an_extension_does_not_leave_past_its_approval(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(LetterKindWrong):
        case.record_answer(kind=K.EXTENSION)


def test_a_letter_left_neither_before_the_request_arrived_nor_in_the_future(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    for left in ("2026-03-02T09:59", "2026-03-02T10:01"):
        with case.refuses(AnswerDatesInvalid):
            case.record_answer(kind=K.ACKNOWLEDGEMENT, left=left)


@pytest.mark.parametrize(
    ("left", "late", "promise_missed"),
    [
        ("2026-04-01T23:59", False, False),
        ("2026-04-02T00:00", False, True),
        ("2026-04-02T23:59", False, True),
        ("2026-04-03T00:00", True, True),
    ],
)
def test_what_was_missed_is_recorded_and_blocks_no_answer(
    a_case: OpenCase, left: str, late: bool, promise_missed: bool
) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.record_done("access")
    case.record_answer("access", left=left, at="2026-04-20", actor="service:outbox")
    sent = case.events[-1]
    assert (sent.late, sent.promise_missed) == (late, promise_missed)
    case.close()


def test_a_late_acknowledgement_is_no_late_answer(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.record_answer(kind=K.ACKNOWLEDGEMENT, at="2026-04-20")
    assert not case.events[-1].late


def test_a_refusal_letter_after_the_month_is_recorded_as_late(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_refusal("access")
    case.approve_refusal("access")
    case.record_answer("access", at="2026-04-03T00:00")
    assert case.events[-1].late


@pytest.mark.parametrize(("at", "late"), [("2026-04-02T23:59", False), ("2026-04-03T00:00", True)])
def test_who_stays_unidentified_hears_so_within_the_month_that_nothing_suspended(
    a_case: OpenCase, at: str, late: bool
) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity(at="2026-03-03")
    case.give_up_identity(at="2026-03-31")
    case.record_answer(at=at)
    assert case.events[-1].late is late
