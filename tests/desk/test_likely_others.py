"""What looks like an address, a number or a name of a person."""

import pytest

from dsr.desk.likely_others import Likeness, found_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Write to dora.o'neill@example.co.uk.", [(Likeness.EMAIL, "neill@example.co.uk")]),
        ("bob@example.org", [(Likeness.EMAIL, "bob@example.org")]),
        ("+49 (0)30 / 123-4567", [(Likeness.PHONE, "+49 (0)30 / 123-4567")]),
        ("0301234567", [(Likeness.PHONE, "0301234567")]),
        ("DE89 3704 0044 0532 0130 00", [(Likeness.IBAN, "DE89 3704 0044 0532 0130 00")]),
        ("DE89 3704 0044 0532 0130 01", []),
        ("Bob Builder", [(Likeness.NAME, "Bob Builder")]),
        ("Müller, Änne", [(Likeness.NAME, "Müller, Änne")]),
        ("Spoke with Frau Krüger today.", [(Likeness.NAME, "Krüger")]),
        ("2026-03-05T10:00:00", []),
        ("05.03.2026", []),
        ("1,234.50", []),
        ("12345678", []),
        ("Rang at 10.", []),
        ("done", []),
        ("", []),
    ],
)
def test_it_is_found_by_its_form(text: str, found: list[tuple[Likeness, str]]) -> None:
    assert [(each.likeness, each.text) for each in found_in(text)] == found
