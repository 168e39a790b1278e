"""The text of a checkpoint (C2SP tlog-checkpoint): which log, how many leaves, and the root of the tree over them."""

import base64
from dataclasses import dataclass
from typing import Self

from dsr.evidence.signed_note import NoteInvalid
from dsr.evidence.tree import HASH_BYTES


@dataclass(frozen=True)
class Checkpoint:
    """What was signed of a log."""

    origin: str
    """Unique name of the log, which its key has too."""
    size: int
    """Number of leaves: the position of the last event."""
    root: bytes

    def __str__(self) -> str:
        """The text that is signed, with its last line end."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a note; further lines may extend it. Raises NoteInvalid."""
        lines = text.split("\n")
        if len(lines) < 4 or not lines[0]:
            raise NoteInvalid("a checkpoint has three lines: origin, size, root")
        origin, size, root = lines[:3]
        if not size.isascii() or not size.isdigit() or len(size) > 19 or (size[0] == "0" and size != "0"):
            raise NoteInvalid("the size of a checkpoint is a decimal number")
        try:
            decoded = base64.b64decode(root, validate=True)
        except ValueError:
            raise NoteInvalid("the root of a checkpoint is base64") from None
        if len(decoded) != HASH_BYTES:
            raise NoteInvalid("the root of a checkpoint has 32 bytes")
        return cls(origin, int(size), decoded)
