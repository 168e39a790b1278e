"""Allowed addresses of transfers: the public internet, and networks named by the operator.

A person verifies a host name, but the owner of its DNS zone decides where it leads. Without this check, a transfer
could be directed to a machine that only this service can reach (OWASP: server-side request forgery).
"""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

from dsr.settings import Network

_NAT64: Final = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")


def is_allowed(address: str, private_networks: Collection[Network]) -> bool:
    """Whether a transfer may go to this address, possibly with an IPv6 scope; False for an invalid one."""
    try:
        found = _unwrapped(ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    return _is_public(found) or any(found.version == each.version and found in each for each in private_networks)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and (address.is_site_local or address in _SIX_TO_FOUR):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address embedded in an IPv6 one, if any."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
