"""What a reader suggested, compared with what a person found, by language and right (docs/law §9).

A message is judged once, when a person first examines it or registers its case, by what was suggested then. A later
reading or examination changes no row, so that a past view never changes.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Column, Connection, Date, Index, String, Table, Uuid, false, func, select

from dsr.database.metadata import main
from dsr.domain.request import Request
from dsr.domain.request.message import Judged
from dsr.projections.columns import UtcInstant
from dsr.projections.rows import Row
from dsr.projections.state import StateReadModel


class SuggestionVerdict(StrEnum):
    """What became of a suggestion."""

    RIGHT = "right"
    """It was suggested, and a person found it."""
    WRONG = "wrong"
    """It was suggested, and a person did not find it."""
    MISSED = "missed"
    """A person found it, and it was not suggested."""


judged_suggestions: Final = Table(
    "judged_suggestions",
    main,
    Column("request_id", Uuid, primary_key=True),
    Column("message_id", Uuid, primary_key=True),
    Column("about", String(40), primary_key=True),
    Column("outcome", String(8), nullable=False),
    Column("controller_id", String, nullable=False),
    Column("language", String, nullable=False),
    Column("received_on", Date),
    Column("judged_at", UtcInstant, nullable=False),
    Index(None, "judged_at"),
)
"""`about`: `right:` and a right; `kind:` and what a person found the message to be; `ALL_RIGHTS`, which is `right` if
exactly the rights found were suggested.
"""

ALL_RIGHTS: Final = "rights"
_RIGHT, _KIND = "right:", "kind:"


def show(case: Request) -> list[Row]:
    """The rows of a case."""
    return [
        {
            "request_id": case.id,
            "message_id": each.message_id,
            "about": about,
            "outcome": outcome.value,
            "controller_id": case.controller_id,
            "language": each.language,
            "received_on": each.received_on,
            "judged_at": each.judged.at,
        }
        for each in case.messages.values()
        if each.judged is not None
        for about, outcome in _verdicts(each.judged, opens_case=each.opens_case)
    ]


def _verdicts(judged: Judged, *, opens_case: bool) -> Iterator[tuple[str, SuggestionVerdict]]:
    suggested, found = set(judged.suggestion.suggested), set(judged.rights)
    yield ALL_RIGHTS, SuggestionVerdict.RIGHT if suggested == found else SuggestionVerdict.WRONG
    for right in sorted(suggested | found):
        if right not in suggested:
            yield f"{_RIGHT}{right.value}", SuggestionVerdict.MISSED
        else:
            yield f"{_RIGHT}{right.value}", SuggestionVerdict.RIGHT if right in found else SuggestionVerdict.WRONG
    if judged.suggestion.kinds and not opens_case:
        likeliest = judged.suggestion.kinds[0].kind
        yield (
            f"{_KIND}{judged.kind.value}",
            SuggestionVerdict.RIGHT if likeliest is judged.kind else SuggestionVerdict.WRONG,
        )


READ_MODEL: Final = StateReadModel(judged_suggestions, version=1, show=show)


# Queries -------------------------------------------------------------------------------------------------------


@dataclass
class Verdicts:
    """How often something was suggested rightly, wrongly, or missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0


@dataclass
class OfLanguage:
    """What became of suggestions for messages in one language."""

    messages: int = 0
    exact: int = 0
    """Messages of which exactly the rights found were suggested."""
    by_right: dict[str, Verdicts] = field(default_factory=dict)
    by_kind: dict[str, Verdicts] = field(default_factory=dict)
    """By what a person found the message to be."""


def judged(
    connection: Connection,
    *,
    at: datetime,
    scope: Collection[str] | None,
    received_from: date | None = None,
    received_until: date | None = None,
) -> dict[str, OfLanguage]:
    """By language, what became of the suggestions judged up to this instant, of these controllers (None: all).

    The cost grows with the messages of the period.
    """
    c = judged_suggestions.c
    query = select(c.language, c.about, c.outcome, func.count()).where(c.judged_at <= at)
    if scope is not None:
        query = query.where(c.controller_id.in_(sorted(scope)) if scope else false())
    if received_from is not None:
        query = query.where(c.received_on >= received_from)
    if received_until is not None:
        query = query.where(c.received_on <= received_until)
    found: defaultdict[str, OfLanguage] = defaultdict(OfLanguage)
    rows = connection.execute(query.group_by(c.language, c.about, c.outcome).order_by(c.language, c.about))
    for language, about, outcome, number in rows:
        of, (kind, _, name) = found[language], about.rpartition(":")
        if about == ALL_RIGHTS:
            of.messages += number
            of.exact += number if outcome == SuggestionVerdict.RIGHT else 0
        else:
            verdicts = (of.by_kind if kind == _KIND[:-1] else of.by_right).setdefault(name, Verdicts())
            setattr(verdicts, outcome, number)
    return dict(found)
