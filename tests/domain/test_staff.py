"""Members of staff: identifiers for ever, roles within a scope, tokens (GDPR Art. 29, 32(4))."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from dsr.domain.roles import Role
from dsr.domain.staff import (
    ALL_CONTROLLERS,
    RolesRequired,
    Staff,
    StaffHasLeft,
    StaffIdentifierInvalid,
    StaffTokenUnknown,
    staff_id,
)

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def enrol(identifier="ann", roles=(Role.HANDLER,), controllers=(ALL_CONTROLLERS,)) -> Staff:
    """A member of staff."""
    return Staff.enrol(identifier=identifier, roles=roles, controllers=controllers, at=AT, actor="root")


@pytest.fixture
def ann() -> Iterator[Staff]:
    """Somebody whose history gives the same state when it is replayed from JSON."""
    ann = enrol()
    yield ann
    copy = None
    for event in ann.collect_events():
        copy = msgspec.json.decode(msgspec.json.encode(event), type=type(event)).mutate(copy)
    assert copy == ann


def test_a_person_is_enrolled_with_roles_and_a_scope(ann):
    assert (ann.identifier, ann.roles, ann.controllers) == ("ann", (Role.HANDLER,), ("*",))
    assert not ann.has_left


def test_an_identifier_has_one_stream_for_ever(ann):
    assert ann.id == staff_id("ann") == enrol().id
    assert ann.id != enrol("bob").id


@pytest.mark.parametrize("identifier", ["a", "Ann", "1ann", "ann b", "änn", "", "a" * 41, "ann\n", "-ann"])
def test_an_identifier_is_short_lower_case_and_starts_with_a_letter(identifier):
    with pytest.raises(StaffIdentifierInvalid):
        enrol(identifier)


@pytest.mark.parametrize("identifier", ["data-subject", "me"])
def test_nobody_acts_under_a_name_that_means_somebody_else(identifier):
    with pytest.raises(StaffIdentifierInvalid):
        enrol(identifier)


@pytest.mark.parametrize("identifier", ["ab", "ann.b-2", "a" * 40])
def test_other_identifiers_are_fine(identifier):
    assert enrol(identifier).identifier == identifier


@pytest.mark.parametrize(
    ("roles", "controllers"),
    [((), ("acme-de",)), ((Role.HANDLER,), ()), ((Role.DATA_SUBJECT,), ("acme-de",))],
)
def test_staff_have_at_least_one_role_of_staff_and_a_scope(ann, roles, controllers):
    with pytest.raises(RolesRequired):
        enrol("bob", roles, controllers)
    with pytest.raises(RolesRequired):
        ann.change_roles(roles=roles, controllers=controllers, at=AT, actor="root")
    assert len(ann.pending_events) == 1


def test_roles_and_scope_are_replaced(ann):
    ann.change_roles(roles=(Role.AUDITOR,), controllers=("acme-fr",), at=AT, actor="root")
    assert (ann.roles, ann.controllers) == ((Role.AUDITOR,), ("acme-fr",))


def issue(ann: Staff):
    """Give a token."""
    token_id = uuid4()
    ann.issue_token(token_id=token_id, expires_at=AT + timedelta(days=90), at=AT, actor="root")
    return token_id


def test_a_token_is_issued_and_revoked_once(ann):
    first, second = issue(ann), issue(ann)
    ann.revoke_token(token_id=first, at=AT, actor="root")
    assert ann.tokens == (second,)
    with pytest.raises(StaffTokenUnknown):
        ann.revoke_token(token_id=first, at=AT, actor="root")


def test_nobody_who_left_comes_back_and_all_tokens_end(ann):
    token_id = issue(ann)
    ann.leave(at=AT, actor="root")
    assert ann.has_left
    assert ann.tokens == ()
    for again in (
        lambda: ann.leave(at=AT, actor="root"),
        lambda: ann.change_roles(roles=(Role.DPO,), controllers=("*",), at=AT, actor="root"),
        lambda: issue(ann),
    ):
        with pytest.raises(StaffHasLeft):
            again()
    with pytest.raises(StaffTokenUnknown):
        ann.revoke_token(token_id=token_id, at=AT, actor="root")
