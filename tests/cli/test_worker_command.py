"""`dsr worker`, `dsr policies`, and what `dsr serve` runs beside itself."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner

from dsr.bootstrap import Service, build
from dsr.cli import main
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.dispatching import DispatchDesk
from dsr.desk.new_case import Person
from dsr.domain.policy_retry import PolicyRetryAsked
from dsr.domain.quarantine import QuarantineStatus
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.projections.quarantine import quarantined_messages
from dsr.settings import Settings
from tests.mailbox.hostile_mail import poisons


def environ(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "DSR_HOME": str(settings.home),
        "DSR_DATABASE_URL": settings.database_url,
        "DSR_KEYS_URL": settings.keys_url,
    }


def start(settings: Settings, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "dsr.cli", *arguments], env=environ(settings), stdout=subprocess.PIPE, text=True
    )


def register(made: Service, number: int = 1) -> UUID:
    """A request that came by mail, registered."""
    message = EmailMessage()
    message["From"], message["To"] = f"Person {number} <p{number}@example.org>", "privacy@callcentre.example"
    message["Subject"], message["Message-ID"] = "Request", f"<{number}@example.org>"
    message.set_content("I am requesting access to my personal data under Article 15 GDPR.")
    call = Call(part("test"))
    request_id = made.desk.mail.receive_message(message.as_bytes(), call).request_id
    assert request_id is not None
    made.desk.triage.register(request_id, call, rights=(Right.ACCESS,), direct_marketing=False)
    return request_id


def received(made: Service) -> list[UUID]:
    return [each.event.originator_id for each in made.log.read() if each.name == "dsr.request.received"]


def letters(settings: Settings) -> list[Path]:
    return sorted((settings.home / "outgoing" / "new").glob("*"))


def until(true: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "too slow"
        time.sleep(0.1)


@pytest.fixture
def live(settings: Settings) -> Any:
    """The service at the time of the machine."""
    made = build(settings)
    yield made
    made.close()


def dsr(settings: Settings, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    for name in ("DSR_HOME", "DSR_DATABASE_URL", "DSR_KEYS_URL"):
        monkeypatch.setenv(name, environ(settings)[name])
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_worker_sends_letters_until_it_is_told_to_stop(settings: Settings, live: Service) -> None:
    process = start(settings, "worker")
    register(live)
    until(lambda: letters(settings))
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert "p1@example.org" in letters(settings)[0].read_text()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_letter_behind_poison_is_acknowledged_soon_and_the_worker_stops_at_once(
    settings: Settings, live: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    letter = (
        b"From: Ada <ada@example.org>\r\nTo: privacy@callcentre.example\r\nSubject: My data\r\n\r\nA copy, please.\r\n"
    )
    (tmp_path / "mail" / "new").mkdir(parents=True)
    for folder in ("cur", "tmp"):
        (tmp_path / "mail" / folder).mkdir()
    for number, raw in enumerate((*poisons(), letter)):
        (tmp_path / "mail" / "new" / f"{number}.mail").write_bytes(raw)
    monkeypatch.setenv("DSR_MAIL_IN", f"maildir:{tmp_path / 'mail'}")
    # when
    process = start(settings, "worker")
    until(lambda: received(live))
    (case,) = received(live)
    live.desk.triage.register(case, Call(part("test")), rights=(Right.ACCESS,), direct_marketing=False)
    # then: within 15 seconds on a machine that does nothing else
    until(lambda: any("ada@example.org" in each.read_text() for each in letters(settings)))
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert time.monotonic() - began < 10
    with live.database.reading() as connection:
        waiting = quarantined_messages(connection, status=QuarantineStatus.WAITING, scope=None).rows
    assert [each["error"] for each in waiting] == ["message-too-costly"] * 3


def test_the_worker_sends_codes_to_sign_in(settings: Settings, live: Service) -> None:
    case = live.desk.repository.request(register(live), Call(part("test")).caller)
    process = start(settings, "worker")
    try:
        until(lambda: letters(settings))  # it works: the receipt has left
        live.desk.my.ask_for_code(case.reference, language="en", network="192.0.2.7")
        until(lambda: any("sign-in." in each.read_text() for each in letters(settings)))
    finally:
        process.terminate()
        assert process.wait(20) == 0


def test_another_worker_takes_over(settings: Settings, live: Service) -> None:
    first, second = start(settings, "worker"), start(settings, "worker")
    try:
        register(live)
        until(lambda: len(letters(settings)) == 1)
        first.kill()
        first.wait()
        register(live, 2)
        until(lambda: len(letters(settings)) == 2)
    finally:
        second.terminate()
        assert second.wait(20) == 0


def test_policies_are_listed_with_what_waits_and_why(
    settings: Settings, live: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = register(live)
    with monkeypatch.context() as patch:
        patch.setattr(DispatchDesk, "prepare", lambda *_, **__: 1 / 0)
        live.policies.run()
        live.reading.run()
    shown = dsr(settings, monkeypatch, "policies", "list")
    assert "acknowledge-receipt" in shown
    listed = {
        each["policy"]: each
        for each in map(json.loads, dsr(settings, monkeypatch, "policies", "list", "--json").splitlines())
    }
    (parked,) = listed["acknowledge-receipt"]["parked"]
    assert (parked["case_id"], parked["code"], parked["attempts"]) == (str(request_id), "error-ZeroDivisionError", 1)
    assert all(each["lag"] == 0 for each in listed.values())
    assert all(each["stopped_by"] is None for each in listed.values())
    live.policies.positions.note_stopped("refuse", "event-unreadable")
    assert "event-unreadable" in dsr(settings, monkeypatch, "policies", "list")
    assert dsr(settings, monkeypatch, "policies").split() == dsr(settings, monkeypatch, "policies", "list").split()
    assert "1 event dealt with, 0 cases parked" in dsr(settings, monkeypatch, "policies", "retry")
    [asked] = [each.event for each in live.log.read() if isinstance(each.event, PolicyRetryAsked)]
    assert (asked.policy, asked.cases, asked.actor) == ("acknowledge-receipt", 1, "service:cli"), "it is on record"
    assert "0 events dealt with, 0 cases parked" in dsr(settings, monkeypatch, "policies", "retry")
    assert "begins behind event 0" in dsr(settings, monkeypatch, "policies", "start-at", "refuse", "0")
    dsr(settings, monkeypatch, "worker", "--once")
    assert len(letters(settings)) == 1


def test_what_a_policy_passes_over_is_noted_in_the_file(
    settings: Settings, live: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = register(live)
    with monkeypatch.context() as patch:
        patch.setattr(DispatchDesk, "prepare", lambda *_, **__: 1 / 0)
        live.policies.run()
    case = ("--case", str(request_id))
    told = dsr(
        settings, monkeypatch, "policies", "skip", "acknowledge-receipt", *case, "--reason", "Told by telephone."
    )
    assert "passed over; 0 events behind it dealt with, 0 cases parked" in told
    *_, last = live.log.read()
    assert (last.stream_id, last.name, last.event.actor) == (request_id, "dsr.request.note-added", "service:cli")
    assert CliRunner().invoke(main, ["policies", "skip", "acknowledge-receipt", *case, "--reason", " "]).exit_code == 3


def test_a_worker_that_runs_once_says_what_failed(
    settings: Settings, live: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(live)
    (settings.home / "outgoing").write_text("no folder")
    for name in ("DSR_HOME", "DSR_DATABASE_URL", "DSR_KEYS_URL"):
        monkeypatch.setenv(name, environ(settings)[name])
    result = CliRunner().invoke(main, ["worker", "--once"])
    assert result.exit_code == 1
    assert "letters (transport-unavailable)" in result.output


def test_what_came_due_and_could_not_be_recorded_is_listed(
    settings: Settings, live: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Everything that came due was recorded." in dsr(settings, monkeypatch, "scheduler", "--list")
    request_id = live.desk.entry.enter_request(
        Call(part("test")),
        controller_id="callcentre-de",
        channel=Channel.TELEPHONE,
        received_at=live.clock.now() - timedelta(days=60),
        person=Person(name="Ada Lovelace"),
        language="en",
        text="I am requesting access to my personal data.",
    ).resource_id
    with monkeypatch.context() as patch:
        patch.setattr(type(live.desk.repository), "calendar", lambda *_: 1 / 0)
        live.desk.due_dates.sweep()
    monkeypatch.setenv("COLUMNS", "300")
    shown = dsr(settings, monkeypatch, "scheduler", "--list")
    assert f"{request_id}" in shown
    assert "statutory-date-missed" in shown
    assert "error-ZeroDivisionError" in shown


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGKILL])
def test_serve_lets_letters_leave_and_nothing_outlives_it(
    settings: Settings, live: Service, ended_by: signal.Signals
) -> None:
    process = start(settings, "serve", "--port", "0", "--workers", "1")
    assert process.stdout is not None
    try:
        assert "Serving on" in process.stdout.readline()
        register(live)
        until(lambda: letters(settings))
        until(lambda: len(descendants(process.pid)) >= 4)
        started = descendants(process.pid)
        assert {"worker", "scheduler"} <= {command.split()[-1] for command in started.values() if "_beside" in command}
    finally:
        process.send_signal(ended_by)
        process.wait(40)
    until(lambda: not any(is_running(each, command) for each, command in started.items()), 40)


def test_web_only_runs_no_worker(settings: Settings) -> None:
    process = start(settings, "serve", "--port", "0", "--workers", "1", "--web-only")
    assert process.stdout is not None
    assert "Serving on" in process.stdout.readline()
    assert not any("_beside" in command for command in descendants(process.pid).values())
    process.terminate()
    process.wait(40)


def command_of(process_id: int) -> str:
    try:
        return Path(f"/proc/{process_id}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def is_running(process_id: int, command: str) -> bool:
    return bool(command) and command_of(process_id) == command


def descendants(process_id: int) -> dict[int, str]:
    found: dict[int, str] = {}
    for task in Path(f"/proc/{process_id}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found |= {child: command_of(child), **descendants(child)}
    return found
