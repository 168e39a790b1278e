"""`dsr blobs`: manages the encrypted files beside the database."""

import click

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
        f"{swept.unnamed} files without an event, {swept.forgotten} files without a key, "
        f"{swept.half_written} half-written files, {swept.uploads} abandoned uploads, {swept.keys} unused keys {verb}"
    )
