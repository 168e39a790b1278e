"""Two real versions of the program on one installation: the older one serves while the newer one upgrades it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from time import sleep
from typing import Any
from urllib.parse import urlsplit

import pytest

from benchmarks.places import Place
from dsr.bootstrap import build
from dsr.projections import verify
from dsr.settings import load_settings
from tests.load.conftest import serving
from tests.proving import in_ci

ROOT = Path(__file__).parents[2]
LETTERS = in_ci(10, proving=200)
"""Taken in before the upgrade, at least, and after it."""

INSTALL = """
import os
from benchmarks.places import handler_token, installed
with installed(os.environ) as made:
    print(handler_token(made))
"""

LETTER = (
    "From: Ada <ada-{number}@example.org>\r\nTo: privacy@callcentre.example\r\nSubject: My request\r\n"
    "Message-ID: <{number}@example.org>\r\n\r\nPlease send me a copy of my data under Article 15 GDPR.\r\n"
)


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree of the commit before the newest migration."""
    newest = max((ROOT / "alembic" / "versions").glob("0*.py"))
    added = git("log", "-1", "--diff-filter=A", "--format=%H", "--", str(newest)).decode().strip()
    folder = tmp_path_factory.mktemp("older")
    subprocess.run(["tar", "-x", "-C", folder], input=git("archive", f"{added}^"), check=True)
    assert not (folder / newest.relative_to(ROOT)).exists()
    return folder


def git(*words: str) -> bytes:
    return subprocess.run(["git", "-C", ROOT, *words], check=True, capture_output=True).stdout


def run(tree: Path, environment: Mapping[str, str], *words: str) -> str:
    """Python in this tree; what it printed."""
    done = subprocess.run(
        [sys.executable, *words], cwd=tree, env=within(tree, environment), check=True, capture_output=True, text=True
    )
    return done.stdout


def within(tree: Path, environment: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DSR_")}
    return {**kept, **environment, "PYTHONPATH": str(tree)}


def ask(url: str, token: str, method: str, path: str, body: bytes = b"") -> tuple[int, dict[str, Any]]:
    connection = HTTPConnection(str(urlsplit(url).netloc), timeout=60)
    try:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "message/rfc822"}
        connection.request(method, f"/api/v1{path}", body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


class Sender:
    """Sends one letter after the other, until the program refuses one as too old for the database."""

    def __init__(self, token: str) -> None:
        self._token = token
        self.cases: dict[int, str] = {}
        """The case of each letter that was acknowledged, by its number."""
        self.unsent = 0
        """The number of the letter that was refused."""

    def until_refused(self, url: str) -> None:
        while self.send(url, self.unsent):
            self.unsent += 1

    def send(self, url: str, number: int) -> bool:
        status, said = ask(url, self._token, "POST", "/intake/messages", LETTER.format(number=number).encode())
        if status == 503:
            assert said["code"] == "database-newer", said
            return False
        assert status == 201, said
        self.cases[number] = said["request_id"]
        return True


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_older_program_writes_nothing_after_the_upgrade(
    kind: str, older: Path, tmp_path: Path, postgres_server: str, record_property: Callable[[str, object], None]
) -> None:
    # given: the older program at work, with two processes
    place = Place(kind, tmp_path, postgres_server if kind == "postgresql" else None)
    environment = place.environment("versions")
    token = run(older, environment, "-c", INSTALL).split()[-1]
    sender = Sender(token)
    program = (sys.executable, "-m", "dsr.cli")
    with serving(within(older, environment), program, folder=older) as url, ThreadPoolExecutor(1) as threads:
        sending = threads.submit(sender.until_refused, url)
        while sender.unsent < LETTERS:
            assert not sending.done(), "it was refused before the upgrade"
            sleep(0.05)
        # when
        run(ROOT, environment, "-m", "dsr.cli", "upgrade")
        upgraded_at = sender.unsent
        sending.result(timeout=60)
        # then: it reads on, and refuses every command
        assert sender.unsent - upgraded_at <= 1, "the letter that was under way"
        for number in range(sender.unsent, sender.unsent + LETTERS):
            assert not sender.send(url, number)
        assert ask(url, token, "GET", "/requests")[0] == 200
        made = build(load_settings(environment))
        head = made.log.head().position
        # and the newer program takes what was refused
        with serving(within(ROOT, environment), program, folder=ROOT) as newer:
            for number in range(sender.unsent, sender.unsent + LETTERS):
                assert sender.send(newer, number)
            assert not sender.send(url, sender.unsent + LETTERS)
    received = [str(each.stream_id) for each in made.log.read() if each.name == "dsr.request.received"]
    record_property("counts", f"{len(received)} letters, {LETTERS + 1} refused by the older program")
    assert made.log.head().position > head
    assert sorted(received) == sorted(sender.cases.values())
    assert len(received) == sender.unsent + LETTERS
    assert verify(made.database, made.log) == []
    made.close()
