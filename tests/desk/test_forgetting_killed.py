"""A process is killed after each step of a forgetting: the next one does the rest, and attests all of it once."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, NoReturn
from uuid import UUID

import pytest

from dsr.bootstrap import build, fence_journal_of
from dsr.desk.belongings import belongings_of, count_rows
from dsr.domain.request.forgetting import ForgettingAttested
from dsr.domain.rights import Right
from dsr.projections import verify
from dsr.settings import Settings
from tests.desk.office import Office
from tests.desk.test_forgetting import approve, propose, status
from tests.proving import PROVES, in_ci
from tests.settable_clock import SettableClock

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
    ("dsr.domain.request.Request.attest_forgetting", 1),
)
"""What the process had just done, for the how manyth time."""

ROUNDS = in_ci(1, proving=20)
"""Of all steps."""


def with_open_upload(office: Office, number: int) -> UUID:
    """A withdrawn case, of which a file was being uploaded."""
    sender = f"Ada <ada{number}@example.org>"
    request_id = office.case_by_mail(office.mail(sender=sender, message_id=f"<{number}@killed.example>"))
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    office.desk.items.grant(request_id, "access", office.call(request_id))
    office.upload(request_id, "access", b"RIFF" * 9_000, 12_000)
    office.desk.answers.withdraw(request_id, office.call(request_id), confirmed=True, statement="", item_ids=None)
    return request_id


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
    killed = 0
    for number, (place, times) in enumerate(STEPS * ROUNDS):
        office = Office(build(settings, clock=clock), clock)
        request_id = with_open_upload(office, number)
        preview = office.desk.forgetting.preview(request_id, office.ann)
        assert (preview.kept_because, preview.keys > 2, preview.files > 1) == (("period",), True, True)
        propose(office, request_id)
        approve(office, request_id)
        office.service.close()
        # when
        killed_after(settings, clock, place, times)
        killed += 1
        office = Office(build(settings, clock=clock), clock)
        assert status(office, request_id) == "ordered", place
        office.service.policies.run()
        office.service.policies.run()
        # then
        [attested] = [
            each
            for each in office.desk.repository.application.events.whole(request_id)
            if isinstance(each, ForgettingAttested)
        ]
        assert (attested.keys, attested.files) == (preview.keys, preview.files), place
        assert count_rows(office.desk.repository, belongings_of(office.desk.repository, office.case(request_id))) == 0
        fences = [each for each in fence_journal_of(settings).read() if each.file_id == request_id]
        assert len(fences) == 1, place
        office.service.close()
    office = Office(build(settings, clock=clock), clock)
    assert list(office.blobs()) == []
    assert verify(office.service.database, office.service.log) == []
    office.service.close()
    record_property("counts", f"{killed} killed, {len(STEPS)} steps, each file attested once with all it had")
