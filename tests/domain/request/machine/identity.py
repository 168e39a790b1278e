"""Doubt about who asks, questions, more time: docs/law §3 (identity, clarification, extension) with §2."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import IdentityMethod
from dsr.domain.rights import Right
from tests.catalogue.maker import as_known_later

from .dates import DAY
from .frame import PERIODS, Frame, addressees, back, command, mostly, never, often, sometimes, staff, when, which


class IdentityRules(Frame):
    """The DPO's opinion; ask who it is, take evidence, decide on it; ask what is meant; extend."""

    @when(lambda law: not law.closed and not law.opinions, brings_on=never)
    @command(actor=st.sampled_from(["dora", "dirk"]), supports=mostly, says=mostly, doubts=mostly)
    def give_dpo_opinion(self, actor: str, supports: bool, says: bool, doubts: bool) -> None:
        given = {"actor": actor, "supports": supports, "opinion": self.sealed(says), "doubt": self.sealed(doubts)}
        if self.send("give_dpo_opinion", {"reason-required": not says, "no-reasonable-doubt": not doubts}, **given):
            self.law.opinions.add(actor)
            self.law.supported = supports

    @when(
        lambda law: law.identity in ("not-needed", "failed", "lapsed") and not law.closed,
        brings_on=lambda law: law.clarification and not law.authenticated,  # both at once is where dates are intricate
    )
    @command(
        doubt=mostly,
        document=sometimes,
        facts=sometimes,
        asks=mostly,
        earlier=back,
        new_fact=sometimes,
        as_drafted=mostly,
    )
    def ask_identity(
        self,
        *,
        doubt: bool,
        document: bool,
        facts: bool,
        asks: bool,
        earlier: timedelta,
        new_fact: bool,
        as_drafted: bool,
    ) -> None:
        law, asked_at = self.law, self.now - earlier
        wanted = {item.right for item in law.items.values() if item.pending}
        ended = [item.status == "ended" for item in law.items.values() if item.status not in ("refused", "withdrawn")]
        broken = {
            "request-ended": ended and all(ended),
            "already-authenticated": (law.authenticated or law.identity == "confirmed") and not new_fact,
            "identity-already-asked": law.in_question,
            "no-reasonable-doubt": not doubt,
            "disproportionate-identification": document
            and (not law.supported or not as_drafted or wanted <= {Right.CONSENT_WITHDRAWAL}),
            "questions-missing": facts and not asks,
            "dates-invalid": asked_at < law.received_at,
        }
        method = IdentityMethod.DOCUMENT_COPY if document else IdentityMethod.CALL_BACK
        alternatives = (IdentityMethod.KNOWN_FACTS,) if facts else ()
        given = {"doubt": self.sealed(doubt), "method": method, "asked_at": asked_at, "as_drafted": as_drafted}
        given |= {"alternatives": alternatives, "questions": self.sealed(asks)}
        if self.send("ask_identity", broken, new_fact=self.sealed(new_fact), **given):
            law.supported = law.supported and not document
            law.identity, asked_on = "asked", self.local(asked_at)
            law.asked_on = asked_on
            law.question_sent, law.last_word = False, False
            law.decide_to_ask("identity", heard=asked_on < self.today)
            self.ask_on("identity", asked_on, "identity-requested")

    def ask_on(self, kind: str, asked_on: date, name: str) -> None:
        """What is entered on a later day counts from then on, if it would have stopped the clock."""
        law = self.law
        waits = asked_on < self.today and asked_on <= law.last_day_to_ask(law.calendar)
        law.ask(kind, self.today if waits else asked_on, self.today)
        if waits:
            self.enter(name, kind, asked_on)

    @when(lambda law: law.in_question)
    @command(earlier=back)
    def take_identity_evidence(self, earlier: timedelta) -> None:
        law, key, came_at = self.law, self.made.key(), self.now - earlier
        broken = {"identity-not-asked": not law.in_question, "dates-invalid": came_at < law.received_at}
        if self.send("take_identity_evidence", broken, key=key, received_at=came_at):
            law.evidence[key.key_id] = self.local(came_at)
            assert law.asked_on is not None
            answers = self.local(came_at) >= law.asked_on  # else it is no answer to what was asked
            if answers and law.hear("identity", law.asked_on, self.today):
                self.enter("question-delayed", "identity", law.asked_on)

    @when(lambda law: law.in_question)
    @command(earlier=back, purge=often)
    def confirm_identity(self, earlier: timedelta, purge: bool) -> None:
        law, day = self.law, self.local(self.now - earlier)
        asked_on = law.asked_on or self.local(law.received_at)
        proofs = [came_on for came_on in law.evidence.values() if came_on >= asked_on]
        broken = {
            "identity-not-asked": not law.in_question,
            "message-unexamined": law.waiting,
            "evidence-not-purged": self.evidence_left(purge),
            "dates-invalid": (law.asked_on is not None and day < law.asked_on) or (proofs and day > max(proofs)),
        }
        given = {"answered_at": self.now - earlier, "evidence_destroyed": self.purged(purge), "retained": PERIODS}
        if self.send("confirm_identity", broken, **given):
            law.identity, law.evidence = "confirmed", {}
            if law.asked_on is not None and law.hear_answer("identity", law.asked_on, self.today):
                self.enter("question-delayed", "identity", law.asked_on)
            law.answer("identity", day, self.today)
            for item_id in law.undecided("refused"):  # only because nobody knew who asks
                law.restart(item_id, self.now)
            law.hold_what_expires(self.placed(), self.today)

    @when(lambda law: law.in_question)
    @command(("ask_identity_again", "give_up_identity"), give_up=st.booleans(), reason=mostly, purge=often)
    def find_proof_insufficient(self, give_up: bool, reason: bool, purge: bool) -> None:
        law = self.law
        broken = {
            "identity-not-asked": not law.in_question,
            "message-unexamined": give_up and law.waiting,
            "evidence-not-purged": self.evidence_left(purge),
            "reason-required": not reason,
        }
        given = {"reason": self.sealed(reason), "evidence_destroyed": self.purged(purge)}
        if self.send("give_up_identity" if give_up else "ask_identity_again", broken, **given):
            law.identity, law.evidence = "failed" if give_up else "insufficient", {}
            if give_up:
                law.give_up("identity", self.today, self.today)
                law.unidentified_since = self.now

    @when(
        lambda law: law.clarification is None and law.pending(Right.ACCESS),
        brings_on=lambda law: all(question.kind != "clarification" for question in law.questions),
    )
    @command(large=mostly, earlier=back)
    def ask_clarification(self, large: bool, earlier: timedelta) -> None:
        law, asked_at = self.law, self.now - earlier
        broken = {
            "not-registered": not law.items,
            "clarification-not-permitted": not large or not law.pending(Right.ACCESS),
            "clarification-already-asked": law.clarification is not None,
            "dates-invalid": asked_at < law.received_at,
        }
        if self.send("ask_clarification", broken, quantity=self.sealed(large), asked_at=asked_at):
            law.clarification = self.local(asked_at)
            law.decide_to_ask("clarification", heard=self.local(asked_at) < self.today)
            self.ask_on("clarification", law.clarification, "clarification-requested")

    @when(lambda law: law.clarification)
    @command(earlier=back)
    def receive_clarification(self, earlier: timedelta) -> None:
        law, day = self.law, self.local(self.now - earlier)
        broken = {
            "clarification-not-asked": law.clarification is None,
            "dates-invalid": law.clarification is not None and day < law.clarification,
        }
        if self.send("receive_clarification", broken, answered_at=self.now - earlier):
            asked_on, law.clarification = law.clarification, None
            if asked_on is not None and law.hear_answer("clarification", asked_on, self.today):
                self.enter("question-delayed", "clarification", asked_on)
            law.answer("clarification", day, self.today)

    @when(lambda law: law.items and not law.closed, brings_on=never)
    @command(ground=st.sampled_from(["complexity", "number-of-requests", "identity"]), reasons=mostly)
    def propose_extension(self, ground: str, reasons: bool) -> None:
        law = self.law
        owed = [item.status for item in law.items.values() if item.status != "withdrawn" and not item.answered]
        broken = {
            "not-registered": not law.items,
            "invalid-extension-ground": ground == "identity",
            "reason-required": not reasons,
            "already-extended": law.extension is not None or law.extended_at is not None,
            "extension-too-late": self.today > law.month_ends(self.today),
            "item-not-open": owed and set(owed) <= {"refused", "ended"},
        }
        if self.send("propose_extension", broken, ground=ground, reasons=self.sealed(reasons)):
            law.extension = SimpleNamespace(by="ann", approved_at=None, stated=False)

    @when(lambda law: law.extension and not law.extension.approved_at)
    @command(("approve_extension", "decline_extension"), actor=staff, approve=often, reason=mostly)
    def decide_extension(self, actor: str, approve: bool, reason: bool) -> None:
        law = self.law
        undecided = law.extension is not None and law.extension.approved_at is None
        broken = {
            "nothing-proposed": not undecided,
            "four-eyes": law.extension is not None and actor in {law.extension.by, *law.opinions},
            "reason-required": not approve and not reason,
        }
        given = {} if approve else {"reason": self.sealed(reason)}
        if self.send("approve_extension" if approve else "decline_extension", broken, actor=actor, **given):
            assert law.extension is not None
            law.extension = (
                SimpleNamespace(by=law.extension.by, approved_at=self.now, stated=False) if approve else None
            )

    @when(lambda law: law.extension and law.extension.approved_at)
    @command(earlier=back, whole=mostly, right_kind=mostly, addressee=addressees)
    def send_extension_notice(self, earlier: timedelta, whole: bool, right_kind: bool, addressee: AnswerTo) -> None:
        law, left = self.law, self.now - earlier
        approved_at: datetime | None = None if law.extension is None else law.extension.approved_at
        broken = {
            "extension-not-approved": approved_at is None,
            "extension-notice-unconfirmed": law.extension is not None and law.extension.stated,
            "letter-kind-wrong": not right_kind,
            "letter-incomplete": not whole,
            "dates-invalid": approved_at is not None and left < approved_at,
            "authority-missing": not law.may_get(addressee, left, self.local(left), set()),
            "extension-too-late": self.local(left) > law.month_ends(self.local(left)),
        }
        kind = LetterKind.EXTENSION if right_kind else LetterKind.CLARIFICATION
        letter = self.letter(kind, left, addressee, without="" if whole else "reasons")
        if self.send("send_extension_notice", broken, notice=letter):
            if self.local(left) < self.today > law.month_ends(self.today):
                assert law.extension is not None
                law.extension.stated = True
                self.enter("extension-notice-stated", "extension", self.local(left), left=left)
                return
            law.extended_at, law.extension = left, None
            law.tell(self.today)

    @when(lambda law: not law.closed, brings_on=never)
    @command(by=st.sampled_from([-2 * DAY, -DAY, timedelta(), timedelta(hours=-5), DAY, 400 * DAY]), reason=mostly)
    def correct_arrival(self, by: timedelta, reason: bool) -> None:
        law, received_at = self.law, self.law.received_at + by
        day = self.local(received_at)
        broken = {
            "reason-required": not reason,
            "receipt-in-future": received_at > self.now,
            "dates-invalid": self.precedes_arrival(received_at),
        }
        if self.send("correct_arrival", broken, received_at=received_at, reason=self.sealed(reason)):
            if day > law.received_on:
                self.enter("arrival-corrected", "arrival", day, at=received_at)
            else:
                law.arrive(received_at, day, self.today)

    @when(lambda law: not law.closed, brings_on=never)
    @command(reason=mostly, differs=often)
    def correct_calendar(self, reason: bool, differs: bool) -> None:
        law, known = self.law, self.case.calendar
        corrected = as_known_later(known) if differs else known
        version = self.case.request.calendar_version + 1
        broken = {"reason-required": not reason, "calendar-unchanged": not differs}
        given = {"corrected": corrected, "ropa_version": version, "reason": self.sealed(reason)}
        if self.send("correct_calendar", broken, **given):
            law.count_other_days(self.today)
            self.case.calendar = corrected

    def precedes_arrival(self, received_at: datetime) -> bool:
        """Whether something is on record that nobody does to a request before it arrives."""
        law, day = self.law, self.local(received_at)
        told = (self.case.request.acknowledged_at, self.case.request.answered_at)
        did = (law.begun_at, law.extended_at, *told)
        asked = [law.asked_on, law.clarification, *(question.asked for question in law.questions)]
        asked += [fact.day for fact in law.facts.values() if fact.kind != "arrival"]
        return any(each is not None and each < received_at for each in did) or any(
            each is not None and each < day for each in asked
        )

    @when(lambda law: law.facts)
    @command(which=which, actor=staff)
    def confirm_earlier_fact(self, which: int, actor: str) -> None:
        law = self.law
        version = self.key(which, law.facts, law.facts)
        fact = law.facts.get(version) if isinstance(version, int) else None
        moot = (
            fact is None
            or (fact.kind == "extension" and law.extension is None)
            or (fact.kind == "arrival" and (law.closed or fact.day <= law.received_on))
        )
        broken: dict[str, Any] = {
            "nothing-to-confirm": moot,
            "four-eyes": fact is not None and actor in {fact.by, *law.opinions},
        }
        if fact is not None and fact.kind == "extension":
            left_on = self.local(fact.left)
            broken["extension-too-late"] = not moot and left_on > law.month_ends(left_on)
        if fact is not None and fact.kind == "arrival":
            broken["dates-invalid"] = not moot and self.precedes_arrival(fact.at)
        if self.send("confirm_earlier_fact", broken, fact=version, actor=actor):
            assert fact is not None
            if fact.kind == "extension":
                law.extended_at, law.extension = fact.left, None
            if fact.kind == "arrival":
                law.arrive(fact.at, fact.day, self.today)
            law.confirm(version, self.today)
            assert self.case.news[0].happened_on == fact.day
