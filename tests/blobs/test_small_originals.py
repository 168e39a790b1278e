"""Small originals are rows of the log's database, larger ones files; they are read and deleted alike."""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from dsr.blobs import BlobStorage, FileBlobStore, SmallBlobs, small_blobs
from dsr.blobs.small import MOST_BYTES
from dsr.database import Database
from dsr.domain.sealed import BlobMissing, BlobRef, DataKey, KeyPurpose, SealBroken, SealedBlob, StoredFile
from tests.settable_clock import SettableClock

OVERHEAD = 38 + 16
"""Bytes of the header and of the tag of one chunk."""


@pytest.fixture
def key() -> DataKey:
    return DataKey(uuid4(), KeyPurpose.BLOB, os.urandom(32))


@pytest.fixture
def files(tmp_path: Path) -> FileBlobStore:
    return FileBlobStore.create(tmp_path / "blobs", log_id="a log")


@pytest.fixture
def store(files: FileBlobStore, database: Database, clock: SettableClock) -> BlobStorage:
    return BlobStorage(files, SmallBlobs(database, clock))


@pytest.fixture
def kept(store: BlobStorage, database: Database, key: DataKey) -> Callable[[bytes], BlobRef]:
    """An original that was stored with its event."""

    def keep(content: bytes) -> BlobRef:
        sealed = store.seal(key, content, "message/rfc822")
        with database.appending():
            store.keep(sealed)
        return sealed.ref

    return keep


def read(store: BlobStorage, ref: BlobRef, key: DataKey, *part: int) -> bytes:
    return b"".join(store.read(ref, key, *part))


def rows(database: Database) -> list[UUID]:
    with database.reading() as connection:
        return list(connection.scalars(sa.select(small_blobs.c.blob_id)))


def files_in(folder: Path) -> list[Path]:
    return [each for each in (folder / "blobs").rglob("*") if each.is_file() and each.name != "log-id"]


@pytest.mark.parametrize("size", [0, 1, 1000, MOST_BYTES - OVERHEAD])
def test_a_small_original_is_a_row_and_no_file(
    kept: Callable[[bytes], BlobRef], database: Database, tmp_path: Path, size: int
) -> None:
    ref = kept(os.urandom(size))
    assert (rows(database), files_in(tmp_path), ref.size) == ([ref.blob_id], [], size)


@pytest.mark.parametrize("size", [0, 1, 1000, MOST_BYTES - OVERHEAD])
def test_a_small_original_is_read_as_it_came(
    store: BlobStorage, kept: Callable[[bytes], BlobRef], key: DataKey, size: int
) -> None:
    content = os.urandom(size)
    assert read(store, kept(content), key) == content


@pytest.mark.parametrize("size", [MOST_BYTES - OVERHEAD + 1, MOST_BYTES + 1, 300_000])
def test_a_larger_one_is_a_file_before_its_event_is_stored(
    store: BlobStorage, key: DataKey, database: Database, tmp_path: Path, size: int
) -> None:
    content = os.urandom(size)
    sealed = store.seal(key, content, "message/rfc822")
    assert read(store, sealed.ref, key) == content
    with database.appending():
        store.keep(sealed)
    assert (rows(database), len(files_in(tmp_path))) == ([], 1)
    store.discard(sealed)
    assert files_in(tmp_path) == []


def test_it_is_stored_with_its_event_or_not_at_all(store: BlobStorage, key: DataKey, database: Database) -> None:
    sealed = store.seal(key, b"Dear controller", "message/rfc822")
    with suppress(ConnectionResetError), database.appending():
        store.keep(sealed)
        raise ConnectionResetError
    store.discard(sealed)
    assert rows(database) == []
    with pytest.raises(RuntimeError, match="no transaction"):
        store.keep(sealed)
    with pytest.raises(BlobMissing):
        read(store, sealed.ref, key)


def test_what_is_stored_does_not_show_the_content(kept: Callable[[bytes], BlobRef], database: Database) -> None:
    kept(b"Dear controller" * 10)
    with database.reading() as connection:
        assert b"controller" not in connection.execute(sa.select(small_blobs.c.content)).scalar_one()


