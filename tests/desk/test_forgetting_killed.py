"""A process is killed after each step of a forgetting: the next one does the rest, and attests all of it once."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, NoReturn

import pytest

from dsr.bootstrap import build, fence_journal_of
from dsr.settings import Settings
from tests.desk.forgettable import KINDS
from tests.desk.office import Office
from tests.proving import PROVES, in_ci
from tests.settable_clock import SettableClock

ATTEST = "attest"
"""The command, which differs from kind to kind."""

STEPS = (
    ("dsr.vault.fence_journal._add", 1),  # the line is in the copy of the journal
    ("dsr.vault.fence_journal._add", 2),  # and in the journal
    ("dsr.desk.desk.Desk._forget_copies", 1),
    ("dsr.vault.keystore.SqlKeyStore.destroy", 1),
    ("dsr.blobs.storage.BlobStorage.delete", 1),
    ("dsr.blobs.storage.BlobStorage.delete", 2),
    ("dsr.desk.destroying.purge_rows", 1),
    ("dsr.database.engine.Database.empty_journal", 1),
    ("dsr.database.engine.Database.empty_journal", 2),
    (ATTEST, 1),
)
"""What the process had just done, for the how manyth time."""

ROUNDS = in_ci(1, proving=20)
"""Of all steps; the kinds of files take turns at each of them."""


def killed_after(settings: Settings, clock: SettableClock, place: str, times: int) -> None:
    """A worker of its own, which is killed once it has done this so many times."""
    child = os.fork()
    if not child:
        _work_until_killed(settings, clock, place, times)
    _, ended = os.waitpid(child, 0)
    assert os.WIFSIGNALED(ended), "it came to this step"
    assert os.WTERMSIG(ended) == signal.SIGKILL


def _work_until_killed(settings: Settings, clock: SettableClock, place: str, times: int) -> NoReturn:
    try:
        done, patched = [], pytest.MonkeyPatch()
        owner, _, name = place.rpartition(".")
        step: Callable[..., Any] = getattr(resolve_name(owner), name)

        def then_killed(*args: Any, **facts: Any) -> Any:
            answer = step(*args, **facts)
            done.append(place)
            if len(done) == times:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        patched.setattr(place, then_killed)
        build(settings, clock=clock).policies.run()
    finally:
        os._exit(1)


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"] if PROVES else ["sqlite"])
def test_whoever_is_killed_at_any_step_leaves_the_rest_to_the_next(
    settings: Settings, clock: SettableClock, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    # given: the journal has a copy
    settings = replace(settings, checkpoint_copy=tmp_path / "elsewhere" / "checkpoint")
    made = build(settings, clock=clock)
    made.policies.begin()
    made.close()
    killed = Counter[str]()
    for number, (step, times) in enumerate(STEPS * ROUNDS):
        name = list(KINDS)[(number + number // len(STEPS)) % len(KINDS)]
        kind, place = KINDS[name], KINDS[name].attest if step == ATTEST else step
        office = Office(build(settings, clock=clock), clock)
        file_id = kind.make(office, True)
        preview = kind.preview(office, file_id)
        assert (preview.kept_because, preview.keys > 2, preview.files > 1) == (("period",), True, True)
        kind.propose(office, file_id)
        kind.approve(office, file_id)
        office.service.close()
        # when
        killed_after(settings, clock, place, times)
        killed[name] += 1
        office = Office(build(settings, clock=clock), clock)
        assert kind.status(office, file_id) == "ordered", place
        office.service.policies.run()
        office.service.policies.run()
        # then
        assert kind.is_gone(office, file_id), place
        attested = kind.events(office, file_id)[-1]
        assert (attested.keys, attested.files) == (preview.keys, preview.files), place
        fences = [each for each in fence_journal_of(settings).read() if each.file_id == file_id]
        assert len(fences) == 1, place
        office.service.close()
    office = Office(build(settings, clock=clock), clock)
    assert office.differences() == []
    office.service.close()
    told = " and ".join(f"{count} of a {name}" for name, count in killed.items())
    record_property("counts", f"killed {told}, {len(STEPS)} steps, each file attested once with all it had")
