"""Mail that waits becomes cases and is filed: in order, none lost, none twice, whatever breaks off in between."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dsr.database.errors import DatabaseBusy
from dsr.desk.errors import VersionStale
from dsr.desk.inbox import InboxPass
from dsr.domain.errors import DomainError, StorageFull, code_of
from dsr.domain.ropa import RopaMissing
from dsr.domain.sealed import SealBroken
from dsr.mailbox.inbox import Filing, ImapInbox, InboxUnavailable, MaildirInbox, Waiting
from dsr.projections.quarantine import quarantined_messages
from tests.desk.office import Office
from tests.imap_server import ImapHost
from tests.mailbox.hostile_mail import poisons

BOUNDS: dict[str, Any] = {"max_bytes": 200_000, "max_head_bytes": 10_000}


@pytest.fixture
def inbox(imap: ImapHost) -> ImapInbox:
    return ImapInbox(imap.server(), **BOUNDS)


def read(office: Office, inbox: Any, **facts: Any) -> dict[str, int]:
    done: InboxPass = office.desk.inbox.read(inbox, **facts)
    return dict(done.counts)


def quarantined(office: Office) -> list[Any]:
    with office.service.database.reading() as connection:
        return list(quarantined_messages(connection).rows)


def out_of_office(office: Office, **headers: str) -> bytes:
    said: dict[str, Any] = {"subject": "Out of office", "Auto_Submitted": "auto-replied"} | headers
    raw: bytes = office.mail("I am away until Monday.", **said)
    return raw


class Fetched:
    """An inbox with another address."""

    name = "fetched"

    def __init__(self, inbox: Any, address: str) -> None:
        self._inbox = inbox
        self._address = address

    @contextmanager
    def open(self) -> Iterator[Any]:
        with self._inbox.open() as self._session:
            yield self

    def messages(self) -> Iterator[Waiting]:
        return (replace(each, mailbox=self._address) for each in self._session.messages())

    def file_away(self, message: Waiting, filing: Filing) -> bool:
        return bool(self._session.file_away(message, filing))


class Dying:
    """An inbox whose reader dies after a message is committed, before it is filed."""

    name = "dying"

    def __init__(self, inbox: Any) -> None:
        self._inbox = inbox

    @contextmanager
    def open(self) -> Iterator[Any]:
        with self._inbox.open() as session:
            yield DyingSession(session)


class DyingSession:
    def __init__(self, session: Any) -> None:
        self._session = session

    def messages(self) -> Any:
        return self._session.messages()

    def file_away(self, message: Waiting, filing: Filing) -> bool:
        raise KeyboardInterrupt


def test_letters_become_cases_and_are_filed(office: Office, imap: ImapHost, inbox: ImapInbox) -> None:
    imap.put(office.mail(), office.mail(to="nobody@elsewhere.example"))
    assert read(office, inbox) == {"received": 1, "quarantined": 1}
    assert [len(imap.folder(name)) for name in ("INBOX", "done", "failed")] == [0, 1, 1]
    assert read(office, inbox) == {}


def test_what_is_unreadable_belongs_to_the_mailbox_that_it_was_fetched_from(office: Office, imap: ImapHost) -> None:
    imap.put(b"\0 garbage")
    assert read(office, Fetched(ImapInbox(imap.server(), **BOUNDS), "privacy@fr.callcentre.example")) == {
        "quarantined": 1
    }
    assert [row["controller_id"] for row in quarantined(office)] == ["callcentre-fr"]


def test_a_thread_is_joined_in_the_order_in_which_it_arrived(office: Office, imap: ImapHost, inbox: ImapInbox) -> None:
    imap.put(
        office.mail(message_id="<first@example.org>"),
        office.mail("When will you answer me?", In_Reply_To="<first@example.org>"),
    )
    assert read(office, inbox) == {"received": 1, "follow-up": 1}


def test_internal_date_is_the_arrival_where_our_server_wrote_none(office: Office, imap: ImapHost, inbox: Any) -> None:
    arrived = office.later(days=-3)
    imap.put(office.mail(by="mx.elsewhere.example"), at=arrived)
    outcomes: list[Any] = []
    read(office, inbox, told=lambda _, outcome: outcomes.append(outcome))
    assert office.case(outcomes[0].request_id).received_at == arrived


def test_a_death_between_commit_and_filing_loses_and_doubles_nothing(
    office: Office, imap: ImapHost, inbox: ImapInbox
) -> None:
    imap.put(office.mail(), office.mail())
    with pytest.raises(KeyboardInterrupt):
        read(office, Dying(inbox))
    assert len(imap.folder("INBOX")) == 2
    assert office.names().count("request.received") == 1
    assert read(office, inbox) == {"duplicate": 1, "received": 1}
    assert office.names().count("request.received") == 2
    assert [len(imap.folder(name)) for name in ("INBOX", "done")] == [0, 2]


def test_what_lies_in_quarantine_is_filed_as_failed_also_after_a_death(
    office: Office, imap: ImapHost, inbox: ImapInbox
) -> None:
    imap.put(b"From: a@example.org, b@example.org\r\n\r\nTwo senders.\r\n")
    with pytest.raises(KeyboardInterrupt):
        read(office, Dying(inbox))
    assert read(office, inbox) == {"duplicate": 1}
    assert len(imap.folder("failed")) == 1
    assert len(quarantined(office)) == 1


def test_a_connection_that_is_cut_loses_and_doubles_nothing(office: Office, imap: ImapHost, inbox: ImapInbox) -> None:
    imap.put(*(office.mail() for _ in range(3)))
    with pytest.raises(InboxUnavailable):
        read(office, inbox, told=lambda _, __: imap.cut())
    rest = read(office, inbox)
    assert sum(rest.values()) == 2
    assert office.names().count("request.received") == 3
    assert [len(imap.folder(name)) for name in ("INBOX", "done")] == [0, 3]


def test_a_huge_message_waits_in_quarantine_with_its_arrival(office: Office, imap: ImapHost, inbox: ImapInbox) -> None:
    arrived = office.later(days=-1)
    imap.put(office.mail("x" * 70 + "\n" * 250_000, by="mx.elsewhere.example"), at=arrived)
    assert read(office, inbox) == {"quarantined": 1}
    [row] = quarantined(office)
    assert (row["error"], row["received_at"]) == ("message-too-large", arrived)
    assert len(imap.folder("failed")[0]) > BOUNDS["max_bytes"]


def test_a_pass_ends_where_it_is_told_to(office: Office, imap: ImapHost, inbox: ImapInbox) -> None:
    imap.put(*(office.mail() for _ in range(3)))
    assert read(office, inbox, most=1) == {"received": 1}
    assert read(office, inbox, stop=lambda: True) == {}
    assert len(imap.folder("INBOX")) == 2


def test_a_busy_case_leaves_its_message_for_the_next_pass(
    office: Office, imap: ImapHost, inbox: ImapInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    imap.put(office.mail(), office.mail())
    real, turns = office.desk.mail.receive_message, iter([VersionStale()])

    def busy_once(*given: Any, **facts: Any) -> Any:
        for error in turns:
            raise error
        return real(*given, **facts)

    monkeypatch.setattr(office.desk.mail, "receive_message", busy_once)
    assert read(office, inbox) == {"left": 1, "received": 1}
    assert len(imap.folder("INBOX")) == 1


def breaking_on(words: bytes, real: Any, error: Exception) -> Any:
    def act(raw: bytes, *given: Any, **facts: Any) -> Any:
        if words in raw:
            raise error
        return real(raw, *given, **facts)

    return act


@pytest.mark.parametrize("error", [ZeroDivisionError("Ada"), SealBroken()], ids=["a bug", "a rule"])
def test_what_nobody_foresaw_goes_to_the_quarantine_and_the_others_go_on(
    office: Office, imap: ImapHost, inbox: ImapInbox, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    imap.put(office.mail("Poison."), office.mail("Please erase my data."))
    mail = office.desk.mail
    monkeypatch.setattr(mail, "receive_message", breaking_on(b"Poison.", mail.receive_message, error))
    assert read(office, inbox) == {"quarantined": 1, "received": 1}
    assert [len(imap.folder(name)) for name in ("INBOX", "done", "failed")] == [0, 1, 1]
    assert [row["error"] for row in quarantined(office)] == [code_of(error)]


def test_what_can_not_even_be_quarantined_stays_and_the_others_go_on(
    office: Office, imap: ImapHost, inbox: ImapInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    imap.put(office.mail("Poison."), office.mail("Please erase my data."))
    mail, quarantine = office.desk.mail, office.desk.mail._quarantine
    monkeypatch.setattr(mail, "receive_message", breaking_on(b"Poison.", mail.receive_message, OSError()))
    monkeypatch.setattr(quarantine, "put", breaking_on(b"Poison.", quarantine.put, OSError()))
    assert read(office, inbox) == {"left": 1, "received": 1}
    assert len(imap.folder("INBOX")) == 1


def test_what_stays_takes_no_turn_of_what_waits_behind_it(
    office: Office, imap: ImapHost, inbox: ImapInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    imap.put(office.mail("Poison."), office.mail("Poison."), *(office.mail() for _ in range(3)))
    mail, quarantine = office.desk.mail, office.desk.mail._quarantine
    monkeypatch.setattr(mail, "receive_message", breaking_on(b"Poison.", mail.receive_message, OSError()))
    monkeypatch.setattr(quarantine, "put", breaking_on(b"Poison.", quarantine.put, OSError()))
    assert read(office, inbox, most=2) == {"left": 2, "received": 2}
    assert read(office, inbox, most=2) == {"left": 2, "received": 1}
    assert len(imap.folder("INBOX")) == 2


@pytest.mark.parametrize("error", [StorageFull(), DatabaseBusy()])
def test_what_is_wrong_with_the_whole_service_moves_no_message(
    office: Office, imap: ImapHost, inbox: ImapInbox, monkeypatch: pytest.MonkeyPatch, error: DomainError
) -> None:
    imap.put(office.mail())
    mail = office.desk.mail
    monkeypatch.setattr(mail, "receive_message", breaking_on(b"", mail.receive_message, error))
    with pytest.raises(type(error)):
        read(office, inbox)
    assert len(imap.folder("INBOX")) == 1


def test_nothing_is_touched_without_a_record_of_processing(
    office: Office, imap: ImapHost, inbox: ImapInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    imap.put(office.mail())

    def missing() -> None:
        raise RopaMissing

    monkeypatch.setattr(office.desk.repository.ropa, "current", missing)
    with pytest.raises(RopaMissing):
        read(office, inbox)
    assert len(imap.folder("INBOX")) == 1


def test_a_maildir_is_read_by_the_same_rules(office: Office, tmp_path: Path) -> None:
    inbox = MaildirInbox(tmp_path / "box", **BOUNDS)
    (tmp_path / "box" / "new").mkdir(parents=True)
    for number in range(3):
        (tmp_path / "box" / "new" / f"{number}.host").write_bytes(office.mail())
    (tmp_path / "box" / "new" / "9.host").write_bytes(b"no message")
    with pytest.raises(KeyboardInterrupt):
        read(office, Dying(inbox))
    assert Counter(read(office, inbox)) == {"duplicate": 1, "received": 2, "quarantined": 1}
    assert len(list((tmp_path / "box" / ".done" / "cur").iterdir())) == 3
    assert len(list((tmp_path / "box" / ".failed" / "cur").iterdir())) == 1


# Machines ------------------------------------------------------------------------------------------------------


def test_what_can_not_be_read_is_logged_in_every_pass(
    office: Office, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "box" / "new" / "1.host").mkdir(parents=True)
    for _ in range(2):
        assert read(office, MaildirInbox(tmp_path / "box", **BOUNDS)) == {"unreadable": 1}
    assert caplog.text.count("message new/1.host can't be read and stays in the inbox") == 2


def test_a_vacation_reply_joins_its_thread_and_moves_nothing(office: Office, imap: ImapHost, inbox: ImapInbox) -> None:
    request_id = office.receive(office.mail(message_id="<first@example.org>")).request_id
    before = office.case(request_id).clock.deadline
    imap.put(out_of_office(office, In_Reply_To="<first@example.org>"))
    assert read(office, inbox) == {"automatic": 1}
    assert office.case(request_id).clock.deadline == before
    assert office.names()[-1] == "request.follow-up-received"
    assert quarantined(office) == []


@pytest.mark.parametrize("sender", ["Ada Lovelace <ada@example.org>", "Somebody <else@example.org>"])
def test_a_machine_starts_no_case_and_a_person_can_see_it(
    office: Office, imap: ImapHost, inbox: ImapInbox, sender: str
) -> None:
    imap.put(office.mail(sender=sender, Auto_Submitted="auto-generated"))
    assert read(office, inbox) == {"quarantined": 1}
    assert [row["error"] for row in quarantined(office)] == ["automatic-message"]
    assert "request.received" not in office.names()


def test_a_machine_that_names_another_right_in_a_thread_is_looked_at_by_a_person(office: Office) -> None:
    office.receive(office.mail(message_id="<first@example.org>"))
    text = "Please erase all my personal data under Article 17 GDPR."
    outcome = office.receive(office.mail(text, In_Reply_To="<first@example.org>", Auto_Submitted="auto-generated"))
    assert (outcome.outcome, outcome.error) == ("quarantined", "automatic-message")


def test_a_machine_never_writes_into_the_file_of_somebody_else(office: Office) -> None:
    office.receive(office.mail(message_id="<first@example.org>"))
    other = out_of_office(office, sender="Eve <eve@example.org>", In_Reply_To="<first@example.org>")
    assert office.receive(other).error == "automatic-message"


def test_a_letter_that_a_machine_seemed_to_send_is_entered_with_its_true_arrival(office: Office) -> None:
    outcome = office.receive(office.mail(Auto_Submitted="auto-generated"))
    [row] = quarantined(office)
    entered = office.arrived(received_at=row["received_at"], quarantine_id=outcome.quarantine_id)
    assert office.case(entered).received_at == row["received_at"]
    assert quarantined(office) == []


def test_what_comes_from_a_mailbox_of_ours_is_no_case_of_ours_and_not_lost(office: Office) -> None:
    outcome = office.receive(office.mail(sender="Colleague <privacy@callcentre.example>"))
    assert (outcome.outcome, outcome.error) == ("quarantined", "own-mailbox-sender")


def test_a_clock_of_the_mail_server_that_runs_ahead_quarantines_nothing(office: Office) -> None:
    ahead = office.clock.now() + timedelta(seconds=90)
    outcome = office.receive(office.mail(stamped=ahead))
    assert outcome.outcome == "received"
    assert office.case(outcome.request_id).received_at == office.clock.now()
    assert office.receive(office.mail(stamped=ahead + timedelta(hours=1))).error == "receipt-in-future"


# Where a message came from -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("server", "doubtful"), [("mx.callcentre.example", ["dmarc"]), ("mx.evil.example", [])])
def test_what_our_own_server_found_out_is_opened_with_the_message(
    office: Office, server: str, doubtful: list[str]
) -> None:
    from dsr.domain.request.values import DisclosurePurpose

    results = f"{server}; spf=pass smtp.mailfrom=ada@example.org; dmarc=fail header.from=example.org"
    request_id = office.case_by_mail(office.mail(Authentication_Results=results))
    opened = office.desk.disclosures.open(
        request_id, office.call(request_id), purpose=DisclosurePurpose.TRIAGE, versions=None
    )
    message = opened.opened[0].fields["message"]
    assert isinstance(message, dict)
    assert message["doubtful"] == doubtful
    assert [each["method"] for each in message["authentication"]] == (["spf", "dmarc"] if doubtful else [])


def test_a_pass_proves_no_identity(office: Office) -> None:
    results = "mx.callcentre.example; spf=pass; dkim=pass header.d=example.org; dmarc=pass header.from=example.org"
    passed = office.case(office.receive(office.mail(Authentication_Results=results)).request_id)
    plain = office.case(office.receive(office.mail()).request_id)
    assert not passed.identity.authenticated
    assert passed.identity == plain.identity


def test_poison_is_put_aside_with_its_arrival_and_the_next_letter_is_taken_in(office: Office, tmp_path: Path) -> None:
    """Each of these stayed first in line after a restart."""
    inbox = MaildirInbox(tmp_path, max_bytes=25_000_000, max_head_bytes=10_000)
    with inbox.open():
        for number, raw in enumerate((*poisons(), office.mail())):
            (tmp_path / "new" / f"{number}.mail").write_bytes(raw)

    assert read(office, inbox) == {"quarantined": 3, "received": 1}
    assert {row["error"] for row in quarantined(office)} == {"message-too-costly"}
    assert {row["received_at"] for row in quarantined(office)} == {datetime(2026, 3, 1, 9, tzinfo=UTC)}
