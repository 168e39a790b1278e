"""Texts that explain a deadline: one step per rule, in the order of the law."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from dsr.domain.deadlines.calendar import WorkingCalendar
from dsr.domain.deadlines.reckoning import DeadlineFacts, Reckoning
from dsr.domain.deadlines.suspension import Suspension, SuspensionKind

_PERIODS = "Reg. (EEC) 1182/71 Art. 3"
_NOTICE = "privacy notice"
_POLICY = "our policy"
_SATURDAY = 5


@dataclass(frozen=True)
class Step:
    """One rule, applied."""

    rule: str
    """Stable kebab-case code."""
    source: str
    """The provision of the rule."""
    detail: str
    """A plain sentence."""
    result: date | None
    """The resulting date, if the rule gives one."""


def narrate(known: DeadlineFacts, result: Reckoning, as_of: date, effective: date, operational: date) -> Iterator[Step]:
    """Explain how `result` follows from the facts known on `as_of`."""
    regime = known.regime
    yield Step(
        "received",
        regime.statute,
        f"The request arrived on {known.received_on} in {known.calendar.zone}; the day of arrival is not counted.",
        known.received_on,
    )
    for each in known.suspensions:
        yield _question(known, each, as_of)
    yield from _statutory(known, result)
    extended_on = known.extended_on()
    if extended_on is None or result.extended is None:
        yield from _promise(known, result)
        yield Step("effective", _POLICY, "The earlier of the statutory date and the promise is binding.", effective)
    else:
        yield from _extension(known, result, extended_on, result.extended)
        yield Step("effective", regime.statute, "The extended statutory date is binding.", effective)
    yield Step(
        "operational",
        _POLICY,
        f"The last working day on or before {effective} is the day to have it sent by.",
        operational,
    )
    if any(each.sufficient is None for each in known.counted()):
        detail = f"A question is still open; it counts as answered on {as_of}, so the dates move with each day."
        yield Step("provisional", _POLICY, detail, None)


def joint_step(calendar: WorkingCalendar, there: date, effective: date) -> Step:
    """Explain the effect of the calendar of a joint controller that the request was passed to."""
    detail = (
        f"It was passed on to a joint controller whose working days are those of {calendar.country}: there it would "
        f"be {there}. Arrival at any one of them started the clock, and the earlier date holds."
    )
    return Step("joint-controller", "GDPR Art. 26(3)", detail, effective)


def order_step(reference: str, authority: str, on: date, effective: date) -> Step:
    """Explain the date that an order of an authority sets beside that of the case (docs/law §13)."""
    detail = (
        f"{authority} ordered something about this request, by {on} ({reference}). An order postpones nothing: the "
        "earlier of the two dates holds."
    )
    return Step("authority-order", "GDPR Art. 58(2)", detail, min(on, effective))


def calendar_step(ropa_version: int, *, on: date, by: str, days: Mapping[date, bool]) -> Step:
    """Explain that the working days of a case were corrected; `days` says of each that differs whether it counted as a
    public holiday before.
    """
    detail = (
        f"On {on} {by} corrected the calendar: since then the days of version {ropa_version} of the record of "
        "processing count."
    )
    abolished = [str(day) for day, was_holiday in sorted(days.items()) if was_holiday]
    found = [str(day) for day, was_holiday in sorted(days.items()) if not was_holiday]
    if abolished:
        detail += f" No public holiday any more: {', '.join(abolished)}."
    if found:
        detail += f" A public holiday now: {', '.join(found)}."
    return Step("calendar-corrected", f"{_PERIODS}(4)", detail, None)


def not_asked_step(decided: Suspension) -> Step:
    """Explain that a question was decided on but not sent yet."""
    detail = (
        f"On {decided.asked} it was decided to ask about {decided.kind.value}; no letter with the question has left, "
        "so nothing stands still."
    )
    return Step(f"{decided.kind.value}-not-asked-yet", _POLICY, detail, None)


def entered_later_step(
    what: str, *, happened_on: date, recorded_on: date, by: str, confirmed: tuple[date, str] | None
) -> Step:
    """Explain that a fact was recorded by hand on a later day than it happened."""
    detail = f"The {what} of {happened_on} was recorded by {by} on {recorded_on}."
    if confirmed is None:
        detail += " It counts from that day until an approver confirms it."
    else:
        detail += f" {confirmed[1]} confirmed it on {confirmed[0]}, so it counts from {happened_on}."
    return Step("recorded-on-a-later-day", _POLICY, detail, happened_on)


def missed_step(what: str, *, due: date, moved: tuple[date, str] | None, confirmed_by: str = "") -> Step:
    """Explain that a date passed unanswered, by what was on record then."""
    detail = f"The {what} of {due} was missed."
    if moved is not None:
        detail = f"The {what} of {due} was missed, and later moved by a statement of {moved[1]} on {moved[0]}"
        detail += f", which {confirmed_by} confirmed." if confirmed_by else "."
    return Step("missed", "GDPR Art. 5(2)", detail, due)


def _question(known: DeadlineFacts, asked: Suspension, as_of: date) -> Step:
    kind, guidance = asked.kind.value, known.regime.guidance
    until = f"until {asked.sufficient}" if asked.sufficient else f"still open on {as_of}"
    if not known.stops_clock(asked.kind):
        if asked.kind is SuspensionKind.FEE:
            detail = f"The fee asked for on {asked.asked} does not stop the clock."
            return Step("fee-does-not-suspend", _POLICY, detail, None)
        detail = f"Clarification asked on {asked.asked} does not stop the clock: the request is not one for access."
        return Step("clarification-not-for-access", guidance, detail, None)
    if asked not in known.counted():
        detail = (
            f"The {kind} question of {asked.asked} does not stop the clock: the last day to ask was "
            f"{known.last_day_to_ask()}, {known.regime.suspend_within_working_days} working days after arrival."
        )
        return Step("asked-too-late", guidance, detail, None)
    return Step(
        f"waiting-for-{kind}", guidance, f"Waiting for {kind}: asked on {asked.asked}, {until}.", asked.sufficient
    )


def _statutory(known: DeadlineFacts, result: Reckoning) -> Iterator[Step]:
    regime = known.regime
    if result.start > known.received_on:
        detail = "The month runs from the latest of the request, the proof of identity and the fee."
        yield Step("clock-start", regime.statute, detail, result.start)
    detail = "One month ends on the same day number, or on the month's last day where there is none, at 24:00 local."
    yield Step("month", _PERIODS, detail, result.month_end)
    end = result.month_end
    if result.suspended:
        end += timedelta(days=result.suspended)
        detail = f"The clock stood still for {_days(result.suspended)}; days that overlap count once."
        yield Step("suspended", regime.guidance, detail, end)
    if result.unextended != end:
        yield _rolled(known, end, result.unextended)
    yield from _doubtful(known, result.unextended)


def _rolled(known: DeadlineFacts, end: date, working: date) -> Step:
    if known.calendar.is_holiday(end):
        why = f"a public holiday in {known.calendar.country}"
    else:
        why = "a Saturday" if end.weekday() == _SATURDAY else "a Sunday"
    detail = f"{end} is {why}, so the period ends on the next working day."
    return Step("next-working-day", f"{_PERIODS}(4)", detail, working)


def _doubtful(known: DeadlineFacts, end: date) -> Iterator[Step]:
    if known.calendar.is_doubtful(end):
        detail = (
            f"Whether {end} is a public holiday in {known.calendar.country} is uncertain. It counts as a working day, "
            "so that the answer is early rather than late."
        )
        yield Step("doubtful-holiday", f"{_PERIODS}(4)", detail, end)


def _promise(known: DeadlineFacts, result: Reckoning) -> Iterator[Step]:
    detail = f"The notice promises an answer within {known.regime.promise_days} days; weekends do not move it."
    if result.suspended_for_identity:
        detail += f" Waiting for identity adds {_days(result.suspended_for_identity)}."
    yield Step("promise", _NOTICE, detail, result.promise)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _extension(known: DeadlineFacts, result: Reckoning, extended_on: date, extended: date) -> Iterator[Step]:
    detail = (
        f"The notice of extension left on {extended_on}, before {result.unextended} ended: "
        f"{known.regime.extension_months} further months, counted from the same start, and suspension."
    )
    yield Step("extension", known.regime.statute, detail, result.extension_end)
    if extended != result.extension_end:
        yield _rolled(known, result.extension_end, extended)
    yield from _doubtful(known, extended)
    if extended_on > result.promise:
        detail = f"The promise had been missed on {result.promise}, before the extension dropped it."
        yield Step("promise-missed", _NOTICE, detail, result.promise)
    else:
        yield Step("promise-dropped", _POLICY, f"The extension drops the promise of {result.promise}.", None)
