"""Messages that claim the thread of a case and stand elsewhere: the case waits for them (docs/law §9)."""

from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.errors import RequestUnknown
from dsr.desk.messages import Entered
from dsr.domain.request.errors import ClockResetForbidden, MessageUnexamined
from dsr.domain.request.message import MessageKind, StandsIn
from dsr.domain.request.values import Channel, DismissalKind, IdentityMethod, Outcome
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyDestroyed
from dsr.projections.messages import MessageFilter, message_list
from dsr.projections.quarantine import quarantined_message
from dsr.vault import IndexPurpose
from tests.catalogue.triage import MANDATE, PARTS
from tests.desk.office import Office

ELSEWHERE = "Ada Lovelace <ada@work.example>"


def on_record(office: Office, *rights: Right) -> UUID:
    """A case that came by mail and was registered."""
    request_id = office.case_by_mail()
    office.desk.triage.register(request_id, office.call(request_id), rights=rights or (Right.ACCESS,))
    return request_id


def from_elsewhere(office: Office, request_id: UUID, text: str = "Where is my answer?", **facts: Any) -> UUID:
    """A mail from another address that names the case becomes a case of its own; the policies run."""
    subject = f"Re: {office.case(request_id).reference}"
    other_id = office.case_by_mail(office.mail(text, sender=ELSEWHERE, subject=subject, **facts))
    office.service.policies.run()
    return other_id


def quarantined(office: Office, request_id: UUID) -> UUID:
    """A mail from two senders at once, which nobody can place, names the case; the policies run."""
    subject = f"Re: {office.case(request_id).reference}"
    raw = office.mail("Where is it?", sender="a@example.org, b@example.org", subject=subject)
    quarantine_id = office.receive(raw).quarantine_id
    assert quarantine_id is not None
    office.service.policies.run()
    return quarantine_id


def waiting(office: Office, request_id: UUID) -> list[tuple[UUID, StandsIn | None]]:
    return [(each.message_id, each.stands_in) for each in office.case(request_id).messages_waiting]


def test_a_message_from_another_address_holds_up_the_case_that_it_names(office: Office) -> None:
    """It became a case of its own, and the case whose thread it was in was erased and closed meanwhile."""
    # given
    request_id = on_record(office, Right.ERASURE)
    # when
    other_id = from_elsewhere(office, request_id, "Wait, send me a copy first.")
    # then
    assert waiting(office, request_id) == [(other_id, StandsIn.REQUEST)]
    with pytest.raises(MessageUnexamined):
        office.desk.items.grant(request_id, "erasure", office.call(request_id), erasure_ground=None)
    with office.service.database.reading() as connection:
        filters = MessageFilter(unexamined=True)
        (row,) = message_list(connection, filters, at=office.clock.now(), scope=frozenset({"callcentre-de"})).rows
    assert (row["request_id"], row["message_id"], row["stands_in"]) == (request_id, other_id, "request")
    assert office.differences() == []


@pytest.mark.parametrize("ends", ["registered", "dismissed", "linked", "forwarded", "split", "withdrawn"])
def test_the_case_waits_until_the_message_was_triaged_where_it_stands(office: Office, ends: str) -> None:
    request_id = on_record(office)
    other_id = from_elsewhere(office, request_id)
    call, triage = office.call(other_id), office.desk.triage
    match ends:
        case "registered":
            triage.register(other_id, call, rights=(Right.ACCESS,))
        case "dismissed":
            triage.dismiss(other_id, call, kind=DismissalKind.SPAM, reason="Not hers.")
        case "linked":
            office.desk.repository.index.write(other_id, {IndexPurpose.EMAIL: ["ada@example.org"]})
            triage.link_duplicate(other_id, call, original_id=request_id)
        case "forwarded":
            passed_on: dict[str, Any] = {"controller_id": "mail-order", "channel": Channel.EMAIL, "text": "Yours."}
            triage.forward(other_id, call, **passed_on)
        case "split":
            office.desk.splitting.split(other_id, call, parts=PARTS, mandate=MANDATE)
        case "withdrawn":
            office.desk.answers.withdraw(other_id, call, confirmed=True, statement="Forget it.", item_ids=None)
    office.service.policies.run()
    assert waiting(office, request_id) == []
    assert office.case(request_id).version == office.view(request_id)["version"]


def test_a_message_that_was_dismissed_by_mistake_holds_up_the_case_again(office: Office) -> None:
    request_id = on_record(office)
    other_id = from_elsewhere(office, request_id)
    office.desk.triage.dismiss(other_id, office.call(other_id), kind=DismissalKind.SPAM, reason="Not hers.")
    office.service.policies.run()
    office.desk.answers.reopen(other_id, office.call(other_id), reason="It is hers.", item_ids=())
    office.service.policies.run()
    assert waiting(office, request_id) == [(other_id, StandsIn.REQUEST)]


def test_a_letter_joins_its_case_with_its_arrival_and_its_original_and_is_examined_there(office: Office) -> None:
    # given
    request_id, arrival = on_record(office), office.clock.now()
    other_id = from_elsewhere(office, request_id, "I am at work. Where is it?")
    raw = office.read_file(office.events("request.received")[-1].original)
    office.clock.advance(days=2)
    # when
    office.desk.claims.join(other_id, office.call(other_id), joined_to=request_id)
    # then
    (message,) = office.case(request_id).messages_waiting
    assert (message.received_at, message.stands_in) == (arrival, None)
    event = office.events("request.follow-up-received")[-1]
    assert office.read_file(event.original) == raw
    with pytest.raises(KeyDestroyed):
        office.read_file(office.events("request.received")[-1].original)
    assert office.case(other_id).outcome is Outcome.NOT_A_REQUEST
    kind, message_ids = MessageKind.REMINDER, (message.message_id,)
    office.desk.messages.examine(request_id, office.call(request_id), message_ids=message_ids, kind=kind)
    office.service.policies.run()
    assert waiting(office, request_id) == []
    assert office.differences() == []


