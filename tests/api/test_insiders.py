"""What an operator or a colleague could do alone, and what stops or shows it (GDPR Art. 32(1)(b), (4), 5(2))."""

import ssl
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.roles import Role
from dsr.openid import Fetcher, OpenIdClient, OpenIdProvider
from tests.api.colleague import signed_in
from tests.api.team import Team
from tests.mailed import mails

NO_NETWORK = Fetcher("", ssl.create_default_context())

READY = {
    "confidentiality_signed_on": "2026-03-05",
    "training": {"course": "gdpr-basics", "completed_on": "2026-03-04"},
}


@pytest.fixture
def alone(team: Team) -> Team:
    """A service with one operator, and nobody else."""
    staff = team.service.desk.staff
    team._tokens["operator"] = staff.secret(staff.issue_token("operator", Call(part("test"))))
    return team


def enrol(team: Team, identifier: str, *roles: str) -> Any:
    """The operator makes somebody up, with a mailbox of the operator's own."""
    body = {"identifier": identifier, "roles": roles, "controllers": ["*"]} | READY
    made = team.post("/staff", body, "operator", key=str(uuid4()))
    assert made.status_code == 201, made.text
    return made.get_json()


def shown(team: Team, identifier: str, who: str = "operator") -> Any:
    return team.get(f"/staff/{identifier}", who).get_json()


def confirm(team: Team, identifier: str, who: str) -> Any:
    etag = team.get(f"/staff/{identifier}", who).headers["ETag"]
    return team.post(f"/staff/{identifier}/confirmation", {}, who, if_match=etag)


def test_operator_makes_two_people_and_approves(team: Team) -> None:
    # given: another operator is there, who could confirm
    team.token("operator")
    for identifier, role in (("op-a", "handler"), ("op-b", "approver")):
        enrol(team, identifier, role)
        team.fetch(identifier)
        # then
        team.refused(team.get("/requests", identifier), 403, "staff-unconfirmed")
        team.refused(confirm(team, identifier, "operator"), 409, "confirmation-not-yours")
    listed = team.get("/staff", "operator").get_json()["items"]
    unconfirmed = [each["identifier"] for each in listed if each["unconfirmed"]]
    assert unconfirmed == ["op-a", "op-b"]


def test_operator_makes_an_operator_who_confirms_the_rest(team: Team) -> None:
    team.token("operator")
    enrol(team, "puppet", "operator")
    team.fetch("puppet")
    enrol(team, "op-a", "handler")
    answer = team.post("/staff/op-a/confirmation", {}, "puppet", if_match='"2"')
    team.refused(answer, 403, "staff-unconfirmed")


def in_statistics(team: Team) -> Any:
    return team.get("/statistics", "dora").get_json()["unconfirmed_staff"]


def test_a_single_operator_may_begin_and_it_shows_until_somebody_else_confirms(alone: Team) -> None:
    # given
    made = enrol(alone, "dora", "dpo")
    assert (made["roles"], made["unconfirmed"]) == (["dpo"], True), "nobody else could confirm her"
    alone.fetch("dora")
    assert in_statistics(alone) == ["dora"]
    # when
    enrol(alone, "op-2", "operator")
    alone.fetch("op-2")
    alone.refused(alone.get("/staff", "op-2"), 403, "staff-unconfirmed")
    assert confirm(alone, "op-2", "dora").status_code == 200
    assert shown(alone, "op-2")["confirmed_by"] == "dora"
    alone.refused(confirm(alone, "dora", "operator"), 409, "confirmation-not-yours")
    assert confirm(alone, "dora", "op-2").status_code == 200
    # then
    assert (shown(alone, "dora")["unconfirmed"], shown(alone, "dora")["confirmed_by"]) == (False, "op-2")
    assert in_statistics(alone) == []
    alone.refused(confirm(alone, "dora", "op-2"), 409, "staff-confirmed")


