"""`dsr scheduler`: runs time-driven work."""

import click

from dsr.cli._service import loading, running, until_told


@click.command()
@click.option(
    "--every", default=20.0, show_default=True, type=click.FloatRange(0.05, 3600), help="Seconds between two sweeps."
)
@click.option(
    "--list", "list_", is_flag=True, help="List due dates that could not be recorded, with the reason, and exit."
)
def command(every: float, list_: bool) -> None:
    """Record due dates, and delete what was kept long enough. Runs until SIGTERM or Ctrl-C.

    Of several schedulers, one works and the others stand by. After the clock jumps ahead, nothing is done until it has
    stayed there for an hour.
    """
    if list_:
        _show()
        return
    with loading():
        from dsr.scheduler import Scheduler  # noqa: PLC0415 - loaded when called

    with running() as made, until_told() as stop:
        Scheduler(made, seconds=every).run(stop)


def _show() -> None:
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.table import Table  # noqa: PLC0415

    with running() as made:
        failed = made.desk.due_dates.failed_due()
    table = Table("case", "due", "date", "reason", "tries", "since", "next try")
    for each in failed:
        since, next_try = (at.isoformat(timespec="seconds") for at in (each.since, each.next_try_at))
        occasion = each.occasion
        date = occasion.about.isoformat()
        table.add_row(str(each.request_id), occasion.kind, date, each.code, str(each.attempts), since, next_try)
    if failed:
        Console().print(table)
    else:
        click.echo("Everything that came due was recorded.")
