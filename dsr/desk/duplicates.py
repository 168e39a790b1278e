"""Suggested duplicates: found by the blind index, linked by a person (docs/law §3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from dsr.desk.caller import Caller
from dsr.desk.repository import Repository
from dsr.domain.errors import DomainError
from dsr.domain.request import Request
from dsr.domain.request.item import Item
from dsr.domain.request.values import ItemStatus, Outcome
from dsr.domain.rights import Right
from dsr.projections.items import items
from dsr.projections.requests import controllers_of, requests
from dsr.vault import IndexPurpose

WINDOW: Final = timedelta(days=90)
"""Largest interval between two arrivals. This is policy: the law names no interval, and a person who asks again later
may want to know what has changed (GDPR Art. 12(5), recital 63).
"""

MOST: Final = 50
"""Suggestions shown; an agent's address can stand on thousands of cases."""

_CHUNK: Final = 500
"""Cases looked up in one statement."""


Answers = dict[tuple[UUID, str], datetime | None]
"""When the last answer to each item left, by case and item; None where the person was told to stay unidentified."""


class Strength(StrEnum):
    """How strongly the matching identifiers suggest the same person."""

    STRONG = "strong"
    """An address or a number, seldom shared by two people."""
    WEAK = "weak"
    """A name alone, which many people share."""


@dataclass(frozen=True)
class SuggestedDuplicate:
    """A case that may be a duplicate, without anything that identifies the person."""

    request_id: UUID
    reference: str
    controller_id: str
    marks: list[IndexPurpose]
    """Kinds of matching identifiers, never values."""
    strength: Strength
    rights: list[Right]
    """Rights in common."""
    received_on: date
    status: str
    outcome: str | None
    linkable: bool
    """Whether the present case could be closed as a duplicate of this one."""
    link_code: str | None
    """Code of the error that would refuse the link."""


class DuplicateDesk:
    """suggest duplicates."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def suggestions(self, request_id: UUID, caller: Caller) -> list[SuggestedDuplicate]:
        """Cases in scope that share an identifier and a right with this one and arrived within the window.

        Earlier arrivals come first, since a later case is linked to an earlier one; among them strong matches first,
        then the nearest. The cost grows with the cases that share an identifier. Raises RequestUnknown.
        """
        repository = self._repository
        case = repository.request(request_id, caller)
        sharing = repository.index.sharing(request_id)
        near = [
            row
            for row in self._arrived_near(case, sharing)
            if caller.sees(row["request_id"], *controllers_of(row)) and not case.rights.isdisjoint(_rights_of(row))
        ]
        answers = self._answers([row["request_id"] for row in near])
        found = [_suggestion(case, row, sharing[row["request_id"]], answers) for row in near]
        return sorted(found, key=lambda each: _order(case, each))[:MOST]

    def _arrived_near(self, case: Request, request_ids: Iterable[UUID]) -> list[dict[str, Any]]:
        wanted = sorted(request_ids)
        found: list[dict[str, Any]] = []
        with self._repository.database.reading() as connection:
            for start in range(0, len(wanted), _CHUNK):
                query = sa.select(requests).where(
                    requests.c.request_id.in_(wanted[start : start + _CHUNK]),
                    requests.c.received_on.between(case.received_on - WINDOW, case.received_on + WINDOW),
                )
                found += [dict(row) for row in connection.execute(query).mappings()]
        return found

    def _answers(self, request_ids: list[UUID]) -> Answers:
        found: Answers = {}
        with self._repository.database.reading() as connection:
            for start in range(0, len(request_ids), _CHUNK):
                query = sa.select(items.c.request_id, items.c.item_id, items.c.answered_at).where(
                    items.c.request_id.in_(request_ids[start : start + _CHUNK]), items.c.answered.is_(True)
                )
                found |= {(row.request_id, row.item_id): row.answered_at for row in connection.execute(query)}
        return found


def _rights_of(row: dict[str, Any]) -> frozenset[Right]:
    """As `Case.rights`: those of its items; before registration, those that the letter suggested."""
    opened = frozenset(Right(item["right"]) for item in row["items"])
    return opened or frozenset(Right(right) for right in row["suggested_rights"])


def _suggestion(
    case: Request, row: dict[str, Any], marks: frozenset[IndexPurpose], answers: Answers
) -> SuggestedDuplicate:
    is_strong = bool(marks - {IndexPurpose.NAME})
    code = _refusal_of_link(case, row, answers, same_subject=is_strong)
    return SuggestedDuplicate(
        request_id=row["request_id"],
        reference=row["reference"],
        controller_id=row["controller_id"],
        marks=sorted(marks),
        strength=Strength.STRONG if is_strong else Strength.WEAK,
        rights=sorted(case.rights & _rights_of(row)),
        received_on=row["received_on"],
        status=row["status"],
        outcome=row["outcome"],
        linkable=code is None,
        link_code=code,
    )


def _refusal_of_link(case: Request, row: dict[str, Any], answers: Answers, *, same_subject: bool) -> str | None:
    """Code of the error that linking would raise; None if it would succeed."""
    try:
        case.require_linkable(
            original_id=row["request_id"],
            original_received_on=row["received_on"],
            original_outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
            original_items=tuple(
                _item(each, answers.get((row["request_id"], each["item_id"])) or row["answered_at"])
                for each in row["items"]
            ),
            same_subject=same_subject,
        )
    except DomainError as refusal:
        return refusal.code
    return None


def _item(shown: dict[str, Any], answered_at: datetime | None) -> Item:
    """An item with only the facts that show what is asked, and whether and when it is or will be answered."""
    return Item(
        item_id=shown["item_id"],
        right=Right(shown["right"]),
        controller_id=shown["controller_id"],
        status=ItemStatus(shown["status"]),
        direct_marketing=shown["direct_marketing"],
        answered=shown["answered"],
        answered_at=answered_at,
    )


def _order(case: Request, each: SuggestedDuplicate) -> tuple[bool, bool, int, str]:
    return (
        each.received_on > case.received_on,
        each.strength is Strength.WEAK,
        abs((each.received_on - case.received_on).days),
        each.reference,
    )
