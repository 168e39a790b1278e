"""`dsr keys`: all keys wrapped anew, a controller signing with a fresh key; what was still opens and verifies."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from dsr.bootstrap import build
from dsr.cli import main
from dsr.domain.export import Export
from dsr.exports import verify_package
from dsr.settings import Settings
from dsr.vault import IndexPurpose
from tests.desk.office import Office
from tests.settable_clock import SettableClock

Packed = Callable[[Settings, datetime], UUID]


def rotate(controller: str) -> Result:
    return CliRunner().invoke(main, ["keys", "sign-rotate", controller])


def published(settings: Settings) -> list[dict[str, str | None]]:
    made = build(settings)
    try:
        keys: list[dict[str, str | None]] = made.desk.signing.published("callcentre-de")["keys"]
        return keys
    finally:
        made.close()


def package(settings: Settings, export_id: UUID) -> bytes:
    made = build(settings)
    try:
        export = made.desk.repository.find(Export, export_id)
        assert export is not None
        return b"".join(made.desk.repository.blobs.read(export.package, made.keystore.open(export.package.key_id)))
    finally:
        made.close()


def test_the_index_key_is_replaced_and_the_service_finds_a_person_as_before(installed: Settings) -> None:
    # given
    made = build(installed)
    try:
        office = Office(made, SettableClock(made.clock.now()))
        request_id = office.case_by_mail()
        # when
        begun = CliRunner().invoke(main, ["keys", "rotate-index"])
        done = CliRunner().invoke(main, ["keys", "rotate-index", "--at-once"])
        # then
        assert (begun.exit_code, done.exit_code) == (0, 0), begun.output + done.output
        assert "destroyed in a day" in begun.stdout
        assert "The former key is destroyed" in done.stdout
        assert made.desk.repository.index.find(IndexPurpose.EMAIL, "ada@example.org") == [request_id]
    finally:
        made.close()


def test_every_key_is_wrapped_anew_and_opens_as_before_but_no_longer_from_an_older_backup(
    installed: Settings, packed: Packed
) -> None:
    # given
    export_id = packed(installed, datetime.now(UTC))
    before, keyring = package(installed, export_id), installed.keyring.read_bytes()
    # when
    done = CliRunner().invoke(main, ["keys", "rotate"])
    # then
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    count, rest = done.stdout.split(" ", 1)
    assert (int(count) > 3, rest) == (True, "keys rewrapped; back up the keyring and the key database anew\n")
    assert package(installed, export_id) == before
    assert installed.keyring.stat().st_mode & 0o777 == 0o600
    again = CliRunner().invoke(main, ["keys", "rotate"])
    assert again.stdout.split(" ", 1) == [count, rest]
    # and with the keyring of the backup
    installed.keyring.write_bytes(keyring)
    refused = CliRunner().invoke(main, ["keys", "rotate"])
    assert (refused.exit_code, json.loads(refused.stdout)) == (3, {"code": "keyring-wrong"})


def test_the_first_key_is_made_and_the_next_takes_its_place(installed: Settings) -> None:
    first, second = rotate("callcentre-de"), rotate("callcentre-de")
    assert (first.exit_code, second.exit_code, first.stderr) == (0, 0, ""), first.output + second.output
    newest, older = published(installed)
    assert first.stdout == f"callcentre-de signs with key {older['kid']} from now on; keys published: 1.\n"
    assert second.stdout == f"callcentre-de signs with key {newest['kid']} from now on; keys published: 2.\n"
    assert older["retired_at"] == newest["valid_from"]
    assert newest["retired_at"] is None


def test_what_was_signed_before_and_after_verifies_with_the_published_keys(
    installed: Settings, packed: Packed, tmp_path: Path
) -> None:
    # given
    before = package(installed, packed(installed, datetime.now(UTC)))
    assert rotate("callcentre-de").exit_code == 0
    after = package(installed, packed(installed, datetime.now(UTC)))
    newest, older = published(installed)
    # when
    every = json.dumps({"keys": [newest, older]}).encode()
    only_new = json.dumps({"keys": [newest]}).encode()
    # then
    assert verify_package(io.BytesIO(before), keys=every) == verify_package(io.BytesIO(after), keys=every) == []
    assert verify_package(io.BytesIO(after), keys=only_new) == []
    assert [each.code for each in verify_package(io.BytesIO(before), keys=only_new)] == ["signature-key-unknown"]
    # and the command of the receiver agrees
    file, jwks = tmp_path / "package.zip", tmp_path / "jwks.json"
    file.write_bytes(after)
    jwks.write_bytes(every)
    checked = CliRunner().invoke(main, ["export", "verify", str(file), "--jwks", str(jwks), "--json"])
    assert (checked.exit_code, json.loads(checked.output)["checks"]["signature"]) == (0, True)


def test_a_controller_that_the_record_does_not_have_gets_no_key(installed: Settings) -> None:
    refused = rotate("nobody")
    assert (refused.exit_code, json.loads(refused.stdout)) == (3, {"code": "controller-unknown"})
    made = build(installed)
    try:
        assert not [each for each in made.log.read() if each.name.startswith("dsr.signing")]
    finally:
        made.close()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_rotation_without_a_controller_is_bad_input(installed: Settings) -> None:
    assert CliRunner().invoke(main, ["keys", "sign-rotate"]).exit_code == 2
