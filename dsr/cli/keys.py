"""`dsr keys`: rotates the key-encryption key and controllers' signing keys."""

import click

from dsr.cli._counting import counted
from dsr.cli._service import running


@click.group()
def command() -> None:
    """Manage keys."""


@command.command()
def rotate() -> None:
    """Rewrap every data key under a new key of the keyring. Destroys the old one; no event is changed.

    The service may keep running. The next call completes an interrupted rotation. Older backups of the key database
    become useless: back up the key database and the keyring again.
    """
    with running() as made:
        rewrapped = made.keystore.rotate()
    click.echo(f"{counted(rewrapped, 'key')} rewrapped; back up the keyring and the key database anew")


@command.command("sign-rotate")
@click.argument("controller")
def sign_rotate(controller: str) -> None:
    """Rotate the signing key of CONTROLLER. Older signatures still verify."""
    import msgspec  # noqa: PLC0415 - loaded when called

    from dsr.desk.caller import Call, service  # noqa: PLC0415

    with running() as made:
        said = msgspec.json.decode(made.desk.signing.rotate(controller, Call(service("cli"))).body)
    click.echo(f"{controller} signs with key {said['kid']} from now on; keys published: {said['keys']}.")
