"""Questions about any right, which never stop the clock: docs/law §10."""

from datetime import timedelta
from types import SimpleNamespace

from hypothesis import strategies as st

from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import Channel

from .frame import Frame, addressees, back, command, mostly, never, seldom, when, which


class QuestionRules(Frame):
    """Ask a question, send it, take its answer."""

    @when(lambda law: not law.closed, brings_on=never)
    @command(says=mostly, put_by=st.sampled_from([None, None, Channel.TELEPHONE]), earlier=back)
    def ask_question(self, says: bool, put_by: Channel | None, earlier: timedelta) -> None:
        asked_at, question_id = self.now - earlier, self.made.uuid()
        broken = {
            "reason-required": not says,
            "dates-invalid": asked_at < self.law.received_at or (put_by is None and asked_at < self.now),
        }
        given = {"question_id": question_id, "question": self.sealed(says), "put_by": put_by, "asked_at": asked_at}
        if self.send("ask_question", broken, **given):
            self.law.asked[question_id] = SimpleNamespace(asked_at=asked_at, open=True)

    @when(lambda law: law.asked, brings_on=lambda law: law.open_questions)
    @command(which=which, earlier=back, missing=seldom, addressee=addressees)
    def send_question(self, which: int, earlier: timedelta, missing: bool, addressee: AnswerTo) -> None:
        question_id, left = self.key(which, self.law.asked, self.law.open_questions), self.now - earlier
        broken = self.not_answerable(question_id) | {
            "letter-incomplete": missing,
            "authority-missing": not self.law.may_get(addressee, left, self.local(left), set()),
        }
        if question_id in self.law.asked:
            broken["dates-invalid"] = left < self.law.asked[question_id].asked_at
        letter = self.letter(LetterKind.QUESTION, left, addressee, without="question" if missing else "")
        self.send("send_question", broken, question_id, letter=letter)

    @when(lambda law: law.asked, brings_on=lambda law: law.open_questions)
    @command(which=which, earlier=back, says=mostly)
    def answer_question(self, which: int, earlier: timedelta, says: bool) -> None:
        question_id, came_at = self.key(which, self.law.asked, self.law.open_questions), self.now - earlier
        broken = self.not_answerable(question_id) | {"reason-required": not says}
        if question_id in self.law.asked:
            broken["dates-invalid"] = came_at < self.law.asked[question_id].asked_at
        given = {"answer": self.sealed(says), "answered_at": came_at}
        if self.send("answer_question", broken, question_id, **given):
            self.law.asked[question_id].open = False

    def not_answerable(self, question_id: object) -> dict[str, bool]:
        known = question_id in self.law.asked
        return {
            "question-unknown": not known,
            "question-not-open": known and not self.law.asked[question_id].open,
        }
