"""Who works here, until when, and the tokens that say so (GDPR Art. 29, 32)."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier, local
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from dsr.bootstrap import FIRST_OPERATOR
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.errors import RequestUnknown, TokenInvalid
from dsr.desk.tokens import tokens
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.domain.ropa import ControllerUnknown
from dsr.domain.staff import (
    AccessEndRequired,
    AssigneeUnfit,
    ConfidentialityMissing,
    LastOperator,
    StaffAccessEnded,
    StaffHasLeft,
    StaffIdentifierTaken,
    StaffTokenUnknown,
    StaffUnknown,
    Training,
    TrainingMissing,
)
from dsr.projections.staff import staff_list, staff_row
from tests.desk.office import Office
from tests.mailed import secret_in_mail


def enrol(office: Office, identifier: str = "carla", *controllers: str, **facts: Any) -> None:
    office.enrol(identifier, *(controllers or ("callcentre-de",)), **facts)


def change_roles(office: Office, identifier: str, *roles: Role, access_ends_on: date | None = None) -> None:
    office.desk.staff.change_roles(
        identifier, Call(part("test")), roles=roles, controllers=("*",), access_ends_on=access_ends_on
    )


def row(office: Office, identifier: str = "carla") -> Any:
    with office.service.database.reading() as connection:
        found = staff_row(connection, identifier, None)
        assert found in staff_list(connection, None).rows
    return found


def today(office: Office) -> date:
    day: date = office.clock.now().date()
    return day


def token(office: Office, identifier: str = "carla", **facts: Any) -> str:
    staff = office.desk.staff
    secret: str = staff.secret(staff.issue_token(identifier, Call(part("test")), **facts))
    return secret


def table(office: Office) -> list[Any]:
    with office.service.database.reading() as connection:
        return list(connection.execute(sa.select(tokens).where(tokens.c.staff.is_distinct_from("operator"))))


def test_a_token_names_its_holder_with_roles_and_scope_as_they_stand_now(office: Office) -> None:
    enrol(office)
    secret = token(office)
    caller = office.desk.staff.authenticate(secret)
    assert (caller.actor, caller.roles, caller.scope) == (
        "carla",
        frozenset({Role.HANDLER}),
        frozenset({"callcentre-de"}),
    )
    change_roles(office, "carla", Role.DPO)
    caller = office.desk.staff.authenticate(secret)
    assert (caller.roles, caller.scope) == (frozenset({Role.DPO}), None)


def test_the_table_holds_the_hash_alone(office: Office) -> None:
    enrol(office)
    secret = token(office)
    [row] = table(office)
    assert secret.startswith("dsr_")
    assert len(secret) == len("dsr_") + 43, "256 bits"
    assert row.sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert all(secret not in repr(rows) for rows in office.everything().values())


def test_no_two_tokens_are_alike_and_a_wrong_one_opens_nothing(office: Office) -> None:
    enrol(office)
    assert token(office) != token(office)
    for wrong in ("", "dsr_", "dsr_" + "A" * 43, "☃"):
        with pytest.raises(TokenInvalid):
            office.desk.staff.authenticate(wrong)


def test_a_token_expires_at_its_instant(office: Office) -> None:
    enrol(office)
    secret = token(office, days=2)
    office.clock.advance(days=2, seconds=-1)
    office.desk.staff.authenticate(secret)
    office.clock.advance(seconds=1)
    with pytest.raises(TokenInvalid):
        office.desk.staff.authenticate(secret)


def test_access_ends_after_its_last_day_whatever_the_token(office: Office) -> None:
    # given
    enrol(office, roles=(Role.AUDITOR,), access_ends_on=today(office) + timedelta(days=2))
    secret = token(office, days=366)
    # when
    office.clock.time = office.clock.time.replace(hour=23, minute=59, second=59, microsecond=999_999)
    office.clock.advance(days=2)
    assert office.desk.staff.authenticate(secret).roles == {Role.AUDITOR}
    office.clock.advance(microseconds=1)
    # then
    for each in (secret, token(office)):
        with pytest.raises(TokenInvalid):
            office.desk.staff.authenticate(each)
    with pytest.raises(StaffAccessEnded):
        office.desk.triage.assign(office.arrived(), Call(office.ann), assignee="carla")
    # and a later end opens again
    change_roles(office, "carla", Role.AUDITOR, access_ends_on=today(office))
    assert office.desk.staff.authenticate(secret).actor == "carla"


def test_other_roles_may_end_too_and_end_no_more_once_no_end_is_said(office: Office) -> None:
    enrol(office, access_ends_on=today(office))
    secret = token(office)
    change_roles(office, "carla", Role.HANDLER)
    office.clock.advance(days=1)
    assert office.desk.staff.authenticate(secret).actor == "carla"


def test_a_revoked_token_opens_nothing_and_others_go_on(office: Office) -> None:
    # given
    enrol(office)
    staff = office.desk.staff
    first, other = staff.issue_token("carla", Call(part("test"))), token(office)
    secret = staff.secret(first)
    # when
    staff.revoke_token("carla", UUID(first.resource_id), Call(office.ann))
    # then
    with pytest.raises(TokenInvalid):
        staff.authenticate(secret)
    assert staff.authenticate(other).actor == "carla"
    with pytest.raises(StaffTokenUnknown):
        staff.revoke_token("carla", UUID(first.resource_id), Call(office.ann))


def test_who_leaves_keeps_the_identifier_and_loses_every_token(office: Office) -> None:
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


def test_the_day_of_the_last_use_is_shown_and_nothing_finer(office: Office) -> None:
    enrol(office)
    secret = token(office)
    [line] = office.desk.staff._tokens.of_staff("carla")
    assert line.last_used_on is None
    office.desk.staff.authenticate(secret)
    office.clock.advance(days=3)
    office.desk.staff.authenticate(secret)
    [line] = office.desk.staff._tokens.of_staff("carla")
    assert line.last_used_on == office.clock.now().date()


def test_a_token_of_a_data_subject_opens_one_case(office: Office) -> None:
    # given
    mine, other = office.registered(Right.ACCESS), office.registered(Right.ACCESS)
    staff = office.desk.staff
    # when
    office.desk.subject_access.issue_token(mine, office.call(mine))
    caller = staff.authenticate(secret_in_mail(office.service))
    # then
    assert (caller.actor, caller.roles, caller.request_id) == ("data-subject", frozenset({Role.DATA_SUBJECT}), mine)
    assert office.desk.repository.request(mine, caller).id == mine
    with pytest.raises(RequestUnknown):
        office.desk.repository.request(other, caller)


def test_nobody_gets_a_scope_that_the_record_does_not_name(office: Office) -> None:
    with pytest.raises(ControllerUnknown):
        enrol(office, "carla", "callcentre-atlantis")


def test_the_list_shows_what_was_signed_and_learnt_and_when_access_ends(office: Office) -> None:
    # given
    staff, call = office.desk.staff, Call(office.ann)
    enrol(office, roles=(Role.OPERATOR,), confidentiality_signed_on=None, training=None)
    shown = ("access_ends_on", "confidentiality_signed_on", "training_completed_on", "training")
    assert [row(office)[name] for name in shown] == [None, None, None, {}]
    # when
    staff.sign_confidentiality("carla", call, signed_on=date(2026, 1, 8))
    staff.complete_training("carla", call, training=Training("gdpr-basics", date(2026, 2, 3)))
    staff.complete_training("carla", call, training=Training("phishing", date(2025, 9, 1)))
    change_roles(office, "carla", Role.HANDLER, access_ends_on=date(2026, 12, 31))
    # then
    assert [row(office)[name] for name in shown] == [
        date(2026, 12, 31),
        date(2026, 1, 8),
        date(2026, 2, 3),
        {"gdpr-basics": "2026-02-03", "phishing": "2025-09-01"},
    ]
    assert office.differences() == []


@pytest.mark.parametrize(
    ("error", "facts"),
    [
        (ConfidentialityMissing, {"confidentiality_signed_on": None}),
        (TrainingMissing, {"training": None}),
        (AccessEndRequired, {"roles": (Role.AUDITOR,)}),
    ],
)
def test_who_is_not_ready_for_a_role_is_not_enrolled_at_all(
    office: Office, error: type[Exception], facts: dict[str, Any]
) -> None:
    before = office.names()
    with pytest.raises(error):
        enrol(office, **facts)
    assert office.names() == before
    enrol(office)


GIVING_UP: dict[str, Callable[[Any, str], object]] = {
    "leaves": lambda office, who: office.desk.staff.leave(who, Call(office.ann)),
    "loses the role": lambda office, who: change_roles(office, who, Role.HANDLER),
    "gets an end": lambda office, who: change_roles(office, who, Role.OPERATOR, access_ends_on=today(office)),
}


@pytest.mark.parametrize("gives_up", GIVING_UP.values(), ids=GIVING_UP.keys())
def test_the_last_operator_stays(office: Office, gives_up: Callable[[Any, str], object]) -> None:
    # given
    staff, call = office.desk.staff, Call(office.ann)
    staff.sign_confidentiality(FIRST_OPERATOR, call, signed_on=today(office))
    staff.complete_training(FIRST_OPERATOR, call, training=Training("gdpr-basics", today(office)))
    secret = token(office, FIRST_OPERATOR)
    enrol(office, "olga", roles=(Role.HANDLER,))
    enrol(office, "oskar", roles=(Role.OPERATOR,), access_ends_on=today(office) + timedelta(days=9))
    enrol(office, "otto", roles=(Role.OPERATOR,))
    staff.leave("otto", call)
    before = office.everything()
    # when
    with pytest.raises(LastOperator):
        gives_up(office, FIRST_OPERATOR)
    # then
    assert office.everything() == before
    assert staff.authenticate(secret).actor == FIRST_OPERATOR
    # once there is another, they may
    change_roles(office, "olga", Role.OPERATOR, Role.HANDLER)
    gives_up(office, FIRST_OPERATOR)
    with pytest.raises(LastOperator):
        gives_up(office, "olga")


def test_others_come_and_go_while_there_is_one_operator(office: Office) -> None:
    enrol(office)
    change_roles(office, "carla", Role.DPO)
    change_roles(office, FIRST_OPERATOR, Role.OPERATOR)
    office.desk.staff.leave("carla", Call(office.ann))
    assert row(office)["has_left"]


def test_two_operators_who_leave_at_once_do_not_both_go(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    # given: both are loaded before either is saved
    enrol(office, "olga", roles=(Role.OPERATOR,))
    loaded, seen, now = Barrier(2), local(), office.clock.now

    def now_once_both_are_here() -> Any:
        if not hasattr(seen, "waited"):
            seen.waited = True
            loaded.wait(timeout=30)
        return now()

    def leave(identifier: str) -> str:
        try:
            office.desk.staff.leave(identifier, Call(office.ann))
        except LastOperator:
            return "stays"
        return "left"

    # when
    with monkeypatch.context() as patch, ThreadPoolExecutor(2) as threads:
        patch.setattr(office.clock, "now", now_once_both_are_here)
        outcomes = list(threads.map(leave, (FIRST_OPERATOR, "olga")))
    # then
    assert sorted(outcomes) == ["left", "stays"]
    assert [row(office, each)["has_left"] for each in (FIRST_OPERATOR, "olga")] == [
        outcome == "left" for outcome in outcomes
    ]


def test_nobody_knows_who_never_came(office: Office) -> None:
    for command in (
        lambda: token(office),
        lambda: office.desk.staff.leave("carla", Call(office.ann)),
        lambda: office.desk.staff.sign_confidentiality("carla", Call(office.ann), signed_on=today(office)),
        lambda: change_roles(office, "carla", Role.OPERATOR),
        lambda: office.desk.triage.assign(office.arrived(), Call(office.ann), assignee="carla"),
    ):
        with pytest.raises(StaffUnknown):
            command()


def test_a_repeated_assignment_gets_its_answer_after_the_assignee_left(office: Office) -> None:
    enrol(office)
    call = office.call(request_id := office.arrived(), key=office.key())
    answer = office.desk.triage.assign(request_id, call, assignee="carla")
    office.desk.staff.leave("carla", Call(office.ann))
    assert office.desk.triage.assign(request_id, call, assignee="carla") == answer


def test_a_case_is_given_only_to_somebody_who_can_work_on_it(office: Office) -> None:
    request_id = office.arrived()
    enrol(office, "frieda", "callcentre-fr")
    enrol(office, "gerd")
    for unfit in ("frieda", FIRST_OPERATOR):
        with pytest.raises(AssigneeUnfit):
            office.desk.triage.assign(request_id, office.call(request_id), assignee=unfit)
    office.desk.triage.assign(request_id, office.call(request_id), assignee="gerd")
    assert office.case(request_id).assignee == "gerd"
