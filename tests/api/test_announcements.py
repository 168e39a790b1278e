"""Announcements over HTTP: who reads them, who records one, what is refused."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.api.team import Team

EXAMPLE = (Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml").read_text(encoding="utf-8")
ANNOUNCED = {"announced_on": "2026-03-05", "channels": ["website", "email"], "summary": "The French member is gone."}


def adopt(team: Team, old: str, new: str, *, remark: str = "") -> Any:
    body = (EXAMPLE.replace(old, new) + remark).encode()
    answer = team.ask("POST", "/ropa", "operator", data=body, content_type="application/yaml", key=str(uuid4()))
    assert answer.status_code == 201, answer.text
    return answer.get_json()


@pytest.fixture
def changed(team: Team) -> Any:
    """Version 2 has another member in France."""
    adopt(team, "callcentre-fr", "callcentre-ff")
    return team


def complete(team: Team, body: Any = ANNOUNCED, who: str = "operator", version: int = 2, **sent: Any) -> Any:
    etag = team.get("/announcements/2").headers["ETag"]
    return team.post(f"/announcements/{version}/completion", body, who, **({"if_match": etag} | sent))


def test_the_first_version_is_no_change(team: Team) -> None:
    assert team.get("/announcements").get_json() == {"items": [], "next": None}
    assert team.get("/ropa").get_json()["announcement_due"] is False
    team.refused(team.get("/announcements/1"), 404, "announcement-unknown")


def test_a_change_is_shown_as_a_task_until_it_was_announced(changed: Any) -> None:
    (task,) = changed.get("/announcements", "auditor").get_json()["items"]
    assert (task["version"], task["is_open"], task["added"], task["removed"], task["renamed"]) == (
        2, True, ["callcentre-ff"], ["callcentre-fr"], [],
    )  # fmt: skip
    assert changed.get("/ropa").get_json()["announcement_due"] is True
    assert changed.get("/ropa/1").get_json()["announcement_due"] is False

    answer = complete(changed, key="once")

    assert answer.status_code == 200
    shown = changed.get("/announcements/2", "dpo")
    assert shown.get_json() == answer.get_json()
    assert shown.headers["ETag"] == answer.headers["ETag"]
    assert (shown.get_json()["is_open"], shown.get_json()["recorded_by"]) == (False, "one-operator")
    assert changed.get("/ropa").get_json()["announcement_due"] is False
    assert changed.get("/announcements").get_json()["items"] == [shown.get_json()]


def test_adopting_tells_that_an_announcement_is_due(changed: Any) -> None:
    assert adopt(changed, "callcentre-fr", "callcentre-gg")["announcement_due"] is True
    assert adopt(changed, "callcentre-fr", "callcentre-gg", remark="# a remark\n")["announcement_due"] is False


def test_a_repeated_completion_gets_the_first_answer_and_another_is_refused(changed: Any) -> None:
    etag = changed.get("/announcements/2").headers["ETag"]
    first = complete(changed, if_match=etag, key="once")
    again = complete(changed, if_match=etag, key="once")
    assert (again.status_code, again.data) == (first.status_code, first.data) == (200, first.data)
    changed.refused(complete(changed, if_match=etag, key="twice"), 412, "version-stale")
    changed.refused(complete(changed), 409, "announcement-made")
    changed.refused(complete(changed, who="handler"), 409, "announcement-made")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (ANNOUNCED | {"channels": []}, 409, "announcement-incomplete"),
        (ANNOUNCED | {"summary": " "}, 409, "announcement-incomplete"),
        (ANNOUNCED | {"announced_on": "2026-03-04"}, 409, "announcement-date-invalid"),
        (ANNOUNCED | {"announced_on": "2026-03-06"}, 409, "announcement-date-invalid"),
        (ANNOUNCED | {"channels": ["smoke"]}, 422, "input-invalid"),
        (ANNOUNCED | {"summary": "x" * 2001}, 422, "input-invalid"),
        (ANNOUNCED | {"person": "Ada"}, 422, "input-invalid"),
        ({"announced_on": date(2026, 3, 5).isoformat()}, 422, "input-invalid"),
    ],
)
def test_an_announcement_that_is_not_right_is_refused(changed: Any, body: Any, status: int, code: str) -> None:
    changed.refused(complete(changed, body), status, code)
    assert changed.get("/announcements/2").get_json()["is_open"]


def test_an_announcement_of_nothing_is_refused_and_none_is_made_blindly(changed: Any) -> None:
    for version in (1, 3):
        changed.refused(complete(changed, version=version), 404, "announcement-unknown")
    changed.refused(changed.post("/announcements/2/completion", ANNOUNCED, "operator"), 428, "precondition-required")
