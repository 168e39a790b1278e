"""A Maildir inbox; messages taken in move to its folders `.done` and `.failed` (Maildir++)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from dsr.disk import sync_folder
from dsr.mailbox.inbox.port import Filing, InboxUnavailable, UnreadableWaiting, Waiting

_PARTS: Final = ("tmp", "new", "cur")


class MaildirInbox:
    """Reads `new` and also `cur`, since a message opened in a mail program has arrived too."""

    name = "maildir"

    def __init__(self, folder: Path, *, max_bytes: int, max_head_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._max_head_bytes = max_head_bytes

    @contextmanager
    def open(self) -> Iterator["MaildirInbox"]:
        """Create missing folders. Raises InboxUnavailable."""
        try:
            for folder in (self._folder, *(self._filed(filing) for filing in Filing)):
                for part in _PARTS:
                    (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise InboxUnavailable(errno=error.errno) from None
        yield self

    def messages(self) -> Iterator[Waiting | UnreadableWaiting]:
        """Waiting messages, by time of the file, then by name. Raises InboxUnavailable."""
        yield from self._each(self._lying_in(self._folder))

    def filed(self, filing: Filing, before: datetime) -> Iterator[Waiting | UnreadableWaiting]:
        """Messages that were filed there before this time, which is when the file was last moved. Raises
        InboxUnavailable.
        """
        yield from self._each(self._lying_in(self._filed(filing), before))

    def delete(self, message: Waiting) -> None:
        """Delete the file, durably. Raises InboxUnavailable."""
        file = self._folder / message.handle
        try:
            file.unlink(missing_ok=True)
            sync_folder(file.parent)
        except OSError as error:
            raise InboxUnavailable(errno=error.errno) from None

    def _each(self, files: list[Path]) -> Iterator[Waiting | UnreadableWaiting]:
        for file in files:
            handle = file.relative_to(self._folder).as_posix()
            try:
                yield self._read(file, handle)
            except FileNotFoundError:
                continue  # another worker, or a mail program, was faster
            except OSError:
                yield UnreadableWaiting(handle)

    def file_away(self, message: Waiting, filing: Filing) -> bool:
        """Move a message within the file system, atomically and durably. Raises InboxUnavailable."""
        source = self._folder / message.handle
        target = self._filed(filing) / "cur" / _seen(source.name)
        try:
            # An existing name belongs to a repeated delivery of the same message: both are kept.
            number = 0
            while target.exists():
                number += 1
                target = target.with_name(_seen(f"{number}-{source.name}"))
            source.rename(target)
            for folder in (target.parent, source.parent):
                sync_folder(folder)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise InboxUnavailable(errno=error.errno) from None
        return True

    def _lying_in(self, folder: Path, before: datetime | None = None) -> list[Path]:
        """The messages in the folder, those from before a time if given."""
        found = []
        try:
            for part in ("new", "cur"):
                for file in (folder / part).iterdir():
                    if file.name[0] == ".":
                        continue
                    try:
                        facts = file.stat()
                    except FileNotFoundError:
                        continue  # taken meanwhile
                    if before is None or facts.st_ctime < before.timestamp():
                        found.append((facts.st_mtime_ns, file.name, file))
        except OSError as error:
            raise InboxUnavailable(errno=error.errno) from None
        return [file for _, _, file in sorted(found)]

    def _read(self, file: Path, handle: str) -> Waiting:
        with file.open("rb") as opened:
            facts = os.fstat(opened.fileno())
            is_whole = facts.st_size <= self._max_bytes
            raw = opened.read() if is_whole else _head(opened.read(self._max_head_bytes))
        return Waiting(handle, raw, facts.st_size, is_whole, datetime.fromtimestamp(facts.st_mtime, UTC))

    def _filed(self, filing: Filing) -> Path:
        return self._folder / f".{filing}"


def _head(raw: bytes) -> bytes:
    """The header fields, as far as read."""
    ends = [end + len(mark) for mark in (b"\n\n", b"\r\n\r\n") if (end := raw.find(mark)) >= 0]
    return raw[: min(ends)] if ends else raw


def _seen(name: str) -> str:
    """The file's name in `cur`, where the flag `S` means seen."""
    return name if ":2," in name else f"{name}:2,S"
