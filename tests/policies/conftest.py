"""Policies of tests, which do what a test says, and the office they work in."""

from collections.abc import Callable
from uuid import UUID

import pytest

from dsr.bootstrap import Service
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.triage import NoteAdded, RequestRegistered
from dsr.eventstore.log import Log
from dsr.policies.policy import Policy
from dsr.policies.runner import PolicyRunner
from tests.desk.office import Office
from tests.settable_clock import SettableClock


class Watching:
    """Whenever something is registered or noted, keep it, after `before` was asked."""

    name = "watching"
    handles: frozenset[type[Event]] = frozenset({RequestRegistered, NoteAdded})

    def __init__(self) -> None:
        self.seen: list[tuple[UUID, int]] = []
        self.before: Callable[[Recorded], None] = lambda _: None

    def react(self, recorded: Recorded) -> None:
        self.before(recorded)
        self.seen.append((recorded.stream_id, recorded.position))

    def of(self, request_id: UUID) -> list[int]:
        return [position for stream, position in self.seen if stream == request_id]


@pytest.fixture
def office(service: Service, clock: SettableClock) -> Office:
    return Office(service, clock)


@pytest.fixture
def watching() -> Watching:
    return Watching()


@pytest.fixture
def runner_of(office: Office) -> Callable[..., PolicyRunner]:
    """A runner of these policies, as another process would have it."""

    def make(*policies: Policy) -> PolicyRunner:
        return PolicyRunner(office.service.database, Log(office.service.database), policies, office.clock)

    return make
