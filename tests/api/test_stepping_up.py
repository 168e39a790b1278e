"""A person in a session proves anew who they are before what is grave; the table of it is that of docs/security."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest

from dsr.api.enumerations import meanings
from dsr.api.operation import Operation
from dsr.api.stepping_up import STEP_UP, StepUpReason
from dsr.domain.roles import Role
from tests.api.access import PAGE
from tests.api.colleague import Colleague, signed_in
from tests.api.routes import routes
from tests.api.team import Team

EVERY_ROLE = tuple(role for role in Role if role not in (Role.AUDITOR, Role.DATA_SUBJECT))

WITHOUT = {"confirm_identity", "confirm_sender", "confirm_redaction"}
"""They decide, but about one case, by whoever works on it, and can be taken back."""


def operations(team: Team) -> Iterator[tuple[str, str, Operation]]:
    """Method, rule and operation of every route that changes something with a token or a session."""
    for name, (rule, said) in routes(team.app).items():
        path = re.sub("<uuid:[^>]*>", str(uuid4()), rule.rule).replace("<item_id>", "access")
        yield name.split()[0], re.sub("<int:[^>]*>", "1", path).replace("<identifier>", "nobody"), said


def test_the_table_names_operations_that_exist_and_is_the_one_that_is_documented(team: Team) -> None:
    names = {said.name for _, _, said in operations(team)}
    assert STEP_UP.keys() <= names
    section = PAGE.read_text(encoding="utf-8").partition("## A fresh proof\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")][2:]
    documented = {name: words for words, listed in rows for name in re.findall("`([a-z_]+)`", listed)}
    assert documented == {name: meanings(StepUpReason)[reason] for name, reason in STEP_UP.items()}


def test_whatever_approvers_and_operators_alone_do_asks_for_a_fresh_proof(team: Team) -> None:
    """So that a new command of theirs is not forgotten; ending a credential or a session never waits."""
    missing = {
        said.name
        for method, _, said in operations(team)
        if method == "POST"
        and said.roles
        and (said.name.startswith(("decide_", "approve_", "confirm_")) or said.roles == {Role.OPERATOR})
        and not said.reads
    }
    assert missing - WITHOUT <= STEP_UP.keys(), "put them into STEP_UP (dsr/api/stepping_up.py)"
    assert {"revoke_token", "revoke_passkey", "end_session", "end_sessions"}.isdisjoint(STEP_UP)


def test_each_operation_of_the_table_and_no_other_is_refused_after_five_minutes(team: Team) -> None:
    # given
    everybody = signed_in(team, "everybody", *EVERY_ROLE)
    auditor = signed_in(team, "aud", Role.AUDITOR)
    team.clock.advance(minutes=5)
    sent = {
        each: {"DSR-Form-Token": each.ask("GET", "/session").get_json()["form_token"]} for each in (everybody, auditor)
    }
    refused = set()
    # when
    for method, path, said in operations(team):
        if said.public or not path.startswith("/api/"):
            continue
        who = everybody if set(said.roles or ()) & set(EVERY_ROLE) else auditor
        answer = who.client.open(path, method=method, headers=sent[who], environ_base={"REMOTE_ADDR": who.address})
        if answer.status_code == 403 and answer.get_json()["code"] == "step-up-required":
            refused.add(said.name)
            assert answer.get_json()["facts"] == {"route": "/account/step-up"}
    # then
    pages = {"new_passkey", "register_own_passkey", "revoke_own_passkey"}
    pages |= {"make_calendar_address", "adopt_record", "order_bundle"}
    assert refused == STEP_UP.keys() - pages
    assert team.specification.document["paths"]["/api/v1/staff"]["post"]["x-step-up"] is True


@pytest.mark.parametrize("minutes", [4, 5])
def test_a_proof_holds_for_five_minutes_and_is_given_again(team: Team, minutes: int) -> None:
    # given
    operator = signed_in(team, "olga", Role.OPERATOR)
    team.clock.advance(minutes=minutes)

    def enrol(who: Colleague) -> str:
        token = {"DSR-Form-Token": who.ask("GET", "/session").get_json()["form_token"]}
        return str(who.ask("POST", "/staff", json={}, headers=token | {"Idempotency-Key": "1"}).get_json()["code"])

    assert enrol(operator) == ("input-invalid" if minutes == 4 else "step-up-required")
    # when
    assert operator.step_up().headers["Location"] == "/account"
    # then
    assert enrol(operator) == "input-invalid"
    assert team.post("/staff", {}, "operator", key="1").get_json()["code"] == "input-invalid", "a token is not asked"


def test_a_page_leads_to_the_proof_and_back(team: Team) -> None:
    carla = signed_in(team, "carla", Role.HANDLER)
    team.clock.advance(minutes=6)
    for path in ("/account/passkeys", "/account/passkeys/revocation"):
        carla.open("/account")
        assert carla.send(path).headers["Location"].startswith("/account/step-up?next=/account")
    leads_to = carla.open("/account/passkey").headers["Location"]
    assert leads_to == "/account/step-up?next=/account/passkey"
    carla.open(leads_to)
    assert 'name="next" value="/account/passkey"' in carla.text
    answer = carla.send("/account/step-up", answer=carla.key.get(carla.options), next="/account/passkey")
    assert answer.headers["Location"] == "/account/passkey"
    assert carla.open("/account/passkey").status_code == 200


def test_a_clock_that_was_put_back_keeps_no_proof_fresh(team: Team) -> None:
    # given
    operator = signed_in(team, "olga", Role.OPERATOR)
    # when
    team.clock.advance(minutes=-60)
    # then
    sent = {"DSR-Form-Token": operator.ask("GET", "/session").get_json()["form_token"], "Idempotency-Key": "1"}
    assert operator.ask("POST", "/staff", json={}, headers=sent).get_json()["code"] == "step-up-required"
    assert operator.step_up().headers["Location"] == "/account"
    sent |= {"DSR-Form-Token": operator.ask("GET", "/session").get_json()["form_token"]}
    assert operator.ask("POST", "/staff", json={}, headers=sent).get_json()["code"] == "input-invalid"
