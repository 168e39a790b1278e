"""Writes the reference pages from the code: `make docs`. A test checks that they are current."""

import dataclasses
import importlib
import inspect
import pkgutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import dsr
from docs import calendar_table, command_table
from docs.refusals import refusals
from docs.steps import steps
from dsr.domain.errors import DomainError
from dsr.domain.events import Event, event_types
from dsr.settings import VARIABLES, Variable

ROOT = Path(__file__).parent.parent
DEADLINES = ROOT / "docs" / "law" / "02-deadlines.md"
OPERATING = ROOT / "docs" / "operating.md"
EXAMPLES = ROOT / "tests" / "domain" / "deadlines" / "worked_examples.toml"
_HIDDEN = {"originator_id", "originator_version", "originator_topic", "timestamp", "actor", "credential"}


def import_everything() -> None:
    """Events and errors are known once their modules are imported."""
    for module in pkgutil.walk_packages(dsr.__path__, "dsr."):
        if "_alembic" not in module.name:
            importlib.import_module(module.name)


def events_page() -> str:
    """Every event by its stable name."""
    lines = [
        "# Events",
        "",
        "Every event that the log can hold, by the name it is stored under. All carry `timestamp` (when the command",
        "recorded it) and `actor` (a staff identifier, `data-subject`, `owner:<system>` or `service:<part>`).",
        "`credential` names what the actor used: `search-link:<id>` (of the owner of a system),",
        "`token:<id>`, `session:<id>`, `invitation:<id>`, `subject-token:<id>`, `sign-in:<id>` (of a",
        "code for `/my`) or `link:<id>` (to a package). It is absent where a part of the service or the administrator",
        "of the machine acted, and in events from before 0.3.0. The payload is plain JSON with the fields named here.",
        "*Sealed* fields hold ciphertext only. Written by `make docs`.",
        "",
    ]
    ours = {name: event for name, event in event_types().items() if event.__module__.startswith("dsr.")}
    for name, event in sorted(ours.items()):
        lines += [f"## `{name}`", "", _sentence(event), "", "| field | type |", "| --- | --- |"]
        lines += [f"| `{f.name}` | {_type(f)} |" for f in dataclasses.fields(event) if f.name not in _HIDDEN]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def errors_page() -> str:
    """Every error by its code, with its HTTP status."""
    from dsr.api.statuses import statuses  # noqa: PLC0415 - after import_everything

    lines = [
        "# Errors",
        "",
        "Every code that a problem (RFC 9457) or `dsr … --json` can carry. Codes are public and never renamed.",
        "Written by `make docs`.",
        "",
        "| code | status | what it says |",
        "| --- | --- | --- |",
    ]
    listed = sorted(statuses().items(), key=lambda each: each[0].code)
    lines += [f"| `{error.code}` | {status} | {_whole(error)} |" for error, status in listed]
    return "\n".join(lines) + "\n"


def _names(variable: Variable) -> str:
    return f"`{variable.name}`, `{variable.file_name}`" if variable.is_secret else f"`{variable.name}`"


def settings_table() -> str:
    """The table of settings."""
    lines = ["| variable | default | meaning |", "| --- | --- | --- |"]
    lines += [f"| {_names(v)} | `{v.default}` | {v.meaning} |" for v in VARIABLES]
    return "\n".join(lines)


def worked_examples_table() -> str:
    """The worked examples of deadlines, from the rows that tests hold."""
    lines = [
        "| arrival | country | what happens | statutory | promise | effective | operational |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))["example"]:
        arrival = row["received"].replace("T10:00:00+01:00", "")  # ten o'clock is the default
        happens = "; ".join(_happenings(row))
        dates = [row["statutory_due"], row.get("promise_due", "–"), row["effective_due"], row["operational_due"]]
        lines.append(f"| {arrival} | {row['country']} | {happens} | {' | '.join(map(str, dates))} |")
    return "\n".join(lines)


def _happenings(row: dict[str, str]) -> Iterator[str]:
    """The subject of the row, and its questions, answers and extensions."""
    yield row["name"]
    for paused in row.get("paused", ()):
        kind, asked, answered = paused.split(":")
        yield f"{kind} asked on {asked}, answered on {answered}"
    if "extended_at" in row:
        yield f"extended on {row['extended_at']}"


def with_table(page: Path, name: str, table: str) -> str:
    """The page with this table between its two marks."""
    text = page.read_text(encoding="utf-8")
    begin, end = f"<!-- {name}: written by `make docs` -->", f"<!-- end of {name} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    assert found and closed, f"{page.name} has no place for {name}"  # noqa: S101, PT018 - a mistake in the page
    return f"{before}{begin}\n\n{table}\n\n{end}{after}"


def pages() -> dict[Path, str]:
    """The content of each generated file."""
    import_everything()
    return {
        ROOT / "docs" / "events.md": events_page(),
        ROOT / "docs" / "errors.md": errors_page(),
        ROOT / "dsr" / "api" / "refusals.json": refusals(),
        ROOT / "dsr" / "desk" / "steps.json": steps(),
        ROOT / "docs" / "commands.md": command_table.page(),
        ROOT / "docs" / "law" / "calendars.md": calendar_table.page(),
        DEADLINES: with_table(DEADLINES, "worked examples", worked_examples_table()),
        OPERATING: with_table(OPERATING, "settings", settings_table()),
    }


def _sentence(event: type[Event]) -> str:
    return inspect.cleandoc(event.__doc__ or "").replace("\n", " ").strip()


def _whole(error: type[DomainError]) -> str:
    return inspect.cleandoc(error.__doc__ or "").replace("\n", " ").replace("|", "\\|").strip()


def _type(field: dataclasses.Field[object]) -> str:
    shown = field.type if isinstance(field.type, str) else inspect.formatannotation(field.type)
    shown = shown.rpartition(".")[2] if "[" not in shown and "|" not in shown else shown
    shown = shown.replace("dsr.domain.", "").replace("|", "or")
    return "*Sealed*" if shown == "Sealed" else f"`{shown}`"


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
