"""Statistics for the team and the supervisory authority, as of any time."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from flask import Response
from marshmallow import ValidationError, fields, validates_schema

from dsr.api.answering import preferred, show
from dsr.api.context import caller, service
from dsr.api.fields import Code, Day, Instant, View
from dsr.api.operation import allow
from dsr.api.requests import AsOfQuery
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.tables import CSV, XLSX, table_file
from dsr.desk.errors import TimeNotYet
from dsr.projections import statistics
from dsr.projections.judged_suggestions import judged
from dsr.projections.matter_statistics import matter_numbers
from dsr.projections.queue import within
from dsr.projections.staff import unconfirmed_staff

bp = Resource("statistics", "/statistics", "Requests in numbers, as of any time.")


class StatisticsQuery(AsOfQuery):
    """Filter of requests, and the time of the view."""

    received_from = Day(load_default=None, meaning="The first date of arrival that counts.")
    received_until = Day(load_default=None, meaning="The last date of arrival that counts.")
    controller = Code(load_default=None)

    @validates_schema
    def some_day(self, given: dict[str, Any], **_: object) -> None:
        """Refuse a period that ends before it starts."""
        first, last = given["received_from"], given["received_until"]
        if first is not None and last is not None and last < first:
            raise ValidationError("This lies before `received_from`.", "received_until")


class ShareView(View):
    """A number and its total."""

    number = fields.Integer(metadata={"description": "How many."})
    of = fields.Integer(metadata={"description": "Out of how many."})
    share = fields.Float(
        allow_none=True, metadata={"description": "`number / of`, with four decimals; null if `of` is 0."}
    )


class NumbersView(View):
    """Numbers of one kind of requests."""

    cases = fields.Integer(metadata={"description": "All of them."})
    open = fields.Integer(metadata={"description": "Open ones."})
    due_soon = fields.Integer(metadata={"description": "Open ones due within seven days, not missed."})
    missed = fields.Integer(metadata={"description": "Open ones past due with an answer still owed."})
    closed = fields.Integer(metadata={"description": "Closed ones."})
    answered = fields.Integer(metadata={"description": "In full, closed or not."})


def _share(meaning: str) -> fields.Nested:
    return fields.Nested(ShareView, metadata={"description": meaning})


class AnsweredView(View):
    """Requests answered in full: a letter was sent for every item not withdrawn. Shares refer to these."""

    in_full = _share("Of all requests.")
    within_one_month = _share(
        "Answered at the latest on the same day number of the next month, or that month's last day; not moved to a "
        "working day, without suspension or extension (GDPR Art. 12(3))."
    )
    within_three_months = _share("As above, of the third month.")
    late = _share("After the statutory date in force when the letter left, suspension and extension counted.")
    extended = _share("Extended (GDPR Art. 12(3)).")
    with_refusal = _share("One item or more was refused, also because nobody could be identified (GDPR Art. 12(4)).")
    median_days = fields.Float(
        allow_none=True,
        metadata={"description": "Days from R to the letter by which the answer was complete; null without any."},
    )


class ExaminedView(View):
    """Messages of people after the first of each request, without automatic ones."""

    arrived = fields.Integer(metadata={"description": "How many arrived."})
    examined = _share("Of all of them.")
    late = _share("Of all of them: not examined within one working day after their arrival, or waiting for longer now.")
    median_hours = fields.Float(
        allow_none=True, metadata={"description": "From the arrival to the first examination; null without any."}
    )


class MatterNumbersView(View):
    """Numbers of the matters of one kind, opened in the period."""

    opened = fields.Integer(metadata={"description": "All of them."})
    open = fields.Integer(metadata={"description": "Not answered yet; of incidents: not closed."})
    closed = fields.Integer(metadata={"description": "Closed with an outcome."})
    missed = fields.Integer(
        metadata={"description": "A date passed before the due act was on record, such as the 72 hours of Art. 33(1)."}
    )
    in_time = _share(
        "Done by the date, of the matters whose due act was done or missed. Complaints are acknowledged, letters "
        "answered, incidents notified within 72 hours, or the reasons against it recorded."
    )


class StatisticsView(View):
    """Requests in numbers."""

    as_of = Instant(meaning="The instant that the numbers describe.")
    cases = fields.Integer(metadata={"description": "All requests that had arrived."})
    open = _share("Of all.")
    due_soon = _share("Of the open ones: due within seven days, or waiting past the date for the person; not missed.")
    missed = _share(
        "Of the open ones: past due with an answer still owed, while no question to the person stops the clock."
    )
    closed = _share("Of all.")
    by_outcome = fields.Dict(
        keys=fields.String(), values=fields.Nested(ShareView), metadata={"description": "Of the closed ones."}
    )
    by_right = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(NumbersView),
        metadata={"description": "One request may exercise several rights; it counts for none until registered."},
    )
    by_controller = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(NumbersView),
        metadata={"description": "By the controller that had the request then."},
    )
    answered = fields.Nested(AnsweredView, metadata={"description": "Requests answered in full, and how soon."})
    dates_missed = _share("Of all: a date passed unanswered, by what was on record then, whatever moved it since.")
    messages = fields.Nested(ExaminedView, metadata={"description": "How soon messages were examined."})
    dates_moved_later = _share("Of those: a statement recorded afterwards moved a missed date later.")
    matters = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(MatterNumbersView),
        metadata={"description": "Matters by kind, by what was on record at that time."},
    )
    unconfirmed_staff = fields.List(
        fields.String(),
        allow_none=True,
        metadata={
            "description": (
                "Members of staff of the caller's controllers who have access and whom a second person still has to "
                "confirm, now; null for a past time."
            )
        },
    )


class VerdictsView(View):
    """How often something was suggested rightly, wrongly, or missed."""

    right = fields.Integer(metadata={"description": "Suggested, and found by a person."})
    wrong = fields.Integer(
        metadata={"description": "Suggested, and not found. By kind: found, but another kind was the likeliest."}
    )
    missed = fields.Integer(metadata={"description": "Found by a person, and not suggested."})


class SuggestionsInLanguageView(View):
    """What became of suggestions for messages in one language."""

    messages = fields.Integer(metadata={"description": "Messages that were read before a person examined them."})
    exact = fields.Integer(
        metadata={"description": "Those of them for which exactly the rights that a person found were suggested."}
    )
    by_right = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(VerdictsView),
        metadata={"description": "By right; a right that was neither suggested nor found is left out."},
    )
    by_kind = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(VerdictsView),
        metadata={"description": "By what a person found a message in a thread to be."},
    )


class SuggestionStatisticsView(View):
    """What became of suggestions."""

    as_of = Instant(meaning="The instant that the numbers describe.")
    by_language = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(SuggestionsInLanguageView),
        metadata={"description": "By language of the message (ISO 639-1; empty: unknown)."},
    )


@bp.get("")
@allow(*READERS)
@bp.asks(StatisticsQuery)
@bp.shows(StatisticsView)
@bp.also_hands_out(CSV, XLSX, meaning="As asked; as a table, a line for each number: what, of which, the number.")
def show_statistics(query: dict[str, Any]) -> Response:
    """Show numbers of the requests in scope, now or as of a past time; a past view never changes."""
    now = service().clock.now()
    with service().database.reading() as connection:
        numbers = numbers_in_scope(query, now)
        is_now = numbers["as_of"] == now
        waiting = unconfirmed_staff(connection, caller().scope) if is_now else None
    wanted = preferred("application/json", CSV, XLSX)
    if wanted in (CSV, XLSX):
        return Response(numbers_table(wanted, msgspec.to_builtins(numbers)), content_type=wanted)
    names = None if waiting is None else [each["identifier"] for each in waiting]
    return show(numbers | {"unconfirmed_staff": names})


def numbers_table(media_type: str, numbers: Mapping[str, Any]) -> bytes:
    """The numbers as a table: each with where it stands, such as `by_right/access` and `open`."""
    return table_file(media_type, ("what", "of", "number"), _lines(numbers))


def _lines(numbers: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, str, float | None]]:
    for name, said in numbers.items():
        if isinstance(said, Mapping):
            yield from _lines(said, f"{place}/{name}" if place else name)
        elif isinstance(said, int | float) or said is None:
            yield place or "all", name, said


def numbers_in_scope(query: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The numbers that `StatisticsView` describes, for the caller, without the staff. Raises TimeNotYet."""
    at = query.pop("as_of") or now
    if at > now:
        raise TimeNotYet()
    with service().database.reading() as connection:
        last_recorded_at = service().log.head().recorded_at
        numbers = statistics(connection, at=at, last_recorded_at=last_recorded_at, scope=caller().scope, **query)
        period = {name: query[name] for name in ("received_from", "received_until")}
        seen = within(caller().scope, query["controller"])
        matters = matter_numbers(connection, at=at, is_past=at < now, scope=seen, **period)
    return vars(numbers) | {"matters": matters}


@bp.get("/suggestions")
@allow(*READERS)
@bp.asks(StatisticsQuery)
@bp.shows(SuggestionStatisticsView)
def show_suggestion_statistics(query: dict[str, Any]) -> Response:
    """Compare what the reader suggested with what people found, by language; a past view never changes.

    Of each message, the suggestion counts that stood when a person first examined it, or registered its request.
    """
    now = service().clock.now()
    at = query["as_of"] or now
    if at > now:
        raise TimeNotYet()
    period = {name: query[name] for name in ("received_from", "received_until")}
    with service().database.reading() as connection:
        found = judged(connection, at=at, scope=within(caller().scope, query["controller"]), **period)
    return show({"as_of": at, "by_language": found})
