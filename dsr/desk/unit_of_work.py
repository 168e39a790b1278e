"""The unit of work of every use case: load, run commands, save everything or nothing, answer.

@use_case
def propose_extension(self, request_id: UUID, call: Call, *, ground: str, reasons: str) -> Answer:
    with changing(self._book, request_id, call) as work:
        work.case.propose_extension(work.acting, ground=ground, reasons=work.seal("reasons", reasons))
    return work.answer
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import wraps
from typing import Final, ParamSpec, TypeVar
from uuid import UUID

from eventsourcing.persistence import IntegrityError
from sqlalchemy.exc import SQLAlchemyError

from dsr.database.assumptions import Assumptions, assuming, repeated
from dsr.desk.caller import Call, Caller
from dsr.desk.errors import VersionStale
from dsr.desk.idempotency import Answer
from dsr.desk.rehearsal import Rehearsed
from dsr.desk.repository import Answering, Repository, of_items, require_answering, require_version, view_of
from dsr.domain.acting import Acting, CaseActing
from dsr.domain.dispatch import Dispatch
from dsr.domain.errors import DomainError
from dsr.domain.events import Aggregate
from dsr.domain.export import Export
from dsr.domain.request import Request
from dsr.domain.request.errors import CaseForgotten, EvidenceNotPurged
from dsr.domain.request.state_guards import require_not_forgotten
from dsr.domain.sealed import Sealed
from dsr.projections.forgotten import asked_if_forgotten
from dsr.projections.registry import project
from dsr.projections.rows import Row
from dsr.projections.shown import request_row_of

Effect = Callable[[], None]
"""An effect in the same transaction: blind index, known messages, token hashes."""

P = ParamSpec("P")
T = TypeVar("T")

TRIES: Final = 32
"""Maximum number of attempts if other writers are faster each time."""


class AnsweredBefore(Exception):
    """A call with this idempotency key was answered before; `use_case` gives that answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def use_case(method: Callable[P, Answer]) -> Callable[P, Answer]:
    """A use case that answers a repeated call as it did the first time, and runs again where it assumed too much."""

    @wraps(method)
    def answering(*args: P.args, **kwargs: P.kwargs) -> Answer:
        try:
            return repeated(lambda: method(*args, **kwargs))
        except AnsweredBefore as before:
            return before.answer

    return answering


@contextmanager
def idempotent(repository: Repository, call: Call, assumptions: Assumptions | None = None) -> Iterator[None]:
    """Run the block only for a call that was not answered before, and look again where it is refused.

    Where the same call was under way elsewhere and was done first, what it changed (a version, a name that is taken)
    would refuse its own repetition. Where assumptions are allowed, a call is assumed to be new: saving looks.
    Raises AnsweredBefore, which `use_case` turns into the answer; IdempotencyKeyReused; AnswerWithheld.
    """
    if assumptions is None or not assumptions.are_allowed:
        _look_up(repository, call)
    try:
        yield
    except DomainError:
        _look_up(repository, call)
        if assumptions is not None:
            assumptions.verify(repository.database)
        raise


def retrying(
    decide: Callable[[], T], *, on: type[Exception] | tuple[type[Exception], ...] = VersionStale, tries: int = TRIES
) -> T:
    """Retry if another writer was faster, up to `tries` times; raises the last error.

    `decide` loads everything it decides on, so that it sees the changes of others.
    """
    for _ in range(tries - 1):
        try:
            return decide()
        except on:
            continue
    return decide()


