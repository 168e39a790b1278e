"""Every message is examined by a person (docs/law §9)."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from dsr.domain.request.clarification import ClarificationReceived
from dsr.domain.request.closing import ItemEffected
from dsr.domain.request.due import Due
from dsr.domain.request.errors import (
    AnswerDatesInvalid,
    ClarificationNotAsked,
    ConfirmationRequired,
    EvidenceNotPurged,
    IdentityNotAsked,
    ItemNotOpen,
    ItemUnknown,
    MessageUnexamined,
    MessageUnknown,
    NoRightIdentified,
    ReasonRequired,
    ResponseNotSent,
)
from dsr.domain.request.intake import FollowUpReceived
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.message import MessageKind
from dsr.domain.request.messages import MessageExaminedBefore, MessageOpensCase, MessageStandsElsewhere
from dsr.domain.request.values import IdentityStatus, Outcome
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyPurpose
from tests.domain.request.a_case import ACase, Made, OpenCase


def message(case: ACase, **facts: Any) -> UUID:
    """A message arrives; its id."""
    case.attach_follow_up(**facts)
    return case.message_id


def waiting(case: ACase) -> list[UUID]:
    return [each.message_id for each in case.request.messages_waiting]


# A message has a state of its own -----------------------------------------------------------------------------------


def test_a_message_waits_with_its_arrival_and_the_date_of_a_new_request(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    message(case, at="2026-03-20", suggested_rights=(Right.ERASURE,))
    (found,) = case.request.messages_waiting
    assert found.received_on == date(2026, 3, 20)
    assert found.due == date(2026, 4, 19), "the promise of a request of that day"
    assert found.examine_by == date(2026, 3, 23), "one working day, after a weekend"
    assert found.suggested_rights == (Right.ERASURE,)


def test_a_message_on_a_closed_case_waits_too(answered: ACase) -> None:
    found = message(answered, at="2026-09-26")
    assert answered.request.is_closed
    assert waiting(answered) == [found]


def test_what_a_machine_sends_is_filed_and_waits_for_nobody(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    message(case, at="2026-03-20", automatic=True)
    assert waiting(case) == []


def test_registration_examines_the_first_message(a_case: OpenCase) -> None:
    case = a_case()
    (first,) = case.request.messages.values()
    assert (first.opens_case, first.kind) == (True, None)
    case.register(Right.ACCESS)
    assert case.request.messages[first.message_id].kind is MessageKind.NEW_REQUEST
    with case.refuses(MessageOpensCase):
        case.examine_messages((first.message_id,))


def test_dismissal_examines_the_first_message(a_case: OpenCase) -> None:
    case = a_case()
    case.dismiss()
    assert [each.kind for each in case.request.messages.values()] == [MessageKind.NOTHING_TO_DO]


def test_a_message_is_overdue_after_one_working_day_on_a_closed_case_too(answered: ACase) -> None:
    found = message(answered, at="2026-03-20")
    answered.now = answered.instant("2026-03-24T00:00")
    (coming,) = answered.request.coming(answered.calendar, answered.now)
    assert (coming.occasion.kind, coming.occasion.subject) == (Due.MESSAGE_OVERDUE, str(found))
    answered.record_due(occasion=coming.occasion)
    assert answered.happened() == ["message-overdue"]


def filed_before(case: ACase, *, at: str) -> None:
    """A message under version 1 of its event, which had no dates."""
    case.attach_follow_up(at=at)
    (event,) = case.news
    state = {name: value for name, value in vars(event).items() if name not in ("automatic", "suggested_rights")}
    FollowUpReceived.upcast_v1_v2(state)
    old = FollowUpReceived(**state)
    case.events[-1] = old
    old.apply(case.request)


def test_a_message_filed_before_this_rule_waits_on_an_open_case(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    filed_before(case, at="2026-03-09")
    assert len(waiting(case)) == 1


def test_a_message_filed_before_this_rule_waits_on_a_closed_case_if_it_came_after_the_answer(answered: ACase) -> None:
    filed_before(answered, at="2026-03-11")
    assert len(waiting(answered)) == 1


def test_a_message_filed_before_the_answer_of_a_closed_case_is_settled_by_it(made: Made) -> None:
    case = made.case()
    case.register(Right.ACCESS)
    filed_before(case, at="2026-03-05")
    case.grant("access", at="2026-03-09")
    case.record_done("access")
    case.record_answer("access", at="2026-03-10")
    assert len(waiting(case)) == 1
    case.request.end(Outcome.FULFILLED, at=case.now)  # as an old history closed it, without the guard
    assert waiting(case) == []


# Examining ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        MessageKind.ANSWER,
        MessageKind.REMINDER,
        MessageKind.COMPLAINT,
        MessageKind.MANDATE,
        MessageKind.CONTACT_CORRECTION,
        MessageKind.INCIDENT,
        MessageKind.NOTHING_TO_DO,
    ],
)
def test_examining_says_what_several_messages_are_and_moves_no_date(a_case: OpenCase, kind: MessageKind) -> None:
    case = a_case(Right.ACCESS)
    both = message(case, at="2026-03-09"), message(case, at="2026-03-10")
    before = case.deadline
    case.examine_messages(both, kind=kind)
    assert case.happened() == ["message-examined", "message-examined"]
    assert waiting(case) == []
    assert case.deadline == before


def test_that_nothing_is_to_do_needs_a_reason(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    message(case)
    with case.refuses(ReasonRequired):
        case.examine_messages(kind=MessageKind.NOTHING_TO_DO, reason=None)


def test_only_messages_of_the_case_are_examined(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(MessageUnknown):
        case.examine_messages((case.uuid(),))
    with case.refuses(MessageUnknown):
        case.examine_messages(message_ids=())


def test_the_case_waits_for_a_message_elsewhere_that_claims_its_thread_until_somebody_looked_at_it(
    a_case: OpenCase,
) -> None:
    # given
    case = a_case(Right.ERASURE)
    # when
    case.note_claim(at="2026-03-20")
    # then
    (claim,) = case.request.messages_waiting
    assert (claim.due, claim.examine_by) == (date(2026, 4, 19), date(2026, 3, 23))
    with case.refuses(MessageUnexamined) as refused:
        case.grant("erasure")
    assert refused.facts == {"message_ids": [str(claim.message_id)]}
    with case.refuses(MessageStandsElsewhere):
        case.examine_messages((claim.message_id,))
    # when
    case.settle_claim(claim.message_id)
    # then
    assert waiting(case) == []
    case.grant("erasure")
    with case.refuses(MessageUnknown):
        case.settle_claim(claim.message_id)


def test_a_mistake_is_mended_by_another_examination_unless_something_followed(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    message(case)
    case.examine_messages(kind=MessageKind.REMINDER)
    case.examine_messages(kind=MessageKind.NEW_REQUEST, rights=(Right.ERASURE,), linked_request=case.uuid())
    with case.refuses(MessageExaminedBefore):
        case.examine_messages(kind=MessageKind.NOTHING_TO_DO)


@pytest.mark.parametrize("kind", [MessageKind.DISPUTE, MessageKind.IDENTIFIERS])
def test_what_has_no_effect_on_an_open_case_is_examined_again(a_case: OpenCase, kind: MessageKind) -> None:
    case = a_case(Right.ACCESS)
    message(case)
    case.examine_messages(kind=kind)
    linked = case.uuid()
    case.examine_messages(kind=MessageKind.NEW_REQUEST, rights=(Right.ERASURE,), linked_request=linked)
    *_, found = case.request.messages.values()
    assert found.kind is MessageKind.NEW_REQUEST


def test_what_has_no_effect_on_a_closed_case_is_examined_again(answered: ACase) -> None:
    message(answered)
    answered.examine_messages(kind=MessageKind.WITHDRAWAL)
    answered.examine_messages(kind=MessageKind.DISPUTE)
    with answered.refuses(MessageExaminedBefore):
        answered.examine_messages(kind=MessageKind.REMINDER)


def test_a_new_request_names_its_rights(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    message(case)
    with case.refuses(NoRightIdentified):
        case.examine_messages(kind=MessageKind.NEW_REQUEST)


# Answers ------------------------------------------------------------------------------------------------------------


def asked(a_case: OpenCase) -> ACase:
    """Asked on 3 March who asks; a mail with a scan came on 10 March."""
    case = a_case(Right.ACCESS)
    case.put(LetterKind.IDENTITY_QUESTION, at="2026-03-03")
    keys = case.key(KeyPurpose.MESSAGE), case.key(KeyPurpose.BLOB)
    message(case, at="2026-03-10", keys=keys, original=None)
    return case


def test_a_scan_sent_by_reply_dies_with_the_decision_on_identity(a_case: OpenCase) -> None:
    case = asked(a_case)
    keys = {key.key_id for key in case.news[0].keys}
    case.examine_messages(kind=MessageKind.IDENTITY_ANSWER, at="2026-03-12")
    assert case.happened() == ["message-examined", "identity-answer-received"]
    assert set(case.evidence) == keys
    with case.refuses(EvidenceNotPurged):
        case.confirm_identity(answered_at="2026-03-10", evidence_destroyed=())
    case.confirm_identity(answered_at="2026-03-10", evidence_destroyed=keys)
    assert case.evidence == ()
    assert case.deadline.statutory_due == date(2026, 4, 9), "seven days, to the arrival and not to the examination"


def test_nobody_states_alone_that_the_proof_came_later_than_it_did(a_case: OpenCase) -> None:
    """Whoever confirmed on a later day could let the clock stand still until then."""
    case = asked(a_case)
    case.examine_messages(kind=MessageKind.IDENTITY_ANSWER, at="2026-03-12")
    with case.refuses(AnswerDatesInvalid):
        case.confirm_identity(answered_at="2026-03-30", at="2026-03-30")
    message(case, at="2026-03-30")
    case.examine_messages(kind=MessageKind.IDENTITY_ANSWER)
    case.confirm_identity(answered_at="2026-03-30")
    assert case.request.clock.suspensions[0].sufficient == date(2026, 3, 30)


def test_a_proof_from_before_the_question_does_not_keep_it_open_for_ever(a_case: OpenCase) -> None:
    """Any day was refused: those before the question, and those after the old proof."""
    case = a_case(Right.ACCESS)
    case.put(LetterKind.IDENTITY_QUESTION, at="2026-03-06")
    case.take_identity_evidence(received_at="2026-03-04", at="2026-03-12")
    case.confirm_identity(answered_at="2026-03-12", at="2026-03-12")
    assert case.request.clock.suspensions[0].sufficient == date(2026, 3, 12)


def test_nobody_is_reminded_while_a_message_waits(a_case: OpenCase) -> None:
    """An answer to the identity question by reply was ignored, and the person was told that none had come."""
    case = asked(a_case)
    case.now = case.instant("2026-03-26")
    kinds = {each.occasion.kind for each in case.request.coming(case.calendar, case.now)}
    assert kinds.isdisjoint({Due.IDENTITY_REMINDER_DUE, Due.IDENTITY_UNANSWERED})
    case.examine_messages(kind=MessageKind.REMINDER)
    kinds = {each.occasion.kind for each in case.request.coming(case.calendar, case.now)}
    assert {Due.IDENTITY_REMINDER_DUE, Due.IDENTITY_UNANSWERED} <= kinds


def test_no_answer_about_identity_is_taken_where_nobody_asked(answered: ACase) -> None:
    message(answered)
    with answered.refuses(IdentityNotAsked):
        answered.examine_messages(kind=MessageKind.IDENTITY_ANSWER)


def test_the_clock_runs_again_from_the_arrival_of_the_clarification(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.put(LetterKind.CLARIFICATION, at="2026-03-06")
    message(case, at="2026-03-17")
    case.examine_messages(kind=MessageKind.CLARIFICATION_ANSWER, at="2026-03-20")
    assert case.happened() == ["message-examined", "clarification-received", "clock-resumed"]
    assert isinstance(case.news[1], ClarificationReceived)
    assert case.deadline.statutory_due == date(2026, 4, 13)


def test_no_clarification_is_taken_where_nobody_asked_or_before_the_question(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    message(case, at="2026-03-03")
    with case.refuses(ClarificationNotAsked):
        case.examine_messages(kind=MessageKind.CLARIFICATION_ANSWER)
    case.put(LetterKind.CLARIFICATION, at="2026-03-06")
    with case.refuses(AnswerDatesInvalid):
        case.examine_messages(kind=MessageKind.CLARIFICATION_ANSWER)


# Withdrawals --------------------------------------------------------------------------------------------------------


def test_a_withdrawal_by_reply_closes_the_case_and_ends_the_suspension_on_its_arrival(a_case: OpenCase) -> None:
    case = asked(a_case)
    case.examine_messages(kind=MessageKind.WITHDRAWAL, at="2026-03-20")
    assert case.request.outcome is Outcome.WITHDRAWN
    (suspension,) = case.request.clock.suspensions
    assert suspension.sufficient == date(2026, 3, 10)


def test_a_withdrawal_waits_for_what_the_person_wrote_after_it(a_case: OpenCase) -> None:
    """Such as that they take it back: by then, data that a copy needs would no longer be held."""
    case = a_case(Right.ACCESS, Right.ERASURE)
    withdrawal = message(case, at="2026-03-20")
    later = message(case, at="2026-03-21")
    for items in (None, ("access",)):
        with case.refuses(MessageUnexamined):
            case.examine_messages(message_ids=(withdrawal,), kind=MessageKind.WITHDRAWAL, item_ids=items)
    case.examine_messages(message_ids=(later,), kind=MessageKind.REMINDER)
    case.examine_messages(message_ids=(withdrawal,), kind=MessageKind.WITHDRAWAL)
    assert case.request.outcome is Outcome.WITHDRAWN


def test_what_the_person_wrote_before_does_not_hold_up_their_withdrawal(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    earlier = message(case, at="2026-03-20")
    message(case, at="2026-03-21")
    case.examine_messages(kind=MessageKind.WITHDRAWAL)
    assert (case.request.outcome, waiting(case)) == (Outcome.WITHDRAWN, [earlier])


def test_a_withdrawal_names_pending_items(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.RECTIFICATION)
    message(case)
    for item_ids, error in ((("erasure",), ItemUnknown), ((), ConfirmationRequired)):
        with case.refuses(error):
            case.examine_messages(kind=MessageKind.WITHDRAWAL, item_ids=item_ids)
    case.examine_messages(kind=MessageKind.WITHDRAWAL, item_ids=("access",))
    message(case)
    with case.refuses(ItemNotOpen):
        case.examine_messages(kind=MessageKind.WITHDRAWAL, item_ids=("access",))
    case.grant("rectification")
    case.assess_accuracy("rectification")
    case.rectify("rectification")
    with case.refuses(ItemEffected):
        case.examine_messages(kind=MessageKind.WITHDRAWAL)


# Closed cases -------------------------------------------------------------------------------------------------------


def test_a_dispute_opens_the_case_again_with_a_date_of_its_own(answered: ACase) -> None:
    message(answered, at="2026-03-30")
    with answered.refuses(ReasonRequired):
        answered.examine_messages(kind=MessageKind.DISPUTE, reason=None)
    answered.examine_messages(kind=MessageKind.DISPUTE, at="2026-04-20")
    assert answered.happened() == ["message-examined", "reopened", "reply-dated"]
    assert answered.request.received_on == date(2026, 3, 2), "R stays"
    reply = answered.request.clock.reply
    assert reply is not None
    assert reply.due == date(2026, 4, 30), "one month from its arrival"
    answered.now = answered.instant("2026-05-01T00:00")
    kinds = [each.occasion.kind for each in answered.request.coming(answered.calendar, answered.now)]
    assert kinds == [Due.REPLY_APPROACHING, Due.REPLY_MISSED]
    with answered.refuses(ResponseNotSent):
        answered.close()
    answered.record_answer("access")
    answered.close()
    assert answered.request.clock.reply is None


def unidentified(a_case: OpenCase, *, asked_at: str = "2026-03-03") -> ACase:
    """Closed as unidentified on 25 March; the proof arrived on 1 June."""
    case = a_case(Right.ACCESS)
    case.put(LetterKind.IDENTITY_QUESTION, at=asked_at)
    case.give_up_identity(at="2026-03-25")
    case.record_answer(kind=LetterKind.REFUSAL)
    case.close(unidentified=True)
    message(case, at="2026-06-01")
    return case


def test_a_late_proof_reopens_the_same_case_and_the_clock_stood_still_until_it_came(a_case: OpenCase) -> None:
    case = unidentified(a_case)
    with case.refuses(ReasonRequired):
        case.examine_messages(kind=MessageKind.IDENTITY_ANSWER, reason=None)
    case.examine_messages(kind=MessageKind.IDENTITY_ANSWER, at="2026-06-02")
    assert case.request.identity.status is IdentityStatus.ASKED
    assert case.status("access").is_pending
    case.confirm_identity(answered_at="2026-06-01", evidence_destroyed=case.evidence)
    assert case.request.received_on == date(2026, 3, 2), "R stays"
    assert case.deadline.suspended_days == 90, "from 3 March to 1 June, closed time included"
    reply = case.request.clock.reply
    assert reply is not None
    assert reply.due == date(2026, 7, 1), "the letter had left in time: one month from the proof"


def test_a_question_that_came_too_late_to_suspend_stays_so_after_a_late_proof(a_case: OpenCase) -> None:
    case = unidentified(a_case, asked_at="2026-03-20")
    case.examine_messages(kind=MessageKind.IDENTITY_ANSWER, at="2026-06-02")
    assert "clock-suspended" not in case.happened()
    assert case.deadline.suspended_days == 0


# What waits for a message -------------------------------------------------------------------------------------------


def test_erasing_waits_for_the_message_that_asks_for_a_copy_first(a_case: OpenCase) -> None:
    """ "Wait, send me a copy before you delete"."""
    case = a_case(Right.ERASURE)
    message(case, at="2026-03-04", suggested_rights=(Right.ACCESS,))
    with case.refuses(MessageUnexamined) as refused:
        case.grant("erasure")
    assert refused.facts["message_ids"] == [str(case.message_id)]
    case.examine_messages()
    case.grant("erasure")
    message(case, at="2026-03-05")
    with case.refuses(MessageUnexamined):
        case.record_done("erasure")


def test_handing_over_waits_for_a_message(a_case: OpenCase) -> None:
    case = a_case(Right.PORTABILITY)
    case.grant("portability")
    case.assess_feasibility("portability")
    case.verify_target("portability")
    message(case)
    with case.refuses(MessageUnexamined):
        case.transmit("portability")
    with case.refuses(MessageUnexamined):
        case.start_hand_over("portability")


def test_a_doubt_is_not_settled_while_a_message_that_may_hold_the_proof_waits(a_case: OpenCase) -> None:
    """A proof in a message that nobody had examined outlived the decision: no kind could be given to it any more."""
    case = asked(a_case)
    with case.refuses(MessageUnexamined):
        case.confirm_identity()
    case.examine_messages(kind=MessageKind.IDENTITY_ANSWER)
    case.confirm_identity()
    assert case.evidence == ()


def test_giving_up_and_releasing_holds_wait_for_a_message(a_case: OpenCase) -> None:
    case = asked(a_case)
    case.place_hold()
    with case.refuses(MessageUnexamined):
        case.give_up_identity()
    with case.refuses(MessageUnexamined):
        case.release_hold(case.hold_id)


def test_dismissing_and_linking_wait_for_a_message(a_case: OpenCase) -> None:
    case = a_case()
    message(case)
    with case.refuses(MessageUnexamined):
        case.dismiss()
    with case.refuses(MessageUnexamined):
        case.link_duplicate()


def test_protecting_the_person_never_waits_for_a_message(a_case: OpenCase) -> None:
    case = a_case(Right.CONSENT_WITHDRAWAL, Right.RESTRICTION, Right.ACCESS)
    message(case)
    case.withdraw_consent("consent-withdrawal")
    case.grant("restriction")
    case.restrict("restriction")
    case.place_hold()
    case.propose_extension()
    case.approve_extension()
    case.send_extension_notice()
    assert case.deadline.extended
    assert case.request.messages_waiting, "and it still waits"


def test_nobody_holds_up_a_refusal_past_its_date_by_writing_daily(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ACCESS)
    case.propose_refusal("access")
    message(case, at="2026-03-31")
    with case.refuses(MessageUnexamined):
        case.approve_refusal("access")
    case.now = case.instant("2026-04-01")  # the last working day before 2 April
    with case.refuses(MessageUnexamined):
        case.approve_refusal("access", unexamined_reason=None)
    case.approve_refusal("access", unexamined_reason=made.sealed())
    assert case.happened() == ["messages-bypassed", "item-refused"]
    case.record_answer("access")
    with case.refuses(MessageUnexamined):
        case.close(unexamined_reason=None)
    case.close(unexamined_reason=made.sealed())
    assert case.request.outcome is Outcome.REFUSED
    assert waiting(case) == [case.message_id], "it stays unexamined on the closed case"


def test_closing_waits_for_a_message(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.record_done("access")
    case.record_answer("access")
    message(case, at="2026-03-10")
    with case.refuses(MessageUnexamined):
        case.close()
