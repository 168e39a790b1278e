"""The reference of a matter for people: as random and as easy to read out as that of a case (`M-7KQ4-M2XN`)."""

from dsr.domain.request.reference import new_reference


def new_matter_reference() -> str:
    """Return a new reference. The caller checks that it is not taken yet."""
    return "M" + new_reference().removeprefix("DSR")
