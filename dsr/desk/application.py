"""The event sourcing library's application on this log: repository and event store of all aggregates."""

from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.utils import Environment

from dsr.database import Database
from dsr.domain.clock import Clock
from dsr.eventstore.factory import LogFactory
from dsr.eventstore.recorder import LogApplicationRecorder
from dsr.eventstore.store import LogEventStore
from dsr.projections.positions import in_step_query


class LogApplication(Application[UUID]):
    """Loads and saves aggregates. A desk joins `save` to its own transaction."""

    name = "dsr"
    recorder: LogApplicationRecorder
    events: LogEventStore

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        super().__init__()

    def construct_factory(self, env: Environment) -> Any:
        """Use this log instead of a database of the library."""
        also = in_step_query(is_sqlite=self._database.is_sqlite)
        return LogFactory(self._database, clock=self._clock, env=env, also=[also])
