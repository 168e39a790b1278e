"""An auditor changes nothing but their own trail."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from dsr.domain.acting import Acting
from dsr.domain.audit import AuditEventsRead, AuditRequestRead, AuditTrail, AuditTrailOpened, trail_id
from dsr.domain.staff import staff_id

NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)


def read(trail: AuditTrail, **facts: object) -> None:
    question: dict[str, Any] = {"stream_id": None, "name": None, "recorded_from": None, "recorded_until": None}
    place: dict[str, Any] = {"after": 0, "until": 9, "count": 9, "withheld": 2}
    trail.read_events(Acting("eve", NOW), **(place | question | facts))


def test_each_auditor_has_one_trail_for_ever() -> None:
    assert trail_id("eve") == trail_id("eve") != trail_id("eva")
    assert trail_id("eve") != staff_id("eve")
    assert AuditTrail.open(Acting("eve", NOW)).id == trail_id("eve")


def test_a_reading_says_what_was_asked_and_how_much_was_shown() -> None:
    trail = AuditTrail.open(Acting("eve", NOW))
    read(trail, name="dsr.request.received")
    opened, happened = trail.collect_events()
    assert isinstance(opened, AuditTrailOpened)
    assert isinstance(happened, AuditEventsRead)
    assert (happened.after, happened.until, happened.count, happened.withheld) == (0, 9, 9, 2)
    assert (happened.name, happened.stream_id, happened.actor) == ("dsr.request.received", None, "eve")


def test_reading_a_case_says_which_and_as_of_when() -> None:
    trail, case = AuditTrail.open(Acting("eve", NOW)), uuid4()
    trail.read_request(Acting("eve", NOW), request_id=case, as_of=NOW)
    happened = trail.collect_events()[1]
    assert isinstance(happened, AuditRequestRead)
    assert (happened.request_id, happened.as_of) == (case, NOW)


def test_a_trail_goes_on_after_its_last_event_without_the_events_before() -> None:
    # given
    trail = AuditTrail.open(Acting("eve", NOW))
    read(trail)
    last: Any = trail.collect_events()[-1]
    # when
    again = AuditTrail.after(last)
    # then
    assert (again.id, again.version) == (trail.id, trail.version)
    read(again)
    assert [each.originator_version for each in again.collect_events()] == [3]
