"""A plain reply, and the reasons of a dismissal, leave by the ordinary dispatch (docs/law §10; GDPR Art. 12(4))."""

import pytest

from dsr.desk.caller import Call
from dsr.domain.request.errors import LetterIncomplete
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import DismissalKind
from dsr.letters.fields import FreeText
from tests.desk.dispatching.letters import Letters
from tests.desk.office import Office

REPLY = {"reply": FreeText("Our shop in Lyon is open until six.")}


def test_a_plain_reply_names_no_remedies_and_leaves_as_often_as_one_writes(office: Office, letters: Letters) -> None:
    request_id = office.arrived()
    first = letters.released(request_id, LetterKind.REPLY, statements=REPLY)
    letters.released(request_id, LetterKind.REPLY, statements=REPLY)
    assert letters.drain().sent == 2
    text = letters.read(first).text
    assert "until six" in text
    assert "complaint" not in text
    assert [event.letter.kind for event in office.events("request.answer-sent")] == [LetterKind.REPLY] * 2


def test_a_plain_reply_leaves_on_a_closed_case(office: Office, letters: Letters) -> None:
    request_id = office.arrived()
    office.desk.triage.dismiss(request_id, office.call(request_id), kind=DismissalKind.QUESTION, reason="Opening hours")
    dispatch_id = letters.released(request_id, LetterKind.REPLY, statements=REPLY)
    letters.drain()
    assert letters.show(dispatch_id)["unrecorded"] is None
    assert office.case(request_id).is_closed


def test_the_reasons_of_a_dismissal_name_the_remedies_by_themselves(office: Office, letters: Letters) -> None:
    request_id = office.arrived()
    office.desk.triage.dismiss(request_id, office.call(request_id), kind=DismissalKind.QUESTION, reason="Opening hours")
    draft = letters.write(request_id, LetterKind.DISMISSAL)
    assert letters.show(draft)["missing"] == ["reasons"]
    with pytest.raises(LetterIncomplete):
        letters.release(draft)
    letters.desk.edit(draft, Call(office.ann), statements={"reasons": FreeText("You ask when our shop opens.")})
    letters.release(draft)
    letters.drain()
    text = letters.read(draft).text
    assert "when our shop opens" in text
    assert "right to lodge a complaint with a supervisory authority" in text
    assert "right to go to court" in text
    assert "Opening hours" not in text, "the note on the dismissal was written for the file"
    assert letters.show(draft)["unrecorded"] is None
