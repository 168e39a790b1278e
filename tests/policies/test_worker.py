"""What the worker does when things go wrong: it goes on, ever later, and says nothing of a person."""

import logging
from dataclasses import replace
from pathlib import Path
from threading import Event, current_thread, main_thread
from typing import Any

import pytest

from dsr.database.errors import DatabaseUnavailable
from dsr.domain.rights import Right
from dsr.settings import MailIn
from dsr.worker import Worker


class Waits(Event):
    """Notes how long rounds wait, and is set after so many waits."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._number = number

    def wait(self, timeout: float | None = None) -> bool:
        if current_thread() is not main_thread():  # whoever sends codes beside the rounds
            return super().wait(timeout)
        self.seconds.append(timeout or 0)
        if len(self.seconds) >= self._number:
            self.set()
        return self.is_set()


def test_a_round_lets_policies_react_and_letters_leave(office: Any) -> None:
    office.registered(Right.ACCESS)
    worker = Worker(office.service)
    assert worker.round() > 0
    assert worker.round() == 0
    assert len(list(office.service.settings.mail_out.folder.glob("new/*"))) == 1


def test_a_database_that_is_away_is_asked_ever_later(
    office: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "dsr")

    def away(*_: Any) -> int:
        raise DatabaseUnavailable

    monkeypatch.setattr(type(office.service.policies), "run", away)
    stop = Waits(8)
    Worker(office.service).work(stop)
    assert stop.seconds == [2, 4, 8, 16, 30, 30, 30, 30]
    assert "database-unavailable" in caplog.text


def test_nothing_ends_the_worker_and_no_error_is_quoted(
    office: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "dsr")
    failures = [ValueError("Ada Lovelace"), None]

    def run(*_: Any) -> int:
        failure = failures.pop(0) if failures else None
        if failure:
            raise failure
        return 0

    monkeypatch.setattr(type(office.service.policies), "run", run)
    stop = Waits(2)
    Worker(office.service).work(stop)
    assert stop.seconds == [2, 1]
    assert "ValueError" in caplog.text
    assert "Ada" not in caplog.text


def test_one_worker_works_at_a_time(office: Any) -> None:
    first, second = Worker(office.service), Worker(office.service)
    office.registered(Right.ACCESS)
    assert first._lead() > 0
    office.registered(Right.ACCESS)
    assert second._lead() == 0
    first._leadership.release()
    assert second._lead() > 0
    second._leadership.release()


def worker_with_inbox(office: Any, folder: Path) -> Worker:
    settings = replace(office.service.settings, mail_in=MailIn(folder=folder))
    return Worker(replace(office.service, settings=settings))


def test_mail_that_waits_is_taken_in(office: Any, tmp_path: Path) -> None:
    (tmp_path / "inbox" / "new").mkdir(parents=True)
    for number in range(3):
        (tmp_path / "inbox" / "new" / str(number)).write_bytes(office.mail(sender=f"p{number}@example.org"))
    assert worker_with_inbox(office, tmp_path / "inbox").round() == 3
    assert office.names().count("request.received") == 3
    assert list((tmp_path / "inbox" / "new").glob("*")) == []


def test_an_inbox_that_is_away_keeps_no_letter_from_leaving(
    office: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "inbox").write_text("no folder")
    office.registered(Right.ACCESS)
    worker = worker_with_inbox(office, tmp_path / "inbox")
    assert worker.round() > 0
    worker.round()
    assert len(list(office.service.settings.mail_out.folder.glob("new/*"))) == 1
    assert caplog.text.count("inbox-unavailable") == 1, "it is asked again after a while, not in every round"
