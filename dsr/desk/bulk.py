"""Bulk commands: the same command on many cases, each in its own transaction, so that a refusal stops no other."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec

from dsr.database import DatabaseError
from dsr.desk.caller import Call, IdempotencyKey
from dsr.desk.errors import IdempotencyKeyReused
from dsr.desk.forgetting import ForgettingDesk
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.staff import StaffDesk
from dsr.desk.triage import TriageDesk
from dsr.desk.unit_of_work import idempotent, use_case
from dsr.domain.errors import DomainError, StorageFull
from dsr.domain.request.standing import ForgettingGround

DONE: Final = "done"
REFUSED: Final = "refused"

_OF_THE_SERVICE: Final = (DatabaseError, StorageFull, IdempotencyKeyReused)
"""Errors that do not concern a single case: the whole call fails, and continues when repeated."""


@dataclass(frozen=True)
class Chosen:
    """One case at the version the caller saw, with its fields of the command."""

    request_id: UUID
    version: int
    facts: Mapping[str, Any]
    """Fields of the command that differ between cases."""


class BulkDesk:
    """assign many, register many; propose and decide to forget many.

    An idempotency key answers once. If the service failed half-way, the same key continues: cases done are not
    repeated, refused ones are tried again. Once every case has its line, the same key returns the same answer,
    including refusals; to try refused cases again, use a new key.
    """

    def __init__(
        self, repository: Repository, triage: TriageDesk, staff: StaffDesk, forgetting: ForgettingDesk
    ) -> None:
        self._repository = repository
        self._forgetting = forgetting
        self._triage = triage
        self._staff = staff

    @use_case
    def assign(self, call: Call, *, assignee: str, requests: Sequence[Chosen]) -> Answer:
        """Assign all these cases to a member of staff. Raises StaffUnknown, StaffHasLeft, IdempotencyKeyReused."""
        with idempotent(self._repository, call):
            self._staff.require_present(assignee)
            return self._each(call, requests, partial(self._triage.assign, assignee=assignee))

    @use_case
    def register(self, call: Call, *, requests: Sequence[Chosen]) -> Answer:
        """Register all these cases, each with its own rights. Raises IdempotencyKeyReused."""
        with idempotent(self._repository, call):
            return self._each(call, requests, self._triage.register)

    @use_case
    def propose_forgetting(
        self, call: Call, *, ground: ForgettingGround, reasons: str, requests: Sequence[Chosen]
    ) -> Answer:
        """Propose to forget all these case files, such as those of one person. Raises IdempotencyKeyReused."""
        with idempotent(self._repository, call):
            return self._each(call, requests, partial(self._forgetting.propose, ground=ground, reasons=reasons))

    @use_case
    def decide_forgetting(self, call: Call, *, approve: bool, reason: str, requests: Sequence[Chosen]) -> Answer:
        """Order that all these case files are forgotten, or keep them with a reason. Raises FourEyes for a DPO,
        IdempotencyKeyReused.
        """
        with idempotent(self._repository, call):
            call.caller.require_decision_maker()
            return self._each(call, requests, partial(self._forgetting.decide, approve=approve, reason=reason))

    def _each(self, call: Call, requests: Sequence[Chosen], command: Callable[..., Answer]) -> Answer:
        """One line for each case, in the order given."""
        self._claim(call)
        lines = [self._line(call, chosen, command) for chosen in requests]
        answer = Answer(msgspec.json.encode({"requests": lines}))
        return self._remember(call, answer)

    def _line(self, call: Call, chosen: Chosen, command: Callable[..., Answer]) -> dict[str, Any]:
        own = replace(_part(call, str(chosen.request_id)), expected=chosen.version)
        line = {"request_id": chosen.request_id, "status": DONE, "version": None, "code": None, "detail": None}
        try:
            answer = command(chosen.request_id, own, **chosen.facts)
        except _OF_THE_SERVICE:
            raise
        except DomainError as refusal:
            return line | {"status": REFUSED, "code": refusal.code, "detail": refusal.detail}
        return line | {"version": answer.version}

    def _claim(self, call: Call) -> None:
        """Bind the key to this body first, so that no other body continues where this one stopped."""
        self._remember(_part(call, "claimed"), Answer(b"{}"))

    def _remember(self, call: Call, answer: Answer) -> Answer:
        """Store an answer, or return the one that the same concurrent call stored first."""
        if call.idempotency is None:
            return answer
        repository = self._repository
        with repository.database.appending():  # appends nothing: its lock lets two calls with one key take turns
            earlier = repository.idempotency.find(call)
            if earlier is None:
                repository.idempotency.remember(call, answer, stream_id=None, recorded_on=repository.now().date())
            return earlier or answer


def _part(call: Call, name: str) -> Call:
    """One part of the call, with a key bound to the whole body."""
    return replace(call, idempotency=_key_of_part(call.idempotency, name))


def _key_of_part(key: IdempotencyKey | None, name: str) -> IdempotencyKey | None:
    if key is None:
        return None
    part = hashlib.sha256(f"{key.key}:{name}".encode()).hexdigest()
    return IdempotencyKey(part, key.fingerprint, _key_of_part(key.before, name))
