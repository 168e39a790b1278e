"""Whenever X, then Y: each policy, from the event to the letter that leaves or waits for a person."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.new_case import Person
from dsr.domain.dispatch.errors import DispatchStale
from dsr.domain.messages import MessageRefused, OutgoingMessage
from dsr.domain.request.errors import LetterKindWrong
from dsr.domain.request.grounds import ExcessClaim
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.message import MessageKind
from dsr.domain.request.recipients import NothingToTell, Obstacle
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import AccuracyFinding, AssuranceLevel, BalanceFinding, Channel, IdentityMethod
from dsr.domain.rights import Right
from dsr.letters.fields import FreeText, Statement
from dsr.mailbox.bounce import Bounce
from dsr.policies.registry import policies
from dsr.policies.runner import CaseNotParked
from dsr.projections.dispatches import dispatches_of
from dsr.projections.recipients import recipients_of
from dsr.vault import IndexPurpose
from tests.catalogue.catalogue import AT_DESK
from tests.desk.office import Office, request_id_of


class Desk:
    """What the tests do again and again: let the policies run, and look at the letters of a case."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def run(self) -> None:
        self.office.service.policies.run()
        assert self.office.service.policies.positions.parked() == []

    def drain(self) -> None:
        self.office.desk.dispatching.drain(self.office.clock.now(), 100)

    def letters(self, request_id: UUID, kind: LetterKind) -> list[dict[str, Any]]:
        """The letters of this kind, after the policies ran; running them again writes none."""
        self.run()
        with self.office.service.database.reading() as connection:
            rows = dispatches_of(connection, request_id)
        return [row for row in rows if row["kind"] == kind]

    def state(self, request_id: UUID, kind: LetterKind) -> str:
        (row,) = self.letters(request_id, kind)
        assert row["prepared_by"].startswith("service:policy:")
        return str(row["state"])

    def names(self, request_id: UUID) -> list[str]:
        events: list[Any] = list(self.office.desk.repository.application.events.get(request_id))
        return [each.TOPIC for each in events]


@pytest.fixture
def robot(office: Office) -> Desk:
    return Desk(office)


def ask(office: Office, request_id: UUID) -> None:
    office.desk.identity.ask(
        request_id,
        office.call(request_id),
        doubt="The address is not the one on file.",
        method=IdentityMethod.CALL_BACK,
        asked_at=None,
    )


def refuse(office: Office, request_id: UUID, item_id: str, **facts: Any) -> None:
    office.desk.items.propose_refusal(
        request_id, item_id, office.call(request_id, office.bob), draft=office.refusal(**facts)
    )
    office.desk.items.decide_refusal(request_id, item_id, office.call(request_id), approve=True, reason="")


def restrict(office: Office, request_id: UUID, ground: str = "accuracy-contested") -> None:
    office.desk.restriction.restrict(
        request_id,
        "restriction",
        office.call(request_id),
        ground=ground,
        facts="The address.",
        activities=(),
        review_on=date(2027, 6, 1),
    )


def test_receipt_is_acknowledged_once(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ACCESS)
    assert robot.state(request_id, LetterKind.ACKNOWLEDGEMENT) == "queued"
    robot.drain()
    assert robot.state(request_id, LetterKind.ACKNOWLEDGEMENT) == "sent"
    office.service.policies.start_at("acknowledge-receipt", 0)
    assert robot.state(request_id, LetterKind.ACKNOWLEDGEMENT) == "sent"
    assert robot.names(request_id).count("dsr.request.answer-sent") == 1


def test_who_was_told_by_hand_is_not_told_again(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ACCESS)
    draft = office.letter(LetterKind.ACKNOWLEDGEMENT)
    office.desk.answers.record_answer(request_id, office.call(request_id), item_ids=(), draft=draft)
    assert robot.letters(request_id, LetterKind.ACKNOWLEDGEMENT) == []


def test_what_came_back_before_is_looked_at_by_a_person(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ACCESS)
    with office.service.database.writing():
        office.desk.repository.index.write(request_id, {IndexPurpose.BOUNCED_EMAIL: ["ada@example.org"]})
    assert robot.state(request_id, LetterKind.ACKNOWLEDGEMENT) == "draft"


def test_who_has_no_address_gets_a_draft_on_paper(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ACCESS, person=Person(name="Ada Lovelace"))
    (row,) = robot.letters(request_id, LetterKind.ACKNOWLEDGEMENT)
    assert (row["channel"], row["state"]) == (Channel.POST, "draft")


def test_identity_is_asked_for(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ACCESS)
    ask(office, request_id)
    assert robot.state(request_id, LetterKind.IDENTITY_QUESTION) == "queued"


