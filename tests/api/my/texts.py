"""The texts of the pages, for tests that look for them."""

from dsr.catalogues import Domain, KeyedTexts, keyed


def pages_in(language: str) -> KeyedTexts:
    """By key."""
    return keyed(Domain.PAGES, language)
