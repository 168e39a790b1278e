"""What a model was learned from, in one number."""

import hashlib
from pathlib import Path

from dsr.mailbox import rules_reader
from dsr.mailbox.learned import embeddings, meaning, model, pieces, scoring, tuning
from tests.corpora.corpus import FOLDER


def digest(*also: Path) -> str:
    """SHA-256 of the learning part and of other files."""
    found = hashlib.sha256()
    for path in (*sorted((FOLDER / "learning").glob("*.txt")), *also):
        found.update(path.read_bytes())
    return found.hexdigest()


def digest_of_linear(*also: Path) -> str:
    """The same of all that decides what the linear model is, and of other files."""
    read_by = (model, pieces, scoring, rules_reader)  # that of the rules has their version
    return digest(
        *sorted((FOLDER / "weighing").glob("*.txt")),
        FOLDER / "learn.py",
        *(Path(str(module.__file__)) for module in read_by),
        *also,
    )


def digest_of_meaning() -> str:
    """The same of the larger model."""
    read_by = (embeddings, meaning, tuning)
    return digest_of_linear(
        FOLDER / "learn_meaning.py", FOLDER / "tuning.py", *(Path(str(module.__file__)) for module in read_by)
    )
