"""A letter greets a stranger by the name they give, unless the name is a message."""

import pytest

from dsr.domain.claimed_name import name_or_nothing


@pytest.mark.parametrize(
    "name",
    [
        "Ada Lovelace",
        "J.R.R. Tolkien",
        "María del Carmen de la Cruz y García-López",
        "O’Brien, Seán",
        "Dr. Zoë Müller (Kanzlei)",
        "Ελένη Παπαδοπούλου",
        "Ђорђе Ћирић",
        "山田太郎",
        "أحمد بن محمد",
        "Smith & Sons",
    ],
)
def test_a_name_is_taken(name: str) -> None:
    assert name_or_nothing(f"  {name} ") == name


@pytest.mark.parametrize(
    "name",
    [
        "Dear customer, your account is locked. Unlock within 24 h at https://evil.example/unlock -- Callcentre",
        "evil.example",
        "visit www evil",
        "ada@example.org",
        "Call 0900 123456",
        "Your account is locked and will be deleted very soon",
        "A" * 61,
        "Win now!",
        "<b>Ada</b>",
        "...",
        "",
    ],
)
def test_a_message_is_no_name(name: str) -> None:
    assert name_or_nothing(name) == ""
