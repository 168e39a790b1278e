"""Letters with a question to the person say what the handler asks, and nothing of a clock (docs/law §10)."""

import pytest

from dsr.desk.caller import Call
from dsr.domain.dispatch.errors import LetterPartFixed
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.questions import QuestionUnknown
from dsr.domain.rights import Right
from dsr.letters.fields import FreeText
from tests.desk.dispatching.letters import Letters
from tests.desk.office import Office


def test_the_letter_asks_what_the_handler_asks_and_says_nothing_of_a_clock(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ERASURE)
    office.desk.questions.ask(request_id, office.call(request_id), question="Which of your three accounts?")
    (question_id,) = office.case(request_id).questions
    text = letters.read(letters.write(request_id, LetterKind.QUESTION, concerns=str(question_id))).text
    assert "Which of your three accounts?" in text
    assert "without an answer we will go on with what we know" in text
    assert "time limit" not in text


def test_the_reminder_names_the_day_on_which_the_letter_left(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ERASURE)
    office.desk.questions.ask(request_id, office.call(request_id), question="Which of your three accounts?")
    (question_id,) = office.case(request_id).questions
    office.clock.advance(days=1)
    letters.released(request_id, LetterKind.QUESTION, concerns=str(question_id))
    letters.drain()
    office.clock.advance(days=7)
    text = letters.read(letters.write(request_id, LetterKind.QUESTION_REMINDER, concerns=str(question_id))).text
    assert "On 6 March 2026 we asked you this" in text
    assert "Which of your three accounts?" in text


def test_the_person_reads_at_my_and_in_the_reminder_what_the_letter_asked(office: Office, letters: Letters) -> None:
    """What a handler took out of the letter, such as a name, stood on the page of the person all the same."""
    request_id = office.registered(Right.ERASURE)
    office.desk.questions.ask(request_id, office.call(request_id), question="Is it the account of Bert?")
    (question_id,) = office.case(request_id).questions
    dispatch_id = letters.write(request_id, LetterKind.QUESTION, concerns=str(question_id))
    with pytest.raises(LetterPartFixed):
        letters.desk.edit(dispatch_id, Call(office.ann), statements={"question": FreeText("Which account?")})
    # another question takes its place
    letters.desk.discard(dispatch_id, Call(office.ann), reason="It names somebody else.")
    office.desk.questions.ask(request_id, office.call(request_id), question="Which account?")
    *_, question_id = office.case(request_id).questions
    dispatch_id = letters.write(request_id, LetterKind.QUESTION, concerns=str(question_id))
    # a translation says the same
    translated = FreeText("Which account?", english="Which account do you mean?")
    letters.desk.edit(dispatch_id, Call(office.ann), statements={"question": translated})
    letters.release(dispatch_id)


def test_a_letter_with_a_question_is_about_a_question_of_the_case(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ERASURE)
    with pytest.raises(QuestionUnknown):
        letters.write(request_id, LetterKind.QUESTION)


def test_an_acknowledgement_says_that_a_question_waits(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ERASURE)
    office.desk.questions.ask(request_id, office.call(request_id), question="Which of your three accounts?")
    text = letters.read(letters.write(request_id, LetterKind.ACKNOWLEDGEMENT)).text
    assert "We also have a question for you" in text
