"""A real Prometheus (Debian: prometheus) takes the alert rules of `deploy/monitoring`."""

import json
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import yaml

from tests.with_servers.programs import free_port, program, started

ALERTS = Path(__file__).parents[2] / "deploy" / "monitoring" / "alerts.yml"


def test_prometheus_takes_every_alert(tmp_path: Path) -> None:
    # given
    settings, port = tmp_path / "prometheus.yml", free_port()
    settings.write_text(yaml.safe_dump({"rule_files": [str(ALERTS)]}))
    options = [
        f"--config.file={settings}",
        f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    # when: it ends where it does not take a rule
    with started([program("prometheus"), *options], port, {}):
        groups = rules(port)
    # then
    said = {rule["alert"] for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]}
    assert said
    assert {rule["name"] for group in groups for rule in group["rules"]} == said


def rules(port: int) -> list[dict[str, Any]]:
    """The groups of rules, once it has read them."""
    ends = time.monotonic() + 30
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/api/v1/rules")
        answer = connection.getresponse()
        body = answer.read()
        if answer.status == 200:
            groups: list[dict[str, Any]] = json.loads(body)["data"]["groups"]
            return groups
        assert time.monotonic() < ends, body
        time.sleep(0.1)
