"""`dsr token`: issues a new token to a member of staff, such as the first operator."""

from typing import Any

import click

from dsr.cli._service import running


@click.command()
@click.argument("identifier")
@click.option("--name", default="printed", show_default=True, help="What it is for; name no person.")
@click.option("--role", "roles", multiple=True, help="Give this role alone; may be repeated. Default: all.")
@click.option("--controller", "controllers", multiple=True, help="Open this controller alone; may be repeated.")
@click.option("--reads-only", is_flag=True, help="It changes nothing and opens no personal data.")
@click.option("--days", type=click.IntRange(1, 366), help="Days until it expires; default: DSR_TOKEN_DAYS.")
def command(identifier: str, name: str, days: int | None, **given: Any) -> None:
    """Issue a token to a member of staff. Prints the token of IDENTIFIER, only now; the log records the issue."""
    from dsr.desk.caller import Call, service  # noqa: PLC0415 - loaded when called
    from dsr.domain.roles import Role  # noqa: PLC0415
    from dsr.domain.staff import TokenLimits  # noqa: PLC0415

    try:
        roles = tuple(Role(each) for each in given["roles"]) or None
    except ValueError as error:
        raise click.BadParameter(f"Name one of {', '.join(Role)}.", param_hint="--role") from error
    limits = TokenLimits(roles, given["controllers"] or None, given["reads_only"])
    with running() as made:
        staff = made.desk.staff
        issued = staff.issue_token(identifier, Call(service("cli")), name=name, days=days, limits=limits)
        click.echo(staff.secret(issued))
