"""Granting, carrying out, nothing held: docs/law §3, §4 (erasure) and §8, mistakes 6, 7 and 8."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st

from dsr.domain.request.erasure import ErasureGround
from dsr.domain.request.standing import Hold, HoldKind
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis

from .dates import working_days_after
from .frame import Frame, back, bases, command, mostly, resting_on, seldom, when, which
from .item import SEARCHED, Item
from .law import COPIES

ACTS = {
    *(Right.RECTIFICATION, Right.RESTRICTION, Right.OBJECTION, Right.CONSENT_WITHDRAWAL),
    *(Right.AUTOMATED_DECISION, Right.INFORMATION),
}
"""Rights that an act on record has to give effect to."""

TOLD = {Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION}
"""What recipients have to hear of (GDPR Art. 19)."""

erasure_grounds = st.sampled_from([*[ErasureGround.NO_LONGER_NECESSARY] * 3, *ErasureGround, None])


HELD_ELSEWHERE = ("telephony", "crm")


def elsewhere(controller: str, held: bool) -> tuple[Hold, ...]:
    """Holds on other cases of the same person."""
    about: dict[str, Any] = {
        "controller_id": controller,
        "activities": ("on-contract",),
        "systems": HELD_ELSEWHERE,
    }
    retention = Hold(hold_id=uuid4(), kind=HoldKind.RETENTION, **about)
    return (retention, Hold(hold_id=uuid4(), kind=HoldKind.LEGAL, **about)) if held else (retention,)


def assessed(item: Item) -> bool:
    """Nothing else has to come before it is granted."""
    return item.status == "open" and (item.right is not Right.OBJECTION or item.balance is not None)


def carried_out(item: Item) -> bool:
    """Nothing else has to come before it is done."""
    searched = item.right not in SEARCHED or {*item.searched} >= {"telephony", "crm"}
    return item.status == "granted" and searched and (item.effected or item.right in (Right.ACCESS, Right.ERASURE))


def _searched_and_open(item: Item) -> bool:
    """Its systems accounted for it: it ends as nothing held, or, if something was found, it can't."""
    found_nothing = {*item.searched} >= {"telephony", "crm"} and "nothing" in item.searched.values()
    return item.status == "open" and (found_nothing or "found" in item.searched.values())


def _granted_in_vain(item: Item) -> bool:
    """A copy was granted before its systems were searched, none of which held anything."""
    found = "found" in item.searched.values() or item.held
    is_right = item.right in COPIES or (item.right is Right.ERASURE and not item.parts)
    return item.status == "granted" and is_right and "nothing" in item.searched.values() and not found


