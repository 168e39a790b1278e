"""Nobody who was forgotten comes back with a backup from before: the fence journal forgets them again."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from click.testing import CliRunner

from dsr.backup import FenceJournalOlder, back_up, restore
from dsr.bootstrap import Service, build
from dsr.cli import main
from dsr.domain.request.message import MessageKind
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyDestroyed
from dsr.evidence.verifier.verify import verify as verify_bundle
from dsr.projections import verify
from dsr.settings import Settings
from dsr.vault import FenceJournalDamaged, IndexPurpose
from tests.backup.test_backups import Fresh, fresh
from tests.bundles import bundle_of, log_key
from tests.desk.office import Office
from tests.desk.test_forgetting import closed, forget, status
from tests.proving import in_ci
from tests.settable_clock import SettableClock

__all__ = ["fresh"]

RESTORES = in_ci(5, proving=100)


@pytest.fixture
def office(service: Service, clock: SettableClock) -> Office:
    return Office(service, clock)


def at_new_place(fresh: Fresh, office: Office) -> Settings:
    settings = fresh()
    shutil.copy2(office.service.settings.fence_journal, settings.fence_journal)
    return settings


def letter(office: Office, number: int) -> UUID:
    mail = office.mail(sender=f"Ada <ada{number}@example.org>", message_id=f"<{number}@restored.example>")
    return closed(office, mail)


def require_gone(again: Office, request_id: UUID, address: str) -> None:
    assert status(again, request_id) == "attested"
    case = again.case(request_id)
    for key_id in case.keys.values():
        with pytest.raises(KeyDestroyed):
            again.service.keystore.open(key_id)
    assert again.desk.repository.index.find(IndexPurpose.EMAIL, address) == []
    assert not case.messages_waiting


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nobody_returns_with_any_backup_from_before(
    office: Office,
    fresh: Fresh,
    tmp_path: Path,
    clock: SettableClock,
    record_property: Callable[[str, object], None],
) -> None:
    # given: backups at any moment of a time in which people come and are forgotten
    random, waiting, gone, backups = Random(16), list[tuple[int, UUID]](), dict[int, UUID](), list[Path]()  # noqa: S311
    for number in range(RESTORES):
        waiting.append((number, letter(office, number)))
        backups.append(back_up(office.service, tmp_path / f"backup-{number}"))
        clock.advance(hours=1)
        if random.random() < 0.6:
            who, request_id = waiting.pop(random.randrange(len(waiting)))
            gone[who] = forget(office, request_id)
    assert gone
    returned = 0
    for backup in backups:
        # when
        settings = at_new_place(fresh, office)
        restore(settings, backup)
        # then
        again = Office(build(settings, clock=clock), clock)
        for who, request_id in gone.items():
            if again.desk.repository.application.events.load(request_id) is not None:
                require_gone(again, request_id, f"ada{who}@example.org")
                returned += 1
        assert verify(again.service.database, again.service.log) == []
        again.service.close()
    record_property("counts", f"{RESTORES} restores, {returned} forgotten files in them, 0 opened")


def test_a_case_that_was_open_in_the_backup_is_closed_and_forgotten(
    office: Office, fresh: Fresh, tmp_path: Path, clock: SettableClock
) -> None:
    # given: in the backup the case is open, data is held, and a message waits
    request_id = office.case_by_mail()
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    office.reply(request_id, "One thing more.")
    backup = back_up(office.service, tmp_path / "backup")
    [message] = office.case(request_id).messages_waiting
    office.desk.messages.examine(
        request_id, office.call(request_id), message_ids=(message.message_id,), kind=MessageKind.WITHDRAWAL
    )
    forget(office, request_id)
    # when
    settings = at_new_place(fresh, office)
    restore(settings, backup)
    # then
    again = Office(build(settings, clock=clock), clock)
    require_gone(again, request_id, "ada@example.org")
    case, state = again.case(request_id), again.desk.forgetting.state(request_id, again.ann)
    assert (case.outcome, case.holds) == (office.case(request_id).outcome, {})
    assert (state.proposed_by, state.ordered_by) == ("ann", "bob")
    assert again.view(request_id)["needs_attention"] is False
    assert again.desk.due_dates.sweep().found == 0
    report = verify_bundle(io.BytesIO(bundle_of(again, f"case:{request_id}")), [log_key(again)])
    assert report.all_holds, report.in_words()
    again.service.close()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_journal_that_was_changed_stops_the_restore(office: Office, fresh: Fresh, tmp_path: Path) -> None:
    backup = back_up(office.service, tmp_path / "backup")
    forget(office, closed(office))
    settings = at_new_place(fresh, office)
    settings.fence_journal.write_bytes(settings.fence_journal.read_bytes().replace(b"court-order", b"period"))
    settings.fence_journal.write_bytes(settings.fence_journal.read_bytes() * 2)
    with pytest.raises(FenceJournalDamaged):
        restore(settings, backup)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_restore_without_the_journal_is_refused_unless_the_operator_says_so(
    office: Office, fresh: Fresh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: nobody was forgotten yet, so that only the backup began the journal
    letter(office, 1)
    backup = back_up(office.service, tmp_path / "backup")
    assert office.service.settings.fence_journal.read_bytes() == b""
    settings = at_new_place(fresh, office)
    settings.fence_journal.unlink()
    monkeypatch.setenv("DSR_HOME", str(settings.home))
    # when
    refused = CliRunner().invoke(main, ["restore", str(backup)])
    # then: nothing was put back
    assert (refused.exit_code, json.loads(refused.stdout)) == (3, {"code": "fence-journal-missing"})
    assert "--without-fence-journal" in refused.stderr
    assert not settings.blobs.exists()
    restored = CliRunner().invoke(main, ["restore", str(backup), "--without-fence-journal"])
    assert (restored.exit_code, "forget again everybody" in restored.stdout) == (0, True), restored.output


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("lines_left", [0, 1])
def test_an_older_copy_of_the_journal_stops_the_restore(
    office: Office, fresh: Fresh, tmp_path: Path, lines_left: int
) -> None:
    # given: two were forgotten before the backup and one after it; the journal at hand is older than all that
    forget(office, letter(office, 1))
    second, third = forget(office, letter(office, 2)), letter(office, 3)
    backup = back_up(office.service, tmp_path / "backup")
    forget(office, third)
    settings = at_new_place(fresh, office)
    journal = settings.fence_journal
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:lines_left]))
    # when
    with pytest.raises(FenceJournalOlder) as refused:
        restore(settings, backup)
    # then
    assert str(second) in str(refused.value.facts["file_ids"])
    restore(settings, backup, despite_findings=True)
