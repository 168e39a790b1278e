"""The whole log replayed: read models and legal dates are borne out, or named where they are not."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from dsr.desk.caller import Call
from dsr.desk.replay import Reckoner, Replayed, replay
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import AssuranceLevel, IdentityMethod
from dsr.domain.rights import Right
from dsr.eventstore import log
from dsr.eventstore.tables import events
from dsr.projections.rebuild import rebuild
from dsr.projections.requests import requests
from tests.desk.office import Office

EXAMPLE_ROPA = Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml"


def replayed(office: Office, **options: Any) -> Replayed:
    return replay(office.service.database, office.service.log, **options)


@pytest.fixture
def worked(office: Office) -> list[UUID]:
    """Cases side by side: one identified and extended, one refused late, one of another country."""
    desk = office.desk
    first = office.registered(Right.ACCESS)
    second = office.registered(Right.ERASURE)
    third = office.registered(Right.ACCESS, controller_id="callcentre-fr")
    identity: dict[str, Any] = {"doubt": "Another address.", "method": IdentityMethod.CALL_BACK, "asked_at": None}
    desk.identity.ask(first, office.call(first), **identity)
    desk.deadlines.ask_clarification(third, office.call(third), quantity="Ten years.", asked_at=None)
    desk.items.propose_refusal(second, "erasure", office.call(second, office.bob), draft=office.refusal())
    office.clock.advance(days=5)
    settled: dict[str, Any] = {"method": IdentityMethod.CALL_BACK, "assurance": AssuranceLevel.LOW, "answered_at": None}
    desk.identity.confirm(first, office.call(first), **settled)
    desk.deadlines.receive_clarification(third, office.call(third), answer="All.", answered_at=None)
    desk.deadlines.propose_extension(
        first, office.call(first, office.bob), ground="complexity", reasons="Forty systems."
    )
    desk.deadlines.decide_extension(first, office.call(first), approve=True, reason="")
    desk.deadlines.send_extension_notice(first, office.call(first), draft=office.letter(LetterKind.EXTENSION))
    office.clock.advance(days=60)
    desk.items.decide_refusal(second, "erasure", office.call(second), approve=True, reason="")
    desk.answers.record_answer(
        second, office.call(second), draft=office.letter(LetterKind.REFUSAL), item_ids=("erasure",)
    )
    return [first, second, third]


def test_an_honest_history_is_borne_out(office: Office, worked: list[UUID]) -> None:
    found = replayed(office)
    assert found.is_borne_out
    assert (found.rows, found.wrong_dates, found.wrong) == ((), (), 0)
    assert found.events == office.service.log.head().position
    assert found.cases == len(worked)
    # zone, regime, R, deadline and acknowledgement (its day, its end) of each case; three and two fields of each
    # suspension; two each of the questions, two of reminder and letter; of two questions and the letter whether they
    # state an earlier day; one each of the proposal, extension, refusal
    assert found.dates == 3 * 6 + 2 * (1 + 2 + 3) + 2 * 2 + 3 + 1 + 1 + 1 + 2


@pytest.mark.parametrize("chunk", [1, 7])
def test_what_memory_is_spared_changes_nothing(
    office: Office, worked: list[UUID], chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "CHUNK", chunk)
    reckoner, head = Reckoner(office.service.log), office.service.log.head().position
    assert sum(len(history) for history in reckoner.histories(until=head)) == head
    assert (reckoner.dates, reckoner.differences) == (replayed(office).dates, [])


@pytest.mark.parametrize("first", [1, 20, 30])
def test_what_is_read_again_because_it_moved_is_reckoned_once(office: Office, worked: list[UUID], first: int) -> None:
    reckoner, head = Reckoner(office.service.log), office.service.log.head().position
    for until, moved_after in ((first, 0), (head, first)):
        list(reckoner.histories(until=until, moved_after=moved_after))
    whole = replayed(office)
    assert (reckoner.events, reckoner.cases, reckoner.dates) == (whole.events, whole.cases, whole.dates)
    assert reckoner.differences == []


def test_progress_is_told(office: Office, worked: list[UUID]) -> None:
    told: list[tuple[int, int]] = []
    replayed(office, progress=lambda done, total: told.append((done, total)))
    head = office.service.log.head().position
    assert told[-1] == (head, head)


def test_a_wrong_row_of_a_read_model_is_named(office: Office, worked: list[UUID]) -> None:
    with office.service.database.writing() as connection:
        connection.execute(
            sa.update(requests).where(requests.c.request_id == worked[0]).values(statutory_due=date(2030, 1, 1))
        )
    found = replayed(office)
    assert not found.is_borne_out
    assert [(each.projection, set(each.expected)) for each in found.rows] == [("requests", {"statutory_due"})]
    assert found.wrong_dates == ()


# Forged on SQLite: who can write to the file can drop the triggers ---------------------------------------------------


@pytest.fixture
def forge(office: Office) -> Callable[[str, Callable[[dict[str, Any]], None]], int]:
    """Change the stored payload of the first event of a name; its position."""
    return lambda name, change: next(forged(office, f"dsr.request.{name}", change))


def forged(office: Office, name: str, change: Callable[[dict[str, Any]], None]) -> Iterator[int]:
    """Change the stored payload of one event of a name after the other; their positions."""
    wanted = sa.select(events.c.position, events.c.payload).where(events.c.name == name).order_by(events.c.position)
    with office.service.database.writing() as connection:
        for action in ("update", "delete"):
            connection.execute(sa.text(f"DROP TRIGGER IF EXISTS events_no_{action}"))
        rows = connection.execute(wanted).all()
    for row in rows:
        payload = msgspec.json.decode(row.payload)
        change(payload)
        text = msgspec.json.encode(payload).decode()
        with office.service.database.writing() as connection:
            connection.execute(sa.update(events).where(events.c.position == row.position).values(payload=text))
        yield int(row.position)


FORGERIES: list[tuple[str, Callable[[dict[str, Any]], None], str, object, object]] = [
    ("received", lambda p: p.update(received_on="2026-03-09"), "received_on", date(2026, 3, 9), date(2026, 3, 5)),
    (
        "received",
        lambda p: p["deadline"].update(statutory_due="2026-05-07"),
        "deadline.statutory_due",
        date(2026, 5, 7),
        date(2026, 4, 7),
    ),
    (
        "clock-resumed",
        lambda p: p.update(sufficient_on="2026-03-28"),
        "sufficient_on",
        date(2026, 3, 28),
        date(2026, 3, 10),
    ),
    ("deadline-extended", lambda p: p["deadline"].update(extended=False), "deadline.extended", False, True),
    ("item-refused", lambda p: p.update(late=False), "late", False, True),
    ("answer-sent", lambda p: p.update(late=False), "late", False, True),
]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda each: f"{each[0]}-{each[2]}")
def test_a_forged_date_is_named_with_its_place_and_what_the_law_gives(
    office: Office, worked: list[UUID], forge: Any, forgery: Any
) -> None:
    name, change, field, recorded, recomputed = forgery
    position = forge(name, change)
    found = replayed(office)
    assert not found.is_borne_out
    assert [(each.position, each.name, each.field, each.recorded, each.recomputed) for each in found.wrong_dates] == [
        (position, f"dsr.request.{name}", field, recorded, recomputed)
    ]
    assert found.wrong_dates[0].stream_id in worked


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_payload_that_was_rewritten_is_named_although_read_models_were_rebuilt_from_it(
    office: Office, worked: list[UUID], forge: Any
) -> None:
    # given: nothing but the digest in the header can show it
    position = forge("received", lambda p: p.update(claimed_language="fr"))
    service = office.service
    rebuild(service.database, service.log, at=office.clock.now())
    # when
    found = replayed(office)
    # then
    assert (found.rows, found.wrong) == ((), 0)
    assert [(each.position, each.code) for each in found.flaws] == [(position, "payload-wrong")]
    assert not found.is_borne_out


def test_an_event_whose_key_nobody_ever_held_is_named(office: Office, worked: list[UUID]) -> None:
    held = {key.key_id for key in office.service.keystore.made_before(datetime.max.replace(tzinfo=UTC))}
    assert replayed(office, known_keys=held).is_borne_out
    found = replayed(office, known_keys=set())
    assert {each.code for each in found.flaws} == {"key-missing"}
    assert found.flawed == len(worked), "each opened with keys of its own"
    assert not found.is_borne_out


@pytest.mark.parametrize("backend", ["sqlite"])
def test_beyond_some_differences_are_only_counted(office: Office, worked: list[UUID], forge: Any) -> None:
    forge("received", lambda p: p.update(zone="Europe/Lisbon", acknowledge_by="2026-03-31"))
    found = replayed(office, most=1)
    assert (len(found.wrong_dates), found.wrong) == (1, 2)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_case_under_a_version_that_nobody_adopted_is_named(office: Office, worked: list[UUID], forge: Any) -> None:
    position = forge("received", lambda p: p.update(ropa_version=9))
    found = replayed(office)
    assert {(each.field, each.recomputed) for each in found.wrong_dates} == {("event", "ropa-version-unknown")}
    assert found.wrong_dates[0].position == position


def test_a_later_version_of_the_record_moves_no_date(office: Office, worked: list[UUID]) -> None:
    office.desk.ropa.adopt(EXAMPLE_ROPA.read_bytes() + b"\n# the same, once more\n", Call(office.ann))
    office.registered(Right.ACCESS)
    assert replayed(office).is_borne_out
