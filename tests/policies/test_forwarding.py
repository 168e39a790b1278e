"""A forwarded request: the record of processing decides to whom, and the person is told (docs/law §9)."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call, service
from dsr.desk.dispatching import Address
from dsr.desk.errors import LetterUnknown
from dsr.domain.dispatch.errors import DispatchStale, LetterPartFixed
from dsr.domain.request.errors import LetterKindWrong, MessageUnexamined
from dsr.domain.request.forwarding import NotProcessor
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.message import MessageKind
from dsr.domain.request.returned_letters import LetterReturnedBefore
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.letters.fields import FreeText
from dsr.mailbox.bounce import Bounce
from dsr.projections.dispatches import dispatches_of
from tests.desk.office import Office


def test_the_person_is_told_to_whom_the_request_was_passed_on_and_when(office: Office) -> None:
    # given
    request_id = office.case_by_mail()
    # when
    office.desk.triage.forward(
        request_id, office.call(request_id), controller_id="mail-order", channel=Channel.EMAIL, text="Please answer."
    )
    office.service.policies.run()
    office.desk.dispatching.drain(office.clock.now(), 100)
    # then
    with office.service.database.reading() as connection:
        (letter,) = [each for each in dispatches_of(connection, request_id) if each["kind"] == LetterKind.FORWARDING]
    assert (letter["state"], letter["missing"]) == ("sent", [])
    (mail,) = [path.read_bytes() for path in office.outgoing() if b"Mail Order" in path.read_bytes()]
    assert b"privacy@mail-order.example" in mail
    assert office.view(request_id)["outcome"] == "forwarded"


def passed_on(office: Office, request_id: Any, **how: Any) -> Any:
    """The letter that passes a request on: written, not yet released."""
    facts: dict[str, Any] = {"kind": LetterKind.PASSING_ON, "recipient": "mail-order", **how}
    return UUID(office.desk.dispatching.prepare(request_id, Call(office.ann), **facts).resource_id)


def test_the_service_writes_the_letter_to_the_controller_and_closes_the_case_once_it_left(office: Office) -> None:
    # given
    request_id = office.case_by_mail(office.mail("Please send me a copy of my orders."))
    dispatch_id = passed_on(office, request_id)
    # then
    preview = office.desk.dispatching.preview(dispatch_id, Call(office.ann), purpose=DisclosurePurpose.ASSESSMENT)
    assert (preview.email, preview.name, preview.missing) == (
        "privacy@mail-order.example",
        "Example Mail Order SE",
        (),
    )
    assert preview.text is not None
    for said in ("Ada Lovelace", "ada@example.org", "Please send me a copy of my orders."):
        assert said in preview.text
    assert office.view(request_id)["status"] == "open"
    # when
    office.desk.dispatching.release(dispatch_id, Call(office.ann))
    office.desk.dispatching.drain(office.clock.now(), 100)
    office.service.policies.run()
    # then
    assert office.view(request_id)["outcome"] == "forwarded"
    (forwarded,) = office.events("request.forwarded")
    assert (forwarded.forwarded_to, forwarded.channel) == ("mail-order", Channel.EMAIL)
    text = office.desk.repository.sealer.open_json(forwarded.text, stream_id=request_id, field="text")
    assert text == preview.text.strip()
    # when
    office.service.policies.run()
    office.desk.dispatching.drain(office.clock.now(), 100)
    # then
    with office.service.database.reading() as connection:
        told = [each for each in dispatches_of(connection, request_id) if each["kind"] == LetterKind.FORWARDING]
    assert [each["state"] for each in told] == ["sent"]


def test_no_request_is_passed_on_while_a_message_about_it_waits(office: Office) -> None:
    """The person may have taken it back."""
    request_id = office.case_by_mail()
    dispatch_id = passed_on(office, request_id)
    office.desk.dispatching.release(dispatch_id, Call(office.ann))
    office.reply(request_id, "I take it back.")
    office.desk.dispatching.drain(office.clock.now(), 100)
    office.service.policies.run()
    assert office.view(request_id)["status"] == "open"
    with office.service.database.reading() as connection:
        [letter] = [each for each in dispatches_of(connection, request_id) if each["kind"] == LetterKind.PASSING_ON]
    assert (letter["state"], letter["failure"]) == ("failed", "message-unexamined")
    with pytest.raises(MessageUnexamined):
        passed_on(office, request_id)


def test_a_message_that_comes_after_the_letter_left_is_examined_before_the_case_closes(office: Office) -> None:
    # given
    request_id = office.case_by_mail()
    office.desk.dispatching.release(passed_on(office, request_id), Call(office.ann))
    office.desk.dispatching.drain(office.clock.now(), 100)
    message_id = office.reply(request_id, "Thank you.")
    # when
    office.service.policies.run()
    # then
    assert office.view(request_id)["status"] == "open"
    # when
    office.desk.messages.examine(
        request_id, office.call(request_id), message_ids=(message_id,), kind=MessageKind.NOTHING_TO_DO, reason="Thanks."
    )
    office.service.policies.run()
    # then
    assert office.view(request_id)["outcome"] == "forwarded"
    assert office.service.policies.positions.parked() == []


def test_the_controller_gets_the_words_of_the_person_and_a_translation_at_most(office: Office) -> None:
    request_id = office.case_by_mail(office.mail("Please send me a copy of my orders."))
    dispatch_id, edit = passed_on(office, request_id), office.desk.dispatching.edit
    with pytest.raises(LetterPartFixed):
        edit(dispatch_id, Call(office.ann), statements={"request-text": FreeText("Please send me nothing.")})
    translated = FreeText("Please send me a copy of my orders.", english="A copy of my orders, please.")
    edit(dispatch_id, Call(office.ann), statements={"request-text": translated})
    # the person wrote a second time
    with_number = FreeText("Please send me a copy of my orders.\n\nLater: my customer number is 4711.")
    edit(dispatch_id, Call(office.ann), statements={"request-text": with_number})
    # a person who telephoned left no words: the handler writes them down
    by_telephone = office.case_by_mail(office.mail(""))
    edit(passed_on(office, by_telephone), Call(office.ann), statements={"request-text": FreeText("A copy, please.")})


def test_the_controller_reads_that_the_sender_is_in_doubt(office: Office) -> None:
    """It would have sent data to a stranger."""
    request_id = office.case_by_mail(office.refuted_mail())
    dispatch_id = passed_on(office, request_id)

    def doubted() -> bool:
        shown = office.desk.dispatching.preview(dispatch_id, Call(office.ann), purpose=DisclosurePurpose.ASSESSMENT)
        return "not certain that this message came from the address" in (shown.text or "")

    assert doubted()
    # when
    office.desk.triage.confirm_sender(request_id, office.call(request_id), reason="She called.")
    with pytest.raises(DispatchStale):
        office.desk.dispatching.release(dispatch_id, Call(office.ann))
    office.desk.dispatching.edit(dispatch_id, Call(office.ann))
    # then
    assert not doubted()


def test_a_request_is_passed_on_only_to_a_controller_that_the_record_names(office: Office) -> None:
    request_id = office.case_by_mail()
    prepare = partial(office.desk.dispatching.prepare, request_id, Call(office.ann), kind=LetterKind.PASSING_ON)
    for recipient in ("callcentre-fr", "payroll", "nobody"):
        with pytest.raises(NotProcessor):
            prepare(recipient=recipient)
    with pytest.raises(LetterKindWrong):
        prepare()


@pytest.mark.parametrize("controller_id", ["callcentre-fr", "payroll", "nobody"])
def test_nothing_is_forwarded_to_joint_controllers_recipients_or_strangers(office: Office, controller_id: str) -> None:
    request_id = office.case_by_mail()
    with pytest.raises(NotProcessor):
        office.desk.triage.forward(
            request_id, office.call(request_id), controller_id=controller_id, channel=Channel.EMAIL, text="Answer."
        )


def test_only_the_member_that_works_for_that_controller_forwards_to_it(office: Office) -> None:
    request_id = office.arrived("callcentre-nl")
    with pytest.raises(NotProcessor):
        office.desk.triage.forward(
            request_id, office.call(request_id), controller_id="mail-order", channel=Channel.EMAIL, text="Answer."
        )


def came_back(office: Office, request_id: UUID) -> None:
    """The mail server of the controller returns the letter that passes the request on."""
    with office.service.database.reading() as connection:
        letters = dispatches_of(connection, request_id)
    [message_id] = [each["message_id"].strip("<>") for each in letters if each["kind"] == LetterKind.PASSING_ON]
    robot = Call(service("mail"))
    assert office.desk.dispatching.record_bounce(Bounce((message_id,), "5.1.1", permanent=True), robot) is not None


def left(office: Office, request_id: UUID, **how: Any) -> UUID:
    """A letter passed the request on; no policy has looked at it yet."""
    dispatch_id: UUID = passed_on(office, request_id, **how)
    office.desk.dispatching.release(dispatch_id, Call(office.ann))
    office.desk.dispatching.drain(office.clock.now(), 100)
    return dispatch_id


def test_a_case_closes_as_forwarded_however_late_a_message_is_examined(office: Office) -> None:
    """The runner gave up after an hour: then the case stayed open, and the person heard nothing."""
    # given
    request_id = office.case_by_mail()
    left(office, request_id)
    message_id = office.reply(request_id, "Thank you.")
    for _ in range(8):
        office.clock.advance(days=1)
        office.service.policies.run()
    # when
    office.desk.messages.examine(
        request_id, office.call(request_id), message_ids=(message_id,), kind=MessageKind.NOTHING_TO_DO, reason="Thanks."
    )
    office.service.policies.run()
    # then
    assert office.view(request_id)["outcome"] == "forwarded"
    assert office.service.policies.positions.parked() == []


def test_a_person_who_takes_back_what_was_passed_on_leaves_nothing_for_an_operator(office: Office) -> None:
    # given
    request_id = office.case_by_mail()
    left(office, request_id)
    message_id = office.reply(request_id, "I take it back.")
    office.service.policies.run()
    # when
    office.desk.messages.examine(
        request_id, office.call(request_id), message_ids=(message_id,), kind=MessageKind.WITHDRAWAL
    )
    office.service.policies.run()
    # then
    assert office.view(request_id)["outcome"] == "withdrawn"
    assert office.service.policies.positions.parked() == []


def test_a_closed_case_whose_letter_to_the_controller_came_back_is_in_the_queue(office: Office) -> None:
    """Nobody would have answered the request."""
    # given
    request_id = office.case_by_mail()
    left(office, request_id)
    office.service.policies.run()
    assert office.view(request_id)["needs_attention"] is False
    # when
    came_back(office, request_id)
    # then
    assert (office.view(request_id)["outcome"], office.view(request_id)["needs_attention"]) == ("forwarded", True)
    # when: it is passed on again
    office.desk.answers.reopen(request_id, office.call(request_id), reason="The letter came back.", item_ids=())
    office.clock.advance(hours=1)
    office.service.policies.run()
    assert office.view(request_id)["status"] == "open"
    left(office, request_id, address=Address(email="dpo@mail-order.example"))
    office.service.policies.run()
    # then
    assert (office.view(request_id)["outcome"], office.view(request_id)["needs_attention"]) == ("forwarded", False)
    assert office.differences() == []


def test_a_letter_that_came_back_at_once_passed_nothing_on(office: Office) -> None:
    request_id = office.case_by_mail()
    left(office, request_id)
    came_back(office, request_id)
    office.service.policies.run()
    assert office.view(request_id)["status"] == "open"


def test_an_envelope_to_the_controller_that_came_back_is_recorded(office: Office) -> None:
    # given
    request_id = office.case_by_mail()
    dispatch_id = passed_on(office, request_id, channel=Channel.POST)
    office.desk.dispatching.release(dispatch_id, Call(office.ann))
    with pytest.raises(LetterUnknown):
        returned(office, request_id, dispatch_id)
    office.desk.dispatching.mark_posted(dispatch_id, Call(office.ann))
    office.service.policies.run()
    # when
    returned(office, request_id, dispatch_id)
    # then
    assert office.view(request_id)["needs_attention"] is True
    with pytest.raises(LetterReturnedBefore):
        returned(office, request_id, dispatch_id)


def returned(office: Office, request_id: UUID, dispatch_id: UUID) -> None:
    office.desk.dispatching.record_returned(
        request_id, office.call(request_id), version=None, dispatch_id=dispatch_id, account="Moved."
    )


def test_a_request_that_is_passed_on_anew_is_told_anew(office: Office) -> None:
    """The person read of one controller alone, although another had the request."""
    # given
    request_id = office.case_by_mail()
    for _ in range(2):
        left(office, request_id)
        office.service.policies.run()
        office.service.policies.run()
        office.desk.dispatching.drain(office.clock.now(), 100)
        office.clock.advance(hours=1)
        office.desk.answers.reopen(request_id, office.call(request_id), reason="By mistake.", item_ids=())
        office.clock.advance(hours=1)
        office.service.policies.run()
    # then
    with office.service.database.reading() as connection:
        told = [each for each in dispatches_of(connection, request_id) if each["kind"] == LetterKind.FORWARDING]
    assert [each["state"] for each in told] == ["sent", "sent"]
    assert office.view(request_id)["status"] == "open"
