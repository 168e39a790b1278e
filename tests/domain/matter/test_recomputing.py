"""An audit recomputes the dates of matters from the facts before them (docs/law §7, §13)."""

import typing
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast
from uuid import uuid4

import pytest

from dsr.domain.acting import Acting
from dsr.domain.events import Event, event_types
from dsr.domain.matter import AuthorityLetter, IncidentRisk, Matter, MatterDate, MatterKind, MatterOutcome
from dsr.domain.matter.recomputing import MatterBefore
from dsr.domain.request.recomputed import RULES, Discrepancy, recompute
from dsr.domain.request.standing import ForgettingGround
from dsr.domain.request.values import Channel
from dsr.domain.ropa import RecordOfProcessing, RopaAdopted
from dsr.domain.sealed import KeyIntroduction, KeyPurpose
from tests.domain.matter.a_matter import ARRIVED, CALENDAR, KEY, RECORD, SEALED, acting, answer, complaint
from tests.domain.matter.test_incident import incident
from tests.reckoned_anew import objections

HOURS = timedelta(hours=1)


def record() -> RecordOfProcessing:
    """The record of the example, in which the British controller counts the days of the tests."""
    olga = Acting("olga", ARRIVED)
    made = RecordOfProcessing.open(olga)
    made.record(
        olga,
        RopaAdopted,
        number=1,
        sha256="ab" * 32,
        document=RECORD,
        calendars=(CALENDAR, replace(CALENDAR, country="DE", zone="Europe/Berlin")),
    )
    return made


def audited(events: list[Event]) -> list[tuple[str, Discrepancy]]:
    """What is wrong with the dates of a history, each with the name of its event."""
    found: list[tuple[str, Discrepancy]] = []
    matter: Matter | None = None
    for event, following in zip(events, [*events[1:], None], strict=True):
        known = cast(Matter, event.mutate(None)) if matter is None else matter
        _, wrong, right = recompute(event, MatterBefore(known, record(), following))
        matter = cast(Matter, right.mutate(matter))
        found += [(event.TOPIC.removeprefix("dsr.matter."), each) for each in wrong]
    return found


def history(matter: Matter) -> list[Event]:
    return [cast(Event, each) for each in matter.collect_events()]


def answered_late() -> Matter:
    matter = complaint()
    matter.record_due(acting(ARRIVED + 25 * 24 * HOURS))
    matter.record_due(acting(ARRIVED + 40 * 24 * HOURS))
    answer(matter, ARRIVED + 41 * 24 * HOURS)
    return matter


def notified_in_phases() -> Matter:
    """An incident that seemed harmless at first."""
    matter = incident(ARRIVED, controllers=("callcentre-gb",))
    matter.assess_risk(acting(ARRIVED + 2 * HOURS), risk=IncidentRisk.UNLIKELY, reasons=SEALED)
    matter.omit_notification(acting(ARRIVED + 3 * HOURS), reasons=SEALED)
    matter.assess_risk(acting(ARRIVED + 80 * HOURS), risk=IncidentRisk.RISK, reasons=SEALED)
    for hours in (81, 90):
        matter.notify_authority(
            acting(ARRIVED + hours * HOURS),
            authority="gb-ico",
            notified_at=ARRIVED + hours * HOURS,
            channel=Channel.PORTAL,
            content=SEALED,
            late_reasons=SEALED,
        )
    return matter


def ordered() -> Matter:
    """An order whose date a second letter moved."""
    letter = AuthorityLetter(MatterKind.ORDER, "ICO", date(2026, 8, 1), Channel.POST, ARRIVED, "en")
    matter = Matter.open_letter(
        acting(ARRIVED),
        matter_id=uuid4(),
        reference="M-2345-6789",
        controller_id="callcentre-gb",
        letter=letter,
        request_ids=(),
        document=RECORD,
        ropa_version=1,
        keys=(KeyIntroduction(KEY, KeyPurpose.CASE_FILE, "cd" * 32),),
        file_number=None,
        content=SEALED,
    )
    matter.move_date(
        acting(ARRIVED + HOURS), due_on=date(2026, 8, 9), received_at=ARRIVED, channel=Channel.POST, content=SEALED
    )
    return matter


def of_others() -> Matter:
    """An incident of data that we process for another controller."""
    return incident(ARRIVED, controllers=("callcentre-de",), processor_for="mail-order")


@pytest.mark.parametrize(
    "made", [answered_late, notified_in_phases, ordered, of_others], ids=lambda each: each.__name__
)
def test_an_honest_history_is_borne_out(made: Any) -> None:
    events = history(made())
    assert audited(events) == []
    assert objections(events, record()) == []


