"""An earlier commit of this repository, installed apart, to be served and measured beside the present one."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_REPOSITORY: Final = Path(__file__).parent.parent

_INSTALL: Final = """
import os
from benchmarks.places import handler_token, installed
with installed(os.environ) as made:
    print(handler_token(made))
"""


@dataclass(frozen=True)
class Earlier:
    """A checkout of a commit with a virtual environment of its own."""

    commit: str
    folder: Path
    python: Path

    @property
    def program(self) -> Path:
        """Its `dsr`."""
        return self.python.with_name("dsr")

    def install(self, environment: Mapping[str, str]) -> str:
        """A new service of that commit with the example's record of processing; the token of a handler."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DSR_")}
        done = subprocess.run(
            [self.python, "-c", _INSTALL],
            cwd=self.folder,
            env={**kept, **environment},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.split()[-1]


@contextmanager
def earlier_commit(commit: str) -> Iterator[Earlier]:
    """Check it out into a temporary folder and install it there; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="dsr-earlier-") as temporary:
        folder, environment = Path(temporary, "tree"), Path(temporary, "venv")
        _run("git", "-C", _REPOSITORY, "worktree", "add", "--quiet", "--detach", folder, commit)
        try:
            _run(sys.executable, "-m", "venv", environment)
            python = environment / "bin" / "python"
            constraints = folder / "constraints.txt"
            _run(
                python, "-m", "pip", "install", "--quiet", "--constraint", constraints, "--editable", f"{folder}[test]"
            )
            yield Earlier(commit, folder, python)
        finally:
            _run("git", "-C", _REPOSITORY, "worktree", "remove", "--force", folder)


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True)
