"""Plain copies of mail end after their days, but never the only copy, nor one that a person still has to look at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from dsr.desk.caller import Call
from dsr.desk.mail_copies import Discarded
from dsr.domain.messages import TransportUnavailable
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.letters import OutgoingMaildir
from dsr.mailbox.inbox import Filing, ImapInbox, Inbox, MaildirInbox, Waiting
from dsr.scheduler import Scheduler
from dsr.settings import MailIn, MailOut
from tests.desk.dispatching.letters import Letters
from tests.desk.office import MAILBOX, Office
from tests.imap_server import ImapHost
from tests.mailbox.test_bounce import OURS, POSTFIX

BOUNDS: dict[str, Any] = {"max_bytes": 20_000, "max_head_bytes": 10_000}
TWO_SENDERS = b"From: a@example.org, b@example.org\r\nTo: privacy@callcentre.example\r\n\r\nTwo senders.\r\n"
LATER = datetime.now(UTC) + timedelta(days=31)


@dataclass
class Box:
    """An inbox, how mail gets there, and what stands in a folder."""

    inbox: Inbox
    put: Callable[[bytes], None]
    folder: Callable[[str], list[bytes]]


@pytest.fixture(params=["maildir", "imap"])
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Box]:
    if request.param == "imap":
        host = ImapHost()
        yield Box(ImapInbox(host.server(), **BOUNDS), host.put, host.folder)
        host.stop()
        return
    folder = tmp_path / "box"

    def put(raw: bytes) -> None:
        (folder / "new").mkdir(parents=True, exist_ok=True)
        (folder / "new" / uuid4().hex).write_bytes(raw)

    def contents(name: str) -> list[bytes]:
        return [file.read_bytes() for part in ("new", "cur") for file in (folder / f".{name}" / part).iterdir()]

    yield Box(MaildirInbox(folder, **BOUNDS), put, contents)


def taken_in(office: Office, box: Box, raw: bytes) -> Any:
    """The outcome of one message."""
    told: list[Any] = []
    box.put(raw)
    office.desk.inbox.read(box.inbox, told=lambda _, outcome: told.append(outcome))
    [outcome] = told
    return outcome


def filed(box: Box, raw: bytes) -> None:
    """A person moves a message, which nobody took in, to `done`."""
    box.put(raw)
    with box.inbox.open() as session:
        for message in session.messages():
            assert isinstance(message, Waiting)
            session.file_away(message, Filing.DONE)


def discard(office: Office, box: Box, *, before: datetime = LATER) -> Discarded:
    return office.desk.mail_copies.discard(box.inbox, None, before=before)


def settle(office: Office, quarantine_id: UUID, *, enters: bool) -> None:
    if not enters:
        office.desk.quarantine.propose_discarding(quarantine_id, Call(office.ann), reason="Noise.")
        office.desk.quarantine.decide_discarding(quarantine_id, Call(office.bob), approve=True, reason="")
        return
    message = office.desk.quarantine.load(quarantine_id, office.ann)
    office.arrived(channel=Channel.EMAIL, received_at=message.received_at, quarantine_id=quarantine_id)


def test_a_message_on_record_is_deleted_once_its_days_are_over(office: Office, box: Box) -> None:
    taken_in(office, box, office.mail())
    taken_in(office, box, office.mail(message_id=None))
    assert discard(office, box, before=datetime.now(UTC) - timedelta(days=1)) == Discarded()
    assert len(box.folder("done")) == 2
    assert discard(office, box).filed == {Filing.DONE: 2}
    assert box.folder("done") == []
    assert discard(office, box) == Discarded()


def test_a_message_that_the_log_does_not_know_is_never_deleted(office: Office, box: Box) -> None:
    # given: as after an older backup was restored
    taken_in(office, box, office.mail(message_id="<known@example.org>"))
    for raw in (office.mail("Another one."), office.mail("Other words.", message_id="<known@example.org>"), b"\0"):
        filed(box, raw)
    # when
    discarded = discard(office, box)
    # then
    assert (discarded.filed, discarded.kept) == ({Filing.DONE: 1}, 3)
    assert len(box.folder("done")) == 3


@pytest.mark.parametrize("enters", [True, False], ids=["entered", "discarded"])
def test_a_quarantined_message_is_deleted_once_a_person_has_settled_it(office: Office, box: Box, enters: bool) -> None:
    quarantine_id = taken_in(office, box, TWO_SENDERS).quarantine_id
    assert (discard(office, box).kept, len(box.folder("failed"))) == (1, 1)
    settle(office, quarantine_id, enters=enters)
    assert discard(office, box).filed == {Filing.FAILED: 1}
    assert box.folder("failed") == []


def test_of_a_message_too_large_to_read_the_only_whole_copy_stays_unless_it_was_discarded(
    office: Office, box: Box
) -> None:
    huge = [office.mail("x " * BOUNDS["max_bytes"]) for _ in range(2)]
    entered, discarded = (taken_in(office, box, raw).quarantine_id for raw in huge)
    settle(office, entered, enters=True)
    settle(office, discarded, enters=False)
    assert discard(office, box).filed == {Filing.FAILED: 1}
    assert [len(raw) > BOUNDS["max_bytes"] for raw in box.folder("failed")] == [True]


def test_reports_on_our_letters_and_letters_that_came_back_are_on_record(office: Office, box: Box) -> None:
    # given
    letters = Letters(office)
    dispatch_id = letters.acknowledged(office.registered(Right.ACCESS))
    letters.drain()
    own = letters.show(dispatch_id)["message_id"]
    returned = {"message_id": own, "Auto_Submitted": "auto-replied"}
    report = POSTFIX.replace(f"<{OURS}>", own).encode()
    assert taken_in(office, box, office.mail(sender=MAILBOX, **returned)).outcome == "automatic"
    assert taken_in(office, box, report).outcome == "bounce"
    # when, then
    assert discard(office, box).filed == {Filing.DONE: 2}
    # given: a stranger names the same Message-ID, and a report names a letter that is not ours
    filed(box, office.mail("Erase my data.", **returned))
    filed(box, POSTFIX.encode())
    # when, then
    assert (discard(office, box).filed, len(box.folder("done"))) == ({}, 2)


def test_who_stops_in_between_leaves_the_rest_for_the_next_time(office: Office, box: Box) -> None:
    for _ in range(3):
        taken_in(office, box, office.mail())
    asked = iter((True, True, False))
    done = office.desk.mail_copies.discard(box.inbox, None, before=LATER, goes_on=lambda: next(asked, False))
    assert (done.filed[Filing.DONE], len(box.folder("done"))) == (2, 1)


def test_a_letter_that_was_taken_is_deleted_and_one_that_waits_is_counted(office: Office, tmp_path: Path) -> None:
    for part in ("new", "cur", "tmp"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "letter").touch()
    done = office.desk.mail_copies.discard(None, OutgoingMaildir(tmp_path), before=LATER)
    assert (done.letters, done.untaken) == (2, 1)
    (tmp_path / "file").touch()
    with pytest.raises(TransportUnavailable):
        office.desk.mail_copies.discard(None, OutgoingMaildir(tmp_path / "file"), before=LATER)


def test_the_scheduler_deletes_copies_after_the_days_of_the_setting_and_counts_them(
    office: Office, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # given
    caplog.set_level("INFO", "dsr.scheduler")
    box = tmp_path / "box"
    (box / "new").mkdir(parents=True)
    (box / "new" / "1").write_bytes(office.mail())
    office.desk.inbox.read(MaildirInbox(box, **BOUNDS))
    (tmp_path / "out" / "new").mkdir(parents=True)
    (tmp_path / "out" / "new" / "letter").touch()

    def after(days: int, setting: int) -> None:
        office.clock.time = datetime.now(UTC) + timedelta(days=days)
        settings = replace(
            office.service.settings,
            mail_in=MailIn(folder=box),
            mail_out=MailOut(folder=tmp_path / "out"),
            mail_days=setting,
        )
        Scheduler(replace(office.service, settings=settings)).discard_mail()

    # when, then
    after(29, setting=30)
    after(3000, setting=0)
    assert len(list((box / ".done" / "cur").iterdir())) == 1
    after(31, setting=30)
    assert list((box / ".done" / "cur").iterdir()) == []
    assert "mail: 1 done, 0 failed and 0 letters deleted, 0 older messages kept" in caplog.text
    assert caplog.text.count("nobody takes 1 letters that lie in `new` of DSR_MAIL_OUT") == 1


def test_copies_of_a_forgotten_case_go_while_its_messages_are_known(office: Office, box: Box) -> None:
    # given
    raw, other = office.mail(), office.mail("Access, please.", sender="Bo <bo@example.org>")
    request_id = taken_in(office, box, raw).request_id
    taken_in(office, box, other)
    # when
    office.desk.mail_copies.forget(box.inbox, None, streams=[request_id], letters=())
    office.desk.mail_copies.forget(box.inbox, None, streams=[request_id], letters=())
    # then
    [left] = box.folder("done")
    assert b"bo@example.org" in left
