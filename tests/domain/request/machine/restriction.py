"""Restricting, and lifting only after the person was told: docs/law §3, §4 (GDPR Art. 18)."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st

from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import AnswerTo
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis

from .dates import DAY
from .frame import Frame, addressees, back, command, mostly, never, often, staff, unfinished, when, which
from .law import Law

GROUNDS = ["accuracy-contested", "unlawful-processing", "needed-for-claims", "objection-pending"]
USES = ["consent", "legal-claims", "protect-another", "important-public-interest"]

days_ahead = st.sampled_from([0, 1, 30, 30, 30, -1])


def a_restriction(item_id: str, since: datetime, *, awaits: str | None) -> SimpleNamespace:
    """A restriction that stands; `awaits` is the objection on whose balance it waits."""
    return SimpleNamespace(
        item_id=item_id, since=since, awaits=awaits, told_at=None, reviewed_at=None, lifted=False, stopped=False
    )


def held_by_restriction(law: Law) -> list[Any]:
    return [key for key, hold in law.holds.items() if hold.kind == "restriction"]


def excepted(law: Law) -> list[Any]:
    """The holds with a proposal that nobody decided."""
    return [key for key, hold in law.holds.items() if getattr(hold, "exception", None)]


def standing(law: Law) -> list[Any]:
    return [key for key, restriction in law.restrictions.items() if not restriction.lifted]


class RestrictionRules(Frame):
    """Restrict; use what is restricted, review, tell of the lifting, lift."""

    @when(
        lambda law: law.some(lambda item: item.right is Right.RESTRICTION and item.status == "granted"),
        brings_on=unfinished(Right.RESTRICTION),
    )
    @command(
        which=which,
        ground=st.sampled_from([*GROUNDS, "because-he-asked"]),
        facts=mostly,
        named=mostly,
        ahead=days_ahead,
    )
    def restrict(self, which: int, ground: str, facts: bool, named: bool, ahead: int) -> None:
        law = self.law
        item_id = self.item_id(which, lambda item: item.right is Right.RESTRICTION and item.status == "granted")
        item, broken = self.item_rules(item_id, "granted", otherwise="item-not-granted", right=Right.RESTRICTION)
        waited_for = {each.awaits for each in law.restrictions.values() if not each.lifted}
        objections = {
            key
            for key, each in law.items.items()
            if key in waited_for and each.pending and not each.effected and each.controller == item.controller
        }
        broken |= {
            "no-ground": ground not in GROUNDS
            or not facts
            or not named
            or (ground == "objection-pending" and not objections),
            "review-in-past": ahead < 0,
        }
        given = {
            "restriction_id": uuid4(),
            "ground": ground,
            "facts": self.sealed(facts),
            "activities": (ActivityBasis("on-contract", LegalBasis.CONTRACT),) if named else (),
            "review_on": self.today + ahead * DAY,
        }
        if self.send("restrict", broken, item_id, **given):
            awaits = self.case.request.restrictions[given["restriction_id"]].awaits
            assert awaits in objections if ground == "objection-pending" else awaits is None
            restriction = a_restriction(item_id, self.now, awaits=awaits)
            activities = {each.activity for each in given["activities"]}
            law.restrict(given["restriction_id"], restriction, item.controller, activities)
            item.effect()
            law.release_ended()

    @when(standing, brings_on=never)
    @command(which=which, use=st.sampled_from([*USES, "marketing"]), says=mostly)
    def use_restricted_data(self, which: int, use: str, says: bool) -> None:
        key, _, broken = self.a_standing(which)
        broken |= {"restricted-use-forbidden": use not in USES, "reason-required": not says}
        self.send("use_restricted_data", broken, key, use=use, account=self.sealed(says))

    @when(standing, brings_on=never)
    @command(which=which, ahead=days_ahead, says=mostly)
    def set_review(self, which: int, ahead: int, says: bool) -> None:
        """It is to stand longer, whatever a letter said of its end."""
        key, restriction, broken = self.a_standing(which)
        broken |= {"review-in-past": ahead < 0, "reason-required": not says}
        if self.send("set_review", broken, key, review_on=self.today + ahead * DAY, reason=self.sealed(says)):
            restriction.told_at, restriction.reviewed_at = None, self.now

    @when(standing, brings_on=lambda law: any(not r.told_at and not r.lifted for r in law.restrictions.values()))
    @command(which=which, earlier=back, right_kind=mostly, whole=mostly, addressee=addressees)
    def tell_of_lifting(
        self, which: int, earlier: timedelta, right_kind: bool, whole: bool, addressee: AnswerTo
    ) -> None:
        law, left = self.law, self.now - earlier
        key, restriction, broken = self.a_standing(which)
        broken |= {
            "subject-deceased": law.deceased,
            "objection-undecided": self.awaits_its_objection(restriction),
            "letter-kind-wrong": not right_kind,
            "letter-incomplete": not whole,
            "dates-invalid": restriction is not None and left < self.may_be_told_since(restriction),
            "authority-missing": not law.may_get(addressee, left, self.local(left), {Right.RESTRICTION}),
        }
        kind = LetterKind.LIFTING if right_kind else LetterKind.RESTRICTION
        notice = self.letter(kind, left, addressee, without="" if whole else "why")
        if self.send("tell_of_lifting", broken, key, notice=notice):
            restriction.told_at = left

    @when(standing, brings_on=lambda law: any(each.told_at and not each.lifted for each in law.restrictions.values()))
    @command(which=which, says=mostly)
    def lift_restriction(self, which: int, says: bool) -> None:
        key, restriction, broken = self.a_standing(which)
        broken |= {
            "objection-undecided": self.awaits_its_objection(restriction),
            "message-unexamined": self.law.waiting,
            "notice-before-lift": restriction is not None and restriction.told_at is None and not self.law.deceased,
            "reason-required": not says,
        }
        if self.send("lift_restriction", broken, key, reason=self.sealed(says)):
            self.law.lifted_after_death |= self.law.deceased
            self.law.end_restriction(key)
            self.law.release_ended()

    @when(held_by_restriction, brings_on=never)
    @command(
        which=which,
        ground=st.sampled_from([*USES, "erasure-granted", "because-he-asked"]),
        systems=st.sampled_from([("crm",), ("telephony",), ("crm", "telephony"), ()]),
        elsewhere=often,
        says=mostly,
    )
    def propose_exception(
        self, *, which: int, ground: str, systems: tuple[str, ...], elsewhere: bool, says: bool
    ) -> None:
        law = self.law
        key, hold, broken = self.a_restriction_hold(which)
        granted = law.some(lambda item: item.right is Right.ERASURE and item.status == "granted")
        broken |= {
            "restricted-use-forbidden": ground not in (*USES, "erasure-granted")
            or (ground == "erasure-granted" and not granted and not elsewhere),
            "hold-covers-nothing": not systems
            or (hold is not None and hold.systems and not {*systems} <= hold.systems),
            "reason-required": not says,
        }
        given = {"ground": ground, "systems": systems, "erasure_granted_elsewhere": elsewhere}
        if self.send("propose_exception", broken, key, reason=self.sealed(says), **given):
            hold.exception = SimpleNamespace(systems={*systems}, by="ann")

    @when(excepted)
    @command(("approve_exception", "decline_exception"), which=which, who=staff, agrees=st.booleans(), says=mostly)
    def decide_exception(self, which: int, who: str, agrees: bool, says: bool) -> None:
        key, hold, broken = self.a_restriction_hold(which, excepted(self.law))
        broken["hold-unknown"] = key not in self.law.holds
        proposal = None if hold is None else getattr(hold, "exception", None)
        broken |= {
            "nothing-proposed": hold is not None and proposal is None,
            "four-eyes": proposal is not None and who in (proposal.by, *self.law.opinions),
            "message-unexamined": agrees and self.law.waiting,
        }
        if not agrees:
            broken["reason-required"] = not says
            if self.send("decline_exception", broken, key, actor=who, reason=self.sealed(says)):
                hold.exception = None
        elif self.send("approve_exception", broken, key, actor=who, systems=("crm", "telephony")):
            assert proposal is not None
            left = (hold.systems or {"crm", "telephony"}) - proposal.systems
            hold.systems, hold.exception = left, None
            if not left:
                del self.law.holds[key]

    def a_restriction_hold(self, which: int, fitting: list[Any] | None = None) -> tuple[Any, Any, dict[str, Any]]:
        known = self.law.holds
        key = self.key(which, known, held_by_restriction(self.law) if fitting is None else fitting)
        hold = known.get(key)
        return key, hold, {"hold-unknown": hold is None or hold.kind != "restriction"}

    def a_standing(self, which: int) -> tuple[Any, Any, dict[str, Any]]:
        known = self.law.restrictions
        key = self.key(which, known, standing(self.law))
        restriction = known.get(key)
        return (
            key,
            restriction,
            {
                "restriction-unknown": restriction is None,
                "already-lifted": restriction is not None and restriction.lifted,
            },
        )

    def may_be_told_since(self, restriction: SimpleNamespace) -> datetime:
        """No letter from before it was found to stand, or before its objection was decided, tells of its end."""
        since = max(restriction.since, restriction.reviewed_at or restriction.since)
        objection = self.law.items.get(restriction.awaits)
        told: datetime = max(since, (objection and objection.decided_at) or since)
        return told

    def awaits_its_objection(self, restriction: SimpleNamespace | None) -> bool:
        """Data goes back to use once the objection was refused or is over; a part of it, where the rest was stopped."""
        if restriction is None or restriction.awaits is None:
            return False
        objection = self.law.items[restriction.awaits]
        in_part = bool(objection.parts) and objection.effected
        return not in_part and objection.status not in ("refused", "done", "nothing-held", "withdrawn", "ended")
