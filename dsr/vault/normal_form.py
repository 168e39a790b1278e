"""Normal forms of identifiers, so that different spellings match.

A false match is worse than a missed one, since it shows a case to a handler who looks for another person. So only
differences without meaning are removed.
"""

import re
import unicodedata
from contextlib import suppress
from enum import StrEnum


class IndexPurpose(StrEnum):
    """Kinds of identifiers in the blind index; each is hashed under a key of its own."""

    EMAIL = "email"
    """An e-mail address."""
    PHONE = "phone"
    """A telephone number."""
    NAME = "name"
    """A name."""
    IDENTIFIER = "identifier"
    """A customer, contract or staff number."""
    BOUNCED_EMAIL = "bounced-email"
    """An address from which a letter of the case was returned for good."""


def normal_form(purpose: IndexPurpose, value: str) -> str:
    """The normal form to hash; empty if nothing is left that could identify anyone.

    E-mail: NFKC, white space at the ends and case removed (the local part too: no provider gives two people addresses
    that differ in case), domain in ASCII form (xn--); dots and +tags stay, since their meaning depends on the provider.
    Phone: digits alone, without a leading 00 and an inserted (0), so +49 (0)30 and 0049 30 meet; a national number is
    left unchanged. Name: NFKC, no case, no accents, no punctuation, words in alphabetical order, so "Müller, Anna" and
    "anna muller" meet. Identifier: NFKC, no case, letters and digits alone.
    """
    text = unicodedata.normalize("NFKC", value).strip()
    match purpose:
        case IndexPurpose.EMAIL | IndexPurpose.BOUNCED_EMAIL:
            return _email(_caseless(text))
        case IndexPurpose.PHONE:
            return _phone(text)
        case IndexPurpose.NAME:
            bare = "".join(c for c in unicodedata.normalize("NFKD", _caseless(text)) if not unicodedata.combining(c))
            return " ".join(sorted(re.findall(r"[^\W_]+", _caseless(bare))))
        case IndexPurpose.IDENTIFIER:
            return "".join(re.findall(r"[^\W_]+", _caseless(text)))


def _caseless(text: str) -> str:
    """Case removed; normalised again, since folding can undo the normal form."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _email(address: str) -> str:
    local, at, domain = address.rpartition("@")
    with suppress(UnicodeError):  # not a host name, but possibly the same text as in another message
        domain = domain.rstrip(".").encode("idna").decode("ascii")
    return f"{local}{at}{domain}"


def _phone(number: str) -> str:
    without_trunk_zero = re.sub(r"\(\s*0\s*\)", "", number)
    digits = "".join(str(unicodedata.digit(c)) for c in without_trunk_zero if c.isdecimal())
    return digits.removeprefix("00")