def test_a_proof_that_came_from_another_address_dies_with_the_decision_once_it_joined(office: Office) -> None:
    # given
    request_id = on_record(office)
    office.desk.identity.ask(
        request_id, office.call(request_id), doubt="A new address.", method=IdentityMethod.CALL_BACK, asked_at=None
    )
    other_id = from_elsewhere(office, request_id, "Here is a scan of my passport.")
    office.desk.claims.join(other_id, office.call(other_id), joined_to=request_id)
    message_ids = (office.case(request_id).messages_waiting[0].message_id,)
    kind = MessageKind.IDENTITY_ANSWER
    office.desk.messages.examine(request_id, office.call(request_id), message_ids=message_ids, kind=kind)
    # when
    office.desk.identity.give_up(request_id, office.call(request_id), reason="It is not hers.")
    # then
    for original in (office.events("request.follow-up-received")[-1].original, *originals(office, other_id)):
        with pytest.raises(KeyDestroyed):
            office.read_file(original)


def originals(office: Office, request_id: UUID) -> list[Any]:
    events: list[Any] = list(office.desk.repository.application.events.get(request_id))
    return [events[0].original]


def test_a_later_mail_in_the_thread_of_a_letter_that_joined_is_about_the_case_that_it_joined(office: Office) -> None:
    request_id = on_record(office)
    other_id = from_elsewhere(office, request_id, message_id="<first@work.example>")
    office.desk.claims.join(other_id, office.call(other_id), joined_to=request_id)
    again = office.mail("And now?", sender=ELSEWHERE, subject="Re: My request", In_Reply_To="<first@work.example>")
    third_id = office.case_by_mail(again)
    assert office.case(third_id).linked_to == request_id


def test_a_letter_joins_only_a_case_that_its_handler_sees(office: Office) -> None:
    request_id = office.arrived("callcentre-fr")
    other_id = office.case_by_mail()
    call = office.call(other_id, office.member("eve", "callcentre-de"))
    with pytest.raises(RequestUnknown):
        office.desk.claims.join(other_id, call, joined_to=request_id)
    assert office.case(other_id).outcome is None


# In the quarantine --------------------------------------------------------------------------------------------------


def test_a_quarantined_message_holds_up_the_case_that_it_names_until_it_is_discarded(office: Office) -> None:
    request_id = on_record(office)
    quarantine_id = quarantined(office, request_id)
    assert waiting(office, request_id) == [(quarantine_id, StandsIn.QUARANTINE)]
    with office.service.database.reading() as connection:
        row = quarantined_message(connection, quarantine_id)
    assert row is not None
    assert row["claimed_request"] == request_id
    office.desk.quarantine.propose_discarding(quarantine_id, Call(office.ann), reason="Noise.")
    office.desk.quarantine.decide_discarding(quarantine_id, Call(office.bob), approve=True, reason="")
    office.service.policies.run()
    assert waiting(office, request_id) == []


def test_a_quarantined_message_is_entered_on_the_case_that_it_names(office: Office) -> None:
    # given
    request_id, arrival = on_record(office), office.clock.now()
    quarantine_id = quarantined(office, request_id)
    office.clock.advance(days=1)
    entered = Entered(Channel.EMAIL, office.clock.now(), "en", "She asks where it is.", quarantine_id=quarantine_id)
    with pytest.raises(ClockResetForbidden):
        office.desk.messages.enter(request_id, office.call(request_id), entered=entered)
    # when
    entered = Entered(Channel.EMAIL, arrival, "en", "She asks where it is.", quarantine_id=quarantine_id)
    office.desk.messages.enter(request_id, office.call(request_id), entered=entered)
    # then
    ((_, stands_in),) = waiting(office, request_id)
    assert stands_in is None
    assert office.events("quarantine.entered")[-1].request_id == request_id
    office.service.policies.run()
    assert len(waiting(office, request_id)) == 1


def test_an_automatic_message_in_the_quarantine_holds_up_nothing(office: Office) -> None:
    request_id = on_record(office)
    subject = f"Automatic reply: {office.case(request_id).reference}"
    raw = office.mail("I am away.", sender=ELSEWHERE, subject=subject, Auto_Submitted="auto-replied")
    assert office.receive(raw).error == "automatic-message"
    office.service.policies.run()
    assert waiting(office, request_id) == []


def test_a_stranger_who_writes_daily_holds_up_neither_a_refusal_nor_the_end_for_ever(office: Office) -> None:
    # given
    request_id = on_record(office, Right.ERASURE)
    draft = office.refusal()
    office.desk.items.propose_refusal(request_id, "erasure", office.call(request_id, office.bob), draft=draft)
    office.clock.advance(days=30)
    from_elsewhere(office, request_id)

    def approve(reason: str) -> None:
        office.desk.items.decide_refusal(request_id, "erasure", office.call(request_id), approve=True, reason=reason)

    with pytest.raises(MessageUnexamined):
        approve("")
    # when: the last working day, with a reason
    approve("Nobody knows the sender, and the answer is due.")
    # then
    assert office.events("request.messages-bypassed")[-1].message_ids == (waiting(office, request_id)[0][0],)


def test_the_policy_notes_nothing_twice(office: Office) -> None:
    request_id = on_record(office)
    from_elsewhere(office, request_id)
    office.service.policies.start_at("wait-for-claims", 0)
    office.service.policies.run()
    assert len(office.events("request.thread-claimed")) == 1