class UnitOfWork:
    """Aggregates that change together, with everything that belongs to the same transaction."""

    def __init__(self, repository: Repository, call: Call, contexts: ExitStack, assumptions: Assumptions) -> None:
        self._repository = repository
        self._assumptions = assumptions
        self._call = call
        self._contexts = contexts
        self._acting = call.caller.acting(repository.now())
        self._aggregates: list[Aggregate] = []
        self._effects: list[Effect] = []
        self._irrevocable: list[Effect] = []
        self._respond: Callable[[], Answer] = lambda: Answer(b"")
        self._answer: Answer | None = None
        self._rows: dict[UUID, Row | None] = {}

    @property
    def acting(self) -> Acting:
        """The acting context of this work: who, and when."""
        return self._acting

    @property
    def caller(self) -> Caller:
        """Who asks for it."""
        return self._call.caller

    @property
    def answer(self) -> Answer:
        """The answer of the use case, available after the block."""
        assert self._answer is not None  # noqa: S101 - asked too early
        return self._answer

    @property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """The aggregates saved when the block ends."""
        return tuple(self._aggregates)

    def add(self, *aggregates: Aggregate) -> None:
        """Save these aggregates too; the answer is stored with the first."""
        self._aggregates += aggregates

    def change(self, aggregate: Aggregate, respond: Callable[[], Answer]) -> None:
        """Save this one, which the caller saw in this version, and answer as `respond` says. Raises VersionStale."""
        require_version(aggregate, self._call.expected)
        self.add(aggregate)
        self.respond(respond)

    def effect(self, effect: Effect) -> None:
        """Run this in the transaction, once events and read models are written: indexes, hashes, checks."""
        self._effects.append(effect)

    def irrevocable(self, *effects: Effect) -> None:
        """Run these last, before the transaction commits: keys that are destroyed, with the files that they open.

        No rollback brings them back, and they must have gone once the events are recorded. Nothing else belongs here, a
        mail least of all: every other command waits until it is done.
        """
        self._irrevocable += effects

    def respond(self, respond: Callable[[], Answer]) -> None:
        """Set the function that makes the answer, called in the transaction after events, read models and effects are
        written.
        """
        self._respond = respond

    def view(self, request_id: UUID) -> Answer:
        """A case of this work as it is once it is saved, for `respond`: as it was written, without reading it back."""
        row = self._rows.get(request_id)
        return self._repository.view(request_id) if row is None else view_of(row)

    def enter(self, context: AbstractContextManager[T]) -> T:
        """Enter a context that ends when the work is saved, or with the error that prevented it."""
        return self._contexts.enter_context(context)

    def save(self) -> None:
        """Append the pending events, update read models, run the effects, store the answer: all or nothing.

        Called when the block ends. Raises VersionStale if another writer was faster; AnsweredBefore if that was the
        same call; AssumptionWrong; Rehearsed, with nothing saved, for a call that rehearses.
        """
        if self._call.rehearses:
            raise Rehearsed(self.aggregates)
        repository, assumptions = self._repository, self._assumptions
        looked_up = repository.idempotency.look_up(self._call.idempotency)
        seen = {each.id: each.version - len(each.pending_events) for each in self._aggregates}
        cases = [repository.shown.saving(each) for each in self._aggregates if isinstance(each, Request)]
        try:
            forgotten = asked_if_forgotten(self._cases_of_new())
            asking = [*([looked_up] if looked_up else []), *assumptions.queries, *forgotten]
            shares = not self._irrevocable  # what can't be undone is not done in a transaction that others may fail
            with repository.application.events.appending(asking=asking, shares=shares) as saving:
                earlier = repository.idempotency.answer(self._call, looked_up)
                if earlier is not None:
                    raise AnsweredBefore(earlier)
                assumptions.require()
                if any(query.rows for query in forgotten):
                    raise CaseForgotten()
                if self._aggregates:
                    recorded, is_new = saving.save(*self._aggregates), saving.is_new_instant
                    project(saving.connection, recorded, *saving.also, saves=cases, is_new_instant=is_new)
                    self._rows = {each.request_id: request_row_of(each, recorded) for each in cases}
                for effect in self._effects:
                    effect()
                self._answer = answer = self._respond()
                stream_id = self._aggregates[0].id if self._aggregates else None
                repository.idempotency.remember(
                    self._call, answer, stream_id=stream_id, recorded_on=repository.now().date()
                )
                if self._irrevocable:
                    repository.database.send_waiting()  # refused now if another writer was faster
                for effect in self._irrevocable:
                    effect()
        except IntegrityError:
            raise self._overtaken(seen) from None
        assumptions.saved()
        if not repository.database.is_changing:  # else it may still be rolled back
            for each in self._aggregates:
                if isinstance(each, Request):
                    repository.shown.saved(each)

    def _cases_of_new(self) -> Iterator[UUID]:
        """The cases for which this work begins letters or packages. The order to forget one may have come meanwhile:
        then no key of it may be made any more.
        """
        for each in self._aggregates:
            if isinstance(each, Dispatch | Export) and each.version == len(each.pending_events):
                yield each.request_id

    def _overtaken(self, seen: Mapping[UUID, int]) -> VersionStale:
        """Another writer was faster: the version that this work saw and the one on record now, as where the caller's
        own version is old.
        """
        for stream_id, expected in seen.items():
            events = self._repository.application.events.whole(stream_id)
            if events and events[-1].originator_version > expected:
                return VersionStale(expected=expected, current=events[-1].originator_version)
        return VersionStale()  # what is unique was taken by something else, which has no version


