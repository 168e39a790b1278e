"""A log of 100,000 requests: how fast read models are rebuilt from it, and what the queue, statistics and metrics then
cost.

The cases are copies of 4,000 that real commands made, spread over three years, under ids, keys, references and
controllers of their own; their events are written in bulk in order of time, as they would have come.

Neighbours in the queue must not be alike: if a hundred copies of one case fell due on one day at one controller, a
filter that refuses the first would look at all of them in vain, and the page would cost the copies, not the table.
"""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from operator import itemgetter
from statistics import median
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select

from benchmarks.careers import CONTROLLERS, Careers
from benchmarks.places import Place
from benchmarks.results import Result
from benchmarks.watching import Watching
from dsr.calendars import resolve
from dsr.database import Database
from dsr.database.migrations import upgrade
from dsr.domain.request.reference import new_reference
from dsr.domain.rights import Right
from dsr.eventstore.header import build_header, format_instant
from dsr.eventstore.log import Log
from dsr.eventstore.mapper import EventMapper
from dsr.eventstore.tables import events
from dsr.projections import Page, QueueFilter, Scope, Sort, queue, rebuild, require_current, statistics, totals
from dsr.projections.bulk import insert_many
from dsr.projections.paging import make_cursor
from dsr.projections.requests import OPEN, requests

AIM_EVENTS = 20_000
AIM_PAGE = 1.5
MANY, FEW = 100_000, 1_000
_CAREERS = 4_000
_YEARS = 3
_SOME = frozenset(CONTROLLERS[:5])
_ROWS = 20
"""Of a page: so few that the middle of 1,000 requests has as many as that of 100,000, whatever is asked for."""
_ACCESS = QueueFilter(right=Right.ACCESS)
_ROUNDS = 40


