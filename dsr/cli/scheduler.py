"""`dsr scheduler`: what is done because time passes."""

import click

from dsr.cli._service import running, until_told


@click.command()
@click.option(
    "--every", default=20.0, show_default=True, type=click.FloatRange(0.05, 3600), help="Seconds between two sweeps."
)
def command(every: float) -> None:
    """Record what comes due, once each, and remove what was kept as long as was promised; until SIGTERM or Ctrl-C.

    Where several run, one of them works and the others stand by.
    """
    from dsr.scheduler import Scheduler  # noqa: PLC0415 - loaded when called

    with running() as made, until_told() as stop:
        Scheduler(made, seconds=every).run(stop)
