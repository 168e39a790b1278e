"""Letters of matters at the desk: sent once by the outbox, or posted; returned; printed (docs/law §13)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.dispatching import Drained
from dsr.desk.errors import MatterLetterIncomplete
from dsr.domain.dispatch import DispatchState
from dsr.domain.matter import Matter, MatterAttention, MatterKind, MatterLetterKind, MatterStatus
from dsr.domain.matter.sending import MatterLetterNotByPost
from dsr.domain.messages import MessageInDoubt, MessageNotSent, MessageRefused, OutgoingMessage
from dsr.domain.request.errors import FourEyes
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyPurpose
from dsr.mailbox.bounce import Bounce
from dsr.projections import QueueFilter, queue
from dsr.projections.matter_letters import matter_letters_of, matter_letters_waiting
from dsr.projections.matters import attention_to_matters, matter_list
from tests.catalogue.matters import ADDRESS, complaint, drafted, written
from tests.desk.office import Office


class Post:
    """A transport that does with each message what the test says."""

    name = "smtp"

    def __init__(self, *outcomes: Exception | None) -> None:
        self.outcomes = list(outcomes)
        self.sent: list[OutgoingMessage] = []

    def send(self, message: OutgoingMessage) -> None:
        self.sent.append(message)
        if self.outcomes and (error := self.outcomes.pop(0)) is not None:
            raise error


@pytest.fixture
def post(office: Office, monkeypatch: pytest.MonkeyPatch) -> Post:
    made = Post()
    object.__setattr__(office.desk.dispatching, "transport", made)
    return made


def letter_of(office: Office, matter_id: UUID) -> dict[str, Any]:
    with office.service.database.reading() as connection:
        (row,) = matter_letters_of(connection, matter_id)
    return row


def release(office: Office, matter_id: UUID) -> None:
    office.desk.matter_letters.release(matter_id, Call(office.bob), letter_id=office.remembered["letter"])


def drain(office: Office) -> Drained:
    return office.desk.dispatching.drain(office.clock.now(), 10)


def answer(office: Office) -> UUID:
    """A complaint with the draft of its answer."""
    texts = {"reasons": "A system was searched twice.", "remedies": "We changed that."}
    return drafted(office, kind=MatterLetterKind.ANSWER, texts=texts)


def test_an_answer_is_released_by_a_second_person_mailed_once_and_answers_the_complaint(
    office: Office, post: Post
) -> None:
    # given
    matter_id = answer(office)
    letter_id = office.remembered["letter"]
    with pytest.raises(FourEyes):
        office.desk.matter_letters.release(matter_id, Call(office.ann), letter_id=letter_id)
    assert drain(office) == Drained()
    # when
    release(office, matter_id)
    assert drain(office) == Drained(sent=1)
    assert drain(office) == Drained()
    # then
    (message,) = post.sent
    row = letter_of(office, matter_id)
    assert (message.recipient, message.message_id) == (ADDRESS.email, row["message_id"])
    assert "A system was searched twice." in message.text
    assert (row["state"], row["transport"], row["released_by"]) == (DispatchState.SENT, "smtp", "bob")
    assert office.find(Matter, matter_id).status is MatterStatus.ANSWERED
    opening = office.desk.matters.open(matter_id, Call(office.ann), purpose=DisclosurePurpose.COMPLAINT)
    assert "A system was searched twice." in [each.fields.get("reasons") for each in opening.opened]
    assert office.differences() == []


def test_a_letter_whose_outcome_is_unknown_is_sent_again_under_the_same_message_id(office: Office, post: Post) -> None:
    post.outcomes = [MessageInDoubt(), MessageNotSent(), None]
    matter_id = drafted(office)
    release(office, matter_id)
    assert drain(office).put_off == 1
    for _ in range(2):
        office.clock.advance(days=1)
        drain(office)
    assert [each.message_id for each in post.sent] == [letter_of(office, matter_id)["message_id"]] * 3
    assert letter_of(office, matter_id)["state"] == DispatchState.SENT
    assert office.find(Matter, matter_id).acknowledged
    assert office.differences() == []


def test_a_letter_that_the_mail_server_refuses_fails_with_its_code_and_acknowledges_nothing(
    office: Office, post: Post
) -> None:
    post.outcomes = [MessageRefused()]
    matter_id = drafted(office)
    release(office, matter_id)
    assert drain(office).failed == 1
    row = letter_of(office, matter_id)
    assert (row["state"], row["failure"]) == (DispatchState.FAILED, MessageRefused.code)
    assert not office.find(Matter, matter_id).acknowledged
    assert drain(office) == Drained()
    assert office.differences() == []


def test_a_letter_that_is_discarded_before_it_leaves_is_not_sent(office: Office, post: Post) -> None:
    matter_id = drafted(office)
    release(office, matter_id)
    letter_id = office.remembered["letter"]
    office.desk.matter_letters.discard(matter_id, Call(office.ann), letter_id=letter_id, reason="We called her.")
    assert drain(office) == Drained()
    assert post.sent == []
    assert letter_of(office, matter_id)["state"] == DispatchState.DISCARDED


def test_a_letter_whose_matter_was_erased_does_not_leave(office: Office, post: Post) -> None:
    matter_id = drafted(office)
    release(office, matter_id)
    office.desk.repository.keystore.destroy([office.find(Matter, matter_id).keys[KeyPurpose.CASE_FILE.value]])
    assert drain(office).failed == 1
    assert (post.sent, letter_of(office, matter_id)["failure"]) == ([], "key-destroyed")


def test_a_letter_that_comes_back_is_shown_as_returned_and_what_left_stays_true(office: Office, post: Post) -> None:
    # given
    matter_id = drafted(office)
    release(office, matter_id)
    drain(office)
    message_id = letter_of(office, matter_id)["message_id"].strip("<>")
    # when: a delay, then the return, then the return again
    for permanent in (False, True, True):
        returned = Bounce((message_id,), "5.1.1", permanent=permanent)
        found = office.desk.dispatching.record_bounce(returned, Call(office.ann))
        assert found == office.remembered["letter"]
    # then
    row = letter_of(office, matter_id)
    assert (row["state"], row["return_status"]) == (DispatchState.BOUNCED, "5.1.1")
    assert office.find(Matter, matter_id).acknowledged
    assert office.names().count("matter.letter-returned") == 1


def test_a_paper_letter_is_printed_and_counts_once_somebody_posted_it(office: Office, post: Post) -> None:
    # given
    matter_id = drafted(office, Channel.POST)
    release(office, matter_id)
    letter_id = office.remembered["letter"]
    assert drain(office) == Drained()
    # when
    desk, purpose = office.desk.matter_letters, DisclosurePurpose.COMPLAINT
    pdf = desk.paper(matter_id, Call(office.ann), letter_id=letter_id, purpose=purpose)
    desk.mark_posted(matter_id, Call(office.ann), letter_id=letter_id)
    # then
    assert pdf.startswith(b"%PDF")
    assert office.names().count("matter.parts-opened") == 1
    assert (letter_of(office, matter_id)["transport"], post.sent) == ("post", [])
    assert office.find(Matter, matter_id).acknowledged
    # when: a mail can't be posted
    by_mail = drafted(office)
    release(office, by_mail)
    with pytest.raises(MatterLetterNotByPost):
        desk.mark_posted(by_mail, Call(office.ann), letter_id=office.remembered["letter"])


def test_a_reply_to_an_order_that_left_ends_its_date_on_the_case(office: Office, post: Post) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    about: dict[str, Any] = {"request_ids": (request_id,), "due_on": date(2026, 3, 20)}
    order = UUID(written(office, Call(office.ann), kind=MatterKind.ORDER, **about).resource_id)
    said: dict[str, Any] = {"kind": MatterLetterKind.AUTHORITY_REPLY, "texts": {"reply": "Wir haben gelöscht."}}
    letter = office.desk.matter_letters.prepare(order, Call(office.ann), channel=Channel.EMAIL, address=ADDRESS, **said)
    # when
    office.desk.matter_letters.release(order, Call(office.bob), letter_id=UUID(letter.resource_id))
    drain(office)
    # then
    assert office.find(Matter, order).status is MatterStatus.ANSWERED
    with office.service.database.reading() as connection:
        assert queue(connection, QueueFilter(ordered=True)).rows == []
    assert office.differences() == []


def test_a_letter_that_lacks_a_text_is_not_drafted(office: Office) -> None:
    matter_id = complaint(office)
    said: dict[str, Any] = {"kind": MatterLetterKind.ANSWER, "texts": {"reasons": "Because."}, "address": ADDRESS}
    with pytest.raises(MatterLetterIncomplete) as refused:
        office.desk.matter_letters.prepare(matter_id, Call(office.ann), channel=Channel.EMAIL, **said)
    assert refused.value.facts["missing"] == ["remedies"]


def needing_somebody(office: Office) -> tuple[list[UUID], dict[MatterAttention, int]]:
    """The matters on which somebody has to act, and how many for which reason."""
    with office.service.database.reading() as connection:
        page = matter_list(connection, at=office.clock.now(), attention=True)
        counted = attention_to_matters(connection, office.clock.now())
    return [row["matter_id"] for row in page.rows], {reason: number for reason, number in counted.items() if number}


def test_a_draft_and_a_letter_that_did_not_arrive_need_somebody(office: Office, post: Post) -> None:
    # given
    post.outcomes = [MessageRefused()]
    assert needing_somebody(office) == ([], {})
    matter_id = drafted(office)
    assert needing_somebody(office) == ([matter_id], {MatterAttention.DRAFT: 1})
    # when: it fails
    release(office, matter_id)
    assert needing_somebody(office) == ([], {})
    drain(office)
    assert needing_somebody(office) == ([matter_id], {MatterAttention.UNDELIVERED: 1})
    # when: another one is written and leaves
    said: dict[str, Any] = {"kind": MatterLetterKind.ACKNOWLEDGEMENT, "texts": {}, "address": ADDRESS}
    again = office.desk.matter_letters.prepare(matter_id, Call(office.ann), channel=Channel.EMAIL, **said)
    office.remembered["letter"] = UUID(again.resource_id)
    release(office, matter_id)
    drain(office)
    # then
    assert needing_somebody(office) == ([], {})


def test_letters_that_wait_count_from_when_they_should_have_left(office: Office, post: Post) -> None:
    matter_id = drafted(office)
    soon = office.clock.now() + timedelta(hours=1)
    letter_id = office.remembered["letter"]
    office.desk.matter_letters.release(matter_id, Call(office.bob), letter_id=letter_id, not_before=soon)
    with office.service.database.reading() as connection:
        assert matter_letters_waiting(connection, office.clock.now()) == (0, None)
        assert matter_letters_waiting(connection, soon) == (1, soon)
