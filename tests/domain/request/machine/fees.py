"""A reasonable fee, quoted before it is charged: docs/law §2 (only in the United Kingdom a clock waits), §3, §5."""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st

from dsr.domain.request.grounds import ExcessClaim
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import AnswerTo, CostKind, CostLine
from dsr.domain.rights import Right

from .dates import AWAITED, DAY
from .frame import Frame, addressees, back, command, mostly, never, when, which
from .law import Law
from .refusal import claimed, excess_rules, last_asked

NOTICE = {"ground", "facts", "amount", "cost-basis", "right-to-withdraw", "authority", "judicial-remedy"}
left_out = st.sampled_from([""] * 9 + ["right-to-withdraw", "cost-basis"])


def awaited(*statuses: str) -> Callable[[Law], list[Any]]:
    return lambda law: [] if law.closed else [key for key, fee in law.fees.items() if fee.status in statuses]


class FeeRules(Frame):
    """Propose and quote a fee; accept, decline, pay, waive it; let its offer expire."""

    @when(
        lambda law: law.some(lambda item: item.status == "open" and not item.absolute),
        brings_on=lambda law: not law.fees,
    )
    @command(
        which=which,
        ground=st.sampled_from(["manifestly-excessive"] * 4 + ["manifestly-unfounded", "further-copy", "our-time"]),
        claims=claimed,
        days_ago=last_asked,
        copied=st.sampled_from([-1, -1, 1, None]),
        facts=mostly,
        amount=st.sampled_from([1200, 1200, 1200, 1200, 1000, 1, 0, 1201]),
        without=left_out,
        ahead=st.sampled_from([2, 2, 5, 20, 0]),
        actor=st.sampled_from(["bob"] * 9 + ["dora"]),
    )
    def propose_fee(
        self,
        *,
        which: int,
        ground: str,
        claims: tuple[ExcessClaim, ...],
        days_ago: int | None,
        copied: int | None,
        facts: bool,
        amount: int,
        without: str,
        ahead: int,
        actor: str,
    ) -> None:
        law, item_id = self.law, self.item_id(which, lambda item: item.status == "open" and not item.absolute)
        item, broken = self.item_rules(item_id, "open", otherwise="fee-not-allowed")
        further = ground == "further-copy"
        broken["fee-not-allowed"] |= (
            ground == "our-time"
            or item.absolute
            or (further and (item.right is not Right.ACCESS or copied is None or copied > 0))
        )
        broken |= {
            "four-eyes": actor in law.opinions,
            "burden-of-proof": not facts,
            "fee-not-cost-based": not 0 < amount <= 1200,
            "fee-notice-incomplete": without == "right-to-withdraw",
            "letter-incomplete": bool(without),
            "fee-pending": law.outstanding(item_id),
            "fee-offer-ended": ahead <= 0,
        }
        if ground.startswith("manifestly"):
            excess = excess_rules(law, ground, claims, days_ago)
            broken["burden-of-proof"] |= excess["burden-of-proof"]
            broken["ground-not-available"] = excess["ground-not-available"]
        key, ends_on = uuid4(), self.today + ahead * DAY
        fee = self.made.fee(
            ground=ground,
            facts=self.sealed(facts),
            amount=amount,
            cost_basis=(CostLine(CostKind.COPYING, 800), CostLine(CostKind.POSTAGE, 400)),
            offer_ends_on=ends_on,
            claims=claims,
            previous_request_on=None if days_ago is None else law.received_on - days_ago * DAY,
            earlier_copy_on=None if copied is None else self.today + copied * DAY,
        )
        if self.send("propose_fee", broken, item_id, actor=actor, fee_id=key, fee=fee, statements=NOTICE - {without}):
            law.fees[key] = SimpleNamespace(
                items=(item_id,), status="proposed", ends_on=ends_on, proposed_at=self.now, quoted_at=None, stops=False
            )
            law.fees[key].settled_on = law.fees[key].counted_on = None

    @when(awaited("proposed"))
    @command(which=which, earlier=back, right_kind=mostly, without=left_out, addressee=addressees)
    def send_fee_notice(
        self, which: int, earlier: timedelta, right_kind: bool, without: str, addressee: AnswerTo
    ) -> None:
        law, left = self.law, self.now - earlier
        key, fee, broken = self.a_fee(which, "proposed")
        rights = set() if fee is None else {law.items[item_id].right for item_id in fee.items}
        broken |= {
            "fee-quoted-already": fee is not None and fee.status in ("quoted", "accepted"),
            "letter-kind-wrong": not right_kind,
            "fee-notice-incomplete": without == "right-to-withdraw",
            "letter-incomplete": bool(without),
            "dates-invalid": fee is not None and left < fee.proposed_at,
            "authority-missing": not law.may_get(addressee, left, self.local(left), rights),
            "fee-offer-ended": fee is not None and self.local(left) >= fee.ends_on,
        }
        kind = LetterKind.FEE if right_kind else LetterKind.EXTENSION
        notice = self.letter(kind, left, addressee, without=without, besides=NOTICE - {without})
        if self.send("send_fee_notice", broken, key, notice=notice):
            in_time = self.local(left) <= law.last_day_to_ask(law.calendar)
            waits = law.regime == "uk-gdpr" and self.local(left) < self.today and in_time
            law.quote(fee, self.today if waits else self.local(left), self.today)
            if waits:
                self.enter("fee-quoted", "fee", self.local(left), fee=fee)
            fee.status, fee.quoted_at = "quoted", left

    @when(awaited("quoted"))
    @command(("accept_fee", "decline_fee"), which=which, earlier=back, accept=st.booleans())
    def answer_fee(self, which: int, earlier: timedelta, accept: bool) -> None:
        key, fee, broken = self.a_fee(which, "quoted")
        answered_at = self.now - earlier
        broken |= self.quoted_before(fee, answered_at) | {
            "fee-answered": fee is not None and fee.status == "accepted",
            "fee-offer-ended": accept and fee is not None and self.local(answered_at) > fee.ends_on,
        }
        if self.send("accept_fee" if accept else "decline_fee", broken, key, answered_at=answered_at):
            if accept:
                fee.status = "accepted"
            else:
                self.settle(fee, "declined", self.local(answered_at))

    @when(awaited("quoted", "accepted"))
    @command(which=which, earlier=back)
    def record_fee_paid(self, which: int, earlier: timedelta) -> None:
        key, fee, broken = self.a_fee(which, "quoted", "accepted")
        paid_at = self.now - earlier
        if fee is not None and fee.status == "expired":  # a payment in time shows that the offer never did
            undecided = all(self.law.items[item_id].status == "open" for item_id in fee.items)
            broken["fee-settled"] = not undecided or self.local(paid_at) > fee.ends_on
        if self.send("record_fee_paid", broken | self.quoted_before(fee, paid_at), key, paid_at=paid_at):
            paid_on = self.local(paid_at)
            fee.paid_late = fee.stops and paid_on < self.today and paid_on > fee.ends_on
            if fee.paid_late:
                self.enter("fee-paid", "payment", paid_on, fee=fee)
            self.settle(fee, "paid", paid_on)

    @when(awaited(*AWAITED), brings_on=never)
    @command(which=which, actor=st.sampled_from(["bob"] * 9 + ["dora"]), reason=mostly)
    def waive_fee(self, which: int, actor: str, reason: bool) -> None:
        key, fee, broken = self.a_fee(which, *AWAITED)
        broken |= {"four-eyes": actor in self.law.opinions, "reason-required": not reason}
        if self.send("waive_fee", broken, key, actor=actor, reason=self.sealed(reason)):
            self.settle(fee, "waived", self.today)

    @when(awaited("quoted", "accepted"))
    @command(which=which)
    def expire_fee(self, which: int) -> None:
        key, fee, broken = self.a_fee(which, "quoted", "accepted")
        broken |= {
            "fee-not-quoted": fee is not None and fee.quoted_at is None,
            "fee-offer-open": fee is not None and self.today <= fee.ends_on,
        }
        if self.send("expire_fee", broken, key):
            self.settle(fee, "expired", None)

    def settle(self, fee: Any, status: str, day: date | None) -> None:
        """Nobody waits for it since that day, or since its offer ended."""
        fee.status, fee.settled_on = status, day
        self.law.settle(self.today)

    def a_fee(self, which: int, *statuses: str) -> tuple[Any, Any, dict[str, Any]]:
        key = self.key(which, self.law.fees, awaited(*statuses)(self.law))
        fee = self.law.fees.get(key)
        settled = fee is not None and fee.status not in AWAITED
        return key, fee, {"fee-unknown": fee is None, "fee-settled": settled}

    def quoted_before(self, fee: Any, moment: Any) -> dict[str, Any]:
        """Nobody owes an answer or money before the notice left."""
        quoted_at = fee and fee.quoted_at
        return {"fee-not-quoted": not quoted_at, "dates-invalid": bool(quoted_at) and moment < quoted_at}
