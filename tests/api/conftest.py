"""A team that talks to the real application."""

from collections.abc import Callable
from typing import Any

import pytest

from dsr.bootstrap import Service
from tests.api.team import Team, mail
from tests.catalogue import bodies
from tests.settable_clock import SettableClock


@pytest.fixture
def backend() -> str:
    """SQLite, except where a test asks for both."""
    return "sqlite"


@pytest.fixture
def team(service: Service, clock: SettableClock) -> Team:
    """A team and a running application, at the time of `clock`."""
    return Team(service, clock)


@pytest.fixture
def make_records() -> Callable[..., dict[str, Any]]:
    return bodies.records


@pytest.fixture
def make_described() -> Callable[..., dict[str, Any]]:
    return bodies.described


@pytest.fixture
def make_refusal() -> Callable[..., dict[str, Any]]:
    return bodies.refusal


@pytest.fixture
def make_mail() -> Callable[..., bytes]:
    return mail


@pytest.fixture
def make_team() -> Callable[..., Team]:
    return Team