def run(place: Place, watching: Watching) -> list[Result]:
    """Rebuild at 100,000 requests, then pages at 100,000 and at 1,000 in turn."""
    with closing(Database(place.url("many"))) as many, closing(Database(place.url("few"))) as few:
        for each, careers, copies in ((many, _CAREERS, MANY // _CAREERS), (few, FEW, 1)):
            upgrade(each, "main")
            progress = watching.amount(f"writing {careers * copies:,} requests, {place.kind}")
            write_log(each, careers, copies, progress=progress)
        rebuild(few, Log(few), at=datetime.now(UTC))
        started = time.perf_counter()
        count = rebuild(many, Log(many), at=datetime.now(UTC), progress=watching.amount(f"rebuild, {place.kind}"))
        speed = count / (time.perf_counter() - started)
        rebuilt = Result(
            f"rebuild of all read models, {count:,} events",
            place.kind,
            f"{speed:,.0f} events/s",
            "–",
            None,
            f"{AIM_EVENTS:,} events/s",
            speed >= AIM_EVENTS,
        )
        return [rebuilt, *_pages(many, few, place.kind, watching), *_numbers(many, few, place.kind, watching)]


def _pages(many: Database, few: Database, kind: str, watching: Watching) -> list[Result]:
    results = []
    for name, filters, scope, deep in (
        ("queue, first page", QueueFilter(), None, False),
        ("queue, page deep inside", QueueFilter(), None, True),
        ("queue, filter and scope", _ACCESS, _SOME, False),
        ("queue, filter and scope, deep", _ACCESS, _SOME, True),
    ):
        cursors = {each: _middle(each) if deep else None for each in (many, few)}

        def page(
            database: Database,
            filters: QueueFilter = filters,
            scope: Scope = scope,
            cursors: dict[Database, str | None] = cursors,
        ) -> None:
            assert len(_page(database, filters, scope, cursors[database]).rows) == _ROWS

        results.append(_compared(name, page, many, few, kind=kind, watching=watching))
    return results


def _numbers(many: Database, few: Database, kind: str, watching: Watching) -> list[Result]:
    """What a person waits for who asks for statistics, Prometheus with each scrape, and a load balancer."""
    now = datetime.now(UTC)
    last_year, three_years = date(now.year - 1, 1, 1), date(now.year - 3, 1, 2)
    asked: dict[str, dict[str, Any]] = {
        "statistics": {},
        "statistics, last year": {"received_from": last_year, "received_until": last_year.replace(month=12, day=31)},
        "statistics, from one day to another": {"received_from": three_years, "received_until": now.date()},
        "statistics, from the middle of a year to that of another": {
            "received_from": date(now.year - 3, 5, 16),
            "received_until": date(now.year - 1, 8, 15),
        },
        "statistics, one controller": {"controller": CONTROLLERS[0]},
        "statistics, scope": {"scope": _SOME},
    }

    def numbers(about: dict[str, Any]) -> Callable[[Database], None]:
        def ask(database: Database) -> None:
            with database.reading() as connection:
                assert statistics(connection, at=now, last_recorded_at=now, **about).cases

        return ask

    def scrape(database: Database) -> None:
        with database.reading() as connection:
            assert totals(connection, now).open_by_lifecycle

    def ready(database: Database) -> None:
        with database.reading() as connection:
            require_current(connection, Log(database).head().position)

    questions = {name: numbers(about) for name, about in asked.items()}
    questions |= {"numbers of cases in metrics": scrape, "log and read models in /health/ready": ready}
    return [_compared(name, ask, many, few, kind=kind, watching=watching) for name, ask in questions.items()]


def _compared(
    name: str, ask: Callable[[Database], None], many: Database, few: Database, *, kind: str, watching: Watching
) -> Result:
    """The time of an answer at 100,000 and at 1,000 requests, asked in turn."""
    seconds: dict[Database, list[float]] = {many: [], few: []}
    step = watching.steps(f"{name}, {kind}", _ROUNDS)
    for _ in range(_ROUNDS):
        for each in (many, few):
            started = time.perf_counter()
            ask(each)
            seconds[each].append(time.perf_counter() - started)
        step()
    ours, baseline = median(seconds[many]), median(seconds[few])
    return Result(
        f"{name}: 100,000 ÷ 1,000 requests",
        kind,
        f"{ours * 1000:.1f} ms",
        f"{baseline * 1000:.1f} ms",
        ours / baseline,
        f"at most {AIM_PAGE}",
        ours / baseline <= AIM_PAGE,
    )


def _page(database: Database, filters: QueueFilter, scope: Scope, cursor: str | None) -> Page:
    with database.reading() as connection:
        return queue(connection, filters, cursor=cursor, scope=scope, limit=_ROWS)


def _middle(database: Database) -> str:
    """The cursor after one half of the open cases."""
    c = requests.c
    with database.reading() as connection:
        open_cases = connection.scalar(select(func.count()).where(c.status == OPEN)) or 0
        row = connection.execute(
            select(c.effective_due, c.request_id)
            .where(c.status == OPEN)
            .order_by(c.effective_due, c.request_id)
            .offset(open_cases // 2)
            .limit(1)
        ).one()
    return make_cursor(f"queue:{Sort.DUE}:asc", tuple(row))


# The log -------------------------------------------------------------------------------------------------------


def write_log(
    database: Database,
    careers: int,
    copies: int,
    *,
    after: int = 0,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> None:
    """Write so many copies of so many cases to the log, `after` the position of its last event. The read models stay
    as they are.
    """
    lines = sorted(_careers(careers), key=itemgetter(0))
    written = 0
    rows = _copied(lines, copies, after)
    while part := list(islice(rows, 20_000)):
        with database.appending() as connection:
            insert_many(connection, events, part)
        written += len(part)
        progress(written, len(lines) * copies)


_Line = tuple[str, int, int, str, tuple[UUID, ...], str, str, str]
"""recorded at, number of the career, version, name, key ids, payload, reference and controller in it."""

_BLOB_ID = re.compile(r'"blob_id":"([0-9a-f-]{36})"')


def _careers(count: int) -> Iterator[_Line]:
    mapper = EventMapper()
    now = datetime.now(UTC).replace(microsecond=0)
    careers = Careers(7, resolve("DE", "Europe/Berlin", now.year - _YEARS - 1, now.year + 2))
    for number in range(count):
        arrival = now - timedelta(days=30 + number * 365 * _YEARS / count)
        history = careers.career(arrival)
        received = vars(history[0])
        for event in history:
            stored = mapper.to_stored_event(event)
            yield (
                format_instant(event.timestamp),
                number,
                event.originator_version,
                stored.topic,
                stored.key_ids,
                stored.state.decode(),
                received["reference"],
                received["controller_id"],
            )


def _copied(lines: list[_Line], copies: int, after: int) -> Iterator[dict[str, Any]]:
    ids: defaultdict[int, list[UUID]] = defaultdict(lambda: [uuid4() for _ in range(copies)])
    references: defaultdict[int, list[str]] = defaultdict(lambda: [new_reference() for _ in range(copies)])
    position = after
    for recorded_at, number, version, name, key_ids, payload, reference, controller in lines:
        for copy in range(copies):
            position += 1
            answering = CONTROLLERS[(CONTROLLERS.index(controller) + copy) % len(CONTROLLERS)]
            own = payload.replace(f'"{controller}"', f'"{answering}"')
            own = own.replace(reference, references[number][copy]) if version == 1 else own
            keys = {each: UUID(int=each.int ^ ids[number][copy].int) for each in key_ids}
            blobs = {each: UUID(int=each.int ^ ids[number][copy].int) for each in map(UUID, _BLOB_ID.findall(own))}
            for theirs, ours in (keys | blobs).items():
                own = own.replace(str(theirs), str(ours))
            yield {
                "log": "main",
                "position": position,
                "stream_id": ids[number][copy],
                "stream_version": version,
                "name": name,
                "recorded_at": recorded_at,
                "header": build_header(
                    log="main",
                    position=position,
                    stream_id=ids[number][copy],
                    stream_version=version,
                    name=name,
                    recorded_at=recorded_at,
                    key_ids=tuple(keys.values()),
                    payload=own.encode(),
                ),
                "payload": own,
            }
