"""What a browser is told, and what no script of ours does."""

import re
from pathlib import Path
from typing import Final

import pytest

import dsr
from dsr.api.cookies import CLEARED
from tests.api.my.conftest import Person
from tests.api.team import Team

SCRIPTS: Final = sorted(Path(dsr.__file__).parent.rglob("*.js"))


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT"])
def test_no_method_sends_a_request_back(team: Team, method: str) -> None:
    for path in ("/", "/my", "/api/v1/requests", "/health/live"):
        answer = team.app.test_client().open(path, method=method, headers={"Cookie": "dsr_session=secret-of-somebody"})
        assert answer.status_code == 405
        assert b"secret-of-somebody" not in answer.data


def test_no_other_origin_reads_an_answer(team: Team) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for method in ("GET", "OPTIONS", "POST"):
        for path in ("/my", "/api/v1/requests", "/api/v1/openapi.json"):
            answer = team.app.test_client().open(path, method=method, headers=headers)
            assert not [name for name, _ in answer.headers if name.lower().startswith("access-control-")]


def test_text_says_how_it_is_encoded(team: Team) -> None:
    for path in ("/my", "/docs", "/docs/search.js", "/my/style.css", "/robots.txt", "/x"):
        answer = team.app.test_client().get(path)
        assert answer.headers["Content-Type"].endswith("; charset=utf-8"), path


def test_a_path_is_decoded_once(team: Team) -> None:
    team.refused(team.get("/staff/one%252Dhandler"), 404, "staff-unknown")
    team.token("handler")
    assert team.get("/staff/one%2Dhandler").status_code == 200


def test_signing_out_clears_what_the_browser_kept(team: Team) -> None:
    person = Person(team)
    person.sign_in(team.get(f"/requests/{team.registered('access').id}").get_json()["reference"])
    assert person.send("/my/sign-out").headers["Clear-Site-Data"] == CLEARED


def test_scripts_write_no_markup_keep_nothing_and_hear_only_the_frame_of_the_form() -> None:
    assert SCRIPTS
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|localStorage|sessionStorage"
        r"|indexedDB|document\.cookie|postMessage|addEventListener\(['\"]message|__proto__"
    )
    found = {(path.name, found[0]) for path in SCRIPTS for found in forbidden.finditer(path.read_text("utf-8"))}
    # The form in a frame tells how tall it is, a number; the component around it hears its own frame alone.
    assert found == {("frame.js", "postMessage"), ("embed.js", 'addEventListener("message')}


def test_a_parameter_is_given_once(team: Team) -> None:
    team.refused(team.get("/requests?limit=1&limit=2"), 422, "input-invalid")
    twice = b'{"email": "ada@example.org", "email": "grace@example.org"}'
    answer = team.ask("POST", "/requests/search", "handler", data=twice, content_type="application/json")
    team.refused(answer, 400, "request-malformed")
