"""A file is what its content is, whatever somebody says that it were."""

import hashlib
import io
import tracemalloc
import wave
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.blobs import ENDINGS, FileTypeUnsupported, Inspection


def wav() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(range(256)) * 40)
    return file.getvalue()


OGG = b"OggS\x00\x02" + bytes(20) + b"\x01\x13"

FILES = {
    "audio/wav": wav(),
    "audio/flac": b"fLaC\x00\x00\x00\x22" + bytes(200),
    "audio/ogg": OGG + b"OpusHead\x01\x01" + bytes(200),
    "audio/mpeg": b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(200),
    "application/pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
    "image/png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200),
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(200),
    "application/json": b' {"number": "030", "name": "Nov\xc3\xa1kov\xc3\xa1"}',
    "text/plain": "Přišla si stěžovat.\r\n".encode(),
}

OTHERS = {
    "a program": b"MZ\x90\x00" + bytes(5000),
    "an archive": b"PK\x03\x04\x14\x00" + bytes(5000),
    "a film in a container of sounds": OGG + b"\x80theora" + bytes(5000),
    "a film": b"RIFF\x24\x00\x00\x00AVI LIST" + bytes(5000),
    "noise": bytes(range(256)) * 20,
    "zeros": bytes(5000),
    "text in another encoding": "Grüße aus Köln".encode("utf-16"),
    "text in Latin 1": "Grüße aus Köln".encode("latin-1"),
    "a picture that runs scripts, cut off": b"<svg>\x00",
}


def inspected(content: bytes, hint: str = "", pieces: int = 7) -> Inspection:
    seen = Inspection((content[place : place + pieces] for place in range(0, len(content), pieces)), hint)
    assert b"".join(seen) == content
    return seen


@pytest.mark.parametrize("media_type", FILES)
@pytest.mark.parametrize("hint", ["", "application/octet-stream", "text/html", "image/png"])
def test_an_open_format_is_known_by_its_content_whatever_the_hint(media_type: str, hint: str) -> None:
    seen = inspected(FILES[media_type], hint)
    assert seen.media_type == media_type
    assert (seen.size, seen.sha256) == (len(FILES[media_type]), hashlib.sha256(FILES[media_type]).hexdigest())


def test_every_format_has_the_ending_of_its_name() -> None:
    assert {*FILES, "text/csv"} == set(ENDINGS)


@pytest.mark.parametrize("what", OTHERS)
@pytest.mark.parametrize("hint", ["", "audio/wav", "text/plain", "text/csv"])
def test_nothing_else_is_taken_whatever_the_hint(what: str, hint: str) -> None:
    with pytest.raises(FileTypeUnsupported):
        _ = inspected(OTHERS[what], hint).media_type


def test_only_between_kinds_of_text_the_hint_decides() -> None:
    assert inspected(b"a,b\n1,2\n", "text/csv").media_type == "text/csv"
    assert inspected(b"a,b\n1,2\n", "audio/wav").media_type == "text/plain"
    assert inspected(b'{"a": 1}', "text/csv").media_type == "application/json"


@pytest.mark.parametrize("content", [b'{"a": 1', b"[1] 2", b"{" * 100_000, b"[NaN]", b"42", b'"text"', b""])
def test_what_only_looks_like_json_is_text(content: bytes) -> None:
    assert inspected(content, pieces=1000).media_type == "text/plain"


def test_a_character_cut_in_two_by_the_end_is_no_text() -> None:
    with pytest.raises(FileTypeUnsupported):
        _ = inspected("Nová".encode()[:-1]).media_type


@given(text=st.text(st.characters(exclude_categories=("Cs", "Cc"))), pieces=st.integers(1, 50))
def test_any_text_is_text_however_it_is_cut(text: str, pieces: int) -> None:
    # Letters in front, so that it begins like none of the binary formats.
    assert inspected(b"Note: " + text.encode(), pieces=pieces).media_type == "text/plain"


@given(content=st.binary(max_size=3000), pieces=st.integers(1, 500))
def test_the_answer_does_not_depend_on_where_the_pieces_are_cut(content: bytes, pieces: int) -> None:
    def answer(size: int) -> str:
        try:
            return inspected(content, pieces=size).media_type
        except FileTypeUnsupported:
            return "none"

    assert answer(pieces) == answer(10_000)


def test_a_file_of_no_known_format_is_refused_before_all_of_it_was_read() -> None:
    read = []

    def endless() -> Iterator[bytes]:
        while True:
            read.append(1)
            yield bytes(1000)

    with pytest.raises(FileTypeUnsupported):
        for _ in Inspection(endless()):
            pass
    assert len(read) < 10


@pytest.mark.parametrize("chunk", [b"x" * 1_000_000, b"[" + b"[]," * 300_000, wav() * 50])
def test_a_large_file_never_stands_in_memory(chunk: bytes) -> None:
    tracemalloc.start()
    seen = Inspection(chunk for _ in range(60))
    for _ in seen:
        pass
    _ = seen.media_type
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40_000_000