def test_a_question_about_known_facts_waits_until_a_person_has_read_it(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ACCESS)
    office.desk.identity.ask(
        request_id,
        office.call(request_id),
        doubt="The address is not the one on file.",
        method=IdentityMethod.KNOWN_FACTS,
        questions=("What is your contract number?",),
        asked_at=None,
    )
    assert robot.state(request_id, LetterKind.IDENTITY_QUESTION) == "draft"


def test_a_question_is_sent_repeated_after_a_week_and_answered_by_a_message(office: Office, robot: Desk) -> None:
    # given
    request_id = request_id_of(office.receive())
    office.desk.questions.ask(request_id, office.call(request_id), question="Which of your three accounts?")
    # when
    assert robot.state(request_id, LetterKind.QUESTION) == "queued"
    robot.drain()
    office.clock.advance(days=8)
    office.desk.due_dates.sweep()
    assert robot.state(request_id, LetterKind.QUESTION_REMINDER) == "queued"
    robot.drain()
    message_id = office.reply(request_id, "The one of 2024.")
    (question_id,) = office.case(request_id).questions
    office.desk.messages.examine(
        request_id,
        office.call(request_id),
        message_ids=(message_id,),
        kind=MessageKind.ANSWER,
        question_id=question_id,
    )
    # then
    happened = [name.removeprefix("dsr.request.") for name in robot.names(request_id)]
    assert [each for each in happened if "question" in each or each == "answer-sent"] == [
        "question-asked",
        "question-sent",
        "question-reminder-due",
        "answer-sent",
        "question-answered",
    ]
    assert not any("clock" in each for each in happened)


def test_who_was_asked_by_telephone_gets_no_letter_but_a_reminder(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ERASURE)
    office.desk.questions.ask(request_id, office.call(request_id), question="Which account?", put_by=Channel.TELEPHONE)
    assert robot.letters(request_id, LetterKind.QUESTION) == []
    office.clock.advance(days=8)
    office.desk.due_dates.sweep()
    assert robot.state(request_id, LetterKind.QUESTION_REMINDER) == "queued"


def test_who_answered_meanwhile_is_neither_asked_nor_reminded(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ERASURE)
    office.desk.questions.ask(request_id, office.call(request_id), question="Which account?")
    (question_id,) = office.case(request_id).questions
    office.desk.questions.take_answer(request_id, question_id, office.call(request_id), answer="The one of 2024.")
    assert robot.letters(request_id, LetterKind.QUESTION) == []
    office.clock.advance(days=8)
    office.desk.due_dates.sweep()
    assert robot.letters(request_id, LetterKind.QUESTION_REMINDER) == []


def test_an_identity_that_was_confirmed_meanwhile_is_not_asked_for(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ACCESS)
    ask(office, request_id)
    office.desk.identity.confirm(
        request_id,
        office.call(request_id),
        method=IdentityMethod.CALL_BACK,
        assurance=AssuranceLevel.SUBSTANTIAL,
        answered_at=None,
    )
    assert robot.letters(request_id, LetterKind.IDENTITY_QUESTION) == []


def test_clarification_is_asked_for_and_the_clock_resumes_on_the_arrival_of_what_a_person_finds_to_be_its_answer(
    office: Office, robot: Desk
) -> None:
    request_id = request_id_of(office.receive())
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,), direct_marketing=False)
    office.desk.deadlines.ask_clarification(
        request_id, office.call(request_id), quantity="Nine years of calls.", asked_at=None
    )
    assert robot.state(request_id, LetterKind.CLARIFICATION) == "queued"
    robot.drain()
    office.clock.advance(days=2)
    arrival = office.clock.now()
    message_id = office.reply(request_id, "The calls of 2025.")
    office.clock.advance(days=3)
    robot.run()
    assert "dsr.request.clarification-received" not in robot.names(request_id), "nobody has examined it"
    office.desk.messages.examine(
        request_id, office.call(request_id), message_ids=(message_id,), kind=MessageKind.CLARIFICATION_ANSWER
    )
    assert office.case(request_id).clock.suspensions[-1].sufficient == arrival.date()


def test_who_answers_the_identity_question_by_reply_is_not_told_that_no_answer_came(
    office: Office, robot: Desk
) -> None:
    # given
    request_id = request_id_of(office.receive())
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,), direct_marketing=False)
    ask(office, request_id)
    robot.drain()
    office.clock.advance(days=2)
    office.reply(request_id, "My customer number is 4711.")
    # when
    office.clock.advance(days=24)
    office.desk.due_dates.sweep()
    robot.run()
    # then
    assert robot.letters(request_id, LetterKind.REMINDER) == []
    assert "dsr.request.identity-unanswered" not in robot.names(request_id)
    assert "dsr.request.message-overdue" in robot.names(request_id), "the team is warned instead"


