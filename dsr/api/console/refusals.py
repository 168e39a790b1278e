"""The refusals that the catalogue translates: all that the interface documents."""

from collections.abc import Iterator, Mapping
from functools import cache

from dsr.api.statuses import statuses


def refusals() -> Iterator[str]:
    """The public sentence of each error in the modules imported so far. Some speak to programs, too; their translations
    speak to people alone.
    """
    return (" ".join((error.__doc__ or "").split()) for error in statuses())


@cache
def sentence_of(code: str) -> str:
    """The public sentence of the errors with this code; empty for an unknown code."""
    return _by_code().get(code, "")


def _by_code() -> Mapping[str, str]:
    return {
        error.code: sentence for error, sentence in zip(statuses(), refusals(), strict=True) if hasattr(error, "code")
    }
