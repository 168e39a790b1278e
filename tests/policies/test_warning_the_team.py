"""Who works on a case and who decides about it is warned of its dates, wherever they are written to at the time."""

from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call, service
from dsr.desk.caller import service as part
from dsr.desk.dispatching.content import open_content
from dsr.desk.new_case import Person
from dsr.domain.dispatch import Dispatch
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.domain.sealed import KeyDestroyed
from dsr.domain.staff import Staff, staff_id
from dsr.mailbox.bounce import Bounce
from dsr.projections.staff import staff_row
from tests.desk.office import Office
from tests.policies.test_policies import Desk, quote, ring, robot, warned

__all__ = ["robot"]

DPO = "dpo@callcentre.example"
FULL = "5.2.2"
APRIL = date(2026, 4, 20)


def approver(office: Office, name: str, *controllers: str) -> None:
    office.enrol(name, *controllers, roles=(Role.APPROVER,))
    office.desk.work_addresses.give(name, Call(part("test")), email=f"{name}@staff.example")


def warnings(robot: Desk, request_id: UUID) -> list[dict[str, Any]]:
    return robot.letters(request_id, LetterKind.STAFF_WARNING)


def give_back(office: Office, row: dict[str, Any], *recipients: str) -> None:
    """The mail server of whoever got this letter has no room for it."""
    bounce = Bounce((row["message_id"].strip("<>"),), FULL, permanent=True, recipients=recipients)
    assert office.desk.dispatching.record_bounce(bounce, Call(service("inbox"))) == row["dispatch_id"]


def written_to(office: Office, robot: Desk, request_id: UUID) -> set[str]:
    return {str(each["To"]) for each in warned(office, robot, request_id)}


def is_reachable(office: Office, name: str) -> bool:
    with office.service.database.reading() as connection:
        row = staff_row(connection, name, None)
    assert row is not None
    return bool(row["reachable"])


def test_who_left_gets_no_warning_that_still_waited_and_nobody_reads_her_address(office: Office, robot: Desk) -> None:
    # given: the mail server is away
    approver(office, "bea")
    request_id = office.registered(Right.ACCESS)
    ring(office, APRIL)
    waiting = warnings(robot, request_id)
    assert waiting
    assert {row["state"] for row in waiting} == {"queued"}
    # when
    office.desk.staff.leave("bea", office.call())
    office.clock.advance(days=30)
    # then
    assert warned(office, robot, request_id) == []
    assert {(row["state"], row["failure"]) for row in warnings(robot, request_id)} == {("failed", "staff-unreachable")}
    dispatch_id = waiting[0]["dispatch_id"]
    shown = office.desk.dispatching.preview(dispatch_id, office.call(), purpose=DisclosurePurpose.ANSWERING)
    assert (shown.staff, shown.email, shown.name) == ("bea", "", "")


def test_no_letter_keeps_the_address_of_a_member_of_staff(office: Office, robot: Desk) -> None:
    approver(office, "bea")
    request_id = office.registered(Right.ACCESS)
    ring(office, APRIL)
    assert written_to(office, robot, request_id) == {"bea@staff.example"}
    for row in warnings(robot, request_id):
        dispatch = office.find(Dispatch, row["dispatch_id"])
        plain = office.desk.repository.sealer.open_json(dispatch.filling.content, stream_id=dispatch.id, field="letter")
        assert "bea@" not in str(plain)
        assert open_content(office.desk.repository, dispatch).given.address.staff == "bea"


def test_a_warning_goes_where_who_is_warned_is_written_to_when_it_leaves(office: Office, robot: Desk) -> None:
    approver(office, "bea")
    request_id = office.registered(Right.ACCESS)
    ring(office, APRIL)
    robot.run()
    office.desk.work_addresses.give("bea", Call(part("test")), email="beatrix@staff.example")
    assert written_to(office, robot, request_id) == {"beatrix@staff.example"}


