"""`dsr worker`: takes in mail, runs policies, sends letters."""

import click

from dsr.cli._service import loading, running, until_told


@click.command()
@click.option("--once", is_flag=True, help="Do the present work once, then exit.")
def command(once: bool) -> None:
    """Take in mail, run policies and send letters. Runs until SIGTERM or Ctrl-C.

    Several may run: one works at a time. `dsr serve` runs one itself.
    """
    with loading():
        from dsr.worker import Worker  # noqa: PLC0415 - loaded when called

    with running() as made, until_told() as stop:
        worker = Worker(made)
        if not once:
            worker.work(stop)
            return
        while worker.round() and not stop.is_set():
            pass
        if worker.failures:
            failed = ", ".join(f"{name} ({code})" for name, code in worker.failures.items())
            raise click.ClickException(f"failed: {failed}")
