"""The same command on many cases: each is a transaction of its own, and what one refuses holds up no other."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec

from dsr.database import DatabaseError
from dsr.desk.caller import Call, IdempotencyKey
from dsr.desk.errors import IdempotencyKeyReused
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.staff import StaffDesk
from dsr.desk.triage import TriageDesk
from dsr.desk.unit_of_work import idempotent, use_case
from dsr.domain.errors import DomainError, StorageFull

DONE: Final = "done"
REFUSED: Final = "refused"

_OF_THE_SERVICE: Final = (DatabaseError, StorageFull, IdempotencyKeyReused)
"""What says nothing of the one case: the whole call fails, and goes on where it stopped when it is repeated."""


@dataclass(frozen=True)
class Chosen:
    """One case, as the caller saw it, with what the command is told of it."""

    request_id: UUID
    version: int
    facts: Mapping[str, Any]
    """Fields of the command that differ from case to case."""


class BulkDesk:
    """assign many, register many.

    A key answers once. Where the service failed half-way, the same key goes on: what was done is not done again, what
    was refused is tried again. Once every case has its line, the same key gives the very same answer, refusals
    included: to try the refused ones again, look at them and send them under a new key.
    """

    def __init__(self, repository: Repository, triage: TriageDesk, staff: StaffDesk) -> None:
        self._repository = repository
        self._triage = triage
        self._staff = staff

    @use_case
    def assign(self, call: Call, *, assignee: str, requests: Sequence[Chosen]) -> Answer:
        """Give all these to a member of staff. Raises StaffUnknown, StaffHasLeft, IdempotencyKeyReused."""
        with idempotent(self._repository, call):
            self._staff.require_present(assignee)
            return self._each(call, requests, partial(self._triage.assign, assignee=assignee))

    @use_case
    def register(self, call: Call, *, requests: Sequence[Chosen]) -> Answer:
        """Confirm all these as requests, each with rights of its own. Raises IdempotencyKeyReused."""
        with idempotent(self._repository, call):
            return self._each(call, requests, self._triage.register)

    def _each(self, call: Call, requests: Sequence[Chosen], command: Callable[..., Answer]) -> Answer:
        """One line for each case, in the order given."""
        self._claim(call.idempotency)
        lines = [self._line(call, chosen, command) for chosen in requests]
        answer = Answer(msgspec.json.encode({"requests": lines}))
        return self._remember(call.idempotency, answer)

    def _line(self, call: Call, chosen: Chosen, command: Callable[..., Answer]) -> dict[str, Any]:
        own = Call(call.caller, expected=chosen.version, idempotency=_part(call.idempotency, str(chosen.request_id)))
        line = {"request_id": chosen.request_id, "status": DONE, "version": None, "code": None, "detail": None}
        try:
            answer = command(chosen.request_id, own, **chosen.facts)
        except _OF_THE_SERVICE:
            raise
        except DomainError as refusal:
            return line | {"status": REFUSED, "code": refusal.code, "detail": refusal.detail}
        return line | {"version": answer.version}

    def _claim(self, key: IdempotencyKey | None) -> None:
        """Bind the key to this body before anything is done, so that no other body goes on where this one stopped."""
        self._remember(_part(key, "claimed"), Answer(b"{}"))

    def _remember(self, key: IdempotencyKey | None, answer: Answer) -> Answer:
        """Keep an answer, or give back the one that the same call, under way elsewhere, kept first."""
        if key is None:
            return answer
        repository = self._repository
        with repository.database.appending():  # appends nothing: its lock lets two calls with one key take turns
            earlier = repository.idempotency.find(key)
            if earlier is None:
                repository.idempotency.remember(key, answer, stream_id=None, recorded_on=repository.now().date())
            return earlier or answer


def _part(key: IdempotencyKey | None, name: str) -> IdempotencyKey | None:
    """A key for one part of what is asked, bound to the whole body."""
    if key is None:
        return None
    return IdempotencyKey(hashlib.sha256(f"{key.key}:{name}".encode()).hexdigest(), key.fingerprint)
