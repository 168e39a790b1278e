"""Tables of the demo's results."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

Row = Mapping[str, Any]

_ON_ONE_LINE = ("letter", "reference", "case", "event", "happened", "recorded")

WIDTH = 140
"""Columns where nobody looks at a terminal, as in CI."""


def console() -> Console:
    """Where the demo prints: as wide as the terminal, or wide enough for the tables without one."""
    made = Console(highlight=False)
    return made if made.is_terminal else Console(highlight=False, width=WIDTH)


def show_line(screen: Console, who: str, what: str) -> None:
    """Who does what, the second line of it under the first."""
    line = Table.grid(padding=(0, 2))
    line.add_column(justify="right", width=9, style="bold")
    line.add_column(overflow="fold")
    line.add_row(who, what)
    screen.print(line)


def show_mail(screen: Console, rows: Iterable[Row]) -> None:
    """Arrived mail and its outcome."""
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
            ", ".join(f"{item['right']}: {_what_became_of(item)}" for item in row["items"]),
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


def show_restrictions(screen: Console, rows: Iterable[Row]) -> None:
    """Restrictions in force."""
    table = _table("Restricted", "activities", "ground", "since", "review", "waits for", "told", "lifted")
    for row in rows:
        table.add_row(
            ", ".join(row["activities"]),
            row["ground"],
            minute(row["since"]),
            row["review_on"],
            row["awaits"] or "",
            minute(row["told_at"] or ""),
            minute(row["lifted_at"] or ""),
        )
    screen.print(table)


def show_own_erasures(screen: Console, rows: Iterable[Row]) -> None:
    """Erasures on own initiative."""
    table = _table(
        "Erased without a request", "why", "found in", "found", "reported by", "deleted", "by", "from", "told"
    )
    for row in rows:
        table.add_row(
            row["kind"],
            row["system"],
            minute(row["found_at"]),
            row["reported_by"],
            minute(row["deleted_at"] or ""),
            row["settled_by"] or "",
            ", ".join(row["systems"]),
            ", ".join(row["recipients_told"]),
        )
    screen.print(table)


def show_fees(screen: Console, rows: Iterable[Row]) -> None:
    """Fees, and the responses to them."""
    table = _table("Fees", "items", "ground", "amount", "offer ends", "proposed by", "quoted", "status")
    for row in rows:
        table.add_row(
            ", ".join(row["item_ids"]),
            row["ground"],
            f"{row['amount'] / 100:.2f} {row['currency']}",
            row["offer_ends_on"],
            row["proposed_by"],
            minute(row["quoted_at"] or ""),
            row["status"],
        )
    screen.print(table)


def show_holds(screen: Console, title: str, rows: Iterable[Row], references: Mapping[str, str] | None = None) -> None:
    """Holds in force."""
    case = ("case",) if references else ()
    table = _table(title, *case, "controller", "kind", "activities", "systems", "placed", "by")
    for row in rows:
        table.add_row(
            *((references or {}).get(row["request_id"], "") for _ in case),
            row["controller_id"],
            row["kind"],
            ", ".join(row["activities"]),
            ", ".join(row["systems"]),
            minute(row["placed_at"]),
            row["placed_by"],
        )
    screen.print(table)


def show_dates(screen: Console, names: Iterable[str], columns: Mapping[str, Row]) -> None:
    """The same dates of one case, at several times."""
    table = _table("No clock moved", "", *columns)
    for name in names:
        table.add_row(name, *(row[name] or "" for row in columns.values()))
    screen.print(table)


def show_statistics(screen: Console, numbers: Row) -> None:
    """Requests in numbers, by right, with the shares that an authority asks for."""
    counted = ("cases", "open", "due_soon", "missed", "closed", "answered")
    table = _table(f"Requests in numbers, as of {minute(numbers['as_of'])}", "right", *counted)
    for right, row in numbers["by_right"].items():
        table.add_row(right, *(str(row[each]) for each in counted))
    screen.print(table)
    outcomes = (f"{outcome} {row['number']} of {row['of']}" for outcome, row in numbers["by_outcome"].items())
    answered = numbers["answered"]
    shares = (f"{name.replace('_', ' ')} {answered[name]['number']} of {answered[name]['of']}" for name in _SHARES)
    screen.print(f"Closed: {', '.join(outcomes)}.")
    screen.print(f"Answered: {', '.join(shares)}; median {answered['median_days']} days.")


_SHARES = ("within_one_month", "within_three_months", "late", "extended", "with_refusal")


def show_log(screen: Console, title: str, rows: Iterable[Row]) -> None:
    """Events in the order of the log, as an auditor reads them."""
    table = _table(title, "#", "recorded", "event", "actor", "facts", "sealed")
    for row in rows:
        table.add_row(
            str(row["position"]),
            minute(row["recorded_at"]),
            row["name"],
            row["actor"],
            _shortened(_facts(row["facts"])),
            ", ".join(row["sealed"]),
        )
    screen.print(table)


def show_files(screen: Console, rows: Iterable[Sequence[str]]) -> None:
    """What the person downloaded."""
    table = _table("Downloaded", "package", "file", "bytes", "records", "where from", "sha256")
    for row in rows:
        table.add_row(*row)
    screen.print(table)


def show_contents(screen: Console, package: str, rows: Iterable[tuple[str, int]]) -> None:
    """Every file of a package."""
    table = _table(f"What is in {package}", "file", "bytes")
    for name, size in rows:
        table.add_row(name, str(size))
    screen.print(table)


def minute(instant: str) -> str:
    """A time as people read it."""
    return instant[:16].replace("T", " ")


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in _ON_ONE_LINE)
    return table


def _what_became_of(item: Row) -> str:
    part = ", ".join(item["refused_in_part"])
    return f"{item['status']}, refused for {part}" if part else str(item["status"])


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(",", 1)[0] + " …"


_LONGEST = 90
"""Characters of facts in a list that is about their order."""


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
