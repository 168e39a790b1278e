"""`dsr doctor`: looks at an installation and says what to do."""

import json
from pathlib import Path

import click

from dsr.cli._service import loading, settings


@click.command()
@click.option(
    "--backups",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of backups; by default DSR_BACKUPS.",
)
@click.option("--json", "as_json", is_flag=True, help="A list of objects, for programs.")
def command(backups: Path | None, as_json: bool) -> None:
    """Say what keeps the service from working.

    It names what does so already and what soon will, and says what to do. It looks at settings, mail servers, disks,
    keyring, databases, the work in the background, and at backups if their folder is named. It changes nothing and
    sends no mail. Exits 1 if anything does not work.
    """
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.table import Table  # noqa: PLC0415

    with loading():
        from dsr.bootstrap import build  # noqa: PLC0415
        from dsr.doctor import Health, diagnose, diagnose_without  # noqa: PLC0415
        from dsr.domain.errors import DomainError  # noqa: PLC0415

    chosen = settings()
    try:
        made = build(chosen)
    except DomainError as missing:
        found = list(diagnose_without(chosen, missing))
    else:
        try:
            found = list(diagnose(chosen, made, backups=backups))
        finally:
            made.close()
    if as_json:
        click.echo(json.dumps([{"name": each.name, "health": each.health, "says": each.says} for each in found]))
    else:
        colours = {Health.OK: "green", Health.WARNING: "yellow", Health.FAILING: "red"}
        table = Table("what", "health", "says")
        for each in found:
            table.add_row(each.name, f"[{colours[each.health]}]{each.health}[/]", each.says)
        Console().print(table)
    if any(each.health is Health.FAILING for each in found):
        raise click.exceptions.Exit(1)
