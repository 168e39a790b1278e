"""Matters in numbers: opened, open, missed, done in time (docs/law §7, §13)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from dsr.desk.caller import Call
from dsr.domain.matter import IncidentRisk, MatterOutcome
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.projections.matter_statistics import MatterNumbers, matter_numbers
from tests.catalogue.matters import complained, noticed
from tests.desk.office import Office

ARRIVED = datetime(2026, 7, 1, 9, tzinfo=UTC)


def counted(office: Office, kind: str, **facts: Any) -> MatterNumbers:
    with office.service.database.reading() as connection:
        found = matter_numbers(connection, at=office.clock.now(), **{"scope": None} | facts)
    return found[kind]


def opened(office: Office, controller: str = "callcentre-gb") -> UUID:
    office.clock.time = ARRIVED
    return UUID(complained(office, Call(office.ann), controller_id=controller).resource_id)


def shares(numbers: MatterNumbers) -> tuple[int, int]:
    return numbers.in_time.number, numbers.in_time.of


def test_a_complaint_counts_as_in_time_or_missed_once_it_is_acknowledged_or_its_date_has_passed(office: Office) -> None:
    # given: one that waits, one that is acknowledged in time, one too late, one never
    waits, early, late, _ = (opened(office) for _ in range(4))
    assert shares(counted(office, "complaint")) == (0, 0)
    office.desk.matters.acknowledge(early, Call(office.ann), channel=Channel.EMAIL)
    assert shares(counted(office, "complaint")) == (1, 1)
    # when
    office.clock.time = ARRIVED + timedelta(days=35)
    assert shares(counted(office, "complaint")) == (1, 4), "before a sweep recorded it"
    office.desk.matters.acknowledge(late, Call(office.ann), channel=Channel.EMAIL)
    said: dict[str, Any] = {"channel": Channel.POST, "reasons": "We looked.", "remedies": "The ICO."}
    office.desk.matters.answer(waits, Call(office.ann), **said)
    office.desk.matters.close(waits, Call(office.ann), outcome=MatterOutcome.UPHELD)
    # then
    numbers = counted(office, "complaint")
    assert (numbers.opened, numbers.open, numbers.closed, numbers.missed) == (4, 3, 1, 3)
    assert shares(numbers) == (1, 4)


def test_an_incident_is_in_time_if_its_authorities_were_notified_within_72_hours_or_need_not_be(office: Office) -> None:
    # given
    office.clock.time = ARRIVED
    notified, harmless, forgotten = (UUID(noticed(office, Call(office.ann)).resource_id) for _ in range(3))
    office.desk.matters.notify_authority(
        notified, Call(office.ann), authority="de-berlin", channel=Channel.PORTAL, content="What happened."
    )
    office.desk.matters.assess_risk(harmless, Call(office.ann), risk=IncidentRisk.UNLIKELY, reasons="Encrypted.")
    office.desk.matters.omit_notification(harmless, Call(office.ann), reasons="Encrypted.")
    # when
    office.clock.time += timedelta(hours=73)
    # then
    assert shares(counted(office, "incident")) == (2, 3)
    assert counted(office, "incident").missed == 1
    office.desk.matters.assess_risk(forgotten, Call(office.ann), risk=IncidentRisk.RISK, reasons="A list of names.")
    assert shares(counted(office, "incident")) == (2, 3), "what is assessed is not notified"


def test_the_numbers_as_of_a_past_time_are_those_that_were_shown_then(office: Office) -> None:
    # given: what was shown after each step, and a day later
    shown: list[tuple[datetime, dict[str, MatterNumbers]]] = []

    def look(days: int = 0) -> None:
        office.clock.time += timedelta(days=days)
        with office.service.database.reading() as connection:
            shown.append((office.clock.now(), matter_numbers(connection, at=office.clock.now(), scope=None)))
        office.clock.time += timedelta(seconds=1)

    look()
    answered, missed = opened(office), opened(office)
    look()
    office.clock.time += timedelta(hours=1)
    harmless = UUID(noticed(office, Call(office.ann)).resource_id)
    office.desk.matters.assess_risk(harmless, Call(office.ann), risk=IncidentRisk.UNLIKELY, reasons="Encrypted.")
    look()
    look(1)
    office.desk.matters.omit_notification(harmless, Call(office.ann), reasons="Encrypted.")
    office.desk.matters.acknowledge(answered, Call(office.ann), channel=Channel.EMAIL)
    look(3)
    office.desk.matters.assess_risk(harmless, Call(office.ann), risk=IncidentRisk.RISK, reasons="The key is public.")
    look(40)
    office.desk.matter_dates.sweep()
    said: dict[str, Any] = {"channel": Channel.POST, "reasons": "We looked.", "remedies": "The ICO."}
    for each in (answered, missed):
        office.desk.matters.answer(each, Call(office.ann), **said)
        office.desk.matters.open(each, Call(office.ann), purpose=DisclosurePurpose.COMPLAINT)
        office.desk.matters.close(each, Call(office.ann), outcome=MatterOutcome.UPHELD)
    look()
    office.clock.time += timedelta(days=1)
    # then
    assert len({str(numbers) for _, numbers in shown}) >= 6
    with office.service.database.reading() as connection:
        for at, numbers in shown:
            assert matter_numbers(connection, at=at, is_past=True, scope=None) == numbers, at
    assert office.differences() == []


def test_only_matters_in_scope_and_of_the_period_count(office: Office) -> None:
    opened(office)
    opened(office, "callcentre-de")
    assert counted(office, "complaint").opened == 2
    assert counted(office, "complaint", scope=["callcentre-gb"]).opened == 1
    assert counted(office, "complaint", scope=[]).opened == 0
    day = ARRIVED.date()
    assert counted(office, "complaint", received_from=day, received_until=day).opened == 2
    assert counted(office, "complaint", received_from=day + timedelta(days=1)).opened == 0
    assert counted(office, "complaint", received_until=day - timedelta(days=1)).opened == 0
