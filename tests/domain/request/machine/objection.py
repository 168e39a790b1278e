"""Objecting, balancing, stopping, withdrawing consent: docs/law §3, §4 (GDPR Art. 7(3), 21)."""

from uuid import uuid4

from hypothesis import strategies as st

from dsr.domain.request.consent import ConsentWithdrawn
from dsr.domain.request.objection import ProcessingStopped
from dsr.domain.request.restriction import ProcessingRestricted
from dsr.domain.request.values import BalanceFinding
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis

from .frame import Frame, bases, command, mostly, resting_on, seldom, unfinished, when, which
from .item import Item
from .restriction import a_restriction, standing

OBJECTIONABLE = {LegalBasis.PUBLIC_TASK, LegalBasis.LEGITIMATE_INTERESTS}
CONSENT = "on-consent"

mostly_consent = st.sampled_from(
    [[LegalBasis.CONSENT]] * 3 + [[LegalBasis.CONSENT, LegalBasis.LEGITIMATE_INTERESTS], [LegalBasis.CONTRACT], []]
)
parts = st.sampled_from([("calls",), ("calls", "invoices"), ()])


def objects(item: Item) -> bool:
    return item.right is Right.OBJECTION and item.pending


def withdraws(item: Item) -> bool:
    return item.right is Right.CONSENT_WITHDRAWAL and item.pending


