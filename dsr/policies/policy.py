"""What a policy is: whenever X happened, then Y.

A read model may be made anew at any time; a letter must not be sent twice. So a policy is given each event at least
once and in order, with an idempotency key that is the same every time, and whatever it does happens once.
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
        """Do what follows from this event, by use cases called as `call_for` says, so that each happens once.

        Raises what they raise: it is tried again.
        """


def call_for(policy: Policy, recorded: Recorded, step: str = "") -> Call:
    """Who acts, and the key under which this reaction happens once. `step` tells several effects of one event apart."""
    key = hashlib.sha256(f"{policy.name}:{recorded.position}:{step}".encode()).hexdigest()
    return Call(service(f"policy:{policy.name}"), idempotency=IdempotencyKey(key, key))


def request_id_of(recorded: Recorded) -> UUID:
    """The case whose order counts: that of the event, or the event's own stream where it belongs to none."""
    named = getattr(recorded.event, "request_id", None)
    return named if isinstance(named, UUID) else recorded.stream_id
