"""The log is signed as it stands; a log that is not the one that was signed gets no further signature."""

import errno
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dsr.bootstrap import Service, build
from dsr.desk.caller import Call, service
from dsr.desk.evidence import GROWTH, EvidenceDesk
from dsr.doctor import Health, diagnose
from dsr.domain.log_signing import new_key_text
from dsr.domain.rights import Right
from dsr.eventstore.header import Header, build_header, parse_header
from dsr.eventstore.tables import events
from dsr.evidence.checkpoint_copy import CheckpointCopy
from dsr.evidence.errors import (
    CheckpointCopyMissing,
    CheckpointCopyUnusable,
    CheckpointMissing,
    LogDiffersFromCheckpoint,
    LogShorterThanCheckpoint,
)
from dsr.evidence.signed_note import LOG_KEY, NoteSignature, NoteSigner, SignedNote, VerifierKey
from dsr.evidence.tree import leaf_hash, proves_consistency, proves_inclusion
from tests.desk.office import Office

CALL = Call(service("evidence"))


@pytest.fixture
def evidence(office: Office) -> EvidenceDesk:
    return office.desk.evidence


@pytest.fixture
def forge(office: Office) -> Callable[..., None]:
    """Whoever can write the database can take the triggers away that keep the log, and run statements."""

    def forge(*statements: sa.Executable) -> None:
        database = office.service.database
        with database.writing() as connection:
            if database.engine.dialect.name == "sqlite":
                for action in ("update", "delete"):
                    connection.execute(sa.text(f"DROP TRIGGER IF EXISTS events_no_{action}"))
            else:
                connection.execute(sa.text("ALTER TABLE events DISABLE TRIGGER ALL"))
            for each in statements:
                connection.execute(each)

    return forge


def rewritten(
    office: Office, position: int, anew: Callable[[str], str] = lambda payload: payload[:-1] + ',"forged":true}'
) -> sa.Executable:
    """Change a payload, and everything that shows it: the header gets the new digest."""
    row = next(office.service.log.rows(position - 1, until=position))
    header: Header = parse_header(row.header)
    payload = anew(row.payload)
    forged = build_header(
        log=row.log,
        position=row.position,
        stream_id=row.stream_id,
        stream_version=row.stream_version,
        name=row.name,
        recorded_at=row.recorded_at,
        key_ids=header.key_ids,
        payload=payload.encode(),
    )
    return events.update().where(events.c.position == position).values(payload=payload, header=forged)


def test_a_checkpoint_is_signed_by_the_key_in_the_log(office: Office, evidence: EvidenceDesk) -> None:
    # given
    office.registered(Right.ACCESS)
    # when
    made = evidence.checkpoint(CALL)
    # then: the two events that introduce the key are signed too
    assert made.checkpoint.size == office.service.log.head().position
    [key] = evidence.log_keys()
    assert made.note.verified_by(VerifierKey.parse(key.verifier)) is not None
    assert made.checkpoint.origin.startswith("dsr/")
    assert evidence.latest() == made
    assert evidence.check().findings == ()


def test_a_log_that_did_not_grow_is_not_signed_again(evidence: EvidenceDesk) -> None:
    assert evidence.checkpoint(CALL) == evidence.checkpoint(CALL)
    assert evidence.check().checkpoints == 1


def test_events_and_growth_are_proved_against_checkpoints(office: Office, evidence: EvidenceDesk) -> None:
    # given
    office.registered(Right.ACCESS)
    earlier = evidence.checkpoint(CALL).checkpoint
    office.registered(Right.ERASURE)
    now = evidence.checkpoint(CALL).checkpoint
    # then
    assert earlier.size < now.size
    growth = evidence.prove_growth(earlier.size, now.size)
    assert proves_consistency(earlier.size, now.size, growth, earlier.root, now.root)
    for row in office.service.log.rows(until=now.size):
        proof = evidence.prove_event(row.position, now.size)
        assert proves_inclusion(leaf_hash(row.header), row.position - 1, now.size, proof, now.root)


