"""Letters, closing, taking back, reopening: docs/law §3 and §5, and what is late by §2."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from dsr.domain.request.letters import NOTHING_HELD_STATEMENTS, Letter, LetterKind
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right

from .frame import PERIODS, Frame, addressees, back, command, mostly, never, often, seldom, sometimes, when, which
from .handing_over import handed_out, untold
from .item import Item

OWN_LETTER = {right: LetterKind(right.value) for right in Right}
INSTEAD = {"refused": LetterKind.REFUSAL, "ended": LetterKind.ENDING}
"""The letters that say why no action is taken (GDPR Art. 12(4))."""
ABOUT_IDENTITY = {LetterKind.IDENTITY_QUESTION, LetterKind.REMINDER}
RECORDED_ELSEWHERE = {
    LetterKind.EXTENSION,
    LetterKind.FEE,
    LetterKind.LIFTING,
    LetterKind.PASSWORD,
    LetterKind.QUESTION,
    LetterKind.PASSING_ON,
    LetterKind.RECIPIENT_NOTICE,
    LetterKind.RECIPIENT_LIFTING,
    LetterKind.STAFF_WARNING,
}
BESIDE_THE_REQUEST = (LetterKind.REPLY, LetterKind.DISMISSAL, LetterKind.FORWARDING)
"""Letters that leave on a closed case too: they answer no right."""
AFTER_THE_END = (LetterKind.DISMISSAL, LetterKind.FORWARDING)
"""Letters that say how the case ended."""
REFUSING = {"reasons", "provision", "facts", "authority", "judicial-remedy"}

kinds = st.sampled_from([*[LetterKind.REFUSAL, LetterKind.IDENTITY_QUESTION] * 6, *LetterKind])


def decided(item: Item) -> bool:
    return item.status in ("done", "refused", "nothing-held", "ended") and not item.answered


class EndingRules(Frame):
    """Record a letter, close, withdraw, reopen."""

    @when(lambda law: law.some(decided))
    @command(
        which=which,
        fitting=mostly,
        kind=st.sampled_from(LetterKind),
        missing=st.sampled_from([None] * 12 + [0, 0, 1, 2]),
        earlier=back,
        addressee=addressees,
        by=st.sampled_from([Channel.EMAIL, Channel.EMAIL, Channel.POST]),
    )
    def record_answer(
        self,
        *,
        which: int,
        fitting: bool,
        kind: LetterKind,
        missing: int | None,
        earlier: timedelta,
        addressee: AnswerTo,
        by: Channel,
    ) -> None:
        item_id, left = self.item_id(which, decided), self.now - earlier
        item = self.law.items.get(item_id) or Item(Right.RECTIFICATION)
        expected = INSTEAD.get(item.status, OWN_LETTER[item.right])
        kind = expected if fitting else kind
        letter, needed = self.answer_to(item, kind, left, addressee)
        letter = replace(letter, channel=by)
        if missing is not None:
            letter = replace(letter, statements=tuple({*letter.statements} - {needed[missing % len(needed)]}))
        refuses = item.status in INSTEAD or item.parts
        broken = {
            "request-closed": self.law.closed and kind not in BESIDE_THE_REQUEST,
            "subject-deceased": self.law.deceased and kind in BESIDE_THE_REQUEST,
            "item-unknown": item_id not in self.law.items,
            "items-open": item.pending,
            "letter-kind-wrong": item.status == "withdrawn" or kind is not expected,
            "letter-incomplete": missing is not None,
            "password-same-channel": item.offer is not None and item.offer.password_by is by,
            "dates-invalid": left < max(self.law.received_at, item.decided_at or self.law.received_at),
            "authority-missing": not self.law.may_get(addressee, left, self.local(left), {item.right}),
        }
        if self.send("record_answer", broken, item_id, letter=letter):
            item.answered = True
            self.law.reply = False
            if item.offer is not None:
                item.offer.link_by = by
            self.check_lateness(left, refuses=bool(refuses))

    def answer_to(self, item: Item, kind: LetterKind, left: datetime, addressee: AnswerTo) -> tuple[Letter, list[str]]:
        """The letter, and what it has to state, first what it states besides.

        One that refuses a part says all that a refusal says; one with clauses says so, and what was blacked out.
        """
        clauses = [copy for copy in item.copies if copy.clauses]
        besides = {"clauses"} if clauses else set()
        besides |= {"redaction-summary"} if any(copy.redacted for copy in clauses) else set()
        besides |= REFUSING if item.parts else set()
        letter = self.letter(kind, left, addressee, besides=besides)
        needed = {*letter.statements}
        if item.right is Right.PORTABILITY and item.effected and item.offer is None:
            needed -= {"export", "schema"}  # the data went to another controller instead
        if item.status == "nothing-held":
            letter = self.letter(kind, left, addressee, besides=besides | NOTHING_HELD_STATEMENTS)
            needed = besides | NOTHING_HELD_STATEMENTS
        return letter, [*sorted(besides), *sorted(needed - besides)]

    @when(lambda law: law.doubt or law.closed, brings_on=lambda law: law.doubt and not law.closed)
    @command(
        ("record_answer",),
        kind=st.sampled_from(
            [*[LetterKind.REFUSAL, LetterKind.IDENTITY_QUESTION] * 6, *BESIDE_THE_REQUEST, *LetterKind]
        ),
        missing=seldom,
        earlier=back,
        addressee=addressees,
    )
    def record_letter_without_items(
        self, kind: LetterKind, missing: bool, earlier: timedelta, addressee: AnswerTo
    ) -> None:
        law, left = self.law, self.now - earlier
        closed_at = self.case.request.closed_at
        elsewhere = {*RECORDED_ELSEWHERE, *OWN_LETTER.values(), LetterKind.ENDING}
        letter = self.letter(kind, left, addressee)
        if missing:
            letter = self.letter(kind, left, addressee, without=letter.statements[0])
        broken = {
            "subject-deceased": law.deceased and kind in BESIDE_THE_REQUEST,
            "request-closed": law.closed and kind not in BESIDE_THE_REQUEST,
            "identity-not-asked": kind in ABOUT_IDENTITY and not law.in_question,
            "question-not-open": kind is LetterKind.QUESTION_REMINDER and not law.open_questions,
            "clarification-not-asked": kind is LetterKind.CLARIFICATION and law.clarification is None,
            "letter-kind-wrong": kind in elsewhere
            or (kind is LetterKind.DISMISSAL and (law.outcome != "not-a-request" or law.elsewhere))
            or (kind is LetterKind.FORWARDING and law.outcome != "forwarded")
            or (kind is LetterKind.REFUSAL and law.identity != "failed"),
            "letter-incomplete": missing,
            "dates-invalid": left < law.received_at
            or (kind is LetterKind.REFUSAL and left < law.unidentified_since)
            or (kind in AFTER_THE_END and closed_at is not None and left < closed_at),
            "authority-missing": not law.may_get(addressee, left, self.local(left), set()),
        }
        if not self.send("record_answer", broken, letter=letter):
            return
        if kind is LetterKind.REFUSAL:
            law.last_word, law.told_unidentified, law.reply = True, self.local(left), False
            self.check_lateness(left, refuses=True, due=law.month_ends(self.local(left), suspended=False))
        else:
            self.put_question(kind, self.local(left))
            if kind is LetterKind.ACKNOWLEDGEMENT and self.case.news[0].unconfirmed:
                self.enter("answer-sent", "acknowledgement", self.local(left))
            assert not self.case.news[0].late, "it answers nothing"
            assert not self.case.news[0].promise_missed

    def put_question(self, kind: LetterKind, left: date) -> None:
        """Who sent a proof before was asked some other way."""
        law = self.law
        if kind is LetterKind.IDENTITY_QUESTION:
            if "identity" in law.unheard:
                law.unheard.remove("identity")
                law.asked_on, waits = law.put("identity", law.asked_on, left, self.today, counts=self.today)
                self.wait_for_question(waits, "identity", law.asked_on)
            law.question_sent = True
        elif kind is LetterKind.CLARIFICATION and "clarification" in law.unheard:
            law.unheard.remove("clarification")
            law.clarification, waits = law.put("clarification", law.clarification, left, self.today, counts=self.today)
            self.wait_for_question(waits, "clarification", law.clarification)

    def wait_for_question(self, waits: bool, kind: str, day: date | None) -> None:
        """The day of a letter that left by hand waits for somebody else."""
        if waits:
            assert day is not None
            self.enter("question-delayed", kind, day)

    def check_lateness(self, left: datetime, *, refuses: bool, due: Any = None) -> None:
        """A refusal, whole or in part, is due within the un-extended date; what is missed is recorded."""
        day, sent = self.local(left), self.case.news[0]
        stated, entered = (self.lateness(each, refuses=refuses, due=due) for each in (day, self.today))
        months = [self.law.months(count) for count in (1, 3)]
        waits = day < self.today and (
            any(now and not then for then, now in zip(stated, entered, strict=True))
            or any(day <= end < self.today for end in months)
        )
        late, promise_missed = ((now and waits) or then for then, now in zip(stated, entered, strict=True))
        assert (sent.late, sent.promise_missed, sent.unconfirmed) == (late, promise_missed, waits)
        if waits:
            self.enter("answer-sent", "answer", day, refuses=refuses, due=due)

    def lateness(self, day: date, *, refuses: bool, due: Any) -> tuple[bool, bool]:
        statutory, promise, _ = self.law.dates(day)
        due = due or (self.law.month_ends(day) if refuses else statutory)
        return day > due, promise is not None and day > promise

    @when(
        lambda law: law.items and not law.closed and (law.last_word or not law.pending()),
        brings_on=lambda law: not law.some(lambda item: handed_out(item) and item.offer is None),
    )
    @command(unidentified=st.booleans(), purge=often, says_why=mostly)
    def close(self, unidentified: bool, purge: bool, says_why: bool) -> None:
        law, items = self.law, self.law.items.values()
        silent = any(not i.pending and i.status != "withdrawn" and not i.answered for i in items)
        broken = {
            "not-registered": not items,
            "fee-outstanding": law.outstanding(*law.items),
            "evidence-not-purged": self.evidence_left(purge),
            "message-unexamined": law.waiting and (law.can_wait(self.today) or not says_why),
        }
        if unidentified:
            broken |= {
                "no-reasonable-doubt": not law.doubt,
                "identity-unresolved": law.in_question or law.identity == "lapsed",
                "absolute-right": any(i.pending and not i.needs_identity for i in items),
                "items-open": any(i.pending and i.effected for i in items),
                "response-not-sent": not law.last_word or not law.question_sent or silent or law.reply,
            }
        else:
            broken |= {"items-open": law.pending(), "response-not-sent": silent or law.reply}
            broken["password-undelivered"] = untold(law)
        given = {"unidentified": unidentified, "evidence_destroyed": self.purged(purge)}
        if self.send("close", broken, unexamined_reason=self.sealed(says_why), **given):
            law.close("unidentified" if unidentified else self.outcome(), self.today)

    def outcome(self) -> str:
        items = self.law.items.values()
        counted = [item for item in items if item.status not in ("withdrawn", "ended")]
        refused = [item for item in counted if item.status == "refused"]
        ends = {item.end for item in items if item.status == "ended"}
        if not counted and ends:
            return "moot" if "moot" in ends else "not-a-request"
        if not counted:
            return "withdrawn"
        if len(refused) == len(counted):
            return "refused"
        return "partly-fulfilled" if refused or any(item.parts for item in counted) else "fulfilled"

    @when(lambda law: law.pending(), brings_on=never)
    @command(
        named=st.none() | st.lists(which, min_size=1, max_size=2) | st.just([]),
        confirmed=mostly,
        purge=often,
        sure=sometimes,
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
            "item-effected": any(law.items[item_id].effected for item_id in taken),
            "evidence-not-purged": ends and self.evidence_left(purge),
        }
        given = {"confirmed": confirmed, "evidence_destroyed": self.purged(purge)}
        given["item_ids"] = None if named is None else tuple(sorted(chosen))
        if (sure or any(broken.values())) and self.send("withdraw", broken, **given):
            for item_id in taken:
                law.end_item(item_id, "withdrawn", self.today)
            law.run_without_access(self.today, self.today)
            if ends:
                law.close("withdrawn", self.today)
            law.release_ended()

    @when(lambda law: law.closed, brings_on=never)
    @command(named=st.lists(which, max_size=2), reason=mostly)
    def reopen(self, named: list[int], reason: bool) -> None:
        law, chosen = self.law, tuple(dict.fromkeys(self.item_id(n) for n in named))
        broken = {
            "request-open": not law.closed,
            "letter-split": law.closed and law.was_split,
            "reason-required": not reason,
            "item-unknown": not set(chosen) <= set(law.items),
        }
        if self.send("reopen", broken, *chosen, reason=self.sealed(reason), retained=PERIODS):
            again = {*chosen, *(law.undecided("withdrawn") if law.outcome in ("duplicate", "forwarded") else ())}
            if law.outcome == "unidentified" and not chosen:
                again = {*law.undecided("refused")}
            if law.outcome not in ("unidentified", "duplicate", "forwarded") and not chosen:
                again = {*law.undecided("ended")}
            law.closed, law.outcome, law.last_word, law.unidentified_since = False, None, False, self.now
            law.told_unidentified = None
            for item_id in again:
                law.restart(item_id, self.now)
            law.executing = any(i.status in ("granted", "done") for i in law.items.values())
            law.hold_what_expires(self.placed(), self.today)
