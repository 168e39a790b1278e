"""Matters of the tests: lawful, unless a test says otherwise."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.matter import Matter
from dsr.domain.request.values import Channel
from dsr.domain.ropa import Ropa
from dsr.domain.sealed import KeyIntroduction, KeyPurpose, Sealed
from dsr.ropa import load

ARRIVED: Final = datetime(2026, 7, 1, 9, tzinfo=UTC)
RECORD: Final[Ropa] = load(Path(__file__).parents[3] / "dsr" / "ropa" / "example.yaml").document
KEY: Final = UUID("6f1d2f6e-4a53-4e7c-9a53-3a3c5d2f6b10")
SEALED: Final = Sealed(key_id=KEY, seal_id=KEY, nonce=b"\0" * 12, ciphertext=b"secret")
CALENDAR: Final = WorkingCalendar(
    country="GB",
    zone="Europe/London",
    version="tests",
    first_year=2026,
    last_year=2027,
    holidays=(date(2026, 8, 31), date(2026, 12, 25)),
)


def acting(at: datetime, actor: str = "ann") -> CaseActing:
    """A member of staff, by the working days of London."""
    return CaseActing(actor, at, CALENDAR)


def complaint(at: datetime = ARRIVED, *, promise: int | None = None, **facts: Any) -> Matter:
    """A complaint to the British controller; `promise` is what the record of processing says of acknowledgements."""
    lawful: dict[str, Any] = {
        "matter_id": uuid4(),
        "reference": "M-2345-6789",
        "controller_id": "callcentre-gb",
        "channel": Channel.POST,
        "received_at": at,
        "language": "en",
        "request_ids": (),
        "message_id": None,
        "document": promising(promise),
        "ropa_version": 1,
        "keys": (KeyIntroduction(KEY, KeyPurpose.CASE_FILE, "cd" * 32),),
        "sender": SEALED,
        "content": SEALED,
    }
    return Matter.open_complaint(acting(at), **lawful | facts)


def promising(days: int | None) -> Ropa:
    """The record of processing, in which every controller promises to acknowledge complaints within these days."""
    controllers = tuple(replace(each, acknowledge_complaints_within_days=days) for each in RECORD.controllers)
    return replace(RECORD, controllers=controllers)


def answer(matter: Matter, at: datetime, **facts: Any) -> None:
    """An answer that says all it must."""
    lawful: dict[str, Any] = {
        "answered_at": at,
        "channel": Channel.POST,
        "reasons": SEALED,
        "remedies": SEALED,
    }
    matter.record_answer(acting(at), **lawful | facts)
