"""The service that the demo works with: its folder, its commands, its server."""

import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dsr.demo.client import DemoFailed

MARKER = ".made-by-the-demo"
"""A folder without this file is not ours to delete."""

DEVELOPMENT = "DSR_DEVELOPMENT"
"""The one setting that the demo takes from its environment."""

_START_SECONDS = 40
_STOP_SECONDS = 15
_COMMAND_SECONDS = 60


class Office:
    """An embedded service (SQLite) in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.downloads = folder / "download"
        # The environment may hold settings of a real service, which the demo must not use.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DSR_") or name == DEVELOPMENT}
        self._environment = kept | {"DSR_HOME": str(folder)}

    def copied_to(self, folder: Path) -> dict[str, str]:
        """The environment of a service in a copy of this folder."""
        return self._environment | {"DSR_HOME": str(folder)}

    def clear(self) -> None:
        """Recreate the folder. Raises DemoFailed if it is not the demo's own."""
        if self.folder.exists():
            if not (self.folder / MARKER).is_file():
                raise DemoFailed(f"{self.folder} was not made by the demo, so it is left alone. Move it away.")
            shutil.rmtree(self.folder)
        self.folder.mkdir(mode=0o700, parents=True)
        self.downloads.mkdir()
        (self.folder / MARKER).write_text("`dsr demo` deletes this folder and makes it again.\n", encoding="utf-8")

    def run(self, *arguments: str) -> str:
        """Run `dsr` with these arguments to its end and return what it printed. Raises DemoFailed."""
        command = f"`dsr {' '.join(arguments)}`"
        try:
            done = subprocess.run(  # noqa: S603 - our own program
                [_dsr(), *arguments],
                env=self._environment,
                capture_output=True,
                text=True,
                timeout=_COMMAND_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise DemoFailed(f"{command} took more than {_COMMAND_SECONDS} s.") from None
        if done.returncode != 0:
            raise DemoFailed(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve on a free port while the block runs; gives the URL. Stops in any case. Raises DemoFailed."""
        log = self.folder / "server.log"
        with log.open("w", encoding="utf-8") as errors:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [_dsr(), "serve", "--web-only", "--port", "0"],
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
            try:
                url = _announced(process)
                if url is None:
                    raise DemoFailed(f"The server did not start:\n{log.read_text(encoding='utf-8')}")
                yield url
            finally:
                _stop(process)


def _dsr() -> str:
    """The program that belongs to this Python."""
    beside = Path(sys.executable).with_name("dsr")
    if not beside.is_file():
        raise DemoFailed(
            "`dsr` is not installed beside this Python. Install it there, e.g. with `pip install --editable .`."
        )
    return str(beside)


def _announced(process: "subprocess.Popen[str]") -> str | None:
    """The URL that the server prints once it listens; None where it ends or waits too long."""
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        for line in process.stdout or ():
            lines.put(line)
        lines.put("")

    threading.Thread(target=read, daemon=True).start()
    try:
        while line := lines.get(timeout=_START_SECONDS):
            if "http://" in line:
                return line[line.index("http://") :].strip()
    except queue.Empty:
        pass
    return None


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
