"""What an auditor reads: the log in its order, within their scope, on record before it is shown."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import sqlalchemy as sa

from dsr.desk import audits
from dsr.desk.audits import EventFilter, EventPage
from dsr.desk.caller import Call, Caller
from dsr.desk.errors import RequestUnknown, TimeNotYet
from dsr.domain.audit import AuditTrail, trail_id
from dsr.domain.own_erasure import OwnErasureKind
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import Channel, DisclosurePurpose, IdentityMethod
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.eventstore.mapper import EventMapper
from dsr.eventstore.recorder import Append
from dsr.projections import CursorInvalid, decisions_of, timeline_of
from dsr.projections.facts import facts_of
from dsr.projections.registry import PROJECTIONS
from tests.desk.office import Office

ALL = EventFilter()
EXAMPLES = Path(__file__).parents[1] / "eventstore" / "fixtures"


@pytest.fixture
def eve(office: Office) -> Caller:
    """An auditor of every controller."""
    caller: Caller = office.member("eve", roles=frozenset({Role.AUDITOR}))
    return caller


@pytest.fixture
def fred(office: Office) -> Caller:
    """An auditor of the French controller alone."""
    caller: Caller = office.member("fred", "callcentre-fr", roles=frozenset({Role.AUDITOR}))
    return caller


@pytest.fixture
def busy(office: Office) -> tuple[UUID, UUID]:
    """A German case with an export, and a French one; a message of nobody's mailbox and a German one in quarantine."""
    german = office.granted(Right.ACCESS)
    office.collect(german, "access")
    office.search(german, "access")
    office.desk.exports.prepare(german, "access", office.call(german))
    french = office.registered(Right.ERASURE, controller_id="callcentre-fr")
    office.receive(office.mail(to="somebody@elsewhere.example"))
    return german, french


def pages(office: Office, who: Caller, filters: EventFilter = ALL, **place: Any) -> Iterator[EventPage]:
    """One page after the other, until the last."""
    page = office.desk.audits.events(who, filters, **place)
    yield page
    while page.next is not None:
        page = office.desk.audits.events(who, filters, cursor=page.next, limit=place.get("limit", 50))
        yield page


def read(office: Office, who: Caller, filters: EventFilter = ALL, **place: Any) -> list[dict[str, Any]]:
    return [row for page in pages(office, who, filters, **place) for row in page.rows]


def trail(office: Office, who: Caller) -> list[Any]:
    """What the auditor's stream says, its beginning left out."""
    return list(office.desk.repository.application.events.get(trail_id(who.actor), gt=1))


# The order of the log ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 3, 7, 200])
def test_all_pages_together_are_the_log_as_it_was_when_the_first_was_read(
    office: Office, eve: Caller, busy: Any, limit: int
) -> None:
    # given
    log = list(office.service.log.read())
    # when
    found = read(office, eve, limit=limit)
    # then
    assert [(row["position"], row["name"], row["stream_id"], row["stream_version"]) for row in found] == [
        (each.position, each.name, each.stream_id, each.stream_version) for each in log
    ]
    assert all(row["recorded_at"] == each.recorded_at for row, each in zip(found, log, strict=True))


def test_who_pages_to_the_end_gets_there_though_reading_adds_to_the_log(office: Office, eve: Caller, busy: Any) -> None:
    head = office.service.log.head().position
    found = list(pages(office, eve, limit=1))
    assert {page.until for page in found} == {head}
    assert len(found) == head
    assert office.service.log.head().position > 2 * head
    assert found[-1].next is None


def test_a_reading_goes_on_where_the_one_before_ended(office: Office, eve: Caller, busy: Any) -> None:
    first = list(pages(office, eve, limit=4))
    office.desk.triage.add_note(busy[0], office.call(busy[0]), note="Called.")
    second = read(office, eve, after=first[-1].until)
    assert [row["position"] for row in second] == list(range(first[-1].until + 1, first[-1].until + len(second) + 1))
    assert {row["name"] for row in second} == {
        "dsr.audit.trail-opened",
        "dsr.audit.events-read",
        "dsr.request.note-added",
    }


def test_an_event_shows_plain_facts_and_the_names_of_what_is_sealed(office: Office, eve: Caller, busy: Any) -> None:
    row = next(row for row in read(office, eve) if row["name"] == "dsr.request.received")
    facts = msgspec.json.decode(bytes(row["facts"]))
    assert facts["controller_id"] == "callcentre-de"
    assert facts["deadline"]["effective_due"] == "2026-04-04"
    assert row["sealed"] == ["message"]
    assert row["actor"] == "ann"
    assert "Lovelace" not in str(row)


