"""What an answer keeps, each thing on a ground of its own (GDPR Art. 12(4), 17(3); docs/law §11)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dsr.domain.errors import Refused
from dsr.domain.request.item import Item
from dsr.domain.request.standing import Hold, HoldKind


class KeptGround(StrEnum):
    """Why data is kept; codes are public."""

    REFUSED_PART = "refused-part"
    """This part of the request was refused, by two people; the letter gives reasons and remedies."""
    HOLD = "hold"
    """A hold on record keeps it."""
    RESTRICTED = "restricted"
    """Its processing is restricted, so it may only be stored (GDPR Art. 18(2))."""
    OTHER_ACTIVITY = "other-activity"
    """Another processing activity of the controller goes on; its legal basis is on record."""
    NOT_ASKED = "not-asked"
    """The person did not ask for it."""
    BACKUP_UNTIL = "backup-until"
    """It stays in backups until a day."""
    SUPPRESSION_ENTRY = "suppression-entry"
    """A code made from the contact details with a secret key, so that the person gets no more direct marketing. The
    service states it by itself.
    """
    CASE_FILE = "case-file"
    """The file on the request, as proof of the answer. The service states it by itself."""


class KeptWithoutGround(Refused):
    """Name each thing that was kept, and its ground: `refused-part` (with its `extent`), `hold`, `restricted`,
    `other-activity` (with its `activity`), `not-asked` or `backup-until` (with its day, `until`). If nothing was kept,
    say `{"says": "nothing"}`. To keep anything else, refuse that part first.
    """

    code = "kept-without-ground"


BY_ITSELF = (KeptGround.SUPPRESSION_ENTRY, KeptGround.CASE_FILE)
"""Grounds that follow from the case, without a word of the team."""


@dataclass(frozen=True)
class KeptThing:
    """One thing that is kept, as far as its ground can be checked."""

    ground: KeptGround
    what: str
    """What it is, in words."""
    extent: str = ""
    """The refused field or category, for `refused-part`."""
    activity: str = ""
    """Id of the record of processing, for `other-activity`."""
    until: date | None = None
    """The last day in backups, for `backup-until`."""


def require_grounds(
    kept: Iterable[KeptThing],
    items: Sequence[Item],
    *,
    today: date,
    holds: Collection[Hold],
    activities: Collection[str],
) -> None:
    """Check that the record bears out each ground. `holds` are those on data of the person, `activities` those of the
    answering controllers. Raises KeptWithoutGround.
    """
    for each in kept:
        if not each.what.strip() and each.ground not in BY_ITSELF:
            raise KeptWithoutGround("Say what was kept (`what`).", ground=each.ground.value)
        problem = _problem(each, items, today, holds, activities)
        if problem:
            raise KeptWithoutGround(problem, ground=each.ground.value)


def _problem(
    each: KeptThing, items: Sequence[Item], today: date, holds: Collection[Hold], activities: Collection[str]
) -> str:
    restricts = {hold.kind is HoldKind.RESTRICTION for hold in holds}
    erased = {activity for item in items for activity in item.to_erase}
    match each.ground:
        case KeptGround.REFUSED_PART if each.extent not in {part for item in items for part in item.refused_in_part}:
            return "No refusal of this `extent` is on record. Propose it first, and let another person decide."
        case KeptGround.HOLD if False not in restricts:
            return "No hold on data of this person is on record. Place it first, or name another ground."
        case KeptGround.RESTRICTED if True not in restricts:
            return "No restriction of data of this person is on record. Name another ground."
        case KeptGround.OTHER_ACTIVITY if each.activity not in activities or each.activity in erased:
            return "Name an `activity` of the record of processing whose data is not erased."
        case KeptGround.BACKUP_UNTIL if each.until is None or each.until < today:
            return "Name the day until which it stays in backups (`until`), today or later."
        case _:
            return ""
