"""Says what was examined and found; shared by commands that examine an installation or a backup."""

import json
from typing import TYPE_CHECKING

import click

from dsr.cli._counting import counted

if TYPE_CHECKING:
    from dsr.backup.examining import Examination


def say(examined: "Examination", *, as_json: bool) -> None:
    """Print the result; exit 1 if anything was found."""
    if as_json:
        findings = [{"code": each.code, "count": each.count, "examples": each.examples} for each in examined.findings]
        counts = {"events": examined.events, "keys": examined.keys, "files": examined.files}
        click.echo(json.dumps(counts | {"findings": findings}))
    else:
        click.echo(
            f"{counted(examined.events, 'event')}, {counted(examined.keys, 'key')} and "
            f"{counted(examined.files, 'file')} examined: "
            f"{'all is there' if not examined.findings else 'not all is as the log says'}."
        )
        list_findings(examined)
    if examined.findings:
        raise click.exceptions.Exit(1)


def list_findings(examined: "Examination") -> None:
    """Print one line for each kind of finding: how many, what it means, the first of them."""
    for each in examined.findings:
        click.echo(f"{each.code} ({each.count}): {each.meaning}. First: {', '.join(each.examples)}")
