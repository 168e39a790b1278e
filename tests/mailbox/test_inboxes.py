"""Inboxes, each on the real thing: a Maildir on disk, and an IMAP server with and without MOVE."""

import logging
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from dsr.mailbox.inbox import (
    Filing,
    ImapInbox,
    Inbox,
    InboxRefused,
    InboxUnavailable,
    InboxUnsuited,
    MaildirInbox,
    UnreadableWaiting,
    Waiting,
)
from tests.certificates import Authority
from tests.imap_server import PASSWORD, USER, ImapHost

MARCH = datetime(2026, 3, 5, 10, 0, tzinfo=timezone(timedelta(hours=1)))
BOUNDS: dict[str, Any] = {"max_bytes": 2000, "max_head_bytes": 500}


def mail(subject: str, body: bytes = b"Hello.\r\n") -> bytes:
    return b"From: ada@example.org\r\nSubject: " + subject.encode() + b"\r\n\r\n" + body


@dataclass
class Box:
    """An inbox, how mail gets there, and what stands in a folder."""

    inbox: Inbox
    put: Callable[..., None]
    folder: Callable[[str], list[bytes]]


def maildir_box(folder: Path) -> Box:
    def put(*messages: bytes, at: datetime | None = None) -> None:
        (folder / "new").mkdir(parents=True, exist_ok=True)
        for raw in messages:
            file = folder / "new" / f"{len(list(folder.rglob('*'))):05d}.host"
            file.write_bytes(raw)
            if at is not None:
                os.utime(file, (at.timestamp(), at.timestamp()))

    def contents(name: str) -> list[bytes]:
        box = folder if name == "INBOX" else folder / f".{name}"
        return [file.read_bytes() for part in ("new", "cur") for file in sorted((box / part).iterdir())]

    return Box(MaildirInbox(folder, **BOUNDS), put, contents)


@pytest.fixture(params=["maildir", "imap", "imap-without-move"])
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Box]:
    if request.param == "maildir":
        yield maildir_box(tmp_path / "Maildir")
        return
    host = ImapHost(moves=request.param == "imap")
    yield Box(ImapInbox(host.server(), **BOUNDS), host.put, host.folder)
    host.stop()


def drain(inbox: Inbox, filing: Filing = Filing.DONE) -> list[Waiting]:
    with inbox.open() as session:
        found = []
        for message in session.messages():
            assert isinstance(message, Waiting)
            assert session.file_away(message, filing)
            found.append(message)
        return found


def test_messages_come_whole_in_the_order_of_arrival_with_their_arrival(box: Box) -> None:
    sent = [mail(str(number), b"\x00\xff8-bit \r\n" + b"x" * number) for number in range(12)]
    box.put(*sent, at=MARCH)
    with box.inbox.open() as session:
        found = [each for each in session.messages() if isinstance(each, Waiting)]
    assert [each.raw for each in found] == sent
    assert {each.arrived_at for each in found} == {MARCH}
    assert all(each.is_whole and each.size == len(each.raw) for each in found)


def test_what_was_filed_does_not_wait_any_more_and_lies_in_its_folder(box: Box) -> None:
    box.put(mail("a"), mail("b"))
    with box.inbox.open() as session:
        first, second = session.messages()
        assert isinstance(first, Waiting)
        assert isinstance(second, Waiting)
        session.file_away(first, Filing.DONE)
        session.file_away(second, Filing.FAILED)
    assert drain(box.inbox) == []
    assert [box.folder(name) for name in ("INBOX", "done", "failed")] == [[], [mail("a")], [mail("b")]]


def test_what_was_not_filed_waits_again(box: Box) -> None:
    box.put(mail("a"))
    for _ in range(2):
        with box.inbox.open() as session:
            assert [each.raw for each in session.messages() if isinstance(each, Waiting)] == [mail("a")]
    assert box.folder("INBOX") == [mail("a")]


def test_of_a_huge_message_only_the_head_is_read_and_the_whole_is_moved(box: Box) -> None:
    huge = mail("huge", b"x" * 50_000)
    box.put(huge)
    found = drain(box.inbox, Filing.FAILED)
    assert [(each.is_whole, each.size, each.raw) for each in found] == [(False, len(huge), mail("huge", b""))]
    assert box.folder("failed") == [huge]


