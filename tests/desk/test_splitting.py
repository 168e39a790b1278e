"""A lawyer writes for many people: each has a case, and the letter is kept once (docs/law §9)."""

from dataclasses import replace
from uuid import UUID

import pytest

from dsr.domain.request.representation import ConflictOfInterest
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.rights import Right
from tests.catalogue.triage import MANDATE, PARTS
from tests.desk.office import Office


def letter_for_many(office: Office) -> UUID:
    raw = office.mail("I act for Ada Lovelace and Grace Hopper.", sender="Lou Lawyer <lou@chambers.example>")
    return office.case_by_mail(raw)


def test_each_person_has_a_case_with_the_arrival_of_the_letter_the_mandate_and_their_part(office: Office) -> None:
    # given
    letter_id = letter_for_many(office)
    arrival = office.clock.now()
    office.clock.advance(days=3)
    # when
    office.desk.splitting.split(letter_id, office.call(letter_id), parts=PARTS, mandate=MANDATE)
    # then
    letter = office.case(letter_id)
    ada, grace = map(office.case, letter.split_into)
    for case in (ada, grace):
        assert (case.received_at, case.received_on) == (arrival, letter.received_on)
        assert (case.linked_to, case.link_reason) == (letter_id, "split")
        assert [item.right for item in case.items.values()] == [Right.ACCESS]
        assert [each.answer_to for each in case.representations] == [AnswerTo.REPRESENTATIVE]
    assert not office.desk.repository.index.shares(ada.id, grace.id), "they are two people"
    assert office.differences() == []


def test_an_objection_to_direct_marketing_can_be_told_from_any_other(office: Office) -> None:
    """It is absolute (GDPR Art. 21(3)): nothing is balanced, and nothing extended."""
    letter_id = letter_for_many(office)
    parts = [replace(each, rights=(Right.OBJECTION,), direct_marketing=True) for each in PARTS[:1]]
    office.desk.splitting.split(letter_id, office.call(letter_id), parts=(*parts, *PARTS[1:]), mandate=MANDATE)
    ada, grace = map(office.case, office.case(letter_id).split_into)
    assert [item.is_absolute for item in ada.items.values()] == [True]
    assert [item.is_absolute for item in grace.items.values()] == [False]


def test_the_original_is_kept_once_and_no_case_of_a_person_opens_it(office: Office) -> None:
    letter_id = letter_for_many(office)
    office.desk.splitting.split(letter_id, office.call(letter_id), parts=PARTS, mandate=MANDATE)
    originals = [event.original for event in office.events("request.received")]
    assert [each is not None for each in originals] == [True, False, False]
    purpose = DisclosurePurpose.ASSESSMENT
    for person, request_id in zip(("Ada", "Grace"), office.case(letter_id).split_into, strict=True):
        opened = office.desk.disclosures.open(request_id, office.call(request_id), purpose=purpose, versions=None)
        said = repr(opened)
        assert person in said
        assert ("Grace" if person == "Ada" else "Ada") not in said


def test_nothing_is_split_where_one_of_the_cases_could_not_be_opened(office: Office) -> None:
    letter_id = letter_for_many(office)
    before = office.names()
    with pytest.raises(ConflictOfInterest):
        office.desk.splitting.split(
            letter_id, office.call(letter_id), parts=PARTS, mandate=replace(MANDATE, conflict=True)
        )
    assert office.names() == before