def test_who_was_not_asked_is_not_reminded_and_dates_ring(office: Office, robot: Desk) -> None:
    # given: a question whose letter the mail server refuses
    request_id = office.registered(Right.ACCESS)

    class Refusing:
        name = "test"

        def send(self, message: OutgoingMessage) -> None:
            raise MessageRefused(message.message_id)

    office.desk.dispatching = replace(office.desk.dispatching, transport=Refusing())
    ask(office, request_id)
    robot.run()
    robot.drain()
    assert robot.state(request_id, LetterKind.IDENTITY_QUESTION) == "failed"
    # when
    for _ in range(40):
        office.clock.advance(days=1)
        office.desk.due_dates.sweep()
    # then
    happened = Counter(robot.names(request_id))
    assert happened["dsr.request.deadline-approaching"] == 3
    assert happened["dsr.request.promise-missed"] == happened["dsr.request.statutory-date-missed"] == 1
    assert happened["dsr.request.identity-reminder-due"] == happened["dsr.request.identity-unanswered"] == 0


def test_a_mail_never_proves_who_wrote_it(office: Office, robot: Desk) -> None:
    received = office.receive()
    request_id = request_id_of(received)
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,), direct_marketing=False)
    ask(office, request_id)
    office.clock.advance(days=1)
    office.receive(office.mail("It is really me.", subject=f"Re: {received.reference}"))
    robot.run()
    assert office.case(request_id).identity.status == "asked"


def test_an_approved_extension_is_announced_and_holds_once_that_left(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ACCESS)
    desk = office.desk.deadlines
    desk.propose_extension(
        request_id, office.call(request_id, office.bob), ground="complexity", reasons="Forty systems are searched."
    )
    desk.decide_extension(request_id, office.call(request_id), approve=True, reason="")
    assert robot.state(request_id, LetterKind.EXTENSION) == "queued"
    assert office.case(request_id).clock.extended_at is None
    robot.drain()
    assert office.case(request_id).clock.extended_at is not None


def test_a_fee_is_quoted(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ACCESS)
    office.desk.fees.propose(request_id, office.call(request_id), item_ids=("access",), draft=office.fee())
    assert robot.state(request_id, LetterKind.FEE) == "queued"


# Where both get letters ------------------------------------------------------------------------------------------

PERSON, LAWYER = "ada@example.org", "lou@chambers.example"


@pytest.fixture
def sent(office: Office) -> list[str]:
    """Whom letters left to."""
    recipients: list[str] = []

    class Post:
        name = "test"

        def send(self, message: OutgoingMessage) -> None:
            recipients.append(message.recipient)

    office.desk.dispatching = replace(office.desk.dispatching, transport=Post())
    return recipients


def refuse_as_unfounded(office: Office, request_id: UUID) -> None:
    refuse(office, request_id, "access", ground="manifestly-unfounded", claims=(ExcessClaim.ABUSIVE,))


def extend(office: Office, request_id: UUID) -> None:
    desk = office.desk.deadlines
    desk.propose_extension(
        request_id, office.call(request_id, office.bob), ground="complexity", reasons="Forty systems."
    )
    desk.decide_extension(request_id, office.call(request_id), approve=True, reason="")


def clarify(office: Office, request_id: UUID) -> None:
    office.desk.deadlines.ask_clarification(request_id, office.call(request_id), quantity="Nine years.", asked_at=None)


def quote(office: Office, request_id: UUID) -> None:
    office.desk.fees.propose(request_id, office.call(request_id), item_ids=("access",), draft=office.fee())


@pytest.mark.parametrize(
    ("act", "kind", "told"),
    [
        (lambda office, request_id: None, LetterKind.ACKNOWLEDGEMENT, ("answer-sent", 2)),
        (ask, LetterKind.IDENTITY_QUESTION, ("answer-sent", 2)),
        (refuse_as_unfounded, LetterKind.REFUSAL, ("answer-sent", 2)),
        (extend, LetterKind.EXTENSION, ("deadline-extended", 1)),
        (quote, LetterKind.FEE, ("fee-quoted", 1)),
    ],
)
def test_where_both_get_letters_each_gets_one_and_it_takes_effect_once(
    office: Office, robot: Desk, sent: list[str], *, act: Any, kind: LetterKind, told: tuple[str, int]
) -> None:
    # given
    request_id = office.represented(Right.ACCESS, answer_to=AnswerTo.BOTH)
    if kind is not LetterKind.ACKNOWLEDGEMENT:
        robot.run()
        robot.drain()
        sent.clear()
    before = Counter(robot.names(request_id))
    # when
    act(office, request_id)
    robot.run()
    robot.drain()
    # then
    rows = robot.letters(request_id, kind)
    assert [(row["state"], row["unrecorded"]) for row in rows] == [("sent", None)] * 2
    assert sorted(sent) == [PERSON, LAWYER]
    event, times = told
    assert (Counter(robot.names(request_id)) - before)[f"dsr.request.{event}"] == times


