"""The mail that tells a member of staff what waits for them."""

from datetime import UTC, date, datetime

import pytest

from dsr.domain.matter import MatterDate, MatterDue
from dsr.domain.rights import Right
from dsr.domain.telling import WaitKind
from dsr.letters import LANGUAGES, ToldWait, telling_text
from dsr.letters.sentences import CODED
from dsr.letters.telling import SHOWN

CONSOLE = "https://dsr.example/console"
CODES = ["new", *(each for each in WaitKind if each not in ("date", "message", "letter", "matter")), *CODED["warning"]]


def told(number: int = 0, says: str = "new", due: date | None = date(2026, 4, 4)) -> ToldWait:
    reference = f"DSR-{number:04}"
    return ToldWait(reference, (Right.ACCESS,), due, says, f"{CONSOLE}/cases/{reference}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_that_may_wait(language: str) -> None:
    text = telling_text(
        language, [told(number, says) for number, says in enumerate(CODES)], console="", regime="eu-gdpr"
    )
    assert str(len(CODES)) in text.subject
    assert all(f"DSR-{number:04}" in text.body for number in range(len(CODES)))


def test_a_case_stands_there_once_with_all_that_waits_and_the_earliest_first() -> None:
    later, no_date = told(2, due=date(2026, 5, 1)), told(3, due=None)
    text = telling_text("en", [no_date, later, told(1), told(1, "approval"), told(1)], console="", regime="uk-gdpr")
    assert text.subject == "Waiting for you: 3"
    assert text.body.split("\n\n")[1:4] == [
        "DSR-0001 · Art. 15 UK GDPR · 4 April 2026\nThis came in, and nobody has examined it yet.\n"
        f"A proposal waits for a second person to decide it.\n{CONSOLE}/cases/DSR-0001",
        f"DSR-0002 · Art. 15 UK GDPR · 1 May 2026\nThis came in, and nobody has examined it yet.\n{later.page}",
        f"DSR-0003 · Art. 15 UK GDPR\nThis came in, and nobody has examined it yet.\n{no_date.page}",
    ]


def test_a_long_list_is_cut_and_counted() -> None:
    text = telling_text("en", [told(number) for number in range(1000)], console=CONSOLE, regime="eu-gdpr")
    assert text.subject == "Waiting for you: 1,000"
    assert text.body.count("DSR-") == 2 * SHOWN
    assert f"Not listed here: 950\n{CONSOLE}" in text.body


def test_the_date_of_a_matter_is_said_with_its_hour() -> None:
    ends_at = datetime(2026, 7, 4, 9, tzinfo=UTC)
    on = MatterDate(
        due=MatterDue.NOTIFY, on=date(2026, 7, 4), ends_at=ends_at, latest_on=None, source="", warn_at=ends_at
    )
    one = ToldWait("M-7KQ4", (), on.on, "matter", "", matter_date=on, missed=True, zone="Europe/Berlin")
    text = telling_text("en", [one], console="", regime="eu-gdpr")
    assert "Nobody recorded by 4 July 2026, 11:00" in text.body