def test_token_for_the_dpo(team: Team) -> None:
    # given
    team.enrol("dora", Role.DPO)
    team.service.desk.work_addresses.give("dora", Call(part("test")), email="dora@staff.example")
    team.token("operator")
    team.enrol("op-2", Role.OPERATOR)
    # when, then: no token for another
    team.refused(team.post("/staff/dora/tokens", {"name": "report"}, "operator", key="t"), 409, "token-for-another")
    # when, then: another address, for an invitation
    etag = team.get("/staff/dora", "operator").headers["ETag"]
    given = team.post("/staff/dora/address", {"email": "operator@evil.example"}, "operator", if_match=etag)
    assert (given.get_json()["roles"], given.get_json()["unconfirmed"]) == ([], True)
    answer = team.post("/staff/dora/invitations", {}, "operator", key="i")
    assert b"dsri_" not in answer.data
    team.fetch("dora")
    case = team.arrived()
    opened = team.command(case, "disclosures", {"purpose": "triage", "versions": [1]}, "dora")
    team.refused(opened, 403, "staff-unconfirmed")
    # and it is told, and listed
    while team.service.desk.credential_mail.send_due():
        pass
    assert any("one-operator" in each and "dora" in each for each in mails(team.service))
    made = [each for each in team.get("/credentials", "op-2").get_json()["items"] if each["for_another"]]
    assert ("dora", "one-operator", "invitation") in [(each["staff"], each["issued_by"], each["kind"]) for each in made]


def test_handler_acts_as_subject(team: Team) -> None:
    # given
    case = team.registered("access")
    # when
    answer = team.command(case, "subject-token", {}, key="s")
    # then: nothing that the handler sees is a token, and only the person gets one
    assert answer.status_code == 201
    assert set(answer.get_json()) == {"token_id", "request_id", "expires_at"}
    seen = [answer.text, team.get(f"/requests/{case.id}/timeline").text, team.get(f"/requests/{case.id}").text]
    assert not any("dsr_" in each for each in seen)
    as_subject = {"Authorization": f"Bearer dsr_{answer.get_json()['token_id']}"}
    team.refused(team.get(f"/requests/{case.id}", None, headers=as_subject), 401, "token-invalid")


def test_a_repetition_shows_no_secret_for_ever(team: Team) -> None:
    issued = team.post("/staff/one-handler/tokens", {"name": "report"}, "handler", key="own")
    assert issued.status_code == 201
    team.clock.advance(minutes=10)
    team.refused(team.post("/staff/one-handler/tokens", {"name": "report"}, "handler", key="own"), 409, "secret-shown")


def change(team: Team, identifier: str, name: str, body: Any, who: str = "operator") -> Any:
    """One command on a member of staff, which has to succeed."""
    etag = team.get(f"/staff/{identifier}", who).headers["ETag"]
    answer = team.post(f"/staff/{identifier}/{name}", body, who, if_match=etag)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def give_roles(team: Team, identifier: str, *roles: str) -> Any:
    return change(team, identifier, "roles", {"roles": roles, "controllers": ["*"]})


def test_a_colleague_who_gives_an_address_lets_nobody_confirm_their_own_enrolment(team: Team) -> None:
    # given
    team.token("operator")
    team.enrol("op-2", Role.OPERATOR)
    enrol(team, "puppet", "approver")
    # when: the second address asks for confirmation, of the address
    for email in ("first@staff.example", "second@staff.example"):
        change(team, "puppet", "address", {"email": email}, "op-2")
    # then: neither has confirmed what they did themselves
    for who in ("operator", "op-2"):
        team.refused(confirm(team, "puppet", who), 409, "confirmation-not-yours")
    assert confirm(team, "puppet", team.enrol("dora", Role.DPO)).status_code == 200


@pytest.fixture
def two(alone: Team) -> Team:
    """A service with one operator, and dora, the data protection officer, who signs in with a passkey."""
    signed_in(alone, "dora", Role.DPO)
    alone.service.desk.work_addresses.give("dora", Call(part("test")), email="dora@staff.example")
    return alone


def invite_without_passkey(team: Team) -> None:
    for each in team.get("/staff/dora/passkeys", "operator").get_json()["items"]:
        assert team.post(f"/staff/dora/passkeys/{each['passkey_id']}/revocation", {}, "operator").status_code == 200
    assert team.post("/staff/dora/invitations", {}, "operator", key="i").status_code == 201


