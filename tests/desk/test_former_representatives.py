"""Whoever wrote for the person gets nothing more once their authority has ended."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.errors import SubjectUnreachable
from dsr.desk.my import SessionEnded, SignInRefused
from dsr.desk.new_case import Person
from dsr.domain.request.standing import AnswerTo, RepresentativeKind
from dsr.domain.rights import Right
from tests.desk.office import Office
from tests.desk.test_sign_in_mail import HERE, Post

LAWYER = Person(name="Lou Lawyer", email="Lou@Lawyers.example")


@pytest.fixture
def post(office: Office, monkeypatch: pytest.MonkeyPatch) -> Post:
    made = Post()
    monkeypatch.setattr(office.desk.sign_in_mail, "_transport", made)
    return made


@pytest.fixture
def represented(office: Office) -> UUID:
    """The lawyer's own letter opened the case."""
    request_id = office.registered(Right.ACCESS, person=Person(name="Lou Lawyer", email="lou@lawyers.example"))
    accept(office, request_id)
    return request_id


def accept(office: Office, request_id: UUID, **changed: Any) -> None:
    given: dict[str, Any] = {
        "kind": RepresentativeKind.LAWYER,
        "evidence": "A mandate of 1 March.",
        "rights": tuple(Right),
        "expires_on": None,
        "for_child": False,
        "conflict_assessed": True,
        "conflict": False,
        "answer_to": AnswerTo.REPRESENTATIVE,
        "contact": LAWYER,
    }
    office.desk.representation.accept(request_id, office.call(request_id), **(given | changed))


def end(office: Office, request_id: UUID) -> None:
    office.desk.representation.end(request_id, office.call(request_id), reason="The mandate was revoked.")


def code_for(office: Office, post: Post, request_id: UUID) -> str:
    """The code that a mail brought; empty if none left."""
    post.taken.clear()
    office.desk.my.ask_for_code(str(office.case(request_id).reference), language="en", network=HERE)
    office.desk.sign_in_mail.send_due()
    return post.codes[0] if post.taken else ""


def test_no_code_and_no_token_goes_to_a_former_representative(office: Office, post: Post, represented: UUID) -> None:
    # given: while the lawyer acts, a code reaches them
    assert code_for(office, post, represented)
    # when
    end(office, represented)
    # then
    assert code_for(office, post, represented) == ""
    with pytest.raises(SubjectUnreachable):
        office.desk.subject_access.issue_token(represented, office.call(represented))


def test_a_code_that_a_former_representative_holds_opens_nothing(office: Office, post: Post, represented: UUID) -> None:
    code, reference = code_for(office, post, represented), str(office.case(represented).reference)
    end(office, represented)
    with pytest.raises(SignInRefused):
        office.desk.my.sign_in(reference, code, network=HERE)


def test_a_session_of_a_former_representative_ends(office: Office, post: Post, represented: UUID) -> None:
    code, reference = code_for(office, post, represented), str(office.case(represented).reference)
    secret = office.desk.my.sign_in(reference, code, network=HERE)
    assert office.desk.my.session(secret).request_id == represented
    end(office, represented)
    with pytest.raises(SessionEnded):
        office.desk.my.session(secret)


def test_an_authority_that_expired_is_a_former_one(office: Office, post: Post) -> None:
    request_id = office.registered(Right.ACCESS, person=Person(name="Lou Lawyer", email="lou@lawyers.example"))
    accept(office, request_id, expires_on=date(2026, 3, 10))
    assert code_for(office, post, request_id)
    office.clock.advance(days=10)
    assert code_for(office, post, request_id) == ""


def test_the_person_keeps_their_own_address_when_a_representative_leaves(office: Office, post: Post) -> None:
    request_id = office.registered(Right.ACCESS)
    accept(office, request_id)
    end(office, request_id)
    assert code_for(office, post, request_id)


def test_one_who_was_accepted_again_is_reached_again(office: Office, post: Post, represented: UUID) -> None:
    end(office, represented)
    accept(office, represented)
    assert code_for(office, post, represented)
