"""`dsr audit`: what it prints, and how it ends."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from dsr.bootstrap import Service, build
from dsr.cli import main
from dsr.desk.bundles import BundleDesk, PreparedBundle
from dsr.desk.caller import Call, Caller, service
from dsr.desk.new_case import Person
from dsr.domain.request.values import Channel
from dsr.domain.roles import Role
from dsr.eventstore.tables import events
from dsr.evidence.verifier import verify
from dsr.projections.requests import requests
from dsr.settings import Settings


def replay() -> Result:
    return CliRunner().invoke(main, ["audit", "replay"])


@pytest.fixture
def running(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """An installed service with one case, on each backend; the command finds it by its environment."""
    monkeypatch.setenv("DSR_HOME", str(settings.home))
    monkeypatch.setenv("DSR_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("DSR_KEYS_URL", settings.keys_url)
    made = build(settings)
    made.desk.entry.enter_request(
        Call(service("test")),
        controller_id="callcentre-de",
        channel=Channel.TELEPHONE,
        received_at=datetime.now(UTC) - timedelta(hours=1),
        person=Person(name="Ada Lovelace", email="ada@example.org", phone=""),
        text="Please send me a copy of my data.",
        language="en",
    )
    yield made
    made.close()


@pytest.fixture
def forge(running: Service) -> Callable[..., None]:
    """Change a text in a stored payload, as somebody could who can write to the file."""

    def forged(old: str, new: str) -> None:
        with running.database.writing() as connection:
            connection.execute(sa.text("DROP TRIGGER IF EXISTS events_no_update"))
            changed = connection.execute(
                sa.update(events)
                .where(events.c.name == "dsr.request.received")
                .values(payload=sa.func.replace(events.c.payload, old, new))
            )
            assert changed.rowcount == 1

    return forged


def test_an_honest_log_is_borne_out(running: Service) -> None:
    result = replay()
    assert result.exit_code == 0, result.output
    head = running.log.head().position
    assert result.stdout == (
        f"{head} events replayed, 1 case, 6 dates recomputed: 0 rows and 0 dates differ, 0 events flawed\n"
    )


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_forged_date_is_named_with_all_that_is_needed_to_look_for_it(running: Service, forge: Any) -> None:
    received = next(each for each in running.log.read() if each.name == "dsr.request.received")
    right: Any = received.event
    forge(f'"acknowledge_by":"{right.acknowledge_by}"', '"acknowledge_by":"2031-01-02"')
    result = replay()
    assert result.exit_code == 1
    for word in (
        str(received.position),
        str(received.stream_id),
        "dsr.request.received",
        "acknowledge_by",
        "2031-01-02",
        str(right.acknowledge_by),
    ):
        assert word in result.stdout
    assert (
        f"event {received.position}: payload-wrong: a payload does not have the digest in its header" in result.stdout
    )
    assert result.stdout.endswith("1 date differ, 1 event flawed\n")


def test_a_row_that_the_log_does_not_bear_out_is_named(running: Service) -> None:
    with running.database.writing() as connection:
        connection.execute(sa.update(requests).values(language="xx"))
    result = replay()
    assert result.exit_code == 1
    assert "requests has another language than the log in the row" in result.stdout
    assert "1 row and 0 dates differ" in result.stdout


def test_staff_whom_nobody_else_confirmed_are_named(running: Service) -> None:
    # given: a service with a single operator
    operator = Caller("operator", frozenset({Role.OPERATOR}), None)
    running.desk.staff.enrol(Call(operator), identifier="olga", roles=(Role.OPERATOR,), controllers=("*",))
    # when
    result = replay()
    # then: it is no difference
    assert "olga is unconfirmed: no second person confirmed operator yet" in result.stdout.splitlines()
    assert result.exit_code == 0


def test_personal_data_is_not_printed(running: Service) -> None:
    assert "Lovelace" not in replay().output


def test_a_bundle_is_written_for_its_owner_only_with_the_key_to_verify_it(running: Service, tmp_path: Path) -> None:
    # when
    ran = CliRunner().invoke(main, ["audit", "bundle", "--scope", "all", str(tmp_path / "bundle.zip")])
    # then
    assert ran.exit_code == 0, ran.output
    assert (tmp_path / "bundle.zip").stat().st_mode & 0o777 == 0o600
    said: list[str] = []
    arguments = [str(tmp_path / "bundle.zip"), "--key", ran.stdout.strip()]
    assert verify.main(arguments, said.append) == 0
    assert said[0].endswith("Result: all of it holds.")
    # and: one bit later
    content = bytearray((tmp_path / "bundle.zip").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "bundle.zip").write_bytes(content)
    assert verify.main([*arguments, "--json"], said.append) == 1
    assert "file-altered" in said[1]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(("told", "status"), [(signal.SIGINT, 1), (signal.SIGTERM, 143)])
def test_a_bundle_that_is_cancelled_shows_how_far_it_came_and_leaves_no_file(
    running: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: signal.Signals, status: int
) -> None:
    # given: somebody watches, and cancels once the events are written
    prepare, file = BundleDesk.prepare, tmp_path / "bundle.zip"
    advanced, handled = list[str](), signal.getsignal(signal.SIGTERM)

    def prepared(self: BundleDesk, *args: Any) -> PreparedBundle:
        made = prepare(self, *args)

        def chunks(progress: Callable[[str, int], None]) -> Iterator[bytes]:
            def advance(what: str, number: int) -> None:
                progress(what, number)
                advanced.append(what)
                if what == "cases":
                    assert file.exists()
                    os.kill(os.getpid(), told)

            return made.chunks(advance)

        return replace(made, chunks=chunks)

    monkeypatch.setattr(BundleDesk, "prepare", prepared)
    # when: in the background of a shell, tests inherit that Ctrl-C is ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        ran = CliRunner().invoke(main, ["audit", "bundle", "--scope", "all", str(file)])
    finally:
        signal.signal(signal.SIGINT, before)
    # then
    assert (ran.exit_code, file.exists()) == (status, False), ran.output
    assert set(advanced) == {"headers", "cases"}
    assert signal.getsignal(signal.SIGTERM) is handled


def test_a_bundle_overwrites_nothing(running: Service, tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_bytes(b"kept")
    ran = CliRunner().invoke(main, ["audit", "bundle", "--scope", "all", str(tmp_path / "bundle.zip")])
    assert ran.exit_code == 2
    assert (tmp_path / "bundle.zip").read_bytes() == b"kept"
