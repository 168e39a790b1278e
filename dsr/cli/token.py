"""`dsr token`: a token for somebody who lost theirs, the first operator above all."""

import click

from dsr.cli._service import running


@click.command()
@click.argument("identifier")
@click.option("--days", type=click.IntRange(1, 366), help="Days until it expires; else as the settings say.")
def command(identifier: str, days: int | None) -> None:
    """Issue a token to the member of staff IDENTIFIER and print it, this once; the log records that it was."""
    from dsr.desk.caller import Call, service  # noqa: PLC0415 - loaded when called

    with running() as made:
        staff = made.desk.staff
        click.echo(staff.secret(staff.issue_token(identifier, Call(service("cli")), days=days)))
