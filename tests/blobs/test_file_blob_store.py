"""A stored file comes back whole and unaltered, or shows that it is not."""

import collections
import errno
import hashlib
import os
import resource
import stat
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsr.blobs import FileBlobStore
from dsr.blobs.store import CHUNK_BYTES
from dsr.domain.errors import StorageFull
from dsr.domain.sealed import BlobMissing, BlobRef, DataKey, KeyPurpose, SealBroken, StoredFile

HEADER, TAG = 38, 16
STORED_CHUNK = CHUNK_BYTES + TAG
CANARY = b"CANARY Jana Nov\xc3\xa1kov\xc3\xa1 "


def new_key() -> DataKey:
    return DataKey(uuid4(), KeyPurpose.BLOB, os.urandom(32))


@pytest.fixture
def key() -> DataKey:
    return new_key()


@pytest.fixture
def store(tmp_path: Path) -> FileBlobStore:
    return FileBlobStore.create(tmp_path / "blobs", log_id="a log")


def stored_files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "blobs").rglob("*") if path.is_file() and path.name != "log-id"]


def content(chunks: int, rest: int = 0) -> bytes:
    return b"".join(bytes([number]) * CHUNK_BYTES for number in range(chunks)) + b"r" * rest


def read(store: FileBlobStore, ref: BlobRef, key: DataKey) -> bytes:
    return b"".join(store.read(ref, key))


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 300_001])
def test_what_was_written_is_what_is_read(store: FileBlobStore, key: DataKey, size: int, tmp_path: Path) -> None:
    data = os.urandom(size)
    ref = store.write(key, [data], "message/rfc822")
    assert (ref.size, ref.media_type, ref.key_id) == (size, "message/rfc822", key.key_id)
    assert read(store, ref, key) == data
    (file,) = stored_files(tmp_path)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == ref.ciphertext_sha256


@given(pieces=st.lists(st.binary(max_size=70_000), max_size=8))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_the_pieces_come_they_come_back_in_order(store: FileBlobStore, pieces: list[bytes]) -> None:
    key = new_key()
    assert read(store, store.write(key, pieces, "text/plain"), key) == b"".join(pieces)


def test_a_large_file_never_stands_in_memory(store: FileBlobStore, key: DataKey) -> None:
    tracemalloc.start()
    ref = store.write(key, (bytes(1_000_000) for _ in range(100)), "application/octet-stream")
    assert sum(map(len, store.read(ref, key))) == 100_000_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6_000_000


def test_a_file_is_its_owners_alone_and_in_a_folder_by_its_id(
    store: FileBlobStore, key: DataKey, tmp_path: Path
) -> None:
    before = os.umask(0)
    try:
        ref = store.write(key, [b"x"], "text/plain")
    finally:
        os.umask(before)
    (file,) = stored_files(tmp_path)
    assert file == tmp_path / "blobs" / ref.blob_id.hex[:2] / f"{ref.blob_id}.blob"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "blobs").stat().st_mode) == 0o700


def test_nothing_of_the_plaintext_stands_in_the_file(store: FileBlobStore, key: DataKey, tmp_path: Path) -> None:
    ref = store.write(key, [CANARY * 20_000], "text/canary")
    (file,) = stored_files(tmp_path)
    stored = file.read_bytes()
    assert b"CANARY" not in stored
    assert b"canary" not in stored
    assert hashlib.sha256(CANARY * 20_000).digest() not in stored
    assert hashlib.sha256(CANARY * 20_000).hexdigest() != ref.ciphertext_sha256


def test_two_blobs_of_one_content_share_nothing(store: FileBlobStore, key: DataKey, tmp_path: Path) -> None:
    for _ in range(2):
        store.write(key, [b"same"], "text/plain")
    one, two = (file.read_bytes() for file in stored_files(tmp_path))
    assert one[HEADER:] != two[HEADER:]
    assert one[-7 - TAG :] != two[-7 - TAG :]


