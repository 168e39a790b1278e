"""What is sent to the databases, counted where it leaves: at SQLite's own trace, and in libpq's trace of the protocol.

So nothing is missed, whichever layer sent it: BEGIN and COMMIT count as statements too. A round trip is a wait for the
answer of PostgreSQL; what is sent as one pipeline is one. Statements are never prepared while they are counted, so that
the figures do not depend on how often a connection sent them before.
"""

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any, Final, TextIO

import psycopg
import sqlalchemy as sa
from psycopg import pq

from dsr.bootstrap import Service
from dsr.database import Database
from dsr.projections import ONLY_SHOWN, project

_LITERAL: Final = re.compile(r"x?'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b|\bNULL\b", re.IGNORECASE)
"""SQLite's trace shows a statement with its values put in."""

_SHOWN: Final = re.compile(rf'\b(?:FROM|JOIN) "?({"|".join(sorted(ONLY_SHOWN))})\b', re.IGNORECASE)
"""What is only shown, where a statement reads or deletes it."""

_MESSAGE: Final = re.compile(r"^([BF])\t\d+\t(\w+)", re.MULTILINE)

_TEXT: Final = re.compile(r'^F\t\d+\t(?:Parse\t "[^"]*"|Query\t) "(.*?)"(?: \d+(?: \d+)*)?$', re.MULTILINE | re.DOTALL)


@dataclass
class Traffic:
    """What was sent while it was counted."""

    statements: int = 0
    round_trips: int = 0
    """To PostgreSQL; none where the database is a file."""
    texts: list[str] = field(default_factory=list)
    """The statements without their values. Those that were sent together are one text."""
    shown_read: set[str] = field(default_factory=set)
    """What is only shown (`ONLY_SHOWN`) and was read, except to bring it up to date. Only of SQLite."""


@contextmanager
def counted(service: Service) -> Iterator[Traffic]:
    """Count what both databases are sent meanwhile, by all connections that are taken from their pools.

    The process has keys ahead: in every few dozen commands, one makes the next ones in a commit.
    """
    service.keystore._reserve._fill(0)
    with counted_in(service.database, service.keys_database) as traffic:
        yield traffic


@contextmanager
def counted_in(*databases: Database) -> Iterator[Traffic]:
    """Count what these databases are sent meanwhile."""
    traffic = Traffic()
    undo: list[Callable[[], None]] = []
    for database in databases:
        undo += _watch(database, traffic)
    try:
        yield traffic
    finally:
        for each in reversed(undo):
            each()


def _watch(database: Database, traffic: Traffic) -> list[Callable[[], None]]:
    engine, undo = database.engine, list[Callable[[], None]]()
    watched: dict[int, Any] = {}

    def note(statement: str) -> None:
        # Lines of a trigger; and what a connection is told only where it was told otherwise before.
        if not statement.startswith(("--", "PRAGMA query_only")):
            traffic.statements += 1
            traffic.texts.append(_LITERAL.sub("?", statement))
            if (
                statement.startswith(("SELECT", "WITH"))
                and (read := _SHOWN.findall(statement))
                and not _is_projecting()
            ):
                traffic.shown_read |= set(read)

    def trace(connection: Any, *_: Any) -> None:
        if id(connection) in watched:
            return
        watched[id(connection)] = connection
        if not isinstance(connection, psycopg.Connection):
            connection.set_trace_callback(note)
            undo.append(lambda: connection.set_trace_callback(None))
            return
        file = tempfile.TemporaryFile("w+")  # noqa: SIM115 - open as long as the connection is watched
        threshold, connection.prepare_threshold = connection.prepare_threshold, None
        connection.pgconn.trace(os.dup(file.fileno()))
        connection.pgconn.set_trace_flags(pq.Trace.SUPPRESS_TIMESTAMPS)

        def stop() -> None:
            connection.prepare_threshold = threshold
            connection.pgconn.untrace()
            _read(file, traffic)
            file.close()

        undo.append(stop)

    def stop_all() -> None:
        for stop in undo:
            stop()

    sa.event.listen(engine, "checkout", trace)
    return [
        lambda: sa.event.remove(engine, "checkout", trace),
        stop_all,
    ]


def _is_projecting() -> bool:
    """Whether read models are being brought up to date."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code is not project.__code__:
        frame = frame.f_back
    return frame is not None


def _read(file: TextIO, traffic: Traffic) -> None:
    file.seek(0)
    trace = file.read()
    messages = [(match[1], match[2]) for match in _MESSAGE.finditer(trace)]
    traffic.statements += messages.count(("B", "CommandComplete")) + messages.count(("B", "ErrorResponse"))
    traffic.round_trips += messages.count(("B", "ReadyForQuery"))
    traffic.round_trips += sum(  # results that were waited for without the end of a pipeline
        message == ("F", "Flush") and before != ("F", "Sync") for before, message in pairwise(messages)
    )
    traffic.texts += (match[1] for match in _TEXT.finditer(trace))


TABLE: Final = Path(__file__).with_name("statement_counts.txt")
"""What each command of the desk and each route costs; see its first lines."""

_REWRITE: Final = "DSR_WRITE_STATEMENT_COUNTS"
"""With this in the environment, a test writes what it counted into the table. Look at them before a commit."""

WRITTEN_BY: Final = f"`{_REWRITE}=1 pytest tests/desk/test_use_cases.py tests/api/test_cost_of_routes.py -k NAME`"
"""`NAME`: a word of the command's name and of its route, such as `delay`; without `-k` all rows are written."""


def require_known_cost(what: str, backend: str, traffic: Traffic) -> None:
    """Fail unless this costs what the table says it does, or if it changes something and reads what is only shown."""
    if what.startswith(("command:", "person:", "route: POST")):
        assert traffic.shown_read == set(), f"{what}: a decision rests on rows that an upgrade may show as they were"
    head, rows = _table()
    known = rows.get(what, ("-", "-", "-"))
    if backend == "sqlite":
        found = (str(traffic.statements), *known[1:])
    else:
        found = (known[0], str(traffic.statements), str(traffic.round_trips))
    if found != known and os.environ.get(_REWRITE):
        rows[what] = found
        lines = [f"{name:<60}{''.join(f'{count:>12}' for count in counts)}" for name, counts in sorted(rows.items())]
        TABLE.write_text("\n".join([*head, *lines, ""]))
        return
    sent = "\n".join(f"  {' '.join(text.split())[:100]}" for text in traffic.texts)
    assert found == known, (
        f"{what} costs {found}, tests/{TABLE.name} says {known}. "
        f"A cost that is right is written by {WRITTEN_BY}\n{sent}"
    )


def known_costs(kind: str) -> set[str]:
    """Names of what the table has of this kind: `command`, `person` or `route`."""
    return {name.removeprefix(f"{kind}: ") for name in _table()[1] if name.startswith(f"{kind}: ")}


def _table() -> tuple[list[str], dict[str, tuple[str, str, str]]]:
    head, rows = list[str](), dict[str, tuple[str, str, str]]()
    for line in TABLE.read_text().splitlines():
        if line.startswith("#") or not line:
            head.append(line)
        else:
            name, sqlite, postgresql, round_trips = line.rsplit(maxsplit=3)
            rows[name] = (sqlite, postgresql, round_trips)
    return head, rows
