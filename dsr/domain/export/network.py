"""Networks of callers, too coarse to identify a person."""

from ipaddress import IPv6Address, ip_interface, ip_network


def network_of(address: str) -> str:
    """Cut an address or network to /24 (IPv4) or /48 (IPv6), so that it identifies no person; empty if it is
    neither.
    """
    try:
        given = ip_interface(address)
    except ValueError:
        return ""
    if isinstance(given.ip, IPv6Address) and (mapped := given.ip.ipv4_mapped) is not None:
        return network_of(str(mapped))
    longest = 24 if given.version == 4 else 48
    return str(ip_network((given.ip, min(longest, given.network.prefixlen)), strict=False))
