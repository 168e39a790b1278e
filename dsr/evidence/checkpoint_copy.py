"""A copy of the last checkpoint in a file elsewhere, out of reach of those who can write the database."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from dsr.evidence.checkpoint import Checkpoint
from dsr.evidence.errors import CheckpointCopyUnusable
from dsr.evidence.signed_note import NoteInvalid, SignedNote

_MOST: Final = 64_000
"""Characters read at most: a longer file is no checkpoint."""


class CheckpointCopy:
    """The file of DSR_CHECKPOINT_COPY."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> SignedNote | None:
        """The checkpoint in it; None if there is no file. Raises CheckpointCopyUnusable."""
        try:
            with self._path.open(encoding="utf-8") as file:
                note = SignedNote.parse(file.read(_MOST))
            Checkpoint.parse(note.text)
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError, NoteInvalid) as error:
            raise CheckpointCopyUnusable from error
        return note

    def write(self, note: SignedNote) -> None:
        """Replace it by a checkpoint of a longer log, in one step. Raises CheckpointCopyUnusable.

        Where the path is a link, what it leads to is replaced: a file in place of the link would stand here, and not
        elsewhere.
        """
        held = self.read()
        if held is not None and Checkpoint.parse(held.text).size >= Checkpoint.parse(note.text).size:
            return
        try:
            _replace(self._path.resolve(), str(note))
        except (OSError, RuntimeError) as error:  # RuntimeError: links that lead in a circle
            raise CheckpointCopyUnusable from error


def _replace(path: Path, text: str) -> None:
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
        written = Path(file.name)
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            written.replace(path)
        finally:
            written.unlink(missing_ok=True)
