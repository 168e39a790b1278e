"""`dsr evidence`: checkpoints of the log, and what they prove."""

import click

from dsr.cli._counting import counted
from dsr.cli._service import is_terminal, running


@click.group()
def command() -> None:
    """Sign and check checkpoints of the log."""


@command.command()
def checkpoint() -> None:
    """Sign the log as it stands, have witnesses cosign it, and ask for a time stamp. Prints the checkpoint.

    The scheduler does this by itself. Nothing is signed if the log differs from the one that was signed before.
    """
    from dsr.desk.caller import Call, service  # noqa: PLC0415 - loaded when called

    with running() as made:
        desk = made.desk.evidence
        signed = desk.checkpoint(Call(service("evidence")))
        cosigned, unstamped = desk.cosign(signed), desk.stamp(signed)
        click.echo(str(desk.latest().note), nl=False)
    for each in cosigned:
        if each.failure is not None:
            click.echo(f"{each.witness}: {each.failure.code}: {each.failure.detail}", err=True)
    if unstamped is not None:
        click.echo(f"time stamp: {unstamped.code}: {unstamped.detail}", err=True)
    if unstamped is not None or any(each.failure is not None for each in cosigned):
        raise click.exceptions.Exit(1)


@command.command()
@click.option("--new-tree", is_flag=True, help="Rebuild the stored tree first.")
def check(*, new_tree: bool) -> None:
    """Compare the whole log with every checkpoint. Lists differences and exits 1.

    It proves that no event up to the last checkpoint was changed, moved, removed or inserted since it was signed. It
    proves nothing about later events, or if somebody stole the key. Nobody who can write the database can replace a
    checkpoint that a witness cosigned, or that is copied elsewhere.

    The service may keep running, and nothing is changed.
    """
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.progress import Progress  # noqa: PLC0415

    with running(checked=False) as made, Progress(console=Console(stderr=True), disable=not is_terminal()) as progress:
        made.check_tables()
        if new_tree:
            made.desk.evidence.renew_tree()
        task = progress.add_task("events", total=made.log.head().position)
        found = made.desk.evidence.check(told=lambda done: progress.update(task, completed=done))
    for finding in found.findings:
        click.echo(finding)
    click.echo(
        f"{counted(found.size, 'event')} compared with {counted(found.checkpoints, 'checkpoint')}: "
        f"{counted(len(found.findings), 'difference')}"
    )
    if found.findings:
        raise click.exceptions.Exit(1)


@command.command()
def key() -> None:
    """Print the public keys that sign checkpoints, the newest last, for witnesses and auditors."""
    with running() as made:
        for each in made.desk.evidence.log_keys():
            click.echo(each.verifier)


@command.command("rotate-key")
def rotate_key() -> None:
    """Sign with a new key from now on. The present one vouches for it; witnesses have to know the new one."""
    from dsr.desk.caller import Call, service  # noqa: PLC0415 - loaded when called

    with running() as made:
        made.desk.evidence.rotate(Call(service("evidence")))
        click.echo(made.desk.evidence.log_keys()[-1].verifier)
