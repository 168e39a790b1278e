"""A copy of a frozen value with some fields changed."""

import dataclasses

import pytest

from dsr.domain.frozen import replace
from dsr.domain.request.item import Item
from dsr.domain.request.values import ItemStatus
from dsr.domain.rights import Right

ITEM = Item("access", Right.ACCESS, "acme-de")


def test_the_copy_is_what_the_library_makes() -> None:
    copy = replace(ITEM, status=ItemStatus.GRANTED, systems=("crm",))
    assert copy == dataclasses.replace(ITEM, status=ItemStatus.GRANTED, systems=("crm",))
    assert hash(copy) == hash(dataclasses.replace(copy))


def test_the_value_itself_stays_as_it_was() -> None:
    replace(ITEM, answered=True)
    assert Item("access", Right.ACCESS, "acme-de") == ITEM


def test_the_copy_is_frozen_too() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        replace(ITEM, answered=True).answered = False  # type: ignore[misc]  # that is what the test is about


def test_a_field_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(TypeError, match="Item has no field answerd"):
        replace(ITEM, answerd=True)  # type: ignore[call-arg]  # that is what the test is about
