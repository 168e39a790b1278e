"""What the data subject can open, and that nobody else gets it (GDPR Art. 5(1)(f), 12(2), 32(1)(b))."""

import hashlib
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from dsr.bootstrap import FIRST_OPERATOR
from dsr.desk.caller import Call
from dsr.desk.credential_outbox import MailKind, credential_mails
from dsr.desk.errors import SubjectUnreachable, TokenInvalid
from dsr.desk.my import SessionEnded, SignInRefused, subject
from dsr.desk.new_case import Person
from dsr.desk.tokens import tokens
from dsr.domain.messages import MessageNotSent
from dsr.domain.rights import Right
from tests.desk.office import Office
from tests.desk.test_sign_in_mail import Post
from tests.desk.test_use_cases import code_of, send_code, sign_in
from tests.mailed import mails, secret_in_mail


def token_of(office: Office, request_id: UUID) -> str:
    """The token of the person, as it comes by mail."""
    office.desk.subject_access.issue_token(request_id, office.call(request_id))
    return secret_in_mail(office.service)


def waiting(office: Office) -> int:
    with office.service.database.reading() as connection:
        query = sa.select(sa.func.count()).where(credential_mails.c.kind == MailKind.SUBJECT.value)
        return int(connection.execute(query).scalar_one())


def opens(office: Office, token: str) -> bool:
    try:
        office.desk.staff.authenticate(token)
    except TokenInvalid:
        return False
    return True


def test_whoever_asks_for_the_token_of_a_person_never_sees_it(office: Office) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    # when
    answer = office.desk.subject_access.issue_token(request_id, office.call(request_id))
    secret = secret_in_mail(office.service)
    # then
    assert b"dsr_" not in answer.body
    assert all(secret not in repr(rows) for rows in office.everything().values()), "nor does anybody with the database"
    caller = office.desk.staff.authenticate(secret)
    assert (caller.actor, caller.request_id) == ("data-subject", request_id)
    assert waiting(office) == 0


def test_no_token_exists_before_its_mail_is_written(office: Office) -> None:
    request_id = office.registered(Right.ACCESS)
    answer = office.desk.subject_access.issue_token(request_id, office.call(request_id))
    with office.service.database.reading() as connection:
        made = connection.execute(sa.select(tokens.c.sha256).where(tokens.c.token_id == UUID(answer.resource_id)))
        assert made.first() is None


def test_a_mail_that_fails_is_written_again_with_another_token(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    post, sender = Post(), office.desk.credential_mail
    monkeypatch.setattr(sender, "_transport", post)
    request_id = office.registered(Right.ACCESS)
    office.desk.subject_access.issue_token(request_id, office.call(request_id))
    # when
    post.refusal = MessageNotSent()
    sender.send_due()
    post.refusal = None
    sender.send_due()
    assert (post.taken, waiting(office)) == ([], 1), "not within half a minute"
    office.clock.advance(seconds=30)
    sender.send_due()
    # then
    (mail,) = post.taken
    assert mail.recipient == "ada@example.org"
    (token,) = (line for line in mail.text.splitlines() if line.startswith("dsr_"))
    assert opens(office, token)
    assert waiting(office) == 0


@pytest.mark.parametrize("way", ["closed", "ended"])
def test_every_credential_of_a_person_ends_with_the_case_or_by_command(office: Office, way: str) -> None:
    # given: a token, a session, and a code that nobody used yet
    request_id = office.registered(Right.ACCESS)
    token = token_of(office, request_id)
    send_code(office, request_id)
    session = sign_in(office, request_id)
    office.clock.advance(minutes=1)
    send_code(office, request_id)
    code, reference = code_of(office), office.case(request_id).reference
    assert opens(office, token)
    office.desk.my.session(session)
    # when
    if way == "closed":
        call = office.call(request_id)
        office.desk.answers.withdraw(request_id, call, confirmed=True, statement="", item_ids=None)
    else:
        office.desk.subject_access.end(request_id, office.call(request_id))

    # then
    def has_ended() -> bool:
        with pytest.raises(SessionEnded):
            office.desk.my.session(session)
        with pytest.raises(SignInRefused):
            office.desk.my.sign_in(reference, code, network="")
        return not opens(office, token)

    assert has_ended()
    if way == "closed":
        office.desk.answers.reopen(request_id, office.call(request_id), reason="An error.", item_ids=())
        assert has_ended(), "nor does reopening bring it back"
    assert opens(office, token_of(office, request_id))
    send_code(office, request_id)
    office.desk.my.session(sign_in(office, request_id))
    assert office.differences() == []


def test_the_session_in_which_a_person_withdraws_shows_how_it_ended(office: Office) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    send_code(office, request_id)
    session = sign_in(office, request_id)
    office.clock.advance(minutes=1)
    send_code(office, request_id)
    elsewhere = sign_in(office, request_id)
    # when
    call = Call(subject(office.desk.my.session(session)))
    office.desk.answers.withdraw(request_id, call, confirmed=True, statement="", item_ids=None)
    # then
    assert office.desk.my.show(office.desk.my.session(session)).row["closed_at"] is not None
    with pytest.raises(SessionEnded):
        office.desk.my.session(elsewhere)


def test_a_mail_that_waited_until_the_case_was_closed_is_not_sent(office: Office) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    office.desk.subject_access.issue_token(request_id, office.call(request_id))
    office.desk.answers.withdraw(request_id, office.call(request_id), confirmed=True, statement="", item_ids=None)
    before = len(mails(office.service))
    # when
    office.desk.credential_mail.send_due()
    # then
    assert (len(mails(office.service)), waiting(office)) == (before, 0)


def test_without_an_address_on_file_there_is_no_token(office: Office) -> None:
    request_id = office.arrived(person=Person(name="Ada Lovelace"))
    with pytest.raises(SubjectUnreachable):
        office.desk.subject_access.issue_token(request_id, office.call(request_id))


def test_a_row_that_no_event_knows_opens_nothing(office: Office) -> None:
    # given: somebody who writes to the database
    secret, token_id = "dsr_" + "A" * 43, uuid4()
    # when
    row = {
        "sha256": hashlib.sha256(secret.encode()).hexdigest(),
        "token_id": token_id,
        "staff": FIRST_OPERATOR,
        "expires_at": office.clock.now() + timedelta(days=9),
        "revoked": False,
    }
    with office.service.database.writing() as connection:
        connection.execute(tokens.insert(), row)
    # then
    assert not opens(office, secret)
