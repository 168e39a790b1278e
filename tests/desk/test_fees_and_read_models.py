"""What the case says of its fees and what the list of fees says agree, whatever came of them (GDPR Art. 12(5))."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from dsr.domain.request.letters import LetterKind
from dsr.domain.rights import Right
from tests.desk.office import Office


def decline(office: Office, request_id: UUID) -> None:
    fee_id, call = office.fee_id(request_id), office.call(request_id)
    office.desk.fees.decline(request_id, fee_id, call, answered_at=None, statement="")


def expire(office: Office, request_id: UUID) -> None:
    office.clock.advance(days=40)
    office.desk.fees.expire(request_id, office.fee_id(request_id), office.call(request_id))


def withdraw_one(office: Office, request_id: UUID) -> None:
    call = office.call(request_id)
    office.desk.answers.withdraw(request_id, call, confirmed=True, statement="", item_ids=("erasure",))


def withdraw(office: Office, request_id: UUID) -> None:
    office.desk.answers.withdraw(request_id, office.call(request_id), confirmed=True, statement="", item_ids=None)


def reopen_withdrawn(office: Office, request_id: UUID) -> None:
    withdraw(office, request_id)
    call = office.call(request_id)
    office.desk.answers.reopen(request_id, call, reason="A mistake.", item_ids=("access", "erasure"))


def refuse(office: Office, request_id: UUID) -> None:
    call = office.call(request_id, office.bob)
    office.desk.items.propose_refusal(request_id, "erasure", call, draft=office.refusal())
    office.desk.items.decide_refusal(request_id, "erasure", office.call(request_id), approve=True, reason="")


def grant(office: Office, request_id: UUID) -> None:
    office.desk.items.grant(request_id, "access", office.call(request_id))


def test_in_the_uk_the_deadline_is_told_as_it_runs_once_an_offer_is_over(office: Office) -> None:
    # given: quoted on 5 March, until 31 March; nobody records that this is over
    request_id: UUID = office.registered(Right.ACCESS, controller_id="callcentre-gb")
    office.desk.fees.propose(request_id, office.call(request_id), item_ids=("access",), draft=office.fee())
    notice = office.letter(LetterKind.FEE)
    office.desk.fees.send_notice(request_id, office.fee_id(request_id), office.call(request_id), draft=notice)
    # when
    office.clock.advance(days=150)
    told = office.desk.deadlines.explain(request_id, office.ann, as_of=None).deadline
    # then
    assert (told.statutory_due, told.provisional) == (date(2026, 4, 30), False)
    expire(office, request_id)
    recorded = office.case(request_id).clock.deadline
    assert recorded is not None
    assert recorded.statutory_due == told.statutory_due


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (decline, "declined"),
        (expire, "expired"),
        (withdraw_one, "dropped"),
        (withdraw, "dropped"),
        (reopen_withdrawn, "dropped"),
        (refuse, "dropped"),
        (grant, "quoted"),
    ],
)
@pytest.mark.parametrize("controller", ["callcentre-de", "callcentre-gb"])
def test_the_list_of_fees_shows_what_the_case_knows(
    office: Office, controller: str, end: Callable[[Any, UUID], None], status: str
) -> None:
    # given
    request_id: UUID = office.registered(Right.ACCESS, Right.ERASURE, controller_id=controller)
    draft = office.fee()
    office.desk.fees.propose(request_id, office.call(request_id), item_ids=("access", "erasure"), draft=draft)
    notice = office.letter(LetterKind.FEE)
    office.desk.fees.send_notice(request_id, office.fee_id(request_id), office.call(request_id), draft=notice)
    assert office.view(request_id)["clock"] == ("suspended" if controller == "callcentre-gb" else "running")
    # when
    end(office, request_id)
    # then
    case = office.case(request_id)
    rows, version = office.desk.fees.of(request_id, office.ann)
    assert [(row["about_id"], row["outcome"]) for row in rows] == [(office.fee_id(request_id), status)]
    assert [fee.status.value for fee in case.fees.values()] == [status]
    assert version == case.version
    still_waits = controller == "callcentre-gb" and status == "quoted"
    assert office.view(request_id)["clock"] == ("suspended" if still_waits else "running")
    assert office.differences() == []
