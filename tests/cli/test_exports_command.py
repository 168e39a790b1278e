"""`dsr exports purge`: what is older than promised goes, everything else stays, and the command says which."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from dsr.bootstrap import Service, build
from dsr.cli import main
from dsr.domain.export import Export
from dsr.domain.sealed import KeyDestroyed
from dsr.settings import Settings

Packed = Callable[[Settings, datetime], UUID]
LONG_AGO = datetime.now(UTC) - timedelta(days=31)


def purge() -> Result:
    return CliRunner().invoke(main, ["exports", "purge"])


def export_of(made: Service, export_id: UUID) -> Export:
    found = made.desk.repository.find(Export, export_id)
    assert found is not None
    return found


def files(settings: Settings) -> set[str]:
    return {path.stem for path in settings.blobs.rglob("*.blob")}


def test_a_purge_with_nothing_due_says_so(installed: Settings) -> None:
    done = purge()
    assert (done.exit_code, done.stdout, done.stderr) == (0, "0 packages purged\n", "")


def test_what_is_older_than_promised_goes_with_its_key_and_each_is_named(installed: Settings, packed: Packed) -> None:
    # given
    due, kept = packed(installed, LONG_AGO), packed(installed, datetime.now(UTC))
    before = files(installed)
    # when
    done, again = purge(), purge()
    # then
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    assert done.stdout.endswith("1 package purged\n")
    assert (again.exit_code, again.stdout) == (0, "0 packages purged\n")
    made = build(installed)
    try:
        gone, stays = export_of(made, due), export_of(made, kept)
        assert all(word in done.stdout for word in (str(due), str(gone.request_id), str(gone.package.size)))
        assert str(kept) not in done.stdout
        assert "Lovelace" not in done.output
        assert gone.purged_at is not None
        assert stays.purged_at is None
        assert before - files(installed) == {str(gone.package.blob_id)}
        with pytest.raises(KeyDestroyed):
            made.keystore.open(gone.package.key_id)
        made.keystore.open(stays.package.key_id)
        *_, event = made.log.read()
        assert (event.name, event.event.actor) == ("dsr.export.purged", "purge")
    finally:
        made.close()


def test_a_package_whose_file_is_lost_already_is_purged_all_the_same(installed: Settings, packed: Packed) -> None:
    due = packed(installed, LONG_AGO)
    made = build(installed)
    made.desk.repository.blobs.delete(export_of(made, due).package.blob_id)
    made.close()
    assert purge().stdout.endswith("1 package purged\n")


@pytest.mark.parametrize("backend", ["sqlite"])
def test_without_its_keyring_nothing_is_purged_and_the_command_says_what_to_do(
    installed: Settings, packed: Packed
) -> None:
    due, before = packed(installed, LONG_AGO), files(installed)
    keyring = installed.keyring.read_bytes()
    installed.keyring.unlink()
    refused = purge()
    assert (refused.exit_code, json.loads(refused.stdout)) == (3, {"code": "keyring-missing"})
    assert "dsr init" in refused.stderr
    assert files(installed) == before
    installed.keyring.write_bytes(keyring)
    installed.keyring.chmod(0o600)
    assert str(due) in purge().stdout


def test_a_service_that_was_never_made_is_refused(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSR_HOME", f"{tmp_path}/nothing")
    for arguments in (["exports", "purge"], ["blobs", "sweep"], ["keys", "sign-rotate", "callcentre-de"]):
        refused = CliRunner().invoke(main, arguments)
        assert (refused.exit_code, set(json.loads(refused.stdout))) == (3, {"code"}), arguments
        assert refused.stderr.strip()
