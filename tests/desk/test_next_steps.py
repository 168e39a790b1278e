"""What a caller may do next: the law of the case, the roles of the routes, the scope of the caller (docs/law §3)."""

from dataclasses import replace
from uuid import UUID

import pytest

from dsr.desk.next_steps import Offered, commands
from dsr.domain.request.awaited import Need, Party
from dsr.domain.request.state_guards import STATE_GUARDS
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from tests.desk.office import Office, member
from tests.traffic import counted

BY_NO_ROUTE_OF_THEIR_OWN = {
    *("note_claim", "settle_claim", "doubt_sender", "note_malware", "note_order_date"),
    *("send_question", "send_password", "record_hand_over", "record_hand_over_failed"),
    *("send_sign_in_code", "sign_in", "ask_for_link", "record_due", "attest_forgetting", "restore_forgetting"),
    "open_search_link",
}
"""The service, the worker or the data subject gives them, or another command along with itself."""


@pytest.fixture
def backend() -> str:
    """Nothing here depends on the database."""
    return "sqlite"


def step(office: Office, request_id: UUID, command: str, who: frozenset[Role] | None = None) -> Offered:
    caller = office.ann if who is None else member("eve", roles=who)
    (found,) = office.desk.next_steps.of_case(request_id, caller, command=command).steps
    return found


def test_every_command_that_a_person_gives_is_a_step() -> None:
    assert STATE_GUARDS.keys() - commands().keys() == BY_NO_ROUTE_OF_THEIR_OWN


def test_a_step_says_how_it_is_given_and_on_which_law(office: Office) -> None:
    # given
    case = office.registered(Right.ACCESS)
    # when
    grant = step(office, case, "grant")
    # then
    assert (grant.allowed, grant.code, grant.detail) == (True, None, None)
    assert grant.about == {"item_id": "access"}
    assert grant.href == f"/api/v1/requests/{case}/items/access/grant"
    assert grant.law == ("GDPR Art. 15-22",)


def test_a_step_that_the_law_refuses_says_why_in_the_words_of_its_guard(office: Office) -> None:
    case = office.registered(Right.RECTIFICATION)
    office.desk.items.grant(case, "rectification", office.call(case))
    rectify = step(office, case, "rectify")
    assert (rectify.allowed, rectify.code, rectify.law) == (False, "accuracy-unassessed", ("GDPR Art. 5(1)(d)",))
    assert rectify.detail is not None
    assert rectify.detail.startswith("Assess first whether the data is accurate")


def test_a_missing_role_is_said_before_the_law(office: Office) -> None:
    case = office.registered(Right.ACCESS)
    for role, allowed in ((Role.HANDLER, True), (Role.SYSTEM_OWNER, True), (Role.AUDITOR, False), (Role.DPO, False)):
        assert step(office, case, "grant", frozenset({role})).allowed is allowed
    found = step(office, case, "grant", frozenset({Role.AUDITOR}))
    assert found.code == "forbidden"
    assert found.detail == "This needs one of the roles: handler, system-owner."


def test_a_data_protection_officer_decides_nothing(office: Office) -> None:
    """GDPR Art. 38(6)."""
    case = office.registered(Right.ACCESS)
    office.desk.deadlines.propose_extension(case, office.call(case), ground="complexity", reasons="Many systems.")
    both = frozenset({Role.APPROVER, Role.DPO})
    assert step(office, case, "approve_extension", both).code == "four-eyes"
    assert step(office, case, "approve_extension", frozenset({Role.APPROVER})).allowed


def test_nobody_approves_their_own_proposal_and_the_case_waits_for_somebody_else(office: Office) -> None:
    case = office.registered(Right.ACCESS)
    office.desk.deadlines.propose_extension(case, office.call(case), ground="complexity", reasons="Many systems.")
    assert step(office, case, "approve_extension").code == "four-eyes"
    (awaited,) = [
        each for each in office.desk.next_steps.of_case(case, office.ann).waits_for if each.party is Party.APPROVER
    ]
    assert (awaited.need, awaited.command, awaited.about) == (Need.APPROVAL, "approve_extension", {})


def test_an_item_of_a_joint_controller_is_for_those_who_work_for_it(office: Office) -> None:
    """GDPR Art. 26."""
    # given
    case = office.arrived()
    both = ("callcentre-de", "callcentre-fr")
    office.desk.triage.register(
        case, office.call(case), rights=(Right.ACCESS,), direct_marketing=False, controllers=both
    )
    french = replace(office.ann, scope=frozenset({"callcentre-fr"}))
    # when
    found = office.desk.next_steps.of_case(case, french, command="grant").steps
    # then
    assert {each.about["item_id"]: each.code for each in found} == {"access": "forbidden", "access-2": None}
    assert {each.controller_id for each in office.desk.next_steps.of_case(case, french).waits_for} == {*both}


@pytest.mark.parametrize("allowed", [True, False])
def test_steps_can_be_asked_by_whether_they_are_allowed(office: Office, allowed: bool) -> None:
    case = office.registered(Right.ACCESS)
    every = office.desk.next_steps.of_case(case, office.ann).steps
    some = office.desk.next_steps.of_case(case, office.ann, allowed=allowed).steps
    assert some == tuple(each for each in every if each.allowed is allowed)
    assert some


def test_an_item_can_be_finished_where_it_can_be_completed_or_only_its_search_is_missing(office: Office) -> None:
    case = office.registered(Right.ACCESS)
    assert step(office, case, "finish").code == "item-not-granted"
    office.desk.items.grant(case, "access", office.call(case))
    assert step(office, case, "record_done").code == "systems-unsearched"
    finish = step(office, case, "finish")
    assert (finish.allowed, finish.operation) == (True, "finish_item")
    assert finish.href == f"/api/v1/requests/{case}/items/access/finish"


def test_the_steps_cost_no_more_than_loading_the_case(office: Office) -> None:
    case = office.registered(Right.ACCESS, Right.ERASURE)
    with counted(office.service) as loading:
        office.desk.repository.calendar(office.case(case))
    with counted(office.service) as asking:
        office.desk.next_steps.of_case(case, office.ann)
    assert asking == loading
