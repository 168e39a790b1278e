"""What nothing names goes, and nothing that is named or still being made."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import ANY
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from dsr.blobs import small_blobs
from dsr.desk.caller import Call
from dsr.desk.named_in_log import NamedInLog
from dsr.desk.sweeping import Swept
from dsr.desk.upload_store import UploadDetails, UploadUnknown
from dsr.desk.uploads import UploadDesk
from dsr.domain.request.values import Provenance
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyDestroyed, KeyPurpose
from dsr.eventstore.tables import events
from dsr.projections.introduced_keys import introduced_keys
from dsr.vault.keystore import data_keys
from tests.desk.office import Office

ACCESS = Right.ACCESS.value
NOTHING = Swept(uploads=0, half_written=0, unnamed=0, forgotten=0, keys=0)
DETAILS = UploadDetails("call", "", "crm", "Customer relations", Provenance.OBSERVED, "Your call.", None)


def age(office: Office, *, days: float) -> None:
    """All files, small originals and keys were made so long before the time of the clock."""
    moment = office.clock.now() - timedelta(days=days)
    for file in office.service.settings.blobs.rglob("*"):
        if file.is_file():
            os.utime(file, (moment.timestamp(), moment.timestamp()))
    with office.service.database.writing() as connection:
        connection.execute(sa.update(small_blobs).values(kept_at=moment))
    with office.service.keys_database.writing() as connection:
        connection.execute(sa.update(data_keys).values(created_at=moment))


def a_full_house(office: Office) -> UUID:
    """A mail, a data set, an attachment, evidence, an upload, an export: all that is named."""
    office.receive()
    request_id: UUID = office.granted(Right.ACCESS)
    office.collect(request_id, ACCESS)
    office.attach(request_id, ACCESS, b"A note of the agent.")
    office.upload(request_id, ACCESS, b"Another note.", 3, name="another")
    return request_id


def test_what_is_named_stays_however_old(office: Office) -> None:
    a_full_house(office)
    age(office, days=400)
    NamedInLog(office.service.database).catch_up()
    before = (office.blobs(), office.everything())
    # the key of the parts of the attachment that is complete is destroyed already
    assert office.desk.sweeping.sweep(dry_run=False) == NOTHING
    assert (office.blobs(), office.everything()) == before


def test_a_sweep_reads_only_the_events_that_came_since_the_last(office: Office) -> None:
    # given
    a_full_house(office)
    index = NamedInLog(office.service.database)
    office.desk.sweeping.sweep(dry_run=False)
    before = office.service.log.head().position
    # when
    office.receive(office.mail(message_id="<another@example.org>"))
    # then
    assert index.catch_up() == office.service.log.head().position - before > 0
    assert index.catch_up() == 0


def test_every_key_and_file_that_an_event_mentions_is_in_the_index(office: Office) -> None:
    """By whatever name an event mentions it: it was introduced by one that the index reads."""
    # given
    a_full_house(office)
    with office.service.database.reading() as connection:
        payloads = " ".join(connection.execute(sa.select(events.c.payload)).scalars())
    keys = {key.key_id for key in office.desk.repository.keystore.made_before(office.clock.now() + timedelta(days=1))}
    files = {file.blob_id for file in office.desk.repository.blobs.files(older_than=office.clock.now())}
    mentioned = {each for each in keys | files if str(each) in payloads}
    # when
    index = NamedInLog(office.service.database)
    index.catch_up()
    # then
    named = index.among(keys | files)
    assert named.keys() == mentioned
    assert {each for each in mentioned if named[each] is not None} == mentioned & files
    assert {named[each] for each in mentioned & files} <= keys


def test_an_index_that_was_stopped_goes_on_where_it_stopped(office: Office) -> None:
    # given
    a_full_house(office)
    whole = office.service.log.head().position
    index = NamedInLog(office.service.database)
    # when
    assert index.catch_up(lambda: False) == 0
    # then: a sweep that is stopped meanwhile takes nothing away
    age(office, days=2)
    assert office.desk.sweeping.sweep(dry_run=False, goes_on=lambda: False) == NOTHING
    assert index.catch_up() == whole


def test_files_and_keys_without_an_event_go_after_a_day(office: Office) -> None:
    # given
    a_full_house(office)
    repository, before = office.desk.repository, office.blobs()
    key = repository.keystore.create(uuid4(), KeyPurpose.BLOB)[0]
    ref = repository.blobs.write(key, [b"of a command that failed"], "text/plain")
    expected = Swept(uploads=0, half_written=0, unnamed=1, forgotten=0, keys=1)
    # when they are young
    age(office, days=0.9)
    assert office.desk.sweeping.sweep(dry_run=False) == NOTHING
    assert len(office.blobs()) == len(before) + 1
    repository.keystore.open(key.key_id)
    # when they are old
    age(office, days=1.1)
    assert office.desk.sweeping.sweep(dry_run=True) == expected
    assert len(office.blobs()) == len(before) + 1
    assert office.desk.sweeping.sweep(dry_run=False) == expected
    # then: both are set aside, and still open
    assert b"".join(repository.blobs.read(ref, repository.keystore.open(key.key_id))) == b"of a command that failed"
    office.clock.advance(days=29)
    assert office.desk.sweeping.sweep(dry_run=False) == replace(NOTHING, keys=ANY, uploads=1)
    assert b"".join(repository.blobs.read(ref, repository.keystore.open(key.key_id))) == b"of a command that failed"
    # when that was long enough ago
    office.clock.advance(days=1, seconds=1)
    assert office.desk.sweeping.sweep(dry_run=True).destroyed == 2
    assert office.desk.sweeping.sweep(dry_run=False).destroyed == 2
    # then
    assert str(ref.blob_id) not in " ".join(office.blobs())
    with pytest.raises(KeyDestroyed):
        repository.keystore.open(key.key_id)


def test_a_small_original_whose_event_was_forgotten_or_never_stored_goes(office: Office) -> None:
    """That it stands in its table does not name it."""
    # given: one of a case, one whose key was destroyed, one that no event names
    repository = office.desk.repository
    office.receive()
    before = office.blobs()
    gone = office.case(office.receive(office.mail(message_id="<gone@example.org>")).request_id)
    repository.keystore.destroy(gone.keys.values())
    unnamed = repository.blobs.seal(repository.keystore.take(KeyPurpose.BLOB)[0], b"of nothing", "message/rfc822")
    with office.service.database.appending():
        repository.blobs.keep(unnamed)
    assert len(office.blobs()) == 3
    # when
    age(office, days=2)
    swept = office.desk.sweeping.sweep(dry_run=False)
    # then
    assert (swept.unnamed, swept.forgotten) == (1, 1)
    assert office.blobs() == before


def test_what_a_write_left_behind_that_was_killed_in_the_middle_goes(office: Office) -> None:
    # given: another process that is killed while it writes
    folder, before = office.service.settings.blobs, office.blobs()
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent("""
                import sys
                from pathlib import Path
                from uuid import uuid4
                from dsr.blobs import FileBlobStore
                from dsr.domain.sealed import DataKey, KeyPurpose

                def endless():
                    while True:
                        yield bytes(200_000)

                key = DataKey(uuid4(), KeyPurpose.BLOB, bytes(32))
                FileBlobStore.create(Path(sys.argv[1]), log_id="a log").write(key, endless(), "x/y")
            """),
            str(folder),
        ]
    )
    deadline = time.monotonic() + 30
    while not any(each.stat().st_size for each in folder.rglob("*.part")) and time.monotonic() < deadline:
        time.sleep(0.02)
    age(office, days=0)
    # when it still writes
    assert office.desk.sweeping.sweep(dry_run=False) == NOTHING
    assert list(folder.rglob("*.part"))
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    # when it was killed, and a day went by
    age(office, days=2)
    assert office.desk.sweeping.sweep(dry_run=False) == Swept(0, half_written=1, unnamed=0, forgotten=0, keys=0)
    # then
    assert office.blobs() == before


def test_a_file_whose_key_was_destroyed_goes(office: Office) -> None:
    """A crash came between the destruction of the key and the deletion of the file."""
    request_id = office.granted(Right.ACCESS)
    office.collect(request_id, ACCESS)
    before = office.blobs()
    office.desk.collection.discard(
        request_id, next(iter(office.case(request_id).copies.data_sets)), office.call(request_id)
    )
    assert office.blobs() == before
    age(office, days=2)
    assert office.desk.sweeping.sweep(dry_run=False) == Swept(0, half_written=0, unnamed=0, forgotten=1, keys=0)
    assert office.blobs() == []


def test_an_upload_that_stands_still_goes_with_parts_and_key(office: Office) -> None:
    # given
    request_id = office.granted(Right.ACCESS)
    upload_id = office.upload(request_id, ACCESS, b"A note of the agent.", 3, 4)
    key_id = office.desk.uploads.show(upload_id, office.ann).key_id
    office.clock.advance(days=6, hours=23)
    assert office.desk.sweeping.sweep(dry_run=False).uploads == 0
    office.clock.advance(hours=2)
    # when
    assert office.desk.sweeping.sweep(dry_run=True).uploads == 1
    assert office.desk.uploads.show(upload_id, office.ann).offset == 20
    assert office.desk.sweeping.sweep(dry_run=False).uploads == 1
    # then
    assert office.blobs() == []
    with pytest.raises(UploadUnknown):
        office.desk.uploads.show(upload_id, office.ann)
    with pytest.raises(KeyDestroyed):
        office.service.keystore.open(key_id)


def test_an_upload_to_which_a_part_comes_meanwhile_stays(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    # given: found as abandoned, and then its next part comes
    request_id = office.granted(Right.ACCESS)
    begun = office.desk.uploads.begin(request_id, ACCESS, Call(office.ann), size=10, details=DETAILS)
    upload_id = UUID(begun.resource_id)
    office.clock.advance(days=8)
    found = UploadDesk.abandoned

    def found_and_continued(desk: UploadDesk) -> Any:
        abandoned = found(desk)
        desk.append(upload_id, office.ann, offset=0, content=b"12345")
        return abandoned

    monkeypatch.setattr(UploadDesk, "abandoned", found_and_continued)
    # when, then
    assert office.desk.sweeping.sweep(dry_run=False).uploads == 0
    assert office.desk.uploads.show(upload_id, office.ann).offset == 5


def test_what_is_recorded_while_the_sweep_looks_stays(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event of an old file comes after the files were listed: the log is read after them."""
    request_id = office.granted(Right.ACCESS)
    store = type(office.desk.repository.blobs)
    listed = store.files

    def listed_and_recorded(blobs: Any, *, older_than: datetime) -> Any:
        office.collect(request_id, ACCESS)
        age(office, days=2)
        return listed(blobs, older_than=older_than)

    monkeypatch.setattr(store, "files", listed_and_recorded)
    assert office.desk.sweeping.sweep(dry_run=False) == NOTHING
    [data_set] = office.case(request_id).copies.data_sets.values()
    assert office.read_file(data_set.content)


