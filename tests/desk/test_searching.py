"""Requests are found by what identifies a person, within the scope of who asks."""

from typing import Any
from uuid import UUID

import pytest

from dsr.desk.errors import IdentifierMissing
from dsr.desk.new_case import Person
from dsr.domain.request.values import DismissalKind
from dsr.domain.rights import Right
from dsr.projections.errors import CursorInvalid
from dsr.vault import IndexPurpose
from tests.desk.office import Office

EMAIL, PHONE, NAME, IDENTIFIER = IndexPurpose.EMAIL, IndexPurpose.PHONE, IndexPurpose.NAME, IndexPurpose.IDENTIFIER
ADA = Person(name="Ada Lovelace", email="ada@example.org", phone="+49 30 1234567", identifiers=("K-4711",))


def search(office: Office, kind: IndexPurpose, value: str, who: Any = None, **page: Any) -> Any:
    return office.desk.search.by_person(who or office.ann, kind=kind, value=value, **page)


def ids(page: Any) -> list[UUID]:
    return [row["request_id"] for row in page.rows]


@pytest.mark.parametrize(
    ("kind", "value"),
    [(EMAIL, " ADA@example.org"), (PHONE, "0049 30 1234567"), (NAME, "lovelace, ada"), (IDENTIFIER, "k 4711")],
)
def test_a_request_is_found_by_each_identifier_in_every_spelling(office: Office, kind: Any, value: str) -> None:
    request_id = office.arrived(person=ADA)
    office.arrived(person=Person(name="Bert", email="bert@example.org"))
    assert ids(search(office, kind, value)) == [request_id]


def test_closed_requests_are_found_too_and_what_arrived_last_comes_first(office: Office) -> None:
    first = office.arrived(person=ADA)
    office.desk.triage.dismiss(first, office.call(first), kind=DismissalKind.QUESTION, reason="Answered at once.")
    office.clock.advance(days=1)
    second = office.arrived(person=ADA)
    found = search(office, EMAIL, ADA.email)
    assert ids(found) == [second, first]
    assert [row["status"] for row in found.rows] == ["open", "closed"]


def test_a_request_outside_the_scope_does_not_exist(office: Office) -> None:
    office.arrived("callcentre-de", person=ADA)
    french = office.arrived("callcentre-fr", person=ADA)
    assert ids(search(office, EMAIL, ADA.email, office.member("fritz", "callcentre-fr"))) == [french]
    assert ids(search(office, EMAIL, ADA.email, office.member("eva", "callcentre-es"))) == []


def test_a_request_is_in_the_scope_of_each_controller_that_answers_it(office: Office) -> None:
    request_id = office.arrived("callcentre-de", person=ADA)
    office.desk.triage.register(
        request_id,
        office.call(request_id),
        rights=(Right.ACCESS,),
        direct_marketing=False,
        controllers=("callcentre-de", "callcentre-fr"),
    )
    assert ids(search(office, EMAIL, ADA.email, office.member("fritz", "callcentre-fr"))) == [request_id]
    assert ids(search(office, EMAIL, ADA.email, office.member("eva", "callcentre-es"))) == []


def test_pages_show_every_request_once_also_those_of_the_same_second(office: Office) -> None:
    for _ in range(4):
        office.arrived(person=ADA)
        office.arrived(person=ADA)
        office.clock.advance(seconds=1)
    whole = ids(search(office, NAME, ADA.name))
    shown = search(office, NAME, ADA.name, limit=3)
    pages = [ids(shown)]
    while shown.next is not None:
        shown = search(office, NAME, ADA.name, cursor=shown.next, limit=3)
        pages.append(ids(shown))
    assert [len(each) for each in pages] == [3, 3, 2]
    assert [each for page in pages for each in page] == whole
    assert len(set(whole)) == 8


def test_a_cursor_of_another_list_is_refused(office: Office) -> None:
    with pytest.raises(CursorInvalid):
        search(office, NAME, ADA.name, cursor="W10")


def test_a_request_that_was_forgotten_is_found_no_more(office: Office) -> None:
    request_id = office.arrived(person=ADA)
    office.desk.repository.index.delete(request_id)
    assert ids(search(office, EMAIL, ADA.email)) == []


@pytest.mark.parametrize(("kind", "value"), [(EMAIL, " "), (PHONE, "ext."), (NAME, "--"), (IDENTIFIER, "?")])
def test_a_search_for_nobody_is_refused(office: Office, kind: Any, value: str) -> None:
    with pytest.raises(IdentifierMissing):
        search(office, kind, value)


def test_a_search_opens_nothing_and_leaves_no_trace_of_whom(office: Office) -> None:
    office.arrived(person=ADA)
    before = office.everything()
    search(office, EMAIL, ADA.email)
    search(office, EMAIL, "nobody@example.org")
    assert office.everything() == before