def test_what_one_of_both_was_told_by_hand_is_told_to_the_other_alone(
    office: Office, robot: Desk, sent: list[str]
) -> None:
    request_id = office.represented(Right.ACCESS, answer_to=AnswerTo.BOTH)
    draft = office.letter(LetterKind.ACKNOWLEDGEMENT)
    office.desk.answers.record_answer(request_id, office.call(request_id), item_ids=(), draft=draft)
    robot.run()
    robot.drain()
    assert sent == [LAWYER]


def test_the_answer_of_a_right_waits_for_a_person_once_for_each_of_both(office: Office, robot: Desk) -> None:
    request_id = office.represented(Right.ACCESS, answer_to=AnswerTo.BOTH)
    office.search(request_id, "access")
    office.desk.items.record_nothing_held(request_id, "access", office.call(request_id))
    rows = robot.letters(request_id, LetterKind.ACCESS)
    assert sorted((row["addressee"], row["state"]) for row in rows) == [
        ("data-subject", "draft"),
        ("representative", "draft"),
    ]


def both_acknowledged(office: Office, robot: Desk, sent: list[str]) -> UUID:
    """A case of which both get letters; those that say that it arrived have left."""
    request_id: UUID = office.represented(Right.ACCESS, answer_to=AnswerTo.BOTH)
    robot.run()
    robot.drain()
    sent.clear()
    return request_id


def leave_one_by_one(office: Office, robot: Desk, sent: list[str], between: Any) -> None:
    """The second letter waits until something was done after the first."""
    office.desk.dispatching.drain(office.clock.now(), 1)
    assert len(sent) == 1
    between()
    robot.drain()


def test_a_case_that_closed_on_the_first_of_two_answers_keeps_the_second_from_nobody(
    office: Office, robot: Desk, sent: list[str]
) -> None:
    request_id = both_acknowledged(office, robot, sent)
    refuse_as_unfounded(office, request_id)
    robot.run()
    leave_one_by_one(
        office, robot, sent, lambda: office.desk.answers.close(request_id, office.call(request_id), unidentified=False)
    )
    assert sorted(sent) == [PERSON, LAWYER]
    assert [row["state"] for row in robot.letters(request_id, LetterKind.REFUSAL)] == ["sent", "sent"]


def test_a_fee_that_one_of_both_accepted_is_still_quoted_to_the_other(
    office: Office, robot: Desk, sent: list[str]
) -> None:
    request_id = both_acknowledged(office, robot, sent)
    quote(office, request_id)
    robot.run()
    leave_one_by_one(
        office,
        robot,
        sent,
        lambda: office.desk.fees.accept(
            request_id, office.fee_id(request_id), office.call(request_id), answered_at=office.clock.now()
        ),
    )
    assert sorted(sent) == [PERSON, LAWYER]


def pay(office: Office, request_id: UUID) -> None:
    fee_id = office.fee_id(request_id)
    office.desk.fees.accept(request_id, fee_id, office.call(request_id), answered_at=office.clock.now())
    office.desk.fees.record_paid(request_id, fee_id, office.call(request_id), paid_at=office.clock.now())


def refuse_and_close(office: Office, request_id: UUID) -> None:
    refuse_as_unfounded(office, request_id)
    draft = office.letter(LetterKind.REFUSAL)
    office.desk.answers.record_answer(request_id, office.call(request_id), item_ids=("access",), draft=draft)
    office.desk.answers.close(request_id, office.call(request_id), unidentified=False)


@pytest.mark.parametrize(
    ("act", "then", "kind", "code"),
    [
        (quote, pay, LetterKind.FEE, "fee-settled"),
        (extend, refuse_and_close, LetterKind.EXTENSION, "request-closed"),
        (clarify, refuse_and_close, LetterKind.CLARIFICATION, "request-closed"),
    ],
)
def test_what_is_over_is_not_asked_of_the_other_any_more(
    office: Office, robot: Desk, sent: list[str], *, act: Any, then: Any, kind: LetterKind, code: str
) -> None:
    request_id = both_acknowledged(office, robot, sent)
    act(office, request_id)
    robot.run()
    leave_one_by_one(office, robot, sent, lambda: then(office, request_id))
    assert len(sent) == 1
    assert sorted(row["failure"] or "" for row in robot.letters(request_id, kind)) == ["", code]


