"""The supervisory authorities of the EEA and the United Kingdom, from the data file beside this module.

To correct one, edit `authorities.json`: letters use its text at the time they are written.
"""

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

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


def authorities_of(country: str) -> tuple[Authority, ...]:
    """All authorities of the country (ISO 3166-1 alpha-2); empty outside the EEA and the UK."""
    return tuple(each for each in AUTHORITIES.values() if each.country == country)
