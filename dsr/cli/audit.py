"""`dsr audit`: checks the history."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import click

from dsr.cli._counting import counted
from dsr.cli._service import is_terminal, running


@click.group()
def command() -> None:
    """Check the whole history."""


@command.command()
def replay() -> None:
    """Replay the log into fresh read models. Recomputes each legal date too; lists differences and exits 1.

    Checks each event against its header: whole and in order, each payload with its digest, each key known. That the
    headers are those once written, only a checkpoint kept elsewhere proves: `dsr evidence check`.

    Names the members of staff whom a second person still has to confirm.

    The service may keep running, and nothing is changed.
    """
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.progress import Progress  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from dsr.desk.replay import replay as go_through  # noqa: PLC0415
    from dsr.projections.staff import unconfirmed_staff  # noqa: PLC0415

    with running(checked=False) as made, Progress(console=Console(stderr=True), disable=not is_terminal()) as progress:
        made.check_tables()
        task = progress.add_task("events", total=made.log.head().position)
        found = go_through(
            made.database,
            made.log,
            known_keys=(key.key_id for key in made.keystore.made_before(made.clock.now() + timedelta(days=1))),
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
        with made.database.reading() as connection:
            unconfirmed = unconfirmed_staff(connection)
    for flaw in found.flaws:
        click.echo(f"event {flaw.position}: {flaw.code}: {flaw.meaning}")
    for difference in found.rows:
        click.echo(str(difference))
    if found.wrong_dates:
        table = Table("position", "case or matter", "event", "field", "recorded", "by the law")
        for each in found.wrong_dates:
            table.add_row(
                str(each.position), str(each.stream_id), each.name, each.field, str(each.recorded), str(each.recomputed)
            )
        # Full width without a terminal, since cut values can't be searched for.
        Console(width=None if Console().is_terminal else 240).print(table)
    for member in unconfirmed:
        asked = ", ".join(member["asked_roles"])
        click.echo(f"{member['identifier']} is unconfirmed: no second person confirmed {asked} yet")
    click.echo(
        f"{counted(found.events, 'event')} replayed, {counted(found.cases, 'case')}, "
        f"{counted(found.dates, 'date')} recomputed: "
        f"{counted(len(found.rows), 'row')} and {counted(found.wrong, 'date')} differ, "
        f"{counted(found.flawed, 'event')} flawed"
    )
    if not found.is_borne_out:
        raise click.exceptions.Exit(1)


@command.command()
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    metavar="SCOPE",
    help="all, case:ID, matter:ID (with its cases), controller:ID, period:FROM..UNTIL; repeatable, all are included.",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def bundle(scopes: tuple[str, ...], file: Path) -> None:
    """Write an audit bundle about SCOPE into FILE, for an authority.

    The bundle is a zip with everything on record, which the authority verifies without this service. FILE must not
    exist; Ctrl-C and SIGTERM leave none behind. It will hold personal data in the clear: encrypt it, or hand it over on
    an encrypted disk.

    Each case first records what is opened. Prints the public key with which the authority verifies the file: tell them
    that key by another way than the file.
    """
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.progress import Progress  # noqa: PLC0415

    from dsr.desk.bundles import parse_scope  # noqa: PLC0415
    from dsr.desk.caller import Call, service  # noqa: PLC0415

    scope = parse_scope(scopes)
    if file.exists():
        raise click.UsageError(f"{file} exists. Name a new file.")
    with running() as made, Progress(console=Console(stderr=True), disable=not is_terminal()) as progress:
        prepared = made.desk.bundles.prepare(scope, Call(service("audit")))
        tasks = {"headers": progress.add_task("events", total=prepared.size)}
        tasks["cases"] = progress.add_task("cases", total=prepared.cases)
        with _whole_or_gone(file) as written:
            for chunk in prepared.chunks(lambda what, number: progress.update(tasks[what], advance=number)):
                written.write(chunk)
        keys = made.desk.evidence.log_keys()
    click.echo(f"{counted(prepared.cases, 'case')}, {counted(prepared.matters, 'matter')}: {file}", err=True)
    click.echo(keys[-1].verifier)


@contextmanager
def _whole_or_gone(file: Path) -> Iterator[BinaryIO]:
    """A new file for its owner only; Ctrl-C, SIGTERM and every error remove it before it is whole."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as written:
                yield written
        except BaseException:
            file.unlink()
            raise
    finally:
        signal.signal(signal.SIGTERM, before)


@command.command()
@click.argument("request_id", type=click.UUID)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def report(request_id: UUID, file: Path) -> None:
    """Write the report of one case into FILE, as PDF or HTML.

    It is HTML if the name of FILE ends with .html, else PDF. It says what happened and when, who decided, and why each
    date is what it is. Sealed parts are named, not opened.
    """
    from dsr.desk.caller import service  # noqa: PLC0415 - loaded when called
    from dsr.desk.case_reports import to_html, to_pdf  # noqa: PLC0415

    with running() as made:
        told = made.desk.case_reports.report(request_id, service("audit"))
    file.write_bytes(to_html(told) if file.suffix == ".html" else to_pdf(told))