@pytest.mark.parametrize("act", [extend, quote])
def test_a_notice_that_holds_goes_to_nobody_who_may_not_have_it(office: Office, robot: Desk, act: Any) -> None:
    # given: written and released for both, and then nobody acts for the person any more
    request_id = office.represented(Right.ACCESS, answer_to=AnswerTo.BOTH)
    act(office, request_id)
    kind = LetterKind.EXTENSION if act is extend else LetterKind.FEE
    assert [row["state"] for row in robot.letters(request_id, kind)] == ["queued"] * 2
    office.desk.representation.end(request_id, office.call(request_id), reason="The mandate was revoked.")
    # when
    robot.drain()
    # then
    rows = {row["addressee"]: (row["state"], row["failure"]) for row in robot.letters(request_id, kind)}
    assert rows["data-subject"] == ("sent", None)
    assert rows["representative"] == ("failed", "authority-missing")


def test_an_extension_whose_notice_left_by_hand_is_not_announced_again(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ACCESS)
    desk = office.desk.deadlines
    desk.propose_extension(
        request_id, office.call(request_id, office.bob), ground="complexity", reasons="Forty systems."
    )
    desk.decide_extension(request_id, office.call(request_id), approve=True, reason="")
    desk.send_extension_notice(request_id, office.call(request_id), draft=office.letter(LetterKind.EXTENSION))
    assert robot.letters(request_id, LetterKind.EXTENSION) == []


def test_a_fee_that_was_quoted_by_hand_or_waived_is_not_quoted_again(office: Office, robot: Desk) -> None:
    quoted, waived = office.registered(Right.ACCESS), office.registered(Right.ACCESS)
    for request_id in (quoted, waived):
        office.desk.fees.propose(request_id, office.call(request_id), item_ids=("access",), draft=office.fee())
    desk, fee_of = office.desk.fees, office.fee_id
    desk.send_notice(quoted, fee_of(quoted), office.call(quoted), draft=office.letter(LetterKind.FEE))
    desk.waive(waived, fee_of(waived), office.call(waived, office.bob), reason="It is the first copy.")
    assert robot.letters(quoted, LetterKind.FEE) == robot.letters(waived, LetterKind.FEE) == []


def test_an_extension_that_came_too_late_can_be_passed_over_for_a_reason_in_the_file(
    office: Office, robot: Desk
) -> None:
    # given: approved, and nobody let it be announced in time
    request_id = office.registered(Right.ACCESS)
    desk, policies = office.desk.deadlines, office.service.policies
    desk.propose_extension(
        request_id, office.call(request_id, office.bob), ground="complexity", reasons="Forty systems."
    )
    desk.decide_extension(request_id, office.call(request_id), approve=True, reason="")
    office.clock.advance(days=60)
    policies.run()
    [parked] = policies.positions.parked()
    assert (parked.policy, parked.code) == ("announce-extension", "extension-too-late")
    assert policies.retry("announce-extension") == 0
    # when
    noted: list[str] = []

    def note(what: str) -> None:
        noted.append(what)
        office.desk.triage.add_note(request_id, office.call(request_id), note=what)

    assert policies.skip("announce-extension", request_id, note=note) == 0
    # then
    robot.run()
    assert "dsr.request.extension-approved" in noted[0]
    assert "extension-too-late" in noted[0]
    assert robot.names(request_id)[-1] == "dsr.request.note-added"
    with pytest.raises(CaseNotParked):
        policies.skip("announce-extension", request_id, note=note)
    assert len(noted) == 1


def test_a_refusal_is_told(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ERASURE)
    refuse(office, request_id, "erasure")
    assert robot.state(request_id, LetterKind.REFUSAL) == "queued"
    robot.drain()
    assert office.case(request_id).item("erasure").answered


def test_an_answer_is_written_and_waits_for_the_handler_and_recipients_are_told(office: Office, robot: Desk) -> None:
    request_id = office.granted(Right.ERASURE)
    office.done(request_id, "erasure", account="We erased your calls.")
    assert robot.state(request_id, LetterKind.ERASURE) == "draft"
    notices = robot.letters(request_id, LetterKind.RECIPIENT_NOTICE)
    assert {row["recipient"] for row in notices} == {recipient for _, recipient in office.case(request_id).recipients}
    assert len(notices) > 1
    assert {row["state"] for row in notices} <= {"queued", "draft"}
    robot.drain()
    told = [row for row in robot.letters(request_id, LetterKind.RECIPIENT_NOTICE) if row["state"] == "sent"]
    assert robot.names(request_id).count("dsr.request.recipient-told") == len(told)