def expected_to_break(store: FileBlobStore, ref: BlobRef, key: DataKey, original: bytes) -> None:
    """Whatever is yielded before the error is authentic, and never the whole."""
    seen = bytearray()
    with pytest.raises(SealBroken):
        collections.deque(map(seen.extend, store.read(ref, key)), maxlen=0)
    assert original.startswith(bytes(seen))
    assert len(seen) < max(len(original), 1)


class TestAttacks:
    """On a file of three full chunks and a rest, and on the reference to it."""

    original = content(3, 1000)

    @pytest.fixture
    def ref(self, store: FileBlobStore, key: DataKey) -> BlobRef:
        return store.write(key, [self.original], "text/plain")

    @pytest.fixture
    def file(self, ref: BlobRef, tmp_path: Path) -> Path:
        return tmp_path / "blobs" / ref.blob_id.hex[:2] / f"{ref.blob_id}.blob"

    def parts(self, file: Path) -> tuple[bytes, list[bytes]]:
        data = file.read_bytes()
        body = data[HEADER:]
        return data[:HEADER], [body[start : start + STORED_CHUNK] for start in range(0, len(body), STORED_CHUNK)]

    def test_every_flipped_bit_of_the_header_shows(
        self, store: FileBlobStore, ref: BlobRef, key: DataKey, file: Path
    ) -> None:
        data = file.read_bytes()
        for bit in range(HEADER * 8):
            changed = bytearray(data)
            changed[bit // 8] ^= 1 << bit % 8
            file.write_bytes(changed)
            expected_to_break(store, ref, key, self.original)

    @pytest.mark.parametrize(
        "place", [HEADER, HEADER + STORED_CHUNK - 1, HEADER + STORED_CHUNK, HEADER + 2 * STORED_CHUNK + 5, -1, -500]
    )
    def test_a_flipped_bit_of_any_chunk_or_tag_shows(
        self, store: FileBlobStore, ref: BlobRef, key: DataKey, file: Path, place: int
    ) -> None:
        changed = bytearray(file.read_bytes())
        changed[place] ^= 0x10
        file.write_bytes(changed)
        expected_to_break(store, ref, key, self.original)

    @pytest.mark.parametrize(
        "order",
        [
            [1, 0, 2, 3],
            [0, 2, 1, 3],
            [0, 0, 1, 2, 3],
            [0, 1, 2, 3, 3],
            [0, 1, 2, 2, 3],
            [0, 2, 3],
            [1, 2, 3],
            [0, 1, 3],
            [3],
            [0, 1, 2],
            [0],
            [],
            [3, 0, 1, 2],
        ],
    )
    def test_swapped_repeated_dropped_and_cut_chunks_show(
        self, store: FileBlobStore, ref: BlobRef, key: DataKey, file: Path, order: list[int]
    ) -> None:
        header, chunks = self.parts(file)
        file.write_bytes(header + b"".join(chunks[number] for number in order))
        expected_to_break(store, ref, key, self.original)

    def test_every_cut_of_the_tail_shows(self, store: FileBlobStore, ref: BlobRef, key: DataKey, file: Path) -> None:
        data = file.read_bytes()
        ends = [HEADER + number * STORED_CHUNK for number in range(4)]
        for length in sorted({0, 1, HEADER - 1, *ends, *(end + 1 for end in ends), *(end + TAG for end in ends)}):
            file.write_bytes(data[:length])
            expected_to_break(store, ref, key, self.original)
        file.write_bytes(data[:-1])
        expected_to_break(store, ref, key, self.original)

    def test_anything_appended_shows(self, store: FileBlobStore, ref: BlobRef, key: DataKey, file: Path) -> None:
        data = file.read_bytes()
        for tail in (b"\0", bytes(TAG), bytes(STORED_CHUNK), data[HEADER:]):
            file.write_bytes(data + tail)
            expected_to_break(store, ref, key, self.original)

    def test_a_chunk_of_another_blob_under_the_same_key_shows(
        self, store: FileBlobStore, ref: BlobRef, key: DataKey, file: Path, tmp_path: Path
    ) -> None:
        other_ref = store.write(key, [self.original], "text/plain")
        header, chunks = self.parts(file)
        other = tmp_path / "blobs" / other_ref.blob_id.hex[:2] / f"{other_ref.blob_id}.blob"
        other_chunks = self.parts(other)[1]
        file.write_bytes(header + b"".join([chunks[0], other_chunks[1], *chunks[2:]]))
        expected_to_break(store, ref, key, self.original)

    def test_a_whole_other_blob_in_its_place_shows(
        self, store: FileBlobStore, ref: BlobRef, key: DataKey, file: Path, tmp_path: Path
    ) -> None:
        other_ref = store.write(key, [self.original], "text/plain")
        other = tmp_path / "blobs" / other_ref.blob_id.hex[:2] / f"{other_ref.blob_id}.blob"
        file.write_bytes(other.read_bytes())
        expected_to_break(store, ref, key, self.original)

    def test_a_file_forged_by_a_holder_of_the_key_shows(
        self, store: FileBlobStore, ref: BlobRef, key: DataKey, file: Path, tmp_path: Path
    ) -> None:
        # given: another content, sealed correctly under the same blob id
        from dsr.blobs import store as module

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(module, "uuid4", lambda: ref.blob_id)
            forged = store.write(key, [self.original[:-1] + b"!"], "text/plain")
        assert read(store, forged, key) != self.original
        # then: the digest in the log tells
        expected_to_break(store, ref, key, self.original)

    def test_another_key_does_not_open(self, store: FileBlobStore, ref: BlobRef, key: DataKey) -> None:
        expected_to_break(store, ref, new_key(), self.original)
        expected_to_break(store, ref, replace(key, material=os.urandom(32)), self.original)
        expected_to_break(store, replace(ref, key_id=uuid4()), key, self.original)
        other = replace(key, key_id=uuid4())
        expected_to_break(store, replace(ref, key_id=other.key_id), other, self.original)

    def test_a_reference_with_another_size_or_digest_shows(
        self, store: FileBlobStore, ref: BlobRef, key: DataKey
    ) -> None:
        expected_to_break(store, replace(ref, size=ref.size - 1), key, self.original)
        expected_to_break(store, replace(ref, ciphertext_sha256="0" * 64), key, self.original)


@given(
    start=st.integers(0, HEADER + 2 * STORED_CHUNK + 500),
    length=st.integers(0, STORED_CHUNK + 5),
    put_instead=st.binary(max_size=40),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_replaced_in_a_file_shows(
    store: FileBlobStore, tmp_path: Path, start: int, length: int, put_instead: bytes
) -> None:
    key, original = new_key(), content(2, 484)
    ref = store.write(key, [original], "text/plain")
    file = tmp_path / "blobs" / ref.blob_id.hex[:2] / f"{ref.blob_id}.blob"
    before = file.read_bytes()
    changed = before[:start] + put_instead + before[start + length :]
    file.write_bytes(changed)
    if changed == before:
        assert read(store, ref, key) == original
    else:
        expected_to_break(store, ref, key, original)


def test_a_full_last_chunk_cut_off_shows(store: FileBlobStore, key: DataKey, tmp_path: Path) -> None:
    original = content(2)
    ref = store.write(key, [original], "text/plain")
    (file,) = stored_files(tmp_path)
    file.write_bytes(file.read_bytes()[: HEADER + STORED_CHUNK])
    expected_to_break(store, ref, key, original)


def test_an_emptied_file_of_an_empty_blob_shows(store: FileBlobStore, key: DataKey, tmp_path: Path) -> None:
    ref = store.write(key, [], "text/plain")
    (file,) = stored_files(tmp_path)
    file.write_bytes(file.read_bytes()[:HEADER])
    expected_to_break(store, ref, key, b"")


def test_a_deleted_file_is_missing_and_others_stay(store: FileBlobStore, key: DataKey, tmp_path: Path) -> None:
    gone, kept = (store.write(key, [text], "text/plain") for text in (b"gone", b"kept"))
    store.delete(gone.blob_id)
    store.delete(gone.blob_id)
    with pytest.raises(BlobMissing):
        read(store, gone, key)
    assert read(store, kept, key) == b"kept"
    assert len(stored_files(tmp_path)) == 1


def test_a_source_that_fails_leaves_nothing(store: FileBlobStore, key: DataKey, tmp_path: Path) -> None:
    def upload() -> Iterator[bytes]:
        yield content(2)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.write(key, upload(), "text/plain")
    assert stored_files(tmp_path) == []


DYING_WRITER = """
import os, sys, uuid
from pathlib import Path
from dsr.blobs import FileBlobStore
from dsr.domain.sealed import DataKey, KeyPurpose

def upload():
    yield bytes(500_000)
    os._exit(7)

key = DataKey(uuid.uuid4(), KeyPurpose.BLOB, os.urandom(32))
FileBlobStore.create(Path(sys.argv[1]), log_id="a log").write(key, upload(), "text/plain")
"""


def test_a_crash_before_the_rename_leaves_no_half_blob(tmp_path: Path) -> None:
    # given: a process that dies after half of the file was written
    assert subprocess.run([sys.executable, "-c", DYING_WRITER, tmp_path / "blobs"], check=False).returncode == 7
    # then: there is no blob, and the rest holds no plaintext
    assert [file for file in stored_files(tmp_path) if file.suffix == ".blob"] == []
    (rest,) = stored_files(tmp_path)
    assert rest.suffix == ".part"
    assert b"\0" * 64 not in rest.read_bytes()[HEADER:]
    assert stat.S_IMODE(rest.stat().st_mode) == 0o600


def test_a_file_is_on_the_disk_before_its_name_is_and_before_write_returns(
    store: FileBlobStore, key: DataKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def seen_fsync(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def seen_rename(self: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", seen_fsync)
    monkeypatch.setattr(Path, "rename", seen_rename)
    store.write(key, [b"x"], "text/plain")
    assert steps == ["folder", "file", "rename", "folder"], "the sub-folder's own name too, which the first blob makes"


def test_the_first_blob_of_a_sub_folder_makes_it_for_its_owner_alone(
    store: FileBlobStore, key: DataKey, tmp_path: Path
) -> None:
    assert stored_files(tmp_path) == []
    before = os.umask(0)
    try:
        ref = store.write(key, [b"x"], "text/plain")
    finally:
        os.umask(before)
    made = next(each for each in (tmp_path / "blobs").iterdir() if each.is_dir())
    assert (made.name, stat.S_IMODE(made.stat().st_mode)) == (ref.blob_id.hex[:2], 0o700)
    assert read(FileBlobStore(tmp_path / "blobs"), ref, key) == b"x"


def test_deleting_where_nothing_was_written_is_no_error(store: FileBlobStore) -> None:
    assert not store.delete(uuid4())
    store.delete_half_written(uuid4())


def test_a_disk_without_room_for_a_sub_folder_is_told(
    store: FileBlobStore, key: DataKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(StorageFull, match="make room"):
        store.write(key, [b"x"], "text/plain")


def test_a_disk_without_room_is_told_and_nothing_stays(store: FileBlobStore, key: DataKey, tmp_path: Path) -> None:
    """The limit of the process on a file's size fails in the same place as a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (CHUNK_BYTES, before[1]))
    try:
        with pytest.raises(StorageFull, match="make room"):
            store.write(key, [content(2)], "message/rfc822")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert stored_files(tmp_path) == []


# Ranges --------------------------------------------------------------------------------------------------------------


@given(
    size=st.integers(0, 3 * CHUNK_BYTES + 1)
    | st.sampled_from([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES]),
    places=st.tuples(st.integers(0, 3 * CHUNK_BYTES + 1), st.integers(0, 3 * CHUNK_BYTES + 1)),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_range_is_that_part_of_the_whole(store: FileBlobStore, size: int, places: tuple[int, int]) -> None:
    key, data = new_key(), os.urandom(size)
    ref = store.write(key, [data], "text/plain")
    start, stop = sorted(min(place, size) for place in places)
    assert b"".join(store.read(ref, key, start, stop)) == data[start:stop]
    assert b"".join(store.read(ref, key, start)) == data[start:]


@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (3, 2), (0, 11), (11, 11), (11, None)])
def test_a_range_lies_inside_of_the_blob(store: FileBlobStore, key: DataKey, start: int, stop: int | None) -> None:
    ref = store.write(key, [b"0123456789"], "text/plain")
    with pytest.raises(ValueError, match="range"):
        list(store.read(ref, key, start, stop))


def test_of_a_range_only_its_chunks_are_read(store: FileBlobStore, key: DataKey, tmp_path: Path) -> None:
    ref = store.write(key, [content(3, 1000)], "text/plain")
    (file,) = stored_files(tmp_path)
    changed = bytearray(file.read_bytes())
    changed[HEADER + STORED_CHUNK + 5] ^= 1  # in the second chunk
    file.write_bytes(changed)
    assert b"".join(store.read(ref, key, 2 * CHUNK_BYTES, ref.size)) == content(3, 1000)[2 * CHUNK_BYTES :]
    assert b"".join(store.read(ref, key, 0, CHUNK_BYTES)) == content(1)
    with pytest.raises(SealBroken):
        list(store.read(ref, key, CHUNK_BYTES - 1, CHUNK_BYTES + 1))


@pytest.mark.parametrize(
    "order", [[1, 0, 2, 3], [0, 2, 1, 3], [0, 1, 2], [0, 1, 2, 2], [0, 1, 2, 3, 3], [0, 3, 2, 1], []]
)
def test_a_range_of_moved_cut_or_repeated_chunks_shows(
    store: FileBlobStore, key: DataKey, tmp_path: Path, order: list[int]
) -> None:
    data = content(3, 1000)
    ref = store.write(key, [data], "text/plain")
    (file,) = stored_files(tmp_path)
    stored = file.read_bytes()
    chunks = [stored[HEADER + n * STORED_CHUNK : HEADER + (n + 1) * STORED_CHUNK] for n in range(4)]
    file.write_bytes(stored[:HEADER] + b"".join(chunks[number] for number in order))
    with pytest.raises(SealBroken):
        list(store.read(ref, key, 1, ref.size))


def test_a_range_of_a_file_that_is_gone_or_of_another_key_is_refused(store: FileBlobStore, key: DataKey) -> None:
    ref = store.write(key, [b"0123456789"], "text/plain")
    with pytest.raises(SealBroken):
        list(store.read(ref, new_key(), 1, 2))
    store.delete(ref.blob_id)
    with pytest.raises(BlobMissing):
        list(store.read(ref, key, 1, 2))


# What is there -------------------------------------------------------------------------------------------------------


def test_only_old_files_of_the_store_itself_are_listed(store: FileBlobStore, key: DataKey, tmp_path: Path) -> None:
    old, new = (store.write(key, [b"x"], "text/plain") for _ in range(2))
    half = uuid4()
    folder = tmp_path / "blobs"
    (folder / half.hex[:2]).mkdir(exist_ok=True)
    (folder / half.hex[:2] / f"{half}.part").write_bytes(b"dsr")
    (folder / half.hex[:2] / "notes.txt").write_text("of the operator")
    (folder / "notes.txt").write_text("of the operator")
    for file in stored_files(tmp_path):
        if str(new.blob_id) not in file.name:
            os.utime(file, (0, 0))
    found = set(store.files(older_than=datetime.now(UTC) - timedelta(hours=1)))
    assert found == {StoredFile(old.blob_id, whole=True), StoredFile(half, whole=False)}
    store.delete_half_written(half)
    store.delete_half_written(half)
    assert set(store.files(older_than=datetime.now(UTC) - timedelta(hours=1))) == {StoredFile(old.blob_id, whole=True)}
