"""The language a letter is written in, so that it can be answered in it (GDPR Art. 12(1))."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # imported lazily with numpy, since most commands read no letter
    from py3langid.langid import LanguageIdentifier

OFFICIAL_LANGUAGES = frozenset(
    {
        "bg",
        "cs",
        "da",
        "de",
        "el",
        "en",
        "es",
        "et",
        "fi",
        "fr",
        "ga",
        "hr",
        "hu",
        "it",
        "lt",
        "lv",
        "mt",
        "nl",
        "pl",
        "pt",
        "ro",
        "sk",
        "sl",
        "sv",
    }
)
"""The official languages of the Union, ISO 639-1."""

JAPANESE = "ja"
"""Letters exist in it too, so it is told apart, by its script; no rights are suggested from it."""

_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
"""Hiragana and katakana, which no other language is written in."""

_SHARE_OF_KANA = 0.2
"""Of the letters of a Japanese text, at least; most have a half."""

_MIN_LETTERS = 12
_MIN_CONFIDENCE = 0.55
_SURE_LENGTH = 80
"""Minimum characters for the identifier to narrow a text down to a few languages."""
_LIKELY = 0.05
_POSSIBLE = 0.001
"""The same for a shorter text. Of 6,000 invented sentences of 25 to 79 characters, 0.3 % were in a language that seemed
less likely.
"""
_POSSIBLE_LENGTH = 25
"""Minimum characters for that."""
_MAX_TEXT = 20_000
_MAX_PASSAGES = 100


@dataclass(frozen=True)
class Languages:
    """The languages of a letter, which may mix several."""

    main: str | None
    """ISO 639-1 code of an official language of the Union, or Japanese; None if the text is too short or unclear."""
    likely: frozenset[str]
    """Every official language that a passage may be written in; all of them for a text of a few words."""


def languages_of(text: str) -> Languages:
    """Identify each passage once: together they give the main language, separately the possible ones."""
    text = text[:_MAX_TEXT]
    share: dict[str, float] = defaultdict(float)
    likely: set[str] = set()
    possible: set[str] = set()
    for passage in _passages(text):
        for code, confidence in _identifier().rank(passage):
            share[code] += confidence * len(passage)
            if confidence >= _LIKELY and len(passage) >= _SURE_LENGTH:
                likely.add(code)
            if confidence >= _POSSIBLE and len(passage) >= _POSSIBLE_LENGTH:
                possible.add(code)
    return Languages(_main(text, share), frozenset(likely or possible) or OFFICIAL_LANGUAGES)


def detect_language(text: str) -> str | None:
    """The language to answer in, see `Languages.main`."""
    return languages_of(text).main


def _main(text: str, share: Mapping[str, float]) -> str | None:
    if sum(map(str.isalpha, text[:200])) < _MIN_LETTERS:
        return None
    if len(_KANA.findall(text)) >= _SHARE_OF_KANA * sum(map(str.isalpha, text)):
        return JAPANESE
    code = max(share, key=share.__getitem__)
    return code if share[code] >= _MIN_CONFIDENCE * sum(share.values()) else None


def _passages(text: str) -> Iterator[str]:
    """Paragraphs, with short ones joined to the next, so that each is long enough to identify."""
    passage = ""
    for paragraph in re.split(r"\n\s*\n", text, maxsplit=_MAX_PASSAGES):
        passage = f"{passage}\n{paragraph}" if passage else paragraph
        if len(passage) >= _SURE_LENGTH:
            yield passage
            passage = ""
    if passage.strip():
        yield passage


@cache
def _identifier() -> "LanguageIdentifier":
    # Loading takes half a second and some megabytes, so it happens with the first letter.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - see above

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(OFFICIAL_LANGUAGES)
    return identifier
