"""Stored calendars are compared with what is known of public holidays today (docs/law §14)."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from dsr.cli import main
from dsr.desk.caller import Call
from dsr.domain.rights import Right
from dsr.settings import Settings
from tests.desk.office import Office

EXAMPLE = (Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml").read_text(encoding="utf-8")
EASTER_MONDAY = date(2026, 4, 6)


def with_days(controller: str, days: str) -> bytes:
    """The example in which this controller has days of its own."""
    place = f"  - id: {controller}\n"
    assert place in EXAMPLE
    return EXAMPLE.replace(place, f"{place}    calendar: {days}\n").encode()


NO_EASTER_MONDAY = with_days("callcentre-de", "{remove: [{day: 2026-04-06, source: A test}]}")


def test_what_is_stored_today_is_what_is_known_today(office: Office) -> None:
    office.registered(Right.ACCESS)
    assert (list(office.desk.calendars.days()), list(office.desk.calendars.cases())) == ([], [])


def test_a_day_that_the_record_corrects_shows_with_the_open_cases_whose_dates_hang_on_it(office: Office) -> None:
    """An abolished holiday left a stored calendar that was late, and nothing said so."""
    # given: a request of 5 March ends on Easter Monday, if that is no holiday; another one does not
    touched = office.registered(Right.ACCESS)
    office.registered(Right.ACCESS, controller_id="callcentre-fr")
    closed = office.registered(Right.ACCESS)
    office.desk.answers.withdraw(closed, office.call(closed), confirmed=True, statement="Forget it.", item_ids=None)
    # when
    office.desk.ropa.adopt(NO_EASTER_MONDAY, Call(office.ann))
    # then
    days = list(office.desk.calendars.days())
    assert ("callcentre-de", EASTER_MONDAY, True) in [(d.controller_id, d.day, d.counts_as_holiday) for d in days]
    assert {each.ropa_version for each in days} == {1}, "the version in force is as it is known"
    [case] = [each for each in office.desk.calendars.cases() if each.request_id == touched]
    assert (case.stored.statutory_due, case.known.statutory_due) == (date(2026, 4, 7), EASTER_MONDAY)
    assert closed not in {each.request_id for each in office.desk.calendars.cases()}


def test_the_command_lists_what_differs_and_exits_1(
    settings: Settings, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    for name, value in (
        ("DSR_HOME", str(settings.home)),
        ("DSR_DATABASE_URL", settings.database_url),
        ("DSR_KEYS_URL", settings.keys_url),
    ):
        monkeypatch.setenv(name, value)
    runner = CliRunner(env={"COLUMNS": "200"})
    assert "All stored calendars are as" in runner.invoke(main, ["ropa", "check"]).output
    office.registered(Right.ACCESS)
    office.desk.ropa.adopt(NO_EASTER_MONDAY, Call(office.ann))
    # when
    shown = runner.invoke(main, ["ropa", "check"])
    # then
    assert shown.exit_code == 1
    assert "2026-04-06" in shown.output
    assert "the dates of 1 open case hang on them" in shown.output
