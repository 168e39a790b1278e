"""`dsr init`: creates a new service in DSR_HOME."""

import click

from dsr.cli._service import begin, settings


@click.command()
def command() -> None:
    """Create databases, keyring and the first operator. Prints the operator's token, only now."""
    begin(settings(), then="dsr ropa adopt FILE, then dsr serve")