def link_account(team: Team) -> None:
    team.service.desk.openid_sign_in._provider = OpenIdProvider(
        OpenIdClient("https://id.example", "dsr", ""), NO_NETWORK
    )
    change(team, "dora", "accounts", {"subject": "operator"})


REMOVED: dict[str, Callable[[Team], Any]] = {
    "left": lambda team: change(team, "dora", "leaving", {}),
    "other roles": lambda team: give_roles(team, "dora", "handler"),
    "another address": lambda team: change(team, "dora", "address", {"email": "operator@evil.example"}),
    "invited anew": lambda team: team.post("/staff/dora/invitations", {}, "operator", key="i"),
    "her passkey revoked, and invited anew": invite_without_passkey,
    "another account": link_account,
}


@pytest.mark.parametrize("removed", REMOVED)
def test_an_operator_neither_removes_the_second_person_nor_takes_their_place(two: Team, removed: str) -> None:
    # when
    REMOVED[removed](two)
    # then: nothing that is given holds without her
    assert enrol(two, "puppet", "approver")["roles"] == []
    if removed != "left":
        # and whoever has the credential that was made for her confirms nothing
        assert "dpo" not in shown(two, "dora")["roles"]
        assert "dpo" not in give_roles(two, "dora", "dpo")["roles"]
        # and whoever runs the machine says that it is she
        two.service.desk.staff.confirm("dora", Call(part("cli")))
        assert shown(two, "dora")["roles"] == ["dpo"]


def test_an_address_for_somebody_who_had_a_passkey_waits_although_it_is_the_first(team: Team) -> None:
    # given
    team.token("operator")
    team.token("dpo")
    signed_in(team, "carla", Role.APPROVER)
    for each in team.get("/staff/carla/tokens", "operator").get_json()["items"]:
        assert team.post(f"/staff/carla/tokens/{each['token_id']}/revocation", {}, "operator").status_code == 200
    # when
    given = change(team, "carla", "address", {"email": "operator@evil.example"})
    # then
    assert (given["roles"], given["unconfirmed"]) == ([], True)


def test_a_first_address_after_the_confirmation_waits_for_a_second_person(team: Team) -> None:
    """Else whoever gives it takes the place of somebody who was confirmed."""
    # given: the officer confirmed Erin, who has no address yet
    team.token("operator")
    enrol(team, "erin", "approver")
    team.confirm("erin")
    # when
    given = change(team, "erin", "address", {"email": "operator@evil.example"})
    # then
    assert (given["roles"], given["unconfirmed"]) == ([], True)
    team.refused(confirm(team, "erin", "operator"), 409, "confirmation-not-yours")
    assert confirm(team, "erin", "dpo").get_json()["roles"] == ["approver"]


def test_a_first_address_of_a_colleague_lets_them_confirm_nobody(team: Team) -> None:
    # given: one operator enrols, another gives the address
    team.token("operator")
    team.enrol("op-2", Role.OPERATOR)
    enrol(team, "erin", "approver")
    # when
    change(team, "erin", "address", {"email": "op-2@evil.example"}, "op-2")
    # then
    for who in ("operator", "op-2"):
        team.refused(confirm(team, "erin", who), 409, "confirmation-not-yours")
    assert confirm(team, "erin", "dpo").status_code == 200


def test_a_first_address_of_whoever_enrolled_waits_for_the_same_confirmation(alone: Team) -> None:
    """Enrolment and address are one: a single operator may begin with the data protection officer."""
    enrol(alone, "dora", "dpo")
    given = change(alone, "dora", "address", {"email": "dora@staff.example"})
    assert (given["roles"], given["unconfirmed"]) == (["dpo"], True)


def test_a_confirmer_confirms_nobody_for_more_than_their_own_controllers(team: Team) -> None:
    # given: an operator for all controllers, and an officer for one
    team.token("operator")
    team.enrol("dora", Role.DPO, controllers=("callcentre-de",))
    enrol(team, "erin", "approver")  # for every controller
    # when, then
    team.refused(confirm(team, "erin", "dora"), 403, "forbidden")
    assert shown(team, "erin")["roles"] == []
    assert confirm(team, "erin", "dpo").status_code == 200
