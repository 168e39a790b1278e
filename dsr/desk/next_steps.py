"""What a caller may do next in a case, why not where not, and whom the case waits for.

The domain says what the state allows. To that come the roles of each command's route and the scope of the caller, in
the order in which the interface refuses: the role first, then the scope, then the law.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Final
from uuid import UUID

import msgspec

from dsr.desk.caller import Caller
from dsr.desk.repository import Repository
from dsr.domain.acting import CaseActing
from dsr.domain.errors import DomainError
from dsr.domain.request import Request
from dsr.domain.request.awaited import Awaited, awaited
from dsr.domain.request.next_steps import NextStep, next_steps
from dsr.domain.request.searching import SystemsUnsearched
from dsr.domain.roles import Role


class GivenBy(msgspec.Struct, frozen=True):
    """How a command is given, as its route says; `make docs` writes it from the code."""

    operation: str
    """The name of the operation."""
    path: str
    """With a name in braces for each id."""
    roles: tuple[Role, ...]
    """Of the route."""
    decides: bool
    """Whether it is a decision, which no data protection officer takes."""
    law: tuple[str, ...]
    """Where the law for it stands."""


class _Table(msgspec.Struct, frozen=True):
    commands: dict[str, GivenBy]
    errors: dict[str, tuple[str, ...]]
    """By the code of a refusal: where the law for it stands."""


@cache
def _table() -> _Table:
    return msgspec.json.decode(files(__package__).joinpath("steps.json").read_bytes(), type=_Table)


def commands() -> Mapping[str, GivenBy]:
    """The commands of a case that a person gives by a route of their own, by name; and `finish`, which gives some."""
    return _table().commands


FINISH: Final = "finish"
"""The flow that begins with the completion of an item (`finishing.py`)."""

_COMPLETION: Final = "record_done"


@dataclass(frozen=True)
class Offered:
    """A command about one subject, as this caller may give it."""

    command: str
    """The name of the command."""
    about: Mapping[str, Any]
    """Ids and codes of its subject; empty for the case itself."""
    allowed: bool
    """Whether role, scope and the state of the case allow it."""
    code: str | None
    """The code it would be refused with; None where it is allowed."""
    detail: str | None
    """What is wrong and what to do, in a sentence."""
    law: tuple[str, ...]
    """Where the law for the refusal stands, or for the command."""
    operation: str
    """The name of the operation that gives it."""
    method: str
    path: str
    """With a name in braces for each id."""
    href: str | None
    """The path for this subject; None where it needs an id that the case does not know, such as that of a package."""


@dataclass(frozen=True)
class NextSteps:
    """The steps of a case in one version, for one caller."""

    request_id: UUID
    version: int
    """The version of the case that was asked."""
    waits_for: tuple[Awaited, ...]
    """Everybody for whom the case waits, what stops everything else first; empty: nobody."""
    steps: tuple[Offered, ...]


class NextStepsDesk:
    """show what may be done next in a case."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def of_case(
        self, request_id: UUID, caller: Caller, *, allowed: bool | None = None, command: str | None = None
    ) -> NextSteps:
        """All steps; or only those that are `allowed`, or not; or those of one command. Raises RequestUnknown."""
        repository = self._repository
        case = repository.request(request_id, caller)
        acting = repository.acting_on(case, caller.acting(repository.now()))
        wanted = commands().keys() if command is None else {command}
        steps = (_offered(case, caller, step) for step in _steps(case, acting, wanted))
        return NextSteps(
            request_id=request_id,
            version=case.version,
            waits_for=awaited(case, acting),
            steps=tuple(each for each in steps if allowed is None or each.allowed is allowed),
        )

    def copies_in_doubt(self, request_id: UUID, caller: Caller) -> tuple[UUID, ...]:
        """Other cases that ask for a copy in the name of the same person, but whose sender is in doubt: a person looks
        at them before an erasure of this case, which does not wait for them. Raises RequestUnknown.
        """
        repository = self._repository
        return repository.copies_asked_for_in_doubt(repository.request(request_id, caller))


def _steps(case: Request, acting: CaseActing, wanted: Collection[str]) -> Iterator[NextStep]:
    finishes = FINISH in wanted
    asked = [each for each in commands() if each in wanted and each != FINISH]
    for step in next_steps(case, acting, dict.fromkeys([*asked, *([_COMPLETION] if finishes else [])])):
        if step.command in wanted:
            yield step
        if finishes and step.command == _COMPLETION:
            yield _finishing(step)


def _finishing(completion: NextStep) -> NextStep:
    """The flow is refused as the completion is. Systems can account for the item with the same call."""
    refusal = completion.refusal
    return replace(completion, command=FINISH, refusal=None if isinstance(refusal, SystemsUnsearched) else refusal)


def _offered(case: Request, caller: Caller, step: NextStep) -> Offered:
    given_by = commands()[step.command]
    refusal = _refusal_of_caller(caller, given_by, step.deciding) or step.refusal
    return Offered(
        command=step.command,
        about=step.about,
        allowed=refusal is None,
        code=None if refusal is None else refusal.code,
        detail=None if refusal is None else refusal.detail,
        law=given_by.law if refusal is None else _table().errors.get(refusal.code, given_by.law),
        operation=given_by.operation,
        method=_METHOD,
        path=given_by.path,
        href=_href(case, given_by.path, step),
    )


_METHOD: Final = "POST"
"""Commands have no other."""


def _refusal_of_caller(caller: Caller, given_by: GivenBy, controllers: Iterable[str]) -> DomainError | None:
    """What refuses this caller whatever the state of the case, in the order of the interface."""
    try:
        caller.require(*given_by.roles)
        for controller_id in sorted(controllers):
            caller.require_controller(controller_id)
        if given_by.decides:
            caller.require_decision_maker()
    except DomainError as refused:
        return refused
    return None


def _href(case: Request, path: str, step: NextStep) -> str | None:
    ids: dict[str, object] = {"request_id": case.id, **_single(step.about)}
    if len(step.items) == 1:
        ids.setdefault("item_id", step.items[0])
        offer = case.items[step.items[0]].offer
        if offer is not None and step.command == "revoke_offer":
            ids["export_id"] = offer.export_id
    names = {name for _, name, _, _ in Formatter().parse(path) if name}
    if any(ids.get(name) is None for name in names):
        return None
    return path.format(**ids)


def _single(about: Mapping[str, Any]) -> Mapping[str, Any]:
    """Subjects that a path can name."""
    return {name: value for name, value in about.items() if isinstance(value, UUID | str | int | StrEnum)}
