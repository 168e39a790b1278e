"""`dsr keys`: keys of controllers."""

import click

from dsr.cli._service import running


@click.group()
def command() -> None:
    """Look after the keys with which controllers sign."""


@command.command("sign-rotate")
@click.argument("controller")
def sign_rotate(controller: str) -> None:
    """Let CONTROLLER sign with a fresh key from now on; what its older keys signed still verifies."""
    import msgspec  # noqa: PLC0415 - loaded when called

    from dsr.desk.caller import Call, service  # noqa: PLC0415

    with running() as made:
        said = msgspec.json.decode(made.desk.signing.rotate(controller, Call(service("cli"))).body)
    click.echo(f"{controller} signs with key {said['kid']} from now on; {said['keys']} keys are published.")
