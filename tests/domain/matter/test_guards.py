"""Every command on every kind of matter in every state: what docs/law §13 allows, and how the rest is refused."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest

from dsr.domain.errors import DomainError
from dsr.domain.matter import (
    AuthorityLetter,
    IncidentRisk,
    Matter,
    MatterHold,
    MatterKind,
    MatterOutcome,
    MatterStatus,
    TellingException,
)
from dsr.domain.matter.values import LETTERS
from dsr.domain.request.values import Channel
from dsr.domain.sealed import KeyIntroduction, KeyPurpose
from tests.domain.matter.a_matter import ARRIVED, KEY, RECORD, SEALED, acting, answer, complaint
from tests.domain.matter.test_incident import incident
from tests.domain.matter.test_messages import receive
from tests.domain.matter.test_notices import notice
from tests.domain.matter.test_sending import write

SOON: Final = ARRIVED + timedelta(hours=1)
WHO: Final = acting(SOON)
SAID: Final[dict[str, Any]] = {"channel": Channel.POST, "content": SEALED}

ENDS: Final[Mapping[MatterKind, MatterOutcome]] = dict.fromkeys(MatterKind, MatterOutcome.WITHDRAWN) | {
    MatterKind.COURT_CLAIM: MatterOutcome.SETTLED,
    MatterKind.INCIDENT: MatterOutcome.NOTIFIED,
}

NO_LETTER: Final = uuid4()
OF_A_LETTER: Final = (
    *("release_letter", "discard_letter", "record_letter_sent", "record_letter_failed", "record_letter_returned"),
)
"""What needs a letter; `test_sending.py` has those of matters with letters."""

GIVEN: Final[Mapping[str, Callable[[Matter], object]]] = {
    "acknowledge": lambda m: m.acknowledge(WHO, acknowledged_at=SOON, channel=Channel.POST),
    "tell_progress": lambda m: m.tell_progress(WHO, told_at=SOON, channel=Channel.POST, progress=SEALED),
    "assess_risk": lambda m: m.assess_risk(WHO, risk=IncidentRisk.RISK, reasons=SEALED),
    "notify_authority": lambda m: m.notify_authority(
        WHO, authority="gb-ico", notified_at=SOON, late_reasons=None, **SAID
    ),
    "omit_notification": lambda m: m.omit_notification(WHO, reasons=SEALED),
    "tell_people": lambda m: m.tell_people(WHO, told_at=SOON, **SAID),
    "except_people": lambda m: m.except_people(WHO, exception=TellingException.UNINTELLIGIBLE, reasons=SEALED),
    "tell_controller": lambda m: m.tell_controller(WHO, told_at=SOON, **SAID),
    "move_date": lambda m: m.move_date(WHO, due_on=date(2026, 8, 9), received_at=SOON, **SAID),
    "note_holds": lambda m: m.note_holds(WHO, holds=(MatterHold(uuid4(), uuid4()),)),
    "assign": lambda m: m.assign(WHO, responsible="carla"),
    "link_request": lambda m: m.link_request(WHO, request_id=uuid4()),
    "record_answer": lambda m: answer(m, SOON),
    "write_letter": lambda m: write(m, m.kind),
    "release_letter": lambda m: m.release_letter(WHO, letter_id=NO_LETTER, not_before=SOON),
    "discard_letter": lambda m: m.discard_letter(WHO, letter_id=NO_LETTER, reason=SEALED),
    "record_letter_sent": lambda m: m.record_letter_sent(
        WHO, letter_id=NO_LETTER, sent_at=SOON, transport="smtp", reasons=None, remedies=None
    ),
    "record_letter_failed": lambda m: m.record_letter_failed(WHO, letter_id=NO_LETTER, reason="smtp-refused"),
    "record_letter_returned": lambda m: m.record_letter_returned(WHO, letter_id=NO_LETTER, status="5.1.1"),
    "write_notice": notice,
    "release_notice": lambda m: m.release_notice(WHO, notice_id=NO_LETTER, not_before=SOON),
    "discard_notice": lambda m: m.discard_notice(WHO, notice_id=NO_LETTER, reason=SEALED),
    "receive_message": receive,
    "examine_message": lambda m: m.examine_message(WHO, message_id=NO_LETTER, finding=SEALED),
    "close": lambda m: m.close(WHO, outcome=ENDS[m.kind]),
    "record_due": lambda m: m.record_due(WHO),
}
"""Each command with arguments that break no rule."""

NEVER_BY_STATE: Final = {"open", "open_complaint", "open_incident", "open_letter", "create", "record"}
"""What begins a matter, and the record of who read it."""

KINDS: Final = {
    "acknowledge": (MatterKind.COMPLAINT,),
    "tell_progress": (MatterKind.COMPLAINT,),
    "move_date": LETTERS,
    "note_holds": (MatterKind.COURT_CLAIM,),
    "record_answer": (MatterKind.COMPLAINT, *LETTERS),
    "write_letter": (MatterKind.COMPLAINT, MatterKind.INQUIRY, MatterKind.ORDER, MatterKind.INCIDENT),
} | dict.fromkeys(
    (
        *("assess_risk", "notify_authority", "omit_notification", "tell_people", "except_people"),
        *("tell_controller", "write_notice"),
    ),
    (MatterKind.INCIDENT,),
)
"""The kinds for which a command exists; those that are not named are for all."""

BEFORE_THE_ANSWER: Final = ("tell_progress", "move_date", "note_holds", "record_answer", "write_letter")

BY_INCIDENT: Final = {
    "omit_notification": "risk-not-excluded",
    "tell_people": "risk-not-high",
    "except_people": "risk-not-high",
    "tell_controller": "not-processed-for-others",
    "close": "incident-unsettled",
}
"""What an incident of our own refuses whose risk nobody has assessed."""


def made(kind: MatterKind) -> Matter:
    if kind is MatterKind.COMPLAINT:
        return complaint()
    if kind is MatterKind.INCIDENT:
        return incident(ARRIVED, controllers=("callcentre-gb",))
    return Matter.open_letter(
        acting(ARRIVED),
        matter_id=uuid4(),
        reference="M-2345-6789",
        controller_id="callcentre-gb",
        letter=AuthorityLetter(kind, "ICO", date(2026, 8, 1), Channel.POST, ARRIVED, "en"),
        request_ids=(),
        document=RECORD,
        ropa_version=1,
        keys=(KeyIntroduction(KEY, KeyPurpose.CASE_FILE, "cd" * 32),),
        file_number=None,
        content=SEALED,
    )


def brought_to(kind: MatterKind, status: MatterStatus) -> Matter:
    matter = made(kind)
    if status is MatterStatus.OPEN:
        return matter
    if kind is MatterKind.INCIDENT:
        GIVEN["assess_risk"](matter)
        GIVEN["notify_authority"](matter)
    else:
        answer(matter, SOON)
    if status is MatterStatus.CLOSED:
        GIVEN["close"](matter)
    return matter


def refusal(command: str, kind: MatterKind, status: MatterStatus) -> str | None:
    """The code that the law names for this command in this state; None: it is allowed."""
    if command == "record_due":
        return "matter-date-not-due"
    if command in OF_A_LETTER:
        return "matter-letter-unknown"
    if command in ("release_notice", "discard_notice"):
        return "notice-unknown"
    if command == "receive_message":
        return None
    if command == "examine_message":
        return "matter-message-unknown"
    if status is MatterStatus.CLOSED:
        return "matter-closed"
    if status is MatterStatus.ANSWERED and command in BEFORE_THE_ANSWER:
        return "matter-answered"
    if kind not in KINDS.get(command, tuple(MatterKind)):
        return "matter-of-other-kind"
    if kind is MatterKind.INCIDENT:
        return BY_INCIDENT.get(command)
    if status is MatterStatus.ANSWERED:
        return "matter-acknowledged" if command == "acknowledge" else None
    return "matter-unanswered" if command == "close" else None


STATES: Final = [
    (kind, status)
    for kind in MatterKind
    for status in MatterStatus
    if (kind, status) != (MatterKind.INCIDENT, MatterStatus.ANSWERED)  # its authorities are notified instead
]


@pytest.mark.parametrize(("kind", "status"), STATES)
@pytest.mark.parametrize("command", GIVEN)
def test_a_command_is_allowed_exactly_where_the_law_allows_it(
    command: str, kind: MatterKind, status: MatterStatus
) -> None:
    matter = brought_to(kind, status)
    matter.collect_events()
    found = None
    try:
        GIVEN[command](matter)
    except DomainError as refused:
        found = refused.code
    assert found == refusal(command, kind, status)
    assert bool(matter.collect_events()) == (found is None), "a refusal leaves no trace"


def test_every_command_of_a_matter_is_in_the_table() -> None:
    from_parts = {
        name
        for part in Matter.__mro__
        if part.__module__.startswith("dsr.domain.matter")
        for name, function in vars(part).items()
        if not name.startswith("_") and callable(function) and "acting" in function.__code__.co_varnames
    }
    assert from_parts - NEVER_BY_STATE == GIVEN.keys()
