"""No stranger's message leaves in the controller's name."""

import email
import email.policy

from dsr.domain.rights import Right
from dsr.worker import Worker
from tests.desk.office import Office

BAIT = "Dear customer, your account is locked. Unlock within 24 h at https://evil.example/unlock -- Callcentre"


def letter_to(office: Office, sender: str) -> str:
    """The acknowledgement of a request by mail that nobody opened."""
    case = office.case_by_mail(office.mail(sender=sender))
    office.desk.triage.register(case, office.call(case), rights=(Right.ACCESS,), direct_marketing=False)
    worker = Worker(office.service)
    while worker.round():
        pass
    [file] = office.outgoing()
    return file.read_text()


def test_a_name_that_is_a_message_is_neither_greeted_nor_written_to(office: Office) -> None:
    raw = letter_to(office, f'"{BAIT}" <target@victim.example>')
    message = email.message_from_string(raw, policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    assert "Dear Sir or Madam," in body.get_content()
    assert "evil" not in raw
    assert "locked" not in raw
    assert message["To"] == "target@victim.example"


def test_a_name_is_greeted(office: Office) -> None:
    assert "Dear Ada Lovelace," in letter_to(office, "Ada Lovelace <ada@example.org>")