def test_a_recipient_whose_notice_came_back_has_to_be_told_again(office: Office, robot: Desk) -> None:
    """A recipient that the notice never reached counted as told, for ever (GDPR Art. 19)."""
    # given
    request_id = office.granted(Right.ERASURE)
    office.done(request_id, "erasure", account="We erased your calls.")
    office.desk.recipients.add(
        request_id,
        "erasure",
        office.call(request_id),
        contact=Person(name="Labour court", email="court@example.org"),
        reason="It got the calls.",
    )
    [recipient] = office.case(request_id).item("erasure").added_recipients
    [notice] = [row for row in robot.letters(request_id, LetterKind.RECIPIENT_NOTICE) if row["recipient"] == recipient]
    if notice["state"] == "draft":
        office.desk.dispatching.release(notice["dispatch_id"], Call(office.bob))
    robot.drain()
    [notice] = [row for row in robot.letters(request_id, LetterKind.RECIPIENT_NOTICE) if row["recipient"] == recipient]
    assert recipient not in office.case(request_id).item("erasure").untold
    # when
    bounce = Bounce((notice["message_id"].strip("<>"),), "5.1.1", permanent=True)
    office.desk.dispatching.record_bounce(bounce, Call(part("mailbox")))
    # then
    assert recipient in office.case(request_id).item("erasure").untold
    with office.service.database.reading() as connection:
        [row] = [row for row in recipients_of(connection, request_id) if row["recipient"] == recipient]
    assert (row["settled"], row["told_at"], row["tell_by"] is not None) == (False, None, True)
    # when: a handler tells it some other way
    office.desk.recipients.tell(
        request_id,
        "erasure",
        office.call(request_id),
        recipient=recipient,
        told_at=None,
        channel=Channel.TELEPHONE,
    )
    # then
    assert recipient not in office.case(request_id).item("erasure").untold
    assert office.differences() == []


def test_a_notice_of_a_partial_erasure_waits_for_the_handler(office: Office, robot: Desk) -> None:
    """A processor that is told to erase what two people decided to keep destroys it for good."""
    request_id = office.granted(Right.ERASURE)
    refuse(office, request_id, "erasure", in_part=True, extent=("recording",))
    office.done(request_id, "erasure", account="All but one call.")
    assert {row["state"] for row in robot.letters(request_id, LetterKind.RECIPIENT_NOTICE)} == {"draft"}


def test_a_link_that_is_offered_reaches_the_draft_by_itself(office: Office, robot: Desk) -> None:
    """An empty edition was needed for it."""
    # given
    object.__setattr__(office.desk.dispatching, "public_url", "https://privacy.example")  # the policies have this desk
    request_id = office.granted(Right.ACCESS)
    office.collect(request_id, "access")
    office.done(request_id, "access")
    [draft] = robot.letters(request_id, LetterKind.ACCESS)
    assert draft["missing"] == ["copy"]
    # when
    call = office.call(request_id)
    export_id = UUID(office.desk.exports.prepare(request_id, "access", call).resource_id)
    office.desk.exports.offer(export_id, Call(office.ann))
    # then
    [draft] = robot.letters(request_id, LetterKind.ACCESS)
    assert (draft["state"], draft["missing"], draft["needs_approval"]) == ("draft", [], False)


def test_where_nothing_is_held_the_answer_waits_for_the_handler(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ACCESS)
    office.search(request_id, "access")
    office.desk.items.record_nothing_held(request_id, "access", office.call(request_id))
    assert robot.state(request_id, LetterKind.ACCESS) == "draft"


@pytest.mark.parametrize(("finding", "told"), [(AccuracyFinding.ACCURATE, 1), (AccuracyFinding.INACCURATE, 0)])
def test_the_person_is_told_before_a_restriction_ends(
    office: Office, robot: Desk, finding: AccuracyFinding, told: int
) -> None:
    request_id = office.granted(Right.RECTIFICATION, Right.RESTRICTION)
    restrict(office, request_id)
    restrict(office, request_id, ground="needed-for-claims")  # has nothing to do with accuracy
    office.desk.rectification.assess(
        request_id, "rectification", office.call(request_id), finding=finding, assessment="Compared."
    )
    letters = robot.letters(request_id, LetterKind.LIFTING)
    assert [row["concerns"] for row in letters] == [str(next(iter(office.case(request_id).restrictions)))] * told


def test_a_refused_objection_ends_the_restriction_that_waits_for_it(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.OBJECTION)
    AT_DESK["object to what rests on consent too"].run(office, request_id, office.call(request_id))
    office.desk.objection.balance(
        request_id,
        "objection",
        office.call(request_id),
        finding=BalanceFinding.CONTROLLER_PREVAILS,
        assessment="The law of labour asks for scores.",
        extent=(),
    )
    robot.run()
    assert robot.letters(request_id, LetterKind.LIFTING) == []
    refuse(office, request_id, "objection", ground="compelling-grounds", provision="")
    assert [row["state"] for row in robot.letters(request_id, LetterKind.LIFTING)] == ["queued"]
    robot.drain()
    assert "dsr.request.lifting-announced" in robot.names(request_id)


