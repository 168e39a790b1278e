"""The mail that brings a one-time code; its words stand in `sign_in_code.toml`, one table for each language."""

import tomllib
from importlib.resources import files
from typing import Final

_WORDS: Final[dict[str, dict[str, str]]] = tomllib.loads(
    files(__package__).joinpath("sign_in_code.toml").read_text(encoding="utf-8")
)

LANGUAGES: Final = tuple(_WORDS)
"""ISO 639-1: in which it can be written, the usual one first."""


def sign_in_code(language: str, *, code: str, reference: str, minutes: int, controller: str) -> tuple[str, str]:
    """Subject and text in one of LANGUAGES; `minutes` is how long the code holds."""
    words = _WORDS[language]
    text = words["text"].format(
        code=f"{code[:4]} {code[4:]}", reference=reference, minutes=minutes, controller=controller
    )
    return words["subject"].format(reference=reference), text
