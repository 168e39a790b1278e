"""Keys stand in a database of their own: what happens when it fails, and when the process dies between the two."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from dsr.bootstrap import build
from dsr.database import Database
from dsr.desk.caller import Call
from dsr.desk.errors import VersionStale
from dsr.desk.idempotency import Answer
from dsr.desk.unit_of_work import CaseWork, changing
from dsr.domain.request.errors import EvidenceNotPurged
from dsr.domain.request.values import AssuranceLevel, DisclosurePurpose, IdentityMethod
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyDestroyed
from tests.desk.office import Office


@pytest.fixture
def with_evidence(office: Office) -> Any:
    """A case with an open identity question and evidence to decide on."""
    request_id = office.registered(Right.ACCESS)
    identity = office.desk.identity
    identity.ask(
        request_id, office.call(request_id), doubt="Another address.", method=IdentityMethod.CALL_BACK, asked_at=None
    )
    identity.take_evidence(request_id, office.call(request_id), evidence="scan of a card", received_at=None)
    return request_id


def confirm(office: Office, request_id: Any, call: Call | None = None) -> None:
    office.desk.identity.confirm(
        request_id,
        call or office.call(request_id),
        method=IdentityMethod.CALL_BACK,
        assurance=AssuranceLevel.SUBSTANTIAL,
        answered_at=None,
    )


def test_the_key_of_identity_evidence_is_destroyed_with_the_decision(office: Office, with_evidence: Any) -> None:
    # given
    [key_id] = office.case(with_evidence).identity.evidence_keys
    office.service.keystore.open(key_id)
    # when
    confirm(office, with_evidence)
    # then
    with pytest.raises(KeyDestroyed):
        office.service.keystore.open(key_id)
    opened = office.desk.disclosures.open(
        with_evidence, office.call(with_evidence), purpose=DisclosurePurpose.AUDIT, versions=None
    )
    assert ["evidence"] in [list(each.forgotten) for each in opened.opened]


def test_nothing_is_decided_while_the_evidence_can_not_be_destroyed(office: Office, with_evidence: Any) -> None:
    """The key database is really gone: its table was taken away under the running service."""
    # given
    before = office.names()
    keys: Database = office.service.keys_database
    with keys.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE data_keys RENAME TO hidden")
    # when
    with pytest.raises(EvidenceNotPurged):
        confirm(office, with_evidence)
    # then
    assert office.names() == before
    assert office.view(with_evidence)["identity"] == "asked"
    with keys.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE hidden RENAME TO data_keys")
    confirm(office, with_evidence)
    assert office.view(with_evidence)["identity"] == "confirmed"


def decide(_: Office, work: CaseWork) -> None:
    """A decision on the evidence: the read model of decisions is read to write it."""
    evidence = work.case.identity.evidence_keys
    work.case.confirm_identity(
        work.acting,
        method=IdentityMethod.CALL_BACK,
        assurance=AssuranceLevel.LOW,
        answered_at=work.acting.at,
        evidence_destroyed=evidence,
    )


def write_only(office: Office, work: CaseWork) -> None:
    """A change that reads nothing, neither for a read model nor for its answer."""
    evidence = work.case.identity.evidence_keys
    work.case.add_note(work.acting, note=work.seal("note", "It is no longer needed."))
    work.irrevocable(lambda: office.service.keystore.destroy(evidence))
    work.respond(lambda: Answer(b"{}"))


@pytest.mark.parametrize("change", [decide, write_only])
def test_a_change_that_comes_too_late_destroys_nothing(
    office: Office, with_evidence: Any, change: Callable[[Office, CaseWork], None]
) -> None:
    """Another handler changes the case after this one has loaded it: the evidence must still be there to look at.

    On PostgreSQL what a command writes waits for its commit, unless it reads something before.
    """
    # given
    desk, call = office.desk, office.call(with_evidence)
    [key_id] = office.case(with_evidence).identity.evidence_keys

    # when
    with pytest.raises(VersionStale), changing(desk.repository, with_evidence, call) as work:  # noqa: PT012 - one change
        desk.triage.add_note(with_evidence, office.call(with_evidence), note="I was faster.")
        change(office, work)
    # then
    office.service.keystore.open(key_id)


def test_a_discarded_data_set_opens_no_more(office: Office) -> None:
    request_id = office.granted(Right.ACCESS)
    office.collect(request_id, "access")
    [held] = office.case(request_id).copies.data_sets.values()
    office.desk.collection.discard(request_id, held.data_set_id, office.call(request_id))
    assert office.case(request_id).copies.data_sets == {}
    with pytest.raises(KeyDestroyed):
        office.service.keystore.open(held.content.key_id)


CRASH = dedent(
    """
    import os, sys
    from datetime import UTC, datetime
    from dsr.desk.idempotency import IdempotencyRecords
    from dsr.bootstrap import build
    from dsr.desk.caller import Call, service
    from dsr.desk.unit_of_work import UnitOfWork
    from dsr.settings import load_settings

    made = build(load_settings(os.environ))
    where, raw = sys.argv[1], sys.stdin.buffer.read()
    if where == "before-append":  # keys and blob are durable, the event is not
        UnitOfWork.save = lambda *_, **__: os._exit(9)
    else:  # everything was written, nothing committed
        IdempotencyRecords.remember = lambda *_, **__: os._exit(9)
    made.desk.mail.receive_message(raw, Call(service("intake")), stated_arrival=datetime(2026, 3, 5, 9, tzinfo=UTC))
    """
)


@pytest.mark.parametrize("where", ["before-append", "before-commit"])
def test_a_process_that_dies_leaves_all_or_nothing(office: Office, where: str, tmp_path: Path) -> None:
    # given
    raw = office.mail()
    settings = office.service.settings
    environ = {
        "DSR_HOME": str(settings.home),
        "DSR_DATABASE_URL": settings.database_url,
        "DSR_KEYS_URL": settings.keys_url,
    }
    before = office.everything()
    # when
    died = subprocess.run(
        [sys.executable, "-c", CRASH, where],
        input=raw,
        env=environ,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
    )
    # then
    assert died.returncode == 9, died.stderr.decode()
    after = office.everything()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"data_keys", "log_mark"}, "keys that nothing uses, and how far the log was when they were made"
    again = build(settings, clock=office.clock)
    try:
        again.check()
        outcome = again.desk.mail.receive_message(raw, Call(office.ann))
        assert outcome.outcome == "received"
    finally:
        again.close()
    assert office.differences() == []


def test_a_file_whose_event_may_have_been_saved_is_left_to_the_sweep(
    office: Office, lose_the_next_commit: Callable[[], None]
) -> None:
    """The command can't know: if the commit was done, the file is the only copy."""
    # given
    request_id = office.granted(Right.ACCESS)
    call = office.call(request_id, key=office.key())
    lose_the_next_commit()
    # when: the connection is lost after the commit, so that the key finds the answer
    office.collect(request_id, "access", call)
    # then
    [data_set] = office.case(request_id).copies.data_sets.values()
    assert b"angry" in office.read_file(data_set.content)
