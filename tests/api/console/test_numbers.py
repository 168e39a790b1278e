"""Numbers in the console are those of the interface, to the digit."""

import csv
import io
import re
from datetime import date, datetime
from html import unescape
from typing import Any, Final
from zipfile import ZipFile

import pytest
from werkzeug.test import TestResponse

from dsr.api.console.numbers import ANSWERED
from dsr.api.tables import CSV, XLSX, TableCell, table_file
from dsr.domain.request.letters import LetterKind
from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.team import Team
from tests.api.test_matters import complained
from tests.settable_clock import SettableClock
from tests.traffic import counted

NAMES: Final = {
    "callcentre-de": "Callcentre Deutschland GmbH",
    "callcentre-fr": "Callcentre France SAS",
    "callcentre-pl": "Callcentre Polska sp. z o.o.",
}


@pytest.fixture
def carla(team: Team) -> Colleague:
    return signed_in(team, "carla", Role.HANDLER)


def test_every_figure_is_that_of_the_interface(team: Team, carla: Colleague) -> None:
    # given: cases that are answered, missed, open and no requests, and a matter
    team.arrived(received_at="2026-01-20T10:00:00+01:00")
    answered = team.registered("access", received_at="2026-03-01T10:00:00+01:00")
    team.clock.advance(days=8)
    team.search(answered, "access")
    team.done(answered, "items/access/nothing-held", {})
    team.done(answered, "answers", team.letter(LetterKind.ACCESS, "access"))
    team.done(answered, "closing", {})
    team.done(team.arrived(controller_id="callcentre-fr"), "dismissal", {"kind": "question", "reason": "A price."})
    team.registered("access", "erasure", controller_id="callcentre-pl")
    team.mailed()
    complained(team)
    team.service.desk.sweeping.sweep(dry_run=False)
    told = team.get("/statistics").get_json()
    carla.sign_in_with_key()
    # when
    shown = carla.open("/console/numbers").text
    # then
    figures = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", shown))
    assert figures == {
        "Cases": str(told["cases"]),
        "Open": str(told["open"]["number"]),
        "Due within a week": str(told["due_soon"]["number"]),
        "Missed": str(told["missed"]["number"]),
        "Answered in full": str(told["answered"]["in_full"]["number"]),
        "Median": f"{told['answered']['median_days']:g} days",
    }
    for section, part in (("by-right", "by_right"), ("by-controller", "by_controller")):
        assert rows(shown, section) == {
            NAMES[code] if section == "by-controller" else words(code): [
                str(said[each]) for each in ("cases", "open", "closed", "missed")
            ]
            for code, said in told[part].items()
            if said["cases"]
        }
    assert rows(shown, "ended") == {
        words(code): [str(said["number"])] for code, said in told["by_outcome"].items() if said["number"]
    }
    assert rows(shown, "answered") == {
        label: [str(told["answered"][code]["number"]), percent(told["answered"][code])]
        for code, label in ANSWERED.items()
    }
    assert rows(shown, "kinds") == {
        words(code): [*(str(said[each]) for each in ("opened", "open", "missed")), percent(said["in_time"])]
        for code, said in told["matters"].items()
    }
    # then: each kind of figure was there to be compared
    assert (
        told["missed"]["number"] == told["answered"]["in_full"]["number"] == told["matters"]["complaint"]["opened"] == 1
    )
    assert (told["by_outcome"]["fulfilled"]["number"], told["by_outcome"]["not-a-request"]["number"]) == (1, 1)


def rows(shown: str, section: str) -> dict[str, list[str]]:
    """The table of a section, by the headings of its lines."""
    inner = shown.partition(f'<section aria-labelledby="{section}">')[2].partition("</section>")[0]
    lines = re.findall(r'<tr><th scope="row">([^<]+)</th>((?:<td[^>]*>[^<]*</td>)+)', inner)
    return {name: re.findall(r">([^<]*)</td>", cells) for name, cells in lines}


def words(code: str) -> str:
    return code.replace("-", " ").capitalize()


def percent(share: dict[str, Any]) -> str:
    return "–" if share["share"] is None else f"{share['share'] * 100:.1f} %"


def test_files_hold_every_number_by_link_and_by_accept(team: Team, carla: Colleague) -> None:
    # given
    team.registered("access")
    told = team.get("/statistics").get_json()
    # when
    answer = carla.open("/console/numbers.csv")
    # then
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    found = {(each["what"], each["of"]): each["number"] for each in lines}
    assert answer.mimetype == CSV
    assert found["all", "cases"] == str(told["cases"])
    assert found["by_right/access", "open"] == str(told["by_right"]["access"]["open"])
    # then: the same as a program gets it, and in a spreadsheet
    assert team.get("/statistics", headers={"Accept": CSV}).data == answer.data
    for book in (downloaded(carla, "/console/numbers.xlsx"), team.get("/statistics", headers={"Accept": XLSX})):
        assert book.mimetype == XLSX
        assert sheet_of(book.data)[1][:2] == ["all", "cases"]


def downloaded(who: Colleague, path: str) -> TestResponse:
    return who.client.get(path, environ_base={"REMOTE_ADDR": who.address})


