"""The list of the longest files follows them when they move."""

from collections import Counter
from pathlib import Path

from tests.longest import LONGEST

ROOT = Path(__file__).parent.parent


def test_each_of_the_longest_files_is_there_and_listed_once() -> None:
    assert [file for file in LONGEST if not (ROOT / file).is_file()] == []
    assert max(Counter(LONGEST).values()) == 1
