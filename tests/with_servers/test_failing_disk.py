"""Every write and every sync of the service fails once: it says so, keeps what it had, and goes on by itself."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dsr.settings import Settings
from tests.load.test_killed_processes import ROOT, environ_of
from tests.proving import in_ci

FOLDER = Path(__file__).parent / "failing_disk"
STRIDE = in_ci(11, proving=1)
"""Of so many calls that change a file, one fails."""


@pytest.fixture(scope="session")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that lets calls fail."""
    library = tmp_path_factory.mktemp("failing") / "fail.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", library, FOLDER / "fail.c", "-ldl"], check=True)
    return library


def test_whatever_write_fails_nothing_is_half_done_and_all_goes_on(
    failing: Path, settings: Settings, record_property: Callable[[str, object], None]
) -> None:
    # when
    played = subprocess.run(
        [sys.executable, "-m", "tests.with_servers.failing_disk.play", str(STRIDE)],
        cwd=ROOT,
        env=environ_of(settings) | {"DSR_MAIL_OUT": f"maildir:{settings.home}/outgoing", "LD_PRELOAD": str(failing)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    # then: it looked at everything after each fault
    assert played.returncode == 0, played.stdout
    counted = json.loads(played.stdout)
    record_property("counts", f"{sum(counted.values())} faults; {counted}")
    assert sum(counted.values()) > 50
