"""`dsr blobs`: the encrypted files beside the database."""

import click

from dsr.cli._service import running


@click.group()
def command() -> None:
    """Look after the encrypted files and their keys."""


@command.command()
@click.option("--dry-run", is_flag=True, help="Only count; take nothing away.")
def sweep(dry_run: bool) -> None:
    """Take away files, parts of uploads and keys that nothing names and that are older than a day.

    The service may go on working. After a restore from a backup, sweep only once the restored log is complete.
    """
    with running() as made:
        swept = made.desk.sweeping.sweep(dry_run=dry_run)
    verb = "would be taken away" if dry_run else "taken away"
    click.echo(
        f"{swept.unnamed} files without an event, {swept.forgotten} files without a key, "
        f"{swept.half_written} half-written files, {swept.uploads} abandoned uploads, {swept.keys} unused keys {verb}"
    )
