"""Every error has one shape, one status, and tells nobody's secrets."""

import gzip
import io
import logging
from collections.abc import Callable
from typing import Any

import pytest
from gunicorn.http.errors import InvalidChunkSize

from dsr.database import DatabaseBusy
from dsr.domain.errors import DomainError
from dsr.domain.sealed import KeyDestroyed
from tests.api.team import Team


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        (("GET", "/nothing/here", {}), 404, "path-unknown"),
        (("GET", "/requests/not-an-id", {}), 404, "path-unknown"),
        (("DELETE", "/requests", {}), 405, "method-not-allowed"),
        (("OPTIONS", "/requests", {}), 405, "method-not-allowed"),
        (
            ("POST", "/deadlines/explanation", {"data": "{", "content_type": "application/json"}),
            400,
            "request-malformed",
        ),
        (("POST", "/deadlines/explanation", {"data": "[1]", "content_type": "application/json"}), 422, "input-invalid"),
        (
            ("POST", "/deadlines/explanation", {"data": "NaN", "content_type": "application/json"}),
            400,
            "request-malformed",
        ),
        (
            ("POST", "/deadlines/explanation", {"data": b"\xff", "content_type": "application/json"}),
            400,
            "request-malformed",
        ),
        (("POST", "/deadlines/explanation", {"data": "a=b"}), 415, "media-type-unsupported"),
        (("POST", "/intake/messages", {"data": "x", "content_type": "text/plain"}), 415, "media-type-unsupported"),
    ],
)
def test_errors_of_http_are_problems_too(
    team: Team, asked: tuple[str, str, dict[str, Any]], status: int, code: str
) -> None:
    method, path, sent = asked
    answer = team.ask(method, path, "handler", **sent)
    problem = team.refused(answer, status, code)
    assert problem["type"] == f"/docs/errors#{code}"
    assert f'id="{code}"' in team.get("/docs/errors", None).text
    if status == 405:
        assert answer.headers["Allow"] == "GET, HEAD, POST"


def test_a_body_larger_than_the_limit_is_refused(team: Team) -> None:
    team.service.settings.__dict__["max_body_bytes"] = 100
    team.refused(team.post("/requests", team.entry(), "intake", key="a"), 413, "body-too-large")


def test_a_compressed_body_is_refused_and_never_taken_for_the_letter_itself(
    team: Team, make_mail: Callable[..., bytes]
) -> None:
    answer = team.ask(
        "POST",
        "/intake/messages",
        "intake",
        data=gzip.compress(make_mail()),
        content_type="message/rfc822",
        headers={"Content-Encoding": "gzip"},
    )
    team.refused(answer, 415, "media-type-unsupported")


def in_chunks(team: Team, body: Any, path: str = "/intake/messages") -> Any:
    """As a server hands over a body in chunks: without its length, ending where the client ended it."""
    environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    return team.ask("POST", path, "intake", input_stream=body, content_type="message/rfc822", environ_overrides=environ)


def test_a_body_in_chunks_is_taken_whole_or_refused_and_never_cut_off_at_the_limit(
    team: Team, make_mail: Callable[..., bytes]
) -> None:
    letter = make_mail()
    team.service.settings.__dict__["max_message_bytes"] = len(letter) - 1
    team.refused(in_chunks(team, io.BytesIO(letter)), 413, "body-too-large")
    team.service.settings.__dict__["max_message_bytes"] = len(letter)
    assert in_chunks(team, io.BytesIO(letter)).status_code == 201


@pytest.mark.parametrize("error", [InvalidChunkSize(b"zz"), OSError("gone")], ids=["malformed", "broken off"])
def test_a_body_whose_chunks_break_off_is_refused(team: Team, error: Exception) -> None:
    class Broken(io.BytesIO):
        def readinto(self, _: Any) -> int:
            raise error

        def read(self, _: int | None = -1) -> bytes:
            raise error

    team.refused(in_chunks(team, Broken()), 400, "request-malformed")


@pytest.mark.parametrize(
    ("member", "value"),
    [("language", "en\n"), ("controller_id", "callcentre-de\n"), ("authenticated", "yes"), ("authenticated", 1)],
)
def test_what_the_specification_does_not_allow_is_refused(team: Team, member: str, value: object) -> None:
    answer = team.post("/requests", team.entry(**{member: value}), "intake", key="a")
    assert [each["pointer"] for each in team.refused(answer, 422, "input-invalid")["errors"]] == [f"/{member}"]


def test_a_slash_at_the_end_of_a_path_makes_no_other_command_of_it(team: Team) -> None:
    entry = team.entry()
    first = team.post("/requests", entry, "intake", key="a")
    assert team.post("/requests/", entry, "intake", key="a").data == first.data


def test_a_bug_is_logged_by_place_and_id_without_its_message(
    team: Team, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("canary of Ada Lovelace")

    team.token("handler")
    monkeypatch.setattr(team.service.desk.deadlines, "explain", fail)
    with caplog.at_level(logging.DEBUG):
        answer = team.get("/requests/00000000-0000-4000-8000-000000000000/deadline")
    problem = team.refused(answer, 500, "internal-error")
    assert problem["instance"] in caplog.text
    assert "ValueError at test_problems.py" in caplog.text
    assert "canary" not in caplog.text + answer.text


@pytest.mark.parametrize(
    ("error", "status", "header"), [(DatabaseBusy(), 503, "5"), (KeyDestroyed(), 410, None)], ids=["busy", "forgotten"]
)
def test_what_may_pass_says_when_to_try_again(
    team: Team, monkeypatch: pytest.MonkeyPatch, error: DomainError, status: int, header: str | None
) -> None:
    case = team.arrived()

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(team.service.desk.triage, "add_note", fail)
    answer = team.command(case, "notes", {"note": "x"})
    team.refused(answer, status, error.code)
    assert answer.headers.get("Retry-After") == header
