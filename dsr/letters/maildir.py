"""Outgoing mail as files in a Maildir: a mail server or a person delivers them from `new`."""

import hashlib
import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from dsr.disk import sync_folder
from dsr.domain.messages import MessageInDoubt, OutgoingMessage, TransportUnavailable
from dsr.letters.mime import as_mail


class OutgoingMaildir:
    """A folder with `tmp`, `new` and `cur`, accessible to this user only, created with the first mail.

    A file's name is the hash of its Message-ID, so that a mail sent twice before delivery is one file.
    """

    name = "maildir"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def probe(self) -> None:
        """Look whether a mail can be written, without writing one. Raises TransportUnavailable."""
        folder = next(each for each in (self._folder, *self._folder.parents) if each.exists())
        if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
            raise TransportUnavailable()

    def send(self, message: OutgoingMessage) -> None:
        """Write the mail durably.

        Raises TransportUnavailable; MessageRefused for an invalid address; MessageInDoubt if the file is written but
        the folder can't be synced.
        """
        name = _name_of(message.message_id)
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
            sync_folder(self._folder / "new")
        except OSError as error:
            raise MessageInDoubt() from error

    def discard_taken(self, before: datetime) -> int:
        """Delete mails that were moved to `cur` before this time, and what a crash left in `tmp`; return how many.

        A mail in `new` is not delivered yet. Raises TransportUnavailable.
        """
        count = 0
        try:
            for file in (*self._older("cur", before), *self._older("tmp", before)):
                file.unlink(missing_ok=True)
                count += 1
            if count:
                sync_folder(self._folder / "cur")
        except OSError as error:
            raise TransportUnavailable() from error
        return count

    def discard_letters(self, message_ids: Collection[str]) -> None:
        """Delete mails with these Message-IDs that were moved to `cur`. Raises TransportUnavailable."""
        names = {_name_of(each) for each in message_ids}
        try:
            with suppress(FileNotFoundError):  # no mail was sent yet
                for file in [each for each in (self._folder / "cur").iterdir() if each.name.partition(":")[0] in names]:
                    file.unlink(missing_ok=True)
                sync_folder(self._folder / "cur")
        except OSError as error:
            raise TransportUnavailable() from error

    def waiting_since(self, before: datetime) -> int:
        """How many mails lie in `new` since before this time: nobody delivers them. Raises TransportUnavailable."""
        try:
            return sum(1 for _ in self._older("new", before))
        except OSError as error:
            raise TransportUnavailable() from error

    def _older(self, part: str, before: datetime) -> Iterator[Path]:
        """The files whose last move was before this time."""
        with suppress(FileNotFoundError):  # no mail was sent yet, or a file was taken meanwhile
            for file in sorted((self._folder / part).iterdir()):
                with suppress(FileNotFoundError):
                    if file.stat().st_ctime < before.timestamp():
                        yield file


def _name_of(message_id: str) -> str:
    return hashlib.sha256(message_id.encode()).hexdigest()


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
