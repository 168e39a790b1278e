"""Matters linked to cases, in random order: they reopen and hold what docs/law §13 says, and all of it replays."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from dsr.bootstrap import Service, build
from dsr.desk.caller import Call
from dsr.desk.new_case import Person
from dsr.desk.replay import replay
from dsr.domain.errors import DomainError
from dsr.domain.matter import Matter, MatterKind, MatterOutcome
from dsr.domain.request.standing import HoldKind
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from tests.catalogue.matters import complained, noticed, written
from tests.desk.office import Office
from tests.proving import in_ci
from tests.settable_clock import SettableClock

LETTERS = (MatterKind.INQUIRY, MatterKind.ORDER, MatterKind.COURT_CLAIM)
ENDS = {
    MatterKind.COMPLAINT: MatterOutcome.UPHELD,
    MatterKind.INQUIRY: MatterOutcome.COMPLIED,
    MatterKind.ORDER: MatterOutcome.COMPLIED,
    MatterKind.COURT_CLAIM: MatterOutcome.SETTLED,
    MatterKind.INCIDENT: MatterOutcome.NOTIFIED,
}


class MatterMachine(RuleBasedStateMachine):
    """Opens matters about cases, links, answers and closes; the model knows which case is closed and held by what."""

    make: ClassVar[Callable[[], Office]]
    matters = Bundle("matters")

    @initialize()
    def begin(self) -> None:
        self.office = type(self).make()
        self.closed: dict[UUID, bool] = {}
        self.kinds: dict[UUID, MatterKind] = {}
        self.status: dict[UUID, str] = {}
        self.linked: dict[UUID, list[UUID]] = {}
        self.unexamined: dict[UUID, list[UUID]] = {}
        for name in ("ada", "bob"):
            person = Person(name=name, email=f"{name}@example.org")
            self.closed[self.office.registered(Right.ERASURE, person=person)] = False

    def case(self, which: int) -> UUID:
        return [*self.closed][which % len(self.closed)]

    def took_up(self, kind: MatterKind, request_id: UUID) -> None:
        """An order reopens the case that it concerns."""
        if kind is MatterKind.ORDER:
            self.closed[request_id] = False

    @rule(target=matters, kind=st.sampled_from(MatterKind), which=st.integers(0, 1))
    def open(self, kind: MatterKind, which: int) -> UUID:
        call, request_id = Call(self.office.ann), self.case(which)
        about: dict[str, Any] = {"request_ids": (request_id,)}
        if kind is MatterKind.COMPLAINT:
            answer = complained(self.office, call, **about)
        elif kind is MatterKind.INCIDENT:
            answer = noticed(self.office, call, **about)
        else:
            due_on = self.office.clock.now().date() + timedelta(days=20)
            answer = written(self.office, call, kind=kind, due_on=due_on, **about)
        matter_id = UUID(answer.resource_id)
        self.kinds[matter_id], self.status[matter_id] = kind, "open"
        self.linked[matter_id] = [request_id]
        self.took_up(kind, request_id)
        return matter_id

    @rule(matter=matters, which=st.integers(0, 1))
    def link(self, matter: UUID, which: int) -> None:
        request_id = self.case(which)
        allowed = self.status[matter] != "closed" and request_id not in self.linked[matter]
        if self.kinds[matter] is MatterKind.COURT_CLAIM:  # an answered claim holds nothing anew
            allowed = allowed and self.status[matter] == "open"
        desk = self.office.desk.matters
        if self.tried(lambda: desk.link_request(matter, Call(self.office.ann), request_id=request_id), allowed):
            self.linked[matter].append(request_id)
            self.took_up(self.kinds[matter], request_id)

    @rule(matter=matters)
    def answer(self, matter: UUID) -> None:
        said: dict[str, Any] = {"channel": Channel.POST, "reasons": "We looked.", "remedies": "Berlin."}
        allowed = self.status[matter] == "open" and self.kinds[matter] is not MatterKind.INCIDENT
        desk = self.office.desk.matters
        if self.tried(lambda: desk.answer(matter, Call(self.office.ann), **said), allowed):
            self.status[matter] = "answered"

    @rule(matter=matters)
    def reply(self, matter: UUID) -> None:
        """Somebody writes, and names the matter in the subject."""
        reference = self.office.find(Matter, matter).reference
        outcome = self.office.receive(self.office.mail("Erase my data.", subject=f"Re: {reference}"))
        assert (outcome.matter_id, outcome.request_id) == (matter, None)
        self.unexamined.setdefault(matter, []).append([*self.office.find(Matter, matter).messages][-1])

    @rule(matter=matters)
    def examine(self, matter: UUID) -> None:
        """A person reads all that waits."""
        for message_id in self.unexamined.pop(matter, []):
            call = Call(self.office.ann)
            self.office.desk.matter_messages.examine(matter, call, message_id=message_id, finding="Read.")

    @rule(matter=matters)
    def close(self, matter: UUID) -> None:
        kind, desk = self.kinds[matter], self.office.desk.matters
        allowed = self.status[matter] == "answered" and matter not in self.unexamined
        if self.tried(lambda: desk.close(matter, Call(self.office.ann), outcome=ENDS[kind]), allowed):
            self.status[matter] = "closed"

    @rule(which=st.integers(0, 1))
    def withdraw(self, which: int) -> None:
        """The person takes the request back, which closes the case."""
        request_id = self.case(which)
        call = self.office.call(request_id)
        given: dict[str, Any] = {"confirmed": True, "statement": "Forget it.", "item_ids": None}
        answers = self.office.desk.answers
        if self.tried(lambda: answers.withdraw(request_id, call, **given), not self.closed[request_id]):
            self.closed[request_id] = True

    @rule(hours=st.integers(1, 300))
    def time_goes_by(self, hours: int) -> None:
        self.office.clock.advance(hours=hours)
        self.office.desk.matter_dates.sweep()

    def tried(self, command: Callable[[], Any], allowed: bool) -> bool:
        """Whether it was done, as the model says."""
        done = False
        with suppress(DomainError):
            command()
            done = True
        assert done == allowed
        return done

    @invariant()
    def cases_are_as_their_matters_left_them(self) -> None:
        for request_id, closed in self.closed.items():
            case = self.office.case(request_id)
            assert case.is_closed == closed
            holding = [
                matter
                for matter, kind in self.kinds.items()
                if kind is MatterKind.COURT_CLAIM and self.status[matter] != "closed"
                if request_id in self.linked[matter]
            ]
            assert len([each for each in case.holds.values() if each.kind is HoldKind.LEGAL]) == len(holding)
        for matter_id, linked in self.linked.items():
            matter = self.office.find(Matter, matter_id)
            assert (matter.status, [*matter.request_ids]) == (self.status[matter_id], linked)

    def teardown(self) -> None:
        if not hasattr(self, "office"):
            return
        service = self.office.service
        found = replay(service.database, service.log)
        assert found.is_borne_out, found
        service.close()
        shutil.rmtree(service.settings.home)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_matters_reopen_and_hold_what_the_law_says_in_any_order(
    install: Callable[[str], Any],
    open_office: Callable[[Service, Any], Any],
    clock: SettableClock,
    backend: str,
) -> None:
    start = clock.time

    def make() -> Any:
        clock.time = start
        return open_office(build(install(backend), clock=clock), clock)

    class Machine(MatterMachine):
        pass

    Machine.make = staticmethod(make)
    few = settings(
        max_examples=in_ci(5, proving=100),
        stateful_step_count=20,
        deadline=None,
        derandomize=False,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Machine, settings=few)
