"""No second letter about the same subject is written or released."""

from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Final

from dsr.desk.repository import Repository
from dsr.domain.dispatch import Dispatch, DispatchState
from dsr.domain.dispatch.errors import DispatchAlreadyWritten
from dsr.domain.request import Request
from dsr.domain.request.letters import LetterKind
from dsr.projections.dispatches import dispatches_of
from dsr.projections.rows import Row

LEAVING: Final = frozenset({DispatchState.QUEUED, DispatchState.SENT})
"""States of a letter that keep a second one from being released."""

STANDING: Final = LEAVING | {DispatchState.DRAFT}
"""States of a letter that keep a second one from being written. One that failed, was returned or was discarded has
reached no one."""


_AS_OFTEN_AS_WRITTEN: Final = frozenset({LetterKind.STAFF_WARNING, LetterKind.REPLY})
"""A case has several dates to warn of, and a person may be replied to several times."""


def require_only_one(
    repository: Repository, dispatch: Dispatch, case: Request, *, standing: AbstractSet[DispatchState]
) -> None:
    """Raise DispatchAlreadyWritten where another letter in one of these states is about the same subject.

    Asked inside the transaction, so that no two letters pass at the same time. A letter from before the latest
    decision or question does not count: what is decided or asked again is told again.
    """
    if dispatch.kind in _AS_OFTEN_AS_WRITTEN:
        return
    with repository.database.glancing() as connection:
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
    """Whether the letter was written or refreshed after the last decision on what it is about.

    An item that the case does not have was opened after the case was loaded, so the letter is newer than what we know.
    """
    written_at: datetime = other["written_at"]
    if other["kind"] == LetterKind.REFUSAL and not other["item_ids"]:
        return written_at >= case.identity.unidentified_since
    if other["kind"] in (LetterKind.PASSING_ON, LetterKind.FORWARDING):
        return case.passing_on.counts(written_at)
    items = (case.items[item_id] for item_id in other["item_ids"] if item_id in case.items)
    return all(written_at >= (item.settled_at or written_at) for item in items)