def test_a_head_without_end_is_cut(box: Box) -> None:
    box.put(b"Subject: " + b"y" * 50_000)
    [found] = drain(box.inbox)
    assert len(found.raw) <= BOUNDS["max_head_bytes"]


def test_a_message_that_somebody_moved_meanwhile_is_no_error(box: Box) -> None:
    box.put(mail("a"))
    with box.inbox.open() as session:
        [message] = session.messages()
        drain(box.inbox)
        assert isinstance(message, Waiting)
        assert not session.file_away(message, Filing.DONE)
    assert box.folder("done") == [mail("a")]


def test_the_same_name_or_content_twice_is_kept_twice(box: Box) -> None:
    for _ in range(2):
        box.put(mail("a"))
        drain(box.inbox)
    assert box.folder("done") == [mail("a")] * 2


def test_filed_messages_are_deleted_one_by_one_and_only_those_from_before_a_time(box: Box) -> None:
    # given
    box.put(mail("a"), mail("b"), mail("failed"), at=MARCH)
    with box.inbox.open() as session:
        for message, filing in zip(session.messages(), (Filing.DONE, Filing.DONE, Filing.FAILED), strict=True):
            assert isinstance(message, Waiting)
            session.file_away(message, filing)
    box.put(mail("waiting"), at=MARCH)
    # when
    with box.inbox.open() as session:
        assert list(session.filed(Filing.DONE, MARCH - timedelta(hours=1))) == []
        for message in session.filed(Filing.DONE, datetime.now(UTC) + timedelta(days=1)):
            assert isinstance(message, Waiting)
            if message.raw == mail("a"):
                session.delete(message)
                session.delete(message)
    # then
    assert [box.folder(name) for name in ("INBOX", "done", "failed")] == [
        [mail("waiting")],
        [mail("b")],
        [mail("failed")],
    ]


def test_a_message_shows_nothing_of_itself(box: Box) -> None:
    box.put(mail("canary"))
    assert "canary" not in repr(drain(box.inbox))


def test_a_message_says_from_which_mailbox_it_was_fetched(box: Box) -> None:
    box.put(mail("a"))
    [message] = drain(box.inbox)
    assert message.mailbox == (USER if isinstance(box.inbox, ImapInbox) else None)


# IMAP ----------------------------------------------------------------------------------------------------------


def imap_box(host: ImapHost, *, context: Any = None, seconds: float = 5, **facts: Any) -> ImapInbox:
    return ImapInbox(host.server(**facts), context=context, seconds=seconds, **BOUNDS)


def ours(caplog: pytest.LogCaptureFixture) -> str:
    """What was logged on this side of the connection."""
    return " ".join(each.getMessage() for each in caplog.records if not each.name.startswith("pymap"))


def test_folders_may_be_nested_and_have_any_letters(imap: ImapHost) -> None:
    imap.put(mail("a"))
    drain(imap_box(imap, done="Anträge/erledigt & 済み"))
    with imap.client() as client:
        [(_, delimiter, _)] = client.list_folders("", "INBOX")
    name = f"Anträge{delimiter.decode()}erledigt & 済み"
    assert imap.folder(name) == [mail("a")]


def test_another_mailbox_than_the_inbox_is_read(imap: ImapHost) -> None:
    with imap.client() as client:
        client.create_folder("Datenschutz – Anfragen")
    imap.put(mail("a"), folder="Datenschutz – Anfragen")
    imap.put(mail("b"))
    assert [each.raw for each in drain(imap_box(imap, mailbox="Datenschutz – Anfragen"))] == [mail("a")]
    assert imap.folder("INBOX") == [mail("b")]


def test_a_mailbox_that_is_not_there_is_said_and_not_made(imap: ImapHost) -> None:
    with pytest.raises(InboxUnsuited), imap_box(imap, mailbox="Elsewhere").open():
        pass
    with imap.client() as client:
        assert not client.folder_exists("Elsewhere")


