"""What is attached to a mail is handed out part by part out of the kept original, each on record, typed by content."""

from email.message import EmailMessage
from typing import Any

import pytest

from dsr.desk.caller import Call
from dsr.desk.errors import DisclosureUnknown
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.sealed import KeyDestroyed
from tests.desk.office import Office

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"
PROGRAM = b"MZ\x90\x00" + bytes(range(256)) * 20


@pytest.fixture
def mail(office: Office) -> bytes:
    """An HTML page called a picture, a PDF called a program, a program called a PDF, and a mail in the mail."""
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = "ada@example.org", "privacy@callcentre.example", "<1@x>"
    message.set_content("My request for access to my personal data is attached.")
    message.add_attachment(b"<script>alert(1)</script>", maintype="image", subtype="png", filename="Ärger.png")
    message.add_attachment(PDF, maintype="application", subtype="x-msdownload", filename="../../etc/passwd.exe")
    message.add_attachment(PROGRAM, maintype="application", subtype="pdf", filename="letter.pdf")
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "Bob <bob@example.org>", "Inner"
    inner.set_content("Hello.")
    message.add_attachment(inner)
    return message.as_bytes()


def opened(office: Office, request_id: Any, part: int | None) -> Any:
    return office.desk.disclosures.original(
        request_id, Call(office.ann), purpose=DisclosurePurpose.TRIAGE, version=1, part=part
    )


def test_each_part_comes_back_byte_for_byte_and_is_what_its_content_says(office: Office, mail: bytes) -> None:
    request_id = office.case_by_mail(mail)
    page, pdf, program, inner = (opened(office, request_id, part) for part in range(4))
    assert (page.name, page.media_type) == ("Ärger.png", "text/plain")  # never a page that a browser would run
    assert (pdf.name, pdf.media_type, b"".join(pdf.chunks)) == ("passwd.exe", "application/pdf", PDF)
    assert (program.media_type, b"".join(program.chunks)) == ("application/octet-stream", PROGRAM)
    content = b"".join(inner.chunks)
    assert b"Subject: Inner" in content
    assert inner.size == len(content)


def test_the_parts_are_those_that_the_message_lists(office: Office, mail: bytes) -> None:
    request_id = office.case_by_mail(mail)
    shown = office.desk.disclosures.open(
        request_id, office.call(request_id), purpose=DisclosurePurpose.TRIAGE, versions=None
    )
    message: Any = shown.opened[0].fields["message"]
    listed = message["attachments"]
    assert [each["name"] for each in listed] == [opened(office, request_id, part).name for part in range(len(listed))]


def test_each_opening_is_on_record(office: Office, mail: bytes) -> None:
    request_id = office.case_by_mail(mail)
    opened(office, request_id, 1)
    assert office.names()[-1] == "request.personal-data-disclosed"


@pytest.mark.parametrize("part", [4, 10_000])
def test_a_part_that_is_not_there_is_said_and_nothing_is_recorded(office: Office, mail: bytes, part: int) -> None:
    request_id = office.case_by_mail(mail)
    before = office.names()
    with pytest.raises(DisclosureUnknown):
        opened(office, request_id, part)
    assert office.names() == before


def test_what_is_no_mail_has_no_parts(office: Office) -> None:
    with pytest.raises(DisclosureUnknown):
        opened(office, office.arrived(), 0)


def test_no_part_outlives_its_message(office: Office, mail: bytes) -> None:
    request_id = office.case_by_mail(mail)
    [key] = {each.key_id for each in _originals(office, request_id)}
    office.service.keystore.destroy([key])
    with pytest.raises(KeyDestroyed):
        opened(office, request_id, 0)


def _originals(office: Office, request_id: Any) -> list[Any]:
    return [
        each.original for each in office.desk.repository.application.events.get(request_id) if hasattr(each, "original")
    ]
