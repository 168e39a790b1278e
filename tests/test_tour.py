"""The tour of the README works as pasted, in an empty folder, with nothing of the checkout but the wheel."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parent.parent
DONE = "--- done with"


def tour() -> list[str]:
    """The lines of the README that a reader pastes."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("## A tour")[2]
    found = re.search(r"^```\n(.+?)^```", text, flags=re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1].splitlines()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def install(wheel: Path, folder: Path) -> Path:
    """A new environment with the wheel; what it depends on is seen where the tests have it, so nothing is fetched."""
    venv.EnvBuilder(symlinks=True).create(folder)
    python = folder / "bin" / "python"
    places = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)})
    (Path(places["purelib"]) / "dependencies.pth").write_text(
        "\n".join(sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})), encoding="utf-8"
    )
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-index", "--no-deps", str(wheel)], check=True)
    shown = subprocess.run(
        [str(python), "-c", "import dsr; print(dsr.__file__)"], check=True, capture_output=True, text=True, cwd=folder
    )
    assert shown.stdout.startswith(str(folder)), "the wheel is tried, not the checkout"
    return folder / "bin"


class Shell:
    """A shell into which lines are pasted one by one."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._pasted = 0

    def paste(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def run(self, line: str) -> str:
        """Paste a line, and wait for its end; what it printed. It has to succeed."""
        self._pasted += 1
        mark = f"{DONE} {self._pasted}"
        self.paste(line)
        self.paste(f'echo "{mark}: $?"')
        printed: list[str] = []
        for each in self._process.stdout or ():
            if each.startswith(mark):
                assert each.strip() == f"{mark}: 0", f"{line}\n{''.join(printed)}"
                return "".join(printed)
            printed.append(each)
        raise AssertionError(f"the shell ended at: {line}")


@contextmanager
def shell(binaries: Path, folder: Path) -> Iterator[Shell]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DSR_", "PYTHON"))}
    environment["PATH"] = f"{binaries}{os.pathsep}{environment['PATH']}"
    bash = shutil.which("bash")
    assert bash is not None
    with subprocess.Popen(
        [bash],
        cwd=folder,
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            yield Shell(process)
        finally:
            os.killpg(process.pid, signal.SIGTERM)


def answered(url: str, *, seconds: float = 30) -> str:
    ends = monotonic() + seconds
    while True:
        try:
            with urlopen(url, timeout=seconds) as answer:  # noqa: S310 - our own server
                page: str = answer.read().decode()
                return page
        except URLError:
            if monotonic() > ends:
                raise
            sleep(0.1)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def test_the_wheel_carries_the_demo(wheel: Path) -> None:
    carried = set(zipfile.ZipFile(wheel).namelist())
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "dsr" / "demo").rglob("*") if path.is_file()}
    assert {path for path in there if "__pycache__" not in path} <= carried


def test_the_tour_works_as_pasted(wheel: Path, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    # given
    folder = tmp_path / "empty"
    folder.mkdir()
    *lines, last = tour()
    assert last.startswith("dsr serve ")
    started, said = monotonic(), {}
    binaries = install(wheel, tmp_path / "environment")
    with shell(binaries, folder) as pasted:
        # when
        for line in lines:
            said[" ".join(line.split()[:3])] = pasted.run(line)
            if line.startswith("dsr intake"):
                first_case = monotonic() - started
        port = free_port()  # 8000 may be taken where the tests run
        pasted.paste(last.replace("dsr serve", f"dsr serve --port {port}", 1))
        # then
        assert "openapi.json" in answered(f"http://127.0.0.1:{port}/docs")
    assert "DSR-" in said["dsr intake letter.eml"]
    assert "access" in said["dsr intake letter.eml"]
    assert "2026-04-07" in said["dsr deadline --received"]
    assert "0 rows and 0 dates differ" in said["dsr audit replay"]
    version = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    told = f"{first_case:.1f} s from installing the wheel, with its dependencies there, to the first case, on {version}"
    record_property("counts", told)
