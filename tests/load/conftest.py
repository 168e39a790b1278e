"""A real server with two processes, and many clients at once."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from threading import local
from typing import Any
from urllib.parse import urlsplit

import pytest

from dsr.bootstrap import Service, build
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.roles import Role
from dsr.domain.staff import Training
from dsr.settings import Settings

CALL = Call(part("test"))
STAFF = ("ann", "bob")


@dataclass(frozen=True)
class Reply:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def etag(self) -> str:
        return self.headers["ETag"]


@dataclass
class Server:
    """A running server, for any number of threads: each keeps a connection of its own."""

    url: str
    token: str
    service: Service
    """The same installation, seen by this process."""
    call = CALL
    _own: local = field(default_factory=local)

    def post(self, path: str, body: object, *, token: bool = True, **headers: str) -> Reply:
        """Send JSON, or bytes as a mail. Header names are written with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["Authorization"] = f"Bearer {self.token}"
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent["Content-Type"] = "message/rfc822" if isinstance(body, bytes) else "application/json"
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = HTTPConnection(str(urlsplit(self.url).netloc), timeout=60)
        connection.request("POST", f"/api/v1{path}", content, sent)
        answer = connection.getresponse()
        return Reply(answer.status, dict(answer.headers), answer.read())


@pytest.fixture
def server(backend: str, install: Callable[[str], Settings]) -> Iterator[Server]:
    """`dsr serve` with two processes, on each database; the first member of staff has a token."""
    settings = install(backend)
    service = build(settings)
    token = staffed(service)
    environment = {
        "DSR_HOME": str(settings.home),
        "DSR_DATABASE_URL": settings.database_url,
        "DSR_KEYS_URL": settings.keys_url,
        "DSR_RATE_PER_MINUTE": str(10**9),
    }
    with serving(environment) as url:
        yield Server(url, token, service)
    service.close()


def staffed(service: Service) -> str:
    """The token of the first member of staff."""
    staff = service.desk.staff
    for identifier in STAFF:
        staff.enrol(
            CALL,
            identifier=identifier,
            roles=(Role.INTAKE, Role.HANDLER),
            controllers=("*",),
            confidentiality_signed_on=date(2026, 1, 2),
            training=Training("gdpr-basics", date(2026, 1, 2)),
        )
    return staff.secret(staff.issue_token(STAFF[0], CALL))


DSR = (str(Path(sys.executable).with_name("dsr")),)


@contextmanager
def serving(
    environment: Mapping[str, str], program: Sequence[str] = DSR, *, folder: Path | None = None
) -> Iterator[str]:
    """Its URL, for as long as it runs. `folder`: where it is started, if not here."""
    command = [
        *program,
        "serve",
        "--web-only",
        "--port",
        "0",
        "--workers",
        "2",
        "--threads",
        "8",
    ]
    others = {name: value for name, value in os.environ.items() if not name.startswith("DSR_")}
    environment = others | dict(environment)
    with subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = None
        while found is None:
            line = process.stdout.readline()
            assert line, "the server ended before it listened"
            found = re.search(r"Serving on (http://\S+)", line)
        try:
            yield found[1]
        finally:
            process.terminate()
            process.communicate(timeout=60)