def test_every_stored_event_can_be_shown(office: Office, eve: Caller, busy: Any) -> None:
    """Also those that no timeline shows: staff, record of processing, exports, the trail itself."""
    read(office, eve)
    shown = {row["name"] for row in read(office, eve) if row["facts"] is not None}
    assert shown == {each.name for each in office.service.log.read(until=office.service.log.head().position - 1)}


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_no_kind_of_event_is_unfit_to_be_shown(example: Path) -> None:
    name = example.stem.rpartition(".v")[0]
    event = EventMapper().read(name, str(uuid4()), 1, example.read_text().rstrip("\n"))
    shown, sealed, happened_at = facts_of(event)
    assert isinstance(msgspec.json.decode(bytes(shown)), dict)
    assert happened_at.tzinfo is not None
    assert not set(sealed) & set(msgspec.json.decode(bytes(shown)))


def test_a_cursor_of_another_list_is_refused(office: Office, eve: Caller, busy: Any) -> None:
    with pytest.raises(CursorInvalid):
        office.desk.audits.events(eve, ALL, cursor="bm90aGluZw")
    assert trail(office, eve) == []


# Filters -------------------------------------------------------------------------------------------------------


def test_the_events_of_one_stream(office: Office, eve: Caller, busy: Any) -> None:
    found = read(office, eve, EventFilter(stream_id=busy[1]), limit=2)
    assert [row["stream_version"] for row in found] == list(range(1, len(found) + 1))
    assert {row["stream_id"] for row in found} == {busy[1]}
    assert len(found) == office.case(busy[1]).version


def test_the_events_of_one_name_are_found_however_far_apart(
    office: Office, eve: Caller, busy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audits, "SEARCHED", 3)
    found = list(pages(office, eve, EventFilter(name="dsr.request.received")))
    assert [row["stream_id"] for page in found for row in page.rows] == list(busy)
    looked_at = [(each.after, each.until) for each in trail(office, eve)]
    assert max(until - after for after, until in looked_at) == 3, "no page looks further than it may cost"
    assert looked_at[0][0] == 0
    assert all(until == after for (_, until), (after, _) in pairwise(looked_at))


def test_events_recorded_in_a_span_of_time_both_ends_with_it(office: Office, eve: Caller, busy: Any) -> None:
    office.clock.advance(hours=1)
    noon = office.clock.now()
    third = office.arrived()
    office.clock.advance(hours=1)
    office.arrived()
    span = EventFilter(recorded_from=noon, recorded_until=noon)
    assert {row["stream_id"] for row in read(office, eve, span, limit=1)} == {third}
    assert read(office, eve, EventFilter(recorded_from=noon + timedelta(days=9))) == []
    before = EventFilter(recorded_until=noon - timedelta(microseconds=1))
    assert third not in {row["stream_id"] for row in read(office, eve, before)}


def test_a_reading_can_end_before_the_log_does(office: Office, eve: Caller, busy: Any) -> None:
    assert [row["position"] for row in read(office, eve, after=2, until=5, limit=2)] == [3, 4, 5]
    assert read(office, eve, after=10_000) == []


# Scope ---------------------------------------------------------------------------------------------------------


def test_outside_the_scope_an_event_shows_place_name_and_time_alone(office: Office, fred: Caller, busy: Any) -> None:
    found = read(office, fred, limit=5)
    assert [row["position"] for row in found] == list(range(1, len(found) + 1)), "no gap to hide anything in"
    withheld = [row for row in found if row["withheld"]]
    shown = {name for row in withheld for name, value in row.items() if value is not None}
    assert shown == {"position", "name", "recorded_at", "withheld"}
    assert str(busy[0]) not in str(found)


def test_a_scope_reaches_cases_of_its_controllers_the_record_and_what_is_nobodys(
    office: Office, fred: Caller, busy: Any
) -> None:
    office.enrol("newcomer")
    seen = {row["name"].rpartition(".")[0] for row in read(office, fred) if not row["withheld"]}
    assert seen == {"dsr.request", "dsr.ropa"}, "a message of an unknown controller may be anybody's"
    hidden = {row["name"].rpartition(".")[0] for row in read(office, fred, until=40) if row["withheld"]}
    assert hidden == {"dsr.request", "dsr.export", "dsr.staff", "dsr.signing-key", "dsr.quarantine"}
    streams = {row["stream_id"] for row in read(office, fred) if row["name"].startswith("dsr.request")}
    assert streams == {None, busy[1]}


