"""Every letter that leaves in the demo says what the law asks of its kind, in the language of its reader."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from dsr.demo.story import worded
from dsr.domain.request.letters import REQUIRED_STATEMENTS, LetterKind, is_blank
from dsr.mailbox.language import detect_language

LETTERS: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "dsr" / "demo" / "letters.yaml").read_text(encoding="utf-8")
)
IN_PART = ("erasure-fr", "objection-es")
"""Letters that answer an item of which a part was refused."""


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_of_the_demo_states_what_its_kind_demands_and_nothing_blank(name: str) -> None:
    letter = LETTERS[name]
    required = REQUIRED_STATEMENTS[LetterKind(letter["kind"])]
    if name in IN_PART:
        required |= REQUIRED_STATEMENTS[LetterKind.REFUSAL]

    assert required == set(letter["statements"])
    assert not any(map(is_blank, letter["statements"].values()))


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_of_the_demo_is_written_in_the_language_that_it_names(name: str) -> None:
    letter = LETTERS[name]

    assert detect_language(" ".join(map(worded, letter["statements"].values()))) == letter["language"]