class ObjectionRules(Frame):
    """Object, balance interests, stop; treat as a withdrawal, withdraw consent."""

    @when(lambda law: law.some(objects), brings_on=lambda law: not standing(law))
    @command(("object",), which=which, on=bases, says=mostly)
    def object_to(self, which: int, on: list[LegalBasis], says: bool) -> None:
        law, item_id = self.law, self.item_id(which, objects)
        item, broken = self.item_rules(item_id, "open", "granted", otherwise="item-not-open", right=Right.OBJECTION)
        broken["objection-already-raised"] = item.effected or (not item.marketing and self.raised(item_id))
        if not item.marketing:
            broken |= {
                "consent-withdrawal-instead": LegalBasis.CONSENT in on and not OBJECTIONABLE & set(on),
                "ground-not-available": not {*OBJECTIONABLE, LegalBasis.CONSENT} & set(on),
            }
        given = {"activities": resting_on(on), "grounds": self.sealed(says), "restriction_id": uuid4()}
        if not self.send("object", broken, item_id, **given):
            return
        if item.marketing:  # absolute: nothing is asked, nothing is balanced
            if item.status == "open":
                law.grant(item_id)
            item.effect()
            item.marketing_stopped = {f"on-{basis}" for basis in on}
            last = self.case.news[-1]
            assert isinstance(last, ProcessingStopped)
            assert last.suppressed
        else:
            item.objected_to = {f"on-{basis}" for basis in on if basis in OBJECTIONABLE}
            restricted = self.case.news[1]
            assert isinstance(restricted, ProcessingRestricted), "restricted in the same moment"
            assert {*restricted.activities} == item.objected_to
            restriction = a_restriction(item_id, self.now, awaits=item_id)
            law.restrict(restricted.restriction_id, restriction, item.controller, item.objected_to)
            if LegalBasis.CONSENT in on:
                self.withdraw_besides(item.controller)
            law.release_ended()

    def raised(self, item_id: str) -> bool:
        """What it is about is restricted, now, until it is decided."""
        known = self.law.restrictions.values()
        return any(each.item_id == each.awaits == item_id and not each.lifted for each in known)

    def withdraw_besides(self, controller: str) -> None:
        """What rests on consent is withdrawn at once, unless it was in this case before."""
        own = {item_id: item for item_id, item in self.law.items.items() if item.controller == controller}
        if any(CONSENT in item.consents for item in own.values()):
            return
        pending = [item_id for item_id, item in own.items() if withdraws(item)]
        if not pending:
            self.law.open_all((Right.CONSENT_WITHDRAWAL,), (controller,), False, self.now)
            pending = [[*self.law.items][-1]]
        self.stop_what_rested_on_consent(pending[0])

    @when(
        lambda law: law.some(objects),
        brings_on=lambda law: (
            standing(law) and law.some(lambda item: objects(item) and (item.parts or not item.balance))
        ),
    )
    @command(
        which=which,
        finding=st.sampled_from([*[BalanceFinding.CONTROLLER_PREVAILS] * 2, *BalanceFinding]),
        extent=parts,
        exact=mostly,
        says=mostly,
    )
    def balance_interests(
        self, *, which: int, finding: BalanceFinding, extent: tuple[str, ...], exact: bool, says: bool
    ) -> None:
        """It may be balanced again until it is decided; once granted, only to refuse less of it."""
        item_id = self.item_id(which, objects)
        item, broken = self.item_rules(item_id, "open", "granted", otherwise="item-not-open", right=Right.OBJECTION)
        in_part = finding is BalanceFinding.PREVAILS_IN_PART
        if exact:
            extent = (extent or ("calls",)) if in_part else ()
        fewer = finding != "controller-prevails" and set(extent) < item.balanced_for
        new = Item(Right.OBJECTION)
        new.balance, new.balanced_for = finding.value, set(extent)
        resting = [part for part in item.parts if part.ground in ("compelling-grounds", "legal-claims")]
        broken["item-not-open"] |= item.status == "granted" and not fewer
        broken |= {
            "absolute-right": item.marketing,
            "objection-not-raised": not self.raised(item_id),
            "burden-of-proof": not says,
            "extent-invalid": bool(extent) is not in_part,
            "refusal-rests-on-finding": not all(new.prevails_for(part.extent) for part in resting),
        }
        given = {"finding": finding, "assessment": self.sealed(says), "extent": extent}
        if self.send("balance_interests", broken, item_id, **given):
            item.balance, item.balanced_for = new.balance, new.balanced_for

    @when(
        lambda law: law.some(lambda item: objects(item) and item.status == "granted"),
        brings_on=unfinished(Right.OBJECTION),
    )
    @command(which=which, named=mostly)
    def stop_processing(self, which: int, named: bool) -> None:
        """With the processing ends what restricted it, unless the controller goes on with a part."""
        law, item_id = self.law, self.item_id(which, lambda item: objects(item) and item.status == "granted")
        item, broken = self.item_rules(item_id, "granted", otherwise="item-not-granted", right=Right.OBJECTION)
        broken |= {"reason-required": not named}
        if self.send("stop_processing", broken, item_id, systems=("crm",) if named else ()):
            item.effect()
            if item.marketing:
                item.marketing_stopped = set(item.objected_to)
            if item.balance != "prevails-in-part" and not item.parts and item_id not in law.refusals:
                for key, restriction in law.restrictions.items():
                    if restriction.awaits == item_id and not restriction.lifted:
                        law.end_restriction(key, stopped=True)

    @when(lambda law: law.some(objects), brings_on=lambda law: not standing(law))
    @command(which=which, on=mostly_consent)
    def treat_as_withdrawal(self, which: int, on: list[LegalBasis]) -> None:
        """Never refused, never paid for: what was found or asked of the objection falls away."""
        law, item_id = self.law, self.item_id(which, objects)
        item, broken = self.item_rules(item_id, "open", "granted", otherwise="item-not-open", right=Right.OBJECTION)
        broken |= {
            "absolute-right": item.marketing,
            "consent-not-found": self.raised(item_id) or set(on) != {LegalBasis.CONSENT},
        }
        if self.send("treat_as_withdrawal", broken, item_id, activities=resting_on(on)):
            item.right, item.parts, item.balance = Right.CONSENT_WITHDRAWAL, [], None
            law.refusals.pop(item_id, None)
            law.drop_fees(item_id, self.today)
            self.stop_what_rested_on_consent(item_id)
            law.release_ended()

    @when(lambda law: law.some(withdraws), brings_on=unfinished(Right.CONSENT_WITHDRAWAL))
    @command(which=which, on=mostly_consent, named=st.booleans(), elsewhere=seldom)
    def withdraw_consent(self, which: int, on: list[LegalBasis], named: bool, elsewhere: bool) -> None:
        """At once, whatever the clock and whoever doubts who asks, and without being asked for any more.

        A message with the person's words is on this case.
        """
        law, item_id = self.law, None
        words = self.made.uuid() if elsewhere else None
        broken = {"consent-not-found": LegalBasis.CONSENT not in on, "message-unknown": elsewhere}
        if named:
            item_id = self.item_id(which, withdraws)
            right = Right.CONSENT_WITHDRAWAL
            broken |= self.item_rules(item_id, "open", "granted", otherwise="item-not-open", right=right)[1]
        own = [key for key, item in law.items.items() if withdraws(item) and item.controller == law.controller]
        given = {"item_id": item_id, "activities": resting_on(on), "message_id": words}
        if self.send("withdraw_consent", broken, item_id, **given):
            if item_id is None and not own:
                law.open_all((Right.CONSENT_WITHDRAWAL,), (), False, self.now)
                own = [[*law.items][-1]]
            self.stop_what_rested_on_consent(item_id or own[0])

    def stop_what_rested_on_consent(self, item_id: str) -> None:
        item = self.law.items[item_id]
        if item.status == "open":
            self.law.grant(item_id)
        item.effect()
        item.consents.add(CONSENT)
        stopped = [happened for happened in self.case.news if isinstance(happened, ConsentWithdrawn)]
        assert stopped[-1].stopped_at == self.now, "in the same moment"
