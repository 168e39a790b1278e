"""`dsr blobs sweep`: what it takes away, and what it says."""

import os
from uuid import uuid4

import pytest
from click.testing import CliRunner

from dsr.bootstrap import build
from dsr.cli import main
from dsr.settings import Settings


@pytest.fixture
def leftovers(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A service with a half-written file and a blob that no event names, both of long ago."""
    for name, value in (
        ("DSR_HOME", str(settings.home)),
        ("DSR_DATABASE_URL", settings.database_url),
        ("DSR_KEYS_URL", settings.keys_url),
    ):
        monkeypatch.setenv(name, value)
    for ending in ("blob", "part"):
        blob_id = uuid4()
        path = settings.blobs / blob_id.hex[:2] / f"{blob_id}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"dsr")
        os.utime(path, (0, 0))
    return settings


def files(settings: Settings) -> int:
    return sum(path.is_file() for path in settings.blobs.rglob("*"))


def test_a_sweep_says_what_it_takes_away_and_first_what_it_would(leftovers: Settings) -> None:
    counts = "1 files without an event, 0 files without a key, 1 half-written files, 0 abandoned uploads, 0 unused keys"
    dry = CliRunner().invoke(main, ["blobs", "sweep", "--dry-run"])
    assert (dry.exit_code, dry.stdout) == (0, f"{counts} would be taken away\n")
    assert files(leftovers) == 2
    done = CliRunner().invoke(main, ["blobs", "sweep"])
    assert (done.exit_code, done.stdout) == (0, f"{counts} taken away\n")
    assert files(leftovers) == 0
    service = build(leftovers)
    service.check()
    service.close()
