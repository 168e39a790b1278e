"""Letters where several people act for a person (docs/law §3): one at most gets them, by their own address."""

from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.new_case import Person
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.representation import RepresentativeNotNamed
from dsr.domain.request.standing import AnswerTo, RepresentativeKind
from dsr.domain.rights import Right
from dsr.projections.dispatches import dispatches_of
from tests.desk.office import Office


def accept(office: Office, request_id: UUID, email: str, **facts: Any) -> None:
    said: dict[str, Any] = {
        "kind": RepresentativeKind.LAWYER,
        "evidence": "A signed mandate, seen.",
        "rights": (Right.ACCESS,),
        "expires_on": None,
        "for_child": False,
        "conflict_assessed": True,
        "conflict": False,
        "answer_to": AnswerTo.REPRESENTATIVE,
        "contact": Person(name=email, email=email),
    }
    office.desk.representation.accept(request_id, office.call(request_id), **said | facts)


def written(office: Office, request_id: UUID) -> UUID:
    letter = office.desk.dispatching.prepare(request_id, Call(office.ann), kind=LetterKind.ACKNOWLEDGEMENT)
    return UUID(letter.resource_id or "")


def state(office: Office, request_id: UUID, dispatch_id: UUID) -> tuple[str, str | None]:
    with office.service.database.reading() as connection:
        [row] = [each for each in dispatches_of(connection, request_id) if each["dispatch_id"] == dispatch_id]
    return row["state"], row["failure"]


def leaves(office: Office, request_id: UUID, dispatch_id: UUID) -> tuple[str, str | None]:
    office.desk.dispatching.release(dispatch_id, Call(office.ann))
    office.desk.dispatching.drain(office.clock.now(), 100)
    return state(office, request_id, dispatch_id)


def test_letters_go_to_the_one_who_was_chosen_whoever_came_last(office: Office) -> None:
    request_id = office.registered(Right.ACCESS)
    accept(office, request_id, "lawyer@example.org")
    accept(office, request_id, "agent@example.org", answer_to=AnswerTo.DATA_SUBJECT, kind=RepresentativeKind.AGENT)
    assert leaves(office, request_id, written(office, request_id)) == ("sent", None)
    [mail] = office.outgoing()
    assert b"lawyer@example.org" in mail.read_bytes()


def test_a_letter_to_a_representative_who_was_replaced_does_not_leave(office: Office) -> None:
    request_id = office.registered(Right.ACCESS)
    accept(office, request_id, "lawyer@example.org")
    letter = written(office, request_id)
    office.clock.advance(hours=1)
    accept(office, request_id, "other@example.org", replaces=(1,))
    assert leaves(office, request_id, letter) == ("failed", "authority-missing")


def test_ending_one_of_two_leaves_the_letters_to_the_other(office: Office) -> None:
    request_id = office.registered(Right.ACCESS)
    accept(office, request_id, "lawyer@example.org")
    accept(office, request_id, "agent@example.org", answer_to=AnswerTo.DATA_SUBJECT)
    with pytest.raises(RepresentativeNotNamed):
        office.desk.representation.end(request_id, office.call(request_id), reason="Revoked.")
    office.desk.representation.end(request_id, office.call(request_id), reason="Revoked.", number=2)
    assert leaves(office, request_id, written(office, request_id)) == ("sent", None)
    found, _ = office.desk.representation.list_of(request_id, office.ann)
    assert [each.ended_at is None for each in found] == [True, False]
