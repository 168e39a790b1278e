"""Whenever the letter left that passes a request on to the controller for which we process the data, close the request
as forwarded (docs/law §9).
"""

from typing import ClassVar

from dsr.desk.dispatching import DispatchDesk
from dsr.desk.triage import TriageDesk
from dsr.domain.dispatch.events import DispatchSent
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.policies.policy import call_for


class CloseAsForwarded:
    """Whenever the letter left that passes a request on to the controller for which we process the data, close the
    request as forwarded (docs/law §9).
    """

    name: ClassVar[str] = "close-as-forwarded"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({DispatchSent})

    def __init__(self, triage: TriageDesk, dispatching: DispatchDesk) -> None:
        self._triage = triage
        self._dispatching = dispatching

    def react(self, recorded: Recorded) -> None:
        """A case that refused the letter stays open for a person. Raises what `TriageDesk.forward` raises."""
        event = recorded.event
        assert isinstance(event, DispatchSent)  # noqa: S101 - all that it handles
        passed_on = None if event.unrecorded is not None else self._dispatching.passed_on(recorded.stream_id)
        if passed_on is not None:
            self._triage.forward(
                event.request_id,
                call_for(self, recorded),
                controller_id=passed_on.controller_id,
                channel=passed_on.channel,
                text=passed_on.text,
                forwarded_at=event.sent_at,
            )
