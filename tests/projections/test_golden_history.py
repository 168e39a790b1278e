"""Rows of the read models of state, for histories that hold every event of a case: reviewed, never rewritten."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from dsr.database import Database
from dsr.domain.events import event_types
from dsr.domain.recorded import Recorded
from dsr.domain.request import Request
from dsr.domain.request.case import RequestCreated, RequestEvent
from dsr.eventstore.mapper import EventMapper
from dsr.projections import project, projection_named, rebuild, verify
from dsr.projections.folding import rows_of
from dsr.projections.rows import Row
from dsr.projections.shown import CaseSave, no_rows, shown_of
from tests.projections.mini_desk import MiniDesk

HERE: Final = Path(__file__).parent / "golden"
STORIES: Final = sorted(HERE.glob("[0-9]*.json"))
READ_MODELS: Final = ("requests", "items", "agenda", "request_states", "messages")

Shown = dict[str, dict[str, Row]]
"""By read model and name of the row, as in the stories."""


class Stored(msgspec.Struct, frozen=True):
    """An event of a story."""

    name: str
    payload: msgspec.Raw


class Save(msgspec.Struct, frozen=True):
    """What one command recorded, and what it changes in the rows."""

    recorded_at: datetime
    events: list[Stored]
    changes: dict[str, dict[str, dict[str, Any] | None]]


class Story(msgspec.Struct, frozen=True):
    """One case from its arrival on."""

    title: str
    request_id: UUID
    saves: list[Save]

    def recorded(self) -> Iterator[tuple[Save, list[Recorded]]]:
        """The events of each save, as the log would give them."""
        mapper, position = EventMapper(), 0
        for save in self.saves:
            recorded = []
            for stored in save.events:
                position += 1
                payload = msgspec.json.encode(msgspec.json.decode(stored.payload)).decode()
                event = mapper.read(stored.name, str(self.request_id), position, payload)
                recorded.append(Recorded(position, self.request_id, position, stored.name, save.recorded_at, event))
            yield save, recorded


def read(path: Path) -> Story:
    return msgspec.json.decode(path.read_bytes(), type=Story)


def shown_after_each_save(story: Story) -> Iterator[tuple[Save, Shown]]:
    """The rows as the present code makes them."""
    history: list[Recorded] = []
    for save, recorded in story.recorded():
        history += recorded
        rows = rows_of(history, [projection_named(name) for name in READ_MODELS])
        yield save, {each.name: named(each.name, found) for each, found in rows.items()}


def named(read_model: str, rows: list[Row]) -> dict[str, Row]:
    """The rows by their names in a story, in plain JSON."""
    found = {}
    for each in rows:
        row = {column: msgspec.to_builtins(value) for column, value in each.items() if column != "request_id"}
        match read_model:
            case "requests":
                found["case"] = row
            case "items":
                found[row["item_id"]] = row
            case "agenda":
                found[" ".join(filter(None, (row["kind"], row["subject"], row["about"])))] = row
            case "request_states":
                found[row["since"]] = row
            case "messages":
                found[row["message_id"]] = row
    return found


def changes(before: Shown, after: Shown) -> dict[str, dict[str, dict[str, Any] | None]]:
    found: dict[str, dict[str, dict[str, Any] | None]] = {}
    for read_model, rows in after.items():
        earlier = before.get(read_model, {})
        gone = dict.fromkeys(earlier.keys() - rows.keys())
        changed = {
            name: {column: value for column, value in row.items() if earlier.get(name, {}).get(column, ...) != value}
            for name, row in rows.items()
        }
        different = gone | {name: row for name, row in changed.items() if row}
        if different:
            found[read_model] = different
    return found


def differences(told: Mapping[str, Mapping[str, Any]], shown: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Each row on which the story and the program differ: what only the one says, and what only the other."""
    found = []
    for read_model in sorted(told.keys() | shown.keys()):
        one, other = told.get(read_model, {}), shown.get(read_model, {})
        for name in sorted(one.keys() | other.keys()):
            says, makes = (rows.get(name, "nothing") for rows in (one, other))
            if isinstance(says, Mapping) and isinstance(makes, Mapping):
                says, makes = _without(says, makes), _without(makes, says)
            if says != makes:
                found.append(f"{read_model}, {name}: the story says {_line(says)}, the program makes {_line(makes)}")
    return found


def _without(row: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in row.items() if column not in other or other[column] != value}


def _line(row: object) -> str:
    return row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)


