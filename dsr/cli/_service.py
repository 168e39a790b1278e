"""Shared by commands that work on an installed service."""

import atexit
import gc
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

import click

from dsr.logs import log_to_stderr
from dsr.settings import Settings, SettingsInvalid, load_settings

if TYPE_CHECKING:  # imported when a command needs it, so that a small command starts fast
    from dsr.bootstrap import Service


def settings() -> Settings:
    """The settings from the environment; bad values end the command, which names them all."""
    try:
        return load_settings(os.environ)
    except SettingsInvalid as error:
        raise click.UsageError("\n".join(error.problems)) from None


def begin(chosen: Settings, *, then: str) -> None:
    """Create a service; say what to keep, the first token, and what to do next."""
    with loading():
        from dsr.bootstrap import FIRST_OPERATOR, init  # noqa: PLC0415 - loaded when called

    token = init(chosen)
    click.echo(f"A new service stands in {chosen.home}.")
    click.echo(f"Back up {chosen.keyring} now, apart from everything else: without it no personal data opens again.")
    click.echo(f"First member of staff: {FIRST_OPERATOR}. The token, shown this once:")
    click.echo(token)
    warn_of_missing_url(chosen)
    click.echo(f"Next: {then}.")


def warn_of_missing_url(chosen: Settings) -> None:
    """Say on stderr what does not work without the address of this service."""
    if not chosen.public_url:
        click.echo(
            "DSR_PUBLIC_URL is not set: no mail can hold a link to a package, so no answer to access or portability "
            "can leave by mail. Set it to the address at which people reach this service.",
            err=True,
        )


@contextmanager
def loading() -> Iterator[None]:
    """Context for imports of the service, which disables garbage collection of their objects, since these live until
    the process ends.

    That saves a third of the CPU time of a small command.
    """
    if "dsr.bootstrap" in sys.modules:
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
    atexit.register(gc.freeze)


@contextmanager
def running(*, checked: bool = True) -> Iterator["Service"]:
    """The service of the environment, checked as before serving, closed afterwards."""
    with loading():
        from dsr.bootstrap import build  # noqa: PLC0415 - see above

    service = build(settings())
    try:
        if checked:
            service.check()
        yield service
    finally:
        service.close()


@contextmanager
def until_told() -> Iterator[Event]:
    """A stop event for long-running commands, set by SIGTERM and Ctrl-C; they log ids and codes to stderr, and tell
    systemd when they work and when they end.
    """
    from gunicorn.systemd import sd_notify  # noqa: PLC0415 - loaded when called

    ours, end_log = logging.getLogger("dsr"), log_to_stderr(settings().log)
    stop = Event()
    signals = (signal.SIGTERM, signal.SIGINT)
    before = {each: signal.signal(each, lambda *_: stop.set()) for each in signals}
    try:
        sd_notify("READY=1", ours)  # type: ignore[arg-type]  # it asks for no more than a logger
        yield stop
    finally:
        sd_notify("STOPPING=1", ours)  # type: ignore[arg-type]  # as above
        for each, was in before.items():
            signal.signal(each, was)
        end_log()


def is_terminal() -> bool:
    """Whether progress is shown to a person."""
    return sys.stderr.isatty()