def sheet_of(book: bytes) -> list[list[str]]:
    """The cells of the sheet, as text; a formula fails."""
    with ZipFile(io.BytesIO(book)) as parts:
        strings = re.findall(r"<si><t[^>]*>(.*?)</t></si>", parts.read("xl/sharedStrings.xml").decode(), re.DOTALL)
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    rows = re.findall(r"<row [^>]*>(.*?)</row>", sheet)
    cells = [re.findall(r'<c r="[A-Z]+\d+"([^>]*)>(?:<v>(.*?)</v>)?', row) for row in rows]
    return [[unescape(strings[int(value)]) if 't="s"' in kind else value for kind, value in row] for row in cells]


def test_no_cell_of_a_file_is_a_formula() -> None:
    rows: list[tuple[TableCell, ...]] = [
        ("=1+1", "@SUM(A1)", "-2", "+3", "\t=4"),
        (-2, 0.5, True, None, date(2026, 4, 7)),
    ]
    # when
    as_csv = list(csv.reader(io.StringIO(table_file(CSV, "abcde", rows).decode())))
    as_xlsx = sheet_of(table_file(XLSX, "abcde", rows))
    # then
    assert as_csv[1:] == [["'=1+1", "'@SUM(A1)", "'-2", "'+3", "'\t=4"], ["-2", "0.5", "true", "", "2026-04-07"]]
    assert as_xlsx[1] == ["=1+1", "@SUM(A1)", "-2", "+3", "\t=4"]


def test_the_queue_is_a_file_of_the_same_cases_without_anybody(
    team: Team, carla: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    case = team.registered("access", "erasure")
    team.registered("rectification")
    row = team.get(f"/requests/{case.id}").get_json()
    # when
    answer = carla.open("/console/queue.csv?right=erasure")
    # then
    [line] = csv.DictReader(io.StringIO(answer.text))
    assert (line["reference"], line["rights"], line["due_on"]) == (row["reference"], "access, erasure", row["due_on"])
    assert "Lovelace" not in answer.text
    assert sheet_of(downloaded(carla, "/console/queue.xlsx?right=erasure").data)[1][0] == row["reference"]
    assert carla.open("/console/queue.csv?clock=broken").status_code == 422
    # and the file says where it does not hold all of them
    assert "filename=queue.csv" in carla.open("/console/queue.csv").headers["Content-Disposition"]
    monkeypatch.setattr("dsr.api.console.queue._LINES", 1)
    assert "filename=queue-first-1.csv" in carla.open("/console/queue.csv").headers["Content-Disposition"]


def test_the_trend_is_what_the_interface_says_of_each_month(team: Team, carla: Colleague) -> None:
    # given: cases of two months, one of which missed its date
    team.registered("access")
    team.registered("erasure")
    team.clock.advance(days=60)
    team.registered("access")
    team.service.desk.sweeping.sweep(dry_run=False)
    then = team.clock.now()
    team.clock.advance(days=1)
    team.registered("access")
    carla.sign_in_with_key()
    for query, as_of, cases in (("", "", 2), (f"?as_of_day={then.date()}", f"&as_of={then.isoformat()[:19]}Z", 1)):
        # when
        shown = carla.open(f"/console/numbers{query}").text
        rows = dict(re.findall(r'<th scope="row">(\w+ 20\d\d)</th>((?:<td>\d+</td>)+)', shown))
        # then
        assert next(iter(rows)) == "May 2025"
        assert len(rows) == 13
        for month, days in (("March 2026", ("2026-03-01", "2026-03-31")), ("May 2026", ("2026-05-01", "2026-05-31"))):
            told = team.get(f"/statistics?received_from={days[0]}&received_until={days[1]}{as_of}").get_json()
            missed, answered = told["dates_missed"]["number"], told["answered"]["in_full"]["number"]
            assert re.findall(r"\d+", rows[month]) == [str(each) for each in (told["cases"], answered, missed)]
        assert rows["May 2026"].startswith(f"<td>{cases}</td>")


def test_numbers_of_the_present_come_from_counters_alone(
    team: Team, carla: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: a clock that goes on while the page is made, as every clock does
    team.registered("access")

    def tick(clock: SettableClock) -> datetime:
        clock.advance(microseconds=1)
        return clock.time

    monkeypatch.setattr(SettableClock, "now", tick)
    # when
    with counted(team.service) as traffic:
        shown = carla.open("/console/numbers").text
    # then
    assert "<dt>Cases</dt><dd>1</dd>" in shown
    read = "\n".join(traffic.texts)
    assert "case_counts" in read
    assert "request_states" not in read, "the states of all cases are for past times"


def test_a_period_and_a_past_day_count(team: Team, carla: Colleague) -> None:
    team.registered("access")
    assert "<dt>Cases</dt><dd>0</dd>" in carla.open("/console/numbers?received_from=2026-03-06").text
    assert "<dt>Cases</dt><dd>0</dd>" in carla.open("/console/numbers?as_of_day=2026-03-01").text
    assert carla.open("/console/numbers?as_of_day=yesterday").status_code == 422
    assert carla.open("/console/numbers?received_from=2026-03-06&received_until=2026-03-01").status_code == 422


def test_the_trend_says_which_years_its_months_are_of(team: Team, carla: Colleague) -> None:
    # given
    team.registered("access")
    # when
    shown = carla.open("/console/numbers").text
    # then: the first month has its year, and each January
    [trend] = re.findall(r'<svg class="trend".*?</svg>', shown, re.DOTALL)
    months = re.findall(r'text-anchor="middle">([A-Z][a-z]+)</text>(?:<text class="year"[^>]*>(\d{4})<)?', trend)
    assert len(months) == 13
    assert [month for month, year in months if year] == ["Mar", "Jan"]
    assert [year for _, year in months if year] == ["2025", "2026"]