def test_the_moment_of_a_file_is_that_of_its_last_write(office: Office) -> None:
    """A write that goes on for longer than a day is still under way."""
    half = uuid4()
    path = office.service.settings.blobs / half.hex[:2] / f"{half}.part"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    now = office.clock.now().timestamp()
    os.utime(path, (now - 7 * 86_400, now - 60))
    assert office.desk.sweeping.sweep(dry_run=False) == NOTHING
    assert datetime.fromtimestamp(path.stat().st_mtime, UTC) < office.clock.now()


def test_no_key_is_swept_that_the_process_may_still_use(office: Office) -> None:
    """Keys made ahead of need are named by no event: sweep and process go by the same stored hour."""
    # given: one that stands unused since its process made it
    office.receive()
    ahead = unnamed(office)
    assert ahead
    # when: it may still be taken, or was taken at the last moment by a command that goes on
    office.clock.advance(minutes=59)
    age(office, days=400)
    assert office.desk.sweeping.sweep(dry_run=False) == NOTHING
    office.clock.advance(days=1, minutes=1)
    assert office.desk.sweeping.sweep(dry_run=False) == NOTHING
    # when: that was a day ago
    office.clock.advance(seconds=1)
    swept = office.desk.sweeping.sweep(dry_run=False)
    # then: the process uses others
    assert swept == Swept(uploads=0, half_written=0, unnamed=0, forgotten=0, keys=len(ahead))
    case = office.case(office.receive(office.mail(message_id="<later@example.org>")).request_id)
    assert {office.service.keystore.open(key_id).key_id for key_id in case.keys.values()}.isdisjoint(ahead)


def unnamed(office: Office) -> set[UUID]:
    """The keys that no event introduced."""
    with office.service.database.reading() as connection:
        named = set(connection.scalars(sa.select(introduced_keys.c.key_id)))
    with office.service.keys_database.reading() as connection:
        return set(connection.scalars(sa.select(data_keys.c.key_id))) - named
