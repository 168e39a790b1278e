"""In random histories, a command is refused for the state of the case exactly where its guard alone refuses it.

After each step of a history, a few commands are given with arguments that fit, each once about something for which its
guard is silent, and once about something for which it refuses: the one is accepted, the other refused in the same
words. So is each step that `next_steps` names, lawful or not.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from dsr.domain.acting import CaseActing
from dsr.domain.errors import DomainError
from dsr.domain.request import Request
from dsr.domain.request.awaited import Need, Party, awaited
from dsr.domain.request.errors import CaseForgotten
from dsr.domain.request.next_steps import NextStep, next_steps
from dsr.domain.request.state_guards import STATE_GUARDS
from dsr.domain.request.subjects import asked as asked_about
from tests.catalogue.catalogue import ACTS
from tests.domain.request.a_case import Made
from tests.proving import in_ci, played

from .fitting import About, fitting, request_again, subjects
from .frame import Seen
from .rules import Rules

COMMANDS = sorted(STATE_GUARDS)

AT_ONCE = 7
"""Commands after each step; together they get to all of them again and again."""

BY_ARGUMENT = {"send_extension_notice": "extension-too-late", "suggest_rights": "message-read-before"}
"""What an argument refuses: the time at which a letter left, where no other time would do, since its approval came too
late already; the version of a reader that has read the message.
"""

ALWAYS = {
    *("add_note", "attach_follow_up", "disclose", "end_subject_access", "send_sign_in_code", "sign_in"),
    *(
        "doubt_sender",
        "note_malware",
        "note_order_date",
        "note_claim",
        "record_hand_over",
        "record_hand_over_failed",
        "record_misdelivery",
        "restore_forgetting",
    ),
}
"""Commands that no state refuses."""

SELDOM = {"note_returned_letter"}
"""Refused only where the same letter came back before; the machine hardly plays that, test_returned_letters.py does."""

CAN_BE_REFUSED = set(COMMANDS) - ALWAYS - SELDOM

NO_SUBJECT = {"record_due"}
"""The service gives it, about a date that no person names."""

MOST_NEEDS = 14

RUNS = in_ci(4, proving=100)
"""At least, of each regime."""

MOST = 70
"""Of the commands: the others are for states that few histories get to."""


@dataclass
class Told:
    """What was said in all histories so far."""

    compared: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By guards: command, and code of the refusal, or none."""
    steps: Counter[tuple[str, bool]] = field(default_factory=Counter)
    """By steps: command, and whether it is allowed."""
    needs: Counter[tuple[Party, Need]] = field(default_factory=Counter)
    """Who was waited for, and for what."""


