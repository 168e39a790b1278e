"""`dsr inbox`: takes in mail from the configured inbox."""

import json
from collections.abc import Mapping

import click

from dsr.cli._service import running


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each message.")
def command(as_json: bool) -> None:
    """Take in the waiting messages of DSR_MAIL_IN once. `dsr worker` does so continuously.

    Messages taken in move to the folder "done", quarantined ones to "failed". `dsr scheduler` deletes them there
    after DSR_MAIL_DAYS, once they are on record and no person has to look at them.
    """
    import msgspec  # noqa: PLC0415 - loaded when called

    from dsr.bootstrap import inbox_of  # noqa: PLC0415
    from dsr.desk.mail import MessageOutcome  # noqa: PLC0415

    def tell(handle: str, outcome: MessageOutcome) -> None:
        if as_json:
            click.echo(json.dumps({"message": handle, **msgspec.to_builtins(outcome)}, ensure_ascii=False))

    with running() as made:
        inbox = inbox_of(made.settings)
        if inbox is None:
            raise click.UsageError("DSR_MAIL_IN is not set: it names the mailbox or the folder where mail waits.")
        done = made.desk.inbox.read(inbox, told=tell)
    if not as_json:
        _show(done.counts)
    if done.counts["unreadable"]:
        raise click.exceptions.Exit(1)


def _show(counts: Mapping[str, int]) -> None:
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.table import Table  # noqa: PLC0415

    table = Table("outcome", "messages")
    for outcome, count in sorted(counts.items()):
        if count:
            table.add_row(outcome, str(count))
    Console().print(table)