def test_a_difference_names_the_columns_and_what_each_side_says() -> None:
    told: dict[str, Any] = {"requests": {"case": {"version": 2, "late": False}}, "items": {"access": None}}
    shown: dict[str, Any] = {"requests": {"case": {"version": 2, "late": True, "new": 1}}}
    assert differences(told, shown) == [
        "items, access: the story says null, the program makes nothing",
        'requests, case: the story says {"late": false}, the program makes {"late": true, "new": 1}',
    ]
    assert differences(told, told) == []


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_each_save_changes_the_rows_as_stored(path: Path) -> None:
    before, found = Shown(), list[str]()
    for save, shown in shown_after_each_save(read(path)):
        if differ := differences(save.changes, changes(before, shown)):
            names = ", ".join(stored.name for stored in save.events)
            found += [f"{save.recorded_at:%Y-%m-%d %H:%M}, {names}:", *differ]
        before = shown
    assert not found, "\n".join([f"{path.stem}: tests/projections/golden/README.md says what to do.", *found])


def test_saved_as_they_happened_side_by_side_and_rebuilt_the_cases_have_the_rows_stored(database: Database) -> None:
    # given
    stories = [read(path) for path in STORIES]
    clock = Clock()
    desk = MiniDesk.on(database, clock)
    cases: dict[UUID, Request] = {}
    # when
    for save, recorded in sorted(
        (each for story in stories for each in story.recorded()), key=lambda each: each[0].recorded_at
    ):
        clock.time, case = save.recorded_at, cases.get(recorded[0].stream_id)
        before = no_rows() if case is None else shown_of(case)
        for each in recorded:
            case = cast(Request, each.event.mutate(case))
        assert case is not None
        cases[case.id] = case
        case.pending_events.extend(each.event for each in recorded)
        with desk.store.appending() as saving:
            project(
                saving.connection,
                saving.save(case),
                *saving.also,
                saves=[CaseSave(case.id, before, shown_of(case))],
                is_new_instant=saving.is_new_instant,
            )
    # then
    expected = {story.request_id: at_the_end(story) for story in stories}
    assert stored_rows(desk.database) == expected
    assert verify(desk.database, desk.log) == []
    # when, then
    rebuild(desk.database, desk.log, at=clock.time)
    assert stored_rows(desk.database) == expected


class Clock:
    """Tells the time of the save that comes next."""

    time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


def at_the_end(story: Story) -> Shown:
    """All changes on top of each other, without the place in a log that the story has for itself."""
    rows: Shown = {name: {} for name in READ_MODELS}
    for save in story.saves:
        for read_model, changed in save.changes.items():
            for name, row in changed.items():
                if row is None:
                    del rows[read_model][name]
                else:
                    rows[read_model][name] = rows[read_model].get(name, {}) | row
    del rows["requests"]["case"]["last_position"]
    return rows


def stored_rows(database: Database) -> dict[UUID, Shown]:
    """As the tables have them, by case."""
    found: dict[UUID, Shown] = {}
    with database.reading() as connection:
        for read_model in map(projection_named, READ_MODELS):
            rows = [dict(row) for row in connection.execute(sa.select(read_model.table)).mappings()]
            for row in rows:
                row.pop("last_position", None)
                case = found.setdefault(row["request_id"], {name: {} for name in READ_MODELS})
                case[read_model.name] |= named(read_model.name, [row])
    return found


def test_every_event_of_a_case_occurs_and_so_do_both_regimes() -> None:
    stories = [read(path) for path in STORIES]
    told = {stored.name for story in stories for save in story.saves for stored in save.events}
    known = {
        name
        for root in (RequestEvent, RequestCreated)
        for name, found in event_types(root).items()
        if found.__module__.startswith("dsr.")
    }
    untold = sorted(known - told)
    assert not untold, f"add a story in which these happen (tests/projections/golden/README.md): {untold}"
    regimes = {msgspec.json.decode(story.saves[0].events[0].payload)["regime"] for story in stories}
    assert regimes == {"eu-gdpr", "uk-gdpr"}


def digest_of(path: Path, read_model: str) -> str:
    """Of all that the story changes in the read model."""
    rows = [save.changes.get(read_model, {}) for save in read(path).saves]
    return hashlib.sha256(msgspec.json.encode(rows, order="sorted")).hexdigest()[:16]


@pytest.mark.parametrize("read_model", READ_MODELS)
def test_rows_that_change_demand_a_raised_version(read_model: str) -> None:
    known: dict[str, Mapping[str, str]] = msgspec.json.decode((HERE / "versions.json").read_bytes())[read_model]
    versions = sorted(map(int, known))
    told = {story: digest for version in versions for story, digest in known[str(version)].items()}
    now = {path.stem: digest_of(path, read_model) for path in STORIES}
    changed = sorted(now.items() - told.items())
    assert not changed, (
        f"The rows of {read_model} changed in {', '.join(story for story, _ in changed)}. Where the story was there "
        "before, raise the version of the read model; then run `python -m tests.projections.make_golden digests`."
    )
    assert now == told, f"remove from versions.json the stories that are gone: {sorted(told.keys() - now.keys())}"
    assert projection_named(read_model).version == versions[-1], (
        f"run `python -m tests.projections.make_golden digests`: versions.json lacks the version of {read_model}"
    )
