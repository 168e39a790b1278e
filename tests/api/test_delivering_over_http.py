"""From the link to the file on the disk of the person: session, ranges (GDPR Art. 15(3), 20; RFC 9110 14)."""

import io
import logging
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.team import Team

RACERS = 32
PACKAGE = "/exports/session/package"


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """What is handed over is decided by who writes first: on both."""
    return str(request.param)


def offered(team: Team, key: str = "link") -> tuple[str, dict[str, Any]]:
    """Where the export is, and what the answer of its offer says."""
    case = team.collected()
    team.search(case, "access")
    place = team.command(case, "items/access/export", {}, key="export").headers["Location"]
    etag = team.get(place).headers["ETag"]
    return place, team.post(f"{place}/link", {}, if_match=etag, key=key).get_json()


def secrets_of(link: dict[str, Any]) -> dict[str, str]:
    return {name: link[name] for name in ("token", "password")}


def session_of(team: Team) -> dict[str, str]:
    """The header of a session that has just begun."""
    _, link = offered(team)
    begun = team.post("/exports/redemption", secrets_of(link), None)
    team.client.delete_cookie("dsr_export", path="/api/v1/exports/session")
    return {"Authorization": f"Bearer {begun.get_json()['session']}"}


def test_the_link_carries_its_token_behind_the_hash_where_no_server_sees_it(team: Team) -> None:
    _, link = offered(team)
    assert link["url"] == f"/x#{link['token']}", "relative while nobody said where this service is"
    assert link["password"] not in link["url"]


def test_the_cookie_of_a_session_is_out_of_reach_of_scripts_and_other_sites(team: Team) -> None:
    _, link = offered(team)
    cookie = team.post("/exports/redemption", secrets_of(link), None).headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/api/v1/exports/session"} <= set(cookie.split("; "))
    assert "Secure" not in cookie, "this connection is plain"
    assert team.get(PACKAGE, None).status_code == 200


def test_over_https_the_cookie_goes_back_over_https_only(team: Team) -> None:
    _, link = offered(team)
    begun = team.client.post("/api/v1/exports/redemption", json=secrets_of(link), base_url="https://localhost")
    assert "Secure" in begun.headers["Set-Cookie"].split("; ")


def test_a_session_ends_after_an_hour(team: Team) -> None:
    session = session_of(team)
    team.clock.advance(minutes=59)
    assert team.get(PACKAGE, None, headers=session).status_code == 200
    team.clock.advance(minutes=1)
    team.refused(team.get(PACKAGE, None, headers=session), 410, "export-session-ended")


def test_without_a_session_nothing_is_handed_over(team: Team) -> None:
    for headers in ({}, {"Authorization": "Bearer dsrs_no"}, {"Cookie": "dsr_export=no"}):
        team.refused(team.get(PACKAGE, None, headers=headers), 410, "export-session-ended")


def test_a_download_in_parts_gives_the_identical_file(team: Team) -> None:
    session = session_of(team)
    whole = team.get(PACKAGE, None, headers=session)
    etag, size = whole.headers["ETag"], len(whole.data)
    assert (whole.headers["Accept-Ranges"], whole.headers["Content-Length"]) == ("bytes", str(size))

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.integers(1, size - 1), max_size=3, unique=True))
    def check(cuts: list[int]) -> None:
        joined = b""
        for start, stop in zip([0, *sorted(cuts)], [*sorted(cuts), size], strict=True):
            asked = session | {"Range": f"bytes={start}-{stop - 1}", "If-Range": etag}
            part = team.get(PACKAGE, None, headers=asked)
            assert part.status_code == 206
            assert part.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{size}"
            joined += part.data
        assert joined == whole.data

    check()
    with zipfile.ZipFile(io.BytesIO(whole.data)) as archive:
        assert archive.testzip() is None


