"""Holds at the desk: what keeps data from being deleted, for whom, how long, and who asks (docs/law §3, §6)."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from dsr.desk.caller import Call, Caller
from dsr.desk.errors import Forbidden, IdentifierMissing
from dsr.desk.new_case import Person
from dsr.desk.search_lists import SystemReport
from dsr.domain.own_erasure import HeldForAnswer, OwnErasureKind, PersonUnstated
from dsr.domain.request.erasure import ErasureGround
from dsr.domain.request.errors import AccessBeforeErasure, ReasonRequired
from dsr.domain.request.holds import HoldCoversNothing, HoldUnknown, LegalHold
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.standing import HoldKind
from dsr.domain.rights import Right
from dsr.domain.ropa import ActivityUnknown, ControllerUnknown, SubjectsUnknown, SystemElsewhere, SystemUnknown
from dsr.projections.holds import HoldFilter, hold_list
from tests.desk.office import Office

DE, FR = "callcentre-de", "callcentre-fr"


def register(office: Office, *rights: Right, subjects: tuple[str, ...] = (), **facts: Any) -> UUID:
    request_id: UUID = office.arrived(**facts)
    office.desk.triage.register(request_id, office.call(request_id), rights=rights, subjects=subjects)
    return request_id


def place(office: Office, request_id: UUID, who: Caller | None = None, **facts: Any) -> UUID:
    said: dict[str, Any] = {
        "kind": HoldKind.LEGAL,
        "controller_id": None,
        "activities": (),
        "systems": ("crm",),
        "reason": "She sued us in February.",
    }
    office.desk.holds.place(request_id, office.call(request_id, who), **(said | facts))
    return next(reversed(office.case(request_id).holds))


def release(office: Office, request_id: UUID, hold_id: UUID, reason: str = "Settled.") -> None:
    office.desk.holds.release(request_id, hold_id, office.call(request_id), reason=reason)


def held(office: Office, request_id: UUID) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    return [
        (hold.kind.value, hold.controller_id, hold.activities, hold.systems)
        for hold in office.case(request_id).holds.values()
    ]


def may_delete(office: Office, who: Caller | None = None, **facts: Any) -> bool:
    said = {"controller_id": DE, "system": "recordings", "email": "", "phone": "", "identifiers": ()} | facts
    return bool(office.desk.holds.may_delete(who or office.ann, **said).may_delete)


def grant_erasure(office: Office, request_id: UUID, *activities: str) -> Any:
    ground = ErasureGround.NO_LONGER_NECESSARY
    call = office.call(request_id)
    return office.desk.items.grant(request_id, "erasure", call, erasure_ground=ground, activities=activities)


# By themselves ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY])
def test_asking_for_a_copy_holds_recordings_of_thirty_days_and_nothing_that_is_kept_for_years(
    office: Office, right: Right
) -> None:
    request_id = register(office, right)
    assert held(office, request_id) == [("retention", DE, ("customer-calls",), ("quality", "recordings"))]


def test_only_processing_of_the_people_named_is_held(office: Office) -> None:
    assert held(office, register(office, Right.ACCESS, subjects=("employees",))) == []
    assert held(office, register(office, Right.ACCESS, subjects=("employees", "customers"))) != []


def test_people_whom_the_record_does_not_name_are_refused(office: Office) -> None:
    with pytest.raises(SubjectsUnknown) as refusal:
        register(office, Right.ACCESS, subjects=("martians",))
    assert refusal.value.code == "subject-category-unknown"


def test_each_controller_that_answers_holds_its_own_and_so_does_the_one_it_is_passed_on_to(office: Office) -> None:
    request_id = office.arrived()
    both: dict[str, Any] = {"rights": (Right.ACCESS,), "controllers": (DE, FR)}
    office.desk.triage.register(request_id, office.call(request_id), **both)
    assert [hold[1] for hold in held(office, request_id)] == [DE, FR]
    passed: dict[str, Any] = {"controller_id": "callcentre-pl", "reason": "She lives in Lodz.", "received_on": None}
    office.desk.triage.reassign(request_id, office.call(request_id), **passed)
    assert [hold[1] for hold in held(office, request_id)] == [DE, FR, "callcentre-pl"]


def test_closing_lets_the_ordinary_periods_count_again(office: Office) -> None:
    # given
    request_id = register(office, Right.ACCESS)
    place(office, request_id)
    desk = office.desk
    office.search(request_id, "access")
    desk.items.record_nothing_held(request_id, "access", office.call(request_id))
    letter = office.letter(LetterKind.ACCESS)
    desk.answers.record_answer(request_id, office.call(request_id), draft=letter, item_ids=("access",))
    # when
    desk.answers.close(request_id, office.call(request_id), unidentified=False)
    # then
    assert [kind for kind, *_ in held(office, request_id)] == ["legal"]
    with office.service.database.reading() as connection:
        [gone] = hold_list(connection, HoldFilter(released=True)).rows
    assert (gone["kind"], gone["released_by"], gone["released_at"]) == ("retention", "ann", office.clock.now())
    assert office.differences() == []


def test_the_periods_of_the_record_that_the_case_pinned_decide(office: Office, example: str) -> None:
    before = office.arrived()
    office.desk.ropa.adopt(example.replace("period: P30D", "period: P1Y").encode(), Call(office.ann))
    after = office.arrived()
    for request_id in (before, after):
        office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    assert (len(held(office, before)), len(held(office, after))) == (1, 0)


# By hand ---------------------------------------------------------------------------------------------------------


def test_a_hold_on_an_activity_covers_the_systems_of_that_activity(office: Office) -> None:
    request_id = office.arrived(text="Hello.")
    place(office, request_id, activities=("customer-calls",), systems=())
    assert held(office, request_id) == [("legal", DE, ("customer-calls",), ("quality", "recordings"))]
    assert not may_delete(office, email="ada@example.org")
    assert may_delete(office, email="ada@example.org", system="crm")


def test_a_hold_may_name_fewer_systems_than_its_activity_has(office: Office) -> None:
    request_id = office.arrived()
    place(office, request_id, activities=("customer-calls",), systems=("quality",))
    assert held(office, request_id) == [("legal", DE, ("customer-calls",), ("quality",))]


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"systems": ()}, HoldCoversNothing),
        ({"reason": " "}, ReasonRequired),
        ({"systems": ("nowhere",)}, SystemUnknown),
        ({"controller_id": FR, "systems": ("hr",)}, SystemElsewhere),
        ({"activities": ("nothing",)}, ActivityUnknown),
        ({"controller_id": FR, "activities": ("employment",)}, ActivityUnknown),
        ({"controller_id": "callcentre-xx"}, ControllerUnknown),
    ],
)
def test_a_hold_names_what_the_pinned_record_knows_of_that_controller(
    office: Office, facts: dict[str, Any], error: type[Exception]
) -> None:
    request_id = office.arrived()
    with pytest.raises(error):
        place(office, request_id, **facts)
    assert held(office, request_id) == []


def test_a_hold_is_released_once_and_for_a_reason(office: Office) -> None:
    request_id = office.arrived()
    hold_id = place(office, request_id)
    with pytest.raises(ReasonRequired):
        release(office, request_id, hold_id, " ")
    release(office, request_id, hold_id)
    for unknown in (hold_id, uuid4()):
        with pytest.raises(HoldUnknown):
            release(office, request_id, unknown)


# Asking before deleting ------------------------------------------------------------------------------------------


def test_a_job_is_told_no_by_whatever_identifies_the_person_and_yes_afterwards(office: Office) -> None:
    # given
    person = Person(name="Ada Lovelace", email="Ada@Example.org", phone="+49 30 1234567", identifiers=("KdNr-70417",))
    request_id = register(office, Right.ACCESS, person=person)
    ways: list[dict[str, Any]] = [
        {"email": "ada@example.org"},
        {"phone": "0049 30 12 34 567"},
        {"identifiers": ("kdnr-70417",)},
        {"email": "other@example.org", "identifiers": ("KdNr-80418", "KdNr-70417")},
    ]
    # then
    assert [may_delete(office, **way) for way in ways] == [False] * 4
    assert may_delete(office, email="bob@example.org")
    assert may_delete(office, email="ada@example.org", system="crm")
    assert may_delete(office, email="ada@example.org", controller_id=FR)
    # when
    call = office.call(request_id)
    office.desk.answers.withdraw(request_id, call, confirmed=True, statement="", item_ids=None)
    # then
    assert [may_delete(office, **way) for way in ways] == [True] * 4


def test_a_question_about_nobody_or_another_controller_is_refused(office: Office) -> None:
    with pytest.raises(IdentifierMissing):
        may_delete(office, email=" ")
    with pytest.raises(Forbidden):
        may_delete(office, office.member("eve", FR), email="ada@example.org")


# What a legal hold stands against --------------------------------------------------------------------------------


def test_a_legal_hold_on_another_case_of_the_same_person_stands_against_erasure(office: Office) -> None:
    # given
    sued = office.arrived(text="Hello.")
    request_id = register(office, Right.ERASURE)
    hold_id = place(office, sued, activities=("customer-relations",), systems=())
    # when, then
    with pytest.raises(LegalHold) as refusal:
        grant_erasure(office, request_id)
    assert refusal.value.facts == {"hold_id": hold_id}
    grant_erasure(office, request_id, "customer-calls")
    besides = (SystemReport("crm", SearchResult.FOUND),)
    office.desk.search_lists.account(request_id, "erasure", office.call(request_id), reports=besides)
    with pytest.raises(LegalHold):
        office.done(request_id, "erasure")
    release(office, sued, hold_id)
    office.done(request_id, "erasure")


def test_a_namesake_has_no_part_in_it(office: Office) -> None:
    namesake = office.arrived(person=Person(name="Ada Lovelace", email="another.ada@example.org"))
    place(office, namesake, activities=("customer-relations",), systems=())
    grant_erasure(office, register(office, Right.ERASURE))


def test_a_retention_hold_stands_against_a_job_and_not_against_an_erasure(office: Office) -> None:
    place(office, office.arrived(text="Hello."), kind=HoldKind.RETENTION)
    assert not may_delete(office, email="ada@example.org", system="crm")
    grant_erasure(office, register(office, Right.ERASURE))


def test_a_legal_hold_placed_on_another_case_after_the_grant_stands_against_carrying_it_out(office: Office) -> None:
    # given
    request_id = register(office, Right.ERASURE)
    grant_erasure(office, request_id, "customer-calls")
    place(office, office.arrived(text="Hello."), activities=("customer-calls",), systems=("quality",))
    office.search(request_id, "erasure", "recordings")
    # when, then: a part of what is erased is kept, and nobody has told her
    with pytest.raises(LegalHold):
        office.done(request_id, "erasure")
    draft = office.refusal(ground="legal-claims", provision="", extent=("evaluations",), claims=(), in_part=True)
    office.desk.items.propose_refusal(request_id, "erasure", office.call(request_id), draft=draft)
    decided: dict[str, Any] = {"approve": True, "reason": ""}
    office.desk.items.decide_refusal(request_id, "erasure", office.call(request_id, office.bob), **decided)
    office.done(request_id, "erasure", account="All gone but the evaluation.")


# A copy that is still owed ---------------------------------------------------------------------------------------


def nothing_held(office: Office, request_id: UUID, item_id: str) -> None:
    office.search(request_id, item_id)
    office.desk.items.record_nothing_held(request_id, item_id, office.call(request_id))


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY])
@pytest.mark.parametrize("granted", [False, True])
def test_a_copy_asked_for_in_another_case_of_the_same_person_comes_before_erasure(
    office: Office, right: Right, granted: bool
) -> None:
    # given
    request_id = register(office, Right.ERASURE)

    def grant() -> None:
        grant_erasure(office, request_id, "customer-calls")

    def carry_it_out() -> None:
        office.done(request_id, "erasure")

    steps = [grant, carry_it_out]
    if granted:
        steps.pop(0)()
    copies = register(office, right)
    # when, then
    with pytest.raises(AccessBeforeErasure):
        steps[0]()
    nothing_held(office, copies, right.value)
    for step in steps:
        step()


def test_a_copy_of_somebody_else_or_of_another_controller_is_not_waited_for(office: Office) -> None:
    register(office, Right.ACCESS, person=Person(name="Ada Lovelace", email="another.ada@example.org"))
    register(office, Right.ACCESS, controller_id=FR)
    register(office, Right.RECTIFICATION)
    grant_erasure(office, register(office, Right.ERASURE))


def test_a_copy_that_a_joint_controller_owes_in_the_case_of_another_one_comes_first(office: Office) -> None:
    french = office.arrived(controller_id=FR)
    both: dict[str, Any] = {"rights": (Right.ACCESS,), "controllers": (FR, DE)}
    office.desk.triage.register(french, office.call(french), **both)
    request_id = register(office, Right.ERASURE)
    nothing_held(office, french, "access")
    with pytest.raises(AccessBeforeErasure):
        grant_erasure(office, request_id)
    nothing_held(office, french, "access-2")
    grant_erasure(office, request_id)


def test_a_copy_asked_for_by_a_sender_in_doubt_holds_up_no_erasure_and_is_named(office: Office) -> None:
    """Anybody can type the address of somebody else, and would keep their erasure waiting."""
    # given
    request_id = register(office, Right.ERASURE)
    doubtful = office.case_by_mail(office.refuted_mail())
    # when, then: before somebody registered it
    grant_erasure(office, request_id, "customer-calls")
    assert office.desk.next_steps.copies_in_doubt(request_id, office.ann) == (doubtful,)
    # when, then: and after
    office.desk.triage.register(doubtful, office.call(doubtful), rights=(Right.ACCESS,))
    grant_erasure(office, register(office, Right.ERASURE), "customer-calls")
    assert office.desk.next_steps.copies_in_doubt(request_id, office.ann) == (doubtful,)
    # when: a person finds out who wrote
    office.desk.triage.confirm_sender(doubtful, office.call(doubtful), reason="She said so on the telephone.")
    # then
    with pytest.raises(AccessBeforeErasure):
        office.done(request_id, "erasure")
    assert office.desk.next_steps.copies_in_doubt(request_id, office.ann) == ()


def test_doubt_about_both_senders_weighs_nothing(office: Office) -> None:
    request_id, copy = (office.case_by_mail(office.refuted_mail()) for _ in range(2))
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ERASURE,))
    office.desk.triage.register(copy, office.call(copy), rights=(Right.ACCESS,))
    with pytest.raises(AccessBeforeErasure):
        grant_erasure(office, request_id, "customer-calls")


# Erasing without a request ---------------------------------------------------------------------------------------


def report(office: Office, request_id: UUID | None, kind: OwnErasureKind = OwnErasureKind.NO_LEGAL_BASIS) -> UUID:
    answer = office.desk.own_erasures.report(
        Call(office.ann),
        kind=kind,
        controller_id=DE,
        system="recordings",
        found_at=office.clock.now(),
        description="The call of 09:12.",
        request_id=request_id,
    )
    return UUID(answer.resource_id)


def carry_out(office: Office, erasure_id: UUID, *systems: str, **marks: Any) -> None:
    said = {"deleted_at": None, "recipients_told": (), "account": "Deleted with its copies."} | marks
    office.desk.own_erasures.carry_out(erasure_id, Call(office.bob), systems=systems, **said)


@pytest.mark.parametrize("on_the_same_case", [True, False])
def test_a_legal_hold_stands_against_an_erasure_without_request_that_a_case_led_to(
    office: Office, on_the_same_case: bool
) -> None:
    # given
    request_id, other = office.arrived(text="Hello."), office.arrived(text="Hello.")
    held_on = request_id if on_the_same_case else other
    hold_id = place(office, held_on, systems=("quality",))
    erasure_id = report(office, request_id)
    # when, then
    with pytest.raises(LegalHold):
        carry_out(office, erasure_id, "recordings", "quality")
    release(office, held_on, hold_id)
    carry_out(office, erasure_id, "recordings", "quality")


def test_a_hold_elsewhere_or_of_somebody_else_stands_against_no_erasure_without_request(office: Office) -> None:
    request_id = office.arrived(text="Hello.")
    place(office, request_id, systems=("crm",))
    namesake = office.arrived(text="Hello.", person=Person(name="Ada Lovelace", email="another.ada@example.org"))
    place(office, namesake, systems=("recordings",))
    carry_out(office, report(office, request_id), "recordings")
    carry_out(office, report(office, None), "recordings", person_unknown=True)


MARKS: list[dict[str, Any]] = [
    {"email": "ADA@example.org"},
    {"phone": "0049 30 12 34 567"},
    {"identifiers": ("KdNr-80418", "kdnr-70417")},
    {"email": "bob@example.org", "identifiers": ("KdNr-70417",)},
]


@pytest.mark.parametrize("marks", MARKS)
@pytest.mark.parametrize("kind", OwnErasureKind)
def test_what_is_held_of_whom_the_marks_identify_stands_against_erasing_without_a_request(
    office: Office, kind: OwnErasureKind, marks: dict[str, Any]
) -> None:
    # given
    person = Person(name="Ada Lovelace", email="ada@example.org", phone="+49 30 1234567", identifiers=("KdNr-70417",))
    hold_id = place(office, held_on := office.arrived(text="Hello.", person=person), systems=("recordings",))
    erasure_id = report(office, None, kind)
    # when, then
    with pytest.raises(LegalHold):
        carry_out(office, erasure_id, "recordings", **marks)
    release(office, held_on, hold_id)
    carry_out(office, erasure_id, "recordings", **marks)
    assert b"kdnr-70417" not in repr(office.everything()).lower().encode()
    assert office.differences() == []


@pytest.mark.parametrize("by", [{"request": True}, {"email": "ada@example.org"}])
def test_ordinary_deletion_waits_for_the_answer_and_child_data_does_not(office: Office, by: dict[str, Any]) -> None:
    # given
    marks = dict(by)
    request_id = register(office, Right.ACCESS)
    led_to_it = request_id if marks.pop("request", False) else None
    # when, then
    for kind in OwnErasureKind:
        erasure_id = report(office, led_to_it, kind)
        if kind is OwnErasureKind.NO_LEGAL_BASIS:
            with pytest.raises(HeldForAnswer):
                carry_out(office, erasure_id, "recordings", **marks)
        else:
            carry_out(office, erasure_id, "recordings", **marks)


def test_marks_are_looked_up_besides_the_case_that_led_to_the_report(office: Office) -> None:
    told_by = office.arrived(text="Hello.", person=Person(name="Bob", email="bob@example.org"))
    place(office, office.arrived(text="Hello."), systems=("recordings",))
    erasure_id = report(office, told_by)
    with pytest.raises(LegalHold):
        carry_out(office, erasure_id, "recordings", email="ada@example.org")
    carry_out(office, erasure_id, "recordings")


@pytest.mark.parametrize("unsaid", [{}, {"email": " ", "identifiers": ("-",)}])
def test_without_a_request_it_is_said_whose_data_it_is_or_that_nobody_knows(
    office: Office, unsaid: dict[str, Any]
) -> None:
    erasure_id = report(office, None)
    with pytest.raises(PersonUnstated):
        carry_out(office, erasure_id, "recordings", **unsaid)
    carry_out(office, erasure_id, "recordings", **unsaid, person_unknown=True)
