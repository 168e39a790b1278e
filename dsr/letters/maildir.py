"""Outgoing mail as files in a Maildir: a mail server or a person delivers them from `new`."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from dsr.domain.messages import MessageInDoubt, OutgoingMessage, TransportUnavailable
from dsr.letters.mime import as_mail


class OutgoingMaildir:
    """A folder with `tmp`, `new` and `cur`, accessible to this user only, created with the first mail.

    A file's name is the hash of its Message-ID, so that a mail sent twice before delivery is one file.
    """

    name = "maildir"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: OutgoingMessage) -> None:
        """Write the mail durably.

        Raises TransportUnavailable; MessageRefused for an invalid address; MessageInDoubt if the file is written but
        the folder can't be synced.
        """
        name = hashlib.sha256(message.message_id.encode()).hexdigest()
        content = as_mail(message)
        try:
            for part in ("tmp", "new", "cur"):
                (self._folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
            written = self._folder / "tmp" / f"{name}.{uuid4().hex}"
            try:
                _write(written, content)
                written.replace(self._folder / "new" / name)
            finally:
                with suppress(FileNotFoundError):  # the file was moved
                    written.unlink()
        except OSError as error:
            raise TransportUnavailable() from error
        try:
            _sync(self._folder / "new")
        except OSError as error:
            raise MessageInDoubt() from error


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
