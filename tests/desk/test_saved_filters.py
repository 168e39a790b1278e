"""Named filters: whose they are, who sees them, what becomes of them when their owner leaves."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest

from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.errors import Forbidden, IdempotencyKeyReused, VersionStale
from dsr.desk.saved_filters import FilterNameTaken, FilterUnknown
from dsr.domain.errors import DomainError
from dsr.domain.roles import Role
from dsr.domain.staff import Training
from tests.desk.office import Office

URGENT: dict[str, Any] = {"right": "access", "unassigned": True}


def save(office: Office, who: Any, name: str = "Urgent access", *, shared: bool = False, key: Any = None) -> UUID:
    call = Call(who, idempotency=key)
    return UUID(office.desk.saved_filters.save(call, name=name, query=URGENT, shared=shared).resource_id)


def names(office: Office, who: Any) -> list[str]:
    return [row["name"] for row in office.desk.saved_filters.page(who).rows]


def enrol(office: Office, identifier: str) -> Any:
    today = office.clock.now().date()
    office.desk.staff.enrol(
        Call(part("test")),
        identifier=identifier,
        roles=(Role.HANDLER,),
        controllers=("*",),
        confidentiality_signed_on=today,
        training=Training("gdpr-basics", today),
    )
    return office.member(identifier)


def test_a_filter_is_ones_own_until_it_is_shared(office: Office) -> None:
    own, shared = save(office, office.ann), save(office, office.ann, "For all", shared=True)
    desk = office.desk.saved_filters
    assert names(office, office.ann) == ["For all", "Urgent access"]
    assert names(office, office.bob) == ["For all"]
    assert desk.show(shared, office.bob).query == URGENT
    for unknown in (own, uuid4()):
        with pytest.raises(FilterUnknown):
            desk.show(unknown, office.bob)
        with pytest.raises(FilterUnknown):
            desk.delete(unknown, office.bob)


def test_a_name_is_used_once_by_one_owner(office: Office) -> None:
    first = save(office, office.ann)
    save(office, office.bob)
    with pytest.raises(FilterNameTaken):
        save(office, office.ann)
    second = save(office, office.ann, "Another")
    with pytest.raises(FilterNameTaken):
        office.desk.saved_filters.revise(second, Call(office.ann), name="Urgent access", query=URGENT, shared=False)
    office.desk.saved_filters.delete(first, office.ann)
    save(office, office.ann)


def test_two_who_save_the_same_name_at_once_do_not_both_succeed(office: Office) -> None:
    def attempt(_: int) -> str:
        try:
            save(office, office.ann)
        except DomainError as refused:
            return refused.code
        return "saved"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(attempt, range(4)))
    assert answers == ["filter-name-taken"] * 3 + ["saved"]


def test_a_revision_is_of_the_version_that_was_seen(office: Office) -> None:
    desk, filter_id = office.desk.saved_filters, save(office, office.ann)
    new: dict[str, Any] = {"name": "Due", "query": {"due_before": "2026-04-01"}, "shared": True}
    answer = desk.revise(filter_id, Call(office.ann, expected=1), **new)
    assert answer.version == 2
    found = desk.show(filter_id, office.bob)
    assert (found.name, found.query, found.owner, found.version) == ("Due", new["query"], "ann", 2)
    with pytest.raises(VersionStale):
        desk.revise(filter_id, Call(office.ann, expected=1), **new)


def test_a_lost_answer_can_be_asked_for_again(office: Office) -> None:
    first = save(office, office.ann, key=office.key())
    assert save(office, office.ann, key=office.key()) == first
    with pytest.raises(IdempotencyKeyReused):
        save(office, office.ann, "Another", key=office.key(body="another"))
    assert names(office, office.ann) == ["Urgent access"]


def test_a_shared_filter_is_its_owners_until_they_leave_and_then_everybodys(office: Office) -> None:
    # given
    carla, desk = enrol(office, "carla"), office.desk.saved_filters
    shared, own = save(office, carla, shared=True), save(office, carla, "Mine")
    new: dict[str, Any] = {"name": "Ours", "query": URGENT, "shared": True}
    for refused in (lambda: desk.delete(shared, office.bob), lambda: desk.revise(shared, Call(office.bob), **new)):
        with pytest.raises(Forbidden):
            refused()
    # when
    office.desk.staff.leave("carla", Call(office.ann))
    # then
    assert names(office, office.bob) == ["Urgent access"]
    desk.revise(shared, Call(office.bob), **new)
    assert desk.show(shared, office.bob).owner == "carla"
    assert desk.delete(shared, office.ann).name == "Ours"
    with pytest.raises(FilterUnknown):
        desk.show(own, office.bob)


def test_a_list_comes_in_pages(office: Office) -> None:
    for number in range(5):
        save(office, office.ann, f"Filter {number}")
    page = office.desk.saved_filters.page(office.ann, limit=3)
    rest = office.desk.saved_filters.page(office.ann, cursor=page.next, limit=3)
    assert [row["name"] for row in (*page.rows, *rest.rows)] == [f"Filter {number}" for number in range(5)]
    assert rest.next is None


def test_a_filter_is_no_event(office: Office) -> None:
    before = office.names()
    filter_id = save(office, office.ann)
    office.desk.saved_filters.revise(filter_id, Call(office.ann), name="Due", query={}, shared=False)
    office.desk.saved_filters.delete(filter_id, office.ann)
    assert office.names() == before
