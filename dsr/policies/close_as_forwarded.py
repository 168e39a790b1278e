"""Whenever the letter left that passes a request on to the controller for which we process the data, close the request
as forwarded (docs/law §9).
"""

import logging
from typing import ClassVar

from dsr.desk.dispatching import DispatchDesk
from dsr.desk.triage import TriageDesk
from dsr.domain.dispatch.events import DispatchSent
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.claims import ClaimSettled
from dsr.domain.request.errors import FeeOutstanding, ItemNotOpen, MessageUnexamined, RequestIsClosed
from dsr.domain.request.messages import MessageExamined
from dsr.policies.correspondence import Correspondence
from dsr.policies.policy import call_for, request_id_of

log = logging.getLogger("dsr.policies")


class CloseAsForwarded:
    """Whenever the letter left that passes a request on to the controller for which we process the data, close the
    request as forwarded (docs/law §9); while a message waits, once it is examined.
    """

    name: ClassVar[str] = "close-as-forwarded"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({DispatchSent, MessageExamined, ClaimSettled})

    def __init__(self, letters: Correspondence, triage: TriageDesk, dispatching: DispatchDesk) -> None:
        self._letters = letters
        self._triage = triage
        self._dispatching = dispatching

    def react(self, recorded: Recorded) -> None:
        """A case that refuses to be closed stays open: for the message that waits, or for a person. Raises
        KeyDestroyed, VersionStale.
        """
        case = self._letters.case(self, recorded)
        passed_on = None if case.is_closed else self._dispatching.passed_on(case)
        if passed_on is None:
            return
        try:
            self._triage.forward(
                request_id_of(recorded),
                call_for(self, recorded),
                controller_id=passed_on.controller_id,
                channel=passed_on.channel,
                text=passed_on.text,
                forwarded_at=passed_on.left_at,
            )
        except (MessageUnexamined, ItemNotOpen, FeeOutstanding, RequestIsClosed) as refusal:
            log.info("policy %s: event %d: the case stays open: %s", self.name, recorded.position, refusal.code)
