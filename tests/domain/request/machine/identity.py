"""Doubt about who asks, questions, more time: docs/law §3 (identity, clarification, extension) with §2."""

from datetime import datetime, timedelta
from types import SimpleNamespace

from hypothesis import strategies as st

from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import IdentityMethod
from dsr.domain.rights import Right

from .frame import PERIODS, Frame, addressees, back, command, mostly, never, often, sometimes, staff, when


class IdentityRules(Frame):
    """The DPO's opinion; ask who it is, take evidence, decide on it; ask what is meant; extend."""

    @when(lambda law: not law.closed and not law.opinions, brings_on=never)
    @command(actor=st.sampled_from(["dora", "dirk"]), supports=mostly, says=mostly)
    def give_dpo_opinion(self, actor: str, supports: bool, says: bool) -> None:
        given = {"actor": actor, "supports": supports, "opinion": self.sealed(says)}
        if self.send("give_dpo_opinion", {"reason-required": not says}, **given):
            self.law.opinions.add(actor)
            self.law.supported = supports

    @when(
        lambda law: law.identity in ("not-needed", "failed", "lapsed") and not law.closed,
        brings_on=lambda law: law.clarification and not law.authenticated,  # both at once is where dates are intricate
    )
    @command(doubt=mostly, document=sometimes, earlier=back)
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
        if self.send("ask_identity", broken, doubt=self.sealed(doubt), method=method, asked_at=asked_at):
            law.identity, asked_on = "asked", self.local(asked_at)
            law.asked_on = asked_on
            law.question_sent, law.last_word = False, False
            law.decide_to_ask("identity", heard=asked_on < self.today)
            law.ask("identity", asked_on, self.today)

    @when(lambda law: law.in_question)
    @command(earlier=back)
    def take_identity_evidence(self, earlier: timedelta) -> None:
        law, key, came_at = self.law, self.made.key(), self.now - earlier
        broken = {"identity-not-asked": not law.in_question, "dates-invalid": came_at < law.received_at}
        if self.send("take_identity_evidence", broken, key=key, received_at=came_at):
            law.evidence.add(key.key_id)
            assert law.asked_on is not None
            if self.local(came_at) >= law.asked_on:  # else it is no answer to what was asked
                law.hear("identity", self.today)

    @when(lambda law: law.in_question)
    @command(earlier=back, purge=often)
    def confirm_identity(self, earlier: timedelta, purge: bool) -> None:
        law, day = self.law, self.local(self.now - earlier)
        broken = {
            "identity-not-asked": not law.in_question,
            "evidence-not-purged": self.evidence_left(purge),
            "dates-invalid": law.asked_on is not None and day < law.asked_on,
        }
        given = {"answered_at": self.now - earlier, "evidence_destroyed": self.purged(purge), "retained": PERIODS}
        if self.send("confirm_identity", broken, **given):
            law.identity, law.evidence = "confirmed", set()
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
            "evidence-not-purged": self.evidence_left(purge),
            "reason-required": not reason,
        }
        given = {"reason": self.sealed(reason), "evidence_destroyed": self.purged(purge)}
        if self.send("give_up_identity" if give_up else "ask_identity_again", broken, **given):
            law.identity, law.evidence = "failed" if give_up else "insufficient", set()
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
            law.ask("clarification", law.clarification, self.today)

    @when(lambda law: law.clarification)
    @command(earlier=back)
    def receive_clarification(self, earlier: timedelta) -> None:
        law, day = self.law, self.local(self.now - earlier)
        broken = {
            "clarification-not-asked": law.clarification is None,
            "dates-invalid": law.clarification is not None and day < law.clarification,
        }
        if self.send("receive_clarification", broken, answered_at=self.now - earlier):
            law.clarification = None
            law.answer("clarification", day, self.today)

    @when(lambda law: law.items and not law.closed, brings_on=never)
    @command(ground=st.sampled_from(["complexity", "number-of-requests", "identity"]), reasons=mostly)
    def propose_extension(self, ground: str, reasons: bool) -> None:
        law = self.law
        broken = {
            "not-registered": not law.items,
            "invalid-extension-ground": ground == "identity",
            "reason-required": not reasons,
            "already-extended": law.extension is not None or law.extended_at is not None,
            "extension-too-late": self.today > law.month_ends(self.today),
        }
        if self.send("propose_extension", broken, ground=ground, reasons=self.sealed(reasons)):
            law.extension = SimpleNamespace(by="ann", approved_at=None)

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
            law.extension = SimpleNamespace(by=law.extension.by, approved_at=self.now) if approve else None

    @when(lambda law: law.extension and law.extension.approved_at)
    @command(earlier=back, whole=mostly, right_kind=mostly, addressee=addressees)
    def send_extension_notice(self, earlier: timedelta, whole: bool, right_kind: bool, addressee: AnswerTo) -> None:
        law, left = self.law, self.now - earlier
        approved_at: datetime | None = None if law.extension is None else law.extension.approved_at
        broken = {
            "extension-not-approved": approved_at is None,
            "letter-kind-wrong": not right_kind,
            "letter-incomplete": not whole,
            "dates-invalid": approved_at is not None and left < approved_at,
            "authority-missing": not law.may_get(addressee, left, self.local(left), set()),
            "extension-too-late": self.local(left) > law.month_ends(self.local(left)),
        }
        kind = LetterKind.EXTENSION if right_kind else LetterKind.CLARIFICATION
        letter = self.letter(kind, left, addressee, without="" if whole else "reasons")
        if self.send("send_extension_notice", broken, notice=letter):
            law.extended_at, law.extension = left, None
            law.tell(self.today)
