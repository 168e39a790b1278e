"""Holds, joint controllers, recipients, representatives: docs/law §2 (R never moves), §3, §6."""

from datetime import date, timedelta
from types import SimpleNamespace
from uuid import uuid4

from hypothesis import strategies as st

from dsr.domain.deadlines import JointCalendar
from dsr.domain.request.standing import AnswerTo, HoldKind, RepresentativeKind
from dsr.domain.rights import Right

from .dates import DAY
from .execution import TOLD
from .frame import PERIODS, Frame, back, command, mostly, never, seldom, when, which
from .item import SEARCHED

BY_LAW = (RepresentativeKind.PARENT, RepresentativeKind.GUARDIAN)


class StandingRules(Frame):
    """Place and release holds; reassign; tell or excuse recipients; accept and end a representation."""

    @when(lambda law: not law.closed and len(law.holds) < 2, brings_on=never)
    @command(
        kind=st.sampled_from(HoldKind),
        reason=mostly,
        activities=st.sampled_from([(), ("on-contract",), ("recorded-calls",)]),
        systems=st.sampled_from([("crm",), ("telephony",), ("crm", "archive"), ()]),
    )
    def place_hold(self, kind: HoldKind, reason: bool, activities: tuple[str, ...], systems: tuple[str, ...]) -> None:
        law, hold_id = self.law, uuid4()
        broken = {
            "request-closed": law.closed and kind is HoldKind.RETENTION,
            "reason-required": not reason,
            "hold-covers-nothing": not systems,
            "hold-of-restriction": kind is HoldKind.RESTRICTION,
        }
        given = {"reason": self.sealed(reason), "activities": activities, "systems": systems}
        if self.send("place_hold", broken, hold_id=hold_id, kind=kind, controller_id=law.controller, **given):
            law.holds[hold_id] = SimpleNamespace(
                kind=kind.value, controller=law.controller, activities={*activities}, systems={*systems}
            )

    @when(lambda law: law.holds, brings_on=never)
    @command(which=which, reason=mostly)
    def release_hold(self, which: int, reason: bool) -> None:
        hold_id = self.key(which, self.law.holds, self.law.holds)
        hold = self.law.holds.get(hold_id)
        broken = {
            "hold-unknown": hold is None,
            "hold-of-restriction": hold is not None and hold.kind == "restriction",
            "message-unexamined": self.law.waiting,
            "reason-required": not reason,
        }
        if self.send("release_hold", broken, hold_id, reason=self.sealed(reason)):
            del self.law.holds[hold_id]

    @when(lambda law: law.items and not law.closed, brings_on=never)
    @command(
        to=st.sampled_from(["FR", "FR", "DE", "GB"]),
        joint=mostly,
        reason=mostly,
        days=st.sampled_from([None] * 4 + [0, 1]),
    )
    def reassign(self, to: str, joint: bool, reason: bool, days: int | None) -> None:
        law, other = self.law, self.law.days_of(self.made.calendar(to))
        received_on: date | None = None if days is None else law.received_on + days * DAY
        broken = {
            "clock-reset-forbidden": days == 1,
            "not-joint-controller": not joint or law.controller == f"acme-{to.lower()}",
            "reason-required": not reason,
        }
        given = {"joint": joint, "reason": self.sealed(reason), "received_on": received_on, "retained": PERIODS}
        given["listed"] = self.made.listed(f"acme-{to.lower()}")
        given["calendar"] = JointCalendar.joining(self.case.calendar, [other])
        before = self.case.request.deadline_as_of(self.today, self.case.calendar)
        if not self.send("reassign", broken, to, **given):
            return
        for item in law.items.values():
            if item.pending and item.controller == law.controller:
                item.controller = f"acme-{to.lower()}"
                item.searched = {} if item.right in SEARCHED else item.searched
                item.held = None
        law.controller = f"acme-{to.lower()}"
        if other not in law.calendars:
            law.calendars.append(other)
        law.tell(self.today)
        self.case.calendar = JointCalendar.joining(law.calendar, law.calendars)
        now = self.case.deadline
        assert now.statutory_due <= before.statutory_due
        assert now.effective_due <= before.effective_due
        law.hold_what_expires(self.placed(), self.today)

    # recipients (GDPR Art. 19): the duty outlives the answer

    @when(lambda law: not all(law.recipients.values()))
    @command(which=which, whom=st.sampled_from(["dialler", "archive", "crm-vendor"]), earlier=back)
    def tell_recipient(self, which: int, whom: str, earlier: timedelta) -> None:
        law, told_at = self.law, self.now - earlier
        item_id, broken = self.to_tell(which, whom)
        broken |= {"dates-invalid": told_at < law.received_at}
        given = {"recipient": whom, "told_at": told_at}
        if self.send("tell_recipient", broken, item_id, **given):
            law.recipients[item_id, whom] = True
            day, due = self.local(told_at), law.tell_by.get(item_id)
            waits = due is not None and day <= due < self.today
            assert self.case.news[0].late is (waits or (due is not None and day > due))
            if waits:
                self.enter("recipient-told", "recipient", day)

    @when(lambda law: not all(law.recipients.values()))
    @command(which=which, whom=st.sampled_from(["dialler", "archive", "crm-vendor"]), says=mostly)
    def excuse_recipient(self, which: int, whom: str, says: bool) -> None:
        item_id, broken = self.to_tell(which, whom)
        broken |= {"reason-required": not says}
        if self.send("excuse_recipient", broken, item_id, recipient=whom, explanation=self.sealed(says)):
            self.law.recipients[item_id, whom] = True

    @when(lambda law: law.recipients, brings_on=never)
    @command(which=which, named=mostly, says=mostly)
    def add_recipient(self, which: int, named: bool, says: bool) -> None:
        """One that the record does not name; the days of the others stay."""
        law = self.law
        item_id, broken = self.to_tell(which, "nobody")
        broken |= {"reason-required": not named or not says}
        if self.send("add_recipient", broken, item_id, contact=self.sealed(named), reason=self.sealed(says)):
            added = self.case.news[0]
            if all(told for (of, _), told in law.recipients.items() if of == item_id):
                law.tell_by[item_id] = added.tell_by
            law.recipients[item_id, added.recipient] = False

    def to_tell(self, which: int, whom: str) -> tuple[str, dict[str, object]]:
        """What was done stays done, whatever becomes of the item; an objection restricts too."""
        restricted = {restriction.item_id for restriction in self.law.restrictions.values()}
        item_id = self.item_id(which, lambda item: item.right in TOLD and item.ever_effected)
        item = self.law.items.get(item_id)
        effected = item is not None and item.right in TOLD and item.ever_effected
        return item_id, {
            "item-unknown": item is None,
            "nothing-to-tell": item is not None and not effected and item_id not in restricted,
            "recipient-settled": self.law.recipients.get((item_id, whom)),
        }

    # representatives

    @when(lambda law: not law.closed and len(law.representations) < 3, brings_on=never)
    @command(
        kind=st.sampled_from(RepresentativeKind),
        evidence=mostly,
        rights=st.sampled_from([tuple(Right)] * 4 + [(Right.ACCESS, Right.ERASURE), ()]),
        ends=st.sampled_from([None, 2, 20, 20, 400, -1]),
        assessed=mostly,
        conflict=seldom,
        answer_to=st.sampled_from([*[AnswerTo.REPRESENTATIVE] * 3, *AnswerTo]),
        child=st.booleans(),
        replaces=st.sampled_from([(), (), (1,), (2,)]),
    )
    def accept_representation(
        self,
        *,
        kind: RepresentativeKind,
        evidence: bool,
        rights: tuple[Right, ...],
        ends: int | None,
        assessed: bool,
        conflict: bool,
        answer_to: AnswerTo,
        child: bool,
        replaces: tuple[int, ...],
    ) -> None:
        """Only one of several gets the letters."""
        law = self.law
        known = dict(enumerate(law.representations, 1))
        getting = law.getting_letters(self.now, self.today)
        expires_on = None if ends is None else self.today + ends * DAY
        broken = {
            "already-represented": answer_to != "data-subject"
            and getting is not None
            and getting not in [known.get(number) for number in replaces],
            "not-represented": any(number not in known or known[number].ended_at for number in replaces),
            "authority-missing": not evidence
            or not rights
            or (kind is RepresentativeKind.PARENT and not child)
            or (kind in BY_LAW and ends is None)
            or (ends is not None and ends < 0),
            "conflict-of-interest": conflict or not assessed,
        }
        given = {"kind": kind, "evidence": self.sealed(evidence), "expires_on": expires_on, "answer_to": answer_to}
        given |= {
            "conflict_assessed": assessed,
            "conflict": conflict,
            "for_child": child,
            "rights": rights,
            "replaces": replaces,
        }
        if self.send("accept_representation", broken, **given):
            for number in replaces:
                known[number].ended_at = self.now
            law.representations.append(
                SimpleNamespace(
                    since=self.now, ended_at=None, expires_on=expires_on, rights={*rights}, answer_to=answer_to
                )
            )

    @when(lambda law: any(not each.ended_at for each in law.representations), brings_on=never)
    @command(says=mostly, number=st.sampled_from([None, None, 1, 2, 3]))
    def end_representation(self, says: bool, number: int | None) -> None:
        known = {place: each for place, each in enumerate(self.law.representations, 1) if not each.ended_at}
        broken = {
            "not-represented": not known or (number is not None and number not in known),
            "representative-not-named": number is None and len(known) > 1,
            "reason-required": not says,
        }
        if self.send("end_representation", broken, reason=self.sealed(says), number=number):
            known[next(iter(known)) if number is None else number].ended_at = self.now
