"""Whenever somebody is waited for, they are told: at once where it is urgent, else in one digest each morning."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import pytest

from dsr.api.app import create_app
from dsr.desk.caller import Call, service
from dsr.desk.new_case import Person
from dsr.desk.telling import TELLING_EVENTS
from dsr.desk.telling.choices import TellingNeeded
from dsr.desk.telling.waits import Waits
from dsr.domain.handing_over import TargetUnreachable
from dsr.domain.matter import Matter, MatterLetterKind
from dsr.domain.messages import MessageRefused, TransportUnavailable
from dsr.domain.request.values import Channel, End, ExtensionGround
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.domain.sealed import KeyDestroyed
from dsr.domain.staff import Staff, StaffAddressOfMailbox, staff_id
from dsr.domain.telling import TellingChoice, WaitKind
from dsr.letters.telling import SHOWN
from dsr.mailbox.bounce import Bounce
from dsr.policies.runner import BACKOFF
from dsr.projections.staff import staff_row
from tests.catalogue.matters import ADDRESS, complained, drafted, noticed, to_many, written
from tests.desk.office import Office
from tests.desk.test_forgetting import closed
from tests.desk.test_retention import batches, draw_up, propose, years_later
from tests.desk.test_sign_in_mail import Post
from tests.policies.test_policies import Desk, quote, ring, robot
from tests.proving import in_ci

__all__ = ["robot"]

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
"""Both databases hold the table alike: tests/desk/test_tellings.py."""

BACKLOG = in_ci(4, proving=1000)
DPO = "dpo@callcentre.example"
FULL = "5.2.2"
APRIL = date(2026, 4, 20)


def employ(office: Office, name: str, *controllers: str, role: Role = Role.APPROVER) -> None:
    """A member of staff with a work address."""
    office.enrol(name, *controllers, roles=(role,))
    office.desk.work_addresses.give(name, Call(service("test")), email=f"{name}@staff.example")


def sent(office: Office) -> list[EmailMessage]:
    """The mails to staff that left, the first first."""
    mails = [message_from_bytes(each.read_bytes(), policy=policy.default) for each in office.outgoing()]
    told = [each for each in mails if str(each["Message-ID"]).strip().startswith("<telling.")]
    return sorted(told, key=lambda each: each["Date"].datetime)


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def told(office: Office, robot: Desk, **later: float) -> list[EmailMessage]:
    """The mails that leave once the policies ran and this much time has passed."""
    before = {each["Message-ID"] for each in sent(office)}
    robot.run()
    robot.run()  # letters that the first run wrote
    office.clock.advance(**later)
    office.desk.telling.tell()
    return [each for each in sent(office) if each["Message-ID"] not in before]


def addressees(mails: list[EmailMessage]) -> list[str]:
    return sorted(str(each["To"]) for each in mails)


def next_morning(office: Office) -> dict[str, float]:
    """How long it is until the next digest on a working day of this spring."""
    now = office.clock.now()
    at = now.replace(hour=7, minute=0)
    while at <= now or at.weekday() > 4:
        at += timedelta(days=1)
    return {"seconds": (at - now).total_seconds()}


def is_reachable(office: Office, name: str) -> bool:
    with office.service.database.reading() as connection:
        row = staff_row(connection, name, None)
    assert row is not None
    return bool(row["reachable"])


# Digest ---------------------------------------------------------------------------------------------------------


def test_a_backlog_of_letters_makes_one_digest_for_each_person(office: Office, robot: Desk) -> None:
    # given: 134 letters once made 284 mails
    employ(office, "hal", role=Role.HANDLER)
    employ(office, "ida", role=Role.HANDLER)
    employ(office, "bea")
    for number in range(BACKLOG):
        office.arrived(person=Person(name="Eve", email=f"eve{number}@example.org"))
    # when
    at_once = told(office, robot, minutes=5)
    digest = told(office, robot, **next_morning(office))
    # then
    assert at_once == []
    assert addressees(digest) == ["hal@staff.example", "ida@staff.example"]
    assert digest[0]["Subject"] == f"Das wartet auf Sie: {BACKLOG:,}".replace(",", ".")
    assert text(digest[0]).count("noch niemand geprüft") == min(BACKLOG, SHOWN)
    # then: nobody is told twice
    assert told(office, robot, days=7) == []


def test_a_digest_names_reference_right_date_and_link_and_no_personal_data(office: Office, robot: Desk) -> None:
    employ(office, "hal", role=Role.HANDLER)
    request_id = office.registered(Right.ACCESS, Right.ERASURE)
    office.reply(request_id, "Where is my answer? Ada")
    [mail] = told(office, robot, **next_morning(office))
    reference = office.case(request_id).reference
    lines = [
        f"{reference} · Art. 15 und 17 DSGVO · 4. April 2026",
        "Eine Nachricht der betroffenen Person wartet auf Prüfung.",
    ]
    assert "\n".join(lines) in text(mail)
    assert "Ada" not in mail.as_string()
    assert "ada@" not in mail.as_string()


def test_a_digest_leaves_on_working_days_only(office: Office, robot: Desk) -> None:
    employ(office, "hal", role=Role.HANDLER)
    office.clock.time = datetime(2026, 3, 6, 16, tzinfo=UTC)
    office.receive()
    assert told(office, robot, hours=20) == []  # on Saturday
    assert told(office, robot, hours=42, minutes=50) == []  # Monday, 7:50
    assert addressees(told(office, robot, minutes=10)) == ["hal@staff.example"]


def test_nobody_is_told_of_what_was_handled_meanwhile(office: Office, robot: Desk) -> None:
    employ(office, "hal", role=Role.HANDLER)
    request_id = office.arrived()
    robot.run()
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.OBJECTION,), direct_marketing=True)
    office.desk.triage.assign(request_id, office.call(request_id), assignee="hal")
    office.desk.answers.withdraw(request_id, office.call(request_id), confirmed=True, statement="", item_ids=None)
    assert told(office, robot, days=4) == []


def test_a_service_that_was_off_for_weeks_tells_each_person_once(office: Office, robot: Desk) -> None:
    # given
    employ(office, "hal", role=Role.HANDLER)
    employ(office, "bea")
    for number in range(5):
        office.receive(office.mail(sender=f"person{number}@example.org"))
    # when: nothing ran until all dates had passed
    office.clock.time = datetime(2026, 6, 1, 9, tzinfo=UTC)
    office.desk.due_dates.sweep()
    mails = [*told(office, robot, minutes=1), *told(office, robot, **next_morning(office))]
    # then: what is urgent at once, and one digest
    assert Counter(addressees(mails)) == {"hal@staff.example": 1, "bea@staff.example": 1}


# At once --------------------------------------------------------------------------------------------------------


def propose_extension(office: Office, request_id: UUID) -> None:
    office.desk.deadlines.propose_extension(
        request_id, office.call(request_id), ground=ExtensionGround.COMPLEXITY, reasons="Recordings of ten years."
    )


def propose_refusal(office: Office, request_id: UUID) -> None:
    office.desk.items.propose_refusal(request_id, "erasure", office.call(request_id), draft=office.refusal())


def propose_end(office: Office, request_id: UUID) -> None:
    office.desk.answers.propose_end(request_id, office.call(request_id), end=End.MOOT, reasons="It asks nothing.")


@pytest.mark.parametrize("given", [propose_extension, propose_refusal, propose_end])
def test_a_proposal_reaches_its_approvers_within_a_minute(office: Office, robot: Desk, given: Any) -> None:
    # given
    for name in ("ann", "bea", "cy"):
        employ(office, name)
    employ(office, "pia", "callcentre-pl")
    request_id = office.registered(Right.ERASURE)
    told(office, robot, **next_morning(office))
    # when: ann proposes
    given(office, request_id)
    # then: everybody who may decide it is told, whom she may not be
    assert addressees(told(office, robot, seconds=59)) == ["bea@staff.example", "cy@staff.example"]


def test_a_proposal_that_was_decided_within_a_minute_is_not_told(office: Office, robot: Desk) -> None:
    employ(office, "bea")
    request_id = office.registered(Right.ERASURE)
    propose_extension(office, request_id)
    robot.run()
    office.desk.deadlines.decide_extension(request_id, office.call(request_id, office.bob), approve=True, reason="")
    assert told(office, robot, minutes=1) == []


def test_a_batch_of_files_to_be_forgotten_is_told_to_who_may_order_it(office: Office, robot: Desk) -> None:
    # given
    employ(office, "bea")
    closed(office)
    years_later(office)
    assert draw_up(office) == 1
    told(office, robot, **next_morning(office))
    # when
    propose(office, batches(office)[0]["batch_id"])
    # then
    [mail] = told(office, robot, minutes=1)
    assert "zweiten Person" in text(mail)


def test_a_burst_of_proposals_makes_one_mail(office: Office, robot: Desk) -> None:
    employ(office, "bea")
    for number in range(4):
        request_id = office.registered(Right.ERASURE, person=Person(name="Eve", email=f"eve{number}@example.org"))
        propose_refusal(office, request_id)
    [mail] = told(office, robot, seconds=50)
    assert mail["Subject"] == "Das wartet auf Sie: 4"


def test_a_short_clock_is_told_at_once_and_a_long_one_in_the_digest(office: Office, robot: Desk) -> None:
    # given
    employ(office, "hal", role=Role.HANDLER)
    request_id = office.registered(Right.ACCESS)
    told(office, robot, **next_morning(office))
    for day, at_once in ((date(2026, 3, 20), False), (date(2026, 4, 1), True)):
        ring(office, day)
        told(office, robot, **next_morning(office))
        # when
        office.reply(request_id)
        # then
        assert bool(told(office, robot, minutes=10)) is at_once


def test_what_is_assigned_is_told_to_who_did_not_take_it(office: Office, robot: Desk) -> None:
    for name in ("ann", "hal"):
        employ(office, name, role=Role.HANDLER)
    request_id = office.registered(Right.ACCESS)
    told(office, robot, **next_morning(office))
    for name in ("ann", "hal"):
        office.desk.triage.assign(request_id, office.call(request_id), assignee=name)
    mails = told(office, robot, **next_morning(office))
    assert addressees(mails) == ["hal@staff.example"]
    assert "Ihnen zugewiesen" in text(mails[0])


def test_a_draft_and_a_letter_that_did_not_arrive_are_told_to_the_assignee(office: Office, robot: Desk) -> None:
    for name in ("hal", "ida"):
        employ(office, name, role=Role.HANDLER)
    request_id = office.registered(Right.ACCESS, person=Person(name="Ada Lovelace"))
    office.desk.triage.assign(request_id, office.call(request_id), assignee="hal")
    office.desk.triage.assign(request_id, office.call(request_id), assignee="ida")
    [mail] = told(office, robot, **next_morning(office))
    assert "Ein Schreiben wartet auf Freigabe" in text(mail)
    assert mail["To"] == "ida@staff.example"


def test_system_owners_are_told_of_systems_to_search(office: Office, robot: Desk) -> None:
    employ(office, "sue", role=Role.SYSTEM_OWNER)
    request_id = office.registered(Right.ACCESS)
    assert [text(each).count("durchsucht") for each in told(office, robot, **next_morning(office))] == [1]
    office.registered(Right.ACCESS, person=Person(name="Bob", email="bob@example.org"))
    office.search(request_id, "access")
    [mail] = told(office, robot, **next_morning(office))
    assert office.case(request_id).reference not in text(mail)


def test_a_message_in_the_quarantine_is_told_to_handlers(office: Office, robot: Desk) -> None:
    employ(office, "hal", role=Role.HANDLER)
    office.receive(b"\xff\xfe not a mail")
    [mail] = told(office, robot, **next_morning(office))
    assert "Quarantäne" in text(mail)


def test_operators_are_told_when_a_policy_gave_up_and_nobody_tried_again(
    office: Office, robot: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: letters can't be written
    employ(office, "olga", role=Role.OPERATOR)
    runner = office.service.policies

    def fail(*_: object, **__: object) -> None:
        raise KeyError

    with monkeypatch.context() as broken:
        broken.setattr(office.desk.dispatching, "prepare", fail)
        request_id = office.registered(Right.ACCESS)
        for wait in (*BACKOFF, timedelta(0)):
            runner.run()
            office.clock.advance(seconds=wait.total_seconds())
    # when
    office.clock.advance(**next_morning(office))
    office.desk.telling.tell()
    # then
    [mail] = sent(office)
    assert mail["To"] == "olga@staff.example"
    assert office.case(request_id).reference in text(mail)


# Dates ----------------------------------------------------------------------------------------------------------


def test_who_works_on_a_case_and_who_decides_are_told_of_its_dates(office: Office, robot: Desk) -> None:
    for name, role in (("hal", Role.HANDLER), ("bea", Role.APPROVER), ("tom", Role.HANDLER)):
        employ(office, name, role=role)
    employ(office, "pia", "callcentre-pl")
    request_id = office.registered(Right.ACCESS)
    office.desk.triage.assign(request_id, office.call(request_id), assignee="hal")
    told(office, robot, **next_morning(office))
    ring(office, APRIL)
    mails = told(office, robot, minutes=1)
    assert addressees(mails) == ["bea@staff.example", "hal@staff.example"]
    assert "verstrichen" in text(mails[0])


def test_only_the_latest_of_the_dates_that_approach_is_told(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ACCESS)
    office.clock.time = datetime(2026, 4, 1, 9, tzinfo=UTC)  # due on 4 April, a Saturday
    office.desk.due_dates.sweep()
    assert robot.names(request_id).count("dsr.request.deadline-approaching") == 3
    [mail] = told(office, robot, minutes=1)
    assert text(mail).count(office.case(request_id).reference) == 1


def test_nobody_is_told_of_the_date_of_a_case_that_was_answered_meanwhile(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ACCESS)
    told(office, robot, **next_morning(office))
    ring(office, date(2026, 4, 2))
    office.desk.answers.withdraw(request_id, office.call(request_id), confirmed=True, statement="", item_ids=None)
    assert told(office, robot, days=3) == []


@pytest.mark.parametrize("paid", [False, True])
def test_the_team_is_told_of_a_fee_whose_offer_ended(office: Office, robot: Desk, paid: bool) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    quote(office, request_id)
    robot.run()
    robot.drain()
    (fee,) = office.case(request_id).fees.values()
    office.clock.advance(days=(fee.offer_ends_on - office.clock.now().date()).days + 1)
    office.desk.due_dates.sweep()
    # when
    if paid:
        office.desk.fees.record_paid(request_id, fee.fee_id, office.call(request_id), paid_at=fee.quoted_at)
    mails = told(office, robot, minutes=1)
    # then
    assert any("unentgeltlich" in text(each) for each in mails) is not paid


def opened(office: Office) -> UUID:
    """A complaint to the British controller, which has to be acknowledged by 30 July."""
    office.clock.time = datetime(2026, 7, 1, 9, tzinfo=UTC)
    return UUID(complained(office, Call(office.ann), controller_id="callcentre-gb").resource_id)


def rung(office: Office, robot: Desk, **later: float) -> list[EmailMessage]:
    office.clock.advance(**later)
    office.desk.matter_dates.sweep()
    return told(office, robot, minutes=1)


def test_who_is_responsible_and_the_approvers_are_told_of_a_matter_and_its_date(office: Office, robot: Desk) -> None:
    # given
    employ(office, "bea")
    employ(office, "carl", role=Role.HANDLER)
    matter_id = opened(office)
    [came_in] = told(office, robot, days=1)
    assert came_in["To"] == "bea@staff.example"
    office.desk.matters.assign(matter_id, Call(office.ann), responsible="carl")
    [assigned] = told(office, robot, days=1)
    assert assigned["To"] == "carl@staff.example"
    assert "Beschwerde" not in text(assigned)
    # when
    before = rung(office, robot, days=24)
    after = rung(office, robot, days=6)
    # then
    assert addressees(before) == addressees(after) == ["bea@staff.example", "carl@staff.example"]
    reference = office.desk.matter_letters.write(
        matter_id, office.ann, kind=MatterLetterKind.ACKNOWLEDGEMENT, texts={}
    ).text
    assert text(before[0]).splitlines()[2].split(" · ")[0] in reference
    assert "30. Juli 2026 zu bestätigen" in text(before[0]) or "30. Juli 2026" in text(before[0])
    assert "Ada" not in text(before[0]) + text(after[0])
    assert rung(office, robot, days=10) == []


def test_nobody_is_told_of_the_date_of_a_matter_that_was_met(office: Office, robot: Desk) -> None:
    matter_id = opened(office)
    told(office, robot, days=1)
    office.clock.advance(days=26)
    office.desk.matter_dates.sweep()
    office.desk.matters.acknowledge(matter_id, Call(office.ann), channel=Channel.EMAIL)
    assert told(office, robot, minutes=1) == []


def test_the_date_of_an_incident_is_told_with_its_hour(office: Office, robot: Desk) -> None:
    office.clock.time = datetime(2026, 7, 1, 9, tzinfo=UTC)
    noticed(office, Call(office.ann))
    mails = [*told(office, robot, minutes=1), *rung(office, robot, hours=50)]
    assert any("4. Juli 2026, 11:00" in text(each) for each in mails)


def test_the_team_is_told_of_the_date_that_an_authority_set(office: Office, robot: Desk) -> None:
    written(office, Call(office.ann))
    assert len(rung(office, robot, days=200)) == 1


def test_approvers_are_told_of_letters_of_a_matter_and_who_handles_it_of_what_else_waits(
    office: Office, robot: Desk
) -> None:
    # given
    for name, role in (("bea", Role.APPROVER), ("carl", Role.HANDLER), ("dora", Role.HANDLER)):
        employ(office, name, role=role)
    # when: a letter and a notice to many people wait for a second person, one of them until it is discarded
    answer = drafted(office, kind=MatterLetterKind.ANSWER, texts={"reasons": "Twice.", "remedies": "We changed it."})
    discarded = to_many(office)
    robot.run()
    call, notice_id = Call(office.ann), office.remembered["notice"]
    office.desk.matter_notices.discard(discarded, call, notice_id=notice_id, reason="Too early.")
    to_many(office)
    at_once = told(office, robot, minutes=1)
    # then
    assert addressees(at_once) == ["bea@staff.example"]
    assert text(at_once[0]).count("Ein Vorschlag wartet") == 2
    assert "Ada" not in text(at_once[0])
    told(office, robot, **next_morning(office))
    # and when: another one waits for a handler, it comes back, and somebody writes
    office.desk.matters.assign(answer, Call(office.ann), responsible="carl")
    told(office, robot, **next_morning(office))
    said: dict[str, Any] = {"kind": MatterLetterKind.ACKNOWLEDGEMENT, "texts": {}, "address": ADDRESS}
    letters = office.desk.matter_letters
    letter_id = UUID(letters.prepare(answer, call, channel=Channel.EMAIL, **said).resource_id)
    [of_draft] = told(office, robot, **next_morning(office))
    letters.release(answer, call, letter_id=letter_id)
    office.desk.dispatching.drain(office.clock.now(), 10)
    message_id = office.find(Matter, answer).letters[letter_id].message_id
    office.desk.dispatching.record_bounce(Bounce((message_id.strip("<>"),), FULL, permanent=True), call)
    office.receive(office.mail("And now?", In_Reply_To=message_id))
    [of_others] = told(office, robot, **next_morning(office))
    # then
    assert of_draft["To"] == of_others["To"] == "carl@staff.example"
    assert "Ein Schreiben wartet" in text(of_draft)
    assert "nicht zugestellt" in text(of_others)
    assert "noch niemand geprüft" in text(of_others)


# Choices --------------------------------------------------------------------------------------------------------


def choose(office: Office, name: str, **chosen: str) -> None:
    made = {WaitKind(kind): TellingChoice(choice) for kind, choice in chosen.items()}
    office.desk.telling_choices.choose(Call(office.member(name)), chosen=made)


def test_each_person_chooses_when_to_be_told(office: Office, robot: Desk) -> None:
    # given
    for name in ("hal", "ida", "jo", "kim"):
        employ(office, name, role=Role.HANDLER)
    choose(office, "hal", message="at-once")
    choose(office, "ida", message="digest")
    choose(office, "jo", message="off", task="at-once")
    # when
    office.arrived()
    # then
    assert addressees(told(office, robot, minutes=1)) == ["hal@staff.example"]
    assert addressees(told(office, robot, **next_morning(office))) == ["ida@staff.example", "kim@staff.example"]


def test_who_wants_a_digest_waits_for_it_even_if_it_is_urgent(office: Office, robot: Desk) -> None:
    employ(office, "bea")
    choose(office, "bea", approval="digest")
    propose_extension(office, office.registered(Right.ERASURE))
    assert told(office, robot, minutes=5) == []
    assert addressees(told(office, robot, **next_morning(office))) == ["bea@staff.example"]


def test_dates_can_not_be_turned_off(office: Office) -> None:
    with pytest.raises(TellingNeeded):
        choose(office, "bea", date="off", message="digest")
    choose(office, "bea", date="digest")
    shown = office.desk.telling_choices.show(office.member("bea"))
    assert shown[WaitKind.DATE] is TellingChoice.DIGEST
    assert {shown[kind] for kind in WaitKind if kind is not WaitKind.DATE} == {TellingChoice.BY_URGENCY}


# The channel of the team ----------------------------------------------------------------------------------------


class Board:
    """A channel that can be away; keeps what was posted."""

    def __init__(self) -> None:
        self.posted: list[str] = []
        self.is_away = False

    def post(self, text: str) -> None:
        if self.is_away:
            raise TargetUnreachable()
        self.posted.append(text)


@pytest.fixture
def board(office: Office, monkeypatch: pytest.MonkeyPatch) -> Board:
    made = Board()
    monkeypatch.setattr(office.desk.telling, "_channel", made)
    return made


def test_the_team_reads_in_its_channel_what_waits(office: Office, robot: Desk, board: Board) -> None:
    # given
    employ(office, "hal", role=Role.HANDLER)
    employ(office, "bea")
    request_id = office.registered(Right.ERASURE)
    office.desk.triage.assign(request_id, office.call(request_id), assignee="hal")
    # when: urgent, then the digest
    propose_extension(office, request_id)
    told(office, robot, minutes=1)
    office.receive()
    told(office, robot, **next_morning(office))
    # then
    reference = office.case(request_id).reference
    approval, digest = board.posted
    assert approval.startswith("Das wartet auf Sie: 1\n")
    assert reference in approval
    assert "zugewiesen" not in approval + digest, "that concerns one person"
    assert "ada@" not in approval + digest


def test_a_channel_that_is_away_delays_no_mail_and_is_told_in_the_end(
    office: Office, robot: Desk, board: Board
) -> None:
    employ(office, "bea")
    propose_extension(office, office.registered(Right.ERASURE))
    board.is_away = True
    assert addressees(told(office, robot, minutes=1)) == ["bea@staff.example"]
    board.is_away = False
    assert told(office, robot, minutes=6) == []
    assert len(board.posted) == 1


# Addresses ------------------------------------------------------------------------------------------------------


def test_the_dpo_is_told_where_nobody_can_be_reached_and_never_a_mailbox_that_is_read(
    office: Office, robot: Desk
) -> None:
    office.enrol("ann", roles=(Role.HANDLER,))
    with pytest.raises(StaffAddressOfMailbox):
        office.desk.work_addresses.give("ann", Call(service("test")), email="privacy@callcentre.example")
    office.registered(Right.ACCESS)
    ring(office, APRIL)
    assert addressees(told(office, robot, minutes=1)) == [DPO]


def test_who_decides_for_a_joint_controller_is_told_and_without_them_its_dpo(office: Office, robot: Desk) -> None:
    employ(office, "gus", "callcentre-de")
    employ(office, "pia", "callcentre-pl")
    request_id = office.arrived("callcentre-de")
    both = ("callcentre-de", "callcentre-fr")
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,), controllers=both)
    told(office, robot, **next_morning(office))
    ring(office, APRIL)
    dpo = office.desk.repository.ropa.current().document.controller("callcentre-fr").dpo_mailbox
    assert addressees(told(office, robot, minutes=1)) == sorted(["gus@staff.example", str(dpo)])


def test_a_mail_goes_to_the_address_that_holds_when_it_leaves(office: Office, robot: Desk) -> None:
    employ(office, "bea")
    office.registered(Right.ACCESS)
    ring(office, APRIL)
    robot.run()
    office.desk.work_addresses.give("bea", Call(service("test")), email="beatrix@staff.example")
    assert addressees(told(office, robot, minutes=1)) == ["beatrix@staff.example"]


def test_what_somebody_who_left_was_to_be_told_is_told_to_who_remains(office: Office, robot: Desk) -> None:
    employ(office, "bea")
    office.registered(Right.ACCESS)
    ring(office, APRIL)
    robot.run()
    office.desk.staff.leave("bea", office.call())
    told(office, robot, minutes=1)
    assert addressees(told(office, robot, minutes=1) or sent(office)) == [DPO]


def give_back(office: Office, mail: EmailMessage, *recipients: str) -> None:
    """The mail server of whoever got this mail has no room for it."""
    bounce = Bounce((str(mail["Message-ID"]).strip(" <>"),), FULL, permanent=True, recipients=recipients)
    assert office.desk.telling.record_bounce(bounce, Call(service("inbox"))) is not None


def test_an_address_that_returns_a_mail_is_destroyed_and_somebody_else_is_told(office: Office, robot: Desk) -> None:
    # given
    employ(office, "bea")
    address = office.find(Staff, staff_id("bea")).address
    assert address is not None
    office.registered(Right.ACCESS)
    ring(office, APRIL)
    [mail] = told(office, robot, minutes=1)
    # when
    give_back(office, mail, "bea@staff.example")
    # then
    assert office.names().count("staff.address-returned") == 1
    assert not is_reachable(office, "bea")
    with pytest.raises(KeyDestroyed):
        office.desk.repository.keystore.open(address.key_id)
    assert addressees(told(office, robot, minutes=1)) == [DPO]
    assert office.differences() == []


@pytest.mark.parametrize("recipients", [(), ("bea@staff.example",)])
def test_a_report_on_the_old_address_says_nothing_about_the_new_one(
    office: Office, robot: Desk, recipients: tuple[str, ...]
) -> None:
    employ(office, "bea")
    office.registered(Right.ACCESS)
    ring(office, APRIL)
    [mail] = told(office, robot, minutes=1)
    office.clock.advance(hours=1)
    office.desk.work_addresses.give("bea", Call(service("test")), email="beatrix@staff.example")
    give_back(office, mail, *recipients)
    assert is_reachable(office, "bea")


def test_a_mailbox_of_the_dpo_that_gave_a_mail_back_is_tried_with_the_next_one(office: Office, robot: Desk) -> None:
    office.registered(Right.ACCESS)
    ring(office, date(2026, 4, 1))
    [mail] = told(office, robot, minutes=1)
    give_back(office, mail, DPO)
    assert told(office, robot, hours=1) == [], "it is not sent again and again"
    ring(office, APRIL)
    assert addressees(told(office, robot, minutes=1)) == [DPO]


def test_nobody_takes_an_invented_report_for_one_of_ours(office: Office) -> None:
    bounce = Bounce((f"telling.{uuid4()}@callcentre.example",), FULL, permanent=True)
    assert office.desk.telling.record_bounce(bounce, Call(service("inbox"))) is None


# The mail server ------------------------------------------------------------------------------------------------


@pytest.fixture
def post(office: Office, monkeypatch: pytest.MonkeyPatch) -> Post:
    made = Post()
    monkeypatch.setattr(office.desk.telling, "_transport", made)
    return made


def test_while_the_mail_server_is_away_everything_waits_for_one_mail(office: Office, robot: Desk, post: Post) -> None:
    employ(office, "bea")
    post.refusal = TransportUnavailable()
    for number in range(3):
        request_id = office.registered(Right.ERASURE, person=Person(name="Eve", email=f"eve{number}@example.org"))
        propose_refusal(office, request_id)
        told(office, robot, minutes=1)
    post.refusal = None
    told(office, robot, minutes=6)
    assert [each.subject for each in post.taken] == ["Das wartet auf Sie: 3"]


def test_a_mail_that_is_refused_for_good_is_not_tried_again(office: Office, robot: Desk, post: Post) -> None:
    employ(office, "bea")
    request_id = office.registered(Right.ERASURE)
    propose_refusal(office, request_id)
    post.refusal = MessageRefused()
    told(office, robot, minutes=1)
    post.refusal = None
    told(office, robot, minutes=30)
    assert post.taken == []


def test_a_crash_before_the_mail_was_recorded_repeats_it_under_its_id(
    office: Office, robot: Desk, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    employ(office, "bea")
    request_id = office.registered(Right.ERASURE)
    propose_refusal(office, request_id)
    post.is_cut = True
    told(office, robot, minutes=1)
    post.is_cut = False
    told(office, robot, minutes=6)
    first, second = post.taken
    assert first.message_id == second.message_id
    told(office, robot, minutes=6)
    assert len(post.taken) == 2


def test_what_was_told_is_forgotten_after_a_month(office: Office, robot: Desk) -> None:
    employ(office, "bea")
    request_id = office.registered(Right.ERASURE)
    propose_refusal(office, request_id)
    assert len(told(office, robot, minutes=1)) == 1
    office.clock.advance(days=29)
    assert office.desk.telling.forget_old() == 0
    office.clock.advance(days=2)
    assert office.desk.telling.forget_old() > 0


# Links ----------------------------------------------------------------------------------------------------------


def test_a_mail_links_to_pages_that_are_served(office: Office) -> None:
    app = create_app(office.service)
    request_id = office.registered(Right.ACCESS)
    for recorded in office.service.log.read():
        wait = Waits(office.desk.repository).of(recorded) if type(recorded.event) in TELLING_EVENTS else None
        if wait is not None:
            path = f"/console/{wait.page}".rstrip("/")
            assert app.url_map.bind("").match(path), path
    assert office.case(request_id).reference
