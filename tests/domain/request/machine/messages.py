"""People go on writing, and a person says what it is: docs/law §9."""

from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from dsr.domain.request.message import MessageKind
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyPurpose

from .dates import DAY
from .frame import PERIODS, Frame, back, command, mostly, never, often, seldom, sometimes, when, which

NOTHING_FOLLOWS = {
    "answer",
    "reminder",
    "complaint",
    "mandate",
    "contact-correction",
    "incident",
    "nothing-to-do",
    "identifiers",
}

kinds = st.sampled_from(
    [
        *MessageKind,
        *[MessageKind.REMINDER] * 6,
        *[MessageKind.IDENTITY_ANSWER, MessageKind.CLARIFICATION_ANSWER, MessageKind.DISPUTE] * 2,
    ]
)


class MessageRules(Frame):
    """A message arrives, here or elsewhere; messages are examined."""

    @when(lambda law: True, brings_on=never)
    @command(future=seldom, earlier=back, automatic=seldom)
    def attach_follow_up(self, future: bool, earlier: Any, automatic: bool) -> None:
        arrived = self.now + DAY if future else self.now - earlier
        key = self.made.key(KeyPurpose.MESSAGE)
        given = {"received_at": arrived, "keys": (key,), "automatic": automatic}
        if self.send("attach_follow_up", {"receipt-in-future": future}, **given):
            self.law.messages[self.case.message_id] = SimpleNamespace(
                arrived=arrived, kind="", key=key.key_id, automatic=automatic, followed=False, model=""
            )

    @when(lambda law: law.messages, brings_on=never)
    @command(which=which, version=which, asked=sometimes)
    def suggest_rights(self, which: int, version: int, asked: bool) -> None:
        message_id = self.key(which, self.law.messages, self.law.messages)
        read, model = self.law.messages.get(message_id), f"reader-{version % 2}"
        broken = {
            "message-unknown": read is None,
            "suggestion-needless": read is not None and not asked and bool(read.kind or read.automatic),
            "message-read-before": read is not None and read.model == model,
        }
        if self.send("suggest_rights", broken, message_id, model=model, asked=asked) and read is not None:
            read.model = model

    @when(lambda law: not law.waiting, brings_on=never)
    @command(comes=sometimes)
    def note_claim(self, comes: bool) -> None:
        if comes and self.send("note_claim", {}):
            self.law.claims[self.case.claimed_id] = self.now

    @when(lambda law: law.claims, brings_on=lambda law: law.claims)
    @command(which=which)
    def settle_claim(self, which: int) -> None:
        message_id = self.key(which, self.law.claims, self.law.claims)
        if self.send("settle_claim", {"message-unknown": message_id not in self.law.claims}, message_id):
            del self.law.claims[message_id]

    @when(lambda law: law.messages and (law.waiting or law.closed), brings_on=lambda law: law.waiting)
    @command(which=which, kind=kinds, reason=mostly, rights=mostly, purge=often)
    def examine_messages(self, which: int, kind: MessageKind, reason: bool, rights: bool, purge: bool) -> None:
        law = self.law
        message_id = self.key(which, law.messages, law.waiting)
        message = law.messages.get(message_id) or SimpleNamespace(arrived=self.now, kind="", key=None, followed=False)
        broken = {
            "message-unknown": message_id not in law.messages and message_id not in law.claims,
            "message-stands-elsewhere": message_id in law.claims,
            "message-examined-before": message.followed,
        } | self.not_fitting(kind, message, reason=reason, rights=rights, purge=purge)
        question_id = self.question_for(kind, named=rights)
        broken |= self.not_answering(kind, message, question_id)
        given: dict[str, Any] = {
            "question_id": question_id,
            "kind": kind,
            "reason": self.sealed(reason),
            "retained": PERIODS,
        }
        given |= {"rights": (Right.ACCESS,) if rights else (), "evidence_destroyed": self.purged(purge)}
        if self.send("examine_messages", broken, (message_id,), **given):
            message.kind = kind.value
            message.followed = self.is_followed(kind)
            if kind is MessageKind.ANSWER and question_id is not None:
                law.asked[question_id].open, message.followed = False, True
            self.follow(kind, message)

    def is_followed(self, kind: MessageKind) -> bool:
        """A dispute takes up a closed case only, and a withdrawal ends an open one; the desk opens linked cases."""
        by_state = {MessageKind.DISPUTE: self.law.closed, MessageKind.WITHDRAWAL: not self.law.closed}
        return by_state.get(kind, kind not in NOTHING_FOLLOWS)

    def question_for(self, kind: MessageKind, *, named: bool) -> Any:
        """The first open question, mostly, if the message is an answer."""
        is_open = self.law.open_questions
        return is_open[0] if kind is MessageKind.ANSWER and is_open and named else None

    def not_answering(self, kind: MessageKind, message: SimpleNamespace, question_id: Any) -> dict[str, Any]:
        """An answer names the open question; one that came before it answers nothing."""
        if kind is not MessageKind.ANSWER:
            return {}
        asked = self.law.asked.get(question_id)
        return {
            "question-unknown": self.law.open_questions and question_id is None,
            "dates-invalid": asked is not None and message.arrived < asked.asked_at,
        }

    def not_fitting(
        self, kind: MessageKind, message: SimpleNamespace, *, reason: bool, rights: bool, purge: bool
    ) -> dict[str, Any]:
        """What is broken where the case, or what was said, does not bear this kind."""
        law, day = self.law, self.local(message.arrived)
        match kind:
            case MessageKind.NOTHING_TO_DO:
                return {"reason-required": not reason}
            case MessageKind.NEW_REQUEST:
                return {"no-right-identified": not rights}
            case MessageKind.IDENTITY_ANSWER:
                late = law.closed and law.outcome == "unidentified"
                return {
                    "identity-not-asked": not law.doubt or (law.closed and not late),
                    "reason-required": late and not reason,
                }
            case MessageKind.CLARIFICATION_ANSWER:
                asked = None if law.closed else law.clarification
                return {"clarification-not-asked": asked is None, "dates-invalid": asked is not None and day < asked}
            case MessageKind.DISPUTE:
                return {"reason-required": law.closed and not reason, "letter-split": law.closed and law.was_split}
            case MessageKind.WITHDRAWAL if not law.closed:
                pending = [item for item in law.items.values() if item.pending]
                ends = all(item.pending or item.status == "withdrawn" for item in law.items.values())
                unread = [
                    law.messages[each].arrived if each in law.messages else law.claims[each] for each in law.waiting
                ]
                return {
                    "item-effected": any(item.effected for item in pending),
                    "message-unexamined": any(each > message.arrived for each in unread),
                    "evidence-not-purged": ends and self.evidence_left(purge),
                }
            case _:
                return {}

    def follow(self, kind: MessageKind, message: SimpleNamespace) -> None:
        """What follows counts from the day on which the message arrived."""
        law, day = self.law, self.local(message.arrived)
        match kind:
            case MessageKind.IDENTITY_ANSWER:
                self.take_proof(message)
            case MessageKind.CLARIFICATION_ANSWER:
                asked_on, law.clarification = law.clarification, None
                if asked_on is not None and law.hear_answer("clarification", asked_on, self.today):
                    self.enter("question-delayed", "clarification", asked_on)
                law.answer("clarification", day, self.today)
            case MessageKind.DISPUTE if law.closed:
                two_ended = dict.fromkeys(("deceased", "moot", "not-a-request"), "ended")
                ended = {
                    "duplicate": "withdrawn",
                    "forwarded": "withdrawn",
                    "unidentified": "refused",
                    **two_ended,
                }.get(law.outcome or "")
                self.open_again(set(law.undecided(ended)) if ended else set())
                law.reply = True
            case MessageKind.WITHDRAWAL if not law.closed:
                ends = all(item.pending or item.status == "withdrawn" for item in law.items.values())
                for item_id in [item_id for item_id, item in law.items.items() if item.pending]:
                    law.end_item(item_id, "withdrawn", self.today)
                law.run_without_access(day, self.today)
                if ends:
                    law.close("withdrawn", self.today, on=day)
                law.release_ended()

    def take_proof(self, message: SimpleNamespace) -> None:
        """A proof that comes after the end of the question goes on with the suspension, and has a month of its own."""
        law, came_late = self.law, not self.law.in_question
        told_in_time = law.told_unidentified is not None and law.told_unidentified <= law.month_ends(
            self.today, suspended=False
        )
        if law.closed:
            self.open_again(set(law.undecided("refused")))
        if came_late:
            law.identity, law.last_word = "asked", False
        law.evidence[message.key] = self.local(message.arrived)
        answers = law.asked_on is None or self.local(message.arrived) >= law.asked_on
        if answers and law.asked_on is not None and law.hear("identity", law.asked_on, self.today):
            self.enter("question-delayed", "identity", law.asked_on)
        if not came_late:
            return
        asked = [question for question in law.questions if question.kind == "identity"]
        if asked and asked[-1].answered is not None:
            law.questions.append(SimpleNamespace(kind="identity", asked=asked[-1].asked, answered=None))
            law.tell(self.today)
        law.reply = law.reply or told_in_time

    def open_again(self, again: set[str]) -> None:
        law = self.law
        law.closed, law.outcome, law.last_word, law.unidentified_since = False, None, False, self.now
        law.told_unidentified = None
        for item_id in again:
            law.restart(item_id, self.now)
        law.executing = any(i.status in ("granted", "done") for i in law.items.values())
        law.hold_what_expires(self.placed(), self.today)
