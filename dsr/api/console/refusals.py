"""The refusals that the catalogue translates: all that the interface documents."""

from collections.abc import Iterator

from dsr.api.statuses import statuses


def refusals() -> Iterator[str]:
    """The public sentence of each error in the modules imported so far. Some speak to programs, too; their translations
    speak to people alone.
    """
    return (" ".join((error.__doc__ or "").split()) for error in statuses())
