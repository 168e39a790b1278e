"""A person asks that a policy tries again what it failed on: who asked, and when (GDPR Art. 5(2))."""

from uuid import uuid4

from dsr.domain.acting import Acting
from dsr.domain.errors import Refused
from dsr.domain.events import Aggregate, CreatedEvent


class NothingToRetry(Refused):
    """No case waits for this policy. `GET /policies` says for which policies cases wait."""

    code = "nothing-to-retry"


class PolicyRetryAsked(CreatedEvent):
    """Every case that waits for this policy is tried again at once; `cases`: how many waited."""

    TOPIC = "dsr.policy-retry.asked"
    policy: str
    cases: int


class PolicyRetry(Aggregate):
    """One retry of a policy. It names no case: whoever runs the service sees none."""

    TOPIC = "dsr.policy-retry"

    def __init__(self, policy: str, cases: int) -> None:
        self.policy = policy
        self.cases = cases

    @classmethod
    def ask(cls, acting: Acting, *, policy: str, cases: int) -> "PolicyRetry":
        """Record that a person wants another attempt. Raises NothingToRetry if no case waits."""
        if not cases:
            raise NothingToRetry(policy=policy)
        return cls.create(acting, PolicyRetryAsked, stream_id=uuid4(), policy=policy, cases=cases)
