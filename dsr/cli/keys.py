"""`dsr keys`: rotates the key-encryption key and controllers' signing keys."""

import click

from dsr.cli._counting import counted
from dsr.cli._service import is_terminal, running


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
    keyring = "" if made.settings.keyring_copy else "the keyring and "
    click.echo(f"{counted(rewrapped, 'key')} rewrapped; back up {keyring}the key database anew")


@command.command("copy")
def copy_keyring() -> None:
    """Copy the keyring to DSR_KEYRING_COPY, as it is now.

    The scheduler does so once a day where there is a copy. Whoever has the copy and a backup can open everything: keep
    it apart.
    """
    with running() as made:
        made.keystore.copy_keyring(anew=True)
    click.echo(f"{made.settings.keyring_copy} holds every key of the keyring.")


@command.command("rotate-index")
@click.option("--at-once", is_flag=True, help="Destroy the former key at once; see below.")
def rotate_index(at_once: bool) -> None:
    """Replace the index key, and all that it made.

    People and messages are found by it: each row that was made with it is made anew.

    For a keyring that somebody may have copied. The service may keep running, and the next call continues one that was
    interrupted. The former key is destroyed a day later, by the scheduler or by another call; with `--at-once` now, and
    then a command that is repeated at this moment may be carried out twice. Older backups do not open without it.
    """
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.progress import Progress  # noqa: PLC0415

    with running() as made, Progress(console=Console(stderr=True), disable=not is_terminal()) as progress:
        rotation = made.index_rotation
        rotation.begin()
        task = progress.add_task("cases", total=rotation.streams())
        done = rotation.turn(at_once=at_once, told=lambda number: progress.advance(task, number))
    click.echo(f"{counted(done.rows, 'row')} made anew")
    if done.left:
        click.echo(
            f"{counted(done.left, 'row')} can't be: what they were made of was destroyed. What finds them stays."
        )
    if done.is_finished:
        click.echo("The former key is destroyed; back up the keyring and the databases anew.")
    else:
        click.echo("The former key is destroyed in a day, by the scheduler or by the next call.")


@command.command("accept-older-log")
@click.option("--yes", is_flag=True, help="Do it without asking.")
def accept_older_log(yes: bool) -> None:
    """Accept a log that lacks events. Use it only if the newer log is lost for good.

    The key database knows how far the log was. This command says how many events are missing, and asks. What was sealed
    for them is set aside by the next sweeps, and destroyed after DSR_SWEEP_DAYS.
    """
    from dsr.database.migrations import check_schema  # noqa: PLC0415 - loaded when called
    from dsr.vault import LogDiffers, LogOlderThanKeys  # noqa: PLC0415

    with running(checked=False) as made:
        check_schema(made.database, "main")
        check_schema(made.keys_database, "keys")
        marked, end = made.log_mark.marked, made.log.end()
        try:
            made.log_mark.require_reached()
        except (LogOlderThanKeys, LogDiffers) as error:
            click.echo(f"{error.code}: keys were made when the log had {marked.position if marked else 0} events.")
            click.echo(f"This log has {end.position if end else 0}.")
        else:
            click.echo("The log holds every event that the key database knows. There is nothing to accept.")
            return
        if not yes:
            click.confirm("Is the newer log lost for good?", abort=True)
        made.log_mark.accept()
    click.echo("Accepted. Look for cases, decisions and letters of the time since then, and enter them again.")


@command.command("sign-rotate")
@click.argument("controller")
def sign_rotate(controller: str) -> None:
    """Rotate the signing key of CONTROLLER. Older signatures still verify."""
    import msgspec  # noqa: PLC0415 - loaded when called

    from dsr.desk.caller import Call, service  # noqa: PLC0415

    with running() as made:
        said = msgspec.json.decode(made.desk.signing.rotate(controller, Call(service("cli"))).body)
    click.echo(f"{controller} signs with key {said['kid']} from now on; keys published: {said['keys']}.")