def test_ranges_are_those_of_the_standard(team: Team) -> None:
    session = session_of(team)
    whole = team.get(PACKAGE, None, headers=session)
    size = len(whole.data)
    for asked, status, content in (
        ({"Range": "bytes=5-"}, 206, whole.data[5:]),
        ({"Range": "bytes=-7"}, 206, whole.data[-7:]),
        ({"Range": f"bytes=3-{size + 99}"}, 206, whole.data[3:]),
        ({"Range": f"bytes=-{size}"}, 206, whole.data),
        ({"Range": f"bytes=-{size + 1}"}, 206, whole.data),
        ({"Range": f"bytes=-{'9' * 30}"}, 206, whole.data),
        ({"Range": f"bytes=-{'9' * 5000}"}, 200, whole.data),
        ({"Range": "bytes=7-5"}, 200, whole.data),
        ({"Range": "bytes=-"}, 200, whole.data),
        ({"Range": "bytes=a-b"}, 200, whole.data),
        ({"Range": "bytes=0-1,4-5"}, 200, whole.data),
        ({"Range": "pages=1"}, 200, whole.data),
        ({"Range": "bytes=5-", "If-Range": '"other"'}, 200, whole.data),
        ({"Range": "bytes=5-", "If-Range": f"W/{whole.headers['ETag']}"}, 200, whole.data),
    ):
        answer = team.get(PACKAGE, None, headers=session | asked)
        assert (answer.status_code, answer.data) == (status, content), asked
    for nothing in (f"bytes={size}-", "bytes=-0", f"bytes={size}-{size + 7}"):
        beyond = team.get(PACKAGE, None, headers=session | {"Range": nothing})
        team.refused(beyond, 416, "byte-range-invalid")
        assert beyond.headers["Content-Range"] == f"bytes */{size}"


def test_asking_for_the_headers_alone_is_no_download(team: Team) -> None:
    session = session_of(team)
    head = team.client.head(f"/api/v1{PACKAGE}", headers=session)
    assert (head.status_code, head.data) == (200, b"")
    for asked in ("bytes=0-9", f"bytes={head.headers['Content-Length']}-"):
        ranged = team.client.head(f"/api/v1{PACKAGE}", headers=session | {"Range": asked})
        assert ranged.status_code == 200, "a range is for GET alone (RFC 9110 14.2)"
        assert ranged.headers["Content-Length"] == head.headers["Content-Length"]
        assert "Content-Range" not in ranged.headers
    assert "dsr.export.downloaded" not in [each.name for each in team.service.log.read()]


def test_thirty_two_who_come_at_once_get_one_session_every_time(team: Team) -> None:
    for number in range(5):
        _, link = offered(team)

        def come(visitor: int, link: dict[str, Any] = link) -> str:
            answer = team.app.test_client().post(
                "/api/v1/exports/redemption",
                json=secrets_of(link),
                environ_base={"REMOTE_ADDR": f"198.51.{visitor}.1"},  # a network has twenty attempts a minute
            )
            return str(answer.get_json()["session"])

        with ThreadPoolExecutor(RACERS) as threads:
            found = Counter(threads.map(come, range(RACERS)))
        assert list(found.values()) == [RACERS], number


def test_wrong_content_is_purged_at_once_and_answers_so(team: Team) -> None:
    place, link = offered(team)
    etag = team.get(place).headers["ETag"]
    gone = team.post(f"{place}/revocation", {"reason": "content-wrong"}, if_match=etag)
    assert gone.get_json()["purged_at"] is not None
    team.refused(team.post("/exports/redemption", secrets_of(link), None), 410, "export-purged")
    again = team.post(f"{place}/link", {}, if_match=gone.headers["ETag"], key="again")
    team.refused(again, 410, "export-purged")


def test_neither_token_nor_secret_nor_session_is_logged(team: Team, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    _, link = offered(team)
    team.post("/exports/redemption", secrets_of(link) | {"password": "WRNGWRNG"}, None)
    session = team.post("/exports/redemption", secrets_of(link), None).get_json()["session"]
    team.get(PACKAGE, None)
    team.get(PACKAGE, None, headers={"Authorization": f"Bearer {session}"})
    logged = "\n".join(f"{each.getMessage()} {each.args}" for each in caplog.records)
    assert "/exports/session/package" in logged
    for secret in (link["token"], link["password"], session, "WRNGWRNG"):
        assert secret not in logged
