"""`dsr keys`: the key under which all others are wrapped, and those with which controllers sign."""

import click

from dsr.cli._service import running


@click.group()
def command() -> None:
    """Look after the keys."""


@command.command()
def rotate() -> None:
    """Wrap every data key under a fresh key of the keyring and destroy the old one; no event is touched.

    Work goes on meanwhile. What was cut short, the next call finishes. Backups of the key database that are older open
    nothing afterwards: back up it and the keyring anew.
    """
    with running() as made:
        rewrapped = made.keystore.rotate()
    click.echo(f"{rewrapped} keys rewrapped; back up the keyring and the key database anew")


@command.command("sign-rotate")
@click.argument("controller")
def sign_rotate(controller: str) -> None:
    """Let CONTROLLER sign with a fresh key from now on; what its older keys signed still verifies."""
    import msgspec  # noqa: PLC0415 - loaded when called

    from dsr.desk.caller import Call, service  # noqa: PLC0415

    with running() as made:
        said = msgspec.json.decode(made.desk.signing.rotate(controller, Call(service("cli"))).body)
    click.echo(f"{controller} signs with key {said['kid']} from now on; {said['keys']} keys are published.")
