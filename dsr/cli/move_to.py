"""`dsr move-to`: moves the service to other databases."""

from pathlib import Path

import click

from dsr.cli._counting import counted
from dsr.cli._service import is_terminal, running


@click.command()
@click.argument("database_url")
@click.argument("keys_url")
def command(database_url: str, keys_url: str) -> None:
    """Move the service from SQLite to other databases.

    DATABASE_URL and KEYS_URL name two empty ones. For a URL with a password, write @FILE: a file that holds the URL in
    one line. Stop the service first: what is asked of it meanwhile waits or is refused. The new databases are proved
    before the old ones refuse work.
    """
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.progress import Progress  # noqa: PLC0415

    from dsr.backup import move  # noqa: PLC0415

    urls = _read(database_url), _read(keys_url)
    with running() as made, Progress(console=Console(stderr=True), disable=not is_terminal()) as progress:
        tasks = {
            what: progress.add_task(what, total=None) for what in ("rows copied", "events examined", "files examined")
        }
        examined = move(made, *urls, told=lambda what, number: progress.update(tasks[what], advance=number))
    click.echo(
        f"{counted(examined.events, 'event')} and {counted(examined.keys, 'key')} moved; files and keyring stay."
    )
    click.echo(
        "Next: name the two in DSR_DATABASE_URL and DSR_KEYS_URL, then dsr serve. The old databases refuse work."
    )
    click.echo("Delete them once the new ones have a backup: dsr backup make.")


def _read(url: str) -> str:
    """The URL, or the one line of the file after `@`. Raises click.UsageError."""
    if not url.startswith("@"):
        return url
    try:
        return Path(url[1:]).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise click.UsageError(f"{url[1:]} can't be read ({error.strerror})") from None
