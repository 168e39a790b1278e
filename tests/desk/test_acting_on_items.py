"""Rectification, contests, copies and direct transfers hold against the record of processing that the case pinned."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from dsr.desk.caller import Call
from dsr.desk.errors import ExportUnknown
from dsr.domain.export import ExportOutdated
from dsr.domain.request.automated_decision import HumanReviewRequired, ReviewFinding
from dsr.domain.request.information import NothingToCopy
from dsr.domain.request.rectification import RectificationOperation
from dsr.domain.request.standing import CopyKind, TargetMethod
from dsr.domain.request.values import AccuracyFinding, Channel
from dsr.domain.rights import Right
from dsr.domain.ropa import ActivityUnknown, SystemElsewhere, SystemUnknown
from dsr.domain.staff import StaffHasLeft, StaffUnknown
from tests.desk.office import Office

CONTEST, PORTABILITY = Right.AUTOMATED_DECISION.value, Right.PORTABILITY.value
DECIDING = """
  - id: credit-checks
    name: Credit checks
    controllers: [callcentre-de]
    purpose: To offer payment by invoice.
    legal_basis: contract
    subjects: [customers]
    data:
      - id: score
        name: Score
        source: inferred
    retention:
      period: P1Y
      words: From the day of the check.
    systems: [crm]
    automated_decisions:
      logic: Open invoices count against payment by invoice.
      consequences: Only payment in advance is offered.
      ground: contract
"""


def adopt_credit_checks(office: Office, example: str) -> None:
    """From here on, the German member decides by automated means whether people may pay by invoice."""
    content = example.replace("\nactivities:\n", f"\nactivities:\n{DECIDING.lstrip(chr(10))}").encode()
    office.desk.ropa.adopt(content, Call(office.ann))


@pytest.fixture
def example() -> str:
    return (Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml").read_text(encoding="utf-8")


# rectification


@pytest.mark.parametrize(("system", "error"), [("nowhere", SystemUnknown), ("hr", SystemElsewhere)])
def test_data_is_rectified_in_a_system_of_the_controller(office: Office, system: str, error: type[Exception]) -> None:
    # given
    request_id = office.granted(Right.RECTIFICATION, controller_id="callcentre-fr")
    found: dict[str, Any] = {"finding": AccuracyFinding.INACCURATE, "assessment": "Compared with her passport."}
    office.desk.rectification.assess(request_id, "rectification", office.call(request_id), **found)
    # when, then
    with pytest.raises(error):
        office.desk.rectification.rectify(
            request_id,
            "rectification",
            office.call(request_id),
            operation=RectificationOperation.CORRECTED,
            field="surname",
            system=system,
            before="Bryon",
            after="Byron",
        )


# contest


def review(office: Office, request_id: UUID, **facts: Any) -> Any:
    said: dict[str, Any] = {
        "finding": ReviewFinding.NONE_MADE,
        "activities": (),
        "reviewer": None,
        "competent": False,
        "result": "",
    }
    return office.desk.automated_decision.review(request_id, CONTEST, office.call(request_id), **(said | facts))


def test_whether_decisions_are_made_is_asked_of_the_record_that_the_case_pinned(office: Office, example: str) -> None:
    # given
    before = office.registered(Right.AUTOMATED_DECISION)
    adopt_credit_checks(office, example)
    after = office.registered(Right.AUTOMATED_DECISION)
    elsewhere = office.registered(Right.AUTOMATED_DECISION, controller_id="callcentre-fr")
    # when
    review(office, before)
    review(office, elsewhere)
    # then
    with pytest.raises(HumanReviewRequired):
        review(office, after)
    for activities in (("credit-checks",), ("customer-relations",)):
        with pytest.raises(HumanReviewRequired):
            review(office, after, activities=activities)


def test_only_processing_of_the_controller_is_contested(office: Office) -> None:
    request_id = office.registered(Right.AUTOMATED_DECISION, controller_id="callcentre-fr")
    with pytest.raises(ActivityUnknown):
        review(office, request_id, activities=("employment",))


def test_who_reviews_a_decision_works_here(office: Office) -> None:
    # given
    request_id = office.registered(Right.AUTOMATED_DECISION)
    by = {"finding": ReviewFinding.UPHELD, "competent": True, "result": "It stands."}
    # when, then
    with pytest.raises(StaffUnknown):
        review(office, request_id, reviewer="carla", **by)
    office.enrol("carla", "callcentre-de")
    office.desk.staff.leave("carla", Call(office.ann))
    with pytest.raises(StaffHasLeft):
        review(office, request_id, reviewer="carla", **by)
    office.enrol("cora", "callcentre-de")
    review(office, request_id, reviewer="cora", **by)


# copies


@pytest.mark.parametrize("of", ["payroll", "callcentre-gb", "callcentre-fr", "nobody"])
def test_clauses_exist_only_where_the_record_names_a_transfer_on_them(office: Office, of: str) -> None:
    request_id = office.granted(Right.INFORMATION)

    def send(to: str) -> Any:
        facts: dict[str, Any] = {"redacted": False, "summary": "", "sent_at": None, "channel": Channel.EMAIL}
        call = office.call(request_id)
        return office.desk.information.send_copy(
            request_id, "information", call, kind=CopyKind.CONTRACT_CLAUSES, of=to, **facts
        )

    with pytest.raises(NothingToCopy):
        send(of)
    send("callcentre-us")


# direct transfer


@pytest.fixture
def transferable(office: Office) -> UUID:
    """A case with data for portability and a verified target."""
    request_id: UUID = office.granted(Right.PORTABILITY)
    office.collect(request_id, PORTABILITY)
    office.desk.transfer.assess(request_id, PORTABILITY, office.call(request_id), feasible=True, reasons="")
    seen: dict[str, Any] = {"target": "api.other.example", "method": TargetMethod.CALL_BACK, "verified_at": None}
    office.desk.transfer.verify_target(request_id, PORTABILITY, office.call(request_id), **seen)
    return request_id


def transmit(office: Office, request_id: UUID, export_id: UUID) -> Any:
    facts: dict[str, Any] = {"target": "api.other.example", "sent_at": None, "channel": Channel.PORTAL, "receipt": ""}
    call = office.call(request_id)
    return office.desk.transfer.transmit(request_id, PORTABILITY, call, export_id=export_id, **facts)


def test_only_a_package_of_this_very_item_is_transmitted(office: Office, transferable: UUID) -> None:
    # given
    other = office.granted(Right.PORTABILITY)
    office.collect(other, PORTABILITY)
    office.search(other, PORTABILITY)
    of_other = UUID(office.desk.exports.prepare(other, PORTABILITY, office.call(other)).resource_id)
    office.search(transferable, PORTABILITY)
    own = UUID(office.desk.exports.prepare(transferable, PORTABILITY, office.call(transferable)).resource_id)
    # when, then
    for unknown in (of_other, uuid4()):
        with pytest.raises(ExportUnknown):
            transmit(office, transferable, unknown)
    transmit(office, transferable, own)


def test_a_package_with_data_that_was_taken_out_since_is_not_transmitted(office: Office, transferable: UUID) -> None:
    # given
    office.search(transferable, PORTABILITY)
    package = UUID(office.desk.exports.prepare(transferable, PORTABILITY, office.call(transferable)).resource_id)
    office.clock.advance(seconds=1)
    [data_set] = office.case(transferable).copies.data_sets
    office.desk.collection.discard(transferable, data_set, office.call(transferable))
    # when, then
    with pytest.raises(ExportOutdated):
        transmit(office, transferable, package)
