"""Entry point for a WSGI server: `gunicorn "dsr.api.wsgi:app()"`. Each worker process builds a service of its own."""

import os

from flask import Flask

from dsr.api.app import create_app
from dsr.bootstrap import build
from dsr.settings import load_settings


def app(*, threads: int = 4) -> Flask:
    """An application configured by the environment; `threads` is the process's number of threads.

    Raises SettingsInvalid, and any error that prevents serving, each with its remedy.
    """
    service = build(load_settings(os.environ))
    service.check()
    return create_app(service, threads=threads)
