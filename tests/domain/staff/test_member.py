"""Members of staff: identifiers for ever, roles within a scope, confidentiality and training, end of access, tokens
(GDPR Art. 29, 32(4), 39(1)(b))."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.domain.acting import Acting
from dsr.domain.errors import DomainError
from dsr.domain.roles import OPENS_PERSONAL_DATA, Role
from dsr.domain.sealed import KeyIntroduction, KeyPurpose, Sealed
from dsr.domain.staff import (
    ALL_CONTROLLERS,
    AccessEndRequired,
    AccountUnknown,
    AuditorReadsOnly,
    ConfidentialityMissing,
    ConfirmationNotYours,
    InvitationInvalid,
    LastPasskey,
    Passkey,
    PasskeyForAnother,
    PasskeyUnknown,
    RolesRequired,
    Staff,
    StaffAlreadyConfirmed,
    StaffConfidentialitySigned,
    StaffConfirmationAsked,
    StaffDatesInvalid,
    StaffEnrolled,
    StaffHasLeft,
    StaffIdentifierInvalid,
    StaffTokenUnknown,
    StaffTrainingCompleted,
    StaffUnreachable,
    TokenForAnother,
    TokenLimits,
    TokenTooWide,
    Training,
    TrainingMissing,
    staff_id,
)

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY, YESTERDAY, TOMORROW = (AT.date() + timedelta(days=days) for days in (0, -1, 1))
BASICS = Training("gdpr-basics", YESTERDAY)
STAFF_ROLES = sorted(frozenset(Role) - {Role.DATA_SUBJECT})


def enrol(
    identifier: Any = "ann",
    roles: Any = (Role.HANDLER,),
    controllers: Any = (ALL_CONTROLLERS,),
    at: datetime = AT,
    actor: str = "root",
    **facts: Any,
) -> Staff:
    """A member of staff, bound to confidentiality and trained."""
    said: dict[str, Any] = {"confidentiality_signed_on": YESTERDAY, "training": BASICS}
    return Staff.enrol(
        Acting(actor, at),
        identifier=identifier,
        roles=roles,
        controllers=controllers,
        **(said | {"confirmable": False} | facts),
    )


def newcomer(**facts: Any) -> Staff:
    """Somebody who runs the service, and has signed and learnt nothing yet."""
    return enrol("bob", (Role.OPERATOR,), **({"confidentiality_signed_on": None, "training": None} | facts))


def change(staff: Staff, *roles: Role, access_ends_on: date | None = None, at: datetime = AT) -> None:
    """Other roles, for all controllers."""
    staff.change_roles(
        Acting("root", at), roles=roles, controllers=("*",), access_ends_on=access_ends_on, confirmable=False
    )


@pytest.fixture
def ann() -> Iterator[Staff]:
    """Somebody whose history gives the same state when it is replayed from JSON."""
    ann = enrol()
    yield ann
    copy = None
    for event in ann.collect_events():
        copy = msgspec.json.decode(msgspec.json.encode(event), type=type(event)).mutate(copy)
    assert copy == ann


def test_a_person_is_enrolled_with_roles_and_a_scope(ann: Staff) -> None:
    assert (ann.identifier, ann.roles, ann.controllers) == ("ann", (Role.HANDLER,), ("*",))
    assert not ann.has_left


def test_an_identifier_has_one_stream_for_ever(ann: Staff) -> None:
    assert ann.id == staff_id("ann") == enrol().id
    assert ann.id != enrol("bob").id


@pytest.mark.parametrize("identifier", ["a", "Ann", "1ann", "ann b", "änn", "", "a" * 41, "ann\n", "-ann", "ann-"])
def test_an_identifier_is_short_lower_case_and_starts_with_a_letter(identifier: Any) -> None:
    with pytest.raises(StaffIdentifierInvalid):
        enrol(identifier)


@pytest.mark.parametrize("identifier", ["data-subject", "me"])
def test_nobody_acts_under_a_name_that_means_somebody_else(identifier: str) -> None:
    with pytest.raises(StaffIdentifierInvalid):
        enrol(identifier)


@pytest.mark.parametrize("identifier", ["ab", "ann.b-2", "a" * 40])
def test_other_identifiers_are_fine(identifier: Any) -> None:
    assert enrol(identifier).identifier == identifier


@pytest.mark.parametrize(
    ("roles", "controllers"),
    [((), ("acme-de",)), ((Role.HANDLER,), ()), ((Role.DATA_SUBJECT,), ("acme-de",))],
)
def test_staff_have_at_least_one_role_of_staff_and_a_scope(
    ann: Staff, roles: tuple[Role, ...], controllers: tuple[str, ...]
) -> None:
    with pytest.raises(RolesRequired):
        enrol("bob", roles, controllers)
    with pytest.raises(RolesRequired):
        ann.change_roles(Acting("root", AT), roles=roles, controllers=controllers, confirmable=False)
    assert len(ann.pending_events) == 4


def test_roles_scope_and_end_of_access_are_replaced(ann: Staff) -> None:
    change(ann, Role.APPROVER, access_ends_on=TOMORROW)
    ann.change_roles(Acting("root", AT), roles=(Role.DPO,), controllers=("acme-fr",), confirmable=False)
    assert (ann.roles, ann.controllers, ann.access_ends_on) == ((Role.DPO,), ("acme-fr",), None)


# Confidentiality and training ----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(OPENS_PERSONAL_DATA))
def test_a_role_that_opens_personal_data_needs_confidentiality_first(role: Any) -> None:
    with pytest.raises(ConfidentialityMissing):
        enrol("bob", (role,), confidentiality_signed_on=None, access_ends_on=TOMORROW)
    bob = newcomer(training=BASICS)
    with pytest.raises(ConfidentialityMissing):
        change(bob, role, access_ends_on=TOMORROW)
    bob.sign_confidentiality(Acting("root", AT), signed_on=TODAY)
    change(bob, role, access_ends_on=TOMORROW)
    assert bob.roles == (role,)


@pytest.mark.parametrize("role", sorted(OPENS_PERSONAL_DATA))
def test_a_role_that_opens_personal_data_needs_training_first(role: Any) -> None:
    with pytest.raises(TrainingMissing):
        enrol("bob", (role,), training=None, access_ends_on=TOMORROW)
    bob = newcomer(confidentiality_signed_on=YESTERDAY)
    with pytest.raises(TrainingMissing):
        change(bob, role, access_ends_on=TOMORROW)
    bob.complete_training(Acting("root", AT), course="gdpr-basics", completed_on=TODAY)
    change(bob, role, access_ends_on=TOMORROW)
    assert bob.roles == (role,)


def test_an_operator_who_opens_nothing_needs_neither() -> None:
    bob = newcomer()
    assert (bob.confidentiality_signed_on, bob.training_completed_on) == (None, None)
    change(bob, Role.OPERATOR)
    with pytest.raises(ConfidentialityMissing):
        change(bob, Role.OPERATOR, Role.HANDLER)


def test_enrolment_records_what_was_brought_as_events_of_their_own(ann: Staff) -> None:
    events: list[Any] = list(ann.pending_events)
    enrolled, asked, signed, completed = events
    assert isinstance(enrolled, StaffEnrolled)
    assert isinstance(asked, StaffConfirmationAsked)
    assert isinstance(signed, StaffConfidentialitySigned)
    assert isinstance(completed, StaffTrainingCompleted)
    assert (signed.signed_on, completed.course, completed.completed_on) == (YESTERDAY, "gdpr-basics", YESTERDAY)
    assert {(event.timestamp, event.actor, event.identifier) for event in events} == {(AT, "root", "ann")}


def test_a_signature_or_a_course_of_tomorrow_is_refused_and_one_of_today_is_not(ann: Staff) -> None:
    for refused in (
        lambda: enrol("bob", confidentiality_signed_on=TOMORROW),
        lambda: enrol("bob", training=Training("gdpr-basics", TOMORROW)),
        lambda: newcomer(confidentiality_signed_on=TOMORROW),
        lambda: ann.sign_confidentiality(Acting("root", AT), signed_on=TOMORROW),
        lambda: ann.complete_training(Acting("root", AT), course="phishing", completed_on=TOMORROW),
    ):
        with pytest.raises(StaffDatesInvalid):
            refused()
    ann.sign_confidentiality(Acting("root", AT), signed_on=TODAY)
    ann.complete_training(Acting("root", AT), course="phishing", completed_on=TODAY)
    assert (ann.confidentiality_signed_on, ann.training_completed_on) == (TODAY, TODAY)


def test_today_is_the_date_in_utc() -> None:
    early = AT.replace(hour=1).astimezone(timezone(timedelta(hours=-9)))
    assert early.date() == YESTERDAY
    assert enrol(confidentiality_signed_on=TODAY, at=early).confidentiality_signed_on == TODAY
    with pytest.raises(StaffDatesInvalid):
        enrol(access_ends_on=YESTERDAY, at=early)


def test_a_signature_is_corrected_and_courses_add_up(ann: Staff) -> None:
    ann.sign_confidentiality(Acting("root", AT), signed_on=date(2025, 1, 7))
    assert ann.confidentiality_signed_on == date(2025, 1, 7)
    ann.complete_training(Acting("root", AT), course="phishing", completed_on=date(2025, 5, 1))
    assert ann.training == {"gdpr-basics": YESTERDAY, "phishing": date(2025, 5, 1)}
    assert ann.training_completed_on == YESTERDAY, "of the latest course, whichever was recorded last"
    ann.complete_training(Acting("root", AT), course="gdpr-basics", completed_on=date(2025, 4, 1))
    assert ann.training_completed_on == date(2025, 5, 1)


# End of access -------------------------------------------------------------------------------------------------


def test_an_auditor_needs_a_day_on_which_access_ends(ann: Staff) -> None:
    with pytest.raises(AccessEndRequired):
        enrol("bob", (Role.AUDITOR,))
    with pytest.raises(AccessEndRequired):
        change(ann, Role.AUDITOR)
    change(ann, Role.AUDITOR, access_ends_on=TOMORROW)
    assert (ann.roles, ann.access_ends_on) == ((Role.AUDITOR,), TOMORROW)


@pytest.mark.parametrize("role", [role for role in STAFF_ROLES if role is not Role.AUDITOR])
def test_an_auditor_reads_only_and_holds_no_other_role(ann: Staff, role: Any) -> None:
    with pytest.raises(AuditorReadsOnly):
        enrol("bob", (role, Role.AUDITOR), access_ends_on=TOMORROW)
    with pytest.raises(AuditorReadsOnly):
        change(ann, Role.AUDITOR, role, access_ends_on=TOMORROW)


def test_access_ends_today_at_the_earliest_whatever_the_role(ann: Staff) -> None:
    for role in STAFF_ROLES:
        with pytest.raises(StaffDatesInvalid):
            enrol("bob", (role,), access_ends_on=YESTERDAY)
        with pytest.raises(StaffDatesInvalid):
            change(ann, role, access_ends_on=YESTERDAY)
        assert enrol("bob", (role,), access_ends_on=TODAY).access_ends_on == TODAY


days = st.none() | st.dates(TODAY - timedelta(days=3), TODAY + timedelta(days=3))


@given(roles=st.sets(st.sampled_from(STAFF_ROLES), min_size=1).map(tuple), signed=days, completed=days, ends=days)
def test_whoever_holds_a_role_was_ready_for_it_on_both_ways_to_it(
    roles: Any, signed: Any, completed: Any, ends: Any
) -> Any:
    lawful = (
        all(day is None or day <= TODAY for day in (signed, completed))
        and (ends is None or ends >= TODAY)
        and (set(roles) == {Role.OPERATOR} or (signed is not None and completed is not None))
        and (Role.AUDITOR not in roles or (roles == (Role.AUDITOR,) and ends is not None))
    )

    def at_once() -> Staff:
        training = None if completed is None else Training("gdpr-basics", completed)
        return enrol("bob", roles, access_ends_on=ends, confidentiality_signed_on=signed, training=training)

    def step_by_step() -> Staff:
        bob = newcomer()
        if signed is not None:
            bob.sign_confidentiality(Acting("root", AT), signed_on=signed)
        if completed is not None:
            bob.complete_training(Acting("root", AT), course="gdpr-basics", completed_on=completed)
        change(bob, *roles, access_ends_on=ends)
        return bob

    for way in (at_once, step_by_step):
        if lawful:
            bob = way()
            assert (bob.roles, bob.access_ends_on) == (roles, ends)
            assert (bob.confidentiality_signed_on, bob.training_completed_on) == (signed, completed)
        else:
            with pytest.raises(DomainError):
                way()


# Tokens and leaving --------------------------------------------------------------------------------------------


def issue(ann: Staff) -> Any:
    """Give a token."""
    token_id = uuid4()
    ann.issue_token(Acting("ann", AT), token_id=token_id, expires_at=AT + timedelta(days=90))
    return token_id


@pytest.mark.parametrize("limits", [TokenLimits(roles=(Role.OPERATOR,)), TokenLimits(controllers=("*",))])
def test_a_token_gives_no_more_than_its_holder_has(limits: TokenLimits) -> None:
    bob = enrol(identifier="bob", controllers=("callcentre-de",))
    with pytest.raises(TokenTooWide):
        bob.issue_token(
            Acting("bob", AT), token_id=uuid4(), expires_at=AT + timedelta(days=90), name="report", limits=limits
        )


def test_a_token_is_issued_and_revoked_once(ann: Staff) -> None:
    first, second = issue(ann), issue(ann)
    ann.revoke_token(Acting("root", AT), token_id=first)
    assert ann.tokens == (second,)
    with pytest.raises(StaffTokenUnknown):
        ann.revoke_token(Acting("root", AT), token_id=first)


def test_nobody_is_given_the_token_of_another(ann: Staff) -> None:
    for another in ("root", "bob"):
        with pytest.raises(TokenForAnother):
            ann.issue_token(Acting(another, AT), token_id=uuid4(), expires_at=AT + timedelta(days=90))
    ann.issue_token(Acting("service:cli", AT), token_id=uuid4(), expires_at=AT + timedelta(days=90))


def test_an_invitation_is_accepted_once_and_before_it_expires(ann: Staff) -> None:
    # given
    first, second, ends = uuid4(), uuid4(), AT + timedelta(days=7)

    def accept(invitation_id: UUID, at: datetime) -> None:
        ann.accept_invitation(
            Acting("ann", at), invitation_id=invitation_id, token_id=uuid4(), token_expires_at=at + timedelta(days=90)
        )

    with pytest.raises(StaffUnreachable):
        ann.invite(Acting("root", AT), invitation_id=first, expires_at=ends, by_mail=True, confirmable=False)
    # when
    for each in (first, second):
        ann.invite(Acting("service:cli", AT), invitation_id=each, expires_at=ends, by_mail=False, confirmable=False)
    # then
    for wrong, at in ((first, AT), (second, ends)):
        with pytest.raises(InvitationInvalid):
            accept(wrong, at)
    accept(second, ends - timedelta(seconds=1))
    assert len(ann.tokens) == 1
    with pytest.raises(InvitationInvalid):
        accept(second, AT)


def passkey() -> Passkey:
    return Passkey(uuid4(), "id", "key", "dsr.example", is_synced=False, transports=("usb",))


def test_a_passkey_is_registered_by_its_holder_and_the_last_one_is_revoked_by_somebody_else(ann: Staff) -> None:
    # given
    first, second = passkey(), passkey()
    for another in ("root", "service:cli"):
        with pytest.raises(PasskeyForAnother):
            ann.register_passkey(Acting(another, AT), passkey=first)
    # when
    for each in (first, second):
        ann.register_passkey(Acting("ann", AT), passkey=each)
    ann.revoke_passkey(Acting("ann", AT), passkey_id=first.passkey_id)
    # then
    with pytest.raises(PasskeyUnknown):
        ann.revoke_passkey(Acting("ann", AT), passkey_id=first.passkey_id)
    with pytest.raises(LastPasskey):
        ann.revoke_passkey(Acting("ann", AT), passkey_id=second.passkey_id)
    ann.revoke_passkey(Acting("root", AT), passkey_id=second.passkey_id)
    assert ann.passkeys == ()


@pytest.mark.parametrize("inviter", ["root", "service:cli"])
@pytest.mark.parametrize("confirmable", [True, False])
def test_whoever_has_passkeys_and_is_invited_by_a_person_is_confirmed_anew(
    ann: Staff, inviter: str, confirmable: bool
) -> None:
    # given
    ann.confirm(Acting("dora", AT))
    held, invitation, ends = ann.held_roles, uuid4(), AT + timedelta(days=7)
    ann.invite(Acting("service:cli", AT), invitation_id=invitation, expires_at=ends, by_mail=False, confirmable=True)
    ann.accept_with_passkey(Acting("ann", AT), invitation_id=invitation, passkey=passkey())
    assert not ann.is_unconfirmed
    # when
    ann.invite(Acting(inviter, AT), invitation_id=uuid4(), expires_at=ends, by_mail=False, confirmable=confirmable)
    # then
    assert ann.is_unconfirmed == (inviter == "root")
    assert ann.held_roles == (() if inviter == "root" and confirmable else held)


@pytest.mark.parametrize("linker", ["root", "service:cli"])
def test_an_account_that_a_person_links_is_confirmed_by_a_second_one(ann: Staff, linker: str) -> None:
    # given
    ann.confirm(Acting("dora", AT))
    account = uuid4()
    # when
    ann.link_account(
        Acting(linker, AT), account_id=account, issuer="https://login.example", subject="7", confirmable=True
    )
    # then
    assert ann.is_unconfirmed == (linker == "root")
    ann.unlink_account(Acting("root", AT), account_id=account)
    with pytest.raises(AccountUnknown):
        ann.unlink_account(Acting("root", AT), account_id=account)
    ann.leave(Acting("root", AT))
    with pytest.raises(StaffHasLeft):
        ann.link_account(Acting("root", AT), account_id=account, issuer="x", subject="7", confirmable=True)


def test_an_invitation_registers_a_passkey_once(ann: Staff) -> None:
    invitation, ends = uuid4(), AT + timedelta(days=7)
    ann.invite(Acting("service:cli", AT), invitation_id=invitation, expires_at=ends, by_mail=False, confirmable=False)
    with pytest.raises(InvitationInvalid):
        ann.accept_with_passkey(Acting("ann", ends), invitation_id=invitation, passkey=passkey())
    ann.accept_with_passkey(Acting("ann", AT), invitation_id=invitation, passkey=passkey())
    with pytest.raises(InvitationInvalid):
        ann.accept_with_passkey(Acting("ann", AT), invitation_id=invitation, passkey=passkey())
    ann.leave(Acting("root", AT))
    assert ann.passkeys == ()
    with pytest.raises(StaffHasLeft):
        ann.register_passkey(Acting("ann", AT), passkey=passkey())


def test_an_address_that_gave_mail_back_is_written_to_no_more_until_another_is_given(ann: Staff) -> None:
    key = KeyIntroduction(uuid4(), KeyPurpose.WORK_ADDRESS, "ab" * 32)
    address = Sealed(key.key_id, uuid4(), b"nonce", b"ciphertext")
    ann.give_address(Acting("root", AT), address=address, key=key, confirmable=False)
    assert (ann.address, ann.address_since) == (address, AT)
    ann.note_returned_mail(Acting("service:inbox", AT), status="5.1.1")
    assert ann.address is None
    with pytest.raises(StaffUnreachable):
        ann.note_returned_mail(Acting("service:inbox", AT), status="5.1.1")
    ann.give_address(Acting("root", AT), address=address, key=key, confirmable=False)
    assert ann.address == address


def test_nobody_who_left_comes_back_and_all_tokens_end(ann: Staff) -> None:
    token_id = issue(ann)
    ann.leave(Acting("root", AT))
    assert ann.has_left
    assert ann.tokens == ()
    for again in (
        lambda: ann.leave(Acting("root", AT)),
        lambda: change(ann, Role.DPO),
        lambda: ann.sign_confidentiality(Acting("root", AT), signed_on=TODAY),
        lambda: ann.complete_training(Acting("root", AT), course="phishing", completed_on=TODAY),
        lambda: issue(ann),
    ):
        with pytest.raises(StaffHasLeft):
            again()
    with pytest.raises(StaffTokenUnknown):
        ann.revoke_token(Acting("root", AT), token_id=token_id)


# Confirmation --------------------------------------------------------------------------------------------------


def test_what_somebody_gives_waits_for_a_second_person_who_could_confirm_it() -> None:
    # given
    bob = enrol("bob", confirmable=True)
    assert (bob.held_roles, bob.held_controllers, bob.is_unconfirmed) == ((), (), True)
    # when
    for wrong in ("bob", *bob.asked_by):
        with pytest.raises(ConfirmationNotYours):
            bob.confirm(Acting(wrong, AT))
    bob.confirm(Acting("dora", AT))
    # then
    assert (bob.held_roles, bob.held_controllers, bob.is_unconfirmed) == (bob.roles, bob.controllers, False)
    with pytest.raises(StaffAlreadyConfirmed):
        bob.confirm(Acting("dora", AT))


def test_it_holds_unconfirmed_where_nobody_could_confirm_it() -> None:
    bob = enrol("bob", confirmable=False)
    assert (bob.held_roles, bob.is_unconfirmed) == (bob.roles, True)


def confirmed() -> Staff:
    """A handler for all controllers, whom a second person confirmed."""
    bob = enrol("bob", (Role.HANDLER, Role.INTAKE), ("acme-de", "acme-fr"), confirmable=True)
    bob.confirm(Acting("dora", AT))
    return bob


def give(bob: Staff, roles: tuple[Role, ...], *controllers: str) -> None:
    bob.change_roles(Acting("root", AT), roles=roles, controllers=controllers, confirmable=True)


def test_what_is_narrower_holds_at_once() -> None:
    bob = confirmed()
    give(bob, (Role.HANDLER,), "acme-de")
    assert (bob.held_roles, bob.held_controllers, bob.is_unconfirmed) == ((Role.HANDLER,), ("acme-de",), False)


@pytest.mark.parametrize(
    ("roles", "controllers", "held"),
    [
        ((Role.HANDLER, Role.APPROVER), ("acme-de",), ((Role.HANDLER,), ("acme-de",))),
        ((Role.HANDLER,), ("*",), ((Role.HANDLER,), ("acme-de", "acme-fr"))),
        ((Role.DPO,), ("acme-pl",), ((), ())),
    ],
)
def test_what_is_wider_waits_and_what_held_before_and_is_still_given_holds(
    roles: tuple[Role, ...], controllers: tuple[str, ...], held: object
) -> None:
    bob = confirmed()
    give(bob, roles, *controllers)
    assert ((bob.held_roles, bob.held_controllers), bob.is_unconfirmed) == (held, True)
    bob.confirm(Acting("dora", AT))
    assert (bob.held_roles, bob.held_controllers) == (roles, controllers)


def test_a_change_of_what_waits_goes_on_waiting() -> None:
    bob = enrol("bob", (Role.HANDLER,), ("*",), confirmable=True)
    bob.change_roles(Acting("root", AT), roles=(Role.INTAKE,), controllers=("*",), confirmable=True)
    assert (bob.held_roles, bob.is_unconfirmed) == ((), True)


def give_address(bob: Staff, by: str) -> None:
    key = KeyIntroduction(uuid4(), KeyPurpose.WORK_ADDRESS, "ab" * 32)
    address = Sealed(key.key_id, uuid4(), b"nonce", b"ciphertext")
    bob.give_address(Acting(by, AT), address=address, key=key, confirmable=True)


@pytest.mark.parametrize("number", ["first", "second"])
@pytest.mark.parametrize(("by", "waits"), [("root", True), ("bob", False), ("service:cli", False)])
def test_an_address_that_somebody_else_gives_is_confirmed_anew(by: str, waits: bool, number: str) -> None:
    # given
    bob = confirmed()
    if number == "second":
        give_address(bob, "bob")
    # when
    give_address(bob, by)
    # then
    assert (bob.is_unconfirmed, not bob.held_roles) == (waits, waits)


def test_the_first_address_waits_with_the_enrolment_if_the_same_person_gives_it() -> None:
    # given
    bob, eve = enrol("bob", confirmable=True), enrol("eve", confirmable=True)
    (enroller,) = bob.asked_by
    # when
    give_address(bob, enroller)
    give_address(eve, "another")
    # then
    assert (bob.asked_by, eve.asked_by) == ((enroller,), (enroller, "another"))


def test_nobody_who_left_is_confirmed() -> None:
    bob = enrol("bob", confirmable=True)
    bob.leave(Acting("root", AT))
    with pytest.raises(StaffHasLeft):
        bob.confirm(Acting("dora", AT))
