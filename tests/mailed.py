"""Secrets as their holders get them: out of the mail that left last."""

import email
import re
from email.policy import default

from dsr.bootstrap import Service


def mails(service: Service) -> list[str]:
    """The text of every mail in the outgoing folder, the latest last."""
    folder = service.settings.mail_out.folder
    assert folder is not None, "these tests write to a folder"
    files = sorted((folder / "new").glob("*"), key=lambda file: file.stat().st_mtime_ns)
    read = (email.message_from_bytes(file.read_bytes(), policy=default) for file in files)
    bodies = (each.get_body(("plain",)) for each in read)
    return [str(body.get_content()) for body in bodies if body is not None]


def secret_in_mail(service: Service, prefix: str = "dsr_") -> str:
    """Send what is due; the secret in the mail that left last."""
    service.desk.credential_mail.send_due()
    found = re.search(rf"{prefix}[\w-]{{43}}(?![\w-])", mails(service)[-1])
    assert found is not None, "the mail that left last has no such secret"
    return found[0]
