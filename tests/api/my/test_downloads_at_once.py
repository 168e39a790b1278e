"""A download under way: how many there are at once, and that it ends where it may not go on."""

from collections.abc import Callable
from secrets import token_hex
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from dsr.api import create_app
from dsr.api.downloads import OF_ONE_SESSION, share_of_downloads, share_of_forms
from dsr.desk.exports import download
from dsr.domain.export import Export
from tests.api.my.conftest import offer
from tests.api.team import Team

URL = "/api/v1/exports/session/package"


@pytest.fixture
def begun(team: Team, make_records: Callable[..., dict[str, Any]]) -> Callable[[], dict[str, str]]:
    """The header of a new session, for a package of several chunks."""

    def begin() -> dict[str, str]:
        case = team.granted("access")
        numbers = [{"number": token_hex(400)} for _ in range(800)]
        team.done(case, "items/access/data-sets", make_records(records=numbers), key=str(uuid4()))
        team.search(case, "access")
        export_id = team.done(case, "items/access/export", {}, key=str(uuid4()))["export_id"]
        link = offer(team, export_id)
        secrets = {name: link[name] for name in ("token", "password")}
        session = team.post("/exports/redemption", secrets, None).get_json()["session"]
        return {"Authorization": f"Bearer {session}"}

    return begin


def started(app: Any, session: dict[str, str]) -> TestResponse:
    """A download of which nothing was read yet."""
    return app.test_client().get(URL, headers=session)  # type: ignore[no-any-return]  # the library's


def refused(answer: TestResponse, status: int, code: str) -> None:
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert int(answer.headers["Retry-After"]) > 0


def test_one_session_has_two_downloads_at_once(team: Team, begun: Any) -> None:
    app, session = create_app(team.service, threads=64), begun()
    under_way = [started(app, session) for _ in range(OF_ONE_SESSION)]
    refused(started(app, session), 429, "download-under-way")
    assert app.test_client().head(URL, headers=session).status_code == 200, "that holds no thread"
    assert started(app, begun()).status_code == 200, "others are not hindered"
    under_way[0].close()  # broken off before its first byte
    assert started(app, session).status_code == 200
    assert len(under_way[1].data) == int(under_way[1].headers["Content-Length"])
    assert started(app, session).status_code == 200, "what was read to its end is over"


def test_a_refused_download_is_not_on_record(team: Team, begun: Any) -> None:
    app, session = create_app(team.service, threads=64), begun()
    under_way = [started(app, session) for _ in range(OF_ONE_SESSION + 1)]
    assert [each.name for each in team.service.log.read()].count("dsr.export.downloaded") == OF_ONE_SESSION
    assert [each.status_code for each in under_way] == [200, 200, 429]


def test_downloads_leave_a_thread_for_other_work(team: Team, begun: Any) -> None:
    app, sessions = create_app(team.service, threads=4), [begun(), begun()]
    under_way = [started(app, session) for session in (*sessions, *sessions)]
    assert [each.status_code for each in under_way] == [200, 200, 503, 503]
    under_way.pop().close()
    refused(under_way.pop(), 503, "downloads-full")
    assert app.test_client().get("/health/live").status_code == 200


def test_downloads_and_forms_leave_one_of_several_threads() -> None:
    for threads in range(3, 65):
        downloads, forms = share_of_downloads(threads), share_of_forms(threads)
        assert downloads >= 1
        assert forms >= 1
        assert downloads + forms < threads


@pytest.fixture
def always_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before each chunk, as otherwise after some megabytes or seconds."""
    monkeypatch.setattr(download, "_CHECK_BYTES", 1)


def revoke(team: Team, export_id: str, reason: str) -> None:
    etag = team.get(f"/exports/{export_id}").headers["ETag"]
    assert team.post(f"/exports/{export_id}/revocation", {"reason": reason}, if_match=etag).status_code == 200


@pytest.mark.parametrize("why", ["link-lost", "content-wrong", "the hour is over", "the case changed"])
@pytest.mark.usefixtures("always_asked")
def test_a_download_in_flight_is_cut_off(team: Team, begun: Any, caplog: pytest.LogCaptureFixture, *, why: str) -> None:
    # given
    under_way = started(create_app(team.service), begun())
    chunks = under_way.iter_encoded()
    arrived = len(next(chunks))
    [export_id] = {each.event.originator_id for each in team.service.log.read() if each.name == "dsr.export.downloaded"}
    # when
    match why:
        case "the hour is over":
            team.clock.advance(minutes=60)
        case "the case changed":
            export = team.service.desk.repository.find(Export, export_id)
            assert export is not None
            request_id = export.request_id
            etag = team.get(f"/requests/{request_id}").headers["ETag"]
            withdrawn = {"confirmed": True, "statement": "No longer."}
            ended = team.post(f"/requests/{request_id}/withdrawal", withdrawn, if_match=etag, key="withdrawal")
            assert ended.status_code == 200, ended.text
        case reason:
            revoke(team, str(export_id), reason)
    # then
    with pytest.raises(ConnectionResetError):
        next(chunks)
    assert arrived < int(under_way.headers["Content-Length"]), "so the receiver sees that it is not whole"
    assert f"export {export_id}: a download was cut off: export-" in caplog.text


@pytest.mark.usefixtures("always_asked")
def test_a_download_that_may_go_on_arrives_whole(team: Team, begun: Any) -> None:
    whole = started(create_app(team.service), begun())
    assert len(whole.data) == int(whole.headers["Content-Length"])