class ExecutionRules(Frame):
    """Grant, record done, record that nothing is held."""

    @when(lambda law: law.some(lambda item: item.status == "open"), brings_on=lambda law: law.some(assessed))
    @command(which=which, ground=erasure_grounds, on=bases, provision=st.booleans(), held=seldom, owed=seldom)
    def grant(
        self,
        *,
        which: int,
        ground: ErasureGround | None,
        on: list[LegalBasis],
        provision: bool,
        held: bool,
        owed: bool,
    ) -> None:
        law, item_id = self.law, self.item_id(which, lambda item: item.status == "open")
        item, broken = self.item_rules(item_id, "open", otherwise="item-not-open")
        activities = resting_on(on)
        named = {each.activity for each in activities}
        if item.right is Right.ERASURE:
            broken |= {
                "access-before-erasure": law.pending(*COPIES) or owed,
                "message-unexamined": law.waiting,
                "ground-not-available": not on or not self.erasure_ground_holds(ground, on, provision),
                "legal-hold": self.on_legal_hold(named, set()) or (held and "on-contract" in named),
            }
        broken["identity-unresolved"] = law.doubt and item.needs_identity
        given: dict[str, Any] = {
            "erasure_ground": ground,
            "activities": activities,
            "provision": "§ 35 BDSG" if provision else " ",
        }
        given |= {"other_holds": elsewhere(self.home, held), "copy_pending_elsewhere": owed}
        if self.send("grant", broken, item_id, **given):
            law.grant(item_id)
            item.to_erase = named if item.right is Right.ERASURE else set()

    def erasure_ground_holds(self, ground: ErasureGround | None, on: list[LegalBasis], provision: bool) -> bool:
        """GDPR Art. 17(1)."""
        if ground == "consent-withdrawn":
            return set(on) == {LegalBasis.CONSENT} and any(
                "on-consent" in each.consents for each in self.law.items.values()
            )
        if ground == "child-service":
            return set(on) == {LegalBasis.CONSENT}
        if ground == "objection-prevails":
            return any(item.prevails for item in self.law.items.values())
        return provision if ground == "erasure-required-by-law" else ground is not None

    def on_legal_hold(self, activities: set[str], systems: set[str]) -> bool:
        legal = [hold for hold in self.law.holds.values() if hold.kind == "legal"]
        return any(hold.activities & activities or hold.systems & systems for hold in legal)

    @when(lambda law: law.some(lambda item: item.status == "granted"), brings_on=lambda law: law.some(carried_out))
    @command(which=which, account=mostly, held=seldom, owed=seldom, earlier=back)
    def record_done(self, *, which: int, account: bool, held: bool, owed: bool, earlier: timedelta) -> None:
        law, item_id = self.law, self.item_id(which, lambda item: item.status == "granted")
        item, broken = self.item_rules(item_id, "granted", otherwise="item-not-granted")
        done_at = self.now - earlier
        if item.right is Right.ERASURE:
            # What is kept for claims or a duty was refused, and the person told of it: then its systems alone count.
            kept = any(part.ground in ("legal-claims", "legal-obligation") for part in item.parts)
            erased = set() if kept else item.to_erase
            systems = {system for system, how in item.searched.items() if how == "found"}
            on_hold = systems & {*HELD_ELSEWHERE} or "on-contract" in erased
            broken |= {
                "access-before-erasure": law.pending(*COPIES) or owed,
                "message-unexamined": law.waiting,
                "legal-hold": self.on_legal_hold(erased, systems) or (held and on_hold),
                "restricted-data": law.restricted_in(systems),
            }
        broken |= {
            "identity-unresolved": law.doubt and item.needs_identity and not item.effected,
            "refusal-undecided": item_id in law.refusals,
            "refusal-missing": self.refused_in_silence(item),
            "effect-missing": item.right in ACTS and not item.effected,
            "redaction-pending": item_id in law.items and law.unredacted(item_id),
            "systems-unsearched": item_id in law.items and item.right in SEARCHED and law.unsearched(item_id),
            "nothing-found": self.erased_nothing(item) and not law.unsearched(item_id),
            "reason-required": not account,
            "dates-invalid": done_at < law.received_at,
        }
        given = {"account": self.sealed(account), "other_holds": elsewhere(self.home, held)}
        given |= {"copy_pending_elsewhere": owed, "done_at": done_at, "recipients": ("dialler", "archive")}
        if self.send("record_done", broken, item_id, effect=False, **given):
            law.become(item_id, "done")
            item.decide(done_at)
            item.ever_effected = True
            law.run_without_access(self.local(done_at), self.today)
            if item.right in TOLD:
                law.recipients |= {(item_id, "dialler"): False, (item_id, "archive"): False}
                law.tell_by[item_id] = working_days_after(law.calendar, self.local(done_at), 5)

    def erased_nothing(self, item: Item) -> bool:
        """Then nothing is held; what was refused in part is held all the same."""
        found = {*item.searched.values()}
        is_vain = "nothing" in found and "found" not in found and not item.held
        return item.right is Right.ERASURE and is_vain and not item.parts

    def refused_in_silence(self, item: Item) -> bool:
        """What an assessment found for the controller is not given effect, and nobody refused it (GDPR Art. 12(4))."""
        in_part = item.balance == "prevails-in-part" and not item.balanced_for <= set(item.refused_in_part)
        accurate = item.accuracy == "accurate" and all(part.ground != "data-accurate" for part in item.parts)
        return in_part or accurate

    @when(
        lambda law: law.some(lambda item: item.pending),
        brings_on=lambda law: law.some(_searched_and_open) or law.some(_granted_in_vain),
    )
    @command(which=which, earlier=back)
    def record_nothing_held(self, which: int, earlier: timedelta) -> None:
        law = self.law
        fits = next(
            (fits for fits in (_granted_in_vain, _searched_and_open) if law.some(fits)),
            lambda item: item.status == "open",
        )
        item_id = self.item_id(which, fits)
        copied = item_id in law.items and law.items[item_id].right in COPIES
        item = law.items.get(item_id)
        may_be_granted = copied or (item is not None and item.right is Right.ERASURE and not item.parts)
        after = ["granted"] if may_be_granted else []
        item, broken = self.item_rules(item_id, "open", *after, otherwise="item-not-open")
        done_at = self.now - earlier
        broken |= {
            "absolute-right": item.marketing,
            "identity-unresolved": law.doubt and not item.absolute,
            "fee-outstanding": law.outstanding(item_id),
            "systems-unsearched": item_id in law.items
            and (law.unsearched(item_id) or "nothing" not in item.searched.values()),
            "data-found": "found" in item.searched.values()
            or bool(item.held)
            or any(each.item_id == item_id for each in law.collected.values()),
            "dates-invalid": done_at < law.received_at,
        }
        if self.send("record_nothing_held", broken, item_id, search=False, done_at=done_at):
            law.become(item_id, "nothing-held")
            item.decide(done_at)
            law.refusals.pop(item_id, None)
            law.run_without_access(self.local(done_at), self.today)
