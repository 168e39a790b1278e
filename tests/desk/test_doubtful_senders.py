"""A stranger who writes in the name of another has nothing sent to them (GDPR Art. 5(1)(f), 32; docs/law §9)."""

from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.dispatching.content import Address
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.message import StandsIn
from dsr.domain.request.sender import SenderDoubtful
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.letters.fields import FreeText
from dsr.projections.dispatches import dispatches_of
from dsr.projections.queue import QueueFilter, queue
from tests.desk.office import Office


@pytest.fixture
def doubtful(office: Office) -> UUID:
    """A registered case whose sender our own server refuted; the policies ran."""
    request_id = office.case_by_mail(office.refuted_mail())
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    office.service.policies.run()
    return request_id


def states(office: Office, request_id: UUID) -> list[tuple[str, str]]:
    with office.service.database.reading() as connection:
        return [(row["kind"], row["state"]) for row in dispatches_of(connection, request_id)]


def letter(office: Office, request_id: UUID, **facts: Any) -> UUID:
    """A reply that a handler wrote."""
    said: dict[str, Any] = {"statements": {"reply": FreeText("We are looking for your data.")}} | facts
    desk = office.desk.dispatching
    return UUID(desk.prepare(request_id, Call(office.ann), kind=LetterKind.REPLY, **said).resource_id)


def confirm(office: Office, request_id: UUID) -> None:
    office.desk.triage.confirm_sender(request_id, office.call(request_id), reason="She said so on the telephone.")


def test_a_refuted_sender_is_in_doubt_in_the_view_and_in_the_queue(office: Office, doubtful: UUID) -> None:
    office.case_by_mail(office.mail())
    assert office.view(doubtful)["sender_doubtful"]
    with office.service.database.reading() as connection:
        found = queue(connection, QueueFilter(sender_doubtful=True)).rows
    assert [row["request_id"] for row in found] == [doubtful]
    assert office.differences() == []


def test_nothing_leaves_by_itself_to_a_refuted_sender_until_a_person_confirms_them(
    office: Office, doubtful: UUID
) -> None:
    assert states(office, doubtful) == [("acknowledgement", "draft")]
    confirm(office, doubtful)
    office.service.policies.run()
    assert states(office, doubtful) == [("acknowledgement", "queued")]
    office.service.policies.run()
    assert office.service.policies.positions.parked() == []


def test_a_person_confirms_the_sender_before_a_letter_leaves_to_them(office: Office, doubtful: UUID) -> None:
    written = letter(office, doubtful)
    with pytest.raises(SenderDoubtful):
        office.desk.dispatching.release(written, Call(office.ann))
    confirm(office, doubtful)
    office.desk.dispatching.release(written, Call(office.ann))
    assert ("reply", "queued") in states(office, doubtful)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"address": Address(name="Ada", email="ada@customers.example")},
        {"channel": Channel.POST, "address": Address(name="Ada", postal=("1 Long Lane", "Dublin"))},
    ],
)
def test_a_letter_may_leave_to_an_address_that_a_person_chose(
    office: Office, doubtful: UUID, elsewhere: dict[str, Any]
) -> None:
    written = letter(office, doubtful, **elsewhere)
    office.desk.dispatching.release(written, Call(office.ann))
    assert ("reply", "queued") in states(office, doubtful)


def test_no_code_is_sent_to_a_refuted_sender(office: Office, doubtful: UUID) -> None:
    reference = office.case(doubtful).reference
    for expected in (0, 1):
        office.desk.my.ask_for_code(reference, language="en", network="192.0.2.7")
        office.desk.sign_in_mail.send_due()
        assert office.names().count("request.sign-in-code-sent") == expected
        if not expected:
            confirm(office, doubtful)


def test_a_forged_follow_up_waits_in_a_case_of_its_own(office: Office) -> None:
    # given
    victims = office.case_by_mail()
    reference = office.case(victims).reference
    # when
    outcome = office.receive(office.refuted_mail("I withdraw my request.", subject=f"Re: {reference}"))
    office.service.policies.run()
    # then
    assert outcome.outcome == "received"
    forged = office.case(outcome.request_id)
    assert (forged.linked_to, forged.link_reason, forged.sender_doubtful) == (victims, "refuted-sender", True)
    (claim,) = office.case(victims).claims.values()
    assert (claim.message_id, claim.stands_in, claim.sender_doubtful) == (forged.id, StandsIn.REQUEST, True)
    assert "request.follow-up-received" not in office.names()


def test_what_other_servers_wrote_casts_no_doubt(office: Office) -> None:
    raw = office.mail(Authentication_Results="mx.evil.example; dmarc=fail header.from=example.org")
    assert not office.case(office.case_by_mail(raw)).sender_doubtful


@pytest.mark.parametrize("result", ["pass", "none", "temperror", "softfail"])
def test_only_a_failure_refutes_the_sender(office: Office, result: str) -> None:
    raw = office.mail(Authentication_Results=f"mx.callcentre.example; spf=fail; dmarc={result}")
    assert not office.case(office.case_by_mail(raw)).sender_doubtful
