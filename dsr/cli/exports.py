"""`dsr exports`: the packages for data subjects."""

import click

from dsr.cli._service import running


@click.group()
def command() -> None:
    """Look after the packages for data subjects."""


@command.command()
def purge() -> None:
    """Delete every package that was kept as long as was promised (DSR_EXPORT_DAYS), with its key; safe to repeat.

    That it was handed over, when it was purged, and its sealed digest stay in the log.
    """
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.table import Table  # noqa: PLC0415

    table = Table("export", "request", "prepared", "kept until", "bytes")
    with running() as made:
        for each in made.desk.exports.purge_due():
            prepared, until = (moment.isoformat(timespec="minutes") for moment in (each.prepared_at, each.kept_until))
            table.add_row(str(each.export_id), str(each.request_id), prepared, until, str(each.size))
    if table.row_count:
        Console().print(table)
    click.echo(f"{table.row_count} packages purged")
