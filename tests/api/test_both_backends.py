"""The same way through the interface on SQLite and PostgreSQL, in this process and over real HTTP."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from dsr.bootstrap import build
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.roles import Role
from dsr.domain.staff import Training
from dsr.projections.paging import make_cursor
from dsr.settings import Settings
from tests.api.team import Team

SERVE = "from dsr.api.server import run; run(host='127.0.0.1', port=0, workers=2, threads=4, log_form='text')"


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_request_goes_from_arrival_to_export_on_each_backend(team: Team) -> None:
    case = team.collected("access")
    team.search(case, "access")
    made = team.command(case, "items/access/export", {}, key="export")
    link = team.post(f"{made.headers['Location']}/link", {}, if_match=made.headers["ETag"], key="link").get_json()
    secrets = {"token": link["token"], "password": link["password"]}
    case.etag = team.get(f"/requests/{case.id}").headers["ETag"]
    begun = team.post("/exports/redemption", secrets, None).get_json()
    session = {"Authorization": f"Bearer {begun['session']}"}
    assert team.get("/exports/session/package", None, headers=session).data.startswith(b"PK")
    team.refused(team.post("/exports/redemption", secrets, None), 410, "export-already-redeemed")
    now = team.service.clock.now().isoformat().replace("+", "%2B")
    assert team.get(f"/requests/{case.id}?as_of={now}").data == team.get(f"/requests/{case.id}").data
    assert team.get("/requests?right=access&sort=changed&order=desc").get_json()["items"][0]["request_id"] == case.id
    assert len(team.get(f"/requests/{case.id}/timeline").get_json()["items"]) == int(case.etag.strip('"'))
    assert team.get("/health/ready", None).status_code == 200
    assert team.get("/metrics", "operator").status_code == 200
    for path in (
        "/decisions",
        "/reports/late",
        "/reports/due-soon",
        "/reports/workload",
        "/intake/quarantine",
        "/own-initiative-erasures",
        "/authority-disclosures",
        "/matters",
        "/staff",
    ):
        assert team.get(path).status_code == 200
    cursor = make_cursor("staff", ["a\x00"])
    team.refused(team.get(f"/staff?cursor={cursor}"), 422, "cursor-invalid")
    team.refused(team.command(team.arrived(), "notes", {"note": "a\x00b"}), 422, "input-invalid")


@pytest.fixture
def server(settings: Settings) -> Iterator[tuple[str, str]]:
    """Two processes behind one port: the URL, and the token of a handler who is intake too."""
    service = build(settings)
    call = Call(part("test"))
    service.desk.staff.enrol(
        call,
        identifier="ann",
        roles=(Role.HANDLER, Role.INTAKE),
        controllers=("*",),
        confidentiality_signed_on=date(2026, 1, 2),
        training=Training("gdpr-basics", date(2026, 1, 2)),
    )
    token = service.desk.staff.secret(service.desk.staff.issue_token("ann", call))
    service.close()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DSR_")} | {
        "DSR_HOME": str(settings.home),
        "DSR_DATABASE_URL": settings.database_url,
        "DSR_KEYS_URL": settings.keys_url,
    }
    process = subprocess.Popen([sys.executable, "-c", SERVE], env=environ, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().split()[-1], token
    process.terminate()
    process.wait(30)
    process.stdout.close()


def ask(url: str, token: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], Any]:
    sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=sent)  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request) as response:  # noqa: S310 - as above
            return response.status, dict(response.headers), json.loads(response.read())
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), json.loads(error.read())


def test_two_processes_lose_nothing_and_decide_once(server: tuple[str, str]) -> None:
    url, token = server
    entry = {
        "controller_id": "callcentre-de",
        "channel": "telephone",
        "received_at": "2026-03-05T10:00:00+01:00",
        "person": {"name": "Ada Lovelace"},
        "text": "Please send me a copy of my data, Article 15 GDPR.",
        "language": "en",
    }
    with ThreadPoolExecutor(8) as threads:
        made = list(
            threads.map(
                lambda number: ask(f"{url}/api/v1/requests", token, entry, Idempotency_Key=f"k{number % 20}"), range(40)
            )
        )
        assert {status for status, _, _ in made} == {201}
        ids = {body["request_id"] for _, _, body in made}
        assert len(ids) == 20, "the same key twice made one request"
        one = f"{url}{made[0][1]['Location']}"
        raced = list(
            threads.map(
                lambda _: ask(
                    f"{one}/registration", token, {"rights": ["access"]}, If_Match='"1"', Idempotency_Key=str(uuid4())
                ),
                range(8),
            )
        )
    assert sorted(status for status, _, _ in raced) == [200] + [412] * 7
    listed = ask(f"{url}/api/v1/requests?limit=200", token)[2]["items"]
    assert {row["request_id"] for row in listed} == ids
    assert ask(f"{url}/health/ready", token)[0] == 200
