"""gunicorn as a library: processes with threads, each building its own service after the fork."""

from typing import Any

import click
from gunicorn.app.base import BaseApplication

from dsr.mailbox.language import detect_language
from dsr.mailbox.rights import suggest_rights

_GRACEFUL_SECONDS = 30


class _Server(BaseApplication):
    """One gunicorn with our settings; reads no configuration file and no environment of its own."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """gunicorn's hook."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The app of one process, made after the fork: database connections are never shared between processes."""
        from dsr.api.wsgi import app  # noqa: PLC0415 - see above

        return app()


def run(*, host: str, port: int, workers: int, threads: int) -> None:
    """Serve until told to stop; prints the URL once it listens. `port` 0 takes a free one."""
    # Word lists and language model are loaded once and shared by all processes.
    detect_language("Please send me a copy of my data.")
    suggest_rights("Please send me a copy of my data.")
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    _Server(
        {
            "bind": address,
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "graceful_timeout": _GRACEFUL_SECONDS,
            "accesslog": None,  # the app logs accesses itself, without addresses and query strings
            "errorlog": "-",
            "loglevel": "warning",
            "when_ready": _announce,
            "control_socket_disable": True,
        }
    ).run()


def _announce(server: Any) -> None:
    for listener in server.LISTENERS:
        host, port = listener.sock.getsockname()[:2]
        click.echo(f"Serving on http://{f'[{host}]' if ':' in host else host}:{port}")