@pytest.mark.parametrize(("start", "stop"), [(0, 1000), (0, 0), (3, 7), (999, 1000), (1000, 1000)])
def test_any_range_of_it_can_be_read(
    store: BlobStorage, kept: Callable[[bytes], BlobRef], key: DataKey, start: int, stop: int
) -> None:
    content = os.urandom(1000)
    assert read(store, kept(content), key, start, stop) == content[start:stop]


def test_a_range_lies_inside_of_it(store: BlobStorage, kept: Callable[[bytes], BlobRef], key: DataKey) -> None:
    ref = kept(b"0123456789")
    with pytest.raises(ValueError, match="range"):
        read(store, ref, key, 3, 11)


@pytest.mark.parametrize("part", [(), (1, 5)])
def test_a_row_that_was_altered_cut_or_taken_from_elsewhere_does_not_open(
    store: BlobStorage, kept: Callable[[bytes], BlobRef], key: DataKey, database: Database, part: tuple[int, ...]
) -> None:
    ref, other = kept(b"0123456789"), kept(b"9876543210")
    of_ref = small_blobs.c.blob_id == ref.blob_id
    with database.reading() as connection:
        content = connection.execute(sa.select(small_blobs.c.content).where(of_ref)).scalar_one()
        elsewhere = connection.execute(sa.select(small_blobs.c.content).where(~of_ref)).scalar_one()
    flipped = [content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :] for at in range(len(content))]
    for forged in (*flipped, content[:-1], content + b"x", content[:38], b"", elsewhere):
        with database.writing() as connection:
            connection.execute(sa.update(small_blobs).where(of_ref).values(content=forged))
        with pytest.raises(SealBroken):
            read(store, ref, key, *part)
    assert read(store, other, key) == b"9876543210"


def test_a_small_file_of_an_earlier_version_is_read_and_deleted_as_before(
    store: BlobStorage, files: FileBlobStore, key: DataKey, tmp_path: Path
) -> None:
    ref = files.write(key, [b"0123456789"], "message/rfc822")
    assert (read(store, ref, key), read(store, ref, key, 2, 4)) == (b"0123456789", b"23")
    store.delete(ref.blob_id)
    assert files_in(tmp_path) == []


def test_a_deleted_original_is_missing_and_others_stay(
    store: BlobStorage, kept: Callable[[bytes], BlobRef], key: DataKey
) -> None:
    gone, stays = kept(b"gone"), kept(b"stays")
    store.delete(gone.blob_id)
    store.delete(gone.blob_id)
    with pytest.raises(BlobMissing):
        read(store, gone, key)
    assert read(store, stays, key) == b"stays"


def test_a_row_that_is_deleted_in_a_transaction_comes_back_with_it(
    store: BlobStorage, kept: Callable[[bytes], BlobRef], key: DataKey, database: Database
) -> None:
    ref = kept(b"0123456789")
    with suppress(ConnectionResetError), database.appending():
        store.delete(ref.blob_id)
        raise ConnectionResetError
    assert read(store, ref, key) == b"0123456789"


@pytest.fixture(params=[1, 2, 500])
def batch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many rows are listed at a time."""
    monkeypatch.setattr("dsr.blobs.small._BATCH", request.param)


@pytest.mark.usefixtures("batch")
def test_rows_are_listed_with_files_by_when_they_were_stored(
    store: BlobStorage, kept: Callable[[bytes], BlobRef], key: DataKey, clock: SettableClock
) -> None:
    file = store.write(key, [b"x"], "text/plain")
    old = [kept(b"old") for _ in range(3)]
    clock.advance(hours=1)
    kept(b"new")
    found = list(store.files(older_than=clock.now()))
    assert sorted(each.blob_id for each in found) == sorted(each.blob_id for each in old)
    later = store.files(older_than=clock.now() + timedelta(days=1000))
    assert StoredFile(file.blob_id, whole=True) in set(later)


def test_a_sealed_original_shows_no_content() -> None:
    assert "secret" not in repr(SealedBlob(BlobRef(uuid4(), uuid4(), 6, "text/plain", ""), b"secret"))
