"""Results of our own mail server are read; whatever anybody else wrote into a message is no result."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.mailbox.authentication import AuthenticationResult, authentication_results
from dsr.mailbox.message import parse_message
from dsr.mailbox.own_servers import OwnServers

OWN = OwnServers(frozenset({"mx.callcentre.example"}), frozenset({"mx.callcentre.example"}))
OURS = "from mail.example.org by mx.callcentre.example; Thu, 5 Mar 2026 10:00:00 +0100"
THEIRS = "from laptop by mail.example.org; Thu, 5 Mar 2026 09:59:00 +0100"


def results(*fields: tuple[str, str]) -> list[tuple[str, str, str]]:
    return [(each.method, each.result, each.domain) for each in authentication_results(list(fields), OWN)]


def said(value: str) -> tuple[str, str]:
    return ("authentication-results", value)


def test_methods_results_and_domains_are_read() -> None:
    value = (
        'mx.callcentre.example 1; spf=pass (sender is (really) allowed; "x") smtp.mailfrom=ada@example.org; '
        'dkim = fail reason="bad; signature" header.d=Example.ORG header.b=abc; dmarc=fail header.from=example.org; '
        "iprev=pass policy.iprev=192.0.2.1"
    )
    assert results(said(value)) == [
        ("spf", "pass", "example.org"),
        ("dkim", "fail", "example.org"),
        ("dmarc", "fail", "example.org"),
    ]


@pytest.mark.parametrize(
    "value",
    [
        "mx.evil.example; dmarc=pass",
        "(mx.callcentre.example) mx.evil.example; dmarc=pass",
        "mx.callcentre.example.evil.example; dmarc=pass",
        "mx.callcentre.example; none",
        "mx.callcentre.example; dmarc=brilliant",
        "mx.callcentre.example; x-dmarc=pass",
        "dmarc=pass",
        "",
    ],
)
def test_what_is_not_of_our_server_or_no_result_counts_nothing(value: str) -> None:
    assert results(said(value)) == []


def test_what_was_in_the_message_before_it_reached_us_counts_nothing() -> None:
    """Whoever sends a letter can write our server's name into it (RFC 8601, section 7.1)."""
    forged = said("mx.callcentre.example; dmarc=pass header.from=example.org")
    assert results(("received", OURS), ("received", THEIRS), forged) == []
    assert len(results(("received", OURS), forged, ("received", THEIRS))) == 1


def test_our_server_is_believed_once_and_does_not_contradict_itself() -> None:
    """What stands below its own field, in its name, a sender may have written."""
    true = said("mx.callcentre.example; dmarc=fail header.from=example.org")
    forged = said("mx.callcentre.example; dmarc=pass header.from=example.org; dkim=pass header.d=example.org")
    theirs = said("mx.example.org; dmarc=pass")
    assert results(theirs, true, ("received", OURS), forged) == [("dmarc", "fail", "example.org")]
    assert results(("received", OURS), true, forged) == [("dmarc", "fail", "example.org")]


def test_nothing_is_believed_where_our_servers_write_no_results() -> None:
    silent = OwnServers(stamping=OWN.stamping)
    assert authentication_results([said("mx.callcentre.example; dmarc=fail")], silent) == ()


@pytest.mark.parametrize(
    ("result", "doubtful"),
    [("pass", False), ("none", False), ("neutral", False), ("temperror", False), ("fail", True), ("softfail", True)],
)
def test_a_failure_is_a_reason_to_doubt_and_silence_is_none(result: str, doubtful: bool) -> None:
    assert AuthenticationResult("spf", result, "").is_doubtful is doubtful


def test_a_message_carries_the_results() -> None:
    raw = (
        "Authentication-Results: mx.callcentre.example;\r\n\tspf=softfail smtp.mailfrom=example.org\r\n"
        f"Received: {OURS}\r\nFrom: ada@example.org\r\n\r\nHello.\r\n"
    )
    parsed = parse_message(raw.encode(), own=OWN)
    assert parsed.authentication == (AuthenticationResult("spf", "softfail", "example.org"),)


def test_thousands_of_results_are_not_kept() -> None:
    value = "mx.callcentre.example" + "".join(f"; dkim=fail header.d=d{number}.example" for number in range(5_000))
    assert len(results(*[said(value)] * 50)) <= 20


@given(st.text(max_size=300))
def test_no_field_breaks_the_reading(value: str) -> None:
    found = authentication_results([("received", value), said(value), said(f"mx.callcentre.example;{value}")], OWN)
    assert len(found) <= 20
