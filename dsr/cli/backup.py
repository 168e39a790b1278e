"""`dsr backup`: makes, lists and proves backups."""

from pathlib import Path

import click

from dsr.cli._examining import say
from dsr.cli._service import is_terminal, running, settings


@click.group()
def command() -> None:
    """Make, list and verify backups."""


@command.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def make(folder: Path) -> None:
    """Make a backup in FOLDER while the service works.

    It holds both databases and the encrypted files, but never the keyring: keep that apart. Many backups of one service
    share FOLDER, and each file is stored there once. Prints the folder of the new backup.
    """
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.progress import Progress  # noqa: PLC0415

    from dsr.backup import back_up  # noqa: PLC0415

    with running() as made, Progress(console=Console(stderr=True), disable=not is_terminal()) as progress:
        tasks = {what: progress.add_task(what, total=None) for what in ("rows", "files")}
        folder = back_up(made, folder, told=lambda what, number: progress.update(tasks[what], advance=number))
        keyring = made.settings.keyring
    click.echo(str(folder))
    click.echo(f"Keep {keyring} apart from it: without the keyring this backup opens for nobody.", err=True)


@command.command(name="list")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def list_(folder: Path) -> None:
    """List the backups in FOLDER that the keyring in DSR_KEYRING opens."""
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.table import Table  # noqa: PLC0415

    from dsr.backup import backups_in  # noqa: PLC0415
    from dsr.vault import Keyring  # noqa: PLC0415

    found = tuple(backups_in(folder, Keyring.load(settings().keyring)))
    table = Table("backup", "made", "version", "events", "files")
    table.columns[0].no_wrap = True  # it is the name that `verify` and `restore` take
    table.columns[0].overflow = "ignore"
    table.columns[0].min_width = max((len(each.folder.name) for each in found), default=0)
    for each in found:
        manifest = each.manifest
        made_at = manifest.made_at.isoformat(timespec="seconds")
        table.add_row(each.folder.name, made_at, manifest.program, str(manifest.position), str(manifest.blobs))
    Console().print(table)


@command.command()
@click.argument("backup", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="One object, for programs.")
def verify(backup: Path, as_json: bool) -> None:
    """Prove that BACKUP opens, and that it holds every key and file that its log names.

    It needs the keyring in DSR_KEYRING and nothing else of the service. Exits 1 if anything is missing or damaged.
    """
    from dsr.backup import BackupSource, StoredBackup, examine  # noqa: PLC0415 - loaded when called
    from dsr.vault import Keyring  # noqa: PLC0415

    opened = StoredBackup.open(backup, Keyring.load(settings().keyring))
    examined = examine(BackupSource(opened))
    if not as_json:
        click.echo(
            f"Made {opened.manifest.made_at.isoformat(timespec='seconds')}, up to event {opened.manifest.position}."
        )
    say(examined, as_json=as_json)