def test_an_export_goes_with_its_case(office: Office, busy: Any) -> None:
    gus = office.member("gus", "callcentre-de", roles=frozenset({Role.AUDITOR}))
    seen = {row["name"] for row in read(office, gus) if not row["withheld"]}
    assert "dsr.export.prepared" in seen


def test_what_happened_without_a_request_goes_with_its_controller(office: Office, fred: Caller) -> None:
    for controller_id in ("callcentre-de", "callcentre-fr"):
        office.desk.own_erasures.report(
            Call(office.ann),
            kind=OwnErasureKind.REFUSED_RECORDING,
            controller_id=controller_id,
            system="recordings",
            found_at=office.clock.now(),
            description="The call of 09:12.",
        )
        office.desk.authority_disclosures.record_request(
            Call(office.ann),
            controller_id=controller_id,
            authority="Amtsgericht",
            country="DE",
            received_at=office.clock.now(),
            channel=Channel.POST,
            provision="§ 95 StPO",
            text="Hand over the recording.",
            reference="",
        )
    found = [row for row in read(office, fred) if row["name"].startswith(("dsr.own-erasure", "dsr.authority"))]
    assert [row["withheld"] for row in found] == [True, True, False, False]


def test_what_others_audited_is_for_those_who_see_all(office: Office, eve: Caller, fred: Caller, busy: Any) -> None:
    read(office, eve)
    read(office, fred)
    of_fred = [row for row in read(office, fred) if row["name"].startswith("dsr.audit")]
    assert {(row["actor"], row["withheld"]) for row in of_fred} == {("fred", False), (None, True)}
    of_eve = [row for row in read(office, eve) if row["name"].startswith("dsr.audit")]
    assert {row["actor"] for row in of_eve} == {"eve", "fred"}


def test_a_stream_outside_the_scope_does_not_exist(office: Office, fred: Caller, busy: Any) -> None:
    assert read(office, fred, EventFilter(stream_id=busy[0])) == []
    assert read(office, fred, EventFilter(stream_id=uuid4())) == []
    assert [each.count for each in trail(office, fred)] == [0, 0]


# On record -----------------------------------------------------------------------------------------------------


def test_each_page_is_on_record_with_its_question_and_what_it_showed(office: Office, fred: Caller, busy: Any) -> None:
    question = EventFilter(name="dsr.request.received", recorded_from=office.clock.now())
    (page,) = pages(office, fred, question)
    (happened,) = trail(office, fred)
    assert (happened.actor, happened.name, happened.recorded_from) == ("fred", question.name, question.recorded_from)
    assert (happened.count, happened.withheld) == (2, 1) == (len(page.rows), sum(row["withheld"] for row in page.rows))
    assert (happened.until, happened.stream_id, happened.recorded_until) == (page.until, None, None)


def test_nothing_is_shown_that_could_not_be_recorded(
    office: Office, eve: Caller, busy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class DiskBroken(Exception):
        pass

    def broken(*_: Any, **__: Any) -> None:
        raise DiskBroken

    head = office.service.log.head()
    monkeypatch.setattr(Append, "add", broken)
    for reading in (
        lambda: office.desk.audits.events(eve, ALL),
        lambda: office.desk.audits.request(busy[0], eve),
    ):
        with pytest.raises(DiskBroken):
            reading()
    assert office.service.log.head() == head


def test_readings_at_once_are_all_on_record(office: Office, eve: Caller, busy: Any) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: office.desk.audits.events(eve, ALL, limit=2), range(8)))
    assert [each.originator_version for each in trail(office, eve)] == list(range(2, 10))


def test_to_go_on_costs_the_same_however_much_was_read_before(
    office: Office, eve: Caller, busy: Any, counted: Callable[..., Any]
) -> None:
    def costs() -> tuple[int, int]:
        with counted() as statements:
            office.desk.audits.events(eve, ALL, after=3, until=6)
        return len(statements), office.service.log.head().position

    office.desk.audits.events(eve, ALL, limit=1)
    few, _ = costs()
    for _ in range(60):
        office.desk.audits.events(eve, ALL, limit=1)
    many, head = costs()
    assert many == few
    assert head > 70
    assert isinstance(office.desk.repository.find(AuditTrail, trail_id("eve")), AuditTrail)


