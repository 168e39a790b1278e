"""Letters are read in a process of its own, so that a reader that hangs, crashes or talks nonsense harms nothing else.

The process reads one JSON object per line and answers each with one (docs/integrating.md). It is started with the first
letter, goes on to the next, and is killed when it does not answer in time. Run as `python -m
dsr.mailbox.reader_process`, this module is the built-in one.
"""

import os
import resource
import select
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from threading import Lock
from time import monotonic
from typing import Final

import msgspec

from dsr.domain.reader import Reader, ReaderUnavailable, Reading, ToRead

BUILT_IN: Final = (sys.executable, "-m", "dsr.mailbox.reader_process")

SECONDS: Final = 30.0
"""Longest time for one letter, with the start of the process: generous, since the machine may be busy."""

MAX_ANSWER: Final = 1024 * 1024
"""Bytes of an answer."""

MAX_MODEL: Final = 64
"""Characters of the name and version of a reader."""

CERTAIN: Final = 100
"""Percent."""

_MEMORY: Final = 1024 * 1024 * 1024
"""Address space of the built-in one."""

WARMING: Final = "Please send me a copy of my data under Article 15 GDPR."
"""The reader reads this letter before its limits hold. It cites an article, and so loads all that any letter needs: the
rules, and numpy, which the limit of memory would keep from loading.
"""

_ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1"}
"""One thread for numpy: a letter is small, and on a busy machine several threads would mostly wait for each other."""

_encode: Final = msgspec.json.Encoder().encode
_answer: Final = msgspec.json.Decoder(Reading)
_task: Final = msgspec.json.Decoder(ToRead)


class ReaderProcess:
    """A reader behind the pipes of a process. Safe to share between threads, which wait for each other."""

    def __init__(self, command: Sequence[str] = BUILT_IN, *, seconds: float = SECONDS) -> None:
        self._command = command
        self._seconds = seconds
        self._lock = Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def read(self, message: ToRead) -> Reading:
        """Raises ReaderUnavailable, with one of the reasons `not-started`, `too-slow`, `ended`, `answer-too-long` and
        `answer-invalid`; the next letter starts the process afresh.
        """
        with self._lock:
            try:
                line = self._ask(_encode(message) + b"\n", until=monotonic() + self._seconds)
                return _checked(line, message)
            except BaseException:
                self._end()
                raise

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            try:
                self._child = subprocess.Popen(  # noqa: S603 - the operator's command, with nothing of the letter on it
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,  # a traceback would quote the letter
                    env=_ONE_THREAD
                    | {name: value for name, value in os.environ.items() if not name.startswith("DSR_")},
                )
            except OSError:
                raise ReaderUnavailable(reason="not-started") from None
            for pipe in (self._child.stdin, self._child.stdout):
                assert pipe is not None  # noqa: S101 - asked for above
                os.set_blocking(pipe.fileno(), False)
        return self._child

    def _ask(self, question: bytes, *, until: float) -> bytes:
        child = self._running()
        assert child.stdin is not None  # noqa: S101 - a pipe, as above
        assert child.stdout is not None  # noqa: S101
        into, out, answer = child.stdin.fileno(), child.stdout.fileno(), bytearray()
        while not answer.endswith(b"\n"):
            left = until - monotonic()
            ready = select.select([out], [into] if question else [], [], max(left, 0))
            if left <= 0 or not (ready[0] or ready[1]):
                raise ReaderUnavailable(reason="too-slow")
            try:
                if ready[1]:
                    question = question[os.write(into, question) :]
                if ready[0]:
                    answer += (got := os.read(out, 65_536))
                    if not got:
                        raise ReaderUnavailable(reason="ended")
            except BrokenPipeError:
                raise ReaderUnavailable(reason="ended") from None
            if len(answer) > MAX_ANSWER:
                raise ReaderUnavailable(reason="answer-too-long")
        return bytes(answer)

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            with child:  # closes its pipes and waits for its end
                pass


def _checked(line: bytes, message: ToRead) -> Reading:
    """The answer, if it can be one. Raises ReaderUnavailable."""
    try:
        reading = _answer.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ReaderUnavailable(reason="answer-invalid") from None
    percents = [reading.asks, *(each.percent for each in reading.rights), *(each.percent for each in reading.kinds)]
    named = Counter[str](
        [*(each.right for each in reading.rights), *(each.kind for each in reading.kinds), *reading.notes]
    )
    if (
        not 0 < len(reading.model) <= MAX_MODEL
        or not reading.model.isprintable()
        or any(not 0 <= each <= CERTAIN for each in percents)
        or any(number > 1 for number in named.values())
        or any(not 0 <= each.start < each.end <= len(message.text) for each in reading.passages)
        or (reading.kinds and not message.in_thread)
    ):
        raise ReaderUnavailable(reason="answer-invalid")
    return reading


def serve(reader: Reader) -> None:
    """Answer each line of the standard input, until it ends."""
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(_encode(reader.read(_task.decode(line))) + b"\n")
        sys.stdout.buffer.flush()


def serve_built_in(*, embeddings: bool = False) -> None:
    """Answer each line of the input by the built-in reader, within limits of memory.

    Raises EmbeddingsMissing, EmbeddingsChanged.
    """
    from dsr.mailbox.learned.reader import LearnedReader  # noqa: PLC0415 - the parent needs no model

    model = None
    if embeddings:
        from dsr.mailbox.learned.meaning import shipped_with_meaning  # noqa: PLC0415 - most have no such extra

        model = shipped_with_meaning()
    reader = LearnedReader(model)
    reader.read(ToRead(WARMING, "", "en", in_thread=False, has_attachment=False))
    limits = {resource.RLIMIT_CORE: 0, resource.RLIMIT_AS: _MEMORY}
    if not stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode):  # somebody who tries it may keep the answers in a file
        limits[resource.RLIMIT_FSIZE] = 0
    for kind, most in limits.items():
        resource.setrlimit(kind, (most, most))
    with suppress(BrokenPipeError, KeyboardInterrupt):
        serve(reader)


if __name__ == "__main__":
    serve_built_in()
