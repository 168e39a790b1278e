"""What the model was learned from, in one number."""

import hashlib
from pathlib import Path

from dsr.mailbox.learned import pieces
from tests.corpora.corpus import FOLDER


def digest() -> str:
    """SHA-256 of everything that decides what is learned: the learning half and the code."""
    found = hashlib.sha256()
    for path in (*sorted((FOLDER / "learning").glob("*.txt")), FOLDER / "learn.py", Path(pieces.__file__)):
        found.update(path.read_bytes())
    return found.hexdigest()
