"""`dsr staff`: invites and confirms a member of staff on the machine, ends sessions, lists the staff."""

import click

from dsr.cli._service import running


@click.group()
def command() -> None:
    """Invite, confirm and list members of staff."""


@command.command()
@click.argument("identifier")
def invite(identifier: str) -> None:
    """Print a code with which IDENTIFIER registers a passkey or fetches a token, once, within seven days.

    For the first members of a service that sends no mail yet. The log records that it was printed, and the data
    protection officer is told. Give the code to nobody else.
    """
    from dsr.desk.caller import Call, service  # noqa: PLC0415 - loaded when called

    with running() as made:
        code = made.desk.invitations.print_code(identifier, Call(service("cli")))
        click.echo(f"{made.settings.public_url}/invitation")
        click.echo(code)


@command.command()
@click.argument("identifier")
def confirm(identifier: str) -> None:
    """Confirm, on the machine, what IDENTIFIER may do, where no second person is left who could.

    Ask the person first whether they have the passkey or token that was made for them. The log records that it was
    confirmed here.
    """
    from dsr.desk.caller import Call, service  # noqa: PLC0415 - loaded when called

    with running() as made:
        made.desk.staff.confirm(identifier, Call(service("cli")))
        click.echo(f"What {identifier} may do is confirmed.")


@command.command(name="end-sessions")
@click.argument("identifier")
def end_sessions(identifier: str) -> None:
    """End every session of IDENTIFIER in a browser. Their tokens and passkeys stay."""
    from dsr.desk.caller import Call, service  # noqa: PLC0415 - loaded when called

    with running() as made:
        made.desk.sessions.end_all(identifier, Call(service("cli")))
        click.echo(f"No session of {identifier} runs any more.")


@command.command()
@click.argument("identifier")
@click.argument("subject")
def link(identifier: str, subject: str) -> None:
    """Let IDENTIFIER sign in with the account that the organisation's provider calls SUBJECT (`sub`).

    For the first members of a service. The log records that it was done on the machine.
    """
    from dsr.desk.caller import Call, service  # noqa: PLC0415 - loaded when called

    with running() as made:
        made.desk.openid_sign_in.link(identifier, Call(service("cli")), subject=subject)
        click.echo(f"{identifier} signs in at {made.settings.public_url}/sign-in.")


@command.command(name="list")
def list_all() -> None:
    """List everybody with access: identifier, roles, controllers, and who waits for a second person."""
    from dsr.projections.staff import staff_list  # noqa: PLC0415 - loaded when called

    with running() as made:
        cursor = None
        while True:
            with made.database.reading() as connection:
                page = staff_list(connection, None, cursor=cursor)
            for row in page.rows:
                if not row["has_left"]:
                    waits = "\tunconfirmed" if row["unconfirmed"] else ""
                    click.echo(f"{row['identifier']}\t{','.join(row['roles'])}\t{','.join(row['controllers'])}{waits}")
            cursor = page.next
            if cursor is None:
                break
