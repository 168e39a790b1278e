"""Drills: a backup is damaged at random, and each damage is named or harms nothing."""

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dsr.backup import BackupSource, BackupUnreadable, StoredBackup, back_up, examine
from dsr.bootstrap import Service, build
from dsr.domain.rights import Right
from dsr.settings import Settings
from tests.desk.office import Office
from tests.proving import PROVES, in_ci
from tests.settable_clock import SettableClock

DRILLS = in_ci(200, proving=2_000)


class Backups:
    """Two backups of one installation, and one of another."""

    def __init__(self, folder: Path, made: Service, older: Path, newer: Path, foreign: Path) -> None:
        self.folder, self.made, self.older, self.newer, self.foreign = folder, made, older, newer, foreign


def worked_on(made: Service, clock: SettableClock, cases: int) -> None:
    office = Office(made, clock)
    for number in range(cases):
        office.receive(office.mail(message_id=f"<{number}-{made.settings.home.name}@example.org>"))
    request_id = office.granted(Right.ACCESS)
    office.collect(request_id, "access")
    office.attach(request_id, "access", f"A note, number {cases}. ".encode() * 6_000)


@pytest.fixture
def backups(install: Callable[[str], Settings], tmp_path: Path, clock: SettableClock) -> Iterator[Backups]:
    made, other = (build(install("sqlite"), clock=clock) for _ in range(2))
    worked_on(made, clock, 3)
    older = back_up(made, tmp_path / "backups")
    worked_on(made, clock, 5)
    clock.advance(days=1)
    newer = back_up(made, tmp_path / "backups")
    worked_on(other, clock, 2)
    foreign = back_up(other, tmp_path / "foreign")
    yield Backups(tmp_path / "backups", made, older, newer, foreign)
    made.close()
    other.close()


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "log-id")


def damage(chance: random.Random, at: Path, backups: Backups) -> str:
    """One damage to the copy of the newer backup at `at`."""
    newer = at / backups.newer.name
    target = chance.choice(files(newer) + files(at / "blobs"))
    content = bytearray(target.read_bytes())
    kind = chance.choice(["bit", "cut", "missing", "swapped", "older", "foreign", "zeros"])
    match kind:
        case "bit":
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            target.write_bytes(content)
        case "cut":
            target.write_bytes(content[: chance.randrange(len(content))])
        case "zeros":
            start = chance.randrange(len(content))
            target.write_bytes(content[:start] + bytes(len(content) - start) + b"\0")
        case "missing":
            target.unlink()
        case "swapped":
            a, b = chance.sample(files(newer / "parts"), 2)
            content = bytearray(a.read_bytes())
            shutil.copyfile(b, a)
            b.write_bytes(content)
        case "older":
            shutil.rmtree(newer / "parts")
            shutil.copytree(at / backups.older.name / "parts", newer / "parts")
        case _:
            shutil.rmtree(newer / "parts")
            shutil.copytree(backups.foreign / "parts", newer / "parts")
    return kind


def test_every_damage_is_named_or_harms_nothing(
    backups: Backups, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    seen: Counter[str] = Counter()
    sound = examine(BackupSource(StoredBackup.open(backups.newer, backups.made.keyring)))
    assert sound.findings == ()
    for number in range(DRILLS):
        chance = random.Random(None if PROVES else number)  # noqa: S311 - chooses damages
        at = tmp_path / "drill"
        shutil.copytree(backups.folder, at)
        kind = damage(chance, at, backups)
        try:
            examined = examine(BackupSource(StoredBackup.open(at / backups.newer.name, backups.made.keyring)))
        except BackupUnreadable:
            seen[f"{kind}: unreadable"] += 1
        else:
            # what no event names, such as a package that was replaced, may be damaged without harm
            named = bool(examined.findings)
            assert named or examined == sound, kind
            assert named or kind in ("bit", "cut", "zeros", "missing"), kind
            seen[f"{kind}: {'named' if named else 'harmless'}"] += 1
        shutil.rmtree(at)
    record_property("counts", ", ".join(f"{kind} {count}" for kind, count in sorted(seen.items())))
    assert sum(count for kind, count in seen.items() if "harmless" not in kind) >= DRILLS * 3 // 4
