"""What people and browsers meet first, and what is answered where no answer can be accepted."""

import re

import pytest

from tests.api.routes import routes
from tests.api.team import Team


def test_a_browser_is_told_what_this_is_and_where_to_go_on(team: Team) -> None:
    page = team.get("/", None, headers={"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"})
    assert (page.status_code, page.mimetype) == (200, "text/html")
    leads_to = set(re.findall(r'href="([^"]+)"', page.text))
    assert {"/my", "/request", "/request/callcentre-de", "/sign-in", "/docs"} <= leads_to
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for link in leads_to:
        assert team.client.get(link).status_code == 200, link


def test_an_address_that_is_none_is_a_page_to_a_browser_and_a_problem_to_a_program(team: Team) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
    for path in ("/my/nowhere", "/nowhere"):
        page = team.client.get(path, headers=browser)
        assert (page.status_code, page.mimetype) == (404, "text/html")
        assert 'href="/"' in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert team.client.get(path).get_json()["code"] == "path-unknown"
    assert team.client.get("/api/v1/nowhere", headers=browser).get_json()["code"] == "path-unknown"


@pytest.mark.parametrize("accept", ["application/json", "*/*", None, "application/problem+json, application/json"])
def test_a_program_is_told_where_the_document_is(team: Team, accept: str | None) -> None:
    answer = team.get("/", None, headers={"Accept": accept} if accept else {})
    shown = answer.get_json()
    assert (shown["service"], shown["docs"]) == ("dsr", "/docs")
    assert team.client.get(shown["openapi"]).status_code == 200
    assert answer.headers["Vary"] == "Accept"


def test_what_browsers_and_searchers_ask_for_is_there(team: Team) -> None:
    assert team.get("/favicon.ico", None).mimetype == "image/svg+xml"
    assert team.get("/robots.txt", None).text == "User-agent: *\nDisallow: /\n"


def test_who_finds_a_weakness_is_told_whom_to_write_to_until_when(team: Team) -> None:
    lines = team.get("/.well-known/security.txt", None).text.splitlines()
    assert lines[0] == "Contact: mailto:privacy@callcentre.example"
    assert lines[1] == "Expires: 2026-09-01T00:00:00Z"


@pytest.mark.parametrize("accept", ["text/csv", "text/calendar", "application/json;q=0", "image/png, text/html"])
def test_an_answer_that_nobody_would_accept_is_not_given(team: Team, accept: str) -> None:
    for path, who in (("/holds", "handler"), ("/decisions", "handler"), ("/staff/me", "handler")):
        problem = team.refused(team.get(path, who, headers={"Accept": accept}), 406, "not-acceptable")
        assert problem["facts"] == {"produces": ["application/json"]}
    refused = team.post("/requests", team.entry(), "intake", key="a", headers={"Accept": accept})
    team.refused(refused, 406, "not-acceptable")
    assert team.events("request.received") == []


@pytest.mark.parametrize(
    "accept", ["application/*", "text/csv, */*;q=0.1", "Application/JSON", "application/json; q=0.5"]
)
def test_an_answer_that_is_accepted_somehow_is_given(team: Team, accept: str) -> None:
    assert team.get("/requests", headers={"Accept": accept}).status_code == 200


def test_pages_are_for_browsers_and_the_document_for_programs(team: Team) -> None:
    team.refused(team.get("/docs", None, headers={"Accept": "application/json"}), 406, "not-acceptable")
    team.refused(team.get("/api/v1/openapi.json", None, headers={"Accept": "text/html"}), 406, "not-acceptable")


def test_every_operation_says_what_it_produces(team: Team) -> None:
    for name, (rule, said) in routes(team.app).items():
        if rule.rule.startswith(("/api/", "/health", "/metrics")) and not name.startswith("DELETE"):
            assert said.produces, name


def test_a_controller_in_a_path_that_there_is_none_of_is_not_found(team: Team) -> None:
    missing = team.get("/controllers/nobody/jwks.json", None)
    assert team.refused(missing, 404, "path-controller-unknown")["facts"] == {"controller": "nobody"}
    rotated = team.post("/controllers/nobody/signing-keys", {}, "operator", key="a")
    team.refused(rotated, 404, "path-controller-unknown")


def test_a_path_that_leads_nowhere_is_a_problem_for_browsers_too(team: Team) -> None:
    team.refused(team.get("/login", None, headers={"Accept": "text/html"}), 404, "path-unknown")
