"""A drill with a large log: backup, proof, restore and check, each a command of its own, its time and memory counted.

The long form has a million events. The aim for its restore is ten minutes.
"""

import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from benchmarks.history import write_log
from dsr.blobs import small_blobs
from dsr.bootstrap import Service, build, init
from dsr.database import Database
from dsr.eventstore.header import parse_header
from dsr.eventstore.tables import events
from dsr.projections import PROJECTIONS, rebuild
from dsr.settings import Settings, load_settings
from dsr.vault.keystore import data_keys
from tests.proving import PROVES, in_ci
from tests.settable_clock import SettableClock

CAREERS, COPIES = in_ci(100, proving=4_000), in_ci(2, proving=35)
"""Different cases, and how often each is repeated under ids of its own; a case has some seven events."""
MOST_SECONDS = 600
MOST_BYTES = in_ci(400, proving=1_500) * 2**20
"""Of memory, for one command: nothing but ids of keys and files may grow with the log."""
_BLOB_ID = re.compile(r'"blob_id":"([0-9a-f-]{36})"')
_AT_ONCE = 10_000


@dataclass(frozen=True)
class Run:
    """What a command of `dsr` printed and took."""

    said: str
    seconds: float
    most_bytes: int

    def __str__(self) -> str:
        return f"{self.seconds:.0f} s and {self.most_bytes / 2**20:.0f} MB"


def dsr(settings: Settings, *command: str) -> Run:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DSR_")}
    environment |= {"DSR_HOME": str(settings.home)}
    begun, most = time.monotonic(), 0
    with subprocess.Popen(
        [sys.executable, "-m", "dsr.cli", *command], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        while process.poll() is None:
            most = max(most, held(process.pid))
            time.sleep(0.05)
        assert process.stdout is not None
        said = process.stdout.read()
    assert process.returncode == 0, (command, said)
    return Run(said, time.monotonic() - begun, most)


def held(process_id: int) -> int:
    """How many bytes a running process ever held: what the kernel counts at its end includes its parent."""
    status = Path(f"/proc/{process_id}/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def named(database: Database) -> Iterator[tuple[tuple[UUID, ...], list[UUID]]]:
    """The keys and files that each event names."""
    with database.reading() as connection:
        query = sa.select(events.c.header, events.c.payload).execution_options(yield_per=_AT_ONCE)
        for header, payload in connection.execute(query):
            yield parse_header(header).key_ids, [UUID(each) for each in _BLOB_ID.findall(payload)]


def insert(database: Database, table: sa.Table, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    while part := list(islice(rows, _AT_ONCE)):
        with database.writing() as connection:
            connection.execute(sa.insert(table), part)
        count += len(part)
    return count


def fill(made: Service) -> None:
    """Give it a log as years of work leave it, with a key and a file for each that it names. None of them opens."""
    write_log(made.database, CAREERS, COPIES, after=made.log.head().position)
    keys, blobs = set[UUID](), set[UUID]()
    for key_ids, blob_ids in named(made.database):
        keys.update(key_ids)
        blobs.update(blob_ids)
    now, kek_id = datetime.now(UTC), made.keyring.current.kek_id
    with made.keys_database.reading() as connection:
        keys.difference_update(connection.scalars(sa.select(data_keys.c.key_id)))
    with made.database.reading() as connection:
        blobs.difference_update(connection.scalars(sa.select(small_blobs.c.blob_id)))
    key = {"kek_id": kek_id, "created_at": now, "expires_at": now}
    insert(made.keys_database, data_keys, (key | {"key_id": each, "wrapped": secrets.token_bytes(60)} for each in keys))
    content = {"kept_at": now, "content": secrets.token_bytes(1_000)}
    insert(made.database, small_blobs, (content | {"blob_id": each} for each in blobs))
    rebuild(made.database, made.log, PROJECTIONS, at=now)
    made.log_mark.note()


@pytest.fixture
def installed(tmp_path: Path) -> Settings:
    """Four years ago, when the first of these events had not happened yet."""
    settings = load_settings({"DSR_HOME": str(tmp_path / "home")})
    clock = SettableClock(datetime.now(UTC) - timedelta(days=4 * 365))
    init(settings, clock=clock)
    made = build(settings)
    fill(made)
    made.close()
    return settings


def test_a_large_installation_is_backed_up_proved_and_restored(
    installed: Settings, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    # given
    target = load_settings({"DSR_HOME": str(tmp_path / "restored")})
    target.home.mkdir(mode=0o700)
    target.keyring.write_bytes(installed.keyring.read_bytes())
    target.keyring.chmod(0o600)
    # when
    making = dsr(installed, "backup", "make", str(tmp_path / "backups"))
    target.fence_journal.write_bytes(installed.fence_journal.read_bytes())
    backup = making.said.splitlines()[0]
    proving = dsr(installed, "backup", "verify", backup)
    restoring = dsr(target, "restore", backup)
    checking = dsr(target, "check")
    # then
    before, after = (build(each) for each in (installed, target))
    assert before.log.end() == after.log.end()
    size = f"{after.log.head().position:,} events"
    for each in (before, after):
        each.close()
    counted = f"{size}: backup {making}, proof {proving}, restore {restoring}, check {checking}"
    record_property("counts", counted)
    assert max(each.most_bytes for each in (making, proving, restoring, checking)) < MOST_BYTES, counted
    assert restoring.seconds < MOST_SECONDS or not PROVES, counted
