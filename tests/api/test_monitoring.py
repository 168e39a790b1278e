"""What an operator sees: metrics of all processes, and alerts and a dashboard that ask for metrics that exist."""

import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

from dsr.api.metrics import FOLDER_VARIABLE
from dsr.desk.heartbeats import Heartbeat, Part
from tests.api.team import Team

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "deploy" / "monitoring"
ALERTS = MONITORING / "alerts.yml"
NAME = re.compile(r"\bdsr_[a-z_]+")


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> dict[str, str]:
    """Every question that the alerts and the dashboard ask, by where it stands."""
    panels = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    asked = {
        f"{panel['title']} {target['refId']}": target["expr"] for panel in panels for target in panel.get("targets", ())
    }
    return {rule["alert"]: rule["expr"] for rule in rules()} | asked


def scraped(team: Team) -> dict[str, set[str]]:
    """The metrics of a scrape, each with the names of its labels."""
    now = team.clock.now()
    team.service.desk.heartbeats.give(Heartbeat(part, now, now, succeeded_at=now) for part in Part)
    team.arrived()
    team.service.settings.__dict__["backups"] = team.service.settings.home / "backups"
    text = team.get("/metrics", "operator").text
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        found.setdefault(family.name, set())
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return {name: labels for name, labels in found.items() if name.startswith("dsr_")}


def test_alerts_and_dashboard_ask_for_metrics_and_labels_that_exist(team: Team) -> None:
    known = scraped(team)
    for place, asked in expressions().items():
        names = set(NAME.findall(asked))
        assert names, place
        assert names <= known.keys(), place
        labels = {label for name in names for label in known[name]} | {"le"}
        for by in re.findall(r"\bby \(([a-z, ]+)\)", asked):
            assert set(by.split(", ")) <= labels, place


def test_a_missed_date_and_a_silent_worker_raise_an_alert_that_says_what_to_do() -> None:
    by_name = {rule["alert"]: rule for rule in rules()}
    assert len(by_name) == len(rules())
    assert by_name["StatutoryDateMissed"]["expr"] == "max(dsr_late_requests) > 0"
    assert "dsr_silent" in by_name["WorkerSilent"]["expr"]
    for name, rule in by_name.items():
        assert set(rule["annotations"]) == {"summary", "action"}, name
        assert rule["labels"]["severity"] in {"info", "warning", "critical"}, name


def test_the_dashboard_has_one_id_for_each_panel_and_one_source() -> None:
    board = json.loads((MONITORING / "dashboard.json").read_text())
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    sources = {panel["datasource"]["uid"] for panel in board["panels"] if panel["type"] != "row"}
    assert sources == {"${source}"} == {f"${{{each['name']}}}" for each in board["templating"]["list"]}


def test_the_manual_lists_every_metric(team: Team) -> None:
    said = set(NAME.findall((ROOT / "docs" / "operating.md").read_text()))
    families = {re.sub(r"_(total|bucket|sum|count|created)$", "", name) for name in scraped(team)}
    assert families <= said


def test_what_each_process_counts_is_added_up_and_stays_when_one_ends(tmp_path: Path) -> None:
    """A scrape reaches one process of several; it tells of all."""
    # given: two processes, one of which has ended
    program = textwrap.dedent("""
        import sys
        from flask import Flask
        from prometheus_client import generate_latest
        from dsr.api import metrics
        class NoReadings:
            def __init__(self, service):
                pass
            def collect(self):
                return ()
        metrics.Readings = NoReadings
        meter = metrics.Meter(Flask("a process"), None)
        for _ in range(int(sys.argv[1])):
            meter.observe("GET", "/requests", 200, 0.25)
        print(generate_latest(meter.registry).decode())
    """)

    def process(number: int) -> str:
        done = subprocess.run(
            [sys.executable, "-c", program, str(number)],
            env={FOLDER_VARIABLE: str(tmp_path), "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    process(3)
    # when
    told = process(4)
    # then
    assert 'dsr_http_requests_total{method="GET",route="/requests",status="200"} 7.0' in told
    assert 'dsr_http_seconds_count{method="GET",route="/requests"} 7.0' in told
    assert 'dsr_http_seconds_sum{method="GET",route="/requests"} 1.75' in told
