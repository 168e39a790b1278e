"""Joint controllers: several answer, one R; passing on moves no clock (GDPR Art. 26(3); docs/law §2)."""

from dataclasses import replace
from datetime import date

import pytest

from dsr.domain.deadlines import ExtensionTooLate
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.errors import ClockResetForbidden, ItemAlreadyOpen, ReasonRequired, RequestIsClosed
from dsr.domain.request.holds import Retained
from dsr.domain.request.joint import NotJointController
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, OpenCase


def test_each_joint_controller_that_answers_has_an_item_of_its_own(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.ACCESS, Right.ERASURE, controllers=("acme-de", "acme-fr"))
    assert {(item.item_id, item.controller_id) for item in case.request.items.values()} == {
        ("access", "acme-de"),
        ("access-2", "acme-fr"),
        ("erasure", "acme-de"),
        ("erasure-2", "acme-fr"),
    }
    assert case.request.controllers == {"acme-de", "acme-fr"}


def test_each_controller_decides_its_own_item(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.ACCESS, controllers=("acme-de", "acme-fr"))
    case.record_nothing_held("access-2")
    case.grant("access")
    case.record_done("access")
    case.record_answer("access")
    case.record_answer("access-2")
    case.close()


def test_a_right_is_open_once_for_each_controller(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(ItemAlreadyOpen):
        case.open_items(Right.ACCESS)
    case.open_items(Right.ACCESS, controllers=("acme-fr",))
    with case.refuses(ItemAlreadyOpen):
        case.open_items(Right.ACCESS, controllers=("acme-pl", "acme-fr"))


def test_an_item_keeps_its_id_whatever_became_of_its_right(
    a_case: OpenCase, on_consent: tuple[ActivityBasis, ...]
) -> None:
    case = a_case(Right.OBJECTION)
    case.treat_as_withdrawal("objection", activities=on_consent)
    case.open_items(Right.OBJECTION)
    assert list(case.request.items) == ["objection", "objection-2"]


# Passing on --------------------------------------------------------------------------------------------------------


def test_passing_on_moves_no_r_and_takes_the_undecided_items_along(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.ACCESS, Right.ERASURE, Right.PORTABILITY)
    case.record_nothing_held("portability")
    r, before = case.request.received_on, case.request.clock.deadline
    case.reassign("FR")
    assert case.happened() == ["reassigned"]
    assert (case.request.controller_id, case.request.received_on) == ("acme-fr", r)
    assert case.request.clock.deadline == before, "no holiday of either lies at the end of the month"
    assert [item.controller_id for item in case.request.items.values()] == ["acme-fr", "acme-fr", "acme-de"]


@pytest.mark.parametrize(
    ("country", "to", "received_at", "statutory"),
    [
        # Easter Monday 2026-04-06 is a holiday in both; 2026-05-08 in France only, a Friday
        ("FR", "DE", "2026-04-08", date(2026, 5, 8)),
        ("DE", "FR", "2026-04-08", date(2026, 5, 8)),
        ("DE", "FR", "2026-03-05", date(2026, 4, 7)),
        # 2026-10-03 is a Saturday; 2028-10-03 a Tuesday, German Unity Day
        ("DE", "FR", "2027-09-03", date(2027, 10, 4)),
        ("DE", "GB", "2026-04-01", date(2026, 5, 1)),  # 1 May: a holiday in Germany, none in the United Kingdom
    ],
)
def test_of_the_dates_by_both_calendars_the_earlier_holds(
    a_case: OpenCase, country: str, to: str, received_at: str, statutory: date
) -> None:
    case = a_case(Right.ACCESS, country=country, received_at=received_at)
    before = case.deadline
    case.reassign(to)
    after = case.deadline
    assert after.statutory_due == statutory <= before.statutory_due
    assert after.effective_due <= before.effective_due
    assert after.effective_ends_at <= before.effective_ends_at
    assert after.promise_due == before.promise_due


def test_what_is_reckoned_later_keeps_both_calendars(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, country="FR", received_at="2026-04-02")
    case.reassign("DE")
    joined = case.joined("FR", "DE")
    case.ask_identity(at="2026-04-03", calendar=joined)
    case.confirm_identity(at="2026-04-09", calendar=joined)
    assert case.deadline.statutory_due == date(2026, 5, 8), "a holiday in France, a working day in Germany"


def test_an_extension_that_was_valid_survives_passing_the_case_on(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, received_at="2026-04-01")  # 1 May: a holiday in Germany, none in the United Kingdom
    case.propose_extension(at="2026-04-20")
    case.approve_extension()
    case.send_extension_notice(at="2026-05-04T12:00")
    case.reassign("GB", at="2026-05-04T13:00")
    deadline = case.deadline
    assert (deadline.extended, deadline.statutory_due) == (True, date(2026, 7, 1))
    assert case.request.deadline_as_of(date(2026, 6, 1), case.joined("DE", "GB")).extended


def test_an_extension_after_passing_on_keeps_the_dates_of_all(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, received_at="2026-04-01")
    case.reassign("GB", at="2026-04-20")
    joined = case.joined("DE", "GB")
    with case.refuses(ExtensionTooLate):
        case.propose_extension(at="2026-05-02", calendar=joined)


def test_another_date_of_arrival_would_start_the_clock_anew(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(ClockResetForbidden):
        case.reassign("FR", received_on=date(2026, 3, 3))
    case.reassign("FR", received_on=date(2026, 3, 2))


def test_a_case_is_passed_on_to_a_joint_controller_only(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(NotJointController):
        case.reassign("FR", joint=False)
    with case.refuses(NotJointController):
        case.reassign("DE")


def test_passing_on_needs_a_reason_and_an_open_case(a_case: OpenCase, answered: ACase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(ReasonRequired):
        case.reassign("FR", reason=None)
    with answered.refuses(RequestIsClosed):
        answered.reassign("FR")


def test_what_the_new_controller_would_delete_is_held_there_too(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    recordings = Retained("acme-fr", "recordings", ("telephony",), "P30D")
    case.reassign("FR", retained=(recordings, replace(recordings, controller_id="acme-de")))
    assert [hold.controller_id for hold in case.request.holds.values()] == ["acme-fr"]
