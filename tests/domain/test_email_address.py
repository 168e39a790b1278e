"""E-mail addresses: one form for all spellings, and nothing that is not one address."""

import pytest

from dsr.domain.email_address import EmailAddressInvalid, email_address


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" Ada@Example.ORG ", "ada@example.org"),
        ("ada@example.org.", "ada@example.org"),
        ("ada+dsr@b\u00fccher.example", "ada+dsr@xn--bcher-kva.example"),
        ("ada@bu\u0308cher.example", "ada@xn--bcher-kva.example"),
        ("J\u00dcRGEN@example.org", "j\u00fcrgen@example.org"),
        ("o'hara=x@a.example", "o'hara=x@a.example"),
        ("a..b@docomo.example", "a..b@docomo.example"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_spellings_of_one_address_meet_in_one_form(typed: str, stored: str) -> None:
    assert email_address(typed) == stored
    assert email_address(stored) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "x",
        "a@",
        "@b",
        "a@[",
        "a@[192.0.2.1]",
        "a@b@c",
        "a@b.example, c@d.example",
        "Ada <a@b.example>",
        '"a b"@c.example',
        "a@b.example\r\nBcc: c@d.example",
        "a@b\x00",
        "a\x07@b.example",
        "\u200ba@b.example",
        "a@b..example",
        "a@-b.example",
        "=?utf-8?q?x?=@b.example",
        "a" * 65 + "@b.example",
        "a@" + ".".join(["b" * 63] * 4),
        "a\udcff@b.example",
        "a@\udcff.example",
    ],
)
def test_what_is_not_one_address_is_refused_and_not_quoted(typed: str) -> None:
    with pytest.raises(EmailAddressInvalid) as refused:
        email_address(typed)
    assert len(typed) < 2 or typed not in f"{refused.value!r}{refused.value.__cause__!r}"
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@pytest.mark.parametrize("domain", ["stra\u00dfe.example", "\u2488com", "\uff45xample.org"])
def test_a_domain_that_could_be_somebody_elses_is_not_guessed(domain: str) -> None:
    with pytest.raises(EmailAddressInvalid):
        email_address(f"ada@{domain}")
