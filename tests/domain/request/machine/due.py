"""What comes due is recorded once, as long as the case waits for it: docs/law §2."""

from hypothesis.stateful import invariant

from dsr.domain.request.due import Due
from dsr.domain.request.standing import Occasion

from .frame import Frame, command, never, often, when, which


class DueRules(Frame):
    """Record what came due; the dates on record beside it say what does."""

    @when(lambda law: True, brings_on=never)
    @command(which=which, known=often)
    def record_due(self, which: int, known: bool) -> None:
        case = self.case.request
        coming = {each.occasion: each.at for each in case.coming(self.case.calendar, self.now)}
        due = [occasion for occasion, at in coming.items() if at <= self.now]
        recorded = sorted(case.clock.came_due, key=repr)
        never_awaited = Occasion(Due.PROMISE_MISSED, "", self.law.received_on)
        choices = (due if due and known else [*due, *coming, *recorded]) or [never_awaited]
        occasion = choices[which % len(choices)] if which < 7 else never_awaited
        is_fee = occasion.kind == Due.FEE_OFFER_ENDED
        accepted = self.send(
            "record_due",
            {
                "due-recorded": occasion in recorded,
                "due-no-more": occasion not in recorded and (occasion not in coming or is_fee),
                "due-not-yet": occasion in coming and coming[occasion] > self.now and not is_fee,
            },
            occasion=occasion,
        )
        assert accepted == (occasion in case.clock.came_due and occasion not in recorded)

    @invariant()
    def the_dates_on_record_are_those_that_the_case_waits_for(self) -> None:
        request = self.case.request
        shown = {each.occasion: each.at for each in request.coming_on_record}
        now_known = self.case.calendar.local_date(self.now)
        coming = {each.occasion: each.at for each in request.coming(self.case.calendar, self.now)}
        still_open = [
            [each.kind for each in suspensions if each.sufficient is None]
            for suspensions in (request.clock.suspensions, request.suspensions_on(now_known, self.case.calendar))
        ]
        if still_open[0] != still_open[1]:
            # A fee's offer is over and nobody recorded it yet: that comes due first, then the rest shows.
            assert shown.items() <= coming.items()
            return
        assert shown == coming
