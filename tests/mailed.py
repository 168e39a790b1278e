"""Secrets as their holders get them: out of the mail that left last."""

import email
import re
from email.policy import default

from dsr.bootstrap import Service


def mails(service: Service) -> list[str]:
    """The text of every mail in the outgoing folder, the latest last."""
    return [text for _, text in sorted(_texts(service).values())]


def secret_in_mail(service: Service, prefix: str = "dsr_") -> str:
    """Send all that is due; the secret in the one mail with one."""
    before = _texts(service)
    while service.desk.credential_mail.send_due():
        pass
    new = [text for name, (_, text) in _texts(service).items() if name not in before]
    (found,) = {each for text in new for each in re.findall(rf"{prefix}[\w-]{{43}}(?![\w-])", text)}
    return str(found)


def addressed(service: Service) -> list[tuple[str, str]]:
    """Recipient and text, in one line, of every mail in the outgoing folder, the latest last."""
    folder = service.settings.mail_out.folder
    assert folder is not None, "these tests write to a folder"
    files = sorted((folder / "new").glob("*"), key=lambda file: file.stat().st_mtime_ns)
    parsed = [email.message_from_bytes(file.read_bytes(), policy=default) for file in files]
    return [(each["To"], " ".join(each.get_content().split())) for each in parsed]


def _texts(service: Service) -> dict[str, tuple[int, str]]:
    """Time and text of each mail, by the name of its file."""
    folder = service.settings.mail_out.folder
    assert folder is not None, "these tests write to a folder"
    found = {}
    for file in (folder / "new").glob("*"):
        body = email.message_from_bytes(file.read_bytes(), policy=default).get_body(("plain",))
        assert body is not None
        found[file.name] = (file.stat().st_mtime_ns, str(body.get_content()))
    return found
