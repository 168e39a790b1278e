"""Names that strangers give themselves, such as the name beside the address of a mail."""

import re
import unicodedata
from typing import Final

_LONGEST: Final = 60
_WORDS: Final = 8
_SIGNS: Final = frozenset(" .,'’-‐‑–·()&")
_DOMAIN: Final = re.compile(r"[^\W\d_]{2,}\.[^\W\d_]{2,}|\bwww\b", re.IGNORECASE)


def name_or_nothing(claimed: str) -> str:
    """The name in one line, if it looks like one of a person or firm; otherwise nothing.

    Letters greet by it and leave in the controller's name. So it must carry no message of a stranger: no address, no
    number, no sentence.
    """
    name = " ".join(claimed.split())
    is_name = (
        len(name) <= _LONGEST
        and len(name.split()) <= _WORDS
        and all(sign in _SIGNS or unicodedata.category(sign)[0] in "LM" for sign in name)
        and any(sign.isalpha() for sign in name)
        and _DOMAIN.search(name) is None
    )
    return name if is_name else ""
