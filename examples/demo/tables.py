"""What happened, as tables for people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

Row = Mapping[str, Any]

_ON_ONE_LINE = ("letter", "reference", "case", "event", "happened")

WIDTH = 140
"""Columns where nobody looks at a terminal, as in CI."""


def console() -> Console:
    """Where the demo prints: as wide as the terminal, or wide enough for the tables without one."""
    made = Console(highlight=False)
    return made if made.is_terminal else Console(highlight=False, width=WIDTH)


def show_mail(screen: Console, rows: Iterable[Row]) -> None:
    """What arrived, and what it became."""
    table = _table("The mailbox", "letter", "arrived", "outcome", "reference", "language", "suggested rights", "due")
    for row in rows:
        table.add_row(
            row["file"],
            row["arrived"],
            row["outcome"] + (f": {row['error']}" if row.get("error") else ""),
            row.get("reference") or "",
            row.get("language") or "",
            ", ".join(row.get("suggested_rights") or ()),
            row.get("due") or "",
        )
    screen.print(table)


def show_queue(screen: Console, title: str, rows: Iterable[Row]) -> None:
    """Cases, as the queue lists them."""
    table = _table(title, "reference", "controller", "R", "due", "lifecycle", "outcome", "clock", "identity", "items")
    for row in rows:
        table.add_row(
            row["reference"],
            row["controller_id"],
            row["received_on"],
            row["effective_due"] + (" (extended)" if row["extended"] else ""),
            row["lifecycle"],
            row["outcome"] or "",
            row["clock"],
            row["identity"],
            ", ".join(f"{item['right']}: {item['status']}" for item in row["items"]),
        )
    screen.print(table)


def show_timeline(screen: Console, reference: str, rows: Iterable[Row]) -> None:
    """The history of one case; what is sealed is named, never shown."""
    table = _table(f"Timeline of {reference}", "#", "happened", "event", "actor", "facts", "sealed")
    for row in rows:
        table.add_row(
            str(row["version"]),
            minute(row["happened_at"]),
            row["name"].removeprefix("dsr.request."),
            row["actor"],
            _facts(row["facts"]),
            ", ".join(row["sealed"]),
        )
    screen.print(table)


def show_deadline(screen: Console, reference: str, explanation: Row) -> None:
    """When the answer is due, and each rule on the way to it."""
    table = _table(
        f"Why {reference} is due on {explanation['effective_due']}", "rule", "date", "what it says", "source"
    )
    for step in explanation["steps"]:
        table.add_row(step["rule"], step["result"] or "", step["detail"], step["source"])
    screen.print(table)


def show_decisions(screen: Console, references: Mapping[str, str], rows: Iterable[Row]) -> None:
    """Who decided what, and with whom."""
    table = _table("Decisions", "case", "kind", "outcome", "opened by", "decided by", "ground", "provision", "method")
    for row in rows:
        table.add_row(
            references.get(row["request_id"], ""),
            row["kind"] + (f" ({row['item_id']})" if row["item_id"] else ""),
            row["outcome"] + (" (late)" if row["late"] else ""),
            row["opened_by"],
            row["decided_by"] or "",
            row["ground"] or "",
            row["provision"] or "",
            row["method"] or "",
        )
    screen.print(table)


def show_files(screen: Console, rows: Iterable[Sequence[str]]) -> None:
    """What the person downloaded."""
    table = _table("Downloaded", "package", "file", "bytes", "records", "where from", "sha256")
    for row in rows:
        table.add_row(*row)
    screen.print(table)


def minute(instant: str) -> str:
    """A time as people read it."""
    return instant[:16].replace("T", " ")


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in _ON_ONE_LINE)
    return table


def _facts(facts: Mapping[str, Any]) -> str:
    """The short facts; of a letter or a data set, what it is."""
    flat = dict(facts)
    for name, part in (("letter", "kind"), ("data_set", "name")):
        if isinstance(flat.get(name), Mapping):
            flat[name] = flat[name].get(part)
    return ", ".join(
        f"{name} {value}"
        for name, value in flat.items()
        if isinstance(value, str | int) and value not in ("", False) and not name.endswith("_at")
    )