def test_the_log_is_signed_once_it_grew_for_long_enough_or_by_much(
    office: Office, evidence: EvidenceDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ten = timedelta(minutes=10)
    first = evidence.checkpoint_if_due(CALL, after=ten)
    office.registered(Right.ACCESS)
    assert evidence.checkpoint_if_due(CALL, after=ten) == first
    office.clock.advance(minutes=10)
    second = evidence.checkpoint_if_due(CALL, after=ten)
    assert second != first
    assert evidence.checkpoint_if_due(CALL, after=ten) == second
    monkeypatch.setattr("dsr.desk.evidence.GROWTH", 1)
    assert GROWTH > 1
    office.registered(Right.ACCESS)
    assert evidence.checkpoint_if_due(CALL, after=ten) != second


def test_a_rewritten_event_is_found_although_its_header_fits(
    office: Office, evidence: EvidenceDesk, forge: Callable[..., None]
) -> None:
    # given
    office.registered(Right.ACCESS)
    made = evidence.checkpoint(CALL)
    # when
    forge(rewritten(office, made.checkpoint.size - 3))
    # then
    found = evidence.check()
    assert found.findings == (f"The log up to {made.checkpoint.size} is not the one that was signed.",)


def test_nothing_is_signed_once_the_last_signed_event_was_rewritten(
    office: Office, evidence: EvidenceDesk, forge: Callable[..., None]
) -> None:
    made = evidence.checkpoint(CALL)
    forge(rewritten(office, made.checkpoint.size))
    with pytest.raises(LogDiffersFromCheckpoint):
        evidence.checkpoint(CALL)
    with pytest.raises(LogDiffersFromCheckpoint):
        evidence.checkpoint_if_due(CALL, after=timedelta(minutes=10))
    assert evidence.latest() == made


def test_nothing_is_signed_of_a_log_that_was_cut(
    office: Office, evidence: EvidenceDesk, forge: Callable[..., None]
) -> None:
    # given
    office.registered(Right.ACCESS)
    made = evidence.checkpoint(CALL)
    # when
    forge(events.delete().where(events.c.position > made.checkpoint.size - 2))
    # then
    with pytest.raises(LogShorterThanCheckpoint) as refused:
        evidence.checkpoint(CALL)
    assert refused.value.facts == {"size": made.checkpoint.size, "log_ends_at": made.checkpoint.size - 2}
    assert f"A checkpoint was signed at {made.checkpoint.size}" in evidence.check().findings[-1]


def test_the_copy_outside_shows_a_history_that_was_replaced_with_all_its_checkpoints(
    office: Office, evidence: EvidenceDesk, tmp_path: Path, forge: Callable[..., None]
) -> None:
    # given: two checkpoints, the later one copied out
    copied = EvidenceDesk(office.desk.repository, office.service.log, copy=CheckpointCopy(tmp_path / "checkpoint"))
    copied.checkpoint(CALL)
    office.registered(Right.ACCESS)
    last = copied.checkpoint(CALL).checkpoint
    # when: the log is cut, and all that was signed of it forgotten
    forge(
        events.delete().where(events.c.position > last.size - 1),
        sa.text("DELETE FROM checkpoints"),
        sa.text("DELETE FROM tree_tiles"),
    )
    # then
    assert evidence.check().findings == ()
    with pytest.raises(LogShorterThanCheckpoint):
        copied.checkpoint(CALL)


@pytest.mark.parametrize("content", [b"", b"no checkpoint\n", b"\xff", b"a\n" * 100_000])
def test_a_copy_that_is_no_checkpoint_is_named_and_stays(
    office: Office, tmp_path: Path, content: bytes, evidence: EvidenceDesk
) -> None:
    file = tmp_path / "checkpoint"
    file.write_bytes(content)
    copied = EvidenceDesk(office.desk.repository, office.service.log, copy=CheckpointCopy(file))
    with pytest.raises(CheckpointCopyUnusable):
        copied.checkpoint(CALL)
    assert file.read_bytes() == content
    with pytest.raises(CheckpointMissing):
        evidence.latest()


def test_a_copy_behind_a_link_is_written_where_the_link_leads(
    office: Office, tmp_path: Path, evidence: EvidenceDesk
) -> None:
    # given: the link stands here, the file elsewhere
    elsewhere, link = tmp_path / "share", tmp_path / "checkpoint"
    elsewhere.mkdir()
    link.symlink_to(elsewhere / "checkpoint")
    copied = EvidenceDesk(office.desk.repository, office.service.log, copy=CheckpointCopy(link))
    # when
    copied.checkpoint(CALL)
    office.registered(Right.ACCESS)
    made = copied.checkpoint(CALL)
    # then
    assert link.is_symlink()
    assert (elsewhere / "checkpoint").read_text("utf-8") == str(made.note)


def test_a_copy_that_could_not_be_written_is_made_up_for_although_the_log_does_not_grow(
    office: Office, tmp_path: Path, evidence: EvidenceDesk
) -> None:
    # given: the share is away while the log is signed
    share = tmp_path / "share"
    copy = CheckpointCopy(share / "checkpoint")
    copied = EvidenceDesk(office.desk.repository, office.service.log, copy=copy)
    with pytest.raises(CheckpointCopyUnusable):
        copied.checkpoint(CALL)
    # then: it is named for as long as it is away
    with pytest.raises(CheckpointCopyUnusable):
        copied.checkpoint_if_due(CALL, after=timedelta(minutes=10))
    # and when it is there again
    share.mkdir()
    made = copied.checkpoint_if_due(CALL, after=timedelta(minutes=10))
    assert made is not None
    assert copy.read() == made.note


def test_a_copy_on_a_share_that_is_not_mounted_is_named_and_not_made_anew(office: Office, tmp_path: Path) -> None:
    # given: it was written on the share
    share, mark = tmp_path / "share", tmp_path / "checkpoint-copied"
    share.mkdir()
    copy = CheckpointCopy(share / "checkpoint", mark=mark)
    copied = EvidenceDesk(office.desk.repository, office.service.log, copy=copy)
    first = copied.checkpoint(CALL)
    office.registered(Right.ACCESS)
    # when: an empty folder stands in its place
    share.rename(tmp_path / "away")
    share.mkdir()
    # then: nothing is signed, and nothing is written there
    for _ in range(2):
        with pytest.raises(CheckpointCopyMissing):
            copied.checkpoint_if_due(CALL, after=timedelta(0))
    assert list(share.iterdir()) == []
    assert copied.latest() == first
    # when: the share is back
    share.rmdir()
    (tmp_path / "away").rename(share)
    made = copied.checkpoint(CALL)
    assert copy.read() == made.note
    # when: the file is gone for good, and a person says so
    (share / "checkpoint").unlink()
    mark.unlink()
    copied.checkpoint_if_due(CALL, after=timedelta(0))
    # then
    assert copy.read() == made.note
    # when: another place is set
    other = CheckpointCopy(share / "other", mark=mark)
    EvidenceDesk(office.desk.repository, office.service.log, copy=other).checkpoint(CALL)
    assert other.read() == made.note


def test_a_full_disk_gathers_no_pieces_of_copies(
    office: Office, tmp_path: Path, evidence: EvidenceDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "no room")

    copied = EvidenceDesk(
        office.desk.repository, office.service.log, copy=CheckpointCopy(tmp_path / "share" / "checkpoint")
    )
    (tmp_path / "share").mkdir()
    made = evidence.checkpoint(CALL)
    monkeypatch.setattr("dsr.evidence.checkpoint_copy.os.fsync", full)
    with pytest.raises(CheckpointCopyUnusable):
        copied.checkpoint_if_due(CALL, after=timedelta(minutes=10))
    assert list((tmp_path / "share").iterdir()) == []
    assert evidence.latest() == made


def test_a_copy_never_goes_back_to_a_shorter_log(office: Office, tmp_path: Path, evidence: EvidenceDesk) -> None:
    # given: of two processes, the one that signed less writes last
    copy = CheckpointCopy(tmp_path / "checkpoint")
    earlier = evidence.checkpoint(CALL)
    office.registered(Right.ACCESS)
    later = evidence.checkpoint(CALL)
    # when
    copy.write(later.note)
    copy.write(earlier.note)
    # then
    assert copy.read() == later.note


def test_an_altered_hash_of_the_stored_tree_is_named_and_made_anew(office: Office, evidence: EvidenceDesk) -> None:
    # given
    made = evidence.checkpoint(CALL)
    with office.service.database.writing() as connection:
        connection.execute(sa.text("UPDATE tree_tiles SET hashes = :none"), {"none": bytes(made.checkpoint.size * 32)})
    assert [each for each in evidence.check().findings if "stored tree" in each]
    with pytest.raises(LogDiffersFromCheckpoint):
        evidence.checkpoint(CALL)
    # when
    evidence.renew_tree()
    # then
    assert evidence.check().findings == ()
    assert evidence.checkpoint(CALL) == made


def test_the_key_before_vouches_for_a_new_key(office: Office, evidence: EvidenceDesk) -> None:
    # given
    before = evidence.checkpoint(CALL)
    # when
    evidence.rotate(CALL)
    after = evidence.checkpoint(CALL)
    # then
    old, new = (VerifierKey.parse(each.verifier) for each in evidence.log_keys())
    text = new_key_text(before.checkpoint.origin, str(new))
    assert old.verifies(NoteSignature.parse(evidence.log_keys()[1].vouched_by), text)
    assert after.note.verified_by(new) is not None
    assert after.note.verified_by(old) is None
    assert evidence.check().findings == ()


def test_a_key_for_which_the_one_before_does_not_vouch_is_named(
    office: Office, evidence: EvidenceDesk, forge: Callable[..., None]
) -> None:
    # given: whoever can write the database puts a key of their own in place of the new one, with a header that fits
    evidence.checkpoint(CALL)
    evidence.rotate(CALL)
    made = evidence.checkpoint(CALL)
    honest = evidence.log_keys()[1].verifier
    own = NoteSigner.of(Ed25519PrivateKey.generate(), made.checkpoint.origin, LOG_KEY).verifier
    [position] = [row.position for row in office.service.log.rows(until=made.checkpoint.size) if honest in row.payload]
    forge(rewritten(office, position, lambda payload: payload.replace(honest, str(own))))
    # then
    assert f"The key {own} is not vouched for by the one before it." in evidence.check().findings


def test_no_key_is_rotated_before_anything_was_signed(evidence: EvidenceDesk) -> None:
    with pytest.raises(CheckpointMissing):
        evidence.rotate(CALL)


def test_a_checkpoint_that_another_key_signed_is_named(office: Office, evidence: EvidenceDesk) -> None:
    made = evidence.checkpoint(CALL)
    forged = SignedNote(made.note.text, (NoteSignature(made.checkpoint.origin, b"abcd", bytes(64)),))
    with office.service.database.writing() as connection:
        connection.execute(sa.text("UPDATE checkpoints SET note = :note"), {"note": str(forged)})
    assert evidence.check().findings == (
        f"The checkpoint at {made.checkpoint.size} is not signed by a key of this log.",
    )


def test_the_doctor_says_whether_the_log_is_the_one_that_was_signed(
    office: Office, evidence: EvidenceDesk, forge: Callable[..., None]
) -> None:
    def told() -> tuple[Health, str]:
        diagnoses = diagnose(office.service.settings, office.service)
        return next((each.health, each.says) for each in diagnoses if each.name == "evidence")

    made = evidence.checkpoint(CALL)
    assert told()[0] is Health.WARNING
    assert "DSR_CHECKPOINT_COPY" in told()[1]
    forge(rewritten(office, made.checkpoint.size))
    assert told()[0] is Health.FAILING
    assert told()[1].startswith("log-differs-from-checkpoint: ")


def test_a_service_that_was_started_again_goes_on_from_its_checkpoint(office: Office, evidence: EvidenceDesk) -> None:
    made = evidence.checkpoint(CALL)
    again: Service = build(office.service.settings, clock=office.clock)
    assert again.desk.evidence.checkpoint(CALL) == made
    again.close()
