"""`dsr blobs`: manages the encrypted files beside the database."""

import click

from dsr.cli._counting import counted
from dsr.cli._service import running


@click.group()
def command() -> None:
    """Look after the encrypted files and their keys."""


@command.command("mark-folder")
def mark_folder() -> None:
    """Mark the folder of DSR_BLOBS as that of this service.

    The service refuses a folder without its mark, since its disk may not be mounted. Use this where you know that the
    folder is the right one.
    """
    with running(checked=False) as made:
        made.blob_files.mark(made.log_id())
    click.echo("The folder of the encrypted files is marked as that of this service.")


@command.command()
@click.option("--dry-run", is_flag=True, help="Only count; change nothing.")
@click.option("--all", "however_many", is_flag=True, help="Even if that is more than one in a hundred.")
def sweep(dry_run: bool, however_many: bool) -> None:
    """Take away what nothing refers to: files, keys, upload parts.

    Nothing younger than a day is touched. Files and keys without a reference are set aside for DSR_SWEEP_DAYS, in which
    they still open, and then destroyed. The service may keep running. No sweep runs while the log is older than the key
    database knows.
    """
    with running() as made:
        swept = made.desk.sweeping.sweep(dry_run=dry_run, however_many=however_many)
    would = "would be " if dry_run else ""
    click.echo(
        f"{counted(swept.forgotten, 'file')} without a key, {counted(swept.half_written, 'half-written file')}, "
        f"{counted(swept.uploads, 'abandoned upload')} {would}deleted"
    )
    click.echo(
        f"{counted(swept.unnamed, 'file')} without an event, {counted(swept.keys, 'unused key')} {would}set aside"
    )
    click.echo(f"{swept.destroyed} {would}destroyed that had been set aside long enough, {swept.taken_back} taken back")
