"""`dsr blobs sweep`: what it takes away, and what it says."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner

from dsr.bootstrap import build
from dsr.cli import main
from dsr.domain.export import Export
from dsr.domain.sealed import KeyPurpose
from dsr.settings import Settings


@pytest.fixture
def leftovers(installed: Settings) -> Settings:
    """A service with a half-written file and a blob that no event names, both of long ago."""
    for ending in ("blob", "part"):
        blob_id = uuid4()
        path = installed.blobs / blob_id.hex[:2] / f"{blob_id}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"dsr")
        os.utime(path, (0, 0))
    return installed


def files(settings: Settings) -> int:
    return sum(path.is_file() for path in settings.blobs.rglob("*/*"))


def test_a_sweep_says_what_it_takes_away_and_first_what_it_would(leftovers: Settings) -> None:
    dry = CliRunner().invoke(main, ["blobs", "sweep", "--dry-run"])
    assert (dry.exit_code, dry.stdout.splitlines()) == (
        0,
        [
            "0 files without a key, 1 half-written file, 0 abandoned uploads would be deleted",
            "1 file without an event, 0 unused keys would be set aside",
            "0 would be destroyed that had been set aside long enough, 0 taken back",
        ],
    )
    assert files(leftovers) == 2
    done = CliRunner().invoke(main, ["blobs", "sweep"])
    assert (done.exit_code, done.stdout.splitlines()) == (
        0,
        [
            "0 files without a key, 1 half-written file, 0 abandoned uploads deleted",
            "1 file without an event, 0 unused keys set aside",
            "0 destroyed that had been set aside long enough, 0 taken back",
        ],
    )
    assert [path.suffix for path in leftovers.blobs.rglob("*/*") if path.is_file()] == [".aside"]
    service = build(leftovers)
    service.check()
    service.close()


def test_what_an_event_names_stays_however_old_its_file_is(
    installed: Settings, packed: Callable[[Settings, datetime], UUID]
) -> None:
    # given
    export_id = packed(installed, datetime(2026, 3, 5, 9, tzinfo=UTC))
    for path in installed.blobs.rglob("*.blob"):
        os.utime(path, (0, 0))
    before = files(installed)
    # when
    done = CliRunner().invoke(main, ["blobs", "sweep"])
    # then
    assert (done.exit_code, done.stderr) == (0, "")
    assert "\n0 files without an event, " in done.stdout
    assert files(installed) == before > 0
    service = build(installed)
    export = service.desk.repository.find(Export, export_id)
    assert export is not None
    assert b"".join(service.desk.repository.blobs.read(export.package, service.keystore.open(export.package.key_id)))
    service.close()


def test_what_was_made_today_stays_since_its_event_may_be_on_its_way(installed: Settings) -> None:
    service = build(installed)
    [key] = service.keystore.create(uuid4(), KeyPurpose.BLOB)
    ref = service.desk.repository.blobs.write(key, [b"of a command that still runs"], "text/plain")
    done = CliRunner().invoke(main, ["blobs", "sweep"])
    assert (done.exit_code, "0 unused keys set aside\n" in done.stdout) == (0, True)
    assert b"".join(service.desk.repository.blobs.read(ref, service.keystore.open(key.key_id)))
    service.close()


def test_a_second_sweep_finds_nothing_more(leftovers: Settings) -> None:
    first, second = (CliRunner().invoke(main, ["blobs", "sweep"]) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "1 file without an event" in first.stdout
    assert "0 files without an event" in second.stdout


def test_an_unknown_option_is_bad_input_and_nothing_is_taken_away(leftovers: Settings) -> None:
    assert CliRunner().invoke(main, ["blobs", "sweep", "--dryrun"]).exit_code == 2
    assert files(leftovers) == 2
