"""Outgoing mail as files in a Maildir: a mail server, or a person, takes them from `new` and delivers them."""

import hashlib
import os
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from uuid import uuid4

from dsr.domain.messages import MessageNotSent, OutgoingMessage


class OutgoingMaildir:
    """One folder with `tmp`, `new` and `cur`, for this user only, made when the first mail leaves.

    A file is named by the hash of its Message-ID, so that a mail sent twice before it is taken is one file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: OutgoingMessage) -> None:
        """Write the mail and make it last. Raises MessageNotSent."""
        name = hashlib.sha256(message.message_id.encode()).hexdigest()
        try:
            content = _mail(message)
            for part in ("tmp", "new", "cur"):
                (self._folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
            written = self._folder / "tmp" / f"{name}.{uuid4().hex}"
            try:
                _write(written, content)
                written.replace(self._folder / "new" / name)
            finally:
                with suppress(FileNotFoundError):  # it was moved
                    written.unlink()
            _sync(self._folder / "new")
        except (OSError, ValueError) as error:
            # `None`: the library's errors quote the address.
            raise MessageNotSent() from (error if isinstance(error, OSError) else None)


def _mail(message: OutgoingMessage) -> bytes:
    """Raises ValueError for an address that can't stand in a header."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = message.sender
    mail["To"] = message.recipient
    mail["Subject"] = message.subject
    mail["Date"] = message.written_at
    mail["Message-ID"] = message.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text, cte="quoted-printable")
    mail["Content-Language"] = message.language  # the line before clears what stands on the content
    return mail.as_bytes()


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
