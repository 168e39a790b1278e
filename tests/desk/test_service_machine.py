"""Whatever people do, in whatever order: the read models say what the log says, and nothing depends on memory."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from dsr.bootstrap import Service, build
from dsr.desk.caller import Call
from dsr.desk.replay import replay
from dsr.domain.errors import DomainError
from dsr.domain.request import Request
from dsr.domain.request.erasure import ErasureGround
from dsr.domain.request.letters import ANSWER_OF, LetterKind
from dsr.domain.request.values import (
    AssuranceLevel,
    DisclosurePurpose,
    DismissalKind,
    IdentityMethod,
)
from dsr.domain.rights import Right
from tests.catalogue.catalogue import AT_DESK
from tests.catalogue.starts import enrolled
from tests.desk.office import nothing_in
from tests.proving import in_ci
from tests.settable_clock import SettableClock

rights = st.sampled_from(Right)

SYSTEMS = ("crm", "hr", "quality", "recordings")

BY_RIGHT: Mapping[Right, tuple[str, ...]] = {
    Right.ACCESS: (
        *("propose a fee", "send the notice of a fee", "record that a fee was paid"),
        *("require redaction", "discard data"),
    ),
    Right.RECTIFICATION: ("assess accuracy", "find data accurate", "rectify"),
    Right.ERASURE: ("tell a recipient", "excuse a recipient"),
    Right.RESTRICTION: (*("restrict", "use restricted data", "tell of lifting a restriction", "lift a restriction"),),
    Right.PORTABILITY: (
        *("assess a direct transfer", "find a direct transfer infeasible"),
        *("verify the target of a direct transfer", "transmit data to another controller"),
    ),
    Right.OBJECTION: (
        *("object to what rests on consent too", "balance interests", "stop processing"),
        *("treat an objection as a withdrawal of consent", "use restricted data"),
    ),
    Right.AUTOMATED_DECISION: ("review a contested decision",),
    Right.INFORMATION: ("send a copy",),
}
"""What the law asks for each right besides granting it, by the names of the catalogue."""

OF_ANY_CASE = (
    *("withdraw consent", "place a hold", "release a hold", "reassign", "let the offer of a fee expire"),
    *("accept a representation", "end a representation"),
)


class ServiceMachine(RuleBasedStateMachine):
    """Random use cases on one service; what the law refuses changes nothing."""

    make: ClassVar[Callable[[], Any]]
    """Gives an office at a fresh service."""
    cases = Bundle("cases")
    exports = Bundle("exports")

    @initialize()
    def open(self) -> None:
        self.office = type(self).make()
        enrolled(self.office)
        self.office.service.desk.repository.application.events._snapshots._every = 5  # as if cases were long
        self.head = self.office.service.log.head().position

    def teardown(self) -> None:
        if not hasattr(self, "office"):
            return
        office = self.office
        service: Service = office.service
        replayed = replay(service.database, service.log)
        positions = [each.position for each in service.log.read()]
        service.close()
        fresh = build(service.settings, clock=office.clock)
        try:
            assert replayed.rows == ()
            assert replayed.wrong_dates == ()
            assert positions == list(range(1, len(positions) + 1)), "dense"
            fresh.check()
            for request_id, state in self.states().items():
                again = fresh.desk.repository.find(Request, request_id)
                assert again is not None
                assert vars(again) == state, "another process loads the same case"
        finally:
            fresh.close()
            shutil.rmtree(service.settings.home)

    def states(self) -> dict[Any, Any]:
        known: dict[Any, Any] = self.__dict__.setdefault("known", {})
        return known

    def attempt(self, request_id: Any, command: Callable[[Call], Any], *, as_bob: bool = False) -> Any:
        """Run it on the version at hand; a refusal leaves the case as it was."""
        before = self.office.case(request_id).version
        with suppress(DomainError):
            return command(self.office.call(request_id, self.office.bob if as_bob else None))
        assert self.office.case(request_id).version == before
        return None

    @invariant()
    def the_row_shows_the_case(self) -> None:
        for request_id in self.states():
            case = self.office.case(request_id)
            self.states()[request_id] = vars(case)
            row = self.office.view(request_id)
            assert (row["version"], row["lifecycle"], row["outcome"], row["identity"]) == (
                case.version,
                case.lifecycle,
                case.outcome,
                case.identity.status,
            )
            assert [(each["item_id"], each["status"], each["answered"]) for each in row["items"]] == [
                (item.item_id, item.status, item.answered) for item in case.items.values()
            ]

    # Arrivals --------------------------------------------------------------------------------------------------

    @rule(target=cases, number=st.integers(0, 3), reply=st.booleans())
    def a_mail_arrives(self, number: int, reply: bool) -> Any:
        headers = {"In_Reply_To": f"<{number}@example.org>", "message_id": ""} if reply else {}
        headers.setdefault("message_id", f"<{number}@example.org>")
        outcome = self.office.receive(self.office.mail(sender=f"p{number}@example.org", **headers))
        self.states()[outcome.request_id] = None
        return outcome.request_id

    @rule(target=cases)
    def somebody_calls(self) -> Any:
        request_id = self.office.arrived()
        self.states()[request_id] = None
        return request_id

    @rule(target=cases, chosen=st.lists(rights, min_size=1, max_size=3, unique=True), granted=st.booleans())
    def somebody_calls_and_is_understood(self, chosen: list[Right], granted: bool) -> Any:
        request_id = self.office.registered(*chosen)
        self.states()[request_id] = None
        if granted:
            self.decide(request_id, chosen[0], "grant")
        return request_id

    @rule(raw=st.binary(max_size=20))
    def garbage_arrives(self, raw: bytes) -> None:
        assert self.office.receive(b"\x00" + raw).outcome in {"quarantined", "duplicate"}

    @rule(hours=st.integers(1, 200))
    def time_goes_by(self, hours: int) -> None:
        self.office.clock.advance(hours=hours)

    # Work ------------------------------------------------------------------------------------------------------

    @rule(case=cases, chosen=st.lists(rights, max_size=2))
    def register(self, case: Any, chosen: list[Right]) -> None:
        desk = self.office.desk.triage
        self.attempt(case, lambda call: desk.register(case, call, rights=tuple(chosen), direct_marketing=False))

    @rule(case=cases, right=rights)
    def open_item(self, case: Any, right: Right) -> None:
        desk = self.office.desk.triage
        self.attempt(case, lambda call: desk.open_items(case, call, rights=(right,), direct_marketing=True))

    @rule(case=cases, original=cases)
    def link(self, case: Any, original: Any) -> None:
        self.attempt(case, lambda call: self.office.desk.triage.link_duplicate(case, call, original_id=original))

    @rule(case=cases)
    def dismiss(self, case: Any) -> None:
        desk = self.office.desk.triage
        self.attempt(case, lambda call: desk.dismiss(case, call, kind=DismissalKind.SPAM, reason="An advert."))

    @rule(case=cases, note=st.text(max_size=10))
    def note(self, case: Any, note: str) -> None:
        self.attempt(case, lambda call: self.office.desk.triage.add_note(case, call, note=note))

    @rule(
        case=cases,
        method=st.sampled_from(IdentityMethod),
        step=st.sampled_from(["ask", "evidence", "again", "up", "ok"]),
    )
    def identity(self, case: Any, method: IdentityMethod, step: str) -> None:
        desk = self.office.desk.identity
        steps: dict[str, Callable[[Call], Any]] = {
            "ask": lambda call: desk.ask(case, call, doubt="Doubt.", method=method, asked_at=None),
            "evidence": lambda call: desk.take_evidence(case, call, evidence="scan", received_at=None),
            "again": lambda call: desk.ask_again(case, call, reason="Unreadable."),
            "up": lambda call: desk.give_up(case, call, reason="Silence."),
            "ok": lambda call: desk.confirm(case, call, method=method, assurance=AssuranceLevel.LOW, answered_at=None),
        }
        self.attempt(case, steps[step])

    @rule(case=cases, step=st.sampled_from(["propose", "approve", "decline", "send"]))
    def extend(self, case: Any, step: str) -> None:
        desk, office = self.office.desk.deadlines, self.office
        steps: dict[str, Callable[[Call], Any]] = {
            "propose": lambda call: desk.propose_extension(case, call, ground="complexity", reasons="Many."),
            "approve": lambda call: desk.decide_extension(case, Call(office.bob), approve=True, reason=""),
            "decline": lambda call: desk.decide_extension(case, Call(office.bob), approve=False, reason="No."),
            "send": lambda call: desk.send_extension_notice(case, call, draft=office.letter(LetterKind.EXTENSION)),
        }
        self.attempt(case, steps[step])

    @rule(
        case=cases,
        right=rights,
        step=st.sampled_from(["grant", "search", "done", "nothing", "answer", "propose", "approve"]),
    )
    def decide(self, case: Any, right: Right, step: str) -> None:
        desk, office, item = self.office.desk, self.office, right.value
        refused = right is Right.ERASURE and step == "answer" and "refused" in str(office.view(case)["items"])
        kind = LetterKind.REFUSAL if refused else ANSWER_OF[right]
        steps: dict[str, Callable[[Call], Any]] = {
            "grant": lambda call: desk.items.grant(
                case, item, call, erasure_ground=ErasureGround.NO_LONGER_NECESSARY, provision="", activities=()
            ),
            "search": lambda call: desk.search_lists.account(case, item, call, reports=tuple(map(nothing_in, SYSTEMS))),
            "done": lambda call: desk.items.record_done(case, item, call, account="Done."),
            "nothing": lambda call: desk.items.record_nothing_held(case, item, call),
            "answer": lambda call: desk.answers.record_answer(case, call, draft=office.letter(kind), item_ids=(item,)),
            "propose": lambda call: desk.items.propose_refusal(case, item, call, draft=office.refusal()),
            "approve": lambda call: desk.items.decide_refusal(case, item, Call(office.bob), approve=True, reason=""),
        }
        self.attempt(case, steps[step])

    @rule(case=cases, step=st.sampled_from(["close", "unidentified", "withdraw", "reopen", "disclose"]))
    def end(self, case: Any, step: str) -> None:
        desk = self.office.desk
        steps: dict[str, Callable[[Call], Any]] = {
            "close": lambda call: desk.answers.close(case, call, unidentified=False),
            "unidentified": lambda call: desk.answers.close(case, call, unidentified=True),
            "withdraw": lambda call: desk.answers.withdraw(case, call, confirmed=True, statement="", item_ids=None),
            "reopen": lambda call: desk.answers.reopen(case, call, reason="Missed.", item_ids=()),
            "disclose": lambda call: desk.disclosures.open(case, call, purpose=DisclosurePurpose.AUDIT, versions=None),
        }
        self.attempt(case, steps[step])

    @rule(case=cases, chosen=st.lists(st.integers(0, 99), min_size=3, max_size=10))
    def act(self, case: Any, chosen: list[int]) -> None:
        fitting = [name for right in self.office.case(case).rights for name in BY_RIGHT.get(right, ())] * 2
        fitting += OF_ANY_CASE
        for number in chosen:
            name = fitting[number % len(fitting)]
            self.attempt(case, partial(AT_DESK[name].run, self.office, case), as_bob=name == "propose a fee")

    # Exports ---------------------------------------------------------------------------------------------------

    @rule(target=exports, case=cases)
    def export(self, case: Any) -> Any:
        self.attempt(case, lambda call: self.office.collect(case, "access", call))
        answer = self.attempt(case, lambda call: self.office.desk.exports.prepare(case, "access", call))
        return None if answer is None else answer.resource_id

    @rule(export=consumes(exports), right=st.booleans())
    def hand_over(self, export: str | None, right: bool) -> None:
        if export is None:
            return
        desk = self.office.desk.exports
        with suppress(DomainError):
            link = desk.link(desk.offer(UUID(export), Call(self.office.ann)))
            assert desk.redeem(link.token, link.password if right else "wrong", network="")


@pytest.mark.parametrize(
    ("backend", "cases"), [("sqlite", in_ci(20, proving=400)), ("postgresql", in_ci(4, proving=100))]
)
def test_whatever_people_do_the_read_models_say_what_the_log_says(
    install: Callable[[str], Any],
    open_office: Callable[[Service, Any], Any],
    clock: SettableClock,
    backend: str,
    cases: int,
) -> None:
    start = clock.time

    def make() -> Any:
        clock.time = start
        return open_office(build(install(backend), clock=clock), clock)

    class Machine(ServiceMachine):
        pass

    Machine.make = staticmethod(make)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=cases, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
