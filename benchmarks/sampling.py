"""What the processes of a service hold: memory, open files, threads, connections, and the log of its database."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy.engine import make_url

_PROCESSES: Final = Path("/proc")
_MAIN: Final = "server"


@dataclass(frozen=True)
class Held:
    """What one process holds."""

    memory: int
    """Bytes in RAM."""
    files: int
    """Open descriptors."""
    threads: int


def processes_of(server: int) -> Iterator[tuple[str, int]]:
    """The name and id of each process of a `dsr serve`: `server`, `web 1` …, `worker`, `scheduler`. Needs Linux.

    Web processes are named in the order in which they were started. Helpers that live for one message are left out.
    """
    children = _children()
    yield _MAIN, server
    web = 0
    for child in children.get(server, ()):
        words = _words(child)
        if "--keep" in words:
            yield "keeper", child
            yield from ((_words(each)[-1], each) for each in children.get(child, ()))
        elif words == _words(server):
            web += 1
            yield f"web {web}", child


def held_by(process_id: int) -> Held:
    """Raises OSError if the process is gone."""
    folder = _PROCESSES / str(process_id)
    facts = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    return Held(
        memory=int(facts["VmRSS"].split()[0]) * 1024,
        files=sum(1 for _ in (folder / "fd").iterdir()),
        threads=int(facts["Threads"]),
    )


def database_log(url: str) -> int:
    """Bytes of the write-ahead log of SQLite or PostgreSQL."""
    if url.startswith("sqlite"):
        log = Path(f"{make_url(url).database}-wal")
        return log.stat().st_size if log.exists() else 0
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT sum(size)::bigint FROM pg_ls_waldir()").fetchone()
    assert found is not None
    return int(found[0])


def connections(urls: Mapping[str, str]) -> dict[str, int]:
    """How many sessions each of these databases of PostgreSQL has, by the same names."""
    found = {}
    for name, url in urls.items():
        with psycopg.connect(url, autocommit=True) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchone()
        assert row is not None
        found[name] = int(row[0])
    return found


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for each in sorted(int(name) for name in os.listdir(_PROCESSES) if name.isdecimal()):
        try:
            parent = int((_PROCESSES / str(each) / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:  # ended meanwhile
            continue
        found.setdefault(parent, []).append(each)
    return found


def _words(process_id: int) -> list[str]:
    try:
        return (_PROCESSES / str(process_id) / "cmdline").read_bytes().decode().split("\0")[:-1]
    except OSError:  # ended meanwhile
        return [""]
