"""Whoever reads the messages of a request is told where the request may stand in an attachment (docs/law §9)."""

from email import message_from_bytes, policy
from typing import Any

import pytest

from dsr.desk.messages import Entered
from dsr.domain.request.values import Channel
from tests.desk.office import ACCESS_TEXT, Office

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
SHORT = "Dear Sir or Madam,\n\nplease find my letter attached.\n\nKind regards\nAda Lovelace"


def hints(office: Office, request_id: Any) -> list[bool]:
    return [each["read_attachment"] for each in office.desk.messages.of_case(request_id, office.ann)]


def mail(office: Office, text: str, *, attached: bool) -> bytes:
    message: Any = message_from_bytes(office.mail(text), policy=policy.default)
    if attached:
        message.add_attachment(PDF, maintype="application", subtype="pdf", filename="request.pdf")
    raw: bytes = message.as_bytes()
    return raw


@pytest.mark.parametrize(
    ("text", "attached", "hinted"),
    [("", True, True), (SHORT, True, True), (SHORT, False, False), (f"{ACCESS_TEXT} {ACCESS_TEXT}", True, False)],
)
def test_a_mail_with_hardly_a_word_beside_its_attachment_is_hinted_at(
    office: Office, text: str, attached: bool, hinted: bool
) -> None:
    before = office.events("request.personal-data-disclosed")
    assert hints(office, office.case_by_mail(mail(office, text, attached=attached))) == [hinted]
    assert office.events("request.personal-data-disclosed") == before, "nobody was shown a word"


def test_a_letter_that_was_entered_as_a_file_is_hinted_at(office: Office) -> None:
    request_id = office.arrived()
    entered = Entered(Channel.POST, office.clock.now(), "en", content=PDF, media_type="application/pdf")
    office.desk.messages.enter(request_id, office.call(request_id), entered=entered)
    assert hints(office, request_id) == [False, True]


def test_what_was_forgotten_gives_no_hint(office: Office) -> None:
    request_id = office.case_by_mail(mail(office, "", attached=True))
    office.desk.repository.keystore.destroy(list(office.case(request_id).keys.values()))
    assert hints(office, request_id) == [False]
