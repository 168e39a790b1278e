"""`dsr upgrade`: upgrades the databases to this version."""

import click

from dsr.cli._counting import counted
from dsr.cli._service import loading, running


@click.command()
def command() -> None:
    """Migrate both databases and rebuild changed read models. Safe to repeat."""
    with loading():
        from dsr.bootstrap import upgrade_all  # noqa: PLC0415 - loaded when called
        from dsr.projections.rebuild import rebuild  # noqa: PLC0415
        from dsr.projections.registry import projection_named, projection_states  # noqa: PLC0415

    with running(checked=False) as service:
        has_computed = upgrade_all(service)
        service.check_tables()
        with service.database.reading() as connection:
            states = projection_states(connection, service.log.head().position)
        outdated = [projection_named(state.name) for state in states if state.needs_rebuild]
        if outdated:
            count = rebuild(service.database, service.log, outdated, at=service.clock.now())
            click.echo(f"{counted(count, 'event')} replayed into {', '.join(each.name for each in outdated)}")
        if has_computed:
            for holder, token_id, expires_at in service.tokens.living(service.clock.now()):
                click.echo(f"token {token_id} of {holder} works until {expires_at:%Y-%m-%d}")
            click.echo("Tokens and links from before this version work until they expire; new ones are random.")
    click.echo("Both databases are up to date.")
