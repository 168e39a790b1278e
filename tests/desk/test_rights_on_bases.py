"""Which right exists on which legal basis, asked of the record that the case pinned (docs/law §4)."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.domain.request.erasure import ErasureGround
from dsr.domain.request.errors import GroundNotAvailable
from dsr.domain.request.letters import LetterKind
from dsr.domain.rights import Right
from dsr.domain.ropa import ActivityUnknown, LegalBasis
from tests.desk.office import Office

DE, FR = "callcentre-de", "callcentre-fr"
RECORDINGS = {"in_part": True, "extent": ("recordings",)}
CONSENT, INTERESTS = "legal_basis: consent\n", "legal_basis: legitimate-interests\n"


def registered(office: Office, right: Right, *subjects: str, **facts: Any) -> UUID:
    request_id: UUID = office.arrived(**facts)
    office.desk.triage.register(request_id, office.call(request_id), rights=(right,), subjects=subjects)
    return request_id


def matrix(office: Office, request_id: UUID, right: Right, *, marketing: bool = False) -> dict[str, tuple[str, str]]:
    """Activity → (whether the right exists, the article)."""
    return {
        each.activity: (each.verdict.existence.value, each.verdict.provision)
        for each in office.desk.rights.of_case(request_id, office.ann)
        if (each.right, each.direct_marketing) == (right, marketing)
    }


def refuse(office: Office, request_id: UUID, item_id: str, *activities: str, **facts: Any) -> Any:
    said: dict[str, Any] = {
        "ground": "right-not-on-this-basis",
        "activities": activities,
        "extent": (),
        "claims": (),
    } | facts
    draft = office.refusal(provision="", **said)
    call = office.call(request_id, office.bob)
    return office.desk.items.propose_refusal(request_id, item_id, call, draft=draft)


def proposed(office: Office) -> Any:
    [event] = [each.event for each in office.service.log.read() if each.name.endswith("refusal-proposed")]
    return event


def test_a_customer_ports_and_withdraws_and_objects_by_withdrawing(office: Office) -> None:
    request_id = registered(office, Right.ACCESS, "customers")
    assert matrix(office, request_id, Right.PORTABILITY) == {
        "customer-calls": ("yes", "GDPR Art. 20(1)"),
        "customer-relations": ("yes", "GDPR Art. 20(1)"),
        "data-subject-requests": ("no", "GDPR Art. 20(1)(a)"),
    }
    assert matrix(office, request_id, Right.OBJECTION)["customer-calls"] == ("instead", "GDPR Art. 7(3)")
    assert matrix(office, request_id, Right.OBJECTION)["customer-relations"] == ("no", "GDPR Art. 21(1)")
    assert matrix(office, request_id, Right.CONSENT_WITHDRAWAL)["customer-calls"] == ("yes", "GDPR Art. 7(3)")
    assert set(matrix(office, request_id, Right.OBJECTION, marketing=True).values()) == {
        ("yes", "GDPR Art. 21(2), (3)")
    }


def test_an_employee_objects_and_ports_nothing(office: Office) -> None:
    request_id = registered(office, Right.ACCESS, "employees")
    assert set(matrix(office, request_id, Right.PORTABILITY).values()) == {("no", "GDPR Art. 20(1)(a)")}
    assert matrix(office, request_id, Right.OBJECTION) == {
        "employee-evaluation": ("yes", "GDPR Art. 21(1)"),
        "employment": ("no", "GDPR Art. 21(1)"),
        "data-subject-requests": ("no", "GDPR Art. 21(1)"),
    }
    assert matrix(office, request_id, Right.ERASURE)["employment"] == ("conditional", "GDPR Art. 17(3)(b)")


def test_the_matrix_is_shown_for_each_controller_that_answers(office: Office) -> None:
    request_id = office.arrived()
    said: dict[str, Any] = {"rights": (Right.ACCESS,), "controllers": (DE, FR), "subjects": ("employees",)}
    office.desk.triage.register(request_id, office.call(request_id), **said)
    shown = {(each.controller_id, each.activity) for each in office.desk.rights.of_case(request_id, office.ann)}
    assert {(controller, activity) for controller, activity in shown if activity == "employment"} == {
        (DE, "employment")
    }
    assert {controller for controller, _ in shown} == {DE, FR}


def test_a_case_keeps_the_version_of_the_record_that_it_arrived_under(office: Office, example: str) -> None:
    # given: from here on, customers' calls rest on legitimate interests
    before = registered(office, Right.PORTABILITY, "customers")
    changed = example.replace(CONSENT, INTERESTS + "    interests: Good service, as an assessment found.\n", 1)
    office.desk.ropa.adopt(changed.encode(), Call(office.ann))
    after = registered(office, Right.PORTABILITY, "customers")
    # then
    assert matrix(office, before, Right.PORTABILITY)["customer-calls"][0] == "yes"
    assert matrix(office, after, Right.PORTABILITY)["customer-calls"][0] == "no"
    with pytest.raises(GroundNotAvailable):
        refuse(office, before, "portability", "customer-calls", **RECORDINGS)
    refuse(office, after, "portability", "customer-calls", **RECORDINGS)
    # passing it on changes nothing of that
    passed: dict[str, Any] = {"controller_id": FR, "reason": "She lives in Lyon.", "received_on": None}
    office.desk.triage.reassign(before, office.call(before), **passed)
    assert matrix(office, before, Right.PORTABILITY)["customer-calls"][0] == "yes"


@pytest.mark.parametrize(
    ("right", "activities"),
    [
        (Right.PORTABILITY, ("employee-evaluation",)),
        (Right.PORTABILITY, ("employee-evaluation", "employment")),
        (Right.OBJECTION, ("customer-relations",)),
    ],
)
def test_a_right_that_does_not_exist_on_the_basis_is_refused_on_it(
    office: Office, right: Right, activities: tuple[str, ...]
) -> None:
    request_id = registered(office, right)
    refuse(office, request_id, right.value, *activities, **RECORDINGS)
    event = proposed(office)
    assert [each.activity for each in event.activities] == list(activities), "with its basis, by the record"
    assert all(isinstance(each.basis, LegalBasis) for each in event.activities)


@pytest.mark.parametrize("named", [(), ("employment",), ("employee-evaluation", "employment")])
def test_a_whole_refusal_rests_on_all_that_the_controller_does_with_such_data(
    office: Office, named: tuple[str, ...]
) -> None:
    request_id = registered(office, Right.PORTABILITY, "employees")
    refuse(office, request_id, "portability", *named)
    assert {each.activity for each in proposed(office).activities} == {
        "employee-evaluation",
        "employment",
        "data-subject-requests",
    }


@pytest.mark.parametrize(
    ("right", "subject", "ground", "convenient"),
    [
        (Right.PORTABILITY, "customers", "right-not-on-this-basis", "data-subject-requests"),
        (Right.OBJECTION, "employees", "right-not-on-this-basis", "employment"),
        (Right.ERASURE, "customers", "no-erasure-ground", "customer-relations"),
    ],
)
def test_naming_only_a_convenient_activity_refuses_a_part_and_never_the_whole(
    office: Office, right: Right, subject: str, ground: str, convenient: str
) -> None:
    request_id = registered(office, right, subject)
    with pytest.raises(GroundNotAvailable):
        refuse(office, request_id, right.value, convenient, ground=ground)
    refuse(office, request_id, right.value, convenient, ground=ground, in_part=True, extent=("contract",))


def test_portability_is_refused_as_a_whole_only_where_nothing_is_automated(office: Office, example: str) -> None:
    # given: of what is done with data of customers, only their contracts stand on paper
    on_paper = example.replace("- id: customer-relations\n", "- id: customer-relations\n    automated: false\n", 1)
    office.desk.ropa.adopt(on_paper.encode(), Call(office.ann))
    request_id = registered(office, Right.PORTABILITY, "customers")
    # when, then
    with pytest.raises(GroundNotAvailable):
        refuse(office, request_id, "portability", "customer-relations", ground="not-automated")
    refuse(office, request_id, "portability", "customer-relations", ground="not-automated", **RECORDINGS)


@pytest.mark.parametrize(
    ("right", "activities", "error"),
    [
        (Right.PORTABILITY, ("customer-calls",), GroundNotAvailable),
        (Right.PORTABILITY, ("employee-evaluation", "customer-relations"), GroundNotAvailable),
        (Right.PORTABILITY, (), GroundNotAvailable),
        (Right.OBJECTION, ("employee-evaluation",), GroundNotAvailable),
        (Right.OBJECTION, ("customer-calls",), GroundNotAvailable),  # a withdrawal instead, never refused
        (Right.ACCESS, ("employee-evaluation",), GroundNotAvailable),
        (Right.PORTABILITY, ("nothing",), ActivityUnknown),
    ],
)
def test_no_handler_can_claim_another_basis_than_the_record_names(
    office: Office, right: Right, activities: tuple[str, ...], error: type[Exception]
) -> None:
    request_id = registered(office, right)
    with pytest.raises(error):
        refuse(office, request_id, right.value, *activities)
    assert "request.refusal-proposed" not in office.names()


def test_processing_of_another_controller_is_no_reason_to_refuse(office: Office) -> None:
    request_id = registered(office, Right.PORTABILITY, controller_id=FR)
    with pytest.raises(ActivityUnknown):
        refuse(office, request_id, "portability", "employment")


# Partial refusals ------------------------------------------------------------------------------------------------


def test_a_part_is_refused_and_the_rest_given_effect_and_one_letter_says_both(office: Office) -> None:
    # given
    request_id = registered(office, Right.ERASURE, "customers")
    desk, call = office.desk, partial(office.call, request_id)
    part = office.refusal(in_part=True, extent=("invoices",))
    desk.items.propose_refusal(request_id, "erasure", call(office.bob), draft=part)
    desk.items.grant(request_id, "erasure", call(), erasure_ground=ErasureGround.NO_LONGER_NECESSARY)
    [row] = desk.history.items(request_id, office.ann)
    assert (row["status"], row["refusal_ground"], row["refusal_extent"], row["refused_in_part"]) == (
        "granted",
        "legal-obligation",
        ["invoices"],
        [],
    )
    desk.items.decide_refusal(request_id, "erasure", call(), approve=True, reason="")
    # when
    office.search(request_id, "erasure", "crm")
    desk.items.record_done(request_id, "erasure", call(), account="All but invoices.")
    # then
    [item] = office.view(request_id)["items"]
    assert (item["status"], item["refused_in_part"], item["answered"]) == ("done", ["invoices"], False)
    [row] = desk.history.items(request_id, office.ann)
    assert (row["refusal_ground"], row["refusal_late"], row["erasure_ground"]) == (
        "legal-obligation",
        False,
        "no-longer-necessary",
    )
    both = {**office.letter(LetterKind.ERASURE).statements, **office.letter(LetterKind.REFUSAL).statements}
    letter = office.letter(LetterKind.ERASURE, statements=both)
    desk.answers.record_answer(request_id, call(), draft=letter, item_ids=("erasure",))
    desk.answers.close(request_id, call(), unidentified=False)
    assert office.view(request_id)["outcome"] == "partly-fulfilled"
    assert office.differences() == []