class GuardMachine(Rules):
    """Random histories, and what guards and commands say of them."""

    def __init__(self, made: Made, told: Told, country: str) -> None:
        super().__init__(made, Seen(), country)
        self.told, self.turn = told, 0

    @invariant()
    def guards_and_commands_say_the_same(self) -> None:
        self.turn += 1
        for number in range(AT_ONCE):
            command = COMMANDS[(self.turn * AT_ONCE + number) % len(COMMANDS)]
            asked = dict.fromkeys([True, False])
            acting = self.acting({"actor": self.actor(ACTS[command].actor)})
            named = {key(asked_of(command, each)): each for each in next_steps(self.case.request, acting, [command])}
            for about in subjects(self.case, command):
                arguments = fitting(self.case, command, about)
                step = named.pop(key(about), None)
                if arguments is not None:
                    arguments["actor"] = acting.actor
                    refusal = refusal_of_guard(command, self.acting(arguments), self.case.request, about)
                    if step is not None:
                        self.told.steps[command, step.allowed] += 1
                        assert words(step.refusal) == words(refusal), f"{command} about {dict(about)}"
                    asked[refusal is None] = asked[refusal is None] or (about, arguments, refusal)
            assert not named, f"what {command} is about in this case, and `subjects` does not try: {list(named)}"
            for case in filter(None, asked.values()):
                self.compare(command, *case)

    @invariant()
    def an_open_case_waits_for_somebody(self) -> None:
        acting = self.acting({"actor": "nobody-of-the-team"})
        found = awaited(self.case.request, acting)
        self.told.needs.update((each.party, each.need) for each in found)
        assert found or self.case.request.is_closed
        for each in found:
            steps = next_steps(self.case.request, acting, filter(None, [each.command]))
            assert each.command is None or each.about in [step.about for step in steps], each

    def compare(self, command: str, about: About, arguments: dict[str, Any], refusal: DomainError | None) -> None:
        """Give the command, to a copy of the case where it may change it."""
        request = self.case.request if refusal is not None else request_again(self.case)
        acting = self.acting(arguments)
        rest = {name: value for name, value in arguments.items() if name not in ("actor", "calendar")}
        said = refusal_of(lambda: getattr(request, command)(acting, **rest))
        if refusal is None and said is not None and BY_ARGUMENT.get(command) == said.code:
            return
        assert words(said) == words(refusal), f"{command} about {dict(about)}: {said!r} instead of {refusal!r}"
        assert refusal is None or not self.case.request.collect_events(), "a refusal leaves no trace"
        self.told.compared[command, "" if refusal is None else refusal.code] += 1

    def actor(self, usual: str) -> str:
        return [usual, "ann", "dora"][self.turn % 3]

    def acting(self, arguments: Mapping[str, Any]) -> CaseActing:
        at: datetime = self.case.now
        return CaseActing(arguments["actor"], at, arguments.get("calendar", self.law.calendar))


def asked_of(command: str, step: NextStep) -> About:
    """The arguments of the guard, as `fitting` takes them."""
    return asked_about(STATE_GUARDS[command], step.about)


def key(about: About) -> frozenset[tuple[str, Any]]:
    return frozenset(about.items())


def refusal_of_guard(command: str, acting: CaseActing, request: Request, about: About) -> DomainError | None:
    return refusal_of(lambda: STATE_GUARDS[command].ask(request, acting, **about))


def refusal_of(attempt: Callable[[], object]) -> DomainError | None:
    try:
        attempt()
    except DomainError as refused:
        return refused
    return None


def words(refusal: DomainError | None) -> tuple[type[DomainError], str, dict[str, object]] | None:
    return None if refusal is None else (type(refusal), refusal.detail, refusal.facts)


@pytest.mark.parametrize("country", ["DE", "GB"])
def test_a_command_is_refused_for_the_state_exactly_where_its_guard_alone_refuses(made: Made, country: str) -> None:
    told = Told()
    few = settings(
        max_examples=5,
        stateful_step_count=50,
        deadline=None,
        derandomize=False,  # else each run would be the first one again, where that is the default
        database=None,
        phases=[Phase.generate],  # shrinking a history takes five minutes; the first sentence says what differs
        suppress_health_check=list(HealthCheck),
    )
    refused, accepted = set[str](), set[str]()
    for runs in range(1, RUNS + 37):  # of few cases: later in a run, cases are variations of each other and reach less
        machine: Any = partial(GuardMachine, made, told, country)
        run_state_machine_as_test(played(machine, runs), settings=few)
        refused = {command for command, code in told.compared if code not in ("", CaseForgotten.code)}
        accepted = {command for command, code in told.compared if not code}
        if runs >= RUNS and refused - SELDOM == CAN_BE_REFUSED and len(accepted) >= MOST:
            break
    assert refused - SELDOM == CAN_BE_REFUSED, "each guard refuses somewhere"
    assert len(accepted) >= MOST, "and most are silent somewhere"
    assert {command for command, allowed in told.steps if allowed} >= accepted - NO_SUBJECT
    assert {party for party, _ in told.needs} >= {*Party} - {Party.ANOTHER_BODY}
    assert len({need for _, need in told.needs}) >= MOST_NEEDS, "the others are for states that few histories get to"
