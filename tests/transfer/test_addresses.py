"""A hand-over goes to the public internet, and to networks that the operator named."""

from ipaddress import ip_network

import pytest

from dsr.transfer.addresses import is_allowed


@pytest.mark.parametrize("address", ["1.1.1.1", "203.0.114.9", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_the_public_internet_is_open(address: str) -> None:
    assert is_allowed(address, ())


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104 - an address that is to be refused
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "198.18.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
        "2001:db8::1",
        "fc00::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "no-address",
        "",
    ],
)
def test_everything_else_is_closed(address: str) -> None:
    assert not is_allowed(address, ())


def test_a_network_that_was_named_is_open_and_its_neighbours_are_not() -> None:
    named = (ip_network("10.20.0.0/16"), ip_network("fd00:1::/32"))
    assert all(is_allowed(each, named) for each in ("10.20.3.4", "::ffff:10.20.3.4", "fd00:1::7"))
    assert not any(is_allowed(each, named) for each in ("10.21.0.1", "127.0.0.1", "fd00:2::7"))
