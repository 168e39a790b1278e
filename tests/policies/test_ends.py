"""What becomes of letters where a case ends before everything was decided (docs/law §3, GDPR Art. 12(4))."""

from typing import Any
from uuid import UUID

import pytest

from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import End, Outcome
from dsr.domain.rights import Right
from dsr.projections.dispatches import dispatches_of
from tests.desk.office import Office


def run(office: Office) -> None:
    """Policies react, and what they release leaves."""
    office.service.policies.run()
    assert office.service.policies.positions.parked() == []
    office.desk.dispatching.drain(office.clock.now(), 100)


def letters(office: Office, request_id: UUID) -> list[dict[str, Any]]:
    with office.service.database.reading() as connection:
        return [dict(row) for row in dispatches_of(connection, request_id)]


def ended(office: Office, request_id: UUID, end: End) -> None:
    office.desk.answers.propose_end(
        request_id, office.call(request_id, office.bob), end=end, reasons="She has all of it already."
    )
    office.desk.answers.decide_end(request_id, office.call(request_id), approve=True, reason="")


@pytest.mark.parametrize("end", [End.MOOT, End.NOT_A_REQUEST])
def test_the_person_is_told_why_a_case_ends_and_then_it_is_closed(office: Office, end: End) -> None:
    request_id = office.registered(Right.ACCESS, Right.ERASURE)
    run(office)
    ended(office, request_id, end)
    run(office)
    [letter] = [each for each in letters(office, request_id) if each["kind"] == LetterKind.ENDING]
    assert (letter["state"], letter["item_ids"]) == ("sent", ["access", "erasure"])
    run(office)
    assert office.case(request_id).outcome is end.outcome


def test_no_letter_leaves_to_a_person_who_has_died(office: Office) -> None:
    """Two wait in the outbox, and one event is still to be reacted to."""
    request_id = office.represented(Right.ACCESS, answer_to=AnswerTo.BOTH)
    office.service.policies.run()
    office.search(request_id, "access")
    office.desk.items.record_nothing_held(request_id, "access", office.call(request_id))
    ended(office, request_id, End.DECEASED)
    office.desk.dispatching.drain(office.clock.now(), 100)
    run(office)
    assert {each["state"] for each in letters(office, request_id)} == {"discarded"}
    assert list(office.outgoing()) == []
    assert office.case(request_id).outcome is Outcome.DECEASED


def test_recipients_hear_of_an_erasure_even_after_the_person_died(office: Office) -> None:
    request_id = office.granted(Right.ERASURE)
    office.done(request_id, "erasure")
    ended(office, request_id, End.DECEASED)
    run(office)
    assert {each["kind"] for each in letters(office, request_id)} == {LetterKind.RECIPIENT_NOTICE.value}