def test_recipients_who_heard_of_a_restriction_hear_that_it_ended(office: Office, robot: Desk) -> None:
    """They would restrict the data for ever, on our account."""
    # given: of two objections, the recipient was told of one restriction, and excused from the other
    told, excused = lifted_objection(office, robot, tell=True), lifted_objection(office, robot, tell=False)
    # then
    [letter] = robot.letters(told, LetterKind.RECIPIENT_LIFTING)
    office.desk.dispatching.edit(letter["dispatch_id"], Call(office.ann))  # the other one lasted when it was written
    [letter] = robot.letters(told, LetterKind.RECIPIENT_LIFTING)
    assert (letter["recipient"], letter["state"], letter["missing"]) == ("telephony", "draft", [])
    assert robot.letters(excused, LetterKind.RECIPIENT_LIFTING) == []
    [restriction_id] = office.case(excused).restrictions
    with pytest.raises(LetterKindWrong):
        office.desk.dispatching.prepare(
            excused,
            Call(office.ann),
            kind=LetterKind.RECIPIENT_LIFTING,
            item_ids=("objection",),
            recipient="telephony",
            concerns=str(restriction_id),
        )
    # when
    office.desk.dispatching.release(letter["dispatch_id"], Call(office.bob))
    robot.drain()
    # then
    assert [row["state"] for row in robot.letters(told, LetterKind.RECIPIENT_LIFTING)] == ["sent"]
    mails = [message_from_bytes(each.read_bytes(), policy=policy.default) for each in office.outgoing()]
    [text] = [str(mail.get_body(("plain",))) for mail in mails if "restriction of which we told you" in str(mail)]
    assert "Evaluation of employees' calls" in text


def lifted_objection(office: Office, robot: Desk, *, tell: bool | None) -> UUID:
    """An objection that was refused, and whose restriction was lifted; a handler told the recipient, excused it, or
    (None) did neither.
    """
    request_id = objected(office, robot)
    [(item_id, recipient)] = office.case(request_id).recipients
    about: dict[str, Any] = {"recipient": recipient}
    if tell:
        how: dict[str, Any] = {"told_at": None, "channel": Channel.TELEPHONE}
        office.desk.recipients.tell(request_id, item_id, office.call(request_id), **about, **how)
    elif tell is not None:
        why: dict[str, Any] = {"obstacle": Obstacle.DISPROPORTIONATE, "explanation": "It ends next week."}
        office.desk.recipients.excuse(request_id, item_id, office.call(request_id), **about, **why)
    lift(office, robot, request_id)
    return request_id


def objected(office: Office, robot: Desk) -> UUID:
    """An objection to an evaluation whose data one recipient has."""
    request_id = office.registered(Right.OBJECTION)
    office.desk.objection.object(
        request_id, "objection", office.call(request_id), activities=("employee-evaluation",), grounds="My health."
    )
    robot.run()
    return request_id


def lift(office: Office, robot: Desk, request_id: UUID) -> None:
    """Refuse the objection, tell the person, and lift the restriction."""
    office.desk.objection.balance(
        request_id,
        "objection",
        office.call(request_id),
        finding=BalanceFinding.CONTROLLER_PREVAILS,
        assessment="The law of labour asks for scores.",
        extent=(),
    )
    refuse(office, request_id, "objection", ground="compelling-grounds", provision="")
    robot.run()
    robot.drain()
    [restriction_id] = office.case(request_id).restrictions
    office.desk.restriction.lift(
        request_id, restriction_id, office.call(request_id), reason="The objection is refused."
    )


def test_no_notice_of_a_restriction_leaves_once_it_was_lifted(office: Office, robot: Desk) -> None:
    """The recipient would have restricted the data from then on, and for ever."""
    # given
    request_id = lifted_objection(office, robot, tell=None)
    [notice] = robot.letters(request_id, LetterKind.RECIPIENT_NOTICE)
    assert notice["state"] == "draft"
    # when
    with pytest.raises(DispatchStale):
        office.desk.dispatching.release(notice["dispatch_id"], Call(office.bob))
    office.desk.dispatching.discard(notice["dispatch_id"], Call(office.bob), reason="It was lifted.")
    with pytest.raises(NothingToTell):
        office.desk.dispatching.prepare(
            request_id,
            Call(office.ann),
            kind=LetterKind.RECIPIENT_NOTICE,
            item_ids=("objection",),
            recipient="telephony",
        )


def test_a_recipient_that_is_added_after_the_lifting_gets_no_notice(office: Office, robot: Desk) -> None:
    # given
    request_id = lifted_objection(office, robot, tell=True)
    # when
    office.desk.recipients.add(
        request_id,
        "objection",
        office.call(request_id),
        contact=Person(name="Labour court", email="court@example.org"),
        reason="It got the scores.",
    )
    # then: nothing is written, and no policy is stuck
    notices = robot.letters(request_id, LetterKind.RECIPIENT_NOTICE)
    assert [each["recipient"] for each in notices] == ["telephony"]


