"""The reference of a case for people: random, unguessable, easy to read out (`DSR-7KQ4-M2XN`).

The alphabet of 30 characters leaves out 0, 1, I, L and O, which are misread, and U; eight characters carry 39.2 bits.
"""

import re
import secrets
from collections.abc import Callable, Sequence

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

_GROUP = f"[{ALPHABET}]{{4}}"
REFERENCE = re.compile(f"DSR-{_GROUP}-{_GROUP}")
"""The one form that is stored and shown; use `fullmatch`."""

_DASH = "[\\s\\-_.:\u00a0\u2010-\u2015\u2212]{0,3}"
_SIGNS = rf"{_DASH}({_GROUP}){_DASH}({_GROUP})(?![A-Z0-9])"
_OF_CASE = re.compile(rf"(?<![A-Z0-9])DSR{_SIGNS}", re.IGNORECASE | re.ASCII)
_OF_MATTER = re.compile(rf"(?<![A-Z0-9])M{_SIGNS}", re.IGNORECASE | re.ASCII)


def new_reference(choose: Callable[[Sequence[str]], str] = secrets.choice) -> str:
    """Return a new reference. The caller checks that it is not taken yet."""
    signs = "".join(choose(ALPHABET) for _ in range(8))
    return f"DSR-{signs[:4]}-{signs[4:]}"


def find_references(text: str) -> tuple[str, ...]:
    """References in the text, in stored form, in order, each once; accepts any case, dashes and spaces."""
    found = (f"DSR-{first}-{second}".upper() for first, second in _OF_CASE.findall(text))
    return tuple(dict.fromkeys(found))


def find_matter_references(text: str) -> tuple[str, ...]:
    """The same of matters."""
    found = (f"M-{first}-{second}".upper() for first, second in _OF_MATTER.findall(text))
    return tuple(dict.fromkeys(found))


def reference_in(typed: str) -> str | None:
    """The typed reference in stored form, also without its `DSR`; None unless it is exactly one."""
    references = find_references(typed) or find_references(f"DSR {typed}")
    return references[0] if len(references) == 1 else None