@pytest.fixture
def counted(office: Office) -> Callable[..., Any]:
    """The statements that the database is sent meanwhile."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            statements.append(statement)

        sa.event.listen(office.service.database.engine, "before_cursor_execute", note)
        yield statements
        sa.event.remove(office.service.database.engine, "before_cursor_execute", note)

    return counting


# One case ------------------------------------------------------------------------------------------------------


@pytest.fixture
def told(office: Office) -> UUID:
    """A case with an identity check, an item done, and a letter."""
    request_id: UUID = office.granted(Right.ACCESS)
    identity: dict[str, Any] = {"doubt": "Another address.", "method": IdentityMethod.CALL_BACK, "asked_at": None}
    office.desk.identity.ask(request_id, office.call(request_id), **identity)
    office.clock.advance(days=1)
    office.desk.answers.record_answer(
        request_id, office.call(request_id), draft=office.letter(LetterKind.ACKNOWLEDGEMENT), item_ids=()
    )
    return request_id


def same(office: Office, found: Any, request_id: UUID, **then: Any) -> None:
    """The case as its events tell it is the case as the team sees it."""
    with office.service.database.reading() as connection:
        timeline = timeline_of(connection, request_id, limit=200, **then).rows
        decisions = list(decisions_of(connection, request_id))
    assert found.request == office.desk.history.request(request_id, office.ann, **then)
    assert found.items == list(office.desk.history.items(request_id, office.ann, **then))
    assert [row | {"facts": msgspec.json.decode(bytes(row["facts"]))} for row in found.timeline] == timeline
    assert found.deadline == office.desk.deadlines.explain(request_id, office.ann, as_of=then.get("as_of"))
    if not then:
        assert found.decisions == decisions


def test_a_case_rebuilt_from_its_events_is_what_the_team_sees(office: Office, eve: Caller, told: UUID) -> None:
    same(office, office.desk.audits.request(told, eve), told)


def test_a_case_as_it_stood_knows_nothing_of_what_came_later(office: Office, eve: Caller, told: UUID) -> None:
    then = office.later(hours=-1)
    found = office.desk.audits.request(told, eve, as_of=then)
    same(office, found, told, as_of=then)
    assert found.timeline[-1]["name"] == "dsr.request.clock-suspended"
    assert found.request["acknowledged_at"] is None


def test_no_read_model_is_asked(office: Office, eve: Caller, told: UUID) -> None:
    # given
    before = office.desk.audits.request(told, eve)
    # when
    with office.service.database.writing() as connection:
        for projection in PROJECTIONS:
            connection.execute(sa.delete(projection.table))
    # then
    assert office.desk.audits.request(told, eve) == before


def test_a_case_outside_the_scope_is_unknown_and_leaves_no_trace(office: Office, fred: Caller, told: UUID) -> None:
    for request_id, as_of in ((told, None), (uuid4(), None), (told, office.later(days=-40))):
        with pytest.raises(RequestUnknown):
            office.desk.audits.request(request_id, fred, as_of=as_of)
    with pytest.raises(TimeNotYet):
        office.desk.audits.request(told, fred, as_of=office.later(days=1))
    assert trail(office, fred) == []


def test_which_case_was_read_and_as_of_when_is_on_record(office: Office, eve: Caller, told: UUID) -> None:
    then = office.later(hours=-1)
    office.desk.audits.request(told, eve)
    office.desk.audits.request(told, eve, as_of=then)
    assert [(each.TOPIC, each.request_id, each.as_of, each.actor) for each in trail(office, eve)] == [
        ("dsr.audit.request-read", told, None, "eve"),
        ("dsr.audit.request-read", told, then, "eve"),
    ]


def test_what_an_auditor_opens_is_a_disclosure_of_the_case(office: Office, eve: Caller, told: UUID) -> None:
    call = Call(eve, expected=office.case(told).version)
    office.desk.disclosures.open(told, call, purpose=DisclosurePurpose.AUDIT, versions=(1,))
    entry = office.desk.audits.request(told, eve).timeline[-1]
    assert (entry["name"], entry["actor"]) == ("dsr.request.personal-data-disclosed", "eve")
