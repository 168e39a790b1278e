"""Formal letters with nothing in them but what such letters hold, as people copy them: `dull_letters.txt`.

Each begins with a line `## ` that names its language and the right that it cites.
"""

from pathlib import Path

from dsr.domain.rights import Right


def dull_letters() -> list[tuple[str, Right, str]]:
    """Of each letter its language, the right that it cites, and its text."""
    found = []
    for part in Path(__file__).with_suffix(".txt").read_text("utf-8").split("## ")[1:]:
        heading, _, text = part.partition("\n")
        language, right = heading.split()
        found.append((language, Right(right), text.strip()))
    return found
