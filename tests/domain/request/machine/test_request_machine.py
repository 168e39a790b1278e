"""Random commands, lawful and unlawful, against the small model in conftest.py, written from law.md.

The model names every rule that a command breaks: the case has to accept exactly the commands that break none, and to
refuse the others by one of the rules broken, without a trace. After each step the state is what the model says, its
legal dates follow from the formulas of law.md §2, and a replay from stored JSON gives the same case.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dsr.domain.errors import DomainError
from dsr.domain.request.grounds import ExcessClaim
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import IdentityMethod, Outcome
from dsr.domain.rights import Right

DAY = timedelta(days=1)
RIGHTS = [Right.ACCESS, Right.ERASURE, Right.OBJECTION, Right.CONSENT_WITHDRAWAL]
OWN_LETTER = {right: LetterKind(right.value) for right in Right}
ARTICLES_15_TO_20 = {Right.ACCESS, Right.ERASURE}
ALWAYS = {"attach_follow_up", "add_note", "disclose", "reopen"}

mostly = st.sampled_from([True] * 9 + [False])
seldom = mostly.map(lambda yes: not yes)
back = st.sampled_from([timedelta()] * 8 + [timedelta(hours=5), 2 * DAY, 9 * DAY])
staff = st.sampled_from(["bob", "bob", "bob", "ann", "dora"])
some_rights = st.lists(st.sampled_from(RIGHTS), max_size=3).map(tuple)
one_right = st.sampled_from([(right,) for right in RIGHTS] * 3 + [(), tuple(RIGHTS)])
which = st.integers(0, 7)
ended = st.sampled_from([None] * 6 + list(Outcome))


def when(sensible: Callable[[Any], Any]) -> Any:
    """Most of the time a command is sent where it makes sense, so that cases get somewhere; sometimes out of turn."""
    return precondition(lambda self: self.steps % 8 == 0 or sensible(self.law))


class RequestMachine(RuleBasedStateMachine):
    """Sends commands to a case, and says beforehand which rules they break."""

    def __init__(self, made: SimpleNamespace, law: SimpleNamespace) -> None:
        super().__init__()
        self.made, self.Law, self.Item = made, law.Law, law.Item
        self.steps = 0

    @initialize(day=st.integers(0, 120), authenticated=seldom, rights=some_rights, marketing=st.booleans())
    def receive(self, day: int, authenticated: bool, rights: tuple[Right, ...], marketing: bool) -> None:
        received = (date(2026, 1, 2) + day * DAY).isoformat()
        self.case = self.made.case(received_at=received, authenticated=authenticated)
        self.law = self.Law(self.case.calendar, self.case.now, authenticated)
        self.replica = self.made.replayed(self.case.events)
        if rights:
            self.register(rights, marketing)

    # the frame

    @property
    def now(self) -> datetime:
        return self.case.now

    @property
    def today(self) -> date:
        return self.case.calendar.local_date(self.now)

    def local(self, moment: datetime) -> date:
        return self.case.calendar.local_date(moment)

    def send(self, command: str, broken: dict[str, bool], *named: Any, **arguments: Any) -> bool:
        """Send the command; whether it was accepted. `broken` says of each code whether its rule is broken."""
        was_closed = self.law.closed
        codes = {code for code, is_broken in broken.items() if is_broken}
        if was_closed and command not in ALWAYS:
            codes = {"request-closed"}
        refused = self.refusal_of(command, *named, **arguments)
        event(f"{command}: {refused or 'accepted'}")
        if refused is not None:
            assert refused in codes, f"{command}: {refused} instead of {sorted(codes) or 'acceptance'}"
            assert self.case.request.collect_events() == []
            return False
        assert not codes, f"{command} was accepted against {sorted(codes)}"
        for happened in self.case.news:
            self.made.stored_and_read(happened).mutate(self.replica)
        return True

    def refusal_of(self, command: str, *named: Any, **arguments: Any) -> str | None:
        """Send the command; the code by which it was refused, or none."""
        try:
            getattr(self.case, command)(*named, **arguments)
        except DomainError as refused:
            return refused.code
        return None

    def item_id(self, which: int, *statuses: str) -> str:
        """One of the items, mostly in one of the statuses, or none."""
        fitting = [item_id for item_id, item in self.law.items.items() if item.status in statuses]
        known = fitting if fitting and which < 6 else [*self.law.items, "portability"]
        return known[which % len(known)]

    def item_rules(self, item_id: str, *statuses: str, otherwise: str) -> tuple[Any, dict[str, bool]]:
        """The item, and what is broken where it is not there or not in one of the statuses."""
        item = self.law.items.get(item_id)
        stand_in = item or self.Item(Right.RECTIFICATION, False)
        return stand_in, {
            "not-registered": not self.law.items,
            "item-unknown": item is None,
            otherwise: item is not None and item.status not in statuses,
        }

    def evidence_left(self, purge: bool) -> bool:
        return bool(self.law.evidence) and not purge

    def purged(self, purge: bool) -> set[Any]:
        return set(self.law.evidence) if purge else set()

    # what may happen at any time

    @rule(passed=st.sampled_from([timedelta(hours=1), timedelta(hours=1), DAY, DAY, 3 * DAY, 20 * DAY]))
    def time_passes(self, passed: timedelta) -> None:
        self.case.now += passed

    @when(lambda law: False)
    @rule(future=seldom)
    def attach_follow_up(self, future: bool) -> None:
        arrived = self.now + timedelta(seconds=future)
        self.send("attach_follow_up", {"receipt-in-future": future}, received_at=arrived)

    @when(lambda law: False)
    @rule(says=mostly)
    def add_note(self, says: bool) -> None:
        self.send("add_note", {"reason-required": not says}, note=self.made.sealed() if says else None)

    @when(lambda law: False)
    @rule()
    def disclose(self) -> None:
        self.send("disclose", {})

    # triage

    @when(lambda law: not law.items)
    @rule(reason=mostly, purge=mostly, sure=seldom)
    def dismiss(self, reason: bool, purge: bool, sure: bool) -> None:
        broken = {
            "already-registered": bool(self.law.items),
            "reason-required": not reason,
            "evidence-not-purged": self.evidence_left(purge),
        }
        given = {"reason": self.made.sealed() if reason else None, "evidence_destroyed": self.purged(purge)}
        if (sure or any(broken.values())) and self.send("dismiss", broken, **given):
            self.law.close("not-a-request")

    @when(lambda law: not law.items)
    @rule(rights=some_rights, marketing=st.booleans())
    def register(self, rights: tuple[Right, ...], marketing: bool) -> None:
        broken = {"already-registered": bool(self.law.items), "no-right-identified": not rights}
        if self.send("register", broken, rights=rights, direct_marketing=marketing):
            self.open_all(rights, marketing)

    @when(lambda law: law.items and not law.closed and not law.pending(*RIGHTS[1:]))
    @rule(rights=one_right, marketing=st.booleans())
    def open_items(self, rights: tuple[Right, ...], marketing: bool) -> None:
        broken = {
            "not-registered": not self.law.items,
            "no-right-identified": not rights,
            "item-already-open": bool(rights) and self.law.pending(*rights),
        }
        if self.send("open_items", broken, rights=rights, direct_marketing=marketing):
            self.open_all(rights, marketing)

    def open_all(self, rights: tuple[Right, ...], marketing: bool) -> None:
        for right in dict.fromkeys(rights):
            count = 1 + sum(item.right is right for item in self.law.items.values())
            item_id = right.value if count == 1 else f"{right.value}-{count}"
            self.law.items[item_id] = self.Item(right, marketing)

    @when(lambda law: not law.closed)
    @rule(same=mostly, days=st.sampled_from([0, -30, -30, -30, 1]), ended=ended, purge=mostly, sure=seldom)
    def link_duplicate(self, same: bool, days: int, ended: Outcome | None, purge: bool, sure: bool) -> None:
        broken = {
            "different-subject": not same,
            "duplicate-is-earlier": days > 0,
            "duplicate-unanswered": ended in ("duplicate", "withdrawn", "not-a-request"),
            "evidence-not-purged": self.evidence_left(purge),
        }
        original = {"original_received_on": self.law.received_on + days * DAY, "original_outcome": ended}
        original |= {"same_subject": same, "evidence_destroyed": self.purged(purge)}
        if (sure or any(broken.values())) and self.send("link_duplicate", broken, **original):
            self.law.close("duplicate")

    # identity

    @when(lambda law: not law.closed and not law.opinions)
    @rule(actor=st.sampled_from(["dora", "dirk"]), supports=mostly)
    def give_dpo_opinion(self, actor: str, supports: bool) -> None:
        if self.send("give_dpo_opinion", {}, actor=actor, supports=supports):
            self.law.opinions.add(actor)
            self.law.supported = supports

    @when(lambda law: law.identity in ("not-needed", "failed") and not law.closed)
    @rule(doubt=mostly, document=seldom, earlier=back)
    def ask_identity(self, doubt: bool, document: bool, earlier: timedelta) -> None:
        law, asked_at = self.law, self.now - earlier
        wanted = {item.right for item in law.items.values() if item.pending}
        broken = {
            "already-authenticated": law.authenticated or law.identity == "confirmed",
            "identity-already-asked": law.in_question,
            "no-reasonable-doubt": not doubt,
            "disproportionate-identification": document and (not law.supported or wanted <= {Right.CONSENT_WITHDRAWAL}),
            "dates-invalid": asked_at < law.received_at,
        }
        method = IdentityMethod.DOCUMENT_COPY if document else IdentityMethod.CALL_BACK
        given = {"doubt": self.made.sealed() if doubt else None, "method": method, "asked_at": asked_at}
        if self.send("ask_identity", broken, **given):
            law.identity, law.asked_on, law.last_word = "asked", self.local(asked_at), False
            law.ask("identity", law.asked_on, self.today)

    @when(lambda law: law.in_question)
    @rule()
    def take_identity_evidence(self) -> None:
        key = self.made.key()
        if self.send("take_identity_evidence", {"identity-not-asked": not self.law.in_question}, key=key):
            self.law.evidence.add(key.key_id)

    @when(lambda law: law.in_question)
    @rule(earlier=back, purge=mostly)
    def confirm_identity(self, earlier: timedelta, purge: bool) -> None:
        law, day = self.law, self.local(self.now - earlier)
        broken = {
            "identity-not-asked": not law.in_question,
            "evidence-not-purged": self.evidence_left(purge),
            "dates-invalid": law.asked_on is not None and day < law.asked_on,
        }
        given = {"answered_at": self.now - earlier, "evidence_destroyed": self.purged(purge)}
        if self.send("confirm_identity", broken, **given):
            law.identity, law.evidence = "confirmed", set()
            law.answer("identity", day, self.today)

    @when(lambda law: law.in_question)
    @rule(give_up=st.booleans(), reason=mostly, purge=mostly)
    def find_proof_insufficient(self, give_up: bool, reason: bool, purge: bool) -> None:
        law = self.law
        broken = {
            "identity-not-asked": not law.in_question,
            "evidence-not-purged": self.evidence_left(purge),
            "reason-required": not reason,
        }
        given = {"reason": self.made.sealed() if reason else None, "evidence_destroyed": self.purged(purge)}
        if self.send("give_up_identity" if give_up else "ask_identity_again", broken, **given):
            law.identity, law.evidence = "failed" if give_up else "insufficient", set()
            if give_up:
                law.answer("identity", self.today, self.today)

    # clarification

    @when(lambda law: law.clarification is None and law.pending(Right.ACCESS))
    @rule(large=mostly, earlier=back)
    def ask_clarification(self, large: bool, earlier: timedelta) -> None:
        law, asked_at = self.law, self.now - earlier
        broken = {
            "not-registered": not law.items,
            "clarification-not-permitted": not large or not law.pending(Right.ACCESS),
            "clarification-already-asked": law.clarification is not None,
            "dates-invalid": asked_at < law.received_at,
        }
        given = {"quantity": self.made.sealed() if large else None, "asked_at": asked_at}
        if self.send("ask_clarification", broken, **given):
            law.clarification = self.local(asked_at)
            law.ask("clarification", law.clarification, self.today)

    @when(lambda law: law.clarification)
    @rule(earlier=back)
    def receive_clarification(self, earlier: timedelta) -> None:
        law, day = self.law, self.local(self.now - earlier)
        broken = {
            "clarification-not-asked": law.clarification is None,
            "dates-invalid": law.clarification is not None and day < law.clarification,
        }
        if self.send("receive_clarification", broken, answered_at=self.now - earlier):
            law.clarification = None
            law.answer("clarification", day, self.today)

    # extension

    @when(lambda law: law.items and not (law.extension or law.extended_at or law.closed))
    @rule(ground=st.sampled_from(["complexity", "number-of-requests", "identity"]), reasons=mostly)
    def propose_extension(self, ground: str, reasons: bool) -> None:
        law = self.law
        broken = {
            "not-registered": not law.items,
            "invalid-extension-ground": ground == "identity",
            "reason-required": not reasons,
            "already-extended": law.extension is not None or law.extended_at is not None,
            "extension-too-late": self.today > law.month_ends(self.today),
        }
        given = {"ground": ground, "reasons": self.made.sealed() if reasons else None}
        if self.send("propose_extension", broken, **given):
            law.extension = SimpleNamespace(by="ann", approved_at=None)

    @when(lambda law: law.extension and not law.extension.approved_at)
    @rule(actor=staff, approve=mostly)
    def decide_extension(self, actor: str, approve: bool) -> None:
        law = self.law
        undecided = law.extension is not None and law.extension.approved_at is None
        broken = {
            "nothing-proposed": not undecided,
            "four-eyes": law.extension is not None and actor in {law.extension.by, *law.opinions},
        }
        if self.send("approve_extension" if approve else "decline_extension", broken, actor=actor):
            if approve:
                law.extension.approved_at = self.now
            else:
                law.extension = None

    @when(lambda law: law.extension and law.extension.approved_at)
    @rule(earlier=back, whole=mostly, right_kind=mostly)
    def send_extension_notice(self, earlier: timedelta, whole: bool, right_kind: bool) -> None:
        law, left = self.law, self.now - earlier
        approved_at = law.extension and law.extension.approved_at
        broken = {
            "extension-not-approved": not approved_at,
            "letter-kind-wrong": not right_kind,
            "letter-incomplete": not whole,
            "dates-invalid": bool(approved_at) and left < approved_at,
            "extension-too-late": self.local(left) > law.month_ends(self.local(left)),
        }
        kind = LetterKind.EXTENSION if right_kind else LetterKind.CLARIFICATION
        letter = self.case.letter(kind, without="" if whole else "reasons", left=left.isoformat())
        if self.send("send_extension_notice", broken, notice=letter):
            law.extended_at, law.extension, law.clock_day = left, None, self.today

    # items

    @when(lambda law: law.has("open"))
    @rule(
        which=which,
        ground=st.sampled_from(["manifestly-unfounded"] * 4 + ["unidentifiable", "too-much-work"]),
        facts=mostly,
        whole=mostly,
    )
    def propose_refusal(self, which: int, ground: str, facts: bool, whole: bool) -> None:
        law, item_id = self.law, self.item_id(which, "open")
        item, broken = self.item_rules(item_id, "open", otherwise="item-not-open")
        broken |= {
            "absolute-right": item.absolute,
            "ground-not-available": ground == "too-much-work"
            or (ground == "unidentifiable" and item.right not in ARTICLES_15_TO_20),
            "burden-of-proof": not facts,
            "letter-incomplete": not whole,
            "identity-unresolved": ground == "unidentifiable" and law.identity != "failed",
        }
        claims = (ExcessClaim.NO_RIGHT_AT_ALL,)
        refusal = self.made.refusal(ground=ground, claims=claims, **({} if facts else {"facts": None}))
        statements = {"reasons", "provision", "facts", "authority"} | ({"judicial-remedy"} if whole else set())
        if self.send("propose_refusal", broken, item_id, refusal=refusal, statements=statements):
            law.refusals[item_id] = SimpleNamespace(by="ann", ground=ground)

    @when(lambda law: law.refusals)
    @rule(which=which, actor=staff, approve=mostly)
    def decide_refusal(self, which: int, actor: str, approve: bool) -> None:
        law = self.law
        item_id = [*law.refusals, self.item_id(which)][0 if which < 6 else -1]
        item, broken = self.item_rules(item_id, "open", otherwise="item-not-open")
        proposal = law.refusals.get(item_id)
        broken |= {
            "nothing-proposed": proposal is None,
            "four-eyes": proposal is not None and actor in {proposal.by, *law.opinions},
            "identity-unresolved": approve
            and proposal is not None
            and proposal.ground == "unidentifiable"
            and law.identity != "failed",
        }
        if self.send("approve_refusal" if approve else "decline_refusal", broken, item_id, actor=actor):
            del law.refusals[item_id]
            if approve:
                item.status, item.answered, item.refused_at = "refused", False, self.now
                assert self.case.news[0].late is (self.today > law.month_ends(self.today))

    @when(lambda law: law.has("open"))
    @rule(which=which)
    def grant(self, which: int) -> None:
        law, item_id = self.law, self.item_id(which, "open")
        item, broken = self.item_rules(item_id, "open", otherwise="item-not-open")
        broken |= {
            "identity-unresolved": law.doubt and not item.absolute,
            "access-before-erasure": self.too_early(item),
        }
        if self.send("grant", broken, item_id):
            item.status, item.answered, law.executing = "granted", False, True
            law.refusals.pop(item_id, None)

    @when(lambda law: law.has("granted"))
    @rule(which=which, account=mostly)
    def record_done(self, which: int, account: bool) -> None:
        item_id = self.item_id(which, "granted")
        item, broken = self.item_rules(item_id, "granted", otherwise="item-not-granted")
        broken |= {
            "identity-unresolved": self.law.doubt and not item.absolute,
            "access-before-erasure": self.too_early(item),
            "reason-required": not account,
        }
        if self.send("record_done", broken, item_id, **({} if account else {"account": None})):
            item.status, item.answered = "done", False

    def too_early(self, item: Any) -> bool:
        return item.right is Right.ERASURE and self.law.pending(Right.ACCESS, Right.PORTABILITY)

    @when(lambda law: law.has("open"))
    @rule(which=which, searched=mostly)
    def record_nothing_held(self, which: int, searched: bool) -> None:
        item_id = self.item_id(which, "open")
        item, broken = self.item_rules(item_id, "open", otherwise="item-not-open")
        broken |= {"identity-unresolved": self.law.doubt and not item.absolute, "reason-required": not searched}
        if self.send("record_nothing_held", broken, item_id, systems=("crm",) if searched else ()):
            item.status, item.answered = "nothing-held", False
            self.law.refusals.pop(item_id, None)

    @when(lambda law: law.has("granted"))
    @rule(which=which)
    def collect_data(self, which: int) -> None:
        item_id = self.item_id(which, "granted")
        item, broken = self.item_rules(item_id, "granted", otherwise="item-not-granted")
        broken |= {"item-has-no-copy": item.right is not Right.ACCESS, "identity-unresolved": self.law.doubt}
        self.send("collect_data", broken, item_id)

    # letters

    @when(lambda law: law.has("done", "refused", "nothing-held"))
    @rule(which=which, fitting=mostly, kind=st.sampled_from(LetterKind), whole=mostly, earlier=back)
    def record_answer(self, which: int, fitting: bool, kind: LetterKind, whole: bool, earlier: timedelta) -> None:
        item_id = self.item_id(which, "done", "refused", "nothing-held")
        item, _ = self.item_rules(item_id, otherwise="item-not-open")
        expected = LetterKind.REFUSAL if item.status == "refused" else OWN_LETTER[item.right]
        kind = expected if fitting else kind
        broken = {
            "item-unknown": item_id not in self.law.items,
            "items-open": item.pending,
            "letter-kind-wrong": item.status == "withdrawn" or kind is not expected,
        }
        if self.send_letter(
            kind, (item_id,), broken, item=item, whole=whole, earlier=earlier, nothing=item.status == "nothing-held"
        ):
            item.answered = True

    @when(lambda law: law.identity == "failed")
    @rule(kind=st.sampled_from([LetterKind.REFUSAL, *LetterKind]), whole=mostly, earlier=back)
    def record_letter_without_items(self, kind: LetterKind, whole: bool, earlier: timedelta) -> None:
        law = self.law
        broken = {
            "identity-not-asked": kind is LetterKind.IDENTITY_QUESTION and not law.in_question,
            "clarification-not-asked": kind is LetterKind.CLARIFICATION and law.clarification is None,
            "letter-kind-wrong": kind is LetterKind.EXTENSION
            or kind in OWN_LETTER.values()
            or (kind is LetterKind.REFUSAL and law.identity != "failed"),
        }
        if self.send_letter(kind, (), broken, whole=whole, earlier=earlier) and kind is LetterKind.REFUSAL:
            law.last_word = True

    def send_letter(
        self,
        kind: LetterKind,
        item_ids: tuple[str, ...],
        broken: dict[str, bool],
        *,
        whole: bool,
        earlier: timedelta,
        item: Any = None,
        nothing: bool = False,
    ) -> bool:
        law, left = self.law, self.now - earlier
        approved_at = item.refused_at if item is not None and item.status == "refused" else None
        too_early = left < law.received_at or (approved_at is not None and left < approved_at)
        broken |= {"letter-incomplete": not whole, "dates-invalid": too_early}
        letter = self.case.letter(kind, left=left.isoformat(), nothing_held=nothing and kind is not LetterKind.REFUSAL)
        if not whole:
            letter = type(letter)(**(vars(letter) | {"statements": letter.statements[1:]}))
        if not self.send("record_answer", broken, *item_ids, letter=letter):
            return False
        day = self.local(left)
        statutory, promise, _ = law.dates(day)
        due = law.month_ends(day) if kind is LetterKind.REFUSAL else statutory
        if kind is LetterKind.REFUSAL and not item_ids:
            due = law.roll(law.months(1))
        is_answer = bool(item_ids) or kind is LetterKind.REFUSAL
        sent = self.case.news[0]
        assert sent.late is (is_answer and day > due)
        assert sent.promise_missed is (is_answer and promise is not None and day > promise)
        return True

    # the end

    @when(lambda law: law.has("done", "refused", "nothing-held") or law.last_word)
    @rule(unidentified=st.booleans(), purge=mostly)
    def close(self, unidentified: bool, purge: bool) -> None:
        law, items = self.law, self.law.items.values()
        silent = any(not i.pending and i.status != "withdrawn" and not i.answered for i in items)
        broken = {"not-registered": not items, "evidence-not-purged": self.evidence_left(purge)}
        if unidentified:
            broken |= {
                "no-reasonable-doubt": not law.doubt,
                "identity-unresolved": law.in_question,
                "absolute-right": any(i.pending and i.absolute for i in items),
                "response-not-sent": not law.last_word or silent,
            }
        else:
            broken |= {"items-open": law.pending(), "response-not-sent": silent}
        if self.send("close", broken, unidentified=unidentified, evidence_destroyed=self.purged(purge)):
            told = {i.status for i in items} - {"withdrawn"}
            outcome = "unidentified" if unidentified else "withdrawn" if not told else "fulfilled"
            if outcome == "fulfilled" and "refused" in told:
                outcome = "refused" if told == {"refused"} else "partly-fulfilled"
            law.close(outcome)

    @when(lambda law: law.pending())
    @rule(
        named=st.none() | st.lists(which, min_size=1, max_size=2) | st.just([]),
        confirmed=mostly,
        purge=mostly,
        sure=seldom,
    )
    def withdraw(self, named: list[int] | None, confirmed: bool, purge: bool, sure: bool) -> None:
        law = self.law
        chosen = set(law.items) if named is None else {self.item_id(n) for n in named}
        known = {item_id for item_id in chosen if item_id in law.items}
        taken = {item_id for item_id in known if law.items[item_id].pending}
        ends = all(item_id in taken or item.status == "withdrawn" for item_id, item in law.items.items())
        broken = {
            "confirmation-required": not confirmed or named == [],
            "item-unknown": chosen != known,
            "item-not-open": named is not None and known != taken,
            "evidence-not-purged": ends and self.evidence_left(purge),
        }
        given = {"confirmed": confirmed, "evidence_destroyed": self.purged(purge)}
        given["item_ids"] = None if named is None else tuple(sorted(chosen))
        if (not ends or sure or any(broken.values())) and self.send("withdraw", broken, **given):
            for item_id in taken:
                law.items[item_id].status, law.items[item_id].answered = "withdrawn", False
                law.refusals.pop(item_id, None)
            if ends:
                law.close("withdrawn")

    @when(lambda law: law.closed)
    @rule(named=st.lists(which, max_size=2), reason=mostly)
    def reopen(self, named: list[int], reason: bool) -> None:
        law, chosen = self.law, tuple(dict.fromkeys(self.item_id(n) for n in named))
        broken = {
            "request-open": not law.closed,
            "reason-required": not reason,
            "item-unknown": not set(chosen) <= set(law.items),
        }
        if self.send("reopen", broken, *chosen, **({} if reason else {"reason": None})):
            law.closed, law.outcome, law.last_word = False, None, False
            for item_id in chosen:
                law.items[item_id].status, law.items[item_id].answered = "open", False
            law.executing = any(i.status in ("granted", "done") for i in law.items.values())

    # what always holds

    @invariant()
    def a_step_was_taken(self) -> None:
        self.steps += 1

    @invariant()
    def the_state_is_what_the_law_says(self) -> None:
        law, request = self.law, self.case.request
        assert request.lifecycle == law.lifecycle
        assert request.outcome == law.outcome
        assert request.identity == law.identity
        assert set(request.identity_evidence_keys) == law.evidence
        assert set(request.refusals) == set(law.refusals)
        assert {i: (x.status.value, x.answered) for i, x in request.items.items()} == {
            i: (x.status, x.answered) for i, x in law.items.items()
        }

    @invariant()
    def the_legal_dates_follow_from_the_law(self) -> None:
        request = self.case.request
        assert request.received_on == self.law.received_on
        for day, deadline in (
            (self.law.clock_day, request.deadline),
            (self.today, request.deadline_as_of(self.today, self.case.calendar)),
        ):
            dates = deadline.statutory_due, deadline.promise_due, deadline.effective_due
            assert dates == self.law.dates(day)
            assert deadline.certain_effective_due == self.law.dates(day, certain=True)[2]

    @invariant()
    def a_replay_gives_the_same_case(self) -> None:
        assert self.replica == self.case.request

    def teardown(self) -> None:
        if hasattr(self, "case"):
            self.case.check_replay()


def test_random_commands_are_accepted_exactly_when_the_law_allows_them(made, law):
    run_state_machine_as_test(
        partial(RequestMachine, made, law),
        settings=settings(
            max_examples=150,
            stateful_step_count=60,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
