"""The supervisory authorities of the EEA and the United Kingdom, from the data file beside this module.

To correct one, edit `authorities.json`: letters use its text at the time they are written.
"""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

import msgspec

from dsr.domain.errors import Invalid
from dsr.domain.ropa import Authority


class AuthorityUnknown(Invalid):
    """No supervisory authority has this id. `GET /authorities` lists them."""

    code = "authority-unknown"


def _read() -> dict[str, Authority]:
    content = files(__package__).joinpath("authorities.json").read_bytes()
    return {each.id: each for each in msgspec.json.decode(content, type=tuple[Authority, ...])}


AUTHORITIES: Mapping[str, Authority] = MappingProxyType(_read())
"""By id; federal bodies before those of the regions, countries in order."""


def authority(authority_id: str) -> Authority:
    """Raises AuthorityUnknown."""
    try:
        return AUTHORITIES[authority_id]
    except KeyError:
        raise AuthorityUnknown(authority=authority_id) from None


_SHARED_DOMAINS: Final = frozenset({"llv.li", "om.fi"})
"""Domains that an authority shares with the rest of its administration: there only its own address counts."""


def _domains(each: Authority) -> Iterator[str]:
    """The domains from which the authority writes: that of its address, and that of its site."""
    if each.email:
        yield each.email.casefold().rpartition("@")[2]
    yield (urlsplit(each.web).hostname or "").removeprefix("www.")


_BY_DOMAIN: Final[Mapping[str, Authority]] = MappingProxyType(
    {domain: each for each in reversed(tuple(AUTHORITIES.values())) for domain in _domains(each) if domain}
)
_BY_ADDRESS: Final[Mapping[str, Authority]] = MappingProxyType(
    {each.email.casefold(): each for each in AUTHORITIES.values() if each.email}
)


def authority_of_address(address: str) -> Authority | None:
    """The authority that writes from this mail address; None if it is nobody's of the list (docs/law §13)."""
    wanted = address.casefold()
    domain = wanted.rpartition("@")[2]
    return _BY_ADDRESS.get(wanted) or (None if domain in _SHARED_DOMAINS else _BY_DOMAIN.get(domain))


def authorities_of(country: str) -> tuple[Authority, ...]:
    """All authorities of the country (ISO 3166-1 alpha-2); empty outside the EEA and the UK."""
    return tuple(each for each in AUTHORITIES.values() if each.country == country)
