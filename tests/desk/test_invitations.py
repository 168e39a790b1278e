"""A member of staff fetches the credential alone: nobody else is shown it, and the DPO is told (GDPR Art. 32, 39)."""

import ssl
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from dsr.desk.caller import Call, Caller
from dsr.desk.caller import service as part
from dsr.desk.errors import Forbidden, TokenInvalid
from dsr.desk.invitations import INVITATION_DAYS
from dsr.domain.roles import Role
from dsr.domain.staff import InvitationInvalid, StaffHasLeft, StaffUnreachable, TokenForAnother
from dsr.openid import Fetcher, OpenIdClient, OpenIdProvider
from dsr.projections.credentials import staff_credentials
from dsr.vault.passing_secrets import passing_secrets
from tests.desk.office import Office
from tests.desk.test_adopting_the_record import EXAMPLE
from tests.mailed import addressed, mails, secret_in_mail

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


def linked(office: Office) -> None:
    """An operator links an account of their own at the provider to Carla."""
    client = OpenIdClient("https://login.example", "dsr", "secret")
    office.desk.openid_sign_in._provider = OpenIdProvider(client, Fetcher("", ssl.create_default_context()))
    office.desk.openid_sign_in.link("carla", Call(OPERATOR), subject="of-operator")


HOW: dict[str, Any] = {
    "invited": (lambda office: office.desk.invitations.invite("carla", Call(OPERATOR)), "operator hat carla"),
    "printed": (lambda office: office.desk.invitations.print_code("carla", Call(part("cli"))), "service:cli hat carla"),
    "issued": (
        lambda office: office.desk.staff.issue_token("carla", Call(part("cli"))),
        "service:cli hat im Dienst für Datenschutzanfragen ein Zugangstoken für carla",
    ),
    "linked": (
        linked,
        "operator hat ein Konto Ihrer Organisation mit carla im Dienst für Datenschutzanfragen verknüpft",
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


@pytest.fixture
def dora(office: Office) -> str:
    """A data protection officer with a work address."""
    office.enrol("dora", roles=(Role.DPO,))
    office.desk.work_addresses.give("dora", Call(part("test")), email="dora@staff.example")
    return "dora"


def told(office: Office, said: str) -> set[str]:
    """Whom a mail that says so reached."""
    office.desk.credential_mail.send_due()
    return {recipient for recipient, text in addressed(office.service) if said in text}


def test_a_notice_goes_to_the_address_that_stood_when_the_credential_was_made(
    office: Office, carla: str, dora: str
) -> None:
    """Also where somebody replaces the address before the mail leaves."""
    # given
    office.desk.invitations.invite(carla, Call(OPERATOR))
    # when
    office.desk.work_addresses.give(dora, Call(OPERATOR), email="thief@evil.example")
    # then
    assert "dora@staff.example" in told(office, "operator hat carla")
    assert "thief@evil.example" not in told(office, "operator hat carla")


def test_a_dpo_whose_address_another_replaces_is_told_at_the_former_one(office: Office, carla: str, dora: str) -> None:
    # when: an operator does it before they invite somebody in Carla's name
    office.desk.work_addresses.give(dora, Call(OPERATOR), email="thief@evil.example")
    office.desk.invitations.invite(carla, Call(OPERATOR))
    # then
    assert "dora@staff.example" in told(office, "operator hat die E-Mail-Adresse von dora")
    assert "thief@evil.example" not in told(office, "operator hat die E-Mail-Adresse von dora")
    rows = repr(office.everything())
    assert ("dora@staff.example" in rows, "thief@evil.example" in rows) == (False, False)


def test_the_dpo_is_told_of_another_address_for_anybody_who_had_one(office: Office, carla: str, dora: str) -> None:
    office.desk.work_addresses.give(
        carla, Call(Caller(carla, frozenset({Role.HANDLER}), None)), email="c@staff.example"
    )
    assert told(office, "E-Mail-Adresse von carla") == set(), "nobody is told of one that she gives herself"
    office.desk.work_addresses.give(carla, Call(OPERATOR), email="thief@evil.example")
    assert told(office, "operator hat die E-Mail-Adresse von carla") == {"dora@staff.example", "dpo@callcentre.example"}
    office.enrol("eve")
    office.desk.work_addresses.give("eve", Call(OPERATOR), email="eve@staff.example")
    assert told(office, "E-Mail-Adresse von eve") == set(), "the first address is no other way"


def test_a_dpo_who_waits_for_a_second_person_is_told_all_the_same(office: Office, carla: str, dora: str) -> None:
    office.enrol("otto", roles=(Role.OPERATOR,))
    office.desk.work_addresses.give(dora, Call(OPERATOR), email="new@staff.example")
    office.desk.invitations.invite(carla, Call(OPERATOR))
    assert "new@staff.example" in told(office, "operator hat carla")


def test_a_dpo_whose_mailbox_a_record_replaces_is_told_at_the_former_one(office: Office, carla: str) -> None:
    # when
    changed = EXAMPLE.replace("dpo_mailbox: dpo@callcentre.example", "dpo_mailbox: dpo@evil.example")
    office.desk.ropa.adopt(changed.encode(), Call(OPERATOR))
    office.desk.invitations.invite(carla, Call(OPERATOR))
    # then
    assert told(office, "operator hat Ihre Adresse als Datenschutzbeauftragte") == {"dpo@callcentre.example"}
    assert told(office, "operator hat carla") == {"dpo@evil.example"}


@pytest.mark.parametrize("how", ["other roles", "left"])
def test_a_dpo_whose_role_somebody_ends_is_told_with_the_other_ones(office: Office, dora: str, how: str) -> None:
    # given
    office.enrol("otto", roles=(Role.OPERATOR,))
    office.enrol("dan", roles=(Role.DPO,))
    office.desk.work_addresses.give("dan", Call(part("test")), email="dan@staff.example")
    staff = office.desk.staff
    # when
    if how == "left":
        staff.leave(dora, Call(OPERATOR))
    else:
        staff.change_roles(dora, Call(OPERATOR), roles=(Role.HANDLER,), controllers=("callcentre-de",))
    # then
    said = "operator hat im Dienst für Datenschutzanfragen die Rolle von dora als"
    mailboxes = {"dpo@callcentre.example", "dpo@at.callcentre.example"}
    assert told(office, said) == {"dora@staff.example", "dan@staff.example"} | mailboxes


def test_nobody_is_told_of_other_roles_than_that_of_a_dpo(office: Office, carla: str, dora: str) -> None:
    office.desk.staff.leave(carla, Call(OPERATOR))
    office.desk.staff.change_roles(dora, Call(OPERATOR), roles=(Role.DPO, Role.HANDLER), controllers=("callcentre-de",))
    assert told(office, "die Rolle von") == set()


def test_a_notice_of_an_address_is_forgotten_once_it_is_sent(office: Office, carla: str, dora: str) -> None:
    office.desk.invitations.invite(carla, Call(OPERATOR))
    kept = sa.select(sa.func.count()).select_from(passing_secrets)
    with office.service.database.reading() as connection:
        assert connection.execute(kept).scalar_one() == 2
    office.desk.credential_mail.send_due()
    with office.service.database.reading() as connection:
        assert connection.execute(kept).scalar_one() == 0


def test_a_linked_account_stands_among_the_credentials_until_it_is_unlinked(office: Office, carla: str) -> None:
    # given
    linked(office)
    # when
    (account,) = office.desk.openid_sign_in.accounts(carla, OPERATOR)
    with office.service.database.reading() as connection:
        shown = staff_credentials(connection, None).rows[0]
    # then
    assert (shown["credential_id"], shown["kind"], shown["issued_by"]) == (account["account_id"], "account", "operator")
    assert (shown["for_another"], shown["expires_at"], shown["ended_at"]) == (True, None, None)
    office.desk.openid_sign_in.unlink(carla, account["account_id"], Call(OPERATOR))
    with office.service.database.reading() as connection:
        assert staff_credentials(connection, None).rows[0]["ended_at"] is not None
    assert office.differences() == []


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
