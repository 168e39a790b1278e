"""`dsr init`: creates a new service in DSR_HOME."""

import click

from dsr.cli._service import loading, settings, warn_of_missing_url


@click.command()
def command() -> None:
    """Create databases, keyring and the first operator. Prints the operator's token, only now."""
    with loading():
        from dsr.bootstrap import FIRST_OPERATOR, init  # noqa: PLC0415 - loaded when called

    chosen = settings()
    token = init(chosen)
    click.echo(f"A new service stands in {chosen.home}.")
    click.echo(f"Back up {chosen.keyring} now, apart from everything else: without it no personal data opens again.")
    click.echo(f"First member of staff: {FIRST_OPERATOR}. The token, shown this once:")
    click.echo(token)
    warn_of_missing_url(chosen)
    click.echo("Next: dsr ropa adopt FILE, then dsr serve.")
