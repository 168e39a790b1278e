"""A log that is older than the key database knows: nothing is served, nothing is swept, and nothing is lost."""

import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy.engine import make_url

from dsr.bootstrap import Service, build
from dsr.cli import main
from dsr.desk.sweeping import FEW, SweepTooLarge
from dsr.domain.sealed import KeyPurpose
from dsr.scheduler import Scheduler
from dsr.settings import Settings
from dsr.vault import LogDiffers, LogOlderThanKeys
from tests.desk.office import Office
from tests.settable_clock import SettableClock


def file_of(settings: Settings) -> Path:
    return Path(make_url(settings.database_url).database or "")


def copied(settings: Settings, name: str) -> Path:
    """A copy of the main database, made while nothing is running."""
    made = file_of(settings).with_name(name)
    shutil.copyfile(file_of(settings), made)
    return made


def put_back(settings: Settings, copy: Path) -> None:
    for ending in ("-wal", "-shm"):
        Path(f"{file_of(settings)}{ending}").unlink(missing_ok=True)
    shutil.copyfile(copy, file_of(settings))


@pytest.fixture
def reopened(install: Callable[[str], Settings], clock: SettableClock) -> Callable[[], tuple[Service, Office]]:
    """Opens the same installation again and again, as its processes do."""
    settings = install("sqlite")

    def open_() -> tuple[Service, Office]:
        service = build(settings, clock=clock)
        return service, Office(service, clock)

    return open_


def test_an_older_log_beside_newer_keys_is_not_served_and_not_swept(
    reopened: Callable[[], tuple[Service, Office]], clock: SettableClock
) -> None:
    """Sweeping beside it destroyed every key and original that only the newer log names."""
    # given: a backup of the log, and cases that came after it
    service, office = reopened()
    office.receive(office.mail(message_id="<before@example.org>"))
    service.close()
    backup = copied(service.settings, "backup.sqlite")
    service, office = reopened()
    after = office.receive(office.mail(message_id="<after@example.org>")).request_id
    Scheduler(service).mark_log()
    marked = service.log_mark.marked
    service.close()
    newest = copied(service.settings, "newest.sqlite")
    # when: the backup is put in its place, and two days pass
    put_back(service.settings, backup)
    clock.advance(days=2)
    service, office = reopened()
    # then
    with pytest.raises(LogOlderThanKeys) as refused:
        service.check()
    assert marked is not None
    assert refused.value.facts == {"marked": marked.position, "log_ends_at": service.log.head().position}
    with pytest.raises(LogOlderThanKeys):
        office.desk.sweeping.sweep(dry_run=False)
    with pytest.raises(LogOlderThanKeys):
        service.keystore.take(KeyPurpose.CASE_FILE)
    service.close()
    # and with the newest log everything opens
    put_back(service.settings, newest)
    service, office = reopened()
    service.check()
    office.desk.sweeping.sweep(dry_run=False)
    assert {office.service.keystore.open(key_id).key_id for key_id in office.case(after).keys.values()}
    service.close()


def test_another_log_of_the_same_length_is_recognised(reopened: Callable[[], tuple[Service, Office]]) -> None:
    service, office = reopened()
    service.close()
    backup = copied(service.settings, "backup.sqlite")
    service, office = reopened()
    office.receive(office.mail(message_id="<one@example.org>"))
    service.log_mark.note()
    service.close()
    put_back(service.settings, backup)
    # when: work went on with the older log, so that it is long enough again
    service, office = reopened()
    service.log_mark.accept()
    for each in range(3):
        office.receive(office.mail(message_id=f"<other-{each}@example.org>"))
    service.log_mark.note()
    other = service.log_mark.marked
    service.close()
    put_back(service.settings, backup)
    service, office = reopened()
    service.log_mark.accept()
    for each in range(5):
        office.receive(office.mail(message_id=f"<another-{each}@example.org>"))
    service.log_mark._write(other, only_forward=False)  # type: ignore[arg-type]  # it was noted
    # then
    with pytest.raises(LogDiffers):
        service.check()
    service.close()


