"""No two letters about the same: neither written, nor released."""

from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Final

from dsr.desk.casebook import Casebook
from dsr.domain.dispatch import Dispatch, DispatchState
from dsr.domain.dispatch.errors import DispatchAlreadyWritten
from dsr.domain.request import Request
from dsr.domain.request.letters import LetterKind
from dsr.projections.dispatches import dispatches_of
from dsr.projections.rows import Row

LEAVING: Final = frozenset({DispatchState.QUEUED, DispatchState.SENT})
"""A letter that keeps another one from being released."""

STANDING: Final = LEAVING | {DispatchState.DRAFT}
"""A letter that keeps another one from being written: one that failed, came back or was discarded told nobody
anything."""


def require_only_one(
    book: Casebook, dispatch: Dispatch, case: Request, *, standing: AbstractSet[DispatchState]
) -> None:
    """Raise DispatchAlreadyWritten where another letter in one of these states tells the same; asked inside the
    transaction, so that no two are faster than each other.

    What is decided anew, or asked anew, is told anew: a letter from before the decision does not stand against it.
    """
    if dispatch.kind is LetterKind.STAFF_WARNING:  # several dates are warned of
        return
    with book.database.glancing() as connection:
        others = [row for row in dispatches_of(connection, case.id) if row["dispatch_id"] != dispatch.id]
    for other in others:
        if other["state"] in standing and _is_about_the_same(other, dispatch) and _tells_what_stands(other, case):
            raise DispatchAlreadyWritten(dispatch_id=str(other["dispatch_id"]))


def _is_about_the_same(other: Row, dispatch: Dispatch) -> bool:
    items = set(other["item_ids"])
    return (other["kind"], other["concerns"], other["recipient"], other["addressee"]) == (
        dispatch.kind.value,
        dispatch.concerns,
        dispatch.recipient,
        dispatch.addressee.value,
    ) and (items == set(dispatch.item_ids) or bool(items & set(dispatch.item_ids)))


def _tells_what_stands(other: Row, case: Request) -> bool:
    """Whether the letter was written, or brought up to date, after everything that it is about was decided."""
    written_at: datetime = other["written_at"]
    if other["kind"] == LetterKind.REFUSAL and not other["item_ids"]:
        return written_at >= case.identity.unidentified_since
    return all(written_at >= (case.items[item_id].settled_at or written_at) for item_id in other["item_ids"])
