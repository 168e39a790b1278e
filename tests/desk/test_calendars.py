"""Stored calendars are compared with what is known of public holidays today (docs/law §14)."""

from datetime import date
from uuid import UUID

import pytest
from click.testing import CliRunner

from dsr.cli import main
from dsr.desk.calendars import CorrectedDay
from dsr.desk.caller import Call
from dsr.desk.replay import replay
from dsr.domain.request.calendar_correction import CalendarUnchanged
from dsr.domain.rights import Right
from dsr.ropa import EXAMPLE
from dsr.settings import Settings
from tests.catalogue.deadlines import NO_EASTER_MONDAY
from tests.desk.office import Office

EASTER_MONDAY = date(2026, 4, 6)


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


def corrected(office: Office) -> UUID:
    """A case of 5 March whose statutory date was moved from the Tuesday to the Monday after Easter."""
    request_id = office.registered(Right.ACCESS)
    office.desk.ropa.adopt(NO_EASTER_MONDAY, Call(office.ann))
    office.desk.calendars.correct(request_id, office.call(request_id), reason="The holiday was abolished.")
    return request_id


def test_the_handler_sees_old_and_new_dates_before_the_calendar_is_corrected(office: Office) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    same = office.desk.calendars.preview(request_id, office.ann)
    assert (same.days, same.stored) == ((), same.corrected)
    # when
    office.desk.ropa.adopt(NO_EASTER_MONDAY, Call(office.ann))
    # then
    preview = office.desk.calendars.preview(request_id, office.ann)
    assert (preview.calendar_version, preview.ropa_version) == (1, 2)
    assert preview.days == (CorrectedDay("callcentre-de", EASTER_MONDAY, counts_as_holiday=True),)
    assert (preview.stored.statutory_due, preview.corrected.statutory_due) == (date(2026, 4, 7), EASTER_MONDAY)
    assert office.case(request_id).clock.deadline == preview.stored, "nothing moves until somebody says so"


def test_a_corrected_case_is_listed_no_more_and_its_explanation_says_who_corrected_what(office: Office) -> None:
    request_id = corrected(office)
    assert list(office.desk.calendars.cases()) == []
    explained = office.desk.deadlines.explain(request_id, office.ann, as_of=None)
    [step] = [each for each in explained.steps if each.rule == "calendar-corrected"]
    assert "ann corrected the calendar" in step.detail
    assert "No public holiday any more: 2026-04-06." in step.detail
    assert explained.deadline.statutory_due == EASTER_MONDAY


def test_a_calendar_is_corrected_once_for_each_change_of_it(office: Office) -> None:
    request_id = corrected(office)
    with pytest.raises(CalendarUnchanged):
        office.desk.calendars.correct(request_id, office.call(request_id), reason="Once more.")


def test_each_date_is_audited_by_the_calendar_that_counted_then(office: Office) -> None:
    request_id = corrected(office)
    office.desk.triage.reassign(
        request_id, office.call(request_id), controller_id="callcentre-fr", reason="Lyon.", received_on=None
    )
    found = replay(office.service.database, office.service.log)
    assert found.wrong_dates == ()


def test_the_command_lists_by_language_the_texts_that_it_lacks(
    settings: Settings, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law: docs/law §14."""
    # given
    for name, value in (
        ("DSR_HOME", str(settings.home)),
        ("DSR_DATABASE_URL", settings.database_url),
        ("DSR_KEYS_URL", settings.keys_url),
    ):
        monkeypatch.setenv(name, value)
    assert "de" not in office.desk.ropa.gaps(), "the example is complete"
    german, example = "      de: Qualitätsbewertung\n", EXAMPLE.read_text(encoding="utf-8")
    assert german in example
    office.desk.ropa.adopt(example.replace(german, "").encode(), Call(office.ann))
    # when, then
    [place] = office.desk.ropa.gaps()["de"]
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(main, ["ropa", "check"])
    assert place in shown.output
    assert shown.exit_code == 0, "a text that is lacking is quoted in English"
