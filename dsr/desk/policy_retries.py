"""Another attempt of a policy, asked for by a person; the worker makes it within seconds."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from dsr.desk.caller import Call
from dsr.desk.errors import Forbidden
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import unit_of_work, use_case
from dsr.domain.policy_retry import PolicyRetry


class ParkedCases(Protocol):
    """The cases that wait since a policy failed on them."""

    def waits_for_person(self, position: int) -> bool:
        """Whether a policy gave up on the event at this position, until a person asks for another attempt."""

    def count(self, policy: str, request_id: UUID | None = None) -> int:
        """How many wait for this policy: of all, or of one case."""

    def retry_at(self, policy: str, at: datetime, request_id: UUID | None = None) -> None:
        """Make the next attempt of this policy due at this time, on each of them or on one case."""


class PolicyRetryDesk:
    """ask for another attempt of a policy."""

    def __init__(self, repository: Repository, parked: ParkedCases) -> None:
        self._repository = repository
        self._parked = parked

    @use_case
    def ask(self, policy: str, call: Call, *, request_id: UUID | None = None) -> Answer:
        """Make the next attempt due now, on each case that waits for this policy or on one, also after the last
        attempt.

        Raises NothingToRetry; Forbidden for a caller whose scope is not the whole service.
        """
        with unit_of_work(self._repository, call) as work:
            if call.caller.scope is not None:
                raise Forbidden("A policy reacts for all controllers: this takes the scope `*`.")
            asked = PolicyRetry.ask(work.acting, policy=policy, cases=self._parked.count(policy, request_id))
            work.add(asked)
            work.effect(lambda: self._parked.retry_at(policy, work.acting.at, request_id))
            body = msgspec.json.encode({"policy": policy, "cases": asked.cases})
            work.respond(lambda: Answer(body))
        return work.answer
