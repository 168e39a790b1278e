"""What commands share that work on an installed service."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from dsr.settings import Settings, SettingsInvalid, load_settings

if TYPE_CHECKING:  # imported when a command needs it: a small command starts fast
    from dsr.bootstrap import Service


def settings() -> Settings:
    """Read from the environment; bad values end the command with all of them named."""
    try:
        return load_settings(os.environ)
    except SettingsInvalid as error:
        raise click.UsageError("\n".join(error.problems)) from None


@contextmanager
def running(*, checked: bool = True) -> Iterator["Service"]:
    """The service of the environment, checked as before serving, closed afterwards."""
    from dsr.bootstrap import build  # noqa: PLC0415 - see above

    service = build(settings())
    try:
        if checked:
            service.check()
        yield service
    finally:
        service.close()


def is_terminal() -> bool:
    """Whether a person watches: then progress is shown."""
    return sys.stderr.isatty()
