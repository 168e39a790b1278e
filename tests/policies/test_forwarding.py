"""A forwarded request: the record of processing decides to whom, and the person is told (docs/law §9)."""

import pytest

from dsr.domain.request.forwarding import NotProcessor
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import Channel
from dsr.projections.dispatches import dispatches_of
from tests.desk.office import Office


def test_the_person_is_told_to_whom_the_request_was_passed_on_and_when(office: Office) -> None:
    # given
    request_id = office.case_by_mail()
    # when
    office.desk.triage.forward(
        request_id, office.call(request_id), controller_id="mail-order", channel=Channel.EMAIL, text="Please answer."
    )
    office.service.policies.run()
    office.desk.dispatching.drain(office.clock.now(), 100)
    # then
    with office.service.database.reading() as connection:
        (letter,) = [each for each in dispatches_of(connection, request_id) if each["kind"] == LetterKind.FORWARDING]
    assert (letter["state"], letter["missing"]) == ("sent", [])
    (mail,) = [path.read_bytes() for path in office.outgoing() if b"Mail Order" in path.read_bytes()]
    assert b"privacy@mail-order.example" in mail
    assert office.view(request_id)["outcome"] == "forwarded"


@pytest.mark.parametrize("controller_id", ["callcentre-fr", "payroll", "nobody"])
def test_nothing_is_forwarded_to_joint_controllers_recipients_or_strangers(office: Office, controller_id: str) -> None:
    request_id = office.case_by_mail()
    with pytest.raises(NotProcessor):
        office.desk.triage.forward(
            request_id, office.call(request_id), controller_id=controller_id, channel=Channel.EMAIL, text="Answer."
        )


def test_only_the_member_that_works_for_that_controller_forwards_to_it(office: Office) -> None:
    request_id = office.arrived("callcentre-nl")
    with pytest.raises(NotProcessor):
        office.desk.triage.forward(
            request_id, office.call(request_id), controller_id="mail-order", channel=Channel.EMAIL, text="Answer."
        )
