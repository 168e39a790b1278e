"""The runner gives each policy its events: in order, and at least once.

A failure does not delay other cases: the *case* is parked for this policy, and its later events wait behind the failed
one. Attempts follow at growing intervals; after the last one, a person has to act.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Final
from uuid import UUID

from dsr.database import Database
from dsr.desk.unit_of_work import retrying
from dsr.domain.clock import Clock
from dsr.domain.errors import Refused, ServiceWide, Unknown, code_of
from dsr.domain.recorded import Recorded
from dsr.domain.request.errors import CaseForgotten
from dsr.eventstore.log import Log
from dsr.policies.policy import Policy, request_id_of
from dsr.policies.positions import Parked, PolicyPositions

log = logging.getLogger("dsr.policies")

PAGE: Final = 500
"""Unhandled events after which the position is stored."""

BACKOFF: Final = tuple(timedelta(seconds=each) for each in (5, 30, 120, 600, 3600))
"""Waits before the next attempts; after the last one, a person has to ask for another."""

_REST: Final = 30.0
"""Seconds of pause for a policy whose events could not be read."""


class PolicyUnknown(Unknown):
    """There is no policy of this name. `dsr policies list` and `GET /policies` list them."""

    code = "policy-unknown"


class CaseNotParked(Refused):
    """This policy has no parked event for this case. `dsr policies list` shows the parked events."""

    code = "case-not-parked"


SeenOfPolicies = tuple[int, Sequence[Parked], Mapping[str, tuple[int, str | None]]]
"""The end of the log, what is parked, and of each policy its position and the code of what stops it."""


@dataclass(frozen=True)
class PolicyState:
    """The state of a policy."""

    name: str
    position: int | None
    """None: it never ran, and will start at the present."""
    lag: int
    """Number of events not given to it yet."""
    stopped_by: str | None
    """Code of the error that stops it for all cases, mostly an unreadable event."""
    parked: tuple[Parked, ...]


class PolicyRunner:
    """Runs all policies of a service. Two runners at once do no harm, since effects happen once."""

    def __init__(
        self,
        database: Database,
        events: Log,
        policies: Sequence[Policy],
        clock: Clock,
        *,
        given_up: Callable[[Recorded], None] = lambda _: None,
    ) -> None:
        """`given_up` is called before an event that failed at every attempt is left to a person."""
        self._database = database
        self._log = events
        self._policies = {policy.name: policy for policy in policies}
        self._clock = clock
        self._given_up = given_up
        self._rest_until: dict[str, float] = {}
        self.positions = PolicyPositions(database)

    @property
    def names(self) -> frozenset[str]:
        """The names of its policies."""
        return frozenset(self._policies)

    def begin(self) -> None:
        """Start policies that never ran at the present, so that no letters are sent about old events."""
        new = [name for name in self._policies if self.positions.position(name) is None]
        if new:
            head = self._log.head().position
            for name in new:
                self.positions.begin(name, head, at=self._clock.now())

    def start_at(self, name: str, position: int) -> None:
        """Start a policy after this event instead, at most at the present. Raises PolicyUnknown."""
        known = min(position, self._log.head().position)
        self.positions.set_position(self._policy(name).name, known, at=self._clock.now())

    def run(self, *, most: int | None = None, stop: Callable[[], bool] = lambda: False) -> int:
        """Process new events, then due retries; return the number of both.

        Failures count too, since more may wait behind them. Each policy receives at most `most` events; `stop` is
        called before each. A policy with unreadable events does not delay the others. Raises DatabaseBusy,
        DatabaseUnavailable, StorageFull: nothing is lost, run it again.
        """
        self.begin()
        until = self._log.head().position
        given = 0
        for policy in self._policies.values():
            given += self._alone(policy.name, partial(self._follow, policy, until, most, stop))
        awake = [name for name in self._policies if not self._rests(name)]
        for parked in self.positions.due(awake, at=self._clock.now(), limit=most):
            if stop():
                break
            given += max(1, self._alone(parked.policy, partial(self._go_on, parked, stop)))
        return given

    def _alone(self, name: str, act: Callable[[], int]) -> int:
        """Run one policy; if it fails as a whole, it pauses and the others continue."""
        if self._rests(name):
            return 0
        try:
            return act()
        except ServiceWide:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one policy, the others go on
            code = code_of(error)
            log.error("policy %s: %s", name, code)  # noqa: TRY400 - code or type only
            self._rest_until[name] = monotonic() + _REST
            self.positions.note_stopped(name, code)
            return 0

    def _rests(self, name: str) -> bool:
        return monotonic() < self._rest_until.get(name, 0.0)

    def retry(self, name: str | None = None, request_id: UUID | None = None) -> int:
        """Retry parked cases now, of one policy or all, one case or all; return the number of reactions.

        Raises PolicyUnknown.
        """
        if name is not None:
            self._policy(name)
        chosen = [each for each in self.positions.parked(name) if request_id in (None, each.request_id)]
        return sum(self._go_on(each) for each in chosen if each.policy in self._policies)

    def skip(self, name: str, request_id: UUID, *, note: Callable[[str], object]) -> int:
        """Skip the failed event of a parked case and continue with those behind it; return the number of reactions.

        `note` first records the skipped event in the case, so that a missing letter has a reason on record. Raises
        PolicyUnknown, CaseNotParked, and the errors of `note`.
        """
        self._policy(name)
        parked = next((each for each in self.positions.parked(name) if each.request_id == request_id), None)
        waiting = self.positions.waiting(name, request_id)
        if parked is None or not waiting:
            raise CaseNotParked(policy=name, case=str(request_id))
        passed_over = next(self._log.read(waiting[0] - 1, until=waiting[0]))
        note(f"The policy {name} skipped event {waiting[0]}, {passed_over.name}, after {parked.code}.")
        return self._go_on(self._done(parked, waiting[0]))

    def seen(self) -> SeenOfPolicies:
        """What is on record of all policies; all runners share their tables."""
        return self._log.head().position, self.positions.parked(), self.positions.every()

    def states(self, seen: SeenOfPolicies | None = None) -> tuple[PolicyState, ...]:
        """The states of its policies, by what was seen already or is looked up."""
        head, parked, every = seen or self.seen()
        return tuple(
            PolicyState(
                name=name,
                position=position,
                lag=0 if position is None else head - position,
                stopped_by=stopped_by,
                parked=tuple(each for each in parked if each.policy == name),
            )
            for name, (position, stopped_by) in ((each, every.get(each, (None, None))) for each in self._policies)
        )

    def _policy(self, name: str) -> Policy:
        try:
            return self._policies[name]
        except KeyError:
            raise PolicyUnknown(policy=name) from None

    def _follow(self, policy: Policy, until: int, most: int | None, stop: Callable[[], bool]) -> int:
        """Give the policy the events between its position and `until`, at most `most`; return the number given."""
        names = [each.TOPIC for each in policy.handles]
        given = 0
        while (position := self.positions.position(policy.name) or 0) < until:
            page_end = min(position + PAGE, until)
            for recorded in self._log.read(position, until=page_end, names=names):
                if given == most or stop():
                    return given
                self._give(policy, recorded)
                given += 1
                if not self._advance(policy, recorded.position, after=position):
                    break  # another runner or a person moved it: continue from there
                position = recorded.position
            else:
                if stop():
                    return given
                self._advance(policy, page_end, after=position)
        return given

    def _advance(self, policy: Policy, position: int, *, after: int) -> bool:
        return self.positions.advance(policy.name, position, after=after, at=self._clock.now())

    def _give(self, policy: Policy, recorded: Recorded) -> None:
        """Give one event to one policy, or queue it if its case is parked."""
        request_id = request_id_of(recorded)
        waits = self.positions.is_parked(policy.name, request_id)
        if waits and self.positions.wait_if_parked(policy.name, request_id, recorded.position):
            return
        code = self._react(policy, recorded)
        if code is not None:
            now = self._clock.now()
            self._park(Parked(policy.name, request_id, 1, code, now, now + BACKOFF[0]), recorded)

    def _go_on(self, parked: Parked, stop: Callable[[], bool] = lambda: False) -> int:
        """Process the events of a parked case, including new ones, until one fails; return the number that
        succeeded.
        """
        policy, reactions = self._policies[parked.policy], 0
        while not stop() and (waiting := self.positions.waiting(parked.policy, parked.request_id)):
            recorded = next(self._log.read(waiting[0] - 1, until=waiting[0]))
            code = self._react(policy, recorded)
            if code is not None:
                self._park(self._failed_again(parked, code), recorded)
                return reactions
            parked = self._done(parked, recorded.position)
            reactions += 1
        return reactions

    def _done(self, parked: Parked, position: int) -> Parked:
        """Remove a handled event; the next one starts with all attempts."""
        now = self._clock.now()
        anew = replace(parked, attempts=0, since=now, next_try_at=now)
        self.positions.done(anew, position)
        return anew

    def _failed_again(self, parked: Parked, code: str) -> Parked:
        attempts = parked.attempts + 1
        next_try_at = self._clock.now() + BACKOFF[attempts - 1] if attempts <= len(BACKOFF) else None
        return replace(parked, attempts=attempts, code=code, next_try_at=next_try_at)

    def _park(self, parked: Parked, recorded: Recorded) -> None:
        if parked.next_try_at is None:
            self._given_up(recorded)
        self.positions.park(parked, position=recorded.position)
        log.warning(
            "policy %s: case %s failed with %s, try %d, next at %s",
            parked.policy,
            parked.request_id,
            parked.code,
            parked.attempts,
            parked.next_try_at or "a person's request",
        )

    def _react(self, policy: Policy, recorded: Recorded) -> str | None:
        """React to an event; return the code of an error, or None. Raises errors that concern the whole service."""
        try:
            retrying(lambda: policy.react(recorded))
        except ServiceWide:
            raise
        except CaseForgotten:  # nothing is owed to it any more
            return None
        except Exception as error:  # noqa: BLE001 - whatever one case does to a policy, the others go on
            return code_of(error)
        return None
