"""`dsr forget-again`: forgets again what an older copy of the databases brought back."""

import click

from dsr.cli._counting import counted
from dsr.cli._service import is_terminal, running


@click.command()
def command() -> None:
    """Forget again what older databases brought back.

    Run it after you put databases back by other means than `dsr restore`, which does this by itself. It forgets again
    every file of the fence journal that is back; until then the service refuses to serve (`forgotten-returned`). Safe
    to repeat.
    """
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.progress import Progress  # noqa: PLC0415

    from dsr.desk.caller import Call, service  # noqa: PLC0415

    with running(checked=False) as made, Progress(console=Console(stderr=True), disable=not is_terminal()) as progress:
        made.check_but_fences()
        task = progress.add_task("files forgotten again", total=None)
        again = made.desk.fences.forget_again(Call(service("restore")), lambda _: progress.advance(task))
        made.check()
    click.echo(f"{counted(again, 'file')} forgotten again. Next: dsr audit replay, then dsr serve.")
