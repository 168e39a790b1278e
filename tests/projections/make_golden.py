"""Writes parts of the golden history that need no judgment; rows are written by a person (golden/README.md).

    python -m tests.projections.make_golden story 41-large-print "She reads large print." register record_large_print
    python -m tests.projections.make_golden column requests large_print false
    python -m tests.projections.make_golden digests

`story`: the events of a new story, one save for each command after the arrival, with lawful arguments from the
catalogue and a right named as `register:access`. A command follows an hour after the last one, `close+40` forty days
later. What each save changes is left empty: the test says what the program makes, and a person writes what is right.
`column`: a new column with the value that a person gives for it, in each row of the stories that is new.
`digests`: the digests of stories that are new, or whose read model has a new version.
"""

import json
import re
import sys
from datetime import timedelta
from typing import Any

import msgspec

from dsr.domain.rights import Right
from dsr.eventstore.mapper import EventMapper
from dsr.projections import projection_named
from tests.catalogue.catalogue import ACTS
from tests.domain.request.a_case import ACase
from tests.projections.test_golden_history import HERE, READ_MODELS, STORIES, digest_of, read

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def written(story: dict[str, Any]) -> str:
    """A story as it stands in its file: a line for each event and each row."""
    saves = []
    for save in story["saves"]:
        events = ",\n".join(f"    {_line(each)}" for each in save["events"])
        changes = ",\n".join(
            f"    {_line(read_model)}: {{\n"
            + ",\n".join(f"     {_line(name)}: {_line(row)}" for name, row in rows.items())
            + "}"
            for read_model, rows in save["changes"].items()
        )
        saves.append(
            f'  {{"recorded_at": {_line(save["recorded_at"])},\n   "events": [\n{events}],\n'
            f'   "changes": {{\n{changes}}}}}'
        )
    return (
        f'{{\n "title": {_line(story["title"])},\n "request_id": {_line(story["request_id"])},\n "saves": [\n'
        + ",\n".join(saves)
        + "\n ]\n}\n"
    )


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def begin(name: str, title: str, *commands: str) -> None:
    """Write the events of a new story."""
    number = name.partition("-")[0]
    case = ACase(reference=f"DSR-GLDN-{number:0>4}")
    saves = [_save(case)]
    for each in commands:
        called, _, days = each.partition("+")
        command, _, subject = called.partition(":")
        about = Right(subject) if ACTS[command].about == "rights" else subject
        case.run(ACTS[command], (about,) if about else (), {"at": case.now + timedelta(days=int(days or 0), hours=1)})
        saves.append(_save(case))
    path = HERE / f"{name}.json"
    text = written({"title": title, "request_id": str(case.request.id), "saves": saves})
    known: dict[str, str] = {}
    for each in _UUID.findall(text):
        known.setdefault(each, f"00000000-0000-4000-8000-{int(number):010}{len(known):02}")
    path.write_text(_UUID.sub(lambda match: known[match[0]], text), encoding="utf-8")


def _save(case: ACase) -> dict[str, Any]:
    mapper = EventMapper()
    stored = [mapper.to_stored_event(event) for event in case.news]
    events = [{"name": each.topic, "payload": json.loads(each.state)} for each in stored]
    return {"recorded_at": msgspec.to_builtins(case.now), "events": events, "changes": {}}


def add_column(read_model: str, column: str, value: str) -> None:
    """Write the column into each row that is new."""
    for path in STORIES:
        story, there = json.loads(path.read_bytes()), set[str]()
        for save in story["saves"]:
            for name, row in save["changes"].get(read_model, {}).items():
                if row is not None and name not in there:
                    row.setdefault(column, json.loads(value))
                there = there - {name} if row is None else there | {name}
        path.write_text(written(story), encoding="utf-8")


def add_digests() -> None:
    """Write the digests that are missing. Raises SystemExit where rows are missing, or a version has to rise first."""
    if empty := [each.stem for each in STORIES if not read(each).saves[0].changes]:
        raise SystemExit(f"Write what each save changes first, in {', '.join(empty)}.")
    path = HERE / "versions.json"
    known: dict[str, dict[str, dict[str, str]]] = json.loads(path.read_bytes())
    for read_model in READ_MODELS:
        versions, version = known[read_model], projection_named(read_model).version
        is_new = str(version) not in versions
        told = {story: digest for number in sorted(versions, key=int) for story, digest in versions[number].items()}
        now = {each.stem: digest_of(each, read_model) for each in STORIES}
        changed = {story: digest for story, digest in now.items() if told.get(story) != digest}
        if changed.keys() & told.keys() and not is_new:
            raise SystemExit(f"Raise the version of {read_model} first: its rows changed in {', '.join(changed)}.")
        versions.setdefault(str(version), {}).update(changed)
    path.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def main(*arguments: str) -> None:
    """Raises SystemExit with the usage."""
    match arguments:
        case ("story", name, title, *commands):
            begin(name, title, *commands)
        case ("column", read_model, column, value):
            add_column(read_model, column, value)
        case ("digests",):
            add_digests()
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
