"""Incidents: 72 hours, authorities in phases, people at high risk, a processor's controller (docs/law §13)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest

from dsr.domain.errors import DomainError
from dsr.domain.matter import (
    AuthorityNotified,
    IncidentRisk,
    Matter,
    MatterDateApproaching,
    MatterDateMissed,
    MatterOutcome,
    MatterStatus,
    TellingException,
)
from dsr.domain.matter.errors import (
    AuthorityNotConcerned,
    IncidentUnsettled,
    LateReasonsRequired,
    MatterClosed,
    MatterDateNotDue,
    MatterDatesInvalid,
    MatterOfOtherKind,
    NotProcessedForOthers,
    OutcomeNotAvailable,
    RiskNotExcluded,
    RiskNotHigh,
)
from dsr.domain.request.errors import ReasonRequired, ReceiptInFuture
from dsr.domain.request.forwarding import NotProcessor
from dsr.domain.request.values import Channel
from dsr.domain.ropa import ControllerUnknown
from dsr.domain.sealed import KeyIntroduction, KeyPurpose
from tests.domain.matter.a_matter import KEY, RECORD, SEALED, acting, answer, complaint

CERTAIN: Final = datetime(2026, 7, 31, 16, 30, tzinfo=UTC)
"""A Friday afternoon."""
SOON: Final = CERTAIN + timedelta(hours=1)
LATE: Final = CERTAIN + timedelta(hours=72)
TOLD: Final[dict[str, Any]] = {"channel": Channel.EMAIL, "content": SEALED}


def incident(at: datetime = CERTAIN, **facts: Any) -> Matter:
    """An incident of the German and the British controller."""
    lawful: dict[str, Any] = {
        "matter_id": uuid4(),
        "reference": "M-2345-6789",
        "controllers": ("callcentre-de", "callcentre-gb"),
        "channel": Channel.IN_PERSON,
        "certain_at": at,
        "request_ids": (),
        "message_id": None,
        "misdelivery_id": None,
        "processor_for": None,
        "document": RECORD,
        "ropa_version": 1,
        "keys": (KeyIntroduction(KEY, KeyPurpose.CASE_FILE, "cd" * 32),),
        "sender": None,
        "content": SEALED,
    }
    return Matter.open_incident(acting(at), **lawful | facts)


def notify(matter: Matter, authority: str, at: datetime = SOON, **facts: Any) -> AuthorityNotified:
    said: dict[str, Any] = TOLD | {"notified_at": at, "late_reasons": None}
    matter.notify_authority(acting(at), authority=authority, **said | facts)
    event = matter.pending_events[-1]
    assert isinstance(event, AuthorityNotified)
    return event


def assess(matter: Matter, risk: IncidentRisk, at: datetime = SOON) -> None:
    matter.assess_risk(acting(at), risk=risk, reasons=SEALED)


def test_the_72_hours_run_over_weekends_and_holidays_to_the_hour() -> None:
    matter = incident()
    assert matter.date is not None
    assert (matter.date.ends_at, matter.date.on) == (datetime(2026, 8, 3, 16, 30, tzinfo=UTC), date(2026, 8, 3))
    assert matter.date.warn_at == matter.date.ends_at - timedelta(hours=24)


def test_the_hours_are_hours_also_where_clocks_change() -> None:
    matter = incident(datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert matter.date is not None
    assert matter.date.ends_at == datetime(2026, 10, 27, 12, tzinfo=UTC)


def test_the_team_is_warned_once_and_the_missing_is_recorded_once() -> None:
    matter = incident()
    matter.record_due(acting(LATE - timedelta(hours=24)))
    matter.record_due(acting(LATE))
    assert [type(each) for each in matter.pending_events[2:]] == [MatterDateApproaching, MatterDateMissed]


def test_each_authority_of_the_union_and_of_the_united_kingdom_is_notified_in_phases() -> None:
    # given
    matter = incident()
    assert matter.authorities == ("de-berlin", "gb-ico")
    # when
    first = notify(matter, "de-berlin")
    assert (first.phase, first.complete) == (1, False)
    assert matter.date is not None, "the other authority still waits"
    second = notify(matter, "gb-ico")
    # then
    assert (second.phase, second.complete) == (1, True)
    with pytest.raises(MatterDateNotDue):
        matter.record_due(acting(LATE))
    assert notify(matter, "gb-ico", LATE + timedelta(days=9)).phase == 2, "what became known since is never late"
    with pytest.raises(AuthorityNotConcerned):
        notify(matter, "fr-cnil")
    with pytest.raises(ReasonRequired):
        notify(matter, "gb-ico", content=None)


def test_a_first_notification_after_72_hours_is_late_and_needs_reasons() -> None:
    assert not notify(incident(), "de-berlin", LATE - timedelta(seconds=1)).late
    with pytest.raises(LateReasonsRequired):
        notify(incident(), "de-berlin", LATE)
    matter = incident()
    with pytest.raises(LateReasonsRequired):  # recorded after them, whatever earlier time is stated
        matter.notify_authority(acting(LATE), authority="de-berlin", notified_at=SOON, late_reasons=None, **TOLD)
    assert notify(incident(), "de-berlin", LATE, late_reasons=SEALED).late


def test_no_authority_is_notified_only_where_a_risk_is_unlikely_with_the_reasons_on_record() -> None:
    matter = incident()
    with pytest.raises(RiskNotExcluded):
        matter.omit_notification(acting(SOON), reasons=SEALED)
    assess(matter, IncidentRisk.UNLIKELY)
    with pytest.raises(ReasonRequired):
        matter.omit_notification(acting(SOON), reasons=None)
    matter.omit_notification(acting(SOON), reasons=SEALED)
    assert matter.date is None
    matter.close(acting(SOON), outcome=MatterOutcome.NOT_NOTIFIED)
    assert matter.status is MatterStatus.CLOSED


def test_a_risk_that_is_found_later_brings_the_72_hours_back() -> None:
    matter = incident()
    assess(matter, IncidentRisk.UNLIKELY)
    matter.omit_notification(acting(SOON), reasons=SEALED)
    assess(matter, IncidentRisk.RISK)
    assert matter.date is not None
    assert matter.date.ends_at == LATE
    with pytest.raises(IncidentUnsettled):
        matter.close(acting(SOON), outcome=MatterOutcome.NOT_NOTIFIED)


@pytest.mark.parametrize("excepted", [True, False])
def test_at_a_high_risk_people_are_told_or_the_exception_is_named(excepted: bool) -> None:
    # given
    matter = incident(controllers=("callcentre-de",))
    exception: dict[str, Any] = {"exception": TellingException.RISK_REMOVED, "reasons": SEALED}
    assess(matter, IncidentRisk.RISK)
    with pytest.raises(RiskNotHigh):
        matter.tell_people(acting(SOON), told_at=SOON, **TOLD)
    with pytest.raises(RiskNotHigh):
        matter.except_people(acting(SOON), **exception)
    assess(matter, IncidentRisk.HIGH)
    notify(matter, "de-berlin")
    with pytest.raises(IncidentUnsettled):
        matter.close(acting(SOON), outcome=MatterOutcome.NOTIFIED)
    # when
    if excepted:
        matter.except_people(acting(SOON), **exception)
    else:
        matter.tell_people(acting(SOON), told_at=SOON, **TOLD)
    # then
    matter.close(acting(SOON), outcome=MatterOutcome.NOTIFIED)


def test_a_processor_tells_its_controller_and_notifies_no_authority() -> None:
    matter = incident(controllers=("callcentre-de",), processor_for="mail-order")
    assert (matter.authorities, matter.date) == ((), None)
    with pytest.raises(IncidentUnsettled):
        matter.close(acting(SOON), outcome=MatterOutcome.CONTROLLER_TOLD)
    with pytest.raises(AuthorityNotConcerned):
        notify(matter, "de-berlin")
    matter.tell_controller(acting(SOON), told_at=SOON, **TOLD)
    matter.close(acting(SOON), outcome=MatterOutcome.CONTROLLER_TOLD)
    with pytest.raises(NotProcessedForOthers):
        incident().tell_controller(acting(SOON), told_at=SOON, **TOLD)


def test_an_incident_says_what_happened_to_whose_data() -> None:
    for error, facts in (
        (ReceiptInFuture, {"certain_at": SOON}),
        (ReasonRequired, {"content": None}),
        (ControllerUnknown, {"controllers": ("nobody",)}),
        (ControllerUnknown, {"processor_for": "nobody"}),
        (NotProcessor, {"controllers": ("callcentre-gb",), "processor_for": "mail-order"}),
    ):
        with pytest.raises(error):
            incident(**facts)


def test_an_incident_closes_as_its_record_says_only() -> None:
    matter = incident(controllers=("callcentre-de",))
    with pytest.raises(IncidentUnsettled):
        matter.close(acting(SOON), outcome=MatterOutcome.NOTIFIED)
    assess(matter, IncidentRisk.RISK)
    notify(matter, "de-berlin")
    for outcome in set(MatterOutcome) - {MatterOutcome.NOTIFIED}:
        with pytest.raises(OutcomeNotAvailable):
            matter.close(acting(SOON), outcome=outcome)
    matter.close(acting(SOON), outcome=MatterOutcome.NOTIFIED)


def test_what_is_for_one_kind_is_refused_for_the_other() -> None:
    of_complaint, of_incident = complaint(CERTAIN), incident()
    commands: tuple[Callable[[], object], ...] = (
        lambda: of_incident.acknowledge(acting(SOON), acknowledged_at=SOON, channel=Channel.EMAIL),
        lambda: of_incident.tell_progress(acting(SOON), told_at=SOON, channel=Channel.EMAIL, progress=SEALED),
        lambda: answer(of_incident, SOON),
        lambda: assess(of_complaint, IncidentRisk.HIGH),
        lambda: notify(of_complaint, "gb-ico"),
        lambda: of_complaint.omit_notification(acting(SOON), reasons=SEALED),
        lambda: of_complaint.tell_people(acting(SOON), told_at=SOON, **TOLD),
        lambda: of_complaint.tell_controller(acting(SOON), told_at=SOON, **TOLD),
    )
    refused: list[type[DomainError]] = []
    for command in commands:
        with pytest.raises(DomainError) as caught:
            command()
        refused.append(caught.type)
    assert set(refused) == {MatterOfOtherKind}
    answer(of_complaint, SOON)
    with pytest.raises(OutcomeNotAvailable):
        of_complaint.close(acting(SOON), outcome=MatterOutcome.NOTIFIED)


def test_nothing_changes_a_closed_incident() -> None:
    closed = incident(controllers=("callcentre-de",))
    assess(closed, IncidentRisk.HIGH)
    notify(closed, "de-berlin")
    closed.tell_people(acting(SOON), told_at=SOON, **TOLD)
    closed.close(acting(SOON), outcome=MatterOutcome.NOTIFIED)
    with pytest.raises(MatterClosed):
        closed.assess_risk(acting(SOON), risk=IncidentRisk.RISK, reasons=SEALED)
    with pytest.raises(MatterClosed):
        closed.notify_authority(acting(SOON), authority="de-berlin", notified_at=SOON, late_reasons=None, **TOLD)
    with pytest.raises(MatterClosed):
        closed.omit_notification(acting(SOON), reasons=SEALED)
    with pytest.raises(MatterClosed):
        closed.tell_people(acting(SOON), told_at=SOON, **TOLD)
    with pytest.raises(MatterClosed):
        closed.except_people(acting(SOON), exception=TellingException.RISK_REMOVED, reasons=SEALED)
    with pytest.raises(MatterClosed):
        closed.tell_controller(acting(SOON), told_at=SOON, **TOLD)


@pytest.mark.parametrize("moment", [CERTAIN - timedelta(seconds=1), SOON + timedelta(seconds=1)])
def test_nobody_is_told_of_an_incident_before_it_was_certain_or_in_the_future(moment: datetime) -> None:
    matter, of_another = incident(), incident(controllers=("callcentre-de",), processor_for="mail-order")
    assess(matter, IncidentRisk.HIGH)
    with pytest.raises(MatterDatesInvalid):
        matter.notify_authority(acting(SOON), authority="de-berlin", notified_at=moment, late_reasons=None, **TOLD)
    with pytest.raises(MatterDatesInvalid):
        matter.tell_people(acting(SOON), told_at=moment, **TOLD)
    with pytest.raises(MatterDatesInvalid):
        of_another.tell_controller(acting(SOON), told_at=moment, **TOLD)


def test_an_incident_has_no_answer() -> None:
    with pytest.raises(MatterOfOtherKind):
        incident().record_answer(acting(SOON), answered_at=SOON, channel=Channel.EMAIL, reasons=SEALED, remedies=SEALED)
