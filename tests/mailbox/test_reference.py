"""References are unguessable, easy to read out, and understood as people type them."""

import math

import pytest

from dsr.domain.request.reference import ALPHABET, REFERENCE, find_matter_references, find_references, new_reference


def test_a_reference_has_its_form_and_at_least_39_bits() -> None:
    assert REFERENCE.fullmatch(new_reference())
    assert 8 * math.log2(len(ALPHABET)) >= 39
    assert not set("01ILOU") & set(ALPHABET)
    assert len({new_reference() for _ in range(1_000)}) == 1_000


@pytest.mark.parametrize(
    "typed",
    ["DSR-7KQ4-M2XN", "dsr-7kq4-m2xn", "DSR 7KQ4 M2XN", "(dsr7kq4m2xn)", "DSR–7KQ4–M2XN", "Ref: DSR - 7KQ4 - M2XN."],
)
def test_a_reference_is_found_however_it_is_typed(typed: str) -> None:
    assert find_references(typed) == ("DSR-7KQ4-M2XN",)


@pytest.mark.parametrize("text", ["", "DSR-7KQ4", "DSR-7KQ4-M2XNA", "XDSR-7KQ4-M2XN", "DSR-0KQ4-M2XN"])
def test_what_is_no_reference_is_not_found(text: str) -> None:
    assert find_references(text) == ()


def test_the_reference_of_a_matter_is_told_from_that_of_a_case() -> None:
    text = "Re: m 7kq4 m2xn, DSR-9KQ4-M2XN, ROM-7KQ4-M2XN"
    assert find_matter_references(text) == ("M-7KQ4-M2XN",)
    assert find_references(text) == ("DSR-9KQ4-M2XN",)
