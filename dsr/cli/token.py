"""`dsr token`: issues a new token to a member of staff, such as the first operator."""

import click

from dsr.cli._service import running


@click.command()
@click.argument("identifier")
@click.option("--days", type=click.IntRange(1, 366), help="Days until it expires; default: DSR_TOKEN_DAYS.")
def command(identifier: str, days: int | None) -> None:
    """Issue a token to a member of staff. Prints the token of IDENTIFIER, only now; the log records the issue."""
    from dsr.desk.caller import Call, service  # noqa: PLC0415 - loaded when called

    with running() as made:
        staff = made.desk.staff
        click.echo(staff.secret(staff.issue_token(identifier, Call(service("cli")), days=days)))
