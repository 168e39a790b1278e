"""A member of staff fetches the credential alone: nobody else is shown it, and the DPO is told (GDPR Art. 32, 39)."""

from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call, Caller
from dsr.desk.caller import service as part
from dsr.desk.errors import Forbidden, TokenInvalid
from dsr.desk.invitations import INVITATION_DAYS
from dsr.domain.roles import Role
from dsr.domain.staff import InvitationInvalid, StaffHasLeft, StaffUnreachable, TokenForAnother
from tests.desk.office import Office
from tests.mailed import mails, secret_in_mail

OPERATOR = Caller("operator", frozenset({Role.OPERATOR}), None)


@pytest.fixture(autouse=True)
def public_url(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office.desk.credential_mail, "_public_url", "https://dsr.example")


@pytest.fixture
def carla(office: Office) -> str:
    """A handler with a work address, who has no token yet."""
    office.enrol("carla", "callcentre-de")
    office.desk.work_addresses.give("carla", Call(part("test")), email="carla@staff.example")
    return "carla"


def invited(office: Office, identifier: str) -> str:
    """The code, as it comes by mail."""
    office.desk.invitations.invite(identifier, Call(OPERATOR))
    return secret_in_mail(office.service, "dsri_")


def test_the_invited_member_alone_gets_code_and_token(office: Office, carla: str) -> None:
    # given
    answer = office.desk.invitations.invite(carla, Call(OPERATOR))
    code = secret_in_mail(office.service, "dsri_")
    # when
    _, token = office.desk.invitations.accept(code)
    # then
    assert b"dsr" not in answer.body.replace(b"dsr-", b"")
    assert office.desk.staff.authenticate(token).actor == "carla"
    rows = repr(office.everything())
    assert (code in rows, token in rows) == (False, False)
    issued: Any = [each.event for each in office.service.log.read()][-1]
    assert (issued.actor, issued.identifier) == ("carla", "carla")
    (mail,) = (each for each in mails(office.service) if code in each)
    assert "https://dsr.example/invitation" in mail
    assert office.differences() == []


def test_a_code_works_once_and_for_seven_days(office: Office, carla: str) -> None:
    used = invited(office, carla)
    office.desk.invitations.accept(used)
    late = invited(office, carla)
    office.clock.advance(days=INVITATION_DAYS)
    for code in (used, late, "dsri_" + "A" * 43):
        with pytest.raises(InvitationInvalid):
            office.desk.invitations.accept(code)


@pytest.mark.parametrize("ends", ["another", "address", "left"])
def test_another_invitation_another_address_and_leaving_end_an_invitation(
    office: Office, carla: str, ends: str
) -> None:
    # given
    code = invited(office, carla)
    # when
    match ends:
        case "another":
            office.desk.invitations.invite(carla, Call(OPERATOR))
        case "address":
            office.desk.work_addresses.give(carla, Call(part("test")), email="other@staff.example")
        case _:
            office.desk.staff.leave(carla, Call(office.ann))
    # then
    with pytest.raises(InvitationInvalid):
        office.desk.invitations.accept(code)


def test_nobody_is_invited_without_an_address_or_after_leaving(office: Office, carla: str) -> None:
    office.enrol("dora")
    with pytest.raises(StaffUnreachable):
        office.desk.invitations.invite("dora", Call(OPERATOR))
    office.desk.staff.leave(carla, Call(office.ann))
    with pytest.raises(StaffHasLeft):
        office.desk.invitations.invite(carla, Call(OPERATOR))


def test_nobody_issues_a_token_for_another(office: Office, carla: str) -> None:
    with pytest.raises(TokenForAnother):
        office.desk.staff.issue_token(carla, Call(OPERATOR))
    _, token = office.desk.invitations.accept(invited(office, carla))
    own = office.desk.staff.issue_token(carla, Call(office.desk.staff.authenticate(token)))
    assert office.desk.staff.authenticate(office.desk.staff.secret(own)).actor == carla


def test_a_code_that_is_printed_on_the_machine_works_and_says_so(office: Office, carla: str) -> None:
    code = office.desk.invitations.print_code(carla, Call(part("cli")))
    _, token = office.desk.invitations.accept(code)
    assert office.desk.staff.authenticate(token).actor == carla
    printed: Any
    (printed,) = (each.event for each in office.service.log.read() if each.name == "dsr.staff.invited")
    assert (printed.actor, printed.by_mail) == ("service:cli", False)


def test_a_mail_without_the_address_of_the_service_waits(
    office: Office, carla: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office.desk.credential_mail, "_public_url", "")
    office.desk.invitations.invite(carla, Call(OPERATOR))
    office.desk.credential_mail.send_due()
    assert not any("dsri_" in each for each in mails(office.service))
    monkeypatch.setattr(office.desk.credential_mail, "_public_url", "https://dsr.example")
    office.clock.advance(seconds=30)
    assert secret_in_mail(office.service, "dsri_")


HOW: dict[str, Any] = {
    "invited": (lambda office: office.desk.invitations.invite("carla", Call(OPERATOR)), "operator hat carla"),
    "printed": (lambda office: office.desk.invitations.print_code("carla", Call(part("cli"))), "service:cli hat carla"),
    "issued": (
        lambda office: office.desk.staff.issue_token("carla", Call(part("cli"))),
        "service:cli hat im Dienst für Datenschutzanfragen ein Zugangstoken für carla",
    ),
}


@pytest.mark.parametrize("how", HOW)
def test_the_dpo_is_told_of_every_credential_for_another(office: Office, carla: str, how: str) -> None:
    # given
    office.enrol("dora", roles=(Role.DPO,))
    office.desk.work_addresses.give("dora", Call(part("test")), email="dora@staff.example")
    make, said = HOW[how]
    # when
    make(office)
    office.desk.credential_mail.send_due()
    # then
    told = [each for each in mails(office.service) if said in " ".join(each.split())]
    assert len(told) == 2, "the DPO among the staff, and the mailbox in the record of processing"
    assert not any("dsri_" in each or "dsr_" in each or "@" in each for each in told), "identifiers, and nothing else"


def test_nobody_is_told_of_a_token_of_ones_own(office: Office, carla: str) -> None:
    office.enrol("dora", roles=(Role.DPO,))
    office.desk.work_addresses.give("dora", Call(part("test")), email="dora@staff.example")
    before = len(mails(office.service))
    office.desk.staff.issue_token(carla, Call(Caller(carla, frozenset({Role.HANDLER}), None)))
    office.desk.credential_mail.send_due()
    assert len(mails(office.service)) == before


def test_anybody_ends_their_own_token_and_none_of_another(office: Office, carla: str) -> None:
    # given
    office.enrol("eve", "callcentre-de")
    holder = Caller(carla, frozenset({Role.HANDLER}), frozenset({"callcentre-de"}))
    token = office.desk.staff.issue_token(carla, Call(holder))
    secret, token_id = office.desk.staff.secret(token), UUID(token.resource_id)
    other = Caller("eve", frozenset({Role.HANDLER}), frozenset({"callcentre-de"}))
    # then
    with pytest.raises(Forbidden):
        office.desk.staff.revoke_token(carla, token_id, Call(other))
    with pytest.raises(Forbidden):
        office.desk.staff.tokens_of(carla, other)
    assert len(office.desk.staff.tokens_of(carla, holder)) == 1
    office.desk.staff.revoke_token(carla, token_id, Call(holder))
    with pytest.raises(TokenInvalid):
        office.desk.staff.authenticate(secret)
