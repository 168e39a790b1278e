"""What matters do to the cases that they concern: orders reopen them, claims hold their data (docs/law §13)."""

from collections.abc import Collection, Iterable, Iterator
from uuid import uuid4

from dsr.desk.new_case import Arrival, Person, new_case
from dsr.desk.originals import kept
from dsr.desk.repository import Repository, require_answering
from dsr.desk.unit_of_work import UnitOfWork
from dsr.domain.matter import Matter, MatterHold, MatterKind
from dsr.domain.request import Request
from dsr.domain.request.standing import HoldKind
from dsr.domain.sealed import KeyDestroyed, Sealed


def take_up(
    repository: Repository, work: UnitOfWork, matter: Matter, cases: Iterable[Request], item_ids: Collection[str] = ()
) -> None:
    """Do on these cases what the matter demands: an order reopens those that are closed, with these items of theirs,
    and opens a new case for one that was erased, and each has its date; a claim puts a legal hold on all data of those
    whose file is there.

    Raises Forbidden (another controller decides), and what `Request.reopen`, `Request.receive` and
    `Request.place_hold` raise.
    """
    holds: list[MatterHold] = []
    for case in cases:
        if matter.kind is MatterKind.ORDER:
            taken_up = _reopened(repository, work, matter, case, item_ids) if case.is_closed else case
            note_order(work, matter, taken_up)
        elif matter.kind is MatterKind.COURT_CLAIM and not _is_erased(repository, case):
            holds += _held(repository, work, matter, case)
            work.add(case)
    if holds:
        matter.note_holds(work.acting, holds=tuple(holds))


def note_order(work: UnitOfWork, matter: Matter, case: Request) -> None:
    """Note on the case the date that the order sets, or that it sets none any more."""
    due_on = None if matter.date is None else matter.date.on
    case.note_order_date(work.acting, matter_id=matter.id, due_on=due_on)
    if case.pending_events:
        work.add(case)


def note_order_on_cases(repository: Repository, work: UnitOfWork, matter: Matter) -> None:
    """The same on all cases of an order, in whatever scope they are; nothing is recorded on an erased one."""
    if matter.kind is not MatterKind.ORDER:
        return
    for request_id in matter.request_ids:
        case = repository.find(Request, request_id)
        if case is not None and not _is_erased(repository, case):
            note_order(work, matter, case)


def release_holds(repository: Repository, work: UnitOfWork, matter: Matter) -> None:
    """Release the legal holds that a claim put on cases, as far as they are still in force.

    Raises RequestUnknown, and what `Request.release_hold` raises.
    """
    for request_id in dict.fromkeys(each.request_id for each in matter.holds):
        case = repository.request(request_id, work.caller)
        acting = repository.acting_on(case, work.acting)
        is_erased = _is_erased(repository, case)
        reason = None if is_erased else repository.seal_text(case, "reason", f"{matter.reference} is closed")
        for each in matter.holds:
            if each.request_id == request_id and each.hold_id in case.holds:
                case.release_hold(acting, hold_id=each.hold_id, reason=reason, erased=is_erased)
        work.add(case)


def _reopened(
    repository: Repository, work: UnitOfWork, matter: Matter, case: Request, item_ids: Collection[str]
) -> Request:
    """The closed case, reopened with these items of its own; a new one in its place if it was erased.

    Raises Forbidden (another controller decides), and what `Request.reopen` and `Request.receive` raise.
    """
    require_answering(case, work.caller, None)
    chosen = tuple(each for each in case.items if each in item_ids)
    if _is_erased(repository, case):
        return _opened_anew(repository, work, matter, case, chosen)
    case.reopen(
        repository.acting_on(case, work.acting),
        reason=_reason(repository, matter, case),
        item_ids=chosen,
        retained=repository.retained(case, case.controllers, case.subjects),
    )
    return case


def _is_erased(repository: Repository, case: Request) -> bool:
    """Whether the file of the case was erased, so that nothing can be recorded on it any more."""
    if case.is_forgotten:
        return True
    try:
        repository.case_key(case)
    except KeyDestroyed:
        return True
    return False


def _opened_anew(
    repository: Repository, work: UnitOfWork, matter: Matter, erased: Request, item_ids: Collection[str]
) -> Request:
    """A new case in place of one that was erased, with the arrival of the order, linked to both.

    What the person had asked is gone with the old file; the order says it. The rights of the items that it names are
    suggested.
    """
    request_id = uuid4()
    arrival = Arrival(
        controller_id=erased.controller_id,
        channel=matter.channel,
        received_at=matter.received_at,
        content={"person": Person(), "text": f"{matter.kind.value} {matter.reference} of {matter.authority}"},
        language=matter.language,
        rights=tuple(dict.fromkeys(erased.items[each].right for each in item_ids)),
        linked_to=erased.id,
        link_reason="order",
    )
    keys = work.enter(kept(repository, None, ""))
    opened = new_case(work.acting, repository, repository.ropa.current(), request_id, keys=keys, arrival=arrival)
    matter.link_request(work.acting, request_id=request_id)
    return opened


def _held(repository: Repository, work: UnitOfWork, matter: Matter, case: Request) -> Iterator[MatterHold]:
    """Legal holds on all data of the case, one for each controller that answers it."""
    acting, reason = repository.acting_on(case, work.acting), _reason(repository, matter, case)
    retained = repository.retained(case, case.controllers, case.subjects)
    for controller_id in sorted(case.controllers):
        own = [each for each in retained if each.controller_id == controller_id]
        held = MatterHold(case.id, uuid4())
        case.place_hold(
            acting,
            hold_id=held.hold_id,
            kind=HoldKind.LEGAL,
            controller_id=controller_id,
            activities=tuple(sorted(each.activity for each in own)),
            systems=tuple(sorted({system for each in own for system in each.systems})),
            reason=reason,
        )
        yield held


def _reason(repository: Repository, matter: Matter, case: Request) -> Sealed | None:
    return repository.seal_text(case, "reason", f"{matter.kind.value} {matter.reference} of {matter.authority}")
