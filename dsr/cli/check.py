"""`dsr check`: compares log, keys and files of the installation."""

import click

from dsr.cli._examining import say
from dsr.cli._service import is_terminal, running


@click.command()
@click.option("--no-digests", is_flag=True, help="Look for files, but do not read them.")
@click.option("--json", "as_json", is_flag=True, help="One object, for programs.")
def command(no_digests: bool, as_json: bool) -> None:
    """Look for every key and file that the log names.

    The service may keep running. Events are compared with their headers and digests. Exits 1 if anything is missing or
    damaged.
    """
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.progress import Progress  # noqa: PLC0415

    from dsr.backup import LiveSource, examine  # noqa: PLC0415

    with running() as made, Progress(console=Console(stderr=True), disable=not is_terminal()) as progress:
        tasks = {
            "event": progress.add_task("events", total=made.log.head().position),
            "file": progress.add_task("files", total=None),
        }
        examined = examine(
            LiveSource(made), digests=not no_digests, told=lambda what: progress.update(tasks[what], advance=1)
        )
    say(examined, as_json=as_json)
