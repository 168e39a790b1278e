"""One way to change things: what belongs together is saved together, once, on what the caller saw."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call, IdempotencyKey
from dsr.desk.errors import Forbidden, IdempotencyKeyReused, VersionStale
from dsr.desk.idempotency import Answer
from dsr.desk.unit_of_work import TRIES, CaseWork, changing, retrying, unit_of_work, use_case
from dsr.domain.request.errors import NotRegistered, ReasonRequired
from dsr.domain.rights import Right
from tests.desk.office import Office

KEY = IdempotencyKey("key", "body")

OPENS_ONE = {"changing", "unit_of_work", "idempotent", "deciding", "_changing"}
"""What enters a unit of work, or looks an idempotency key up."""


class Notes:
    """A use case of this test: it notes something on a case, with what belongs to its transaction."""

    def __init__(self, repository: Any) -> None:
        self.repository = repository
        self.happened: list[str] = []

    @use_case
    def note(self, request_id: UUID, call: Call, *, text: str = "Called.", fails: str = "") -> Answer:
        with changing(self.repository, request_id, call) as work:
            self.happened.append("block")
            self._step(work, fails)
            work.case.add_note(work.acting, note=work.seal("note", text))
        return work.answer

    def _step(self, work: CaseWork, fails: str) -> None:
        def step(name: str) -> None:
            self.happened.append(name)
            if name == fails:
                raise NotRegistered()

        work.enter(self._context())
        work.irrevocable(lambda: step("irrevocable"))
        work.effect(lambda: step("effect"))

    @contextmanager
    def _context(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.happened.append("undone")
            raise
        self.happened.append("kept")


@pytest.fixture
def notes(office: Office) -> Notes:
    return Notes(office.desk.repository)


def keyed(office: Office, request_id: UUID) -> Call:
    call: Call = replace(office.call(request_id), idempotency=KEY)
    return call


def test_effects_follow_the_events_and_what_can_not_be_undone_comes_last(office: Office, notes: Notes) -> None:
    request_id = office.registered(Right.ACCESS)
    notes.note(request_id, office.call(request_id))
    assert notes.happened == ["block", "effect", "irrevocable", "kept"]
    assert office.names()[-1] == "request.note-added"


@pytest.mark.parametrize("fails", ["effect", "irrevocable"])
def test_what_fails_on_saving_leaves_nothing_behind(office: Office, notes: Notes, fails: str) -> None:
    request_id = office.registered(Right.ACCESS)
    before = office.names()
    with pytest.raises(NotRegistered):
        notes.note(request_id, keyed(office, request_id), fails=fails)
    assert office.names() == before
    assert notes.happened[-1] == "undone"
    assert office.desk.repository.idempotency.find(keyed(office, request_id)) is None


def test_a_refused_command_saves_nothing_and_runs_no_effect(office: Office, notes: Notes) -> None:
    request_id = office.registered(Right.ACCESS)
    before = office.names()
    with pytest.raises(ReasonRequired):
        notes.note(request_id, office.call(request_id), text=" ")
    assert office.names() == before
    assert notes.happened == ["block", "undone"]


def test_a_repeated_key_is_answered_before_the_block_runs(office: Office, notes: Notes) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    call = keyed(office, request_id)
    first = notes.note(request_id, call)
    before, notes.happened = office.names(), []
    # when: the version is not the one that the caller saw any more
    again = notes.note(request_id, call)
    # then
    assert (again, office.names(), notes.happened) == (first, before, [])
    with pytest.raises(IdempotencyKeyReused):
        notes.note(request_id, replace(call, idempotency=IdempotencyKey("key", "another body")))


@pytest.mark.parametrize("note", ["Twice?", ""])
def test_a_call_whose_twin_was_faster_is_answered_as_its_twin(office: Office, notes: Notes, note: str) -> None:
    """Also where the repetition is refused: by what the twin changed, here for want of a reason."""
    # given: the same call arrives twice, and the second is under way when the first is done
    request_id = office.registered(Right.ACCESS)
    call, twin = keyed(office, request_id), list[Answer]()

    @use_case
    def late() -> Answer:
        with changing(office.desk.repository, request_id, call) as work:
            twin.append(notes.note(request_id, call))
            work.case.add_note(work.acting, note=work.seal("note", note))
        return work.answer

    # then
    assert late() == twin[0]
    assert office.names().count("request.note-added") == 1


def test_version_and_scope_are_asked_before_the_block_runs(office: Office, notes: Notes) -> None:
    request_id = office.registered(Right.ACCESS)
    stale = replace(office.call(request_id), expected=1)
    with pytest.raises(VersionStale):
        notes.note(request_id, stale)
    with pytest.raises(Forbidden), changing(office.desk.repository, request_id, stranger(office), answering=nowhere):
        notes.happened.append("block")
    assert notes.happened == []


def test_who_loses_a_race_is_told_both_versions_as_who_comes_late(office: Office, notes: Notes) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    call = office.call(request_id)

    def lose() -> None:
        with changing(office.desk.repository, request_id, call) as work:
            notes.note(request_id, call)  # the other writer, between the look and the lock
            work.case.add_note(work.acting, note=work.seal("note", "Lost."))

    # when
    with pytest.raises(VersionStale) as in_the_race:
        lose()
    with pytest.raises(VersionStale) as afterwards:
        notes.note(request_id, call)
    # then
    assert call.expected is not None
    assert in_the_race.value.facts == {"expected": call.expected, "current": call.expected + 1}
    assert afterwards.value.facts == in_the_race.value.facts


def stranger(office: Office) -> Call:
    """Sees the case, and works for its controller alone."""
    return Call(replace(office.ann, scope=frozenset({"callcentre-de"})))


def nowhere(_: Any) -> set[str]:
    """Of another controller."""
    return {"callcentre-fr"}


def test_a_unit_without_events_keeps_effects_and_answer_together(office: Office) -> None:
    call, ran = Call(office.ann, idempotency=KEY), list[str]()

    @use_case
    def save() -> Answer:
        with unit_of_work(office.desk.repository, call) as work:
            work.effect(lambda: ran.append("effect"))
            work.respond(lambda: Answer(b"{}", 1))
        return work.answer

    assert [save(), save()] == [Answer(b"{}", 1)] * 2
    assert ran == ["effect"]


def test_what_others_were_faster_at_is_decided_again_up_to_a_limit() -> None:
    tries = list[int]()

    def decide() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise VersionStale()
        return "done"

    def lose() -> str:
        tries.append(1)
        raise VersionStale()

    assert retrying(decide) == "done"
    tries.clear()
    with pytest.raises(VersionStale):
        retrying(lose)
    assert len(tries) == TRIES
    tries.clear()
    with pytest.raises(VersionStale):
        retrying(lose, on=KeyError)
    assert len(tries) == 1


def test_every_use_case_that_answers_gives_a_repeated_call_its_answer() -> None:
    """`use_case` turns `AnsweredBefore` into the answer: a method that forgot it would fail on the second call."""
    forgotten = []
    for path in sorted(Path("dsr/desk").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inner = {each for outer in functions(tree) for each in functions(outer) if each is not outer}
        for function in functions(tree) - inner:
            answers = function.returns is not None and ast.unparse(function.returns) == "Answer"
            callers = callers_of(function.name, tree) if function.name.startswith("_") else []
            if answers and opens_one(function) and not all(map(is_use_case, callers or [function])):
                forgotten.append(f"{path}:{function.lineno} {function.name}")
    assert forgotten == []


def is_use_case(function: ast.FunctionDef) -> bool:
    return "use_case" in {ast.unparse(each) for each in function.decorator_list}


def callers_of(name: str, tree: ast.AST) -> list[ast.FunctionDef]:
    """The functions that answer by calling the method of this name."""
    return [each for each in functions(tree) if f"return self.{name}(" in ast.unparse(each)]


def functions(tree: ast.AST) -> set[ast.FunctionDef]:
    return {each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}


def opens_one(function: ast.FunctionDef) -> bool:
    entered = [item.context_expr for each in ast.walk(function) if isinstance(each, ast.With) for item in each.items]
    called = [each.func for each in entered if isinstance(each, ast.Call)]
    return any(ast.unparse(each).rpartition(".")[2] in OPENS_ONE for each in called)
