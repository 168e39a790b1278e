"""A tour of the console in five steps, on its first page: only where the demo's door hung it up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Flask, current_app
from sqlalchemy import Connection, select

from dsr.api.console.language import N_, _
from dsr.bootstrap import Service
from dsr.projections.decisions import DecisionFilter, DecisionKind, decision_list
from dsr.projections.exports import exports

_TOUR: Final = "dsr-console-tour"
"""Where the application keeps the addresses of the steps."""

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "triage": (N_("Triage"), N_("Open the letter that is due first, on record, and register what it asks for.")),
    "refusal": (
        N_("A refusal by two people"),
        N_("One colleague proposed it with its ground in law, another decided."),
    ),
    "as-of": (N_("The case as it stood"), N_("Move the slider under History: everything is rebuilt from the events.")),
    "package": (N_("A package"), N_("Look at each page as the person sees it, and at what became of the link.")),
    "audit": (N_("What an authority reads"), N_("The report of a case: dates with their steps, decisions, openings.")),
}


@dataclass(frozen=True)
class TourStep:
    """One step, as its reader's language calls it."""

    name: str
    says: str
    href: str


def hang_tour(app: Flask, service: Service) -> None:
    """Show the tour to whoever signs in, with cases that are there now."""
    with service.database.reading() as connection:
        app.extensions[_TOUR] = {"triage": "/console/triage"} | _of_cases(connection)


def tour() -> Sequence[TourStep]:
    """The steps; none where nobody hung it up."""
    hung: Mapping[str, str] = current_app.extensions.get(_TOUR, {})
    return [TourStep(_(name), _(says), hung[step]) for step, (name, says) in _WORDS.items() if step in hung]


def _of_cases(connection: Connection) -> dict[str, str]:
    found: dict[str, str] = {}
    refusals = decision_list(connection, DecisionFilter(kind=DecisionKind.REFUSAL)).rows
    by_two = [each for each in refusals if each["decided_by"] not in (None, each["opened_by"])]
    if by_two:
        case = f"/console/cases/{by_two[0]['request_id']}"
        found |= {"refusal": f"{case}#history", "as-of": f"{case}?at=2#history"}
    c = exports.c
    package = connection.execute(select(c.request_id, c.item_id).order_by(c.prepared_at.desc()).limit(1)).first()
    if package is not None:
        found["package"] = f"/console/cases/{package.request_id}/data/{package.item_id}"
        found["audit"] = f"/api/v1/requests/{package.request_id}/report.html"
    return found
