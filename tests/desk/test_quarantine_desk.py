"""What people do with messages that made no case."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from dsr.desk.caller import Call, Caller
from dsr.desk.errors import QuarantineUnknown, VersionStale
from dsr.desk.new_case import Person
from dsr.domain.errors import DomainError
from dsr.domain.quarantine import QuarantineSettled, QuarantineStatus
from dsr.domain.request.errors import ClockResetForbidden, FourEyes, ReasonRequired
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.roles import Role
from dsr.domain.sealed import KeyDestroyed
from dsr.projections.quarantine import quarantined_message, quarantined_messages
from tests.desk.office import Office

RAW = b"\xff\x00 a letter that no program reads"


@pytest.fixture
def waiting(office: Office) -> UUID:
    return quarantined(office, RAW, controller_id="callcentre-de")


def quarantined(office: Office, raw: bytes, **facts: Any) -> UUID:
    """The id of what could not be read."""
    quarantine_id = office.receive(raw, **facts).quarantine_id
    assert quarantine_id is not None
    return quarantine_id


def row(office: Office, quarantine_id: UUID) -> dict[str, Any]:
    with office.service.database.reading() as connection:
        found = quarantined_message(connection, quarantine_id)
    assert found is not None
    return found


def listed(office: Office, **asked: Any) -> list[UUID]:
    with office.service.database.reading() as connection:
        return [each["quarantine_id"] for each in quarantined_messages(connection, **asked).rows]


def decide(
    office: Office,
    quarantine_id: UUID,
    *,
    who: Caller | None = None,
    approve: bool = True,
    reason: str = "",
    expected: int | None = None,
) -> None:
    """Bob agrees, or somebody else does otherwise."""
    call = Call(who or office.bob, expected=expected)
    office.desk.quarantine.decide_discarding(quarantine_id, call, approve=approve, reason=reason)


def enter(office: Office, quarantine_id: UUID, **facts: Any) -> UUID:
    said: dict[str, Any] = {"controller_id": "callcentre-de", "received_at": office.clock.now()} | facts
    answer = office.desk.entry.enter_request(
        Call(office.ann),
        channel=Channel.EMAIL,
        person=Person(name="Ada Lovelace"),
        text="Access, please.",
        language="en",
        quarantine_id=quarantine_id,
        **said,
    )
    return UUID(answer.resource_id)


def test_opening_gives_back_every_byte_and_is_on_record_first(office: Office, waiting: UUID) -> None:
    assert office.desk.quarantine.open(waiting, Call(office.ann), purpose=DisclosurePurpose.TRIAGE) == RAW
    assert office.names()[-1] == "quarantine.opened"
    assert row(office, waiting)["version"] == 2, "the version that the next command must name"


def test_an_opening_that_fails_is_on_record_all_the_same(office: Office, waiting: UUID) -> None:
    message = office.desk.quarantine.load(waiting, office.ann)
    assert message.original is not None
    office.service.keystore.destroy([message.original.key_id])
    with pytest.raises(KeyDestroyed):
        office.desk.quarantine.open(waiting, Call(office.ann), purpose=DisclosurePurpose.TRIAGE)
    assert office.names()[-1] == "quarantine.opened"


def test_who_opened_a_message_can_propose_to_discard_it_with_the_version_that_is_shown(
    office: Office, waiting: UUID
) -> None:
    desk = office.desk.quarantine
    desk.open(waiting, Call(office.ann), purpose=DisclosurePurpose.TRIAGE)
    with pytest.raises(VersionStale):
        desk.propose_discarding(waiting, Call(office.ann, expected=1), reason="Noise.")
    desk.propose_discarding(waiting, Call(office.ann, expected=row(office, waiting)["version"]), reason="Noise.")
    proposed = row(office, waiting)
    assert (proposed["status"], proposed["discarding_proposed_by"]) == ("waiting", "ann")
    decide(office, waiting, expected=proposed["version"])
    shown = row(office, waiting)
    assert (shown["status"], shown["settled_by"], shown["settled_at"]) == ("discarded", "bob", office.clock.now())
    assert (shown["discarding_proposed_by"], office.differences()) == (None, [])


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_discarding_needs_a_reason(office: Office, waiting: UUID, reason: str) -> None:
    with pytest.raises(ReasonRequired):
        office.desk.quarantine.propose_discarding(waiting, Call(office.ann), reason=reason)
    office.desk.quarantine.propose_discarding(waiting, Call(office.ann), reason="Noise.")
    with pytest.raises(ReasonRequired):
        decide(office, waiting, approve=False, reason=reason)
    assert row(office, waiting)["status"] == "waiting"


def test_nobody_discards_a_message_alone_and_no_adviser_decides(office: Office, waiting: UUID) -> None:
    office.desk.quarantine.propose_discarding(waiting, Call(office.ann), reason="Noise.")
    adviser = replace(office.bob, roles=frozenset({Role.APPROVER, Role.DPO}))
    for who in (office.ann, adviser):
        with pytest.raises(FourEyes):
            decide(office, waiting, who=who)
    assert row(office, waiting)["status"] == "waiting"


def test_a_declined_discarding_leaves_the_message_waiting(office: Office, waiting: UUID) -> None:
    office.desk.quarantine.propose_discarding(waiting, Call(office.ann), reason="Noise.")
    decide(office, waiting, approve=False, reason="It asks for a copy.")
    shown = row(office, waiting)
    assert (shown["status"], shown["discarding_proposed_by"]) == ("waiting", None)
    assert office.differences() == []


def test_entering_makes_the_case_and_settles_the_message_in_one(office: Office, waiting: UUID) -> None:
    # when
    request_id = enter(office, waiting)
    # then
    shown = row(office, waiting)
    assert (shown["status"], shown["request_id"]) == ("entered", request_id)
    assert office.case(request_id).controller_id == "callcentre-de"
    for again in (
        lambda: enter(office, waiting),
        lambda: office.desk.quarantine.propose_discarding(waiting, Call(office.ann), reason="Noise."),
    ):
        with pytest.raises(QuarantineSettled):
            again()
    assert office.differences() == []


def test_an_entry_that_is_refused_leaves_the_message_waiting(office: Office, waiting: UUID) -> None:
    with pytest.raises(DomainError):
        enter(office, waiting, received_at=office.later(days=1))
    assert row(office, waiting)["status"] == "waiting"
    assert "request.received" not in office.names()


def test_entering_never_moves_the_arrival_of_the_message(office: Office, waiting: UUID) -> None:
    arrived = row(office, waiting)["received_at"]
    with pytest.raises(ClockResetForbidden):
        enter(office, waiting, received_at=arrived + timedelta(seconds=1))
    assert row(office, waiting)["status"] == "waiting"
    assert office.case(enter(office, waiting, received_at=arrived)).received_at == arrived


def test_one_message_entered_by_four_at_once_makes_one_case(office: Office, waiting: UUID) -> None:
    def try_it(_: int) -> str:
        try:
            enter(office, waiting)
        except (VersionStale, QuarantineSettled):
            return "too late"
        return "entered"

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(try_it, range(4))) == ["entered"] + ["too late"] * 3
    assert office.names().count("request.received") == 1


def test_messages_of_other_controllers_do_not_exist(office: Office, waiting: UUID) -> None:
    # given
    office.clock.advance(minutes=1)
    french = quarantined(office, RAW + b" in France", controller_id="callcentre-fr")
    eve = office.member("eve", "callcentre-fr")
    # then
    assert listed(office) == [waiting, french]
    assert listed(office, scope=frozenset({"callcentre-fr"})) == [french]
    with pytest.raises(QuarantineUnknown):
        office.desk.quarantine.open(waiting, Call(eve), purpose=DisclosurePurpose.TRIAGE)
    assert office.desk.quarantine.open(french, Call(eve), purpose=DisclosurePurpose.TRIAGE)


def test_messages_that_may_be_anybodys_are_for_those_who_see_every_controller(office: Office) -> None:
    # given
    nobodys = quarantined(office, office.mail(to="x@elsewhere.example"))
    desk, eve = office.desk.quarantine, office.member("eve", "callcentre-fr")
    # then
    assert listed(office, scope=frozenset({"callcentre-fr"})) == []
    for act in (
        lambda: desk.open(nobodys, Call(eve), purpose=DisclosurePurpose.TRIAGE),
        lambda: desk.propose_discarding(nobodys, Call(eve), reason="Noise."),
        lambda: decide(office, nobodys, who=eve),
    ):
        with pytest.raises(QuarantineUnknown):
            act()
    assert desk.open(nobodys, Call(office.ann), purpose=DisclosurePurpose.TRIAGE)


@pytest.mark.parametrize(
    "raw",
    [
        b"From: ada@example.org, bob@example.org\r\nTo: Ufficio <privacy@FR.callcentre.example>\r\n\r\nAiuto!",
        b"\0\0\r\nFrom: ada@example.org\r\nTo: x@elsewhere.example,\r\n privacy@fr.callcentre.example\r\n\r\nHelp!",
        b"no field at all\nDELIVERED-TO : privacy@fr.callcentre.example\n\nHelp!",
        b"From: a@example.org, b@example.org\rCc: \xff\xfe, privacy@fr.callcentre.example\r\rTo: x@de.example",
    ],
)
def test_an_unreadable_message_belongs_to_the_mailbox_that_it_was_sent_to(office: Office, raw: bytes) -> None:
    assert row(office, quarantined(office, raw))["controller_id"] == "callcentre-fr"


def test_an_unreadable_message_belongs_to_the_mailbox_that_it_was_fetched_from(office: Office) -> None:
    found = quarantined(office, RAW, mailbox="Privacy@fr.callcentre.example")
    assert row(office, found)["controller_id"] == "callcentre-fr"


def test_a_message_to_none_of_our_mailboxes_is_a_case_of_the_one_that_it_was_fetched_from(office: Office) -> None:
    outcome = office.receive(office.mail(to="undisclosed@example.org"), mailbox="privacy@fr.callcentre.example")
    assert office.case(outcome.request_id).controller_id == "callcentre-fr"


def test_pages_go_on_where_they_ended(office: Office) -> None:
    ids = []
    for number in range(5):
        ids.append(quarantined(office, b"garbage %d" % number, stated_arrival=office.later(hours=-number)))
    ids.reverse()
    with office.service.database.reading() as connection:
        first = quarantined_messages(connection, limit=3)
        rest = quarantined_messages(connection, limit=3, cursor=first.next)
        gone = quarantined_messages(connection, status=QuarantineStatus.DISCARDED)
    assert [each["quarantine_id"] for page in (first, rest) for each in page.rows] == ids
    assert (rest.next, gone.rows) == (None, [])


def test_what_was_never_there_is_unknown(office: Office) -> None:
    with pytest.raises(QuarantineUnknown):
        office.desk.quarantine.open(uuid4(), Call(office.ann), purpose=DisclosurePurpose.TRIAGE)
    case = office.arrived()
    with pytest.raises(QuarantineUnknown):
        office.desk.quarantine.load(case, office.ann)
