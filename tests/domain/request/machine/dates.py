"""docs/law §2, as the model reckons it: what is due when, by the days of one controller or of several."""

from calendar import monthrange
from copy import copy
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from tests.catalogue.maker import as_known_later

DAY = timedelta(days=1)

AWAITED = ("proposed", "quoted", "accepted")
"""A fee that somebody still has to answer or pay."""


def roll(calendar: Any, day: date) -> date:
    """The next day that is neither Saturday, Sunday nor holiday, or the day itself."""
    while day.weekday() >= 5 or day in calendar.holidays:
        day += DAY
    return day


def working_days_after(calendar: Any, day: date, count: int) -> date:
    """Working days later; the day itself is not counted."""
    for _ in range(count):
        day = roll(calendar, day + DAY)
    return day


class Dates:
    """The clock of one case.

    Under `eu-gdpr` it runs from R, and stands still while an answer about identity or meaning is awaited, the day of
    the answer left out. Under `uk-gdpr` it runs from the latest of R, the proof of identity and the fee, and leaves out
    the days of a clarification, that of the answer too. Of several controllers the earlier of each pair of dates holds.
    """

    def __init__(self, regime: str, calendar: Any, received_at: datetime) -> None:
        self.regime = regime
        self.calendar, self.calendars, self.received_at = calendar, [calendar], received_at
        self.received_on: date = calendar.local_date(received_at)
        self.begun_at = received_at
        self.questions: list[SimpleNamespace] = []
        self.unheard: set[str] = set()
        """What it was decided to ask, while no letter with it left."""
        self.fees: dict[Any, SimpleNamespace] = {}
        self.extended_at: datetime | None = None
        self.facts: dict[int, SimpleNamespace] = {}
        """What somebody entered by hand on a later day, by the version of the case; until another confirms it."""
        self._last_days: dict[str, date] = {}
        self.known_later = False
        """Whether the calendars were corrected, and not corrected back since."""
        self.tell(self.received_on)

    def tell(self, today: date) -> None:
        """The dates are told: so they stand until they are told anew."""
        self.told = self.dates(today), self.dates(today, certain=True)[2]

    def arrive(self, received_at: datetime, day: date, today: date) -> None:
        """The arrival on record was wrong."""
        self.received_at, self.received_on = received_at, day
        self._last_days = {}
        for fee in self.fees.values():
            in_time = fee.counted_on is not None and fee.counted_on <= self.last_day_to_ask(self.calendar)
            fee.stops = self.regime == "uk-gdpr" and in_time
        self.tell(max(today, day))

    def count_other_days(self, today: date) -> None:
        """What counts as a public holiday is known otherwise."""
        self.calendar, *others = map(as_known_later, self.calendars)
        self.calendars = [self.calendar, *others]
        self.known_later = not self.known_later
        self.arrive(self.received_at, self.received_on, today)

    def days_of(self, calendar: Any) -> Any:
        """The days of a controller, as they are known by now."""
        return as_known_later(calendar) if self.known_later else calendar

    def decide_to_ask(self, kind: str, *, heard: bool) -> None:
        """Whoever records it later than it was asked states that the person was asked some other way."""
        self.unheard -= {kind}
        self.unheard |= set() if heard else {kind}

    def ask(self, kind: str, day: date, today: date) -> None:
        """A question leaves; only without undue delay does it stop the clock of the controller that was reached."""
        if day <= self.last_day_to_ask(self.calendar):
            self.questions.append(SimpleNamespace(kind=kind, asked=day, answered=None))
            self.tell(today)

    def answer(self, kind: str, day: date, today: date) -> None:
        """What was asked and is open is answered, or waited for no longer; recorded late, never before it was asked."""
        for question in self.questions:
            if question.kind == kind and question.answered is None:
                question.answered = max(day, question.asked)
                self.tell(today)
        for fact in self.facts.values():
            if fact.kind == kind and fact.ended is None:
                fact.ended = max(day, fact.day)

    def is_missed(self, today: date) -> bool:
        """Whether the date that binds has passed, without what nobody heard."""
        return today > self.dates(today)[2]

    def enter(self, version: int, kind: str, day: date, today: date, by: str, **about: Any) -> None:
        """It counts from today until somebody else confirms the day that is stated."""
        self.facts[version] = SimpleNamespace(kind=kind, day=day, entered=today, by=by, ended=None, **about)

    def confirm(self, version: int, today: date) -> None:
        """It counts from the stated day now."""
        fact = self.facts.pop(version)
        if fact.kind in ("identity", "clarification"):
            sought = (fact.kind, fact.entered, fact.ended is None)
            same = [each for each in self.questions if (each.kind, each.asked, each.answered is None) == sought]
            question = same[-1] if same else SimpleNamespace(kind=fact.kind)
            question.asked, question.answered = fact.day, fact.ended
            self.questions += [] if same else [question]
        elif fact.kind in ("fee", "payment"):
            self.confirm_fee(fact)
        self.tell(today)

    def confirm_fee(self, fact: SimpleNamespace) -> None:
        fact.fee.stops, fact.fee.paid_late = True, fact.fee.paid_late and fact.kind == "fee"
        if fact.kind == "fee":
            fact.fee.counted_on = fact.day
        waits = [question for question in self.questions if question.kind == "fee"]
        wait = waits[-1] if waits else SimpleNamespace(kind="fee", asked=fact.day)
        wait.asked = min(wait.asked, fact.day)
        awaited = any(fee.stops and fee.status in AWAITED for fee in self.fees.values())
        wait.answered = None if awaited else self.fees_awaited_until(wait)
        self.questions += [] if waits else [wait]

    def give_up(self, kind: str, day: date, today: date) -> None:
        """Nobody waits for an answer any more; who never heard the question was never waited for."""
        if kind not in self.unheard:
            self.answer(kind, day, today)
            return
        for question in [each for each in self.questions if each.kind == kind and each.answered is None]:
            self.questions.remove(question)
            self.tell(today)

    def put(
        self, kind: str, asked: date | None, left: date, today: date, *, counts: date | None = None
    ) -> tuple[date | None, bool]:
        """The letter with a question leaves: if on a later day than it was asked, then nobody was asked before.

        What was told meanwhile did not know that it left, so it is told anew. If it is entered by hand, it counts from
        the day of that, and what would have counted from the stated day waits for somebody else.
        """
        running = [each for each in self.questions if each.kind == kind and each.answered is None]
        if asked is None:
            return None, False
        last_day, stated = self.last_day_to_ask(self.calendar), max(left, asked)
        counted = max(counts or stated, stated)
        waits = bool(running) and counted > stated and stated <= last_day
        if left <= asked and not waits and all(today <= each.asked for each in running):
            if running:  # what rings knows of it from now on
                self.tell(today)
            return asked, False
        for question in running:
            question.asked = counted
            if counted > last_day:
                self.questions.remove(question)
        self.tell(today)
        return stated, waits

    def hear(self, kind: str, asked: date | None, today: date) -> bool:
        """They were asked some other way, as a proof shows; after a date was missed, that counts from today."""
        if kind not in self.unheard:
            return False
        counts = today if self.is_missed(today) else None
        self.unheard.remove(kind)
        _, waits = self.put(kind, asked, asked or today, today, counts=counts)
        return waits

    def hear_answer(self, kind: str, asked: date | None, today: date) -> bool:
        """An answer shows that too, as far as it matters for what was missed."""
        if kind not in self.unheard or asked is None or asked == today or not self.is_missed(today):
            return False
        _, waits = self.put(kind, asked, asked, today, counts=today)
        return waits

    def last_day_to_ask(self, calendar: Any) -> date:
        if calendar.country not in self._last_days:
            self._last_days[calendar.country] = working_days_after(calendar, self.received_on, 5)
        return self._last_days[calendar.country]

    # fees: only in the United Kingdom does the month wait for them

    def quote(self, fee: SimpleNamespace, day: date, today: date) -> None:
        """The notice of a fee left; while another is awaited, both are one wait."""
        in_time = day <= self.last_day_to_ask(self.calendar)
        fee.paid_late, fee.counted_on = False, day
        awaited = any(each.stops and each.status in AWAITED for each in self.fees.values())
        fee.stops = self.regime == "uk-gdpr" and in_time
        if fee.stops and not awaited:
            self.ask("fee", day, today)

    def settle(self, today: date) -> None:
        """Once none that stops the clock is awaited, the month runs; a payment in time may show another day later."""
        waits = [question for question in self.questions if question.kind == "fee"]
        if waits and not any(fee.stops and fee.status in AWAITED for fee in self.fees.values()):
            until = self.fees_awaited_until(waits[-1])
            if waits[-1].answered != until:
                waits[-1].answered = until
                self.tell(today)

    def fees_awaited_until(self, wait: SimpleNamespace) -> date:
        """To the day on which the last was paid, or given up, but never beyond its offer: no delay of ours counts."""
        days = [wait.asked]
        for fee in self.fees.values():
            if fee.stops and fee.status == "paid" and not fee.paid_late:
                days.append(fee.settled_on)
            elif fee.stops:
                days.append(min(fee.settled_on or fee.ends_on, fee.ends_on))
        return cast(date, max(days))

    # what follows from that

    def months(self, count: int, after: date | None = None) -> date:
        """The same day number some months after R, or after a day, or the last day of that month."""
        start = after or self.received_on
        years, month = divmod(start.month - 1 + count, 12)
        year = start.year + years
        return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))

    def waits(self, calendar: Any, as_of: date, *kinds: str, certain: bool) -> list[tuple[date, date]]:
        """When each question was asked, and when answered as far as is known: if open, that day, or not at all.

        What nobody heard yet counts on the day of the decision only.
        """
        known: list[tuple[date, date]] = []
        for question in self.questions:
            if question.answered is None and question.kind in self.unheard and as_of > question.asked:
                continue
            if question.kind in kinds and question.asked <= min(self.last_day_to_ask(calendar), as_of):
                end = question.answered
                if question.kind == "fee" and end is None:  # an offer that is over ends by itself
                    end = self.fees_awaited_until(question)
                    is_open = as_of <= end
                else:
                    is_open = end is None or end > as_of
                if not (is_open and certain):
                    known.append((question.asked, as_of if is_open else end))
        return known

    def begins(self, calendar: Any, as_of: date, *, certain: bool) -> date:
        """The day that is not counted."""
        if self.regime == "eu-gdpr":
            return self.received_on
        ends = [end for _, end in self.waits(calendar, as_of, "identity", "fee", certain=certain)]
        return max([self.received_on, *ends])

    def suspended(self, calendar: Any, as_of: date, *kinds: str, certain: bool, both_ends: bool = False) -> set[date]:
        """S, or with one kind S_id: local dates in [asked, sufficient), or with that day too, once."""
        days: set[date] = set()
        for asked, end in self.waits(calendar, as_of, *kinds, certain=certain):
            days |= {asked + DAY * n for n in range((end - asked).days + both_ends)}
        return days

    def ends(self, calendar: Any, months: int, as_of: date, *, certain: bool = False) -> date:
        """The end of so many months by the days of one controller."""
        start = self.begins(calendar, as_of, certain=certain)
        if self.regime == "eu-gdpr":
            days = self.suspended(calendar, as_of, "identity", "clarification", certain=certain)
        else:
            days = self.suspended(calendar, as_of, "clarification", certain=certain, both_ends=True)
            if start > self.received_on:  # before the month begins, nothing of it is lost
                days = {day for day in days if day > start}
        return roll(calendar, self.months(months, start) + len(days) * DAY)

    def month_ends(self, as_of: date, *, suspended: bool = True) -> date:
        """The un-extended statutory date: of those of all controllers that had the case, the earliest."""
        if not suspended:
            return min(roll(each, self.months(1)) for each in self.calendars)
        return min(self.ends(each, 1, as_of) for each in self.calendars)

    def dates(self, as_of: date, *, certain: bool = False) -> tuple[date, date | None, date]:
        """Statutory date, promise, effective date; `certain`: where that is earlier, as if nothing open had been asked,
        and without what nobody heard.

        Passing a case on takes no extension back: whether it came in time the days of the first controller say.
        """
        found = [self._by(each, as_of, certain=certain) for each in self.calendars]
        promises = [promise for _, promise, _ in found if promise is not None]
        return min(each[0] for each in found), min(promises, default=None), min(each[2] for each in found)

    def _by(self, calendar: Any, as_of: date, *, certain: bool) -> tuple[date, date | None, date]:
        extended_on = self.extended_at and self.calendar.local_date(self.extended_at)
        extended = extended_on and extended_on <= as_of and extended_on <= self.ends(self.calendar, 1, extended_on)
        statutory = self.ends(calendar, 3 if extended else 1, as_of, certain=certain)
        waited = len(self.suspended(calendar, as_of, "identity", certain=certain))
        promise = None if extended else self.received_on + (30 + waited) * DAY
        effective = min(statutory, promise or statutory)
        if certain:
            heard = copy(self)
            heard.questions = [each for each in self.questions if each.answered or each.kind not in self.unheard]
            effective = min(effective, heard._by(calendar, as_of, certain=False)[2])
        return statutory, promise, effective
