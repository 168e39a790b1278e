"""Some letters as they leave, to the last sign: a change of wording is seen by who reviews it."""

import pytest

from .make_golden import FOLDER, LETTERS, letters


@pytest.mark.parametrize(
    "name", [f"{kind}.{language}.{form}" for kind, language in LETTERS for form in ("txt", "html")]
)
def test_a_letter_leaves_as_it_was_reviewed(name: str) -> None:
    assert letters()[name] == (FOLDER / name).read_text(encoding="utf-8")


def test_no_golden_letter_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(letters())