def test_whose_address_gave_a_warning_back_is_not_written_to_there_and_the_dpo_is_warned(
    office: Office, robot: Desk
) -> None:
    # given
    approver(office, "bea")
    address = office.find(Staff, staff_id("bea")).address
    assert address is not None
    key_id = address.key_id
    request_id = office.registered(Right.ACCESS)
    ring(office, APRIL)
    assert written_to(office, robot, request_id) == {"bea@staff.example"}
    # when
    first, second, *_ = warnings(robot, request_id)
    for row in (first, second):
        give_back(office, row, "bea@staff.example")
    # then: it is shown with both letters, in the case and of the member of staff, and the address is gone
    assert Counter(row["bounce_status"] for row in warnings(robot, request_id))[FULL] == 2
    assert robot.names(request_id).count("dsr.request.letter-returned") == 2
    assert office.names().count("staff.address-returned") == 1
    assert not is_reachable(office, "bea")
    with pytest.raises(KeyDestroyed):
        office.desk.repository.keystore.open(key_id)
    # then: the DPO is warned of other cases, and nothing waits
    other = office.registered(Right.ACCESS, person=Person(name="Bob", email="ada@example.org"))
    ring(office, date(2026, 6, 20))
    assert written_to(office, robot, other) == {DPO}
    assert {row["state"] for row in warnings(robot, other)} == {"sent"}
    assert office.differences() == []
    # when: an operator gives her an address
    office.desk.work_addresses.give("bea", Call(part("test")), email="bea@staff.example")
    third = office.registered(Right.ACCESS, person=Person(name="Cy", email="ada@example.org"))
    ring(office, date(2026, 8, 20))
    assert written_to(office, robot, third) == {"bea@staff.example"}


@pytest.mark.parametrize("recipients", [(), ("bea@staff.example",)])
def test_a_report_on_the_old_address_says_nothing_about_the_new_one(
    office: Office, robot: Desk, recipients: tuple[str, ...]
) -> None:
    approver(office, "bea")
    request_id = office.registered(Right.ACCESS)
    ring(office, APRIL)
    robot.run()
    robot.drain()
    office.clock.advance(hours=1)
    office.desk.work_addresses.give("bea", Call(part("test")), email="beatrix@staff.example")
    row = warnings(robot, request_id)[0]
    give_back(office, row, *recipients)
    assert warnings(robot, request_id)[0]["state"] == "bounced"
    assert is_reachable(office, "bea")


def test_a_mailbox_of_the_dpo_that_gave_a_warning_back_is_tried_again(office: Office, robot: Desk) -> None:
    request_id = office.registered(Right.ACCESS)
    ring(office, date(2026, 4, 1))
    assert written_to(office, robot, request_id) == {DPO}
    give_back(office, warnings(robot, request_id)[0], DPO)
    before = len(warnings(robot, request_id))
    ring(office, APRIL)
    robot.run()
    robot.drain()
    assert {row["state"] for row in warnings(robot, request_id)[before:]} == {"sent"}


def test_who_decides_for_a_joint_controller_is_warned_and_without_them_its_dpo(office: Office, robot: Desk) -> None:
    # given
    approver(office, "gus", "callcentre-de")
    approver(office, "pia", "callcentre-pl")
    request_id = office.arrived("callcentre-de")
    both = ("callcentre-de", "callcentre-fr")
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,), controllers=both)
    # when
    ring(office, APRIL)
    # then
    dpo = office.desk.repository.ropa.current().document.controller("callcentre-fr").dpo_mailbox
    assert written_to(office, robot, request_id) == {"gus@staff.example", dpo}
    # when
    approver(office, "eve", "callcentre-fr")
    other = office.arrived("callcentre-de", person=Person(name="Bob", email="ada@example.org"))
    office.desk.triage.register(other, office.call(other), rights=(Right.ACCESS,), controllers=both)
    ring(office, date(2026, 6, 20))
    # then
    assert written_to(office, robot, other) == {"gus@staff.example", "eve@staff.example"}


@pytest.mark.parametrize("paid", [False, True])
def test_the_team_is_warned_of_a_fee_whose_offer_ended(office: Office, robot: Desk, paid: bool) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    quote(office, request_id)
    robot.run()
    robot.drain()
    (fee,) = office.case(request_id).fees.values()
    office.clock.advance(days=(fee.offer_ends_on - office.clock.now().date()).days + 1)
    office.desk.due_dates.sweep()
    assert robot.names(request_id).count("dsr.request.fee-expired") == 1
    # when
    if paid:
        office.desk.fees.record_paid(request_id, fee.fee_id, office.call(request_id), paid_at=fee.quoted_at)
    mails = warned(office, robot, request_id)
    # then
    said = [body.get_content() for each in mails if (body := each.get_body(("plain",))) is not None]
    assert any("unentgeltlich" in each for each in said) is not paid
