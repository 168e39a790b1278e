"""E-mail addresses (RFC 5321, 5322) in the canonical form in which they are stored, compared and used."""

import re
import unicodedata
from typing import Final

from dsr.domain.errors import Invalid

_LOCAL: Final = re.compile(r"(?!.*=\?)[^\s@<>()\[\]\\,;:\"]{1,64}")
"""Without `=?`, which mail programs decode (RFC 2047)."""
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")


class EmailAddressInvalid(Invalid):
    """This is not an e-mail address. Give one such as name@example.org, or leave the field out."""

    code = "email-address-invalid"


def email_address(text: str) -> str:
    """The address in lower case, with its domain in ASCII (IDNA). The text must be one address without a display
    name.

    The local part may hold letters other than a to z (RFC 6531), but no quoted and no invisible characters. A domain
    that IDNA 2003 and 2008 encode differently (`straße.example`) is refused, since a letter could reach somebody else;
    write it in its ASCII form. Raises EmailAddressInvalid, which does not quote the address.
    """
    local, _, domain = unicodedata.normalize("NFC", text.strip().lower().rstrip(".")).partition("@")
    if not _LOCAL.fullmatch(local) or not local.isprintable():
        raise EmailAddressInvalid()
    domain = domain if domain.isascii() else _ascii(domain)
    if not _DOMAIN.fullmatch(domain):
        raise EmailAddressInvalid()
    return f"{local}@{domain}"


def _ascii(domain: str) -> str:
    try:
        encoded = domain.encode("idna")
        same = encoded.decode("idna") == domain
    except UnicodeError:
        same = False
    if not same:
        raise EmailAddressInvalid() from None
    return encoded.decode("ascii")
