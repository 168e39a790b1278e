"""assess accuracy; correct, complete, add a statement (GDPR Art. 5(1)(d), 16)."""

from typing import Any

import pytest

from dsr.domain.request.errors import (
    IdentityUnresolved,
    ItemNotGranted,
    ItemNotOpen,
    ItemOfOtherRight,
    ItemUnknown,
    NotRegistered,
    ReasonRequired,
    RefusalMissing,
    RefusalRestsOnFinding,
    RequestIsClosed,
)
from dsr.domain.request.rectification import (
    AccuracyUnassessed,
    BeforeAndAfterRequired,
    RectificationOperation,
    RectificationUnsupported,
)
from dsr.domain.request.values import AccuracyFinding, Outcome
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, Made, OpenCase

CORRECTED, COMPLETED, STATEMENT = RectificationOperation
SUPPORTED = {
    AccuracyFinding.INACCURATE: {CORRECTED, COMPLETED, STATEMENT},
    AccuracyFinding.INCOMPLETE: {COMPLETED, STATEMENT},
    AccuracyFinding.UNDETERMINED: {STATEMENT},
    AccuracyFinding.ACCURATE: {STATEMENT},
}
OTHER_RIGHTS = sorted(set(Right) - {Right.RECTIFICATION})


def refuse_correction(case: ACase, made: Made) -> None:
    """The correction of the street is refused, since it is accurate."""
    accurate = made.refusal(ground="data-accurate", claims=(), in_part=True, extent=("street",))
    case.propose_refusal("rectification", refusal=accurate)
    case.approve_refusal("rectification")


@pytest.fixture
def granted(a_case: OpenCase) -> ACase:
    case = a_case(Right.RECTIFICATION)
    case.grant("rectification")
    return case


@pytest.fixture
def inaccurate(granted: ACase) -> ACase:
    granted.assess_accuracy()
    return granted


# assessing


@pytest.mark.parametrize("finding", AccuracyFinding)
@pytest.mark.parametrize("is_granted", [False, True])
def test_accuracy_is_assessed_before_or_after_the_item_is_granted(
    a_case: OpenCase, finding: AccuracyFinding, is_granted: bool
) -> None:
    case = a_case(Right.RECTIFICATION)
    if is_granted:
        case.grant("rectification")
    case.assess_accuracy(finding=finding)
    assert case.happened() == ["accuracy-assessed"]
    assert case.request.items["rectification"].accuracy is finding


def test_an_assessment_says_in_writing_what_it_showed(a_case: OpenCase) -> None:
    case = a_case(Right.RECTIFICATION)
    with case.refuses(ReasonRequired):
        case.assess_accuracy(assessment=None)


def test_the_latest_assessment_holds(a_case: OpenCase) -> None:
    case = a_case(Right.RECTIFICATION)
    case.assess_accuracy(finding=AccuracyFinding.UNDETERMINED)
    case.assess_accuracy(finding=AccuracyFinding.ACCURATE)
    assert case.request.items["rectification"].accuracy is AccuracyFinding.ACCURATE


def test_an_open_question_of_identity_does_not_keep_anybody_from_assessing(a_case: OpenCase) -> None:
    case = a_case(Right.RECTIFICATION)
    case.ask_identity()
    case.assess_accuracy()


@pytest.mark.parametrize("right", OTHER_RIGHTS)
def test_accuracy_is_assessed_for_rectification_only(a_case: OpenCase, right: Any) -> None:
    case = a_case(right)
    with case.refuses(ItemOfOtherRight):
        case.assess_accuracy(right.value)


def test_accuracy_is_assessed_for_an_item_of_a_registered_request_until_it_is_decided(a_case: OpenCase) -> None:
    unregistered = a_case()
    with unregistered.refuses(NotRegistered):
        unregistered.assess_accuracy()
    case = a_case(Right.RECTIFICATION, Right.ACCESS)
    with case.refuses(ItemUnknown):
        case.assess_accuracy("erasure")
    case.record_nothing_held("rectification")
    with case.refuses(ItemNotOpen):
        case.assess_accuracy()
    case.withdraw(item_ids=("access",))
    case.record_answer("rectification")
    case.close()
    with case.refuses(RequestIsClosed):
        case.assess_accuracy()


def test_what_is_decided_anew_is_assessed_anew(granted: ACase) -> None:
    granted.assess_accuracy()
    granted.rectify()
    granted.record_done("rectification")
    granted.record_answer("rectification")
    granted.close()
    granted.reopen("rectification")
    assert granted.request.items["rectification"].accuracy is None
    granted.grant("rectification")
    with granted.refuses(AccuracyUnassessed):
        granted.rectify()


