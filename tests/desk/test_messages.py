"""Messages at the desk: what a handler finds them to be opens cases, and dies with what it proves (docs/law §9)."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.messages import Entered, Finding, MessageEmpty
from dsr.domain.request.erasure import ErasureGround
from dsr.domain.request.errors import AccessBeforeErasure, MessageUnexamined, ReceiptInFuture
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.message import MessageKind
from dsr.domain.request.values import AssuranceLevel, Channel, DismissalKind, IdentityMethod, Outcome
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyDestroyed
from dsr.projections.messages import MessageFilter, message_list
from dsr.projections.queue import QueueFilter, queue
from dsr.projections.statistics import Examined, Share, statistics
from tests.desk.office import Office


def examine(office: Office, request_id: UUID, message_id: UUID, kind: MessageKind, **facts: Any) -> None:
    office.desk.messages.examine(request_id, office.call(request_id), message_ids=(message_id,), kind=kind, **facts)


def withdrawn(office: Office) -> UUID:
    """A request by mail that the person took back."""
    request_id = office.case_by_mail()
    call = office.call(request_id)
    office.desk.triage.register(request_id, call, rights=(Right.ACCESS,), subjects=("customers",))
    call = office.call(request_id)
    office.desk.answers.withdraw(request_id, call, confirmed=True, statement="Forget it.", item_ids=None)
    return request_id


def linked_to(office: Office, request_id: UUID) -> UUID:
    with office.service.database.reading() as connection:
        rows = queue(connection, QueueFilter()).rows
    (found,) = [row["request_id"] for row in rows if row["linked_to"] == request_id]
    return UUID(str(found))


def test_a_request_in_an_old_thread_is_a_new_one_from_the_arrival_of_its_message(office: Office) -> None:
    """Replies to a closed case vanished: a renewed request after 200 days was filed without a date."""
    # given
    request_id = withdrawn(office)
    office.clock.advance(days=200)
    arrived_on = office.clock.now().date()
    message_id = office.reply(request_id, "I want the copy after all.")
    office.clock.advance(days=9)
    # when
    examine(office, request_id, message_id, MessageKind.NEW_REQUEST, rights=(Right.ACCESS,))
    # then
    again = office.case(linked_to(office, request_id))
    assert again.received_on == arrived_on, "however late it was examined"
    assert (again.link_reason, again.outcome) == ("new-request", None)
    assert [item.right for item in again.items.values()] == [Right.ACCESS]
    assert again.subjects == ("customers",)
    assert office.case(request_id).outcome is Outcome.WITHDRAWN
    assert again.id in office.desk.repository.index.sharing(request_id), "it is found as the first one is"


def test_a_new_request_pins_the_record_in_force_on_the_day_of_its_arrival(office: Office, example: str) -> None:
    request_id = withdrawn(office)
    message_id = office.reply(request_id, "I want the copy after all.")
    office.clock.advance(days=3)
    office.desk.ropa.adopt(f"{example}\n# another\n".encode(), Call(office.ann))
    assert office.desk.repository.ropa.current().number == 2
    examine(office, request_id, message_id, MessageKind.NEW_REQUEST, rights=(Right.ACCESS,))
    assert office.case(linked_to(office, request_id)).ropa_version == 1


def test_a_message_on_a_closed_case_is_listed_with_its_date_and_found_in_the_plain_queue(office: Office) -> None:
    # given
    request_id = withdrawn(office)
    message_id = office.reply(request_id, "I do not agree with your answer.")
    # when
    with office.service.database.reading() as connection:
        now = office.clock.now()
        (row,) = message_list(connection, MessageFilter(unexamined=True), at=now).rows
        found, waiting = queue(connection).rows, queue(connection, QueueFilter(messages_waiting=True)).rows
        nothing = message_list(connection, MessageFilter(overdue=True), at=now).rows
    # then
    assert (row["message_id"], row["overdue"], row["received_on"]) == (message_id, False, date(2026, 3, 5))
    assert row["due"] == date(2026, 4, 4)
    assert [(each["request_id"], each["messages_waiting"], each["status"]) for each in found] == [
        (request_id, 1, "closed")
    ]
    assert waiting == found
    assert nothing == []
    # when
    office.clock.advance(days=2)
    with office.service.database.reading() as connection:
        (row,) = message_list(connection, MessageFilter(overdue=True), at=office.clock.now()).rows
    assert row["overdue"] is True


def test_a_scan_sent_by_reply_can_not_be_opened_after_the_decision_on_identity(office: Office) -> None:
    # given
    request_id = office.case_by_mail()
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    office.desk.identity.ask(
        request_id, office.call(request_id), doubt="A new address.", method=IdentityMethod.CALL_BACK, asked_at=None
    )
    office.clock.advance(days=1)
    arrival = office.clock.now()
    message_id = office.reply(request_id, "Here is a scan of my passport.")
    event = office.events("request.follow-up-received")[-1]
    office.clock.advance(days=2)
    examine(office, request_id, message_id, MessageKind.IDENTITY_ANSWER)
    # when: nobody says when the answer came
    office.desk.identity.confirm(
        request_id,
        office.call(request_id),
        method=IdentityMethod.CALL_BACK,
        assurance=AssuranceLevel.SUBSTANTIAL,
        answered_at=None,
    )
    # then
    repository = office.desk.repository
    for key_id in (event.message.key_id, event.original.key_id):
        with pytest.raises(KeyDestroyed):
            repository.keystore.open(key_id)
    repository.case_key(office.case(request_id))  # the case goes on
    (suspension,) = office.case(request_id).clock.suspensions
    assert suspension.sufficient == arrival.date(), "it ends on the arrival of the answer"


COPY_FIRST = "Wait. I am requesting access to my personal data under Article 15 GDPR: send me a copy before you delete."


@pytest.mark.parametrize("is_reply", [True, False])
def test_send_me_a_copy_before_you_delete_holds_from_its_arrival_until_it_is_examined(
    office: Office, is_reply: bool
) -> None:
    """It did not hold the erasure until its case was registered."""
    # given
    request_id = office.case_by_mail(office.mail("Please erase all my data under Article 17 GDPR."))
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ERASURE,))
    wanted = {"controller_id": "callcentre-de", "system": "crm", "email": "ada@example.org", "phone": ""}

    def may_delete() -> bool:
        return office.desk.holds.may_delete(office.ann, **wanted, identifiers=()).may_delete

    def grant() -> None:
        ground: dict[str, Any] = {"erasure_ground": ErasureGround.NO_LONGER_NECESSARY}
        ground["activities"] = ("customer-calls",)
        office.desk.items.grant(request_id, "erasure", office.call(request_id), provision="", **ground)

    assert may_delete()
    # when
    if is_reply:
        message_id = office.reply(request_id, COPY_FIRST)
    else:
        other_id = office.case_by_mail(office.mail(COPY_FIRST, subject="And another thing"))
    # then
    assert not may_delete()
    with pytest.raises(MessageUnexamined if is_reply else AccessBeforeErasure):
        grant()
    # when: a handler finds that it asks for nothing
    if is_reply:
        examine(office, request_id, message_id, MessageKind.NOTHING_TO_DO, reason="She has it.")
    else:
        office.desk.triage.dismiss(other_id, office.call(other_id), kind=DismissalKind.SPAM, reason="Not hers.")
    # then
    assert may_delete()


def test_identifiers_after_the_end_open_a_linked_case_with_the_rights_of_the_first(office: Office) -> None:
    request_id = office.case_by_mail()
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    office.search(request_id, "access")
    office.desk.items.record_nothing_held(request_id, "access", office.call(request_id))
    draft = office.letter(LetterKind.ACCESS)
    office.desk.answers.record_answer(request_id, office.call(request_id), item_ids=("access",), draft=draft)
    office.desk.answers.close(request_id, office.call(request_id), unidentified=False)
    office.clock.advance(days=30)
    message_id = office.reply(request_id, "My customer number is 4711.")
    examine(office, request_id, message_id, MessageKind.IDENTIFIERS)
    again = office.case(linked_to(office, request_id))
    assert (again.link_reason, again.received_on) == ("identifiers", office.clock.now().date())
    assert [item.right for item in again.items.values()] == [Right.ACCESS]


def enter(
    office: Office, request_id: UUID, received_at: datetime, finding: Finding | None = None, **facts: Any
) -> UUID:
    """Ann enters what reached the office otherwise than by mail; the id of the message."""
    said: dict[str, Any] = {"channel": Channel.TELEPHONE, "language": "en", "text": "She asks where it is."} | facts
    entered, call = Entered(received_at=received_at, **said), office.call(request_id)
    if finding is None:
        office.desk.messages.enter(request_id, call, entered=entered)
    else:
        office.desk.messages.enter_examined(request_id, call, entered=entered, finding=finding)
    return [*office.case(request_id).messages][-1]


def test_a_telephone_call_on_a_closed_case_waits_with_the_dates_of_its_arrival(office: Office) -> None:
    """Staff had no way to enter what was said by telephone on a case that there was already."""
    # given
    request_id, called_at = withdrawn(office), office.clock.now()
    office.clock.advance(days=3)
    # when
    message_id = enter(office, request_id, called_at, text="I am requesting access to my data under Article 15 GDPR.")
    # then
    (waiting,) = office.case(request_id).messages_waiting
    assert (waiting.message_id, waiting.channel, waiting.received_at) == (message_id, Channel.TELEPHONE, called_at)
    assert (waiting.due, waiting.suggested_rights) == (date(2026, 4, 4), (Right.ACCESS,))


def test_a_scanned_letter_is_examined_in_the_same_step_and_dies_as_the_proof_that_it_is(office: Office) -> None:
    # given
    request_id = office.case_by_mail()
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    office.desk.identity.ask(
        request_id, office.call(request_id), doubt="A new address.", method=IdentityMethod.CALL_BACK, asked_at=None
    )
    office.clock.advance(days=1)
    arrival = office.clock.now()
    office.clock.advance(days=2)
    # when
    enter(
        office,
        request_id,
        arrival,
        channel=Channel.POST,
        text="",
        content=b"%PDF-1.7\nA passport.",
        media_type="image/png",
        finding=Finding(MessageKind.IDENTITY_ANSWER),
    )
    # then
    event = office.events("request.follow-up-received")[-1]
    assert event.original.media_type == "application/pdf", "the content decides"
    assert office.case(request_id).messages_waiting == ()
    # when
    office.desk.identity.confirm(
        request_id,
        office.call(request_id),
        method=IdentityMethod.CALL_BACK,
        assurance=AssuranceLevel.SUBSTANTIAL,
        answered_at=None,
    )
    # then
    for key_id in (event.message.key_id, event.original.key_id):
        with pytest.raises(KeyDestroyed):
            office.desk.repository.keystore.open(key_id)
    assert office.case(request_id).clock.suspensions[-1].sufficient == arrival.date()


def test_a_wish_on_paper_becomes_a_linked_case_with_its_arrival_and_the_paper(office: Office) -> None:
    # given
    request_id, arrival, paper = withdrawn(office), office.clock.now(), b"%PDF-1.7\nPlease send me a copy."
    office.clock.advance(days=2)
    # when
    enter(
        office,
        request_id,
        arrival,
        channel=Channel.POST,
        content=paper,
        finding=Finding(MessageKind.NEW_REQUEST, rights=(Right.ACCESS,)),
    )
    # then
    again = office.case(linked_to(office, request_id))
    assert (again.received_on, again.channel) == (arrival.date(), Channel.POST)
    opened = office.events("request.received")[-1]
    assert office.read_file(opened.original) == paper
    assert again.id in office.desk.repository.index.sharing(request_id)


def test_an_entered_message_came_in_the_past_and_says_something(office: Office) -> None:
    request_id = office.arrived()
    with pytest.raises(ReceiptInFuture):
        enter(office, request_id, office.clock.now() + timedelta(minutes=1))
    with pytest.raises(MessageEmpty):
        enter(office, request_id, office.clock.now(), text=" ")
    assert office.case(request_id).messages_waiting == ()


def test_statistics_count_how_soon_messages_were_examined_and_a_past_view_stays(office: Office) -> None:
    # given: one examined after two hours, one after three days, one that waits
    request_id = withdrawn(office)
    office.clock.advance(hours=1)
    first = office.reply(request_id)
    office.clock.advance(hours=2)
    examine(office, request_id, first, MessageKind.REMINDER)
    second = office.reply(request_id)
    office.clock.advance(days=3)
    then = office.clock.now()

    def told(at: datetime) -> Examined:
        with office.service.database.reading() as connection:
            return statistics(connection, at=at).messages

    assert told(then) == Examined(2, Share(1, 2, 0.5), Share(1, 2, 0.5), 2.0)
    # when
    office.clock.advance(hours=1)
    examine(office, request_id, second, MessageKind.REMINDER)
    examine(office, request_id, first, MessageKind.COMPLAINT)
    office.reply(request_id)
    enter(office, request_id, then - timedelta(days=1))
    # then
    assert told(office.clock.now()) == Examined(4, Share(2, 4, 0.5), Share(1, 4, 0.25), 37.5)
    assert told(then) == Examined(2, Share(1, 2, 0.5), Share(1, 2, 0.5), 2.0)
