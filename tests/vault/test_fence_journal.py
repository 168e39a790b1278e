"""The fence journal keeps each line for good, in two places, and shows where one was changed."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from dsr.domain.request.standing import ForgettingGround
from dsr.domain.request.values import Outcome
from dsr.vault import Fence, FenceJournal, FenceJournalDamaged


def a_fence() -> Fence:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return Fence(uuid4(), at, ForgettingGround.PERIOD, "ann", "bob", Outcome.FULFILLED, at, (uuid4(),), (uuid4(),))


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "elsewhere").mkdir()
    return tmp_path / "fences.jsonl", tmp_path / "elsewhere" / "fences.jsonl"


def test_every_fence_stands_in_both_places(paths: tuple[Path, Path]) -> None:
    path, copy = paths
    fences = [a_fence(), a_fence()]
    for each in fences:
        FenceJournal(path, copy).append(each)
    assert FenceJournal(path).read() == FenceJournal(copy).read() == fences
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("lost", [0, 1])
def test_what_only_one_place_holds_is_read_and_brought_to_the_other(paths: tuple[Path, Path], lost: int) -> None:
    # given
    fences = [a_fence(), a_fence(), a_fence()]
    for each in fences[:2]:
        FenceJournal(*paths).append(each)
    paths[lost].write_bytes(paths[lost].read_bytes().splitlines(keepends=True)[0])
    assert FenceJournal(*paths).read() == fences[:2]
    # when
    FenceJournal(*paths).append(fences[2])
    # then
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert FenceJournal(*paths).read() == fences


def test_a_line_that_a_killed_process_left_half_written_is_none(paths: tuple[Path, Path]) -> None:
    path, _ = paths
    fences = [a_fence(), a_fence()]
    FenceJournal(path).append(fences[0])
    with path.open("ab") as file:
        file.write(b'{"previous":"ab')
    assert FenceJournal(path).read() == fences[:1]
    FenceJournal(path).append(fences[1])
    assert FenceJournal(path).read() == fences


@pytest.mark.parametrize("change", ["cut", "swap", "word"])
def test_a_line_that_was_cut_out_moved_or_changed_shows(paths: tuple[Path, Path], change: str) -> None:
    path, _ = paths
    for _ in range(3):
        FenceJournal(path).append(a_fence())
    first, second, third = path.read_bytes().splitlines(keepends=True)
    lines = {
        "cut": (first, third),
        "swap": (second, first, third),
        "word": (first.replace(b"period", b"court-order"), second, third),
    }[change]
    path.write_bytes(b"".join(lines))
    with pytest.raises(FenceJournalDamaged):
        FenceJournal(path).read()


def test_two_journals_that_do_not_agree_are_refused(paths: tuple[Path, Path]) -> None:
    path, copy = paths
    for each in paths:
        FenceJournal(each).append(a_fence())
    with pytest.raises(FenceJournalDamaged):
        FenceJournal(path, copy).read()
    with pytest.raises(FenceJournalDamaged):
        FenceJournal(path, copy).append(a_fence())


def test_without_a_file_nobody_was_forgotten(paths: tuple[Path, Path]) -> None:
    assert FenceJournal(*paths).read() == []
