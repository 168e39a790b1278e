"""The same command on many cases: each is done or refused by itself, and none of them twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from dsr.database import DatabaseBusy
from dsr.desk.bulk import Chosen
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.errors import IdempotencyKeyReused, RequestUnknown
from dsr.domain.request.errors import AlreadyRegistered
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.domain.staff import StaffUnknown, Training
from tests.desk.office import Office

FACTS = {"rights": (Right.ACCESS,), "direct_marketing": False}


def lines(answer: Any) -> list[tuple[str, int | None, str | None]]:
    """Status, version and code of each line."""
    told = msgspec.json.decode(answer.body)["requests"]
    return [(line["status"], line["version"], line["code"]) for line in told]


def chosen(*request_ids: Any, version: int = 1, **facts: Any) -> list[Chosen]:
    return [Chosen(each, version, facts or FACTS) for each in request_ids]


@contextmanager
def gone_at(unlucky: Any, office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The database gives up at this case."""
    real = office.desk.triage.register

    def gone(request_id: Any, *args: Any, **facts: Any) -> Any:
        if request_id == unlucky:
            raise DatabaseBusy()
        return real(request_id, *args, **facts)

    with monkeypatch.context() as patch:
        patch.setattr(office.desk.triage, "register", gone)
        yield


@pytest.fixture
def carla(office: Office) -> str:
    today = office.clock.now().date()
    office.desk.staff.enrol(
        Call(part("test")),
        identifier="carla",
        roles=(Role.HANDLER,),
        controllers=("*",),
        confidentiality_signed_on=today,
        training=Training("gdpr-basics", today),
    )
    return "carla"


def test_each_case_is_done_or_refused_by_itself_in_the_order_given(office: Office) -> None:
    # given
    known, registered, french = office.arrived(), office.registered(Right.ACCESS), office.arrived("callcentre-fr")
    german = office.member("gert", "callcentre-de")
    wanted = [
        *chosen(registered, version=office.case(registered).version),
        *chosen(french, uuid4()),
        *chosen(known, version=7),
        *chosen(known),
    ]
    # when
    answer = office.desk.bulk.register(Call(german), requests=wanted)
    # then
    assert lines(answer) == [
        ("refused", None, "already-registered"),
        ("refused", None, "request-unknown"),
        ("refused", None, "request-unknown"),
        ("refused", None, "version-stale"),
        ("done", office.case(known).version, None),
    ]
    detail = msgspec.json.decode(answer.body)["requests"][0]["detail"]
    assert detail == AlreadyRegistered().detail
    assert office.case(french).version == 1
    assert office.differences() == []


def test_assigning_to_nobody_is_refused_as_a_whole(office: Office) -> None:
    request_id = office.arrived()
    with pytest.raises(StaffUnknown):
        office.desk.bulk.assign(Call(office.ann), assignee="nobody", requests=chosen(request_id))
    assert office.case(request_id).version == 1


def test_all_are_given_to_one_member_of_staff(office: Office, carla: str) -> None:
    first, second = office.arrived(), office.arrived()
    requests = [Chosen(each, 1, {}) for each in (first, second)]
    answer = office.desk.bulk.assign(Call(office.ann), assignee=carla, requests=requests)
    assert lines(answer) == [("done", 2, None)] * 2
    assert {office.view(each)["assignee"] for each in (first, second)} == {carla}


def test_the_same_key_gives_the_very_same_answer_refusals_included(office: Office) -> None:
    # given: one done, one refused
    request_id, registered = office.arrived(), office.registered(Right.ACCESS)
    call = Call(office.ann, idempotency=office.key())
    wanted = chosen(registered, request_id)
    first = office.desk.bulk.register(call, requests=wanted)
    assert [status for status, _, _ in lines(first)] == ["refused", "done"]
    head = office.service.log.head().position
    # when, then
    assert office.desk.bulk.register(call, requests=wanted) == first
    assert office.service.log.head().position == head


def test_a_key_belongs_to_one_body_from_the_first_moment(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    # given: a call that failed before it did anything
    request_id = office.arrived()
    with gone_at(request_id, office, monkeypatch), pytest.raises(DatabaseBusy):
        office.desk.bulk.register(Call(office.ann, idempotency=office.key()), requests=chosen(request_id))
    # when, then
    other = Call(office.ann, idempotency=office.key(body="another"))
    with pytest.raises(IdempotencyKeyReused):
        office.desk.bulk.register(other, requests=chosen(request_id))
    assert office.case(request_id).version == 1


def test_a_call_that_failed_half_way_goes_on_where_it_stopped(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    # given: a database that gives up after the first
    done, third = office.arrived(), office.arrived()
    call, wanted = Call(office.ann, idempotency=office.key()), chosen(done, third)
    with gone_at(third, office, monkeypatch), pytest.raises(DatabaseBusy):
        office.desk.bulk.register(call, requests=wanted)
    assert office.case(done).version > 1
    assert office.case(third).version == 1
    # when
    answer = office.desk.bulk.register(call, requests=wanted)
    # then: the first is answered as it was, and done once
    assert lines(answer) == [("done", office.case(done).version, None), ("done", office.case(third).version, None)]
    assert office.names().count("request.registered") == 2


def test_what_was_refused_is_tried_again_only_until_the_answer_was_given(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: the first refused for its version, and the service gone before the second had its line
    stale, later = office.arrived(), office.arrived()
    call, wanted = Call(office.ann, idempotency=office.key()), [*chosen(stale, version=2), *chosen(later)]
    with gone_at(later, office, monkeypatch), pytest.raises(DatabaseBusy):
        office.desk.bulk.register(call, requests=wanted)
    office.desk.triage.add_note(stale, office.call(stale), note="Called back.")
    # when
    answer = office.desk.bulk.register(call, requests=wanted)
    # then
    assert [status for status, _, _ in lines(answer)] == ["done", "done"]


def test_nothing_out_of_scope_is_told_apart_from_nothing(office: Office) -> None:
    french = office.arrived("callcentre-fr")
    answer = office.desk.bulk.register(Call(office.member("gert", "callcentre-de")), requests=chosen(french, uuid4()))
    told = msgspec.json.decode(answer.body)["requests"]
    assert [(line["code"], line["detail"]) for line in told] == [("request-unknown", RequestUnknown().detail)] * 2


def test_two_calls_with_one_key_at_once_do_all_once_and_say_the_same(office: Office) -> None:
    wanted = chosen(*(office.arrived() for _ in range(4)))
    call = Call(office.ann, idempotency=office.key())
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: office.desk.bulk.register(call, requests=wanted), range(2))
    assert first == second
    assert [status for status, _, _ in lines(first)] == ["done"] * 4
    assert office.names().count("request.registered") == 4
