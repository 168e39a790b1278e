"""`dsr exports`: manages packages for data subjects."""

import click

from dsr.cli._counting import counted
from dsr.cli._service import is_terminal, running


@click.group()
def command() -> None:
    """Manage packages for data subjects."""


@command.command()
def purge() -> None:
    """Delete every package that was kept for DSR_EXPORT_DAYS. Destroys its key; safe to repeat.

    The log keeps its downloads, the time of the purge and its sealed digest.
    """
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.progress import Progress, SpinnerColumn, TextColumn  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table("export", "request", "prepared", "kept until", "bytes")
    progress = Progress(
        SpinnerColumn(),
        TextColumn("packages purged: {task.completed:.0f}"),
        console=Console(stderr=True),
        disable=not is_terminal(),
        transient=True,
    )
    with running() as made, progress:
        task = progress.add_task("", total=None)
        for each in made.desk.exports.purge_due():
            prepared, until = (moment.isoformat(timespec="minutes") for moment in (each.prepared_at, each.kept_until))
            table.add_row(str(each.export_id), str(each.request_id), prepared, until, str(each.size))
            progress.advance(task)
    if table.row_count:
        # Full width without a terminal, since cut ids can't be searched for.
        Console(width=None if Console().is_terminal else 240).print(table)
    click.echo(f"{counted(table.row_count, 'package')} purged")
