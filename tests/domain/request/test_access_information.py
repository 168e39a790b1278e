"""correct what is told beside the copy; withdraw that (GDPR Art. 15(1), (2))."""

from typing import Any

import pytest

from dsr.domain.request.access_information import CorrectionMissing, InformationNotCorrected
from dsr.domain.request.errors import ItemNotOpen, ItemOfOtherRight, ItemUnknown
from dsr.domain.request.information_point import InformationPoint
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, Made, OpenCase

COMMANDS = ["correct_information", "withdraw_correction"]
DE, FR = "acme-de", "acme-fr"


def corrected(case: ACase, controller: Any = DE) -> Any:
    return dict(case.request.copies.corrections_by(controller))


@pytest.mark.parametrize("point", InformationPoint)
def test_each_point_of_an_item_of_access_is_corrected_and_told_as_in_the_record_again(
    a_case: OpenCase, made: Made, point: InformationPoint
) -> None:
    case = a_case(Right.ACCESS)
    text = made.sealed()
    case.correct_information(point=point, text=text)
    assert case.happened() == ["information-corrected"]
    [(found, correction)] = corrected(case).items()
    assert (found, correction.text, correction.version) == (point, text, case.request.version)
    case.withdraw_correction(point=point)
    assert corrected(case) == {}


def test_a_later_correction_takes_the_place_of_an_earlier_one_of_the_same_point(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ACCESS)
    first, other, second = made.sealed(), made.sealed(), made.sealed()
    case.correct_information(text=first)
    case.correct_information(point=InformationPoint.RETENTION, text=other)
    case.correct_information(text=second)
    assert {point: each.text for point, each in corrected(case).items()} == {
        InformationPoint.SOURCE: second,
        InformationPoint.RETENTION: other,
    }


def test_a_correction_says_something(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(CorrectionMissing) as told:
        case.correct_information(text=None)
    assert told.code == "correction-missing"


def test_only_a_correction_that_stands_is_withdrawn(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(InformationNotCorrected) as told:
        case.withdraw_correction()
    assert told.code == "information-not-corrected"
    case.correct_information(point=InformationPoint.PURPOSES)
    with case.refuses(InformationNotCorrected):
        case.withdraw_correction(point=InformationPoint.SOURCE)
    case.withdraw_correction(point=InformationPoint.PURPOSES)
    with case.refuses(InformationNotCorrected):
        case.withdraw_correction(point=InformationPoint.PURPOSES)


@pytest.mark.parametrize("granted", [False, True])
def test_an_item_is_corrected_while_it_is_open_or_granted(a_case: OpenCase, granted: bool) -> None:
    case = a_case(Right.ACCESS)
    if granted:
        case.grant("access")
    case.correct_information()
    assert corrected(case)


@pytest.mark.parametrize("end", ["record_done", "record_nothing_held", "withdraw"])
def test_what_was_told_stays_as_it_was(a_case: OpenCase, end: str) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.correct_information()
    if end == "record_done":
        case.grant("access")
    case.withdraw(item_ids=("access",)) if end == "withdraw" else getattr(case, end)("access")
    for command in COMMANDS:
        with case.refuses(ItemNotOpen):
            getattr(case, command)()
    assert corrected(case)


@pytest.mark.parametrize("command", COMMANDS)
def test_only_access_is_told_so_much(a_case: OpenCase, command: Any) -> None:
    case = a_case(Right.ACCESS, Right.PORTABILITY)
    with case.refuses(ItemOfOtherRight):
        getattr(case, command)("portability")
    with case.refuses(ItemUnknown):
        getattr(case, command)("access-7")


def test_a_controller_speaks_for_itself_alone(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.ACCESS, controllers=(DE, FR))
    case.correct_information("access-2")
    assert (corrected(case), len(corrected(case, FR))) == ({}, 1)
    with case.refuses(InformationNotCorrected):
        case.withdraw_correction("access")


def test_passed_on_an_item_is_told_in_the_words_of_who_answers_it_now(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.correct_information()
    case.reassign("FR")
    assert corrected(case, case.request.item("access").controller_id) == {}
    case.reassign("DE")
    assert corrected(case, case.request.item("access").controller_id)


@pytest.mark.parametrize("command", COMMANDS)
def test_packages_of_the_same_controller_that_were_built_before_are_outdated(a_case: OpenCase, command: Any) -> None:
    case = a_case()
    case.register(Right.ACCESS, Right.PORTABILITY, controllers=(DE, FR))
    case.correct_information()
    if command == "withdraw_correction":
        case.withdraw_correction()
    of_de = [item.item_id for item in case.request.items.values() if item.controller_id == DE]
    assert len(of_de) == 2
    assert {key: item.copy_changed for key, item in case.request.items.items() if item.copy_changed} == dict.fromkeys(
        of_de, case.request.version
    )
