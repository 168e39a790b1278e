"""What comes back of our own letters: reports go to their letter, loops start nothing, answers join their case."""

from pathlib import Path
from typing import Any

import pytest

from dsr.domain.rights import Right
from dsr.mailbox.inbox import MaildirInbox
from tests.desk.dispatching.letters import Letters
from tests.desk.office import Office


@pytest.fixture
def sent(office: Office, letters: Letters) -> tuple[Any, Any, str]:
    """A case, its acknowledgement that left, and the Message-ID of that."""
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.acknowledged(request_id)
    letters.drain()
    return request_id, dispatch_id, letters.show(dispatch_id)["message_id"]


def read(office: Office, folder: Path, raw: bytes) -> dict[str, int]:
    (folder / "new").mkdir(parents=True)
    (folder / "new" / "1.host").write_bytes(raw)
    inbox = MaildirInbox(folder, max_bytes=200_000, max_head_bytes=10_000)
    return dict(office.desk.inbox.read(inbox).counts)


def test_a_report_of_a_letter_that_did_not_arrive_goes_to_the_letter(
    office: Office, letters: Letters, sent: Any, tmp_path: Path
) -> None:
    _, dispatch_id, message_id = sent
    report = (
        "From: MAILER-DAEMON@example.org\nTo: privacy@callcentre.example\nSubject: Undelivered\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.example.org\n\n"
        "Final-Recipient: rfc822; ada@example.org\nAction: failed\nStatus: 5.1.1\n"
        f"\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {message_id}\n--b--\n"
    )
    assert read(office, tmp_path / "box", report.encode()) == {"bounce": 1}
    assert letters.show(dispatch_id)["state"] == "bounced"


def test_our_own_letter_that_comes_back_starts_nothing(office: Office, sent: Any, tmp_path: Path) -> None:
    message_id, before = sent[2], office.names()
    back = office.mail(sender="privacy@callcentre.example", message_id=message_id, Auto_Submitted="auto-replied")
    assert read(office, tmp_path / "box", back) == {"automatic": 1}
    assert office.names() == before


def test_an_answer_to_our_letter_joins_its_case(office: Office, sent: Any) -> None:
    request_id, _, message_id = sent
    outcome = office.receive(office.mail("When will you answer me?", In_Reply_To=message_id))
    assert (outcome.outcome, outcome.request_id) == ("follow-up", request_id)


def test_a_person_who_uses_our_message_id_is_not_taken_for_our_letter(office: Office, sent: Any) -> None:
    outcome = office.receive(office.mail(message_id=sent[2], Auto_Submitted="no"))
    assert outcome.outcome == "received"
