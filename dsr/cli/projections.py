"""`dsr projections`: manages the read models."""

import click

from dsr.cli._counting import counted
from dsr.cli._service import is_terminal, running


@click.group()
def command() -> None:
    """List, rebuild and verify the read models. They are derived from the log."""


@command.command(name="list")
def list_() -> None:
    """Show the position of each read model."""
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.table import Table  # noqa: PLC0415

    from dsr.projections.registry import projection_states  # noqa: PLC0415

    with running(checked=False) as made, made.database.reading() as connection:
        made.check_tables()
        head = made.log.head().position
        states = projection_states(connection, head)
    table = Table("read model", "position", "behind", "rebuilt", "needs rebuild", caption=f"log at {head}")
    for state in states:
        rebuilt = state.rebuilt_at.isoformat(timespec="seconds") if state.rebuilt_at else "never"
        table.add_row(
            state.name, str(state.position), str(state.behind), rebuilt, "yes" if state.needs_rebuild else "no"
        )
    Console().print(table)


@command.command()
@click.argument("names", nargs=-1)
def rebuild(names: tuple[str, ...]) -> None:
    """Replay every event into fresh copies of NAMES. Default: all. They are swapped in while the service runs."""
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.progress import Progress  # noqa: PLC0415

    from dsr.projections.rebuild import rebuild as replay  # noqa: PLC0415
    from dsr.projections.registry import PROJECTIONS, projection_named  # noqa: PLC0415

    chosen = tuple(map(projection_named, names)) or PROJECTIONS
    with running(checked=False) as made, Progress(console=Console(stderr=True), disable=not is_terminal()) as progress:
        made.check_tables()
        task = progress.add_task("events", total=made.log.head().position)
        count = replay(
            made.database,
            made.log,
            chosen,
            at=made.clock.now(),
            progress=lambda done, _: progress.update(task, completed=done),
        )
    click.echo(f"{counted(count, 'event')} replayed into {', '.join(each.name for each in chosen)}")


@command.command()
def verify() -> None:
    """Compare every row of the read models with the log. Lists each difference and exits 1."""
    from dsr.projections.verify import verify as compare  # noqa: PLC0415 - loaded when called

    with running(checked=False) as made:
        made.check_tables()
        differences = compare(made.database, made.log)
        for difference in differences:
            click.echo(str(difference))
        click.echo(f"{counted(made.log.head().position, 'event')} replayed, {counted(len(differences), 'difference')}")
    if differences:
        raise click.exceptions.Exit(1)
