"""The texts of the pages, for tests that look for them."""

from dsr.catalogues import Domain, KeyedTexts, keyed

IN_BROWSER = ("en", "de", "el", "ja")
"""Languages in which a real browser goes through the pages: long words, another alphabet, and none."""


def pages_in(language: str) -> KeyedTexts:
    """By key."""
    return keyed(Domain.PAGES, language)
