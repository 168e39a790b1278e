"""A copy of the last checkpoint in a file elsewhere, out of reach of those who can write the database."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from dsr.disk import sync_folder
from dsr.evidence.checkpoint import Checkpoint
from dsr.evidence.errors import CheckpointCopyMissing, CheckpointCopyUnusable
from dsr.evidence.signed_note import NoteInvalid, SignedNote

_MOST: Final = 64_000
"""Characters read at most: a longer file is no checkpoint."""


class CheckpointCopy:
    """The file of DSR_CHECKPOINT_COPY.

    A mark at home says that the file was written there once. If the mark is there and the file is not, a share may not
    be mounted. A new file would then lie on this machine, where an attacker who can write the database may replace it
    too.
    """

    def __init__(self, path: Path, *, mark: Path | None = None) -> None:
        """`mark` None: a file that is gone is made anew."""
        self._path = path
        self._mark = mark

    def read(self) -> SignedNote | None:
        """The checkpoint in it; None if it was never written. Raises CheckpointCopyMissing, CheckpointCopyUnusable."""
        try:
            with self._path.open(encoding="utf-8") as file:
                note = SignedNote.parse(file.read(_MOST))
            Checkpoint.parse(note.text)
        except FileNotFoundError:
            if self._was_written():
                raise CheckpointCopyMissing from None
            return None
        except (OSError, UnicodeDecodeError, NoteInvalid) as error:
            raise CheckpointCopyUnusable from error
        return note

    def write(self, note: SignedNote) -> None:
        """Replace it by a checkpoint of a longer log, in one step.

        Raises CheckpointCopyMissing, CheckpointCopyUnusable.

        If the path is a link, the file that it leads to is replaced: a file in place of the link would lie on this
        machine, and not elsewhere.
        """
        held = self.read()
        if held is not None and Checkpoint.parse(held.text).size >= Checkpoint.parse(note.text).size:
            return
        try:
            _replace(self._path.resolve(), str(note))
            if self._mark is not None and not self._was_written():
                _replace(self._mark, str(self._path))
        except (OSError, RuntimeError) as error:  # RuntimeError: links that lead in a circle
            raise CheckpointCopyUnusable from error

    def _was_written(self) -> bool:
        """Whether it was written at this place before."""
        try:
            return self._mark is not None and self._mark.read_text(encoding="utf-8") == str(self._path)
        except FileNotFoundError:
            return False


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
    sync_folder(path.parent)
