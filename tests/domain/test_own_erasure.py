"""Erasure on own initiative: reported, carried out by the administrator, or cancelled (GDPR Art. 5(1), 8, 17(1))."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.domain.acting import Acting
from dsr.domain.errors import DomainError
from dsr.domain.own_erasure import (
    HeldForAnswer,
    OwnErasure,
    OwnErasureCarriedOut,
    OwnErasureDatesInvalid,
    OwnErasureIncomplete,
    OwnErasureKind,
    OwnErasureReported,
    OwnErasureSettled,
    OwnErasureStatus,
    PersonUnstated,
)
from dsr.domain.request.errors import ReasonRequired
from dsr.domain.request.holds import LegalHold, RestrictedData
from dsr.domain.request.standing import Hold, HoldKind
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.ropa import ControllerUnknown, RecipientUnknown, Ropa, SystemElsewhere, SystemUnknown
from dsr.domain.sealed import KeyIntroduction, KeyPurpose, Sealed
from dsr.ropa import load

FOUND = datetime(2026, 3, 2, 9, tzinfo=UTC)
REPORTED = FOUND + timedelta(hours=1)
LATER = REPORTED + timedelta(days=1)
RECORD: Ropa = load(Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml").document
KEY = UUID("6f1d2f6e-4a53-4e7c-9a53-3a3c5d2f6b10")
SEALED = Sealed(key_id=KEY, seal_id=KEY, nonce=b"\0" * 12, ciphertext=b"secret")


def report(at: datetime = REPORTED, actor: str = "ann", **facts: Any) -> OwnErasure:
    """A refused recording that an agent came upon."""
    lawful: dict[str, Any] = {
        "erasure_id": uuid4(),
        "kind": OwnErasureKind.REFUSED_RECORDING,
        "controller_id": "callcentre-fr",
        "system": "recordings",
        "reported_by": "agnes",
        "found_at": FOUND,
        "request_id": None,
        "document": RECORD,
        "ropa_version": 1,
        "keys": (KeyIntroduction(KEY, KeyPurpose.CASE_FILE, "cd" * 32),),
        "description": SEALED,
    }
    return OwnErasure.report(Acting(actor, at), **(lawful | facts))


def carry_out(erasure: OwnErasure, at: datetime = LATER, actor: str = "otto", **facts: Any) -> None:
    """Deleted by the administrator of the recordings."""
    lawful: dict[str, Any] = {
        "deleted_at": LATER,
        "systems": ("recordings",),
        "recipients_told": (),
        "document": RECORD,
        "account": SEALED,
        "holds": (),
        "person_unknown": False,
    }
    erasure.carry_out(Acting(actor, at), **(lawful | facts))


def cancel(erasure: OwnErasure, at: datetime = LATER, actor: str = "ann", **facts: Any) -> None:
    """The report was wrong."""
    erasure.cancel(Acting(actor, at), **({"reason": SEALED} | facts))


def refused(erasure: OwnErasure, error: type[DomainError], command: Callable[..., None], **facts: Any) -> None:
    """It is refused with this error and leaves no event."""
    before = len(erasure.pending_events)
    with pytest.raises(error):
        command(erasure, **facts)
    assert len(erasure.pending_events) == before


@pytest.fixture
def erasure() -> OwnErasure:
    return report()


def survives_replay(erasure: OwnErasure) -> bool:
    """Whether its events, read back from JSON, give the same state."""
    copy = None
    for event in erasure.collect_events():
        copy = msgspec.json.decode(msgspec.json.encode(event), type=type(event)).mutate(copy)
    return copy == erasure


def test_who_reported_who_deleted_and_when_is_on_record(erasure: OwnErasure) -> None:
    # when
    carry_out(erasure, systems=("recordings", "quality"), recipients_told=("telephony",))
    # then
    reported, done = erasure.pending_events
    assert isinstance(reported, OwnErasureReported)
    assert isinstance(done, OwnErasureCarriedOut)
    assert (reported.reported_by, reported.found_at, reported.system) == ("agnes", FOUND, "recordings")
    assert (done.actor, done.deleted_at, done.systems) == ("otto", LATER, ("recordings", "quality"))
    assert done.recipients_told == ("telephony",)
    assert erasure.status is OwnErasureStatus.CARRIED_OUT
    assert survives_replay(erasure)


@pytest.mark.parametrize("kind", OwnErasureKind)
def test_no_kind_needs_a_request_and_a_case_may_lead_to_each(kind: OwnErasureKind) -> None:
    case = uuid4()
    assert report(kind=kind).request_id is None
    assert report(kind=kind, request_id=case).request_id == case


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"controller_id": "callcentre-xx"}, ControllerUnknown),
        ({"system": "attic"}, SystemUnknown),
        ({"system": "hr"}, SystemElsewhere),
    ],
)
def test_the_system_is_one_of_the_record_where_data_of_the_controller_lies(
    facts: dict[str, Any], error: type[DomainError]
) -> None:
    with pytest.raises(error):
        report(**facts)
    assert report(controller_id="callcentre-de", system="hr").system == "hr"


def test_nothing_is_found_in_the_future() -> None:
    with pytest.raises(OwnErasureDatesInvalid):
        report(found_at=REPORTED + timedelta(microseconds=1))
    assert report(found_at=REPORTED).found_at == REPORTED


def test_a_report_says_what_was_found() -> None:
    with pytest.raises(ReasonRequired):
        report(description=None)


@given(seconds=st.integers(-200_000, 200_000))
def test_data_is_deleted_between_its_finding_and_now(seconds: int) -> None:
    erasure, deleted_at = report(), FOUND + timedelta(seconds=seconds)
    if FOUND <= deleted_at <= LATER:
        carry_out(erasure, deleted_at=deleted_at)
        assert erasure.status is OwnErasureStatus.CARRIED_OUT
    else:
        refused(erasure, OwnErasureDatesInvalid, carry_out, deleted_at=deleted_at)


def test_the_administrator_may_delete_at_once_and_report_afterwards(erasure: OwnErasure) -> None:
    carry_out(erasure, deleted_at=FOUND)
    assert erasure.status is OwnErasureStatus.CARRIED_OUT


def test_an_erasure_is_accounted_for(erasure: OwnErasure) -> None:
    refused(erasure, ReasonRequired, carry_out, account=None)


@pytest.mark.parametrize("systems", [(), ("quality",)])
def test_it_goes_where_it_was_found(erasure: OwnErasure, systems: tuple[str, ...]) -> None:
    refused(erasure, OwnErasureIncomplete, carry_out, systems=systems)


def test_systems_and_recipients_are_those_of_the_record(erasure: OwnErasure) -> None:
    refused(erasure, SystemUnknown, carry_out, systems=("recordings", "attic"))
    refused(erasure, SystemElsewhere, carry_out, systems=("recordings", "hr"))
    refused(erasure, RecipientUnknown, carry_out, recipients_told=("nobody",))


def hold(kind: HoldKind, controller_id: str = "callcentre-fr", *systems: str) -> Hold:
    return Hold(uuid4(), kind, controller_id, ("customer-calls",), systems or ("recordings",))


@pytest.mark.parametrize("controller_id", ["callcentre-fr", "callcentre-de"])
@pytest.mark.parametrize("kind", OwnErasureKind)
def test_nothing_under_a_legal_hold_is_erased_whoever_of_the_controllers_placed_it(
    kind: OwnErasureKind, controller_id: str
) -> None:
    erasure = report(kind=kind)
    refused(erasure, LegalHold, carry_out, holds=(hold(HoldKind.LEGAL, controller_id),))
    carry_out(erasure, holds=(hold(HoldKind.LEGAL, controller_id, "crm"),))


@pytest.mark.parametrize("kind", OwnErasureKind)
def test_what_is_held_for_an_answer_keeps_what_was_lawful_and_nothing_that_never_was(kind: OwnErasureKind) -> None:
    erasure, held = report(kind=kind), (hold(HoldKind.RETENTION),)
    if kind is OwnErasureKind.NO_LEGAL_BASIS:
        refused(erasure, HeldForAnswer, carry_out, holds=held)
        return
    carry_out(erasure, holds=held)
    assert erasure.status is OwnErasureStatus.CARRIED_OUT


@pytest.mark.parametrize("where", [("callcentre-de", "recordings"), ("callcentre-fr", "crm")])
def test_what_another_controller_or_another_system_holds_for_an_answer_is_other_data(where: tuple[str, str]) -> None:
    carry_out(report(kind=OwnErasureKind.NO_LEGAL_BASIS), holds=(hold(HoldKind.RETENTION, *where),))


def test_whose_data_it_is_is_looked_up_or_stated_to_be_unknown(erasure: OwnErasure) -> None:
    refused(erasure, PersonUnstated, carry_out, holds=None)
    refused(erasure, PersonUnstated, carry_out, person_unknown=True)
    carry_out(erasure, holds=None, person_unknown=True)
    done = erasure.pending_events[-1]
    assert isinstance(done, OwnErasureCarriedOut)
    assert done.person_unknown
    assert survives_replay(erasure)


def test_a_wrong_report_is_cancelled_with_a_reason(erasure: OwnErasure) -> None:
    refused(erasure, ReasonRequired, cancel, reason=None)
    cancel(erasure)
    assert erasure.status is OwnErasureStatus.CANCELLED
    assert survives_replay(erasure)


@pytest.mark.parametrize("end", [carry_out, cancel])
def test_what_is_settled_stays_settled(erasure: OwnErasure, end: Callable[[OwnErasure], None]) -> None:
    end(erasure)
    for command in (carry_out, cancel):
        refused(erasure, OwnErasureSettled, command)


def test_opening_is_on_record_at_any_time_and_changes_nothing(erasure: OwnErasure) -> None:
    carry_out(erasure)
    status = erasure.status
    erasure.open(Acting("dana", LATER), purpose=DisclosurePurpose.AUDIT, versions=(1, 2))
    assert erasure.status is status
    opened: Any = erasure.pending_events[-1]
    assert opened.TOPIC == "dsr.own-erasure.opened"
    assert survives_replay(erasure)


@pytest.mark.parametrize("kind", OwnErasureKind)
def test_own_erasure_never_deletes_restricted_data(kind: OwnErasureKind) -> None:
    """The person may oppose that unlawful data is erased (GDPR Art. 18(1)(b))."""
    erasure = report(kind=kind)
    restriction = Hold(uuid4(), HoldKind.RESTRICTION, "callcentre-fr", ("customer-calls",), ("recordings",))
    with pytest.raises(RestrictedData):
        carry_out(erasure, holds=(restriction,))
