"""`dsr audit`: checks the history."""

from datetime import timedelta

import click

from dsr.cli._counting import counted
from dsr.cli._service import is_terminal, running


@click.group()
def command() -> None:
    """Check the whole history."""


@command.command()
def replay() -> None:
    """Replay the log into fresh read models. Recomputes each legal date too; lists differences and exits 1.

    Checks each event against its header: whole and in order, each payload with its digest, each key known. That the
    headers are those once written, only a checkpoint kept elsewhere proves: `dsr evidence check`.

    Names the members of staff whom a second person still has to confirm.

    The service may keep running, and nothing is changed.
    """
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.progress import Progress  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from dsr.desk.replay import replay as go_through  # noqa: PLC0415
    from dsr.projections.staff import unconfirmed_staff  # noqa: PLC0415

    with running(checked=False) as made, Progress(console=Console(stderr=True), disable=not is_terminal()) as progress:
        made.check_tables()
        task = progress.add_task("events", total=made.log.head().position)
        found = go_through(
            made.database,
            made.log,
            known_keys=(key.key_id for key in made.keystore.made_before(made.clock.now() + timedelta(days=1))),
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
        with made.database.reading() as connection:
            unconfirmed = unconfirmed_staff(connection)
    for flaw in found.flaws:
        click.echo(f"event {flaw.position}: {flaw.code}: {flaw.meaning}")
    for difference in found.rows:
        click.echo(str(difference))
    if found.wrong_dates:
        table = Table("position", "case or matter", "event", "field", "recorded", "by the law")
        for each in found.wrong_dates:
            table.add_row(
                str(each.position), str(each.stream_id), each.name, each.field, str(each.recorded), str(each.recomputed)
            )
        # Full width without a terminal, since cut values can't be searched for.
        Console(width=None if Console().is_terminal else 240).print(table)
    for member in unconfirmed:
        asked = ", ".join(member["asked_roles"])
        click.echo(f"{member['identifier']} is unconfirmed: no second person confirmed {asked} yet")
    click.echo(
        f"{counted(found.events, 'event')} replayed, {counted(found.cases, 'case')}, "
        f"{counted(found.dates, 'date')} recomputed: "
        f"{counted(len(found.rows), 'row')} and {counted(found.wrong, 'date')} differ, "
        f"{counted(found.flawed, 'event')} flawed"
    )
    if not found.is_borne_out:
        raise click.exceptions.Exit(1)
