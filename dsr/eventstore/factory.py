"""Factory that gives the library's Application our log instead of its own databases."""

from collections.abc import Sequence
from typing import Any, NoReturn

from eventsourcing.persistence import (
    AggregateRecorder,
    InfrastructureFactory,
    InfrastructureFactoryError,
    Mapper,
    TrackingRecorder,
    Transcoder,
)
from eventsourcing.utils import Environment
from sqlalchemy import ScalarSelect

from dsr.database import Database
from dsr.domain.clock import Clock
from dsr.eventstore.mapper import EventMapper
from dsr.eventstore.recorder import LogApplicationRecorder, LogRecorder
from dsr.eventstore.store import LogEventStore


class LogFactory(InfrastructureFactory[TrackingRecorder]):
    """Return it from `Application.construct_factory`. Closing it leaves the database open: others share it."""

    def __init__(
        self,
        database: Database,
        *,
        log: str = "main",
        clock: Clock | None = None,
        env: Environment | None = None,
        also: Sequence[ScalarSelect[Any]] = (),
    ) -> None:
        """`clock` sets `recorded_at`; default: the system clock. The `also` queries are run with the head of each
        append.
        """
        super().__init__(env)
        self._database = database
        self._log = log
        self._clock = clock
        self._also = also

    def transcoder(self) -> Transcoder:
        """Plain JSON."""
        return EventMapper().transcoder

    def mapper(  # type: ignore[override]  # identifiers of this domain are always UUIDs
        self,
        transcoder: Transcoder | None = None,
        mapper_class: Any = None,  # noqa: ARG002 - the library's signature
    ) -> EventMapper:
        """The mapper with typed decoding, the only one for this log."""
        return EventMapper(transcoder)

    def event_store(  # type: ignore[override]  # identifiers of this domain are always UUIDs
        self, mapper: Mapper[Any] | None = None, recorder: AggregateRecorder | None = None
    ) -> LogEventStore:
        """A store with our mapper and recorder. Raises InfrastructureFactoryError for others."""
        mapper, recorder = mapper or self.mapper(), recorder or self.application_recorder()
        if not isinstance(mapper, EventMapper) or not isinstance(recorder, LogRecorder):
            raise InfrastructureFactoryError("the log needs its own mapper and recorder")
        return LogEventStore(mapper, recorder)

    def aggregate_recorder(self, purpose: str = "events") -> LogRecorder:
        """Streams without positions.

        Raises InfrastructureFactoryError for snapshots: a case has tens of events, and a copy of its state would be one
        more place to erase.
        """
        if purpose != "events":
            raise InfrastructureFactoryError(f"the log keeps events only, no {purpose}")
        return LogRecorder(self._database, log=self._log, clock=self._clock)

    def application_recorder(self) -> LogApplicationRecorder:
        """Streams and positions."""
        return LogApplicationRecorder(self._database, log=self._log, clock=self._clock, also=self._also)

    def tracking_recorder(
        self,
        tracking_recorder_class: type[TrackingRecorder] | None = None,  # noqa: ARG002 - the library's signature
    ) -> NoReturn:
        """Raise InfrastructureFactoryError: read models commit with the events, so there is no position to track."""
        raise InfrastructureFactoryError("read models are projected in the append's transaction, nothing is tracked")

    def process_recorder(self) -> NoReturn:
        """Raise InfrastructureFactoryError: policies append by commands through the desk, not by processing events."""
        raise InfrastructureFactoryError("policies append through commands, there is no process recorder")
