"""The worked examples, by the domain alone."""

import tomllib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from dsr.domain.deadlines import Explanation, ExtensionTooLate, WorkingCalendar

EXAMPLES = tomllib.loads((Path(__file__).parent / "worked_examples.toml").read_text())["example"]


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: row["name"])
def test_worked_example(
    row: dict[str, Any], explained: Callable[..., Explanation], calendar_of: Callable[[str], WorkingCalendar]
) -> None:
    # given
    received_on = calendar_of(row["country"]).local_date(datetime.fromisoformat(row["received"]))
    # when
    deadline = explained(
        received_on.isoformat(), row["country"], *row.get("paused", ()), extended_at=row.get("extended_at")
    ).deadline
    # then
    assert deadline.received_on == row["received_on"]
    assert deadline.statutory_due == row["statutory_due"]
    assert deadline.promise_due == row.get("promise_due")
    assert deadline.effective_due == row["effective_due"]
    assert deadline.operational_due == row["operational_due"]
    assert deadline.suspended_days == row["suspended_days"]
    assert deadline.extended is ("extended_at" in row)
    assert not deadline.provisional


def test_the_effective_date_ends_at_local_midnight_after_a_clock_change(explained: Callable[..., Explanation]) -> None:
    deadline = explained("2026-03-29", "DE").deadline
    assert deadline.effective_ends_at == datetime.fromisoformat("2026-04-28T22:00:00Z")


def test_extension_is_refused_one_minute_after_the_month(explained: Callable[..., Explanation]) -> None:
    with pytest.raises(ExtensionTooLate) as refusal:
        explained("2026-03-10", "FR", extended_at="2026-04-10T22:01:00Z")
    assert refusal.value.code == "extension-too-late"