def test_new_uids_lose_and_double_nothing(imap: ImapHost) -> None:
    """A mailbox that was restored has another UIDVALIDITY, and its UIDs are of other messages."""
    imap.put(mail("a"), mail("b"))
    with imap_box(imap).open() as session:
        first = next(iter(session.messages()))
        assert isinstance(first, Waiting)
        session.file_away(first, Filing.DONE)
    with imap.client() as client:
        before = client.folder_status("INBOX", ["UIDVALIDITY"])
        client.rename_folder("INBOX", "restored")  # RFC 3501, 6.3.5: INBOX is left empty
        client.select_folder("restored")
        client.move(client.search("ALL"), "INBOX")
    imap.put(mail("c"))
    assert before
    assert [each.raw for each in drain(imap_box(imap))] == [mail("b"), mail("c")]
    assert imap.folder("done") == [mail("a"), mail("b"), mail("c")]


def test_reading_marks_nothing_as_seen(imap: ImapHost) -> None:
    imap.put(mail("a"))
    with imap_box(imap).open() as session:
        list(session.messages())
    with imap.client() as client:
        [flags] = client.get_flags(client.search("ALL")).values()
    assert b"\\Seen" not in flags


def test_without_move_only_the_one_message_is_removed() -> None:
    host = ImapHost(moves=False)
    host.put(mail("a"), mail("deleted by somebody"))
    with host.client() as client:
        client.add_flags(client.search("ALL")[1:], [b"\\Deleted"])
    with imap_box(host).open() as session:
        first = next(iter(session.messages()))
        assert isinstance(first, Waiting)
        session.file_away(first, Filing.DONE)
    assert host.folder("INBOX") == [mail("deleted by somebody")]
    host.stop()


def test_deleting_leaves_what_somebody_else_marked_as_deleted(imap: ImapHost) -> None:
    imap.put(mail("a"), mail("b"), at=MARCH)
    drain(imap_box(imap))
    with imap.client("done") as client:
        client.add_flags(client.search("ALL")[1:], [b"\\Deleted"])
    with imap_box(imap).open() as session:
        message = next(iter(session.filed(Filing.DONE, MARCH + timedelta(seconds=1))))
        assert isinstance(message, Waiting)
        session.delete(message)
    assert imap.folder("done") == [mail("b")]


