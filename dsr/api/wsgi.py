"""What a WSGI server runs: `gunicorn "dsr.api.wsgi:app()"`. Each worker process builds a service of its own."""

import os

from flask import Flask

from dsr.api.app import create_app
from dsr.bootstrap import build
from dsr.settings import load_settings


def app(*, threads: int = 4) -> Flask:
    """An application from the environment, for a process with so many threads.

    Raises SettingsInvalid, and what keeps the service from serving, each with a sentence that says what to do.
    """
    service = build(load_settings(os.environ))
    service.check()
    return create_app(service, threads=threads)
