"""Who works here, and the tokens that say so (GDPR Art. 29, 32; api.md "Who")."""

import hashlib
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from dsr.desk.caller import Call
from dsr.desk.errors import RequestUnknown, TokenInvalid
from dsr.desk.tokens import tokens
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.domain.ropa import ControllerUnknown
from dsr.domain.staff import StaffHasLeft, StaffIdentifierTaken, StaffTokenUnknown, StaffUnknown


def enrol(office: Any, identifier: str = "carla", *controllers: str, roles: tuple[Role, ...] = (Role.HANDLER,)) -> None:
    office.desk.staff.enrol(
        Call(office.ann), identifier=identifier, roles=roles, controllers=controllers or ("callcentre-de",)
    )


def token(office: Any, identifier: str = "carla", **facts: Any) -> str:
    staff = office.desk.staff
    secret: str = staff.secret(staff.issue_token(identifier, Call(office.ann), **facts))
    return secret


def table(office: Any) -> list[Any]:
    with office.service.database.reading() as connection:
        return list(connection.execute(sa.select(tokens).where(tokens.c.staff.is_distinct_from("operator"))))


def test_a_token_names_its_holder_with_roles_and_scope_as_they_stand_now(office: Any) -> None:
    enrol(office)
    secret = token(office)
    caller = office.desk.staff.authenticate(secret)
    assert (caller.actor, caller.roles, caller.scope) == ("carla", {Role.HANDLER}, {"callcentre-de"})
    office.desk.staff.change_roles("carla", Call(office.ann), roles=(Role.DPO,), controllers=("*",))
    caller = office.desk.staff.authenticate(secret)
    assert (caller.roles, caller.scope) == ({Role.DPO}, None)


def test_the_table_holds_the_hash_alone(office: Any) -> None:
    enrol(office)
    secret = token(office)
    [row] = table(office)
    assert secret.startswith("dsr_")
    assert len(secret) == len("dsr_") + 43, "256 bits"
    assert row.sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert all(secret not in repr(rows) for rows in office.everything().values())


def test_no_two_tokens_are_alike_and_a_wrong_one_opens_nothing(office: Any) -> None:
    enrol(office)
    assert token(office) != token(office)
    for wrong in ("", "dsr_", "dsr_" + "A" * 43, "☃"):
        with pytest.raises(TokenInvalid):
            office.desk.staff.authenticate(wrong)


def test_a_token_expires_at_its_instant(office: Any) -> None:
    enrol(office)
    secret = token(office, days=2)
    office.clock.advance(days=2, seconds=-1)
    office.desk.staff.authenticate(secret)
    office.clock.advance(seconds=1)
    with pytest.raises(TokenInvalid):
        office.desk.staff.authenticate(secret)


def test_a_revoked_token_opens_nothing_and_others_go_on(office: Any) -> None:
    # given
    enrol(office)
    staff = office.desk.staff
    first, other = staff.issue_token("carla", Call(office.ann)), token(office)
    # when
    staff.revoke_token("carla", UUID(first.resource_id), Call(office.ann))
    # then
    with pytest.raises(TokenInvalid):
        staff.authenticate(staff.secret(first))
    assert staff.authenticate(other).actor == "carla"
    with pytest.raises(StaffTokenUnknown):
        staff.revoke_token("carla", UUID(first.resource_id), Call(office.ann))


def test_who_leaves_keeps_the_identifier_and_loses_every_token(office: Any) -> None:
    # given
    enrol(office)
    secrets = [token(office), token(office)]
    # when
    office.desk.staff.leave("carla", Call(office.ann))
    # then
    for secret in secrets:
        with pytest.raises(TokenInvalid):
            office.desk.staff.authenticate(secret)
    with pytest.raises(StaffIdentifierTaken):
        enrol(office)
    with pytest.raises(StaffHasLeft):
        token(office)
    with pytest.raises(StaffHasLeft):
        office.desk.triage.assign(office.arrived(), Call(office.ann), assignee="carla")


def test_the_day_of_the_last_use_is_shown_and_nothing_finer(office: Any) -> None:
    enrol(office)
    secret = token(office)
    [line] = office.desk.staff._tokens.of_staff("carla")
    assert line.last_used_on is None
    office.desk.staff.authenticate(secret)
    office.clock.advance(days=3)
    office.desk.staff.authenticate(secret)
    [line] = office.desk.staff._tokens.of_staff("carla")
    assert line.last_used_on == office.clock.now().date()


def test_a_token_of_a_data_subject_opens_one_case(office: Any) -> None:
    # given
    mine, other = office.registered(Right.ACCESS), office.registered(Right.ACCESS)
    staff = office.desk.staff
    # when
    caller = staff.authenticate(staff.secret(staff.issue_subject_token(mine, office.call(mine))))
    # then
    assert (caller.actor, caller.roles, caller.request_id) == ("data-subject", {Role.DATA_SUBJECT}, mine)
    assert office.desk.book.request(mine, caller).id == mine
    with pytest.raises(RequestUnknown):
        office.desk.book.request(other, caller)


def test_nobody_gets_a_scope_that_the_record_does_not_name(office: Any) -> None:
    with pytest.raises(ControllerUnknown):
        enrol(office, "carla", "callcentre-atlantis")


def test_nobody_knows_who_never_came(office: Any) -> None:
    for command in (
        lambda: token(office),
        lambda: office.desk.staff.leave("carla", Call(office.ann)),
        lambda: office.desk.triage.assign(office.arrived(), Call(office.ann), assignee="carla"),
    ):
        with pytest.raises(StaffUnknown):
            command()


def test_a_repeated_assignment_gets_its_answer_after_the_assignee_left(office: Any) -> None:
    enrol(office)
    call = office.call(request_id := office.arrived(), key=office.key())
    answer = office.desk.triage.assign(request_id, call, assignee="carla")
    office.desk.staff.leave("carla", Call(office.ann))
    assert office.desk.triage.assign(request_id, call, assignee="carla") == answer
