"""A team at its desk."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dsr.bootstrap import Service
from tests.desk.office import Office
from tests.settable_clock import SettableClock


@pytest.fixture
def example() -> str:
    """The record of processing of the examples, to be changed and adopted again."""
    return (Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml").read_text(encoding="utf-8")


@pytest.fixture
def office(service: Service, clock: SettableClock) -> Office:
    """A team at the desk of a service, on each backend."""
    return Office(service, clock)


@pytest.fixture
def open_office() -> Callable[[Service, SettableClock], Office]:
    """A second team at another service."""
    return Office
