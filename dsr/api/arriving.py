"""A request on its way: whether enough of it has come to give it a thread.

A process has few threads, so none of them waits for a head, or for a small body: a client that sends a byte now and
then holds a socket, and delays no other client. A body that is larger than what is kept here is read by the thread
that answers, at a rate that `server` demands.
"""

import re
from typing import Final

HEAD_SECONDS: Final = 15.0
"""For the whole head of a request; and again for the beginning of its body, whatever its rate."""

SLOWEST: Final = 4096
"""Bytes of a body in a second, on average after its first seconds."""

MOST_HEAD: Final = 64 * 1024
MOST_BODY: Final = 64 * 1024
"""Bytes of a body that are waited for; no route that anybody may use takes more."""

_HEAD_ENDS: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"\r\nContent-Length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\nTransfer-Encoding:[^\r\n]*chunked", re.IGNORECASE)
_EXPECTS: Final = re.compile(rb"\r\nExpect:[ \t]*100-continue", re.IGNORECASE)
_LAST_CHUNK: Final = b"\r\n0\r\n"


class HeadTooLarge(Exception):
    """The head is longer than any that is served."""


class Arriving:
    """The bytes of one request that have come so far."""

    def __init__(self, received: bytes, *, at: float) -> None:
        """`at`: seconds of a monotonic clock, as in `add`."""
        self._bytes = bytearray()
        self._body_begins: int | None = None
        self._head_at = 0.0
        self._length: int | None = None
        self._begun = at
        self.waits_for_go_ahead = False
        """The sender waits for `100 Continue` before it sends the body; nobody else has to say so then."""
        self.add(received, at=at)

    @property
    def received(self) -> bytes:
        """All bytes so far."""
        return bytes(self._bytes)

    @property
    def ends_at(self) -> float:
        """When the sender was too slow."""
        if self._body_begins is None:
            return self._begun + HEAD_SECONDS
        return self._head_at + HEAD_SECONDS + self._come / SLOWEST

    def add(self, received: bytes, *, at: float) -> None:
        """Take what came. Raises HeadTooLarge."""
        looked = max(0, len(self._bytes) - len(_HEAD_ENDS))
        self._bytes += received
        if self._body_begins is not None:
            return
        end = self._bytes.find(_HEAD_ENDS, looked)
        if end < 0:
            if len(self._bytes) > MOST_HEAD:
                raise HeadTooLarge
            return
        self._body_begins, self._head_at = end + len(_HEAD_ENDS), at
        head = bytes(self._bytes[: self._body_begins])
        length = _LENGTH.search(head)
        self._length = 0 if length is None else int(length[1])
        if _CHUNKED.search(head):
            self._length = None
        if _EXPECTS.search(head) and not self.is_enough:
            self.waits_for_go_ahead = True
            self._bytes[: self._body_begins] = _EXPECTS.sub(b"", head)
            self._body_begins -= len(head) - len(_EXPECTS.sub(b"", head))

    @property
    def is_enough(self) -> bool:
        """Whether a thread may take it on: whole, or with a body too large to wait for."""
        if self._body_begins is None:
            return False
        if self._length is None:
            return self._come > MOST_BODY or self._bytes.find(_LAST_CHUNK, self._body_begins - 2) >= 0
        return self._length > MOST_BODY or self._come >= self._length

    @property
    def _come(self) -> int:
        """Bytes of the body so far."""
        return 0 if self._body_begins is None else len(self._bytes) - self._body_begins
