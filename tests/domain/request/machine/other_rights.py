"""Rectification, review of a decision, information, direct transfer: docs/law §3, one act for each right."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st

from dsr.domain.request.automated_decision import ReviewFinding
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.information import Copyable
from dsr.domain.request.rectification import RectificationOperation
from dsr.domain.request.standing import CopyKind
from dsr.domain.request.transfer import DataTransmitted
from dsr.domain.request.values import AccuracyFinding
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis

from .frame import Frame, back, command, mostly, seldom, unfinished, when, which
from .item import Item
from .law import Law

SUPPORTED = {
    "inaccurate": {"corrected", "completed", "supplementary-statement"},
    "incomplete": {"completed", "supplementary-statement"},
    "accurate": {"supplementary-statement"},
    "undetermined": {"supplementary-statement"},
}
"""What may be done to the data after each finding."""


def granted(right: Right) -> Callable[[Item], Any]:
    return lambda item: item.right is right and item.status == "granted"


def pending(right: Right) -> Callable[[Item], Any]:
    return lambda item: item.right is right and item.pending


def verified(law: Law) -> bool:
    """Whether a target waits for the data of a granted item."""
    return law.some(lambda item: item.right is Right.PORTABILITY and item.status == "granted" and item.target)


class OtherRightsRules(Frame):
    """Assess accuracy, rectify; review a decision; send a copy; assess a transfer, verify its target, transmit."""

    @when(
        lambda law: law.some(pending(Right.RECTIFICATION)),
        brings_on=lambda law: law.some(
            lambda item: pending(Right.RECTIFICATION)(item) and (item.parts or not item.accuracy)
        ),
    )
    @command(which=which, finding=st.sampled_from([AccuracyFinding.INACCURATE, *AccuracyFinding]), says=mostly)
    def assess_accuracy(self, which: int, finding: AccuracyFinding, says: bool) -> None:
        item_id = self.item_id(which, pending(Right.RECTIFICATION))
        item, broken = self.item_rules(item_id, "open", "granted", otherwise="item-not-open", right=Right.RECTIFICATION)
        rests = any(part.ground == "data-accurate" for part in item.parts)
        broken |= {"reason-required": not says, "refusal-rests-on-finding": rests and finding != "accurate"}
        if self.send("assess_accuracy", broken, item_id, finding=finding, assessment=self.sealed(says)):
            item.accuracy = finding.value

    @when(lambda law: law.some(granted(Right.RECTIFICATION)), brings_on=unfinished(Right.RECTIFICATION))
    @command(which=which, operation=st.sampled_from(RectificationOperation), before=mostly, after=mostly)
    def rectify(self, which: int, operation: RectificationOperation, before: bool, after: bool) -> None:
        item, item_id, broken = self.a_granted(which, Right.RECTIFICATION)
        broken |= {
            "identity-unresolved": self.law.doubt,
            "accuracy-unassessed": item.accuracy is None,
            "rectification-unsupported": item.accuracy is not None and operation not in SUPPORTED[item.accuracy],
            "before-and-after-required": not after or (operation == "corrected" and not before),
        }
        given = {"operation": operation, "before": self.sealed(before), "after": self.sealed(after)}
        if self.send("rectify", broken, item_id, **given):
            item.effect()

    @when(lambda law: law.some(pending(Right.AUTOMATED_DECISION)), brings_on=unfinished(Right.AUTOMATED_DECISION))
    @command(
        which=which,
        finding=st.sampled_from(ReviewFinding),
        decides=st.booleans(),
        reviewer=mostly,
        competent=mostly,
        says=mostly,
    )
    def review_decision(
        self, *, which: int, finding: ReviewFinding, decides: bool, reviewer: bool, competent: bool, says: bool
    ) -> None:
        item_id = self.item_id(which, pending(Right.AUTOMATED_DECISION))
        item, broken = self.item_rules(
            item_id, "open", "granted", otherwise="item-not-open", right=Right.AUTOMATED_DECISION
        )
        by_a_person = reviewer and competent and says
        broken |= {
            "identity-unresolved": self.law.doubt,
            "human-review-required": decides if finding is ReviewFinding.NONE_MADE else not by_a_person,
        }
        given = {
            "finding": finding,
            "activities": (ActivityBasis("credit-checks", LegalBasis.CONTRACT, decides=decides),),
            "reviewer": "rita" if reviewer else None,
            "competent": competent,
            "result": self.sealed(says),
        }
        if self.send("review_decision", broken, item_id, **given):
            if item.status == "open":
                self.law.grant(item_id)
            item.effect()

    @when(lambda law: law.some(granted(Right.INFORMATION)), brings_on=unfinished(Right.INFORMATION))
    @command(
        which=which,
        kind=st.sampled_from([CopyKind.CONTRACT_CLAUSES, *CopyKind]),
        of=st.sampled_from(["telephony", "telephony", "nobody"]),
        arrangement=mostly,
        redacted=st.booleans(),
        summary=st.booleans(),
        earlier=back,
    )
    def send_copy(
        self,
        *,
        which: int,
        kind: CopyKind,
        of: str,
        arrangement: bool,
        redacted: bool,
        summary: bool,
        earlier: timedelta,
    ) -> None:
        item, item_id, broken = self.a_granted(which, Right.INFORMATION)
        clauses = kind is CopyKind.CONTRACT_CLAUSES
        broken |= {
            "identity-unresolved": self.law.doubt and kind is not CopyKind.PRIVACY_NOTICE,
            "nothing-to-copy": (clauses and of != "telephony")
            or (kind is CopyKind.JOINT_ARRANGEMENT and not arrangement),
            "summary-required": redacted and not summary,
            "dates-invalid": self.now - earlier < self.law.received_at,
        }
        given = {"kind": kind, "of": of, "redacted": redacted, "summary": self.sealed(summary)}
        given["copyable"] = Copyable(clauses_with=frozenset({"telephony"}), joint_arrangement=arrangement)
        if self.send("send_copy", broken, item_id, sent_at=self.now - earlier, **given):
            item.copies.append(SimpleNamespace(clauses=clauses, redacted=redacted))
            item.effect()

    @when(
        lambda law: law.some(granted(Right.PORTABILITY)),
        brings_on=lambda law: law.some(lambda item: granted(Right.PORTABILITY)(item) and not item.feasible),
    )
    @command(which=which, feasible=mostly, says=mostly)
    def assess_feasibility(self, which: int, feasible: bool, says: bool) -> None:
        item, item_id, broken = self.a_granted(which, Right.PORTABILITY)
        broken |= {"reason-required": not feasible and not says}
        if self.send("assess_feasibility", broken, item_id, feasible=feasible, reasons=self.sealed(says)):
            item.feasible = feasible

    @when(
        lambda law: law.some(lambda item: granted(Right.PORTABILITY)(item) and item.feasible),
        brings_on=lambda law: law.some(lambda item: granted(Right.PORTABILITY)(item) and item.target is None),
    )
    @command(which=which, to=st.sampled_from(["api.other.example", "api.third.example"]), earlier=back)
    def verify_target(self, which: int, to: str, earlier: timedelta) -> None:
        item, item_id, broken = self.a_granted(which, Right.PORTABILITY)
        verified_at = self.now - earlier
        broken |= {
            "feasibility-unassessed": not item.feasible,
            "dates-invalid": verified_at < self.law.received_at,
        }
        if self.send("verify_target", broken, item_id, target=to, verified_at=verified_at):
            item.target = SimpleNamespace(name=to, verified_at=verified_at)

    @when(verified, brings_on=lambda law: law.collected and unfinished(Right.PORTABILITY)(law))
    @command(which=which, same=mostly, package=seldom, earlier=back)
    def transmit(self, which: int, same: bool, package: bool, earlier: timedelta) -> None:
        """Data of somebody else leaves in no way (GDPR Art. 20(4)); without a package, all else that was collected."""
        law = self.law
        item, item_id, target, broken = self.to_transmit(which, same)
        loose = {key for key, each in law.collected.items() if each.item_id == item_id and law.left_in(key)}
        broken |= {
            "export-empty": not package and not loose,
            "dates-invalid": item.target is not None and self.now - earlier < item.target.verified_at,
        }
        given = {"target": target, "export_id": uuid4() if package else None, "sent_at": self.now - earlier}
        if self.send("transmit", broken, item_id, **given):
            item.effect()
            sent = self.case.news[-1]
            assert isinstance(sent, DataTransmitted)
            assert {*sent.data_sets, *sent.attachments} == (set() if package else loose)

    def to_transmit(self, which: int, same: bool) -> tuple[Item, str, str, dict[str, Any]]:
        """The item and the target, and what is broken by whatever leaves for it."""
        law = self.law
        item, item_id, broken = self.a_granted(which, Right.PORTABILITY)
        target = item.target.name if item.target is not None and same else "api.elsewhere.example"
        broken |= {
            "identity-unresolved": law.doubt,
            "message-unexamined": law.waiting,
            "feasibility-unassessed": not item.feasible,
            "target-unverified": item.target is None or not same,
            "redaction-pending": item_id in law.items and law.unredacted(item_id),
        }
        return item, item_id, target, broken

    def a_granted(self, which: int, right: Right) -> tuple[Item, str, dict[str, Any]]:
        item_id = self.item_id(which, granted(right))
        item, broken = self.item_rules(item_id, "granted", otherwise="item-not-granted", right=right)
        return item, item_id, broken