class CaseWork(UnitOfWork):
    """The change of one case; its view is the answer."""

    def __init__(
        self, repository: Repository, call: Call, contexts: ExitStack, assumptions: Assumptions, case: Request
    ) -> None:
        super().__init__(repository, call, contexts, assumptions)
        self.case = case
        self._case_acting = repository.acting_on(case, self._acting)
        self._evidence = case.identity.evidence_keys
        self.add(case)
        self.respond(lambda: self.view(case.id))

    @property
    def acting(self) -> CaseActing:
        """Who gives the commands, when, and by the working days of the case."""
        return self._case_acting

    def seal(self, field: str, text: str | None) -> Sealed | None:
        """Free text about the person, sealed; None where it says nothing, so that the domain can demand it."""
        return self._repository.seal_text(self.case, field, text)

    def save(self) -> None:
        decided = set(self._evidence) - set(self.case.identity.evidence_keys)
        if decided:
            self._irrevocable.insert(0, lambda: self._destroy_evidence(decided))
        super().save()

    def _destroy_evidence(self, decided: set[UUID]) -> None:
        """Destroy keys first: a file that briefly outlives its key can't be opened."""
        files = self.case.identity.evidence_files
        try:
            self._repository.keystore.destroy(decided)
            for key_id in decided & files.keys():
                self._repository.blobs.delete(files[key_id])
        except (DomainError, SQLAlchemyError, OSError) as error:
            raise EvidenceNotPurged() from error


@contextmanager
def unit_of_work(repository: Repository, call: Call, *, assumes: bool = False) -> Iterator[UnitOfWork]:
    """A unit of work, saved when the block ends: events, read models, effects and answer in one transaction, or
    nothing.

    The block does not run for a call that was answered before. One that `assumes` may assume what it reads, and that
    the call is new: saving validates both. It runs in a `use_case`, and does nothing that can't be done twice. Raises
    AnsweredBefore, which `use_case` turns into the answer; IdempotencyKeyReused; VersionStale if another writer was
    faster.
    """
    allowed = assuming() if assumes else nullcontext(Assumptions())
    with allowed as assumptions, idempotent(repository, call, assumptions), ExitStack() as contexts:
        work = UnitOfWork(repository, call, contexts, assumptions)
        yield work
        work.save()


@contextmanager
def changing(
    repository: Repository,
    request_id: UUID,
    call: Call,
    *,
    item_id: str | None = None,
    answering: Answering | None = None,
) -> Iterator[CaseWork]:
    """A unit of work on a case, at the version the caller saw.

    The caller must work for the controllers that decide: for a command on an item, the controller that answers it; for
    one on several items, all of `answering`; for any other, the controller of the case. A caller who sees the case only
    because of another item is refused.

    The idempotency key is checked first, then the version. If the caller saw the version cached in this process, the
    call is assumed to be new and the version to be current; saving validates both.

    Identity evidence released by the block is destroyed after guards and version were checked, and before the
    transaction commits: if that fails, nothing is decided; if another writer was faster, nothing is destroyed. Raises
    the errors of `unit_of_work`; RequestUnknown, Forbidden, EvidenceNotPurged.
    """
    allowed = assuming() if call.expected is not None else nullcontext(Assumptions())
    with allowed as assumptions, idempotent(repository, call, assumptions), ExitStack() as contexts:
        case = repository.request(request_id, call.caller, seen=call.expected)
        require_not_forgotten(case)
        require_version(case, call.expected)
        require_answering(case, call.caller, answering if item_id is None else of_items(item_id))
        work = CaseWork(repository, call, contexts, assumptions, case)
        yield work
        work.save()


def _look_up(repository: Repository, call: Call) -> None:
    earlier = repository.idempotency.find(call)
    if earlier is not None:
        raise AnsweredBefore(earlier)