def test_a_server_that_can_not_delete_one_message_is_said_with_what_to_do(
    imap: ImapHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    imap.put(mail("a"), at=MARCH)
    drain(imap_box(imap))
    with imap_box(imap).open() as session:
        monkeypatch.setattr(IMAPClient, "has_capability", lambda _, name: name != "UIDPLUS")
        with pytest.raises(InboxUnsuited, match="DSR_MAIL_DAYS=0"):
            list(session.filed(Filing.DONE, MARCH + timedelta(days=1)))
    assert imap.folder("done") == [mail("a")]


def test_a_connection_that_is_cut_is_told_and_the_rest_waits(imap: ImapHost) -> None:
    imap.put(*(mail(str(number)) for number in range(4)))
    inbox = imap_box(imap)

    def cut_after_two() -> None:
        with inbox.open() as session:
            for number, message in enumerate(session.messages()):
                assert isinstance(message, Waiting)
                session.file_away(message, Filing.DONE)
                if number == 1:
                    imap.cut()

    with pytest.raises(InboxUnavailable) as told:
        cut_after_two()
    assert told.value.__cause__ is None
    assert len(drain(imap_box(imap))) == 2
    assert imap.folder("done") == [mail(str(number)) for number in range(4)]


@pytest.mark.parametrize("answer", [IMAPClientError("NO"), {b"SEQ": 2}], ids=["refused", "without what was asked for"])
def test_a_message_that_the_server_does_not_give_stays_and_the_others_go_on(
    imap: ImapHost, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    # given
    imap.put(*(mail(str(number)) for number in range(3)))
    with imap.client() as client:
        second = sorted(client.search("ALL"))[1]
    fetch = IMAPClient.fetch

    def fetching(client: IMAPClient, uids: list[int], wanted: list[str]) -> Any:
        if uids != [second]:
            return fetch(client, uids, wanted)
        if isinstance(answer, Exception):
            raise answer
        return {second: answer}

    # when
    with monkeypatch.context() as patch, imap_box(imap).open() as session:
        patch.setattr(IMAPClient, "fetch", fetching)
        found = list(session.messages())
    # then
    assert [type(each) for each in found] == [Waiting, UnreadableWaiting, Waiting]
    assert found[1].handle == str(second)


def test_a_wrong_password_is_refused_and_shown_nowhere(imap: ImapHost, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    inbox = imap_box(imap, password="canary-wrong")
    with pytest.raises(InboxRefused) as refused, inbox.open():
        pass
    shown = f"{refused.value!r} {refused.value} {refused.value.__cause__} {imap.server()!r} {inbox!r} {ours(caplog)}"
    assert "canary" not in shown
    assert PASSWORD not in shown


def test_nothing_of_a_letter_is_logged(imap: ImapHost, caplog: pytest.LogCaptureFixture) -> None:
    imap.put(mail("canary"))
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    drain(imap_box(imap))
    assert "canary" not in ours(caplog)
    assert USER not in ours(caplog)


def test_a_password_may_have_any_letters() -> None:
    host = ImapHost(password="pässwörd „∑“")
    host.put(mail("a"))
    assert len(drain(imap_box(host))) == 1
    host.stop()


def test_a_server_that_takes_connections_and_says_nothing_is_unavailable(imap: ImapHost) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        silent = imap_box(imap, port=listening.getsockname()[1], seconds=0.3)
        with pytest.raises(InboxUnavailable), silent.open():
            pass


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_mail_is_read_over_tls_and_only_from_a_server_that_is_vouched_for(tls: str, authority: Authority) -> None:
    host = ImapHost(tls=tls, context=authority.server())
    host.put(mail("a"))
    with pytest.raises(InboxUnavailable), imap_box(host).open():
        pass
    assert len(drain(imap_box(host, context=authority.client()))) == 1
    host.stop()


def test_no_password_goes_out_in_the_open_where_tls_is_asked_for(imap: ImapHost, authority: Authority) -> None:
    with pytest.raises(InboxUnsuited), imap_box(imap, tls="starttls", context=authority.client()).open():
        pass


# Maildir -------------------------------------------------------------------------------------------------------


def test_what_was_opened_in_a_mail_program_has_arrived_too_and_what_is_being_delivered_has_not(tmp_path: Path) -> None:
    box = maildir_box(tmp_path / "box")
    for part, name in (("cur", "1.host:2,RS"), ("tmp", "2.host"), ("new", ".hidden")):
        (tmp_path / "box" / part).mkdir(parents=True, exist_ok=True)
        (tmp_path / "box" / part / name).write_bytes(mail(part))
    assert [each.raw for each in drain(box.inbox)] == [mail("cur")]
    assert (tmp_path / "box" / ".done" / "cur" / "1.host:2,RS").exists()
    assert (tmp_path / "box" / "tmp" / "2.host").exists()


def test_a_file_that_can_not_be_read_stays_and_the_others_go_on(tmp_path: Path) -> None:
    box = maildir_box(tmp_path / "box")
    box.put(mail("a"))
    (tmp_path / "box" / "new" / "00000.folder").mkdir()
    with box.inbox.open() as session:
        found = list(session.messages())
    assert sorted(type(each).__name__ for each in found) == ["UnreadableWaiting", "Waiting"]
    assert [each.handle for each in found if isinstance(each, UnreadableWaiting)] == ["new/00000.folder"]


def test_a_folder_that_goes_away_is_unavailable(tmp_path: Path) -> None:
    box = maildir_box(tmp_path / "box")
    box.put(mail("a"))
    with box.inbox.open() as session:
        shutil.rmtree(tmp_path / "box")
        with pytest.raises(InboxUnavailable):
            list(session.messages())


def test_a_place_that_is_no_folder_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InboxUnavailable) as told, maildir_box(tmp_path / "file").inbox.open():
        pass
    assert told.value.detail
