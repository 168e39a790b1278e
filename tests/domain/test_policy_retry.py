"""A retry of a policy is on record, with who asked for it; where nothing waits there is nothing to retry."""

from datetime import UTC, datetime

import pytest

from dsr.domain.acting import Acting
from dsr.domain.policy_retry import NothingToRetry, PolicyRetry, PolicyRetryAsked

OLGA = Acting("olga", datetime(2026, 3, 5, tzinfo=UTC))


def test_a_retry_names_who_asked_and_no_case() -> None:
    [event] = PolicyRetry.ask(OLGA, policy="refuse", cases=2).pending_events
    assert isinstance(event, PolicyRetryAsked)
    assert (event.actor, event.policy, event.cases) == ("olga", "refuse", 2)


def test_where_no_case_waits_there_is_nothing_to_retry() -> None:
    with pytest.raises(NothingToRetry):
        PolicyRetry.ask(OLGA, policy="refuse", cases=0)
