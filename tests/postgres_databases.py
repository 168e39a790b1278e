"""Databases on the PostgreSQL server of the tests: made, lent to one test after another, and dropped.

The server takes longer to make a database and to drop it than most tests last. So a copy of a template comes back once
its test is done: it gets the rows of the template again, and waits for the next test. It is dropped instead if the test
changed its schema, or once so much was deleted in it that queries would notice.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

WORN_OUT = 5_000
"""Rows that were deleted in a database: it is not lent again."""

_OWN = "16384"
"""Objects with lower numbers belong to the server."""

_SCHEMA = "SELECT concat_ws(' ', {})".format(
    ", ".join(
        f"(SELECT concat(count(*), '/', sum(xmin::text::bigint)) FROM {catalogue} WHERE {number} >= {_OWN})"
        for catalogue, number in {
            "pg_class": "oid",
            "pg_attribute": "attrelid",
            "pg_constraint": "oid",
            "pg_trigger": "oid",
            "pg_proc": "oid",
            "pg_type": "oid",
            "pg_namespace": "oid",
        }.items()
    )
)
"""Differs once a table, a column, an index, a trigger … was made, changed or dropped: each is a row of a catalogue, and
`xmin` is the number of the transaction that wrote the row."""

_TABLES = f"SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND oid >= {_OWN} ORDER BY oid"

_SEQUENCES = f"SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S' AND oid >= {_OWN} ORDER BY oid"


@dataclass(frozen=True)
class _Content:
    """What every copy of a template has."""

    schema: str
    tables: tuple[str, ...]
    rows: Mapping[str, bytes]
    """Of those tables that have any, as COPY writes them."""
    sequences: Mapping[str, tuple[int, bool]]

    @classmethod
    def of(cls, session: psycopg.Connection) -> "_Content":
        tables = tuple(name for (name,) in session.execute(_TABLES))
        rows = {name: _rows(session, name) for name in tables}
        empty = _rows(session, "(SELECT WHERE false)")
        sequences = {}
        for (name,) in session.execute(_SEQUENCES).fetchall():
            last, called = session.execute(f"SELECT last_value, is_called FROM {name}").fetchone() or (1, False)
            sequences[name] = (int(last), bool(called))
        return cls(_schema(session), tables, {name: each for name, each in rows.items() if each != empty}, sequences)

    def restore(self, session: psycopg.Connection) -> int | None:
        """Make a database what it was; how many rows were deleted, or None if its schema is another."""
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        if _schema(session) != self.schema:
            return None
        with session.transaction(), session.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")  # triggers keep the log from being deleted
            cursor.execute("; ".join(f"DELETE FROM {name}" for name in self.tables))
            deleted = cursor.rowcount
            while cursor.nextset():
                deleted += cursor.rowcount
            for name, rows in self.rows.items():
                with cursor.copy(f"COPY {name} FROM STDIN (FORMAT binary)") as copy:
                    copy.write(rows)
            for name, state in self.sequences.items():
                cursor.execute("SELECT setval(%s, %s, %s)", (name, *state))
        return deleted


def _schema(session: psycopg.Connection) -> str:
    ((found,),) = session.execute(_SCHEMA).fetchall()
    return str(found)


def _rows(session: psycopg.Connection, what: str) -> bytes:
    with session.cursor().copy(f"COPY {what} TO STDOUT (FORMAT binary)") as copy:
        return b"".join(map(bytes, copy))


@dataclass
class _Lent:
    """A copy of a template, and a session of our own in it."""

    name: str
    template: str
    session: psycopg.Connection
    deleted: int = 0


class PostgresDatabases:
    """Makes databases on the server, empty or from a template, and drops them again."""

    def __init__(self, server_url: str) -> None:
        self._server_url = make_url(server_url)
        self._connection = self._connected(self._server_url.database or "")
        self._names: set[str] = set()
        self._contents: dict[str, _Content] = {}
        self._lent: dict[str, _Lent] = {}
        self._waiting = defaultdict[str, list[_Lent]](list)

    def make(self, template: str | None = None) -> str:
        """Return the URL of a new database, a copy of the template's URL if one is given."""
        name = f"dsr_{uuid4().hex}"
        source = (make_url(template).database or "") if template else "template0"
        self._connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(source)
            )
        )
        self._names.add(name)
        return self._url(name)

    def drop(self, name: str) -> None:
        """Drop one, whoever is still connected."""
        self._connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        self._names.discard(name)

    def lend(self, template: str) -> str:
        """Return the URL of a database with the content of the template's URL, which has to be given back."""
        if self._waiting[template]:
            lent = self._waiting[template].pop()
        else:
            name = make_url(self.make(template)).database or ""
            lent = _Lent(name, template, self._connected(name))
            if template not in self._contents:
                self._contents[template] = _Content.of(lent.session)
        self._lent[lent.name] = lent
        return self._url(lent.name)

    def give_back(self, url: str) -> None:
        """Take back a database that was lent, to be lent again if it can be made what it was."""
        lent = self._lent.pop(make_url(url).database or "")
        try:
            deleted = self._contents[lent.template].restore(lent.session)
        except psycopg.OperationalError:  # a test ended all sessions, or dropped the database
            deleted = None
        if deleted is not None:
            lent.deleted += deleted
        if deleted is None or lent.deleted > WORN_OUT:
            lent.session.close()
            self.drop(lent.name)
        else:
            self._waiting[lent.template].append(lent)

    def close(self) -> None:
        """Drop what is left."""
        for waiting in self._waiting.values():
            for lent in waiting:
                lent.session.close()
        for name in tuple(self._names):
            self.drop(name)
        self._connection.close()

    def _url(self, name: str) -> str:
        return self._server_url.set(database=name).render_as_string(hide_password=False)

    def _connected(self, name: str) -> psycopg.Connection:
        plain = self._server_url.set(drivername="postgresql", database=name)
        return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)
