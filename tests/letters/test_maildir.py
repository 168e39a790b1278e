"""Outgoing mail: whole or not there, for this user only, once for each Message-ID."""

import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dsr.domain.messages import OutgoingMessage, TransportUnavailable
from dsr.letters import LANGUAGES, OutgoingMaildir, sign_in_code

MESSAGE = OutgoingMessage(
    message_id="<sign-in.1@callcentre.example>",
    sender="privacy@callcentre.example",
    recipient="ada@example.org",
    subject="Ihr Code für die Anfrage",
    text="Grüße aus Łódź\n",
    languages=("de",),
    written_at=datetime(2026, 3, 5, 9, tzinfo=UTC),
)


def test_a_mail_is_whole_and_for_this_user_only(tmp_path: Path) -> None:
    OutgoingMaildir(tmp_path / "out").send(MESSAGE)
    [file] = (tmp_path / "out" / "new").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list((tmp_path / "out" / "tmp").iterdir()) == []


def test_a_mail_sent_twice_is_one_file(tmp_path: Path) -> None:
    maildir = OutgoingMaildir(tmp_path)
    maildir.send(MESSAGE)
    maildir.send(MESSAGE)
    maildir.send(replace(MESSAGE, message_id="<2@callcentre.example>"))
    assert len(list((tmp_path / "new").iterdir())) == 2


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(TransportUnavailable):
        OutgoingMaildir(tmp_path / "out").send(MESSAGE)


def test_only_a_mail_that_was_taken_is_deleted_and_only_after_its_days(tmp_path: Path) -> None:
    # given
    maildir = OutgoingMaildir(tmp_path)
    for number in range(2):
        maildir.send(replace(MESSAGE, message_id=f"<{number}@callcentre.example>"))
    [taken, waiting] = sorted((tmp_path / "new").iterdir())
    taken.rename(tmp_path / "cur" / f"{taken.name}:2,S")
    (tmp_path / "tmp" / "half written").touch()
    now = datetime.now(UTC)
    # when, then
    assert (maildir.discard_taken(now - timedelta(hours=1)), maildir.waiting_since(now - timedelta(hours=1))) == (0, 0)
    assert (maildir.discard_taken(now + timedelta(hours=1)), maildir.waiting_since(now + timedelta(hours=1))) == (2, 1)
    assert [file for part in ("tmp", "new", "cur") for file in (tmp_path / part).iterdir()] == [waiting]


def test_a_folder_without_mail_has_none_to_delete(tmp_path: Path) -> None:
    maildir = OutgoingMaildir(tmp_path / "out")
    assert (maildir.discard_taken(datetime.now(UTC)), maildir.waiting_since(datetime.now(UTC))) == (0, 0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_stands_in_the_mail_and_not_in_its_subject(language: str) -> None:
    subject, text = sign_in_code(language, code="12345678", reference="DSR-7KQ4-M2XN", minutes=15, controller="Ccc")
    assert "1234 5678" in text
    assert all(each in text for each in ("DSR-7KQ4-M2XN", "15", "Ccc"))
    assert "1234" not in subject


@pytest.mark.parametrize(
    ("language", "one", "three", "fourteen"),
    [
        ("en", "for one minute", "for 3 minutes", "for 14 minutes"),
        ("de", "eine Minute", "3 Minuten", "14 Minuten"),
        ("es", "un minuto", "3 minutos", "14 minutos"),
        ("fr", "une minute", "3 minutes", "14 minutes"),
        ("it", "un minuto", "3 minuti", "14 minuti"),
        ("ja", "1分間", "3分間", "14分間"),
        ("nl", "één minuut", "3 minuten", "14 minuten"),
        ("pl", "przez minutę", "3 minuty", "14 minut."),
        ("pt", "um minuto", "3 minutos", "14 minutos"),
        ("ro", "un minut", "3 minute", "14 minute"),
    ],
)
def test_the_minutes_that_a_code_still_holds_are_counted_as_the_language_counts(
    language: str, one: str, three: str, fourteen: str
) -> None:
    for minutes, said in ((1, one), (3, three), (14, fourteen)):
        _, text = sign_in_code(language, code="1", reference="DSR-7KQ4-M2XN", minutes=minutes, controller="Ccc")
        assert said in text