def test_no_notice_of_a_restriction_that_was_released_before_leaves_after_the_lifting(
    office: Office, robot: Desk
) -> None:
    # given: somebody releases the notice, and it does not leave at once
    request_id = objected(office, robot)
    [notice] = robot.letters(request_id, LetterKind.RECIPIENT_NOTICE)
    later = office.clock.now() + timedelta(days=30)
    office.desk.dispatching.release(notice["dispatch_id"], Call(office.bob), not_before=later)
    lift(office, robot, request_id)
    # when
    office.clock.advance(days=31)
    robot.drain()
    # then
    [notice] = robot.letters(request_id, LetterKind.RECIPIENT_NOTICE)
    assert notice["state"] == "failed"


def test_a_recipient_whose_notice_is_recorded_after_the_lifting_hears_of_it(office: Office, robot: Desk) -> None:
    # given
    request_id = lifted_objection(office, robot, tell=None)
    assert robot.letters(request_id, LetterKind.RECIPIENT_LIFTING) == []
    # when: a handler told it by telephone, and writes that down only now
    office.desk.recipients.tell(
        request_id,
        "objection",
        office.call(request_id),
        recipient="telephony",
        told_at=None,
        channel=Channel.TELEPHONE,
    )
    # then
    [letter] = robot.letters(request_id, LetterKind.RECIPIENT_LIFTING)
    assert (letter["recipient"], letter["state"]) == ("telephony", "draft")


def test_no_recipient_hears_that_data_is_free_which_another_case_restricts(office: Office, robot: Desk) -> None:
    # given: the person objects twice, and the first restriction is lifted
    first = lifted_objection(office, robot, tell=True)
    [letter] = robot.letters(first, LetterKind.RECIPIENT_LIFTING)
    second = objected(office, robot)
    # when
    with pytest.raises(DispatchStale):
        office.desk.dispatching.release(letter["dispatch_id"], Call(office.bob))
    # when: somebody insists
    freed: dict[str, Statement | None] = {"what-is-lifted": FreeText("The evaluation of calls.")}
    office.desk.dispatching.edit(letter["dispatch_id"], Call(office.ann), statements=freed)
    office.desk.dispatching.release(letter["dispatch_id"], Call(office.bob))
    robot.drain()
    # then
    [letter] = robot.letters(first, LetterKind.RECIPIENT_LIFTING)
    assert (letter["state"], letter["failure"]) == ("failed", "letter-kind-wrong")
    # when: the other one is lifted too
    lift(office, robot, second)
    robot.run()
    office.desk.dispatching.edit(letter["dispatch_id"], Call(office.ann))
    office.desk.dispatching.release(letter["dispatch_id"], Call(office.bob))
    robot.drain()
    # then
    assert [each["state"] for each in robot.letters(first, LetterKind.RECIPIENT_LIFTING)] == ["sent"]


def test_who_was_forgotten_gets_no_letter(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ACCESS)
    office.desk.repository.keystore.destroy(set(office.case(request_id).keys.values()))
    assert robot.letters(request_id, LetterKind.ACKNOWLEDGEMENT) == []


def test_every_policy_begins_with_whenever_and_names_itself(office: Office) -> None:
    made = policies(office.desk, close_when_answered=True)
    assert all((each.__doc__ or "").startswith("Whenever ") for each in made)
    assert len({each.name for each in made}) == len(made)


def ring(office: Office, until: date) -> None:
    """Let the clock record what comes due by then, day by day."""
    while office.clock.now().date() < until:
        office.clock.advance(days=1)
        office.desk.due_dates.sweep()


def test_who_does_not_answer_is_reminded(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ACCESS)
    ask(office, request_id)
    robot.run()
    robot.drain()
    ring(office, date(2026, 3, 25))
    assert robot.names(request_id).count("dsr.request.identity-reminder-due") == 1
    assert robot.state(request_id, LetterKind.REMINDER) == "queued"
    robot.drain()
    assert robot.state(request_id, LetterKind.REMINDER) == "sent"


def test_a_reminder_does_not_say_that_an_answer_is_missing_while_one_waits(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ACCESS)
    ask(office, request_id)
    office.desk.dispatching.prepare(request_id, Call(office.ann), kind=LetterKind.REMINDER)
    [letter] = robot.letters(request_id, LetterKind.REMINDER)
    assert "asked-on" not in letter["missing"]
    office.reply(request_id, "Here is my customer number.")
    office.desk.dispatching.edit(letter["dispatch_id"], Call(office.ann))
    [letter] = robot.letters(request_id, LetterKind.REMINDER)
    assert "asked-on" in letter["missing"]
