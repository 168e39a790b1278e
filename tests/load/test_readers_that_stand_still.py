"""Readers of one package that do not read: the service goes on, and they are dropped."""

import secrets
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from dsr.bootstrap import Service, build
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.new_case import Person
from dsr.desk.search_lists import SystemReport
from dsr.desk.upload_store import UploadDetails
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.values import Channel, Provenance
from dsr.domain.rights import Right
from dsr.settings import Settings
from tests.load.conftest import DSR, serving

CALL = Call(part("test"))
SIZE = 16 * 1024 * 1024
"""More than the machine holds for a reader that does not read."""


def waiting(seconds: float) -> tuple[str, ...]:
    """The same program, which waits so long for who stands still instead of half a minute."""
    changed = f"from dsr.api import downloads; downloads.CHUNK_SECONDS = {seconds}"
    return (sys.executable, "-c", f"{changed}; from dsr.cli import main; main()")


@pytest.fixture
def settings(install: Callable[[str], Settings]) -> Settings:
    return install("sqlite")


@pytest.fixture
def session(settings: Settings) -> Iterator[dict[str, str]]:
    """The header of a session for a large package."""
    service = build(settings)
    yield {"Authorization": f"Bearer {begun(service)}"}
    service.close()


def granted(service: Service) -> UUID:
    """A case with access granted."""
    desk = service.desk
    entered = desk.entry.enter_request(
        CALL,
        controller_id="callcentre-de",
        channel=Channel.TELEPHONE,
        received_at=datetime.now(UTC) - timedelta(days=1),
        person=Person(name="Ada Lovelace", email="ada@example.org"),
        text="I am requesting access to my personal data.",
        language="en",
    )
    case = UUID(entered.resource_id)
    desk.triage.register(case, CALL, rights=(Right.ACCESS,), direct_marketing=False)
    desk.items.grant(case, "access", CALL)
    return case


def upload_of(service: Service, case: UUID, size: int) -> UUID:
    details = UploadDetails("call", "", "crm", "Customer relations", Provenance.OBSERVED, "A call", None)
    return UUID(service.desk.uploads.begin(case, "access", CALL, size=size, details=details).resource_id)


def begun(service: Service) -> str:
    desk, case = service.desk, granted(service)
    upload = upload_of(service, case, SIZE)
    for offset in range(0, SIZE, SIZE // 2):
        content = b"fLaC" + secrets.token_bytes(SIZE // 2 - 4)
        desk.uploads.append(upload, CALL.caller, offset=offset, content=content)
    desk.uploads.complete(upload, CALL, sha256=None)
    listed, _ = desk.search_lists.of_item(case, "access", CALL.caller)
    reports = [
        SystemReport(each, SearchResult.FOUND)
        if each == "crm"
        else SystemReport(each, SearchResult.LEFT_OUT, reason="It is switched off.")
        for each in listed.open
    ]
    desk.search_lists.account(case, "access", CALL, reports=reports)
    export_id = UUID(desk.exports.prepare(case, "access", CALL).resource_id)
    link = desk.exports.link(desk.exports.offer(export_id, CALL))
    return desk.exports.redeem(link.token, link.password, network="").secret


def environment(settings: Settings) -> dict[str, str]:
    return {
        "DSR_HOME": str(settings.home),
        "DSR_DATABASE_URL": settings.database_url,
        "DSR_KEYS_URL": settings.keys_url,
    }


def reader(url: str, session: dict[str, str]) -> socket.socket:
    """Asks for the package, and reads nothing."""
    at = urlsplit(url)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(60)
    connection.connect((at.hostname, at.port))
    headers = "".join(f"{name}: {value}\r\n" for name, value in session.items())
    connection.sendall(f"GET /api/v1/exports/session/package HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode())
    return connection


def status_of(connection: socket.socket) -> int:
    return int(connection.recv(12).split()[1])


def ask(url: str, path: str, **headers: str) -> Any:
    connection = HTTPConnection(str(urlsplit(url).netloc), timeout=60)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_readers_that_stand_still_stop_nobody_else(settings: Settings, session: dict[str, str]) -> None:
    with serving(environment(settings), DSR) as url, ExitStack() as open_until_the_end:
        readers = [open_until_the_end.enter_context(reader(url, session)) for _ in range(32)]
        answered = Counter(map(status_of, readers))
        assert set(answered) == {200, 429}
        assert answered[200] <= 4, "two in each of two processes"
        assert [ask(url, "/health/live")[0] for _ in range(8)] == [200] * 8


def test_a_reader_that_stands_still_is_dropped(settings: Settings, session: dict[str, str]) -> None:
    with serving(environment(settings), waiting(0.5)) as url, ExitStack() as open_until_the_end:
        # given
        readers = [open_until_the_end.enter_context(reader(url, session)) for _ in range(16)]
        assert 200 in {status_of(each) for each in readers}
        # when: the same session may download again, once these were dropped
        end = time.monotonic() + 60
        while (answer := ask(url, "/api/v1/exports/session/package", **session))[0] == 429:
            assert time.monotonic() < end, "nobody was dropped"
            time.sleep(0.2)
        # then
        assert answer[0] == 200
        assert len(answer[1]) > SIZE, "who reads gets the whole"
