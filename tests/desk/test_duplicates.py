"""Which cases are suggested as duplicates, in which order, and whether they could be linked."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from dsr.desk.duplicates import WINDOW, Strength
from dsr.desk.errors import RequestUnknown
from dsr.desk.new_case import Person
from dsr.domain.errors import DomainError
from dsr.domain.request.duplicates import RightNotCovered
from dsr.domain.request.errors import (
    AbsoluteRight,
    DifferentSubject,
    DuplicateIsEarlier,
    DuplicateUnanswered,
    RepetitionOfAnswered,
)
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import IdentityMethod
from dsr.domain.rights import Right
from dsr.vault import IndexPurpose
from tests.desk.office import Office, letter

ADA = Person(name="Ada Lovelace", email="ada@example.org", phone="+49 30 1234567", identifiers=("K-4711",))


def suggested(office: Office, request_id: UUID) -> list[Any]:
    found: list[Any] = office.desk.duplicates.suggestions(request_id, office.ann)
    return found


def test_what_agrees_is_named_by_its_kind_and_never_by_its_value(office: Office) -> None:
    first, second = office.arrived(person=ADA), office.arrived(person=ADA)
    (found,) = suggested(office, second)
    assert found.request_id == first
    assert found.marks == sorted(set(IndexPurpose) - {IndexPurpose.BOUNCED_EMAIL})
    assert found.strength is Strength.STRONG
    assert found.rights == [Right.ACCESS]
    told = repr(found).casefold()
    assert not [each for each in ("lovelace", "example.org", "1234567", "k-4711") if each in told]


def test_a_name_alone_is_a_weak_hint_and_links_nothing(office: Office) -> None:
    office.arrived(person=Person(name="Ada Lovelace"))
    (found,) = suggested(office, office.arrived(person=ADA))
    assert (found.marks, found.strength) == ([IndexPurpose.NAME], Strength.WEAK)
    assert (found.linkable, found.link_code) == (False, DifferentSubject.code)


@pytest.mark.parametrize(("days", "seen"), [(WINDOW.days, True), (WINDOW.days + 1, False)])
def test_only_what_arrived_within_the_window_is_suggested(office: Office, days: int, seen: bool) -> None:
    office.arrived(person=ADA)
    office.clock.advance(days=days)
    assert bool(suggested(office, office.arrived(person=ADA))) == seen


def test_another_right_is_another_request(office: Office) -> None:
    erasure = office.registered(Right.ERASURE, person=ADA)
    access = office.arrived(person=ADA)  # its letter suggests access
    assert suggested(office, access) == []
    office.desk.triage.open_items(erasure, office.call(erasure), rights=(Right.ACCESS,), direct_marketing=False)
    assert [each.rights for each in suggested(office, access)] == [[Right.ACCESS]]


def test_another_person_is_not_suggested(office: Office) -> None:
    office.arrived(person=Person(name="Grace Hopper", email="grace@example.org"))
    assert suggested(office, office.arrived(person=ADA)) == []


def test_earlier_ones_come_first_then_strong_ones_then_the_nearest(office: Office) -> None:
    people = {"far": ADA, "weak": Person(name="Ada Lovelace"), "near": ADA, "this": ADA, "later": ADA}
    ids = {}
    for name, person in people.items():
        ids[name] = office.arrived(person=person)
        office.clock.advance(days=2)
    found = [each.request_id for each in suggested(office, ids["this"])]
    assert found == [ids["near"], ids["far"], ids["weak"], ids["later"]]


def test_each_suggestion_says_what_the_link_would_answer(office: Office) -> None:
    # given: one before that can be linked to, one taken back, one after
    earlier, withdrawn = office.arrived(person=ADA), office.arrived(person=ADA)
    office.desk.answers.withdraw(withdrawn, office.call(withdrawn), confirmed=True, statement="", item_ids=None)
    office.clock.advance(days=1)
    this = office.arrived(person=ADA)
    office.clock.advance(days=1)
    later = office.arrived(person=ADA)
    # when
    found = {each.request_id: each for each in suggested(office, this)}
    # then
    codes = {earlier: None, withdrawn: DuplicateUnanswered.code, later: DuplicateIsEarlier.code}
    assert {request_id: each.link_code for request_id, each in found.items()} == codes
    for original, error in ((withdrawn, DuplicateUnanswered), (later, DuplicateIsEarlier)):
        with pytest.raises(error):
            office.desk.triage.link_duplicate(this, office.call(this), original_id=original)
    office.desk.triage.link_duplicate(this, office.call(this), original_id=earlier)
    assert {each.link_code for each in suggested(office, this)} == {"request-closed"}


@pytest.mark.parametrize(
    ("first", "second", "error"),
    [
        ((Right.ACCESS,), (Right.ACCESS, Right.ERASURE), RightNotCovered),
        ((Right.ACCESS, Right.ERASURE), (Right.ACCESS, Right.ERASURE), None),
        ((Right.CONSENT_WITHDRAWAL,), (Right.CONSENT_WITHDRAWAL,), AbsoluteRight),
    ],
)
def test_a_suggestion_says_whether_the_earlier_case_answers_all_that_is_asked(
    office: Office, first: tuple[Right, ...], second: tuple[Right, ...], error: type[DomainError] | None
) -> None:
    original, this = office.registered(*first, person=ADA), office.registered(*second, person=ADA)
    (found,) = suggested(office, this)
    assert found.link_code == (None if error is None else error.code)
    link = partial(office.desk.triage.link_duplicate, this, office.call(this), original_id=original)
    if error is None:
        link()
        assert {item["status"] for item in office.view(this)["items"]} == {"withdrawn"}
    else:
        with pytest.raises(error):
            link()


def test_a_repetition_of_what_was_answered_before_is_suggested_but_not_linked(office: Office) -> None:
    # given: access was answered, and two days later the person asks again
    original = office.granted(Right.ACCESS, person=ADA)
    office.collect(original, "access")
    office.done(original, "access")
    office.desk.answers.record_answer(
        original, office.call(original), draft=letter(LetterKind.ACCESS), item_ids=("access",)
    )
    crossing = office.registered(Right.ACCESS, person=ADA)
    office.clock.advance(days=2)
    this = office.registered(Right.ACCESS, person=ADA)
    # then
    codes = {each.request_id: each.link_code for each in suggested(office, this)}
    assert codes == {original: RepetitionOfAnswered.code, crossing: None}
    with pytest.raises(RepetitionOfAnswered):
        office.desk.triage.link_duplicate(this, office.call(this), original_id=original)
    assert {each.request_id: each.link_code for each in suggested(office, crossing)}[original] is None
    office.desk.triage.link_duplicate(crossing, office.call(crossing), original_id=original)


def test_an_objection_to_marketing_is_suggested_for_what_it_is(office: Office) -> None:
    original = office.registered(Right.ACCESS, person=ADA)
    this = office.registered(Right.OBJECTION, Right.ACCESS, person=ADA)
    office.desk.triage.open_items(original, office.call(original), rights=(Right.OBJECTION,), direct_marketing=True)
    (found,) = suggested(office, this)
    assert found.link_code == RightNotCovered.code
    office.desk.triage.open_items(original, office.call(original), rights=(Right.OBJECTION,), direct_marketing=False)
    (found,) = suggested(office, this)
    assert found.linkable


def test_a_reopened_duplicate_shows_what_is_to_be_answered_again(office: Office) -> None:
    original, this = office.registered(Right.ACCESS, person=ADA), office.registered(Right.ACCESS, person=ADA)
    office.desk.identity.ask(
        this, office.call(this), doubt="Another address.", method=IdentityMethod.CALL_BACK, asked_at=None
    )
    office.desk.triage.link_duplicate(this, office.call(this), original_id=original)
    closed = office.view(this)
    assert (closed["clock"], closed["suspensions"], closed["identity"]) == ("running", {}, "lapsed")
    office.desk.answers.reopen(this, office.call(this), reason="Not the same after all.", item_ids=())
    (item,) = office.view(this)["items"]
    assert (item["status"], office.view(this)["items_open"]) == ("open", 1)


def test_what_is_out_of_scope_is_not_suggested_and_not_asked_about(office: Office) -> None:
    french, german = office.arrived("callcentre-fr", person=ADA), office.arrived(person=ADA)
    gert = office.member("gert", "callcentre-de")
    assert office.desk.duplicates.suggestions(german, gert) == []
    assert [each.request_id for each in suggested(office, german)] == [french]
    for unknown in (french, uuid4()):
        with pytest.raises(RequestUnknown):
            office.desk.duplicates.suggestions(unknown, gert)


def test_suggesting_changes_nothing(office: Office) -> None:
    office.arrived(person=ADA)
    this = office.arrived(person=ADA)
    before = office.everything()
    suggested(office, this)
    assert office.everything() == before


def test_mail_and_telephone_of_one_person_meet(office: Office) -> None:
    mailed = office.receive(office.mail(sender="Ada <ada@example.org>")).request_id
    called = office.arrived(person=ADA, received_at=office.clock.now() - timedelta(hours=1))
    (found,) = suggested(office, called)
    assert (found.request_id, found.marks) == (mailed, [IndexPurpose.EMAIL])


@pytest.mark.parametrize("backend", ["sqlite"])  # PostgreSQL reads so small a table through, whatever its indexes
def test_nothing_is_read_through_to_find_them(office: Office) -> None:
    """Every step is a look-up in an index: what is stored of other people costs nothing."""
    database = office.service.database
    office.arrived(person=ADA)
    this = office.arrived(person=ADA)
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    sa.event.listen(database.engine, "before_cursor_execute", note)
    suggested(office, this)
    sa.event.remove(database.engine, "before_cursor_execute", note)
    reads = [each for each in sent if each[0].startswith("SELECT")]
    assert any("blind_index" in statement for statement, _ in reads)
    with database.reading() as connection:
        plans = [
            row.detail
            for statement, parameters in reads
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    assert [plan for plan in plans if plan.startswith("SCAN")] == []
