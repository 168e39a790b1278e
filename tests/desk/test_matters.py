"""Matters at the desk: from a message, with dates that are recorded once, under keys of their own (docs/law §13)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.messages import Entered, Finding
from dsr.domain.matter import Matter, MatterKind, MatterOutcome
from dsr.domain.request import Request
from dsr.domain.request.message import MessageKind
from dsr.domain.request.misdelivery import Misdelivered
from dsr.domain.request.standing import HoldKind
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyDestroyed, KeyPurpose
from dsr.projections import QueueFilter, queue
from dsr.projections.matters import matter_list
from dsr.ropa.authorities import authority_of_address
from tests.catalogue.catalogue import AT_DESK
from tests.catalogue.matters import complained, written
from tests.desk.office import Office


def listed(office: Office, **wanted: Any) -> list[dict[str, Any]]:
    with office.service.database.reading() as connection:
        return list(matter_list(connection, at=office.clock.now(), **wanted).rows)


def opened(office: Office, **facts: Any) -> UUID:
    return UUID(complained(office, Call(office.ann), **facts).resource_id)


def content_of(office: Office, matter_id: UUID) -> dict[str, Any]:
    opening = office.desk.matters.open(matter_id, Call(office.ann), purpose=DisclosurePurpose.COMPLAINT)
    return dict(opening.opened[0].fields)


def test_a_message_that_is_examined_as_a_complaint_opens_a_matter_in_the_same_command(office: Office) -> None:
    # given
    request_id = office.case_by_mail()
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    message_id = office.reply(request_id, "You are far too slow. I complain.")
    # when
    office.desk.messages.examine(
        request_id, office.call(request_id), message_ids=(message_id,), kind=MessageKind.COMPLAINT
    )
    # then
    (row,) = listed(office, request_id=request_id)
    assert (row["kind"], row["message_id"]) == (MatterKind.COMPLAINT, message_id)
    assert row["received_at"] == office.case(request_id).messages[message_id].received_at
    content = content_of(office, row["matter_id"])
    assert "You are far too slow" in content["content"]
    assert "ada@example.org" in content["sender"]
    # when: it is examined once more
    office.desk.messages.examine(
        request_id, office.call(request_id), message_ids=(message_id,), kind=MessageKind.COMPLAINT
    )
    # then
    assert len(listed(office, request_id=request_id)) == 1


def test_a_complaint_by_telephone_is_entered_and_opens_its_matter_in_one_command(office: Office) -> None:
    request_id = office.registered(Right.ACCESS)
    entered = Entered(Channel.TELEPHONE, office.clock.now(), "en", "She complains of the delay.")
    office.desk.messages.enter_examined(
        request_id, office.call(request_id), entered=entered, finding=Finding(MessageKind.COMPLAINT)
    )
    (row,) = listed(office, request_id=request_id)
    assert content_of(office, row["matter_id"])["content"] == "She complains of the delay."
    assert office.differences() == []


def test_dates_of_matters_are_recorded_once_and_a_missed_one_stays_on_record(office: Office) -> None:
    # given
    office.clock.time = datetime(2026, 7, 1, 9, tzinfo=UTC)
    matter_id = opened(office, controller_id="callcentre-gb")
    assert office.desk.matter_dates.sweep().found == 0
    assert listed(office, late=True) == []
    assert listed(office, due_until=date(2026, 7, 29)) == []
    assert [row["matter_id"] for row in listed(office, due_until=date(2026, 7, 30))] == [matter_id]
    # when
    office.clock.time += timedelta(days=26)
    assert office.desk.matter_dates.sweep().recorded == 1
    assert office.desk.matter_dates.sweep().found == 0
    office.clock.time += timedelta(days=26)
    assert [row["matter_id"] for row in listed(office, late=True)] == [matter_id]
    assert office.desk.matter_dates.sweep().recorded == 1
    assert office.desk.matter_dates.sweep().found == 0
    # then
    assert [name for name in office.names() if name.startswith("matter.date")] == [
        "matter.date-approaching",
        "matter.date-missed",
    ]
    office.desk.matters.acknowledge(matter_id, Call(office.ann), channel=Channel.EMAIL)
    (row,) = listed(office)
    assert (row["missed"], row["due_on"]) == (True, None)
    assert listed(office, late=True) == []
    assert office.differences() == []


def test_destroying_the_key_of_a_matter_leaves_its_case_as_it_is(office: Office) -> None:
    request_id = office.registered(Right.ACCESS)
    matter_id = opened(office, request_ids=(request_id,))
    keys = office.find(Matter, matter_id).keys
    office.desk.repository.keystore.destroy([keys[KeyPurpose.CASE_FILE.value]])
    call, purpose = office.call(request_id), DisclosurePurpose.TRIAGE
    assert office.desk.disclosures.open(request_id, call, purpose=purpose, versions=None).opened
    with pytest.raises(KeyDestroyed):
        office.desk.matters.answer(
            matter_id, Call(office.ann), channel=Channel.POST, reasons="Because.", remedies="The authority."
        )


def test_a_misdelivery_opens_an_incident_by_itself(office: Office) -> None:
    request_id = office.registered(Right.ACCESS)
    office.desk.deliveries.record_misdelivery(
        request_id,
        office.call(request_id),
        what=Misdelivered.LETTER,
        dispatch_id=None,
        export_id=None,
        noticed_at=office.clock.now(),
        account="Her neighbour has the letter.",
    )
    (row,) = listed(office, kind=MatterKind.INCIDENT)
    assert (row["request_ids"], row["authorities"]) == ([str(request_id)], ["de-berlin"])
    assert row["due_at"] == office.clock.now() + timedelta(hours=72)
    assert content_of(office, row["matter_id"])["content"] == "Her neighbour has the letter."


def test_a_message_that_reports_an_incident_starts_the_hours_with_its_arrival(office: Office) -> None:
    request_id = office.case_by_mail()
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    message_id = office.reply(request_id, "I got somebody else's letter.")
    arrived_at = office.case(request_id).messages[message_id].received_at
    office.clock.time += timedelta(hours=30)
    office.desk.messages.examine(
        request_id, office.call(request_id), message_ids=(message_id,), kind=MessageKind.INCIDENT
    )
    (row,) = listed(office, kind=MatterKind.INCIDENT)
    assert row["due_at"] == arrived_at + timedelta(hours=72)
    assert office.differences() == []


def test_an_order_reopens_its_cases_and_its_date_stands_beside_theirs(office: Office) -> None:
    # given
    request_id = AT_DESK["reopen"].given(office)
    assert request_id is not None
    assert office.case(request_id).is_closed
    # when
    opened = written(
        office, Call(office.ann), kind=MatterKind.ORDER, request_ids=(request_id,), item_ids=("access", "erasure")
    )
    # then
    assert not office.case(request_id).is_closed
    before = office.desk.deadlines.explain(request_id, office.ann, as_of=None)
    (step,) = [each for each in before.steps if each.rule == "authority-order"]
    assert step.result == min(date(2026, 4, 10), before.deadline.effective_due)
    # when: a new letter moves the date of the order, and no date of the case
    matter_id = UUID(opened.resource_id)
    office.desk.matters.move_date(
        matter_id,
        Call(office.ann),
        due_on=date(2026, 3, 10),
        received_at=office.clock.now(),
        channel=Channel.POST,
        content="At once.",
    )
    # then
    after = office.desk.deadlines.explain(request_id, office.ann, as_of=None)
    assert after.deadline == before.deadline
    assert [each.result for each in after.steps if each.rule == "authority-order"] == [date(2026, 3, 10)]
    assert office.differences() == []


def queue_of(office: Office, **wanted: Any) -> list[dict[str, Any]]:
    """The queue: soonest due first."""
    with office.service.database.reading() as connection:
        return list(queue(connection, QueueFilter(**wanted)).rows)


def test_the_queue_shows_the_date_of_an_order_beside_that_of_the_case_and_sorts_by_the_earlier(office: Office) -> None:
    # given: a case that is due earlier than another
    first = office.registered(Right.ACCESS)
    office.clock.time += timedelta(days=3)
    second = office.registered(Right.ACCESS)
    assert [row["request_id"] for row in queue_of(office)] == [first, second]
    own = office.case(second).clock.deadline
    assert own is not None
    # when: an authority orders something about the other one
    order = written(office, Call(office.ann), kind=MatterKind.ORDER, request_ids=(second,), due_on=date(2026, 3, 20))
    # then
    assert [row["request_id"] for row in queue_of(office)] == [second, first]
    (row,) = queue_of(office, ordered=True)
    assert (row["order_due"], row["due_on"], row["due_source"]) == (date(2026, 3, 20), date(2026, 3, 20), "order")
    assert row["effective_due"] == own.effective_due
    assert queue_of(office, due_before=date(2026, 3, 21)) == [row]
    # when: the authority gives more time than the law does
    matter_id = UUID(order.resource_id)
    moved: dict[str, Any] = {"received_at": office.clock.now(), "channel": Channel.POST, "content": "Later."}
    office.desk.matters.move_date(matter_id, Call(office.ann), due_on=date(2026, 6, 1), **moved)
    (row,) = queue_of(office, ordered=True)
    assert (row["order_due"], row["due_on"], row["due_source"]) == (date(2026, 6, 1), own.effective_due, "promise")
    # when: the answer leaves
    office.desk.matters.answer(matter_id, Call(office.ann), channel=Channel.POST, reasons="We did it.")
    # then
    assert queue_of(office, ordered=True) == []
    assert [row["request_id"] for row in queue_of(office)] == [first, second]
    assert office.differences() == []


def test_an_order_from_before_cases_had_its_date_is_noted_on_them(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: as an earlier version left it
    request_id = office.registered(Right.ACCESS)
    with monkeypatch.context() as before:
        before.setattr(Request, "note_order_date", lambda *_, **__: None)
        written(office, Call(office.ann), kind=MatterKind.ORDER, request_ids=(request_id,), due_on=date(2026, 3, 20))
    assert queue_of(office, ordered=True) == []
    # when
    assert office.desk.matter_dates.sweep().recorded == 1
    # then
    assert [row["due_source"] for row in queue_of(office, ordered=True)] == ["order"]
    assert office.desk.matter_dates.sweep().found == 0
    assert office.differences() == []


def erased_case(office: Office) -> UUID:
    """A closed case whose file was erased."""
    request_id = office.registered(Right.ACCESS)
    office.desk.answers.withdraw(
        request_id, office.call(request_id), confirmed=True, statement="Forget it.", item_ids=None
    )
    office.desk.repository.keystore.destroy(set(office.case(request_id).keys.values()))
    return request_id


@pytest.mark.parametrize("way", ["opened about it", "linked later"])
def test_an_order_about_a_case_that_was_erased_opens_a_new_one(office: Office, way: str) -> None:
    """The order was refused, since nothing can be recorded on the old file."""
    # given
    old = erased_case(office)
    # when
    if way == "opened about it":
        order = written(office, Call(office.ann), kind=MatterKind.ORDER, request_ids=(old,), item_ids=("access",))
        matter_id = UUID(order.resource_id)
    else:
        matter_id = UUID(written(office, Call(office.ann), kind=MatterKind.ORDER).resource_id)
        office.desk.matters.link_request(matter_id, Call(office.ann), request_id=old)
    # then
    linked, new = office.find(Matter, matter_id).request_ids
    assert linked == old
    case = office.case(new)
    assert (case.linked_to, case.link_reason) == (old, "order")
    assert (case.received_at, case.is_closed) == (office.find(Matter, matter_id).received_at, False)
    assert case.suggested_rights == ((Right.ACCESS,) if way == "opened about it" else ())
    steps = office.desk.deadlines.explain(new, office.ann, as_of=None).steps
    assert [each.result for each in steps if each.rule == "authority-order"]
    assert office.case(old).is_closed
    assert office.differences() == []


def test_an_inquiry_may_concern_a_case_that_was_erased(office: Office) -> None:
    old = erased_case(office)
    matter_id = UUID(written(office, Call(office.ann), request_ids=(old,)).resource_id)
    assert office.find(Matter, matter_id).request_ids == (old,)


@pytest.mark.parametrize("way", ["opened about it", "linked later"])
def test_a_claim_about_a_case_that_was_erased_is_opened_and_holds_only_the_others(office: Office, way: str) -> None:
    """The claim was refused, so nobody could put it on record with its date."""
    # given
    old, other = erased_case(office), office.registered(Right.ACCESS)
    # when
    named = (old, other) if way == "opened about it" else (other,)
    claim = UUID(written(office, Call(office.ann), kind=MatterKind.COURT_CLAIM, request_ids=named).resource_id)
    if way == "linked later":
        office.desk.matters.link_request(claim, Call(office.ann), request_id=old)
    # then
    matter = office.find(Matter, claim)
    assert set(matter.request_ids) == {old, other}
    assert [each.request_id for each in matter.holds] == [other]
    assert office.differences() == []


def test_a_claim_closes_although_a_case_that_it_held_was_erased(office: Office) -> None:
    # given
    request_id = office.registered(Right.ERASURE)
    claim = UUID(written(office, Call(office.ann), kind=MatterKind.COURT_CLAIM, request_ids=(request_id,)).resource_id)
    office.desk.repository.keystore.destroy(set(office.case(request_id).keys.values()))
    office.desk.matters.answer(claim, Call(office.ann), channel=Channel.POST, reasons="We deny it.")
    # when
    office.desk.matters.close(claim, Call(office.ann), outcome=MatterOutcome.REJECTED)
    # then
    assert not [each for each in office.case(request_id).holds.values() if each.kind is HoldKind.LEGAL]
    assert office.differences() == []


def test_a_claim_holds_the_data_of_its_cases_until_it_is_closed(office: Office) -> None:
    # given
    first, second = office.registered(Right.ERASURE), office.registered(Right.ACCESS)
    claim = UUID(written(office, Call(office.ann), kind=MatterKind.COURT_CLAIM, request_ids=(first,)).resource_id)
    office.desk.matters.link_request(claim, Call(office.ann), request_id=second)

    def legal(request_id: UUID) -> list[HoldKind]:
        return [each.kind for each in office.case(request_id).holds.values() if each.kind is HoldKind.LEGAL]

    assert (legal(first), legal(second)) == ([HoldKind.LEGAL], [HoldKind.LEGAL])
    # when
    office.desk.matters.answer(claim, Call(office.ann), channel=Channel.POST, reasons="We deny it.")
    office.desk.matters.close(claim, Call(office.ann), outcome=MatterOutcome.REJECTED)
    # then
    assert (legal(first), legal(second)) == ([], [])
    assert office.differences() == []


@pytest.mark.parametrize(
    "sender", ["mailbox@datenschutz-berlin.de", "Referat III <r3@Datenschutz-Berlin.de>", "casework@ico.org.uk"]
)
def test_mail_of_an_authority_opens_no_request_and_waits_to_become_a_matter(office: Office, sender: str) -> None:
    request_id = office.case_by_mail()
    outcome = office.receive(office.mail(sender=sender, subject=f"Re: {office.case(request_id).reference}"))
    assert (outcome.outcome, outcome.error, outcome.request_id) == ("quarantined", "authority-sender", None)
    assert office.names().count("request.received") == 1


def test_others_of_the_same_administration_are_no_authority(office: Office) -> None:
    assert authority_of_address("tietosuoja@om.fi") is not None
    assert authority_of_address("somebody.else@om.fi") is None
    assert office.receive(office.mail(sender="somebody.else@om.fi")).error is None
