"""What a model was learned from, in one number."""

import hashlib
from pathlib import Path

from dsr.mailbox.learned import embeddings, meaning, pieces, scoring, tuning
from tests.corpora.corpus import FOLDER


def digest(*also: Path) -> str:
    """SHA-256 of everything that decides what is learned: the learning part and the code; and of other files."""
    found = hashlib.sha256()
    for path in (*sorted((FOLDER / "learning").glob("*.txt")), FOLDER / "learn.py", Path(pieces.__file__), *also):
        found.update(path.read_bytes())
    return found.hexdigest()


def digest_of_meaning() -> str:
    """The same of the larger model."""
    read_by = (embeddings, meaning, scoring, tuning)
    return digest(
        *sorted((FOLDER / "weighing").glob("*.txt")),
        FOLDER / "learn_meaning.py",
        FOLDER / "tuning.py",
        *(Path(str(module.__file__)) for module in read_by),
    )
