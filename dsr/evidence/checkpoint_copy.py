"""The last checkpoint in a file that stands elsewhere, which whoever can write the database can't rewrite."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from dsr.evidence.checkpoint import Checkpoint
from dsr.evidence.errors import CheckpointCopyUnusable
from dsr.evidence.signed_note import NoteInvalid, SignedNote


class CheckpointCopy:
    """The file of DSR_CHECKPOINT_COPY."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> SignedNote | None:
        """The checkpoint in it; None if there is no file. Raises CheckpointCopyUnusable."""
        try:
            note = SignedNote.parse(self._path.read_text("utf-8"))
            Checkpoint.parse(note.text)
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError, NoteInvalid) as error:
            raise CheckpointCopyUnusable from error
        return note

    def write(self, note: SignedNote) -> None:
        """Replace it, in one step. Raises CheckpointCopyUnusable."""
        try:
            with NamedTemporaryFile("w", encoding="utf-8", dir=self._path.parent, delete=False) as file:
                file.write(str(note))
                file.flush()
                os.fsync(file.fileno())
            Path(file.name).replace(self._path)
        except OSError as error:
            raise CheckpointCopyUnusable from error
