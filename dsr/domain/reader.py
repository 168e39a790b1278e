"""Port for a reader of letters: which rights a text asks for, and what a message in a thread is.

A reader suggests; a person decides (docs/law §9). It gets one text at a time, remembers none, and sends none anywhere.
"""

from dataclasses import dataclass
from typing import Final, Protocol

from dsr.domain.errors import Unavailable
from dsr.domain.request.message import LikelyKind, LikelyRight, ReaderNote
from dsr.domain.rights import Right

MAX_TEXT: Final = 60_000
"""Characters of a text that a reader gets; what stands behind them is not read."""


class ReaderUnavailable(Unavailable):
    """The reader of letters gave no usable answer (`reason`), so there is no new suggestion. Earlier suggestions stand;
    read the message yourself. The operator should check the program that DSR_READER names.
    """

    code = "reader-unavailable"


@dataclass(frozen=True)
class ToRead:
    """What a reader gets of a message."""

    text: str
    """With quoted earlier messages, which a reader tells apart; at most `MAX_TEXT` characters."""
    subject: str
    language: str
    """ISO 639-1, empty where it could not be told."""
    in_thread: bool
    """Whether it belongs to a case that was there before it."""
    has_attachment: bool


@dataclass(frozen=True)
class Passage:
    """A sentence that made a suggestion: characters of the text, the end excluded."""

    right: Right
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """What a reader makes of a text. Percentages are whole numbers from 0 to 100."""

    model: str
    """Name and version of the reader: another version may read the same text differently."""
    asks: int
    """How likely the text asks for anything at all."""
    rights: tuple[LikelyRight, ...]
    """Each right once; those that are not likely enough to be suggested too, where the reader ranks them."""
    passages: tuple[Passage, ...] = ()
    kinds: tuple[LikelyKind, ...] = ()
    """For a message in a thread: what it may be, each kind once."""
    notes: tuple[ReaderNote, ...] = ()


class Reader(Protocol):
    """Port: reads one text."""

    def read(self, message: ToRead) -> Reading:
        """Read the text, in bounded time. The same version of a reader reads the same text alike.

        Raises ReaderUnavailable.
        """

    def close(self) -> None:
        """Release what the reader holds."""
