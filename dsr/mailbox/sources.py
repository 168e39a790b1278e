"""Sources of messages on disk: a file, an mbox, a Maildir, a folder of `.eml` files. Read one message at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dsr.mailbox.errors import SourceUnreadable

_MBOX_START = b"From "


@dataclass(frozen=True)
class RawMessage:
    """One message as stored."""

    label: str
    """File name, with the number of the message for an mbox (`inbox.mbox#3`)."""
    raw: bytes
    """At most `max_bytes` + 1 bytes: a longer message is cut, so that parsing refuses it as too large."""
    internal_date: datetime | None = None
    """When the mail server stored it (IMAP INTERNALDATE); unknown for files."""


@dataclass(frozen=True)
class UnreadableSource:
    """A file that could not be read; others continue."""

    label: str
    error: SourceUnreadable


def read_messages(path: Path, *, max_bytes: int) -> Iterator[RawMessage | UnreadableSource]:
    """Yield every message below `path`, in the order of file names."""
    if path.is_dir():
        for file in _files_in(path):
            yield _read_file(file, file.relative_to(path).as_posix(), max_bytes)
    elif _is_mbox(path):
        yield from _read_mbox(path, max_bytes)
    else:
        yield _read_file(path, path.name, max_bytes)


def count_messages(path: Path) -> int | None:
    """How many messages `read_messages` will yield, or None if that needs reading a whole mbox."""
    if path.is_dir():
        return len(_files_in(path))
    return None if _is_mbox(path) else 1


def _files_in(folder: Path) -> list[Path]:
    """A Maildir's `new` and `cur` (never `tmp`: deliveries under way), else the `.eml` files at any depth."""
    boxes = [folder / name for name in ("new", "cur")]
    if all(box.is_dir() for box in boxes):
        return [file for box in boxes for file in sorted(box.iterdir()) if file.is_file() and file.name[0] != "."]
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() == ".eml" and file.is_file())


def _is_mbox(path: Path) -> bool:
    """Whether the file starts like an mbox; an `.eml` may have one such line too and is still one message."""
    if path.suffix.lower() == ".eml":
        return False
    try:
        with path.open("rb") as file:
            return file.read(len(_MBOX_START)) == _MBOX_START
    except OSError:
        return False


def _read_file(file: Path, label: str, max_bytes: int) -> RawMessage | UnreadableSource:
    try:
        with file.open("rb") as opened:
            return RawMessage(label, opened.read(max_bytes + 1))
    except OSError as error:
        return UnreadableSource(label, SourceUnreadable(errno=error.errno))


def _read_mbox(path: Path, max_bytes: int) -> Iterator[RawMessage | UnreadableSource]:
    """Messages begin at a `From ` line after an empty line; `>From ` inside them loses its `>` (mboxrd)."""
    number, size, lines = 0, 0, list[bytes]()
    after_empty = True
    try:
        with path.open("rb") as file:
            for line in file:
                if after_empty and line.startswith(_MBOX_START):
                    if number:
                        yield RawMessage(f"{path.name}#{number}", _joined(lines))
                    number, size, lines = number + 1, 0, []
                elif size <= max_bytes:
                    kept = _unescaped(line)[: max_bytes + 1 - size]
                    size += len(kept)
                    lines.append(kept)
                after_empty = line in {b"\n", b"\r\n"}
    except OSError as error:
        yield UnreadableSource(path.name, SourceUnreadable(errno=error.errno))
        return
    if number:
        yield RawMessage(f"{path.name}#{number}", _joined(lines))


def _unescaped(line: bytes) -> bytes:
    return line[1:] if line.startswith(b">") and line.lstrip(b">").startswith(_MBOX_START) else line


def _joined(lines: list[bytes]) -> bytes:
    """The message without the empty line that the mbox puts behind it."""
    if lines and lines[-1] in {b"\n", b"\r\n"}:
        lines.pop()
    return b"".join(lines)
