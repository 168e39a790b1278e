"""`dsr restore`: puts a backup back."""

from pathlib import Path

import click

from dsr.cli._counting import counted
from dsr.cli._examining import list_findings
from dsr.cli._service import is_terminal, settings


@click.command()
@click.argument("backup", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--despite-findings", is_flag=True, help="Even if something is missing or damaged.")
@click.option("--without-fence-journal", is_flag=True, help="Even if nothing says who was forgotten since.")
def command(backup: Path, despite_findings: bool, without_fence_journal: bool) -> None:
    """Put BACKUP back into empty databases and an empty folder. Keyring and fence journal must be in their places.

    Keys that later backups beside it call destroyed are destroyed here too, and each case file that the fence journal
    names is forgotten again, so that nobody comes back who was forgotten. The read models are made anew.
    """
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.progress import Progress  # noqa: PLC0415

    from dsr.backup import restore  # noqa: PLC0415

    with Progress(console=Console(stderr=True), disable=not is_terminal()) as progress:
        tasks = {
            what: progress.add_task(what, total=None)
            for what in (
                "events examined",
                "files examined",
                "rows restored",
                "files restored",
                "files forgotten again",
            )
        }
        examined = restore(
            settings(),
            backup,
            despite_findings=despite_findings,
            without_fence_journal=without_fence_journal,
            told=lambda what, number: progress.update(tasks[what], advance=number),
        )
    click.echo(f"{counted(examined.events, 'event')} and {counted(examined.keys, 'key')} restored.")
    list_findings(examined)
    if without_fence_journal:
        click.echo("Restored without the fence journal: forget again everybody who was forgotten after this backup.")
    click.echo(
        "Mail taken in since this backup was made is not in it: move such messages from the folder `done` back into "
        "the inbox; those that the service knows are recognised. Letters that waited may leave a second time, with "
        "the same Message-ID."
    )
    click.echo("Next: dsr audit replay, then dsr serve.")
