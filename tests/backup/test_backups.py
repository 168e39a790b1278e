"""A backup holds all, is proved before it is trusted, and puts back what was there: on both databases."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from uuid import UUID, uuid4

import msgspec
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from dsr.backup import (
    BackupOfOtherVersion,
    BackupSource,
    BackupTimes,
    BackupUnreadable,
    BackupUnsound,
    BackupWatch,
    LiveSource,
    NeighbourUnreadable,
    StoredBackup,
    TargetNotEmpty,
    back_up,
    backups_in,
    examine,
    restore,
)
from dsr.backup.manifest import FILE
from dsr.blobs import FileBlobStore, small_blobs
from dsr.bootstrap import Service, build, fence_journal_of, init
from dsr.cli import main
from dsr.database import Database
from dsr.desk.tokens import tokens
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyDestroyed
from dsr.eventstore.tables import events
from dsr.projections import verify
from dsr.settings import Settings, load_settings
from dsr.vault import Keyring
from dsr.vault.keystore import data_keys
from tests.desk.office import Office
from tests.settable_clock import SettableClock

LARGE = b"A recording of a call. " * 5_000
"""A file, not a row."""

Fresh = Callable[[], Settings]


@pytest.fixture
def full(service: Service, clock: SettableClock) -> Office:
    """A service with a letter, a data set, a large attachment, a package and a link."""
    office = Office(service, clock)
    office.receive()
    request_id = office.granted(Right.ACCESS)
    office.collect(request_id, "access")
    office.attach(request_id, "access", LARGE)
    office.search(request_id, "access")
    office.desk.exports.prepare(request_id, "access", office.call(request_id))
    return office


@pytest.fixture
def fresh(request: pytest.FixtureRequest, backend: str, tmp_path: Path, service: Service) -> Fresh:
    """Settings of a place where nothing is yet, but the keyring and the fence journal."""

    def make() -> Settings:
        home = tmp_path / f"restored-{uuid4().hex[:6]}"
        home.mkdir(mode=0o700)
        settings = load_settings({"DSR_HOME": str(home)})
        shutil.copy2(service.settings.keyring, settings.keyring)
        fence_journal_of(service.settings).begin()
        shutil.copy2(service.settings.fence_journal, settings.fence_journal)
        if backend == "postgresql":
            new = request.getfixturevalue("new_postgres")
            return replace(settings, database_url=new(None), keys_url=new(None))
        return settings

    return make


def log_of(service: Service) -> list[tuple[object, ...]]:
    with service.database.reading() as connection:
        return [tuple(row) for row in connection.execute(sa.select(events).order_by(events.c.position))]


def opened(folder: Path, service: Service) -> StoredBackup:
    return StoredBackup.open(folder, service.keyring)


def codes(folder: Path, service: Service) -> list[str]:
    return [each.code for each in examine(BackupSource(opened(folder, service))).findings]


def live_codes(service: Service) -> list[str]:
    return [each.code for each in examine(LiveSource(service)).findings]


# Round trips ---------------------------------------------------------------------------------------------------------


def test_what_is_put_back_is_what_was_there(full: Office, fresh: Fresh, tmp_path: Path, clock: SettableClock) -> None:
    # given
    made = full.service
    folder = back_up(made, tmp_path / "backups")
    assert codes(folder, made) == []
    settings = fresh()
    # when
    restore(settings, folder)
    # then
    again = build(settings, clock=clock)
    again.check()
    assert log_of(again) == log_of(made)
    assert list(verify(again.database, again.log)) == []
    with again.database.reading() as connection:
        restored = set(connection.scalars(sa.select(tokens.c.sha256)))
    with made.database.reading() as connection:
        assert restored == set(connection.scalars(sa.select(tokens.c.sha256)))
    assert live_codes(again) == []
    office = Office(again, clock)
    with again.database.reading() as connection:
        (request_id,) = {
            row.stream_id
            for row in connection.execute(sa.select(events.c.stream_id, events.c.name))
            if row.name == "dsr.request.attachment-collected"
        }
    [attachment] = office.case(request_id).copies.attachments.values()
    assert office.read_file(attachment.content) == LARGE
    again.close()


def test_work_that_goes_on_during_a_backup_is_in_it_or_not_but_never_half(
    full: Office, fresh: Fresh, tmp_path: Path
) -> None:
    """Events, keys and files come while the copies are made."""
    made = full.service

    def one_more() -> None:
        full.receive(full.mail(message_id=f"<{uuid4()}@example.org>", text="Please. " * 20_000))

    def meanwhile(what: str, number: int) -> None:
        if what == "files" or number:
            other = Thread(target=one_more)
            other.start()
            other.join()

    folder = back_up(made, tmp_path / "backups", told=meanwhile)
    before = opened(folder, made).manifest.position
    assert before < made.log.head().position
    assert codes(folder, made) == []
    settings = fresh()
    restore(settings, folder)
    again = build(settings)
    again.check()
    assert again.log.head().position == before
    again.close()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_is_destroyed_during_a_backup_or_an_examination_is_not_missing(
    full: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: two files; the key of a file is destroyed before it is deleted
    made, repository = full.service, full.desk.repository
    waiting = [each.package for each in full.events("export.prepared")]
    waiting += [each.attachment.content for each in full.events("request.attachment-collected")]
    assert made.blob_files.file_of(waiting[-1].blob_id) is not None
    copy = FileBlobStore.copy_to

    def destroy_one() -> None:
        gone = waiting.pop()
        repository.keystore.destroy([gone.key_id])
        repository.blobs.delete(gone.blob_id)

    def after_a_destruction(self: FileBlobStore, other: FileBlobStore) -> Iterator[UUID]:
        destroy_one()
        return copy(self, other)

    # when: the log is in the backup, and no file yet
    monkeypatch.setattr(FileBlobStore, "copy_to", after_a_destruction)
    folder = back_up(made, tmp_path / "backups")
    # then
    assert codes(folder, made) == []
    # and when: the log is examined
    examined = examine(LiveSource(made), told=lambda _: destroy_one() if waiting else None)
    # then
    assert examined.findings == ()


def test_a_second_backup_copies_no_file_again(full: Office, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    back_up(full.service, folder)
    files = {path: path.stat().st_ino for path in (folder / "blobs").rglob("*.blob")}
    assert files
    back_up(full.service, folder)
    assert {path: path.stat().st_ino for path in (folder / "blobs").rglob("*.blob")} == files
    assert len(backups_in(folder, full.service.keyring)) == 2


def test_an_older_backup_brings_back_nothing_that_a_later_one_calls_destroyed(
    full: Office, fresh: Fresh, tmp_path: Path, clock: SettableClock
) -> None:
    # given: a person is in the first backup, and forgotten before the second
    made = full.service
    gone = full.case(full.receive(full.mail(message_id="<gone@example.org>")).request_id)
    older = back_up(made, tmp_path / "backups")
    made.keystore.destroy(gone.keys.values())
    clock.advance(days=1)
    back_up(made, tmp_path / "backups")
    # when
    settings = fresh()
    restore(settings, older)
    # then
    again = build(settings, clock=clock)
    for key_id in gone.keys.values():
        with pytest.raises(KeyDestroyed):
            again.keystore.open(key_id)
    assert live_codes(again) == []
    again.close()


@pytest.mark.parametrize("damage", ["a bit of the keys", "the manifest"])
def test_a_later_backup_that_cannot_be_read_is_not_passed_over_in_silence(
    full: Office, fresh: Fresh, tmp_path: Path, clock: SettableClock, damage: str
) -> None:
    """What it calls destroyed would come back."""
    older = back_up(full.service, tmp_path / "backups")
    clock.advance(days=1)
    later = back_up(full.service, tmp_path / "backups")
    if damage == "the manifest":
        flip(later / "manifest.json")
    else:
        keys = next(each for each in opened(later, full.service).manifest.parts if each.table == "data_keys")
        flip(next((later / "parts").rglob(f"{keys.file.blob_id}.blob")))
    with pytest.raises(NeighbourUnreadable, match="would come back"):
        restore(fresh(), older)
    restore(fresh(), older, despite_findings=True)


def test_files_that_are_of_another_installation_are_not_mixed(full: Office, tmp_path: Path) -> None:
    other = load_settings({"DSR_HOME": str(tmp_path / "other")})
    init(other)
    stranger = build(other)
    back_up(stranger, tmp_path / "backups")
    with pytest.raises(Exception, match="belongs to another service"):
        back_up(full.service, tmp_path / "backups")
    stranger.close()


def test_nothing_of_a_person_stands_readable_in_a_backup(full: Office, tmp_path: Path) -> None:
    back_up(full.service, tmp_path / "backups")
    for path in (tmp_path / "backups").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for canary in (b"example.org", b"Lovelace", b"callcentre", b"recording of a call"):
                assert canary not in content, path
            assert path.stat().st_mode & 0o077 == 0, path


# Damage --------------------------------------------------------------------------------------------------------------


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def largest(folder: Path) -> Path:
    return max(folder.rglob("*.blob"), key=lambda each: each.stat().st_size)


def first(folder: Path, pattern: str) -> Path:
    return min(folder.glob(pattern))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a bit of a part": lambda folder: flip(largest(folder / "parts")),
    "a part is gone": lambda folder: first(folder / "parts", "*/*.blob").unlink(),
    "a part is cut": lambda folder: largest(folder / "parts").write_bytes(b"dsr"),
    "the manifest": lambda folder: flip(folder / "manifest.json"),
    "no manifest": lambda folder: (folder / "manifest.json").unlink(),
    "another position": lambda folder: (folder / "manifest.json").write_text(
        (folder / "manifest.json").read_text().replace('"position":', '"position":1')
    ),
    "a file is gone": lambda folder: first(folder.parent / "blobs", "*/*.blob").unlink(),
    "a bit of a file": lambda folder: flip(first(folder.parent / "blobs", "*/*.blob")),
    "a file is cut": lambda folder: first(folder.parent / "blobs", "*/*.blob").write_bytes(b"dsr"),
    "a file is swapped": lambda folder: shutil.copyfile(
        first(folder / "parts", "*/*.blob"), first(folder.parent / "blobs", "*/*.blob")
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_backup_is_named_and_not_put_back(full: Office, fresh: Fresh, tmp_path: Path, damage: str) -> None:
    folder = back_up(full.service, tmp_path / "backups")
    settings = fresh()
    DAMAGES[damage](folder)
    with pytest.raises((BackupUnreadable, BackupUnsound)):
        restore(settings, folder)
    assert not settings.blobs.exists()


def test_a_backup_opens_with_the_keyring_of_its_service_alone(full: Office, fresh: Fresh, tmp_path: Path) -> None:
    folder = back_up(full.service, tmp_path / "backups")
    settings = fresh()
    settings.keyring.unlink()
    Keyring.create(settings.keyring)
    with pytest.raises(BackupUnreadable, match="another keyring"):
        restore(settings, folder)
    assert backups_in(tmp_path / "backups", Keyring.load(settings.keyring)) == []


def test_keys_that_no_keyring_opens_any_more_are_named(full: Office, fresh: Fresh, tmp_path: Path) -> None:
    """A rotation destroys the key-encryption key of the backup: that is its purpose."""
    folder = back_up(full.service, tmp_path / "backups")
    full.service.keystore.rotate()
    assert codes(folder, full.service) == ["key-unopenable"]
    settings = fresh()
    shutil.copy2(full.service.settings.keyring, settings.keyring)
    with pytest.raises(BackupUnsound):
        restore(settings, folder)


def test_what_is_missing_may_be_accepted_and_stays_missing(
    full: Office, fresh: Fresh, tmp_path: Path, clock: SettableClock
) -> None:
    folder = back_up(full.service, tmp_path / "backups")
    DAMAGES["a file is gone"](folder)
    settings = fresh()
    examined = restore(settings, folder, despite_findings=True)
    assert [each.code for each in examined.findings] == ["file-missing"]
    again = build(settings, clock=clock)
    again.check()
    assert live_codes(again) == ["file-missing"]
    again.close()


def test_a_backup_is_put_back_only_where_nothing_is(full: Office, fresh: Fresh, tmp_path: Path) -> None:
    folder = back_up(full.service, tmp_path / "backups")
    with pytest.raises(TargetNotEmpty):
        restore(full.service.settings, folder)
    settings = fresh()
    with pytest.raises(TargetNotEmpty):
        restore(replace(settings, keys_url=full.service.settings.keys_url), folder)
    with pytest.raises(TargetNotEmpty):
        restore(replace(settings, database_url=full.service.settings.database_url), folder)


def test_a_backup_of_another_version_is_put_back_by_that_version(
    full: Office, fresh: Fresh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = back_up(full.service, tmp_path / "backups")
    monkeypatch.setattr("dsr.backup.restoring.head_revision", lambda kind: "9999")
    with pytest.raises(BackupOfOtherVersion):
        restore(fresh(), folder)


# The installation itself ---------------------------------------------------------------------------------------------


def unlocked(database: Database, statement: str) -> None:
    """As who has the database would: the triggers that keep the log are taken away."""
    with database.writing() as connection:
        if database.is_sqlite:
            for name in connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(sa.text(f'DROP TRIGGER "{name}"'))
        else:
            connection.execute(sa.text("ALTER TABLE events DISABLE TRIGGER USER"))
        connection.execute(sa.text(statement))


FORGED = {
    "payload-wrong": "UPDATE events SET payload = replace(payload, 'email', 'phone') WHERE position = 5",
    "position-missing": "DELETE FROM events WHERE position = 5",
    "header-wrong": "UPDATE events SET name = 'dsr.request.closed' WHERE position = 5",
    "time-decreases": "UPDATE events SET recorded_at = '2020-01-01T00:00:00.000000Z' WHERE position = 5",
}


@pytest.mark.parametrize("code", FORGED)
def test_a_forged_or_damaged_log_is_named(full: Office, code: str) -> None:
    """`audit replay` called the first of these sound once the read models were made anew."""
    position = 5
    with full.service.database.reading() as connection:
        payloads = connection.execute(sa.select(events.c.position, events.c.payload)).all()
    if code == "payload-wrong":
        position = next(row.position for row in payloads if "email" in row.payload)
    unlocked(full.service.database, FORGED[code].replace("= 5", f"= {position}"))
    assert code in live_codes(full.service)


def test_keys_older_than_the_log_are_named(full: Office) -> None:
    with full.service.keys_database.writing() as connection:
        connection.execute(sa.delete(data_keys))
    assert live_codes(full.service) == ["key-missing"]


class _Meanwhile(LiveSource):
    """An installation in which something happens to a file, once it was found and before it is read."""

    def __init__(self, made: Service, blob_id: UUID, happens: Callable[[UUID], object]) -> None:
        super().__init__(made)
        self._happens = {blob_id: happens}

    def blob_file(self, blob_id: UUID) -> Path | None:
        found = super().blob_file(blob_id)
        happens = self._happens.pop(blob_id, None)
        if happens is not None:
            happens(blob_id)
        return found


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_file_that_goes_between_being_found_and_read_is_missing_only_if_its_key_is_there(full: Office) -> None:
    made, repository = full.service, full.desk.repository
    package, other = [
        *(each.package for each in full.events("export.prepared")),
        *(each.attachment.content for each in full.events("request.attachment-collected")),
    ]

    def destroy(blob_id: UUID) -> None:
        repository.keystore.destroy([package.key_id])
        repository.blobs.delete(blob_id)

    def examined(blob_id: UUID, happens: Callable[[UUID], object]) -> list[str]:
        return [each.code for each in examine(_Meanwhile(made, blob_id, happens)).findings]

    # when the sweep sets it aside, or takes it back
    assert examined(package.blob_id, lambda blob_id: made.blob_files.set_aside(blob_id, made.clock.now())) == []
    assert examined(package.blob_id, made.blob_files.take_back) == []
    # and when it is destroyed
    assert examined(package.blob_id, destroy) == []
    # and when another is lost, and its key is not
    assert examined(other.blob_id, made.blob_files.delete) == ["file-missing"]


@pytest.mark.parametrize("large", [True, False])
def test_an_original_that_is_missing_is_named(full: Office, large: bool) -> None:
    if large:
        first(full.service.settings.blobs, "*/*.blob").unlink()
    else:
        with full.service.database.writing() as connection:
            connection.execute(sa.delete(small_blobs))
    assert live_codes(full.service) == ["file-missing"]


# The command line ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_operator_makes_proves_and_restores_a_backup(
    full: Office, fresh: Fresh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = CliRunner().invoke
    monkeypatch.setenv("DSR_HOME", str(full.service.settings.home))
    checked = run(main, ["check", "--json"])
    assert (checked.exit_code, json.loads(checked.stdout)["findings"]) == (0, [])
    made = run(main, ["backup", "make", str(tmp_path / "backups")])
    assert (made.exit_code, "keyring" in made.stderr) == (0, True), made.output
    folder = made.stdout.strip()
    assert Path(folder).name in run(main, ["backup", "list", str(tmp_path / "backups")]).stdout
    proved = run(main, ["backup", "verify", folder])
    assert (proved.exit_code, proved.stdout.endswith("examined: all is there.\n")) == (0, True)
    monkeypatch.setenv("DSR_HOME", str(fresh().home))
    restored = run(main, ["restore", folder])
    assert restored.exit_code == 0, restored.output
    assert "Next: dsr audit replay" in restored.stdout
    assert run(main, ["audit", "replay"]).exit_code == 0
    DAMAGES["a file is gone"](Path(folder))
    broken = run(main, ["backup", "verify", folder])
    assert (broken.exit_code, "file-missing (1)" in broken.stdout) == (1, True)
    refused = run(main, ["restore", folder])
    assert (refused.exit_code, json.loads(refused.stdout)) == (3, {"code": "target-not-empty"})


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_installation_moves_to_postgresql_by_a_backup(
    full: Office, fresh: Fresh, tmp_path: Path, clock: SettableClock, new_postgres: Callable[[str | None], str]
) -> None:
    folder = back_up(full.service, tmp_path / "backups")
    settings = replace(fresh(), database_url=new_postgres(None), keys_url=new_postgres(None))
    restore(settings, folder)
    again = build(settings, clock=clock)
    assert log_of(again) == log_of(full.service)
    assert list(verify(again.database, again.log)) == []
    assert live_codes(again) == []
    Office(again, clock).receive()
    again.close()


def test_the_oldest_backup_that_opens_is_told_and_each_is_opened_once(
    full: Office, clock: SettableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    played, folder = full.service, tmp_path / "backups"
    watch, opened = BackupWatch(folder, played.keyring), list[Path]()
    open_ = StoredBackup.open

    def counting(path: Path, keyring: Keyring) -> StoredBackup:
        opened.append(path)
        return open_(path, keyring)

    monkeypatch.setattr(StoredBackup, "open", counting)
    assert watch.look() == BackupTimes(None, None)
    first = clock.now()
    back_up(played, folder)
    clock.advance(days=1)
    second = clock.now()
    back_up(played, folder)
    # when, then
    assert [watch.look() for _ in range(3)] == [BackupTimes(second, first)] * 3
    assert len(opened) == 2
    # when: the key under which both were made is destroyed
    played.keystore.rotate()
    # then
    assert watch.look() == BackupTimes(second, None)
    clock.advance(days=1)
    manifest = back_up(played, folder) / FILE
    assert watch.look() == BackupTimes(clock.now(), clock.now())
    # when: one is copied here, and can't be read before that is done
    whole, copied = manifest.read_bytes(), folder / "copied" / FILE
    shutil.copytree(manifest.parent, copied.parent)
    copied.write_bytes(whole[:100])
    assert [each.made_at for each in watch.every()] == [None, clock.now(), second, first]
    copied.write_bytes(whole)
    # then
    assert [each.made_at for each in watch.every()] == [clock.now(), clock.now(), second, first]


def test_a_backup_without_the_ids_of_its_keys_is_judged_by_its_rows(full: Office, tmp_path: Path) -> None:
    # given: as before 0.3.0
    played = full.service
    folder = back_up(played, tmp_path / "backups")
    backup = StoredBackup.open(folder, played.keyring)
    assert backup.manifest.kek_ids == played.keyring.key_ids
    older = StoredBackup(folder, msgspec.structs.replace(backup.manifest, kek_ids=None), backup._key, played.keyring)
    assert older.opens
    # when
    played.keystore.rotate()
    # then
    assert not older.opens
