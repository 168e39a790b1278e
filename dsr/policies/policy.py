"""Policies: whenever X happened, do Y.

A read model may be rebuilt at any time, but a letter must not be sent twice. So a policy receives each event at least
once and in order, with the same idempotency key every time, and its effects happen once.
"""

import hashlib
from typing import ClassVar, Protocol
from uuid import UUID

from dsr.desk.caller import Call, IdempotencyKey, service
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded


class Policy(Protocol):
    """One per file; its docstring begins with "Whenever"."""

    name: ClassVar[str]
    """Kebab-case; its position is stored under it, so never rename it."""
    handles: ClassVar[frozenset[type[Event]]]

    def react(self, recorded: Recorded) -> None:
        """React to this event through use cases, with the call of `call_for`, so that each effect happens once.

        Raises the errors of these use cases; the runner then tries again.
        """


def call_for(policy: Policy, recorded: Recorded, step: str = "") -> Call:
    """The acting caller and the idempotency key of this reaction. `step` distinguishes several effects of one event."""
    key = hashlib.sha256(f"{policy.name}:{recorded.position}:{step}".encode()).hexdigest()
    return Call(service(f"policy:{policy.name}"), idempotency=IdempotencyKey(key, key))


def request_id_of(recorded: Recorded) -> UUID:
    """The case whose events are handled in order: that of the event, or the event's own stream if it belongs to no
    case.
    """
    named = getattr(recorded.event, "request_id", None)
    return named if isinstance(named, UUID) else recorded.stream_id
