"""`dsr serve`: runs the HTTP service with gunicorn."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from shutil import rmtree
from tempfile import mkdtemp

import click

from dsr.cli._beside import beside
from dsr.cli._service import begin, loading, running, settings, warn_of_missing_url
from dsr.settings import Settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port; 0: a free one.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@click.option("--threads", default=4, show_default=True, type=click.IntRange(3, 64), help="Threads of each.")
@click.option("--init", "make", is_flag=True, help="Create the service first if DSR_HOME has none.")
@click.option(
    "--web-only", is_flag=True, help="Run only the web processes; `dsr worker` and `dsr scheduler` run elsewhere."
)
def command(*, host: str, port: int, workers: int, threads: int, make: bool, web_only: bool) -> None:
    """Serve the API, with a scheduler and a worker beside it. Its documentation is at /docs.

    Refuses to start on any problem that could lose or expose data.
    """
    with _counting_together():
        _serve(host=host, port=port, workers=workers, threads=threads, make=make, web_only=web_only)


def _serve(*, host: str, port: int, workers: int, threads: int, make: bool, web_only: bool) -> None:
    with loading():
        from dsr.api.server import run  # noqa: PLC0415 - loaded when called

    chosen = settings()
    if make and not chosen.keyring.exists():
        begin(chosen, then="dsr ropa adopt FILE in another shell, while the service runs")
    else:
        warn_of_missing_url(chosen)
    _require_proxy_if_https(chosen)
    with running() as made:  # all checks run before a process is forked
        made.begin_policies()  # before a request comes, and whether or not a worker runs here
    _require_free(host, port)
    with nullcontext() if web_only else beside("worker", "scheduler"):
        run(host=host, port=port, workers=workers, threads=threads, log_form=chosen.log)


@contextmanager
def _counting_together() -> Iterator[None]:
    """A folder in which the web processes count requests together; the library looks for it when it is imported."""
    folder, here = mkdtemp(prefix="dsr-metrics-"), os.getpid()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    try:
        yield
    finally:
        del os.environ["PROMETHEUS_MULTIPROC_DIR"]
        if os.getpid() == here:  # a web process is a copy of this one, and ends here too
            rmtree(folder, ignore_errors=True)


def _require_proxy_if_https(chosen: Settings) -> None:
    """Raise click.UsageError where people come by https, and so through a proxy, and no proxy is trusted."""
    if chosen.public_url.startswith("https:") and not chosen.trusted_proxies:
        raise click.UsageError(
            "DSR_PUBLIC_URL is https, so a proxy ends TLS in front of this service. Without its network all visitors "
            "count as one, and one of them could lock out all others: name it in DSR_TRUSTED_PROXIES, such as "
            "127.0.0.1/32 for a proxy on this machine (docs/deployment.md)"
        )


def _require_free(host: str, port: int) -> None:
    """Report an unusable address at once, instead of after gunicorn's five attempts. Raises click.UsageError."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        reason = error.strerror or "it is no address of this machine"
        raise click.UsageError(
            f"{host}:{port} can't be listened on ({reason}): name another --port or --host"
        ) from None