@pytest.mark.parametrize("finding", sorted(set(AccuracyFinding) - {AccuracyFinding.ACCURATE}))
def test_what_was_refused_as_accurate_is_not_found_otherwise_before_the_case_is_reopened(
    a_case: OpenCase, made: Made, finding: Any
) -> None:
    case = a_case(Right.RECTIFICATION)
    case.assess_accuracy(finding=AccuracyFinding.ACCURATE)
    refuse_correction(case, made)
    with case.refuses(RefusalRestsOnFinding):
        case.assess_accuracy(finding=finding)
    case.assess_accuracy(finding=AccuracyFinding.ACCURATE)


# rectifying


def test_what_was_rectified_is_on_file_with_field_and_system_before_and_after(inaccurate: ACase, made: Made) -> None:
    before, after = made.sealed(), made.sealed()
    inaccurate.rectify(before=before, after=after)
    event = inaccurate.events[-1]
    assert inaccurate.happened() == ["rectified"]
    assert (event.field, event.system, event.before, event.after) == ("street", "crm", before, after)
    assert inaccurate.request.items["rectification"].effected


def test_nothing_is_rectified_before_its_accuracy_was_assessed(granted: ACase) -> None:
    with granted.refuses(AccuracyUnassessed) as told:
        granted.rectify()
    assert told.code == "accuracy-unassessed"


@pytest.mark.parametrize("finding", AccuracyFinding)
@pytest.mark.parametrize("operation", RectificationOperation)
def test_what_is_done_fits_what_was_found(
    granted: ACase, finding: AccuracyFinding, operation: RectificationOperation
) -> None:
    granted.assess_accuracy(finding=finding)
    if operation in SUPPORTED[finding]:
        granted.rectify(operation=operation)
        assert granted.request.items["rectification"].effected
    else:
        with granted.refuses(RectificationUnsupported) as told:
            granted.rectify(operation=operation)
        assert told.facts == {"finding": finding.value, "operation": operation.value}


def test_a_correction_says_what_the_data_said_before(inaccurate: ACase) -> None:
    with inaccurate.refuses(BeforeAndAfterRequired):
        inaccurate.rectify(before=None)


@pytest.mark.parametrize("operation", [COMPLETED, STATEMENT])
def test_what_is_added_takes_the_place_of_nothing(inaccurate: ACase, operation: Any) -> None:
    inaccurate.rectify(operation=operation, before=None)


@pytest.mark.parametrize("operation", RectificationOperation)
def test_every_rectification_says_what_the_data_says_now(inaccurate: ACase, operation: RectificationOperation) -> None:
    with inaccurate.refuses(BeforeAndAfterRequired):
        inaccurate.rectify(operation=operation, after=None)


def test_several_fields_are_rectified_one_by_one(inaccurate: ACase) -> None:
    inaccurate.rectify(field="street")
    inaccurate.rectify(field="town")
    assert [event.field for event in inaccurate.events[-2:]] == ["street", "town"]


def test_nothing_is_rectified_while_there_is_doubt_about_who_asks(inaccurate: ACase) -> None:
    inaccurate.ask_identity()
    with inaccurate.refuses(IdentityUnresolved):
        inaccurate.rectify()


def test_nothing_is_rectified_that_was_not_granted(a_case: OpenCase) -> None:
    unregistered = a_case()
    with unregistered.refuses(NotRegistered):
        unregistered.rectify()
    case = a_case(Right.RECTIFICATION, Right.ACCESS)
    case.assess_accuracy()
    with case.refuses(ItemNotGranted):
        case.rectify()
    with case.refuses(ItemOfOtherRight):
        case.rectify("access")
    with case.refuses(ItemUnknown):
        case.rectify("erasure")


def test_a_statement_beside_accurate_data_does_not_fulfil_the_correction_that_was_asked_for(
    granted: ACase, made: Made
) -> None:
    granted.assess_accuracy(finding=AccuracyFinding.ACCURATE)
    granted.rectify(operation=STATEMENT)
    with granted.refuses(RefusalMissing):
        granted.record_done("rectification")
    granted.propose_refusal("rectification", refusal=made.refusal(in_part=True, extent=("town",)))
    granted.approve_refusal("rectification")
    with granted.refuses(RefusalMissing):
        granted.record_done("rectification")
    refuse_correction(granted, made)
    granted.record_done("rectification")
    granted.record_answer("rectification", refuses=True)
    granted.close()
    assert granted.request.outcome is Outcome.PARTLY_FULFILLED
