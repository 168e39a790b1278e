"""Whatever happens while the file of a case or matter is forgotten: the fence decides. No key is there afterwards,
nothing is half done, and no backup that was made in the middle brings it back.

Each round lets the order, the worker that destroys, and others run at once: mail that arrives, letters that leave and
come back, people who write to the file, packages that are built, keys that are rotated, a backup and a sweep.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from threading import Barrier
from uuid import UUID

from dsr.backup import back_up, restore
from dsr.bootstrap import build
from dsr.domain.errors import DomainError
from tests.backup.test_backups import Fresh, fresh
from tests.desk.forgettable import KINDS
from tests.desk.office import Office
from tests.proving import in_ci
from tests.settable_clock import SettableClock

__all__ = ["fresh"]

ROUNDS = in_ci(3, proving=250)
"""On each database."""

RESTORES = in_ci(1, proving=50)
"""Of backups that are made in the middle of the first rounds, on each database."""

AT_ONCE = 4


def attempt(begins: Barrier, act: Callable[[], object]) -> str:
    begins.wait()
    try:
        act()
    except DomainError as refused:
        return refused.code
    return "done"


def test_the_fence_decides_every_race(
    office: Office, clock: SettableClock, fresh: Fresh, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    # given
    random, outcomes, gone, returned = Random(16), Counter[str](), dict[UUID, str](), 0  # noqa: S311 - reproducible
    office.service.policies.begin()
    worker = build(office.service.settings, clock=clock)  # another process
    for number in range(ROUNDS):
        # Whoever writes to the file first keeps it; the first round of each kind has nobody who could.
        name, undisturbed = list(KINDS)[number % len(KINDS)], number < len(KINDS)
        kind, letter_left = KINDS[name], undisturbed or random.random() < 0.7
        file_id = kind.make(office, letter_left)
        if letter_left:
            kind.propose(office, file_id)
        against = kind.rivals(office, file_id)
        chosen = random.sample(sorted(against.keys() - (kind.keeping if undisturbed else set())), AT_ONCE)
        backups = list[Path]()
        acts = [*(against[each] for each in chosen), partial(kind.order, office, file_id), worker.policies.run]
        if number < RESTORES:
            acts.append(lambda made=backups: made.append(back_up(office.service, tmp_path / "backups")))
        if not letter_left:
            acts.append(lambda: office.desk.dispatching.drain(clock.now(), 10))
        begins = Barrier(len(acts))
        # when
        with ThreadPoolExecutor(len(acts)) as threads:
            ended = list(threads.map(partial(attempt, begins), acts))
        office.service.policies.run()
        office.service.policies.retry()
        # then
        outcomes.update(f"{name}, {each}: {how}" for each, how in zip(chosen, ended, strict=False))
        if kind.is_gone(office, file_id):
            gone[file_id] = name
        # and: nobody who is gone comes back with a backup that was made meanwhile
        for backup in backups:
            settings = fresh()
            restore(settings, backup)
            again = Office(build(settings, clock=clock), clock)
            for other_id, its in gone.items():
                if again.desk.repository.application.events.load(other_id) is not None:
                    assert KINDS[its].is_gone(again, other_id)
                    returned += other_id == file_id
            assert again.differences() == []
            again.service.close()
    worker.close()
    assert {*gone.values()} == {*KINDS}
    assert office.differences() == []
    told = f"{ROUNDS} races, forgotten {Counter(gone.values())}, in a backup meanwhile {returned}, "
    record_property("counts", told + ", ".join(f"{k} {v}" for k, v in sorted(outcomes.items())))
