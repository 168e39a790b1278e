"""Lines of the process log: their form, and the id of the piece of work that each belongs to.

A line holds ids, codes and numbers, never personal data. The id of a request comes from the proxy or is made here. It
is not stored in events, since these stay for ever and a stranger may choose the id. The line of access names the
positions of the events that a request appended; the lines of policies name the event and the letter, and those of
letters theirs.
"""

import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final
from uuid import uuid4

JSON: Final = "json"
TEXT: Final = "text"

_GIVEN: Final = re.compile(r"[0-9a-fA-F-]{16,64}")
"""Ids as proxies and tracing make them, and no word in which a name could stand."""

_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass
class Work:
    """One HTTP request, or another piece of work."""

    work_id: str
    positions: list[int] = field(default_factory=list)
    """The events that it appended."""

    @property
    def events(self) -> str:
        """The first and the last of them, as a line names them; `-` without any."""
        if not self.positions:
            return "-"
        first, last = min(self.positions), max(self.positions)
        return f"{first}" if first == last else f"{first}-{last}"


_work: ContextVar[Work | None] = ContextVar("dsr_work", default=None)


def begin_work(given: str | None) -> Work:
    """Begin a request in this context, under the given id if it is one, else under a new one."""
    work = Work(given if given is not None and _GIVEN.fullmatch(given) else uuid4().hex)
    _work.set(work)
    return work


def end_work() -> None:
    """What follows in this context belongs to no request."""
    _work.set(None)


def note_appended(positions: Iterable[int]) -> None:
    """Note that the present work appended these events."""
    if (work := _work.get()) is not None:
        work.positions.extend(positions)


def work_id() -> str:
    """The id of the present work; `-` outside any."""
    work = _work.get()
    return "-" if work is None else work.work_id


class TextForm(logging.Formatter):
    """A line of text: time, process, part, level, id of the work, message."""

    converter = time.gmtime  # type: ignore[assignment]  # the library's own idiom

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(process)d %(name)s %(levelname)s %(work)s %(message)s", _TIME)

    def format(self, record: logging.LogRecord) -> str:
        """The library's hook, called in the thread that logs."""
        record.work = work_id()
        return super().format(record)


class JsonForm(logging.Formatter):
    """A line of JSON: the same, and the fields of a line of access by name."""

    converter = time.gmtime  # type: ignore[assignment]  # as above

    def format(self, record: logging.LogRecord) -> str:
        """The library's hook, called in the thread that logs."""
        line: dict[str, Any] = {
            "time": self.formatTime(record, _TIME),
            "process": record.process,
            "logger": record.name,
            "level": record.levelname,
            "request_id": work_id(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        return json.dumps(line, ensure_ascii=False)


def form_of(kind: str) -> logging.Formatter:
    """The form of this kind, `text` or `json`."""
    return JsonForm() if kind == JSON else TextForm()


def log_to_stderr(kind: str) -> Callable[[], None]:
    """Write what this program logs to standard error; return a function that ends that."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(form_of(kind))
    ours, level = logging.getLogger("dsr"), logging.getLogger("dsr").level
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    # The driver tells of connections that are gone; whoever used one tells too, and says what for.
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)

    def end() -> None:
        ours.removeHandler(handler)
        ours.setLevel(level)

    return end


class Seldom:
    """Lets one line through per span of time and subject, and counts those that it holds back."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._now = now
        self._lock = Lock()
        self._last: dict[str, tuple[float, int]] = {}

    def held_back(self, subject: str) -> int | None:
        """How many lines on this subject were held back since the last one; None: hold this one back too."""
        with self._lock:
            now, known = self._now(), self._last.get(subject)
            if known is not None and now - known[0] < self._seconds:
                self._last[subject] = known[0], known[1] + 1
                return None
            self._last[subject] = now, 0
            return 0 if known is None else known[1]
