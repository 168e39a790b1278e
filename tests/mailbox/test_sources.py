"""Messages are streamed from files, mboxes, Maildirs and folders; one that can't be read never stops the rest."""

import os
from pathlib import Path

import pytest

from dsr.mailbox.sources import RawMessage, UnreadableSource, count_messages, read_messages

ONE = b"From: a@example.org\n\none\n"
TWO = b"From: b@example.org\n\ntwo\n"


def read(path: Path, max_bytes: int = 10_000) -> list[RawMessage | UnreadableSource]:
    return list(read_messages(path, max_bytes=max_bytes))


def test_a_file_is_one_message(tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(ONE)
    assert read(file) == [RawMessage("a.eml", ONE)]
    assert count_messages(file) == 1


def test_an_mbox_is_cut_at_its_from_lines(tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.write_bytes(b"From a x\n" + ONE + b"\nFrom b x\n" + TWO + b"From in text\n>From quoted\n>>From twice\n\n")
    assert read(box) == [
        RawMessage("box#1", ONE),
        RawMessage("box#2", TWO + b"From in text\nFrom quoted\n>From twice\n"),
    ]
    assert count_messages(box) is None


def test_an_mbox_message_beyond_the_limit_is_cut_so_that_parsing_refuses_it(tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.write_bytes(b"From a x\n" + ONE + b"x" * 500 + b"\n\nFrom b x\n" + TWO)
    first, second = read(box, max_bytes=100)
    assert isinstance(first, RawMessage)
    assert len(first.raw) == 101
    assert second == RawMessage("box#2", TWO)


def test_a_maildir_yields_new_and_cur_but_never_tmp(tmp_path: Path) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"1.{name}").write_bytes(ONE)
    assert [found.label for found in read(tmp_path)] == ["new/1.new", "cur/1.cur"]
    assert count_messages(tmp_path) == 2


def test_a_folder_yields_its_eml_files_in_order(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("b.eml", "a.EML", "notes.txt", "sub/c.eml"):
        (tmp_path / name).write_bytes(ONE)
    assert [found.label for found in read(tmp_path)] == ["a.EML", "b.eml", "sub/c.eml"]


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    (found,) = read(tmp_path / "gone.eml")
    assert isinstance(found, UnreadableSource)
    assert found.error.code == "mail-source-unreadable"


def test_a_file_that_vanishes_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(ONE)
    (tmp_path / "b.eml").write_bytes(TWO)
    messages = read_messages(tmp_path, max_bytes=100)
    first = next(messages)
    os.remove(tmp_path / "b.eml")
    (second,) = messages
    assert isinstance(first, RawMessage)
    assert isinstance(second, UnreadableSource)


@pytest.mark.parametrize("content", [b"", b"\n"])
def test_an_empty_file_is_still_one_message_to_be_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "empty.eml"
    file.write_bytes(content)
    assert read(file) == [RawMessage("empty.eml", content)]