def test_a_log_that_is_lost_for_good_is_accepted_and_what_it_named_is_set_aside(
    reopened: Callable[[], tuple[Service, Office]], clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    service, office = reopened()
    service.close()
    backup = copied(service.settings, "backup.sqlite")
    service, office = reopened()
    lost = office.case(office.receive(office.mail(message_id="<lost@example.org>")).request_id)
    service.log_mark.note()
    service.close()
    newest = copied(service.settings, "newest.sqlite")
    put_back(service.settings, backup)
    for name, value in {
        "DSR_HOME": service.settings.home,
        "DSR_DATABASE_URL": service.settings.database_url,
        "DSR_KEYS_URL": service.settings.keys_url,
    }.items():
        monkeypatch.setenv(name, str(value))
    # when
    refused = CliRunner().invoke(main, ["keys", "accept-older-log"], input="n\n")
    assert (refused.exit_code, "log-older-than-keys" in refused.output) == (1, True)
    done = CliRunner().invoke(main, ["keys", "accept-older-log", "--yes"])
    assert done.exit_code == 0, done.output
    assert CliRunner().invoke(main, ["keys", "accept-older-log"]).output.endswith("There is nothing to accept.\n")
    # then: what was sealed for the lost events is set aside, and not destroyed at once
    service, office = reopened()
    service.check()
    clock.advance(days=2)
    assert office.desk.sweeping.sweep(dry_run=False).keys
    service.close()
    # and where the newer log is found after all, it opens
    put_back(service.settings, newest)
    service, office = reopened()
    service.check()
    assert {service.keystore.open(key_id).key_id for key_id in lost.keys.values()}
    service.close()


def test_the_mark_is_never_ahead_of_a_committed_event(
    reopened: Callable[[], tuple[Service, Office]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a command that fails would make the log look older than the keys."""
    service, office = reopened()
    before = service.log.head().position
    with pytest.raises(KeyboardInterrupt), service.database.appending():  # noqa: PT012 - one transaction
        office.receive(office.mail(message_id="<rolled-back@example.org>"))
        service.log_mark.note()
        raise KeyboardInterrupt
    service.log_mark.note()
    marked = service.log_mark.marked
    assert (marked and marked.position, service.log.head().position) == (before, before)
    service.check()
    service.close()


def test_a_sweep_that_would_take_more_than_one_in_a_hundred_asks_first(
    reopened: Callable[[], tuple[Service, Office]], clock: SettableClock
) -> None:
    service, office = reopened()
    for _ in range(FEW + 1):
        service.keystore.create(uuid4(), KeyPurpose.BLOB)
    clock.advance(days=20_000)  # keys are stamped by the real clock of the database
    with pytest.raises(SweepTooLarge, match="--all") as refused:
        office.desk.sweeping.sweep(dry_run=False)
    assert (refused.value.facts["what"], refused.value.facts["unnamed"]) == ("keys", FEW + 1)
    assert office.desk.sweeping.sweep(dry_run=False, however_many=True).keys >= FEW + 1
    assert office.desk.sweeping.sweep(dry_run=False).destroyed == 0
    clock.advance(days=31)
    assert office.desk.sweeping.sweep(dry_run=False).destroyed >= FEW + 1
    service.close()


def test_what_was_set_aside_and_is_named_again_comes_back(
    reopened: Callable[[], tuple[Service, Office]], clock: SettableClock
) -> None:
    service, office = reopened()
    case = office.case(office.receive(office.mail(message_id="<named@example.org>")).request_id)
    service.keystore.set_aside(case.keys.values())
    clock.advance(days=400)
    assert office.desk.sweeping.sweep(dry_run=False, however_many=True).taken_back == len(set(case.keys.values()))
    clock.advance(days=400)
    office.desk.sweeping.sweep(dry_run=False, however_many=True)
    assert {service.keystore.open(key_id).key_id for key_id in case.keys.values()}
    service.close()
