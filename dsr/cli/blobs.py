"""`dsr blobs`: manages the encrypted files beside the database."""

import click

from dsr.cli._counting import counted
from dsr.cli._service import running


@click.group()
def command() -> None:
    """Look after the encrypted files and their keys."""


@command.command()
@click.option("--dry-run", is_flag=True, help="Only count; delete nothing.")
def sweep(dry_run: bool) -> None:
    """Delete files and keys without a reference. Upload parts too; all of them only if older than a day.

    The service may keep running. After a restore from a backup, sweep only once the restored log is complete.
    """
    with running() as made:
        swept = made.desk.sweeping.sweep(dry_run=dry_run)
    verb = "would be deleted" if dry_run else "deleted"
    click.echo(
        f"{counted(swept.unnamed, 'file')} without an event, {counted(swept.forgotten, 'file')} without a key, "
        f"{counted(swept.half_written, 'half-written file')}, {counted(swept.uploads, 'abandoned upload')}, "
        f"{counted(swept.keys, 'unused key')} {verb}"
    )