FORGERIES: list[tuple[Any, str, dict[str, Any]]] = [
    (answered_late, "opened", {"received_on": date(2026, 7, 9)}),
    (answered_late, "answer-recorded", {"late": False}),
    (answered_late, "date-missed", {"on": date(2026, 8, 30)}),
    (notified_in_phases, "authority-notified", {"late": False}),
    (notified_in_phases, "authority-notified", {"phase": 4}),
    (notified_in_phases, "authority-notified", {"complete": False}),
    (notified_in_phases, "opened", {"date": None}),
    (notified_in_phases, "incident-described", {"authorities": ()}),
]


@pytest.mark.parametrize(("made", "name", "forged"), FORGERIES)
def test_a_forged_date_is_named_once(made: Any, name: str, forged: dict[str, Any]) -> None:
    events = history(made())
    place = next(i for i, each in enumerate(events) if f"dsr.matter.{name}" == each.TOPIC)
    right = events[place]
    events[place] = replace(right, **forged)
    [(field, value)] = forged.items()
    assert audited(events) == [(name, Discrepancy(field, value, getattr(right, field)))]
    assert objections(events, record())


def test_a_period_that_was_cut_short_is_named() -> None:
    # given: a complaint of 2026 that was forgotten in 2030
    matter = complaint()
    answer(matter, ARRIVED)
    matter.close(acting(ARRIVED), outcome=MatterOutcome.UPHELD)
    years_later = ARRIVED.replace(year=2030)
    due: dict[str, Any] = {"ground": ForgettingGround.PERIOD, "period": "P3Y"}
    matter.propose_forgetting(acting(years_later), **due, reasons=None)
    matter.approve_forgetting(acting(years_later, "bob"), period="P3Y")
    events = history(matter)
    assert audited(events) == []
    assert objections(events, record()) == []
    # when
    right: Any = events[-1]
    short = replace(right, kept_until=date(2028, 1, 1))
    # then
    [(_, found)] = audited([*events[:-1], short])
    assert found == Discrepancy("kept_until", date(2028, 1, 1), date(2030, 1, 1))
    wrong = {
        "deadline-differs": (short, replace(right, timestamp=right.timestamp.replace(year=2029))),
        "four-eyes": (replace(right, actor="ann"),),
        "proposer-differs": (replace(right, proposed_by="carla"),),
        "case-unreadable": (replace(right, controller_id="callcentre-de"),),
    }
    for code, forgeries in wrong.items():
        for forged in forgeries:
            assert code in {each for each, _ in objections([*events[:-1], forged], record())}, forged
    again = replace(events[-2], originator_version=right.originator_version + 1)
    assert "case-unreadable" in {each for each, _ in objections([*events, again], record())}


def test_a_date_that_was_put_off_is_named() -> None:
    events = history(complaint())
    opened: Any = events[0]
    later = replace(opened.date, on=date(2026, 8, 30))
    events[0] = replace(opened, date=later)
    assert audited(events) == [("opened", Discrepancy("date", later, opened.date))]
    assert {code for code, _ in objections(events, record())} == {"deadline-differs"}


def test_a_controller_that_the_record_does_not_name_keeps_no_incident_from_its_authorities() -> None:
    events: list[Any] = list(history(incident(ARRIVED, controllers=("callcentre-gb",))))
    opened, described = events
    hidden = [replace(opened, date=None), replace(described, authorities=(), processor_for="mail-order")]
    assert [(name, each.recomputed) for name, each in audited(hidden)] == [("incident-described", "not-processor")]
    assert {code for code, _ in objections(hidden, record())} == {"authority-differs"}


def test_a_letter_without_a_date_is_named() -> None:
    opened: Any = history(ordered())[0]
    assert [each.recomputed for _, each in audited([replace(opened, date=None)])] == ["matter-date-not-due"]


def test_a_date_that_had_not_come_is_named() -> None:
    matter = complaint()
    matter.record_due(acting(ARRIVED + 25 * 24 * HOURS))
    opened, approaching = history(matter)
    early = replace(approaching, timestamp=ARRIVED)
    assert [each.recomputed for _, each in audited([opened, early])] == ["matter-date-not-due"]
    assert {code for code, _ in objections([opened, early], record())} == {"due-differs"}


def test_every_event_of_a_matter_with_a_date_or_a_lateness_is_recomputed() -> None:
    dated = {
        each
        for each in event_types().values()
        if each.TOPIC.startswith("dsr.matter.")
        and any(
            name in ("late", "on", "due") or MatterDate in (hint, *typing.get_args(hint))
            for name, hint in typing.get_type_hints(each).items()
        )
    }
    assert dated
    assert dated <= RULES.keys()
