"""What arrives and what it is: docs/law §3, from `receive` to `assign`, and what may be done at any time."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from dsr.domain.frozen import replace
from dsr.domain.request.malware import Scanned
from dsr.domain.request.values import ItemStatus, Outcome
from dsr.domain.rights import Right

from .dates import DAY
from .frame import PERIODS, Frame, command, mostly, never, often, seldom, sometimes, when
from .law import COPIES

ORDER: Final = UUID("c1a7e0d4-6a3b-4f0e-8d29-5b7c1e9f3a42")
"""An order of an authority."""

RIGHTS = [*Right, *[Right.OBJECTION] * 3, Right.ERASURE, Right.PORTABILITY]
some_rights = st.lists(st.sampled_from(RIGHTS), max_size=3).map(tuple)
begun_with = st.lists(st.sampled_from(RIGHTS), min_size=1, max_size=2, unique=True).map(tuple)
one_right = st.sampled_from([(right,) for right in RIGHTS] * 2 + [(), tuple(Right)])
answering = st.sampled_from([()] * 8 + [("here", "acme-fr"), ("acme-fr", "acme-pl")])
days_before = st.sampled_from([0, -30, -30, -30, 1])
ended = st.sampled_from([None] * 6 + list(Outcome))
a_while = st.sampled_from([timedelta(hours=1)] * 4 + [DAY] * 4 + [3 * DAY] * 2 + [20 * DAY])


MOVING_NOTHING = (
    *("disclose", "assign", "issue_subject_token", "end_subject_access"),
    *("send_sign_in_code", "sign_in"),
)


class TriageRules(Frame):
    """Notes; dismiss, register, open items, link a duplicate, assign."""

    @initialize(
        day=st.integers(0, 120),
        authenticated=seldom,
        rights=st.just(()) | begun_with | begun_with | begun_with | st.just(COPIES),
        marketing=st.booleans(),
        controllers=answering,
    )
    def begin(
        self, *, day: int, authenticated: bool, rights: tuple[Right, ...], marketing: bool, controllers: tuple[str, ...]
    ) -> None:
        self.receive(day, authenticated=authenticated)
        if rights:
            self.register(rights, marketing, controllers)

    @when(lambda law: True)
    @command((), passed=a_while)
    def time_passes(self, passed: timedelta) -> None:
        self.case.now += passed

    @when(lambda law: True, brings_on=never)
    @command(says=mostly)
    def add_note(self, says: bool) -> None:
        self.send("add_note", {"reason-required": not says}, note=self.sealed(says))

    @when(lambda law: True, brings_on=never)
    @command(refuted=seldom)
    def doubt_sender(self, refuted: bool) -> None:
        if refuted:
            self.send("doubt_sender", {})

    @when(lambda law: True, brings_on=never)
    @command(found=seldom)
    def note_malware(self, found: bool) -> None:
        if found:
            self.send("note_malware", {}, file=Scanned.PROOF, signature="Eicar-Signature")

    @when(lambda law: True, brings_on=never)
    @command(ordered=seldom, answered=often)
    def note_order_date(self, ordered: bool, answered: bool) -> None:
        """One order, with a date or answered; its dates stand beside those of the model."""
        if ordered:
            due_on = None if answered else self.today + timedelta(days=20)
            self.send("note_order_date", {}, matter_id=ORDER, due_on=due_on)
            orders = self.case.request.clock.orders
            assert orders == ({} if due_on is None else {ORDER: due_on})

    @when(lambda law: True, brings_on=never)
    @command(says=mostly)
    def confirm_sender(self, says: bool) -> None:
        doubtful = self.case.request.sender_doubtful
        self.send(
            "confirm_sender",
            {"sender-not-doubtful": not doubtful, "reason-required": not says},
            reason=self.sealed(says),
        )

    @when(lambda law: True, brings_on=never)
    @command(language=st.sampled_from(["de", "pl"]))
    def correct_language(self, language: str) -> None:
        known = self.case.request.language
        self.send("correct_language", {"language-unchanged": language == known}, language=language)

    @when(lambda law: True, brings_on=never)
    @command(
        MOVING_NOTHING,
        command=st.sampled_from(MOVING_NOTHING),
    )
    def do_what_moves_nothing(self, command: str) -> None:
        signs_in = command in ("send_sign_in_code", "sign_in")
        self.send(command, {"subject-deceased": signs_in and self.law.deceased})

    @when(lambda law: not law.items and not law.closed)
    @command(reason=mostly, purge=often, sure=sometimes)
    def dismiss(self, reason: bool, purge: bool, sure: bool) -> None:
        broken = {
            "already-registered": bool(self.law.items),
            "message-unexamined": self.law.waiting,
            "reason-required": not reason,
            "evidence-not-purged": self.evidence_left(purge),
        }
        given = {"reason": self.sealed(reason), "evidence_destroyed": self.purged(purge)}
        if (sure or any(broken.values())) and self.send("dismiss", broken, **given):
            self.law.close("not-a-request", self.today)

    @when(lambda law: not law.items and not law.closed, brings_on=never)
    @command(several=mostly, purge=often, sure=sometimes)
    def split(self, several: bool, purge: bool, sure: bool) -> None:
        broken = {
            "already-registered": bool(self.law.items),
            "message-unexamined": self.law.waiting,
            "split-of-one": not several,
            "evidence-not-purged": self.evidence_left(purge),
        }
        people = tuple(self.made.key().key_id for _ in range(3 if several else 1))
        given = {"request_ids": people, "evidence_destroyed": self.purged(purge)}
        if (sure or any(broken.values())) and self.send("split", broken, **given):
            self.law.close("not-a-request", self.today, elsewhere=True)
            self.law.was_split = True

    @when(lambda law: not law.items and not law.closed, brings_on=never)
    @command(joined=seldom, purge=often, sure=sometimes)
    def join(self, joined: bool, purge: bool, sure: bool) -> None:
        broken = {
            "already-registered": bool(self.law.items),
            "message-unexamined": self.law.waiting,
            "not-joinable": joined,
            "evidence-not-purged": self.evidence_left(purge),
        }
        given = {"has_joined": joined, "evidence_destroyed": self.purged(purge)}
        if (sure or any(broken.values())) and self.send("join", broken, **given):
            self.law.close("not-a-request", self.today, elsewhere=True)

    @when(lambda law: not law.closed and not law.waiting, brings_on=never)
    @command(processor=mostly, says=mostly, ahead=seldom, purge=often, sure=seldom)
    def forward(self, processor: bool, says: bool, ahead: bool, purge: bool, sure: bool) -> None:
        law, at = self.law, self.now + DAY if ahead else self.now
        broken = {
            "message-unexamined": law.waiting,
            "item-not-open": law.some(lambda item: item.status not in ("open", "withdrawn") or item.parts),
            "fee-outstanding": law.outstanding(*law.items),
            "not-processor": not processor,
            "reason-required": not says,
            "dates-invalid": ahead,
            "evidence-not-purged": self.evidence_left(purge),
        }
        given = {"is_processor": processor, "forwarded_at": at, "text": self.sealed(says)}
        given |= {"evidence_destroyed": self.purged(purge)}
        if (sure or any(broken.values())) and self.send("forward", broken, **given):
            self.law.close("forwarded", self.today)

    @when(lambda law: not law.items)
    @command(rights=some_rights, marketing=st.booleans(), controllers=answering)
    def register(self, rights: tuple[Right, ...], marketing: bool, controllers: tuple[str, ...]) -> None:
        broken = {"already-registered": self.law.items, "no-right-identified": not rights}
        self._open("register", broken, rights, marketing, controllers)

    @when(lambda law: law.items and not law.closed and sum(i.pending for i in law.items.values()) < 2, brings_on=never)
    @command(rights=one_right, marketing=st.booleans(), controllers=answering)
    def open_items(self, rights: tuple[Right, ...], marketing: bool, controllers: tuple[str, ...]) -> None:
        pending = {(item.right, item.marketing, item.controller) for item in self.law.items.values() if item.pending}
        asked = {
            (right, marketing and right is Right.OBJECTION, each)
            for right in rights
            for each in self.answering(controllers) or (self.law.controller,)
        }
        broken = {
            "not-registered": not self.law.items,
            "no-right-identified": not rights,
            "item-already-open": asked & pending,
        }
        self._open("open_items", broken, rights, marketing, controllers)

    def _open(
        self, command: str, broken: dict[str, Any], rights: tuple[Right, ...], marketing: bool, by: tuple[str, ...]
    ) -> None:
        by = self.answering(by)
        given = {"rights": rights, "direct_marketing": marketing, "controllers": by, "retained": PERIODS}
        if self.send(command, broken, **given):
            self.law.open_all(rights, by, marketing, self.now)
            self.law.hold_what_expires(self.placed(), self.today)

    def answering(self, named: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self.home if each == "here" else each for each in named)

    @when(lambda law: not law.closed, brings_on=never)
    @command(
        same=mostly,
        days=st.sampled_from([0, -30, -30, -30, 1]),
        ended=ended,
        covered=mostly,
        told_before=seldom,
        purge=often,
        sure=sometimes,
    )
    def link_duplicate(
        self, *, same: bool, days: int, ended: Outcome | None, covered: bool, told_before: bool, purge: bool, sure: bool
    ) -> None:
        """Nothing asked here may be left without an answer, and what stops at once is not put off."""
        law = self.law
        decided = [each for each in law.items.values() if each.parts or not each.pending]
        decided = [item for item in decided if item.status != "withdrawn"]
        broken = {
            "message-unexamined": law.waiting,
            "different-subject": not same,
            "duplicate-is-earlier": days > 0,
            "duplicate-unanswered": ended
            in ("duplicate", "forwarded", "withdrawn", "not-a-request", "moot", "deceased"),
            "absolute-right": law.some(lambda item: item.pending and item.absolute),
            "response-not-sent": any(not item.answered for item in decided),
            "right-not-covered": law.pending() and not covered,
            "answered-before": told_before and covered and law.items,
            "fee-outstanding": law.outstanding(*law.items),
            "evidence-not-purged": self.evidence_left(purge),
        }
        original: dict[str, Any] = {"original_received_on": law.received_on + days * DAY, "original_outcome": ended}
        items = tuple(self.case.request.items.values()) if covered else ()
        if told_before:
            told_at = law.received_at - 2 * DAY
            items = tuple(replace(item, status=ItemStatus.DONE, answered=True, answered_at=told_at) for item in items)
            items = tuple(replace(item, answered_since=told_at) for item in items)
        original |= {"original_items": items}
        original |= {"same_subject": same, "evidence_destroyed": self.purged(purge)}
        if (sure or any(broken.values())) and self.send("link_duplicate", broken, **original):
            law.close("duplicate", self.today)
