"""Texts in several languages: `purpose: {en: …, de: …}` becomes a text in the record's language with translations."""

from typing import Any

from dsr.domain.ropa import RopaProblem, TextTranslations, Wording
from dsr.ropa.schema import TEXT_FIELDS, pointer_of


def by_language(document: Any) -> tuple[Any, tuple[TextTranslations, ...], list[RopaProblem]]:
    """The document with plain texts in its own language, their translations, and what is wrong with them."""
    own = document.get("language") if isinstance(document, dict) else None
    reading = _Reading(own if isinstance(own, str) else "")
    plain = reading.plain(document, ())
    found = tuple(
        TextTranslations(text, tuple(Wording(language, said) for language, said in sorted(others.items())))
        for text, others in reading.translations.items()
    )
    return plain, found, reading.problems


class _Reading:
    """One walk over the document."""

    def __init__(self, own: str) -> None:
        self._own = own
        self.translations: dict[str, dict[str, str]] = {}
        self.problems: list[RopaProblem] = []

    def plain(self, value: Any, path: tuple[str | int, ...]) -> Any:
        if isinstance(value, list):
            return [self.plain(each, (*path, i)) for i, each in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if path and path[-1] in TEXT_FIELDS and all(isinstance(each, str) for each in value.values()):
            return self._text(value, path)
        return {name: self.plain(each, (*path, name)) for name, each in value.items()}

    def _text(self, texts: dict[str, str], path: tuple[str | int, ...]) -> str:
        if not self._own:
            self._problem("language-missing", path, "Say in `language` which language this record is written in.")
        elif self._own not in texts:
            said = f"This text lacks {self._own}, the language of this record: add it."
            self._problem("own-language-missing", path, said)
        own = texts.get(self._own) or next(iter(texts.values()), "")
        known = self.translations.setdefault(own, {})
        for language, text in texts.items():
            if language == self._own:
                continue
            if known.setdefault(language, text) != text:
                said = f"The same text is translated in another way elsewhere in this file: use one in {language}."
                self._problem("translation-ambiguous", (*path, language), said)
        return own

    def _problem(self, code: str, path: tuple[str | int, ...], detail: str) -> None:
        self.problems.append(RopaProblem(code, pointer_of(*path), detail))
