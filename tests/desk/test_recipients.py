"""Recipients at the desk: who has to hear of what was done, by the record that the case pinned (GDPR Art. 19)."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.new_case import Person
from dsr.domain.request.erasure import ErasureGround
from dsr.domain.request.errors import AnswerDatesInvalid, ReasonRequired
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.recipients import NothingToTell, Obstacle, RecipientSettled
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.domain.ropa import RecipientUnknown
from dsr.projections.dispatches import dispatches_of
from dsr.projections.recipients import recipients_of, untold
from tests.desk.office import Office

DE, FR = "callcentre-de", "callcentre-fr"


def erased(office: Office, *, subjects: tuple[str, ...] = (), controllers: tuple[str, ...] = ()) -> UUID:
    """A case whose erasures were all carried out."""
    request_id: UUID = office.arrived()
    said: dict[str, Any] = {"rights": (Right.ERASURE,), "subjects": subjects, "controllers": controllers}
    office.desk.triage.register(request_id, office.call(request_id), **said)
    for item_id in office.case(request_id).items:
        office.desk.items.grant(
            request_id, item_id, office.call(request_id), erasure_ground=ErasureGround.NO_LONGER_NECESSARY
        )
        office.done(request_id, item_id, account="All gone.")
    return request_id


def ledger(office: Office, request_id: UUID) -> list[tuple[str, str, bool]]:
    with office.service.database.reading() as connection:
        rows = recipients_of(connection, request_id)
    return [(row["item_id"], row["recipient"], row["settled"]) for row in rows]


def tell(office: Office, request_id: UUID, recipient: str = "telephony", **facts: Any) -> Any:
    said: dict[str, Any] = {"told_at": None, "channel": Channel.EMAIL} | facts
    return office.desk.recipients.tell(request_id, "erasure", office.call(request_id), recipient=recipient, **said)


def excuse(office: Office, request_id: UUID, recipient: str = "payroll", **facts: Any) -> Any:
    said: dict[str, Any] = {"obstacle": Obstacle.IMPOSSIBLE, "explanation": "It went out of business."} | facts
    return office.desk.recipients.excuse(request_id, "erasure", office.call(request_id), recipient=recipient, **said)


def untold_by(office: Office, day: date, **asked: Any) -> list[tuple[UUID, str]]:
    with office.service.database.reading() as connection:
        return [(row["request_id"], row["recipient"]) for row in untold(connection, day, **asked)]


@pytest.mark.parametrize(
    ("subjects", "recipients"),
    [
        ((), ["payroll", "tax-office", "telephony"]),
        (("customers",), ["telephony"]),
        (("employees",), ["payroll", "tax-office", "telephony"]),
        (("other-callers",), []),
    ],
)
def test_recipients_of_the_people_concerned_have_to_be_told(
    office: Office, subjects: tuple[str, ...], recipients: list[str]
) -> None:
    request_id = erased(office, subjects=subjects)
    assert ledger(office, request_id) == [("erasure", each, False) for each in recipients]


def test_each_controller_has_recipients_of_its_own(office: Office) -> None:
    request_id = erased(office, controllers=(FR, DE))
    assert ledger(office, request_id) == [
        ("erasure", "telephony", False),
        *(("erasure-2", each, False) for each in ("payroll", "tax-office", "telephony")),
    ]


def test_recipients_are_those_of_the_record_that_the_case_pinned(office: Office, example: str) -> None:
    before: UUID = office.registered(Right.ERASURE)
    changed = example.replace("    recipients: [payroll, tax-office]\n", "    recipients: [tax-office]\n")
    assert changed != example
    office.desk.ropa.adopt(changed.encode(), Call(office.ann))
    office.desk.items.grant(before, "erasure", office.call(before), erasure_ground=ErasureGround.NO_LONGER_NECESSARY)
    office.done(before, "erasure", account="All gone.")
    assert [recipient for _, recipient, _ in ledger(office, before)] == ["payroll", "tax-office", "telephony"]
    assert [recipient for _, recipient, _ in ledger(office, erased(office))] == ["tax-office", "telephony"]


def test_who_was_told_or_excused_is_settled_once(office: Office) -> None:
    request_id = erased(office)
    tell(office, request_id)
    excuse(office, request_id)
    assert ledger(office, request_id) == [
        ("erasure", "payroll", True),
        ("erasure", "tax-office", False),
        ("erasure", "telephony", True),
    ]
    for again in (tell, excuse):
        for recipient in ("telephony", "payroll"):
            with pytest.raises(RecipientSettled):
                again(office, request_id, recipient)
    assert office.differences() == []


def test_only_recipients_of_the_record_are_told_when_something_was_done(office: Office) -> None:
    request_id = office.granted(Right.ERASURE)
    for settle in (tell, excuse):
        with pytest.raises(NothingToTell):
            settle(office, request_id)
    request_id = erased(office)
    for settle in (tell, excuse):
        with pytest.raises(RecipientUnknown):
            settle(office, request_id, "nobody")
    with pytest.raises(ReasonRequired):
        excuse(office, request_id, explanation=" ")
    with pytest.raises(AnswerDatesInvalid):
        tell(office, request_id, told_at=office.later(seconds=1))


def test_what_an_objection_restricts_is_told_to_recipients_until_it_is_decided(office: Office) -> None:
    # given
    request_id: UUID = office.registered(Right.OBJECTION)
    said: dict[str, Any] = {"told_at": None, "channel": Channel.EMAIL, "recipient": "telephony"}
    with pytest.raises(NothingToTell):
        office.desk.recipients.tell(request_id, "objection", office.call(request_id), **said)
    grounds: dict[str, Any] = {"activities": ("employee-evaluation",), "grounds": "My voice changed after an illness."}
    office.desk.objection.object(request_id, "objection", office.call(request_id), **grounds)
    # when
    office.desk.recipients.tell(request_id, "objection", office.call(request_id), **said)
    # then
    assert ledger(office, request_id) == [("objection", "telephony", True)]
    assert office.differences() == []


def test_the_duty_outlives_the_answer(office: Office) -> None:
    request_id = erased(office)
    letter = office.letter(LetterKind.ERASURE)
    office.desk.answers.record_answer(request_id, office.call(request_id), draft=letter, item_ids=("erasure",))
    office.desk.answers.close(request_id, office.call(request_id), unidentified=False)
    tell(office, request_id)
    assert ("erasure", "telephony", True) in ledger(office, request_id)


def test_untold_recipients_are_listed_by_the_day_and_for_the_controllers_in_scope(office: Office) -> None:
    # given: done on Thursday, to be told within five working days
    german = erased(office, subjects=("customers",))
    french = office.arrived()
    said: dict[str, Any] = {"rights": (Right.ERASURE,), "controllers": (FR,)}
    office.desk.triage.register(french, office.call(french), **said)
    office.desk.items.grant(french, "erasure", office.call(french), erasure_ground=ErasureGround.NO_LONGER_NECESSARY)
    office.clock.advance(days=1)
    office.done(french, "erasure", account="All gone.")
    # then
    everything = [(german, "telephony"), (french, "telephony")]
    assert untold_by(office, date(2026, 3, 11)) == []
    assert untold_by(office, date(2026, 3, 12)) == everything[:1]
    assert untold_by(office, date(2026, 3, 13)) == everything, "the longest due first"
    assert untold_by(office, date(2026, 3, 13), limit=1) == everything[:1]
    assert untold_by(office, date(2026, 3, 13), scope=frozenset({FR})) == everything[1:], "who answers the item"
    assert untold_by(office, date(2026, 3, 13), scope=frozenset()) == []
    # when
    tell(office, german)
    # then
    assert untold_by(office, date(2026, 3, 13)) == everything[1:]


@pytest.mark.parametrize(("days", "late"), [(7, False), (8, True)])
def test_who_is_told_after_five_working_days_is_told_late(office: Office, days: int, late: bool) -> None:
    request_id = erased(office)
    office.clock.advance(days=days)
    tell(office, request_id)
    with office.service.database.reading() as connection:
        [row] = [row for row in recipients_of(connection, request_id) if row["recipient"] == "telephony"]
    assert (row["late"], row["channel"], row["settled_by"]) == (late, "email", "ann")


def test_a_correction_is_told_only_to_recipients_of_the_system_that_was_touched(office: Office) -> None:
    """The activity that uses `crm` has no recipients; the operator of the recordings need not know the person."""
    request_id: UUID = office.granted(Right.RECTIFICATION)
    office.rectify(request_id, field="telephone", system="crm", before="030 1", after="030 2")
    office.search(request_id, "rectification", "crm")
    office.desk.items.record_done(request_id, "rectification", office.call(request_id), account="Corrected.")
    assert ledger(office, request_id) == []


def test_an_erasure_is_told_only_to_recipients_of_the_granted_activities(office: Office) -> None:
    request_id: UUID = office.registered(Right.ERASURE)
    office.desk.items.grant(
        request_id,
        "erasure",
        office.call(request_id),
        erasure_ground=ErasureGround.NO_LONGER_NECESSARY,
        activities=("customer-calls",),
    )
    office.done(request_id, "erasure", account="All calls are gone.")
    assert ledger(office, request_id) == [("erasure", "telephony", False)]


def notices(office: Office, request_id: UUID) -> list[tuple[str, str]]:
    """Recipient and state of each notice."""
    office.service.policies.run()
    with office.service.database.reading() as connection:
        rows = dispatches_of(connection, request_id)
    return sorted((row["recipient"], row["state"]) for row in rows if row["kind"] == LetterKind.RECIPIENT_NOTICE)


def test_a_court_that_got_one_file_is_added_and_gets_its_notice(office: Office) -> None:
    request_id = erased(office)
    office.desk.recipients.add(
        request_id,
        "erasure",
        office.call(request_id),
        contact=Person(name="Court of Berlin", email="post@court.example"),
        reason="It got the recording of 2 March.",
    )
    assert ("other-1", "queued") in notices(office, request_id)
    office.desk.dispatching.drain(office.clock.now(), 100)
    assert any("post@court.example" in mail.read_text() for mail in office.outgoing())
    assert ("erasure", "other-1", True) in ledger(office, request_id)


def test_an_added_recipient_has_a_name_and_an_address(office: Office) -> None:
    request_id = erased(office)
    for contact in (Person(name="Court of Berlin"), Person(email="post@court.example")):
        with pytest.raises(ReasonRequired):
            office.desk.recipients.add(
                request_id, "erasure", office.call(request_id), contact=contact, reason="It got one file."
            )


def test_notices_of_a_restriction_until_the_balance_wait_for_a_handler(office: Office) -> None:
    request_id = office.registered(Right.OBJECTION)
    office.desk.objection.object(
        request_id,
        "objection",
        office.call(request_id),
        activities=("employee-evaluation",),
        grounds="My health suffers from it.",
    )
    assert notices(office, request_id) == [("telephony", "draft")]
    assert ledger(office, request_id) == [("objection", "telephony", False)]


def test_a_notice_entered_too_late_is_late_until_its_day_is_confirmed(office: Office) -> None:
    request_id = erased(office)
    told_at = office.clock.now()
    office.clock.advance(days=20)
    tell(office, request_id, told_at=told_at)

    def row() -> Any:
        with office.service.database.reading() as connection:
            rows = recipients_of(connection, request_id)
        return next(each for each in rows if each["recipient"] == "telephony")

    assert row()["late"]
    assert row()["earlier_fact"] == office.case(request_id).version
    office.confirm_earlier_fact(request_id)
    assert (row()["late"], row()["earlier_fact"]) == (False, None)
    assert office.differences() == []
