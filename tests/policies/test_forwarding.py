"""A forwarded request: the record of processing decides to whom, and the person is told (docs/law §9)."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.domain.request.errors import LetterKindWrong, MessageUnexamined
from dsr.domain.request.forwarding import NotProcessor
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.message import MessageKind
from dsr.domain.request.values import Channel, DisclosurePurpose
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


def passed_on(office: Office, request_id: Any) -> Any:
    """The letter that passes a request on: written, not yet released."""
    facts: dict[str, Any] = {"kind": LetterKind.PASSING_ON, "recipient": "mail-order"}
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
    assert [each.code for each in office.service.policies.positions.parked()] == ["message-unexamined"]
    assert office.view(request_id)["status"] == "open"
    # when
    office.desk.messages.examine(
        request_id, office.call(request_id), message_ids=(message_id,), kind=MessageKind.NOTHING_TO_DO, reason="Thanks."
    )
    office.clock.advance(days=1)
    office.service.policies.run()
    # then
    assert office.view(request_id)["outcome"] == "forwarded"
    assert office.service.policies.positions.parked() == []


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
