"""`dsr deadline`: the contract of the command line."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dsr.cli import main

ROWS = Path(__file__).parents[1] / "domain" / "deadlines" / "worked_examples.toml"
EXAMPLES = tomllib.loads(ROWS.read_text(encoding="utf-8"))["example"]
GERMAN = ("--received", "2026-03-02T10:00:00+01:00", "--country", "DE")


def deadline(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["deadline", *arguments])


def answered(*arguments: str) -> dict[str, Any]:
    result = deadline(*arguments, "--json")
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: row["name"])
def test_worked_example_on_the_command_line(row: dict[str, Any]) -> None:
    # given
    arguments = ["--received", row["received"], "--country", row["country"]]
    for paused in row.get("paused", ()):
        arguments += ["--paused", paused]
    if "extended_at" in row:
        arguments += ["--extended-at", row["extended_at"]]
    # when
    answer = answered(*arguments)
    # then
    assert answer["regime"] == "eu-gdpr"
    for field in ("received_on", "statutory_due", "effective_due", "operational_due"):
        assert answer[field] == row[field].isoformat()
    assert answer["promise_due"] == (row["promise_due"].isoformat() if "promise_due" in row else None)
    assert answer["suspended_days"] == row["suspended_days"]
    assert answer["extended"] is ("extended_at" in row)
    assert all(set(step) == {"rule", "source", "detail", "result"} for step in answer["steps"])


def test_a_notice_that_leaves_too_late_prints_its_code_and_exits_3() -> None:
    arguments = ("--received", "2026-03-10T10:00:00+01:00", "--country", "FR", "--extended-at", "2026-04-10T22:01Z")
    for json_or_not in ([], ["--json"]):
        result = deadline(*arguments, *json_or_not)
        assert result.exit_code == 3
        assert json.loads(result.stdout) == {"code": "extension-too-late"}
        assert "Answer the request instead" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([*GERMAN, "--regime", "us-ccpa"], "regime-unknown"),
        (["--received", "2026-03-02T10:00:00Z", "--country", "US"], "regime-unknown"),
        ([*GERMAN, "--paused", "identity:2026-03-01:2026-03-04"], "suspension-before-receipt"),
        ([*GERMAN, "--paused", "identity:2026-03-05:2026-03-04"], "suspension-inverted"),
        ([*GERMAN, "--extended-at", "2026-03-01T10:00:00Z"], "extension-before-receipt"),
        (["--received", "2999-03-02T10:00:00Z", "--country", "DE"], "calendar-exhausted"),
        ([*GERMAN, "--as-of", "9999-12-31"], "calendar-exhausted"),
    ],
)
def test_what_a_rule_refuses_exits_3_with_its_code(arguments: list[str], code: str) -> None:
    result = deadline(*arguments, "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (3, {"code": code})


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--country", "DE"],
        ["--received", "2026-03-02T10:00:00Z"],
        ["--received", "2026-03-02T10:00:00", "--country", "DE"],
        ["--received", "2026-03-02", "--country", "DE"],
        ["--received", "yesterday", "--country", "DE"],
        ["--received", "2026-02-30T10:00:00Z", "--country", "DE"],
        ["--received", "9999-12-31T23:59:59-14:00", "--country", "DE"],
        ["--received", "0001-01-01T00:00:00+14:00", "--country", "DE"],
        ["--received", "2026-03-02T10:00:00Z", "--country", "ZZ"],
        ["--received", "2026-03-02T10:00:00Z", "--country", "AQ", "--regime", "eu-gdpr"],
        [*GERMAN, "--zone", "Europe/Atlantis"],
        [*GERMAN, "--extended-at", "2026-03-10T10:00:00"],
        [*GERMAN, "--paused", "identity"],
        [*GERMAN, "--paused", "identity:2026-03-03"],
        [*GERMAN, "--paused", "identity::"],
        [*GERMAN, "--paused", "identity:2026-03-03:soon"],
        [*GERMAN, "--paused", "holiday:2026-03-03:2026-03-04"],
        [*GERMAN, "--paused", "fee:2026-03-03:2026-03-04"],
        [*GERMAN, "--paused", "identity:2026-03-03:2026-03-04:2026-03-05"],
        [*GERMAN, "--fee", "2026-03-03"],
        [*GERMAN, "--as-of", "2026-03-02T10:00:00Z"],
        [*GERMAN, "--colour", "red"],
    ],
)
def test_bad_input_exits_2_and_prints_nothing_for_programs(arguments: list[str]) -> None:
    result = deadline(*arguments, "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Usage:")


def test_the_day_of_arrival_is_the_local_one() -> None:
    assert answered("--received", "2026-03-28T23:30:00Z", "--country", "DE")["received_on"] == "2026-03-29"
    in_the_canaries = ("--received", "2026-03-28T23:30:00Z", "--country", "ES", "--zone", "Atlantic/Canary")
    assert answered(*in_the_canaries)["received_on"] == "2026-03-28"


def test_a_new_year_that_has_begun_in_one_zone_only() -> None:
    assert answered("--received", "2026-12-31T23:30:00Z", "--country", "RO")["received_on"] == "2027-01-01"
    assert answered("--received", "2027-01-01T00:30:00+02:00", "--country", "PT")["received_on"] == "2026-12-31"


def test_britain_answers_under_its_own_regime_and_america_under_the_one_it_names() -> None:
    assert answered("--received", "2026-03-02T10:00:00Z", "--country", "GB")["regime"] == "uk-gdpr"
    american = answered("--received", "2026-03-02T10:00:00-05:00", "--country", "US", "--regime", "eu-gdpr")
    assert (american["regime"], american["zone"]) == ("eu-gdpr", "America/New_York")


def test_in_britain_the_month_runs_from_the_payment_of_the_fee() -> None:
    british = ("--received", "2026-03-02T10:00:00Z", "--country", "GB")
    assert answered(*british, "--fee", "2026-03-03:2026-03-16")["statutory_due"] == "2026-04-16"


def test_an_open_question_is_provisional_as_of_the_day_of_asking() -> None:
    answer = answered(*GERMAN, "--paused", "identity:2026-03-03:", "--as-of", "2026-03-10")
    assert answer["provisional"] is True
    assert answer["effective_due"] == "2026-04-08"
    assert answer["certain_effective_due"] == "2026-04-01"


def test_without_as_of_no_fact_is_hidden_by_the_present_day() -> None:
    far = ("--received", "2090-03-02T10:00:00Z", "--country", "DE", "--paused", "identity:2090-03-03:")
    assert answered(*far, "--extended-at", "2090-03-20T10:00:00Z")["extended"] is True
    assert answered(*far, "--extended-at", "2090-03-20T10:00:00Z")["suspended_days"] == 17


def test_what_happened_after_as_of_is_not_known() -> None:
    assert answered(*GERMAN, "--extended-at", "2026-03-20T10:00:00Z", "--as-of", "2026-03-19")["extended"] is False


def test_a_country_in_small_letters_is_understood() -> None:
    assert answered("--received", "2026-03-02T10:00:00Z", "--country", "de")["country"] == "DE"


def test_people_get_the_dates_and_every_step() -> None:
    result = deadline(*GERMAN, "--paused", "identity:2026-03-03:", "--as-of", "2026-03-10")
    assert result.exit_code == 0
    for shown in ("2026-04-09", "2026-04-08", "without the open question", "waiting-for-identity", "operational"):
        assert shown in result.stdout


def test_help_lists_the_command_and_an_unknown_one_exits_2() -> None:
    assert "deadline" in CliRunner().invoke(main, ["--help"]).stdout
    assert CliRunner().invoke(main, ["no-such-command"]).exit_code == 2


def test_it_needs_no_database_web_framework_or_tables_to_answer_a_program() -> None:
    # given
    code = (
        "import sys; from dsr.cli import main; main(sys.argv[1:], standalone_mode=False);"
        "print(sorted({'sqlalchemy', 'flask', 'rich', 'eventsourcing', 'psycopg'} & set(sys.modules)), file=sys.stderr)"
    )
    # when
    done = subprocess.run(
        [sys.executable, "-c", code, "deadline", *GERMAN, "--json"], capture_output=True, text=True, check=True
    )
    # then
    assert json.loads(done.stdout)["effective_due"] == "2026-04-01"
    assert done.stderr.strip() == "[]"
