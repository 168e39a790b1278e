"""`dsr worker`: policies and letters."""

import click

from dsr.cli._service import loading, running, until_told


@click.command()
@click.option("--once", is_flag=True, help="Do what is to be done now, then end.")
def command(once: bool) -> None:
    """React to what happened, and let letters leave, until told to stop (SIGTERM, Ctrl-C).

    Several may run: one works at a time. `dsr serve` runs one by itself.
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
