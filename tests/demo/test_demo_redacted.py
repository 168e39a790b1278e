"""The demo fails where a package says nothing of what was left out, or says what should have been left out."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from dsr.demo import redacted
from dsr.demo.client import DemoFailed

REASON = "This is personal data of somebody else."
SAID = {
    "name": redacted.NAME,
    "kind": "column",
    "place": redacted.COLUMN,
    "values": 2,
    "reason": REASON,
    "provision": "GDPR Art. 15(4)",
}


def files(**further: str) -> dict[str, bytes]:
    """Of a package as it should be, without the names of employees."""
    kept = [{key: value for key, value in each.items() if key != redacted.COLUMN} for each in redacted.RECORDS]
    found = {"index.html": f"<p>{REASON}</p>", "data/listened.json": json.dumps(kept)} | further
    return {path: text.encode() for path, text in found.items()}


@pytest.fixture
def case() -> Any:
    """Enough of a case for what is told in the end."""
    told: list[str] = []
    return SimpleNamespace(scene=SimpleNamespace(tell=lambda who, what: told.append(f"{who} {what}")), told=told)


def test_what_the_package_says_is_told(case: Any) -> None:
    redacted.told(case, {"redactions": [SAID]}, files())
    assert case.told == [
        f"jana reads that 2 values of `employee` in listened were left out: {REASON} (GDPR Art. 15(4))"
    ]


@pytest.mark.parametrize(
    "further",
    [
        {"index.html": "<p>Nothing was left out.</p>"},
        {"pages/listened.html": "<td>T. Brandt</td>"},
        {"data/listened.json": json.dumps(redacted.RECORDS)},
    ],
    ids=["no reason", "a name on a page", "the column itself"],
)
def test_a_package_that_says_too_little_or_too_much_fails_the_demo(case: Any, further: dict[str, str]) -> None:
    with pytest.raises(DemoFailed):
        redacted.told(case, {"redactions": [SAID]}, files(**further))


@pytest.mark.parametrize("wrong", [{"values": 1}, {"place": "why"}, {"kind": "whole-file"}])
def test_another_redaction_than_was_made_fails_the_demo(case: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(DemoFailed):
        redacted.told(case, {"redactions": [SAID | wrong]}, files())
