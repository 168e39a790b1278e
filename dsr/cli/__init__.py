"""The command line: `dsr`. Each command is one file here that offers a Click command named `command`.

Files are imported only when their command is called, so that a small command starts fast.
"""

import json
import os
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import click

from dsr.domain.errors import DomainError

_NICENESS = 10
"""How much longer than others it waits for a processor: it gets a tenth of one that others want too."""

REFUSED = 3
"""Exit status of a refusal; 2 is bad input."""


class CommandPerFile(click.Group):
    """Finds commands by the names of the files in this folder."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - Click's signature
        """All files without a leading underscore."""
        return sorted(each.name.replace("_", "-") for each in iter_modules(__path__) if not each.name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's file."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"{__name__}.{cmd_name.replace('-', '_')}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. A refusal prints its code for programs and its sentence for people, and exits 3."""
        try:
            return super().invoke(ctx)
        except DomainError as refusal:
            click.echo(json.dumps({"code": refusal.code}))
            click.echo(refusal.detail, err=True)
            ctx.exit(REFUSED)


@click.command(cls=CommandPerFile)
@click.version_option(package_name="data-subject-rights")
@click.option("--nice", is_flag=True, help="Give way to the processes that serve, for long work beside them.")
def main(*, nice: bool) -> None:
    """Handle requests of data subjects (GDPR Art. 12-22)."""
    if nice:
        os.nice(_NICENESS)
