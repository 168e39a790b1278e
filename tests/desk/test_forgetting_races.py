"""Whatever happens while a case file is forgotten: the fence decides. No key is there afterwards, nothing half done.

Each round lets the order, the worker that destroys, and others run at once: mail that arrives, people who write to the
case, packages that are built, keys that are rotated, a backup that is made and a sweep.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from threading import Barrier
from uuid import UUID

import sqlalchemy as sa

from dsr.backup import back_up
from dsr.bootstrap import build
from dsr.desk.belongings import belongings_of, count_rows
from dsr.desk.caller import Call
from dsr.desk.errors import VersionStale
from dsr.domain.errors import DomainError
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.rights import Right
from dsr.projections import verify
from dsr.projections.rebuild import rebuild
from dsr.projections.registry import PROJECTIONS
from dsr.vault import IndexPurpose
from dsr.vault.keystore import data_keys
from tests.desk.office import Office
from tests.desk.test_forgetting import propose
from tests.proving import in_ci
from tests.settable_clock import SettableClock

ROUNDS = in_ci(3, proving=250)
"""On each database."""

AT_ONCE = 4


KEEPING = {"mail", "reopen"}
"""What keeps the file if it comes first."""


def withdrawn(office: Office, number: int) -> UUID:
    """A case with collected data whose package may still be built, were it open."""
    sender = f"Ada <ada{number}@example.org>"
    request_id = office.case_by_mail(office.mail(sender=sender, message_id=f"<{number}@race.example>"))
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    office.desk.items.grant(request_id, "access", office.call(request_id))
    office.collect(request_id, "access")
    office.desk.answers.withdraw(request_id, office.call(request_id), confirmed=True, statement="", item_ids=None)
    return request_id


def rivals(office: Office, request_id: UUID, number: int, folder: Path) -> dict[str, Callable[[], object]]:
    desk, reference = office.desk, office.case(request_id).reference
    late = office.mail("Where is it?", sender=f"Ada <ada{number}@example.org>", subject=f"Re: {reference}")
    return {
        "reopen": lambda: desk.answers.reopen(request_id, Call(office.ann), reason="She called.", item_ids=("access",)),
        "note": lambda: desk.triage.add_note(request_id, Call(office.ann), note="She called."),
        "mail": lambda: office.receive(late),
        "letter": lambda: desk.dispatching.prepare(request_id, Call(office.ann), kind=LetterKind.ACKNOWLEDGEMENT),
        "package": lambda: desk.exports.prepare(request_id, "access", Call(office.ann)),
        "opening": lambda: desk.disclosures.open(
            request_id, Call(office.ann), purpose=DisclosurePurpose.AUDIT, versions=None
        ),
        "rotation": office.service.keystore.rotate,
        "backup": lambda: back_up(office.service, folder / f"{number}"),
        "sweep": lambda: desk.sweeping.sweep(dry_run=False),
        "rebuild": lambda: rebuild(office.service.database, office.service.log, PROJECTIONS, at=office.clock.now()),
    }


def attempt(begins: Barrier, act: Callable[[], object]) -> str:
    begins.wait()
    try:
        act()
    except DomainError as refused:
        return refused.code
    return "done"


def decided(office: Office, request_id: UUID) -> None:
    """Bob agrees on what he sees, as often as somebody was faster."""
    for _ in range(20):
        try:
            office.desk.forgetting.decide(request_id, office.call(request_id, office.bob), approve=True, reason="")
        except VersionStale:
            continue
        return


def require_all_or_nothing(office: Office, request_id: UUID, number: int) -> bool:
    """Whether the file was forgotten; then nothing of it is left, and nothing was recorded behind the fence."""
    case = office.case(request_id)
    names = [each.TOPIC for each in office.desk.repository.application.events.whole(request_id)]
    if not case.is_forgotten:
        office.desk.repository.case_key(case)
        return False
    fence = names.index("dsr.request.forgetting-ordered")
    assert names[fence + 1 :] == ["dsr.request.forgetting-attested"]
    of = belongings_of(office.desk.repository, case)
    with office.service.keys_database.reading() as connection:
        left = sa.select(data_keys.c.key_id).where(data_keys.c.key_id.in_(of.keys), data_keys.c.wrapped.is_not(None))
        assert connection.execute(left).all() == [], "no key is there"
    assert count_rows(office.desk.repository, of) == 0
    assert not {f"{each}.blob" for each in of.blobs} & {*office.blobs()}
    assert request_id not in office.desk.repository.index.find(IndexPurpose.EMAIL, f"ada{number}@example.org")
    return True


def test_the_fence_decides_every_race(
    office: Office, clock: SettableClock, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    # given
    random, outcomes, gone = Random(16), Counter[str](), 0  # noqa: S311 - reproducible, not secret
    office.service.policies.begin()
    worker = build(office.service.settings, clock=clock)  # another process
    for number in range(ROUNDS):
        request_id = withdrawn(office, number)
        propose(office, request_id)
        against = rivals(office, request_id, number, tmp_path)
        # Whoever reopens the case or writes to it first keeps it; the first round has nobody who could.
        chosen = random.sample(sorted(against.keys() - (set() if number else KEEPING)), AT_ONCE)
        begins = Barrier(AT_ONCE + 2)
        acts = [
            *(against[name] for name in chosen),
            partial(decided, office, request_id),
            worker.policies.run,
        ]
        # when
        with ThreadPoolExecutor(len(acts)) as threads:
            ended = list(threads.map(partial(attempt, begins), acts))
        office.service.policies.run()
        office.service.policies.retry()
        # then
        outcomes.update(f"{name}: {how}" for name, how in zip(chosen, ended, strict=False))
        gone += require_all_or_nothing(office, request_id, number)
    worker.close()
    assert gone
    assert verify(office.service.database, office.service.log) == []
    record_property(
        "counts", f"{ROUNDS} races, {gone} forgotten, " + ", ".join(f"{k} {v}" for k, v in sorted(outcomes.items()))
    )
