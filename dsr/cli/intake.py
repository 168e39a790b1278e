"""`dsr intake`: takes in mail from files, mailboxes and folders."""

import json
import os
from datetime import datetime
from pathlib import Path

import click

from dsr.cli._service import is_terminal, running
from dsr.cli._times import aware_time


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--received-at",
    type=aware_time,
    help=(
        "Time of arrival of mail that no server under `mail_servers` of the record of processing stamped; "
        "default: now, since its Date is only the sender's word."
    ),
)
@click.option("--controller", help="Controller, if the recipients do not show it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each message.")
def command(paths: tuple[Path, ...], received_at: datetime | None, controller: str | None, as_json: bool) -> None:
    """Take in mail from files. PATHS are .eml files, mbox files, Maildirs or folders of .eml files.

    A repeated mail makes nothing new. Unreadable mail goes to the quarantine and does not stop the others.
    """
    from collections import Counter  # noqa: PLC0415 - loaded when called

    import msgspec  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    from dsr.desk.caller import Call, service  # noqa: PLC0415
    from dsr.desk.mail import MessageOutcome  # noqa: PLC0415
    from dsr.mailbox.sources import RawMessage, count_messages, read_messages  # noqa: PLC0415

    counts: Counter[str] = Counter()
    with running() as made, Progress(console=Console(stderr=True), disable=not is_terminal()) as progress:
        made.desk.repository.ropa.current()  # fails early without a record
        largest = made.settings.max_message_bytes
        totals = [count_messages(path) for path in paths]
        task = progress.add_task("messages", total=None if None in totals else sum(filter(None, totals)))
        call = Call(service("intake"))
        for path in paths:
            for source in read_messages(path, max_bytes=largest):
                if isinstance(source, RawMessage):
                    outcome = made.desk.mail.receive_message(
                        source.raw, call, stated_arrival=received_at, controller_id=controller
                    )
                else:
                    outcome = MessageOutcome("unreadable", error=source.error.code)
                counts[outcome.outcome] += 1
                label = os.fsencode(source.label).decode(errors="replace")  # file names need not be valid text
                line = {"file": label, **msgspec.to_builtins(outcome)}
                click.echo(json.dumps(line, ensure_ascii=False) if as_json else _line(line))
                progress.advance(task)
    if not as_json:
        click.echo(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))
    if counts["unreadable"]:
        raise click.exceptions.Exit(1)


def _line(line: dict[str, object]) -> str:
    rights = line["suggested_rights"]
    said = [line["file"], line["outcome"], line["reference"], line["language"]]
    if isinstance(rights, list | tuple):
        said.append("+".join(map(str, rights)))
    said.append(line["error"])
    return "  ".join(str(part) for part in said if part)
