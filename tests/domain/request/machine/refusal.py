"""Refusing one item or a part of one: docs/law §3 with the grounds of §4, four eyes, and the burden of proof."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from dsr.domain.request.grounds import ExcessClaim
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis

from .frame import Frame, bases, command, mostly, often, resting_on, sometimes, staff, when, which
from .item import Item

EVERY = set(Right) - {Right.CONSENT_WITHDRAWAL}

GROUNDS: dict[str, set[Right]] = {
    "manifestly-unfounded": EVERY,
    "manifestly-excessive": EVERY,
    "unidentifiable": {Right.ACCESS, Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION, Right.PORTABILITY},
    "right-not-on-this-basis": {Right.PORTABILITY, Right.OBJECTION},
    "rights-of-others": {Right.ACCESS},
    "national-restriction": EVERY,
    "data-accurate": {Right.RECTIFICATION},
    "no-erasure-ground": {Right.ERASURE},
    "legal-claims": {Right.ERASURE, Right.OBJECTION},
    "no-restriction-ground": {Right.RESTRICTION},
    "compelling-grounds": {Right.OBJECTION},
    "fee-unpaid": EVERY,
}
"""Which right each ground of the law can answer; `test_grounds.py` holds the others."""

WHOLE = {"unidentifiable", "fee-unpaid"}
"""They say something of the person or of the fee, and nothing of some of the data."""

CHARGED_OR_REFUSED = {"manifestly-unfounded", "manifestly-excessive", "fee-unpaid"}
"""One of the two, not both (GDPR Art. 12(5))."""

FITTING = {
    Right.ACCESS: ["rights-of-others", "fee-unpaid"],
    Right.RECTIFICATION: ["data-accurate"],
    Right.ERASURE: ["legal-claims", "no-erasure-ground"],
    Right.OBJECTION: ["compelling-grounds", "compelling-grounds", "legal-claims"],
    Right.PORTABILITY: ["right-not-on-this-basis"],
}

claimed = st.sampled_from(
    [(ExcessClaim.ABUSIVE,)] * 5 + [(ExcessClaim.REPETITIVE,), (ExcessClaim.EFFORT, ExcessClaim.MOTIVE)]
)
last_asked = st.sampled_from([None, 30, 30, 364, 365])


def excess_rules(law: Any, ground: str, claims: tuple[ExcessClaim, ...], days_ago: int | None) -> dict[str, bool]:
    """GDPR Art. 12(5): proven, never by effort or motive; repetition needs a date, and never a yearly one."""
    repetitive = ExcessClaim.REPETITIVE in claims
    carried = ExcessClaim.ABUSIVE in claims or (repetitive and ground == "manifestly-excessive")
    return {
        "burden-of-proof": not carried or (repetitive and days_ago is None),
        "ground-not-available": repetitive and days_ago is not None and days_ago >= 365,
    }


class RefusalRules(Frame):
    """Propose, approve and decline a refusal, whole or in part."""

    @when(lambda law: law.some(lambda item: item.pending and not item.absolute))
    @command(
        which=which,
        ground=st.sampled_from([*GROUNDS, "too-much-work"]) | which,
        in_part=st.booleans(),
        covers_all=sometimes,
        extent=st.sampled_from([("calls",), ("calls",), ("invoices",), ()]),
        claims=claimed,
        days_ago=last_asked,
        on=bases,
        provision=mostly,
        reasons=mostly,
        facts=mostly,
        intent=mostly,
        whole=mostly,
    )
    def propose_refusal(
        self,
        *,
        which: int,
        ground: str | int,
        in_part: bool,
        covers_all: bool,
        extent: tuple[str, ...],
        claims: tuple[ExcessClaim, ...],
        days_ago: int | None,
        on: list[LegalBasis],
        provision: bool,
        reasons: bool,
        facts: bool,
        intent: bool,
        whole: bool,
    ) -> None:
        law = self.law
        item_id = self.item_id(which, lambda item: item.status == "open" or (in_part and item.status == "granted"))
        statuses = ("open", "granted") if in_part else ("open",)
        item, broken = self.item_rules(item_id, *statuses, otherwise="item-not-open")
        if isinstance(ground, int):
            fitting = FITTING.get(item.right, ["manifestly-unfounded"])
            ground = fitting[ground % len(fitting)]
        proposal = SimpleNamespace(by="ann", ground=ground, extent=extent if in_part else (), on=set(on))
        broken |= {
            "absolute-right": item.absolute,
            "ground-not-available": item.right not in GROUNDS.get(ground, ())
            or (ground == "national-restriction" and not provision)
            or self.too_much(ground, in_part=in_part, covers_all=covers_all, extent=extent)
            or exists_on(ground, item.right, set(on)),
            "reason-required": not reasons,
            "burden-of-proof": not facts,
            "letter-incomplete": not whole,
        }
        found = [self.against(item_id, item, proposal)]
        if ground.startswith("manifestly"):
            found.append(excess_rules(law, ground, claims, days_ago))
        abused = ExcessClaim.ABUSIVE in claims
        found.append({"burden-of-proof": ground == "manifestly-excessive" and not (abused and intent)})
        for rules in found:
            for code, is_broken in rules.items():
                broken[code] = broken.get(code) or is_broken
        refusal = self.made.refusal(
            ground=ground,
            reasons=self.sealed(reasons),
            facts=self.sealed(facts),
            intent=self.sealed(intent),
            provision="§ 147 AO" if provision else " ",
            extent=extent,
            claims=claims,
            previous_request_on=None if days_ago is None else law.received_on - timedelta(days=days_ago),
            activities=resting_on(on),
            in_part=in_part,
            covers_all=covers_all,
        )
        statements = {"reasons", "provision", "facts", "authority"} | ({"judicial-remedy"} if whole else set())
        if self.send("propose_refusal", broken, item_id, refusal=refusal, statements=statements):
            law.refusals[item_id] = proposal

    @when(lambda law: law.refusals)
    @command(("approve_refusal", "decline_refusal"), which=which, actor=staff, approve=often, reason=mostly)
    def decide_refusal(self, which: int, actor: str, approve: bool, reason: bool) -> None:
        """What carried the proposal still has to stand when it is decided."""
        law = self.law
        item_id = [*law.refusals, self.item_id(which)][0 if which < 6 else -1]
        item, broken = self.item_rules(item_id, "open", "granted", otherwise="nothing-proposed")
        proposal = law.refusals.get(item_id)
        broken |= {
            "nothing-proposed": proposal is None,
            "four-eyes": proposal is not None and actor in {proposal.by, *law.opinions},
            "reason-required": not approve and not reason,
            "message-unexamined": approve and law.waiting and (law.can_wait(self.today) or not reason),
        }
        if proposal is not None and approve:
            broken |= self.against(item_id, item, proposal)
        given = {"unexamined_reason" if approve else "reason": self.sealed(reason)}
        if not self.send("approve_refusal" if approve else "decline_refusal", broken, item_id, actor=actor, **given):
            return
        del law.refusals[item_id]
        if not approve:
            return
        assert proposal is not None
        refused = next(each for each in self.case.news if hasattr(each, "late"))
        assert refused.late is (self.today > law.month_ends(self.today))
        item.decide(self.now)
        if proposal.extent:
            item.parts.append(SimpleNamespace(ground=proposal.ground, extent=proposal.extent))
            item.answered = False
        else:
            law.end_item(item_id, "refused", self.today)
            law.run_without_access(self.today, self.today)

    def too_much(self, ground: str, *, in_part: bool, covers_all: bool, extent: tuple[str, ...]) -> bool:
        """No more is refused than the ground holds for, by name (GDPR Art. 15(4), 17(3), 20(4))."""
        if in_part and (covers_all or ground in WHOLE):
            return True
        if ground == "rights-of-others" and not in_part:  # redacted, and the rest handed over
            return True
        if ground == "legal-claims" and not in_part and not covers_all:
            return True
        return (in_part or ground == "legal-claims") and not extent

    def against(self, item_id: str, item: Item, proposal: SimpleNamespace) -> dict[str, Any]:
        """What else stands on the case, and bears no refusal on this ground."""
        law, ground, part = self.law, proposal.ground, proposal.extent
        activities = {f"on-{basis}" for basis in proposal.on}
        fees = [fee.status for fee in law.fees.values() if item_id in fee.items]
        on_balance = item.right is Right.OBJECTION and ground in ("compelling-grounds", "legal-claims")
        other_processing = part and ground == "right-not-on-this-basis"
        return {
            "identity-unresolved": ground == "unidentifiable" and law.identity != "failed",
            "burden-of-proof": (on_balance and not item.prevails_for(part))
            or (ground == "data-accurate" and item.accuracy != "accurate"),
            "ground-not-available": (item.balance and not item.prevails_for(part) and not other_processing)
            or (ground in CHARGED_OR_REFUSED and {"accepted", "paid"} & set(fees))
            or (ground == "fee-unpaid" and fees[-1:] not in (["declined"], ["expired"]))
            or (ground == "right-not-on-this-basis" and not part and item.objected_to - activities)
            or (ground == "no-erasure-ground" and self.erasure_ground_exists(part, activities)),
        }

    def erasure_ground_exists(self, part: tuple[str, ...], activities: set[str]) -> bool:
        """GDPR Art. 17(1)(b), (c): what was withdrawn, or objected to with success, is ground enough."""
        items = self.law.items.values()
        if not part and any(item.right is Right.CONSENT_WITHDRAWAL and item.effected for item in items):
            return True
        for item in items:
            about = item.objected_to or item.marketing_stopped or {"on-legitimate-interests"}
            if item.prevails and not item.prevails_for(part) and (not part or about & activities):
                return True
        return False


def exists_on(ground: str, right: Right, on: set[LegalBasis]) -> bool:
    """docs/law §4: some of the processing named knows the right, or another in its place, or none was named."""
    if ground == "no-erasure-ground":
        return not on or LegalBasis.CONSENT in on
    if ground != "right-not-on-this-basis":
        return False
    known = {LegalBasis.CONSENT, LegalBasis.CONTRACT}
    if right is Right.OBJECTION:
        known = {LegalBasis.CONSENT, LegalBasis.PUBLIC_TASK, LegalBasis.LEGITIMATE_INTERESTS}
    return not on or bool(known & on)
