"""Shared by the use cases of letters: finding a letter with its case, and changing it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import msgspec

from dsr.desk.address_book import AddressBook
from dsr.desk.caller import Call, Caller
from dsr.desk.dispatching.case_file import CaseFile, subject_of
from dsr.desk.dispatching.content import Address
from dsr.desk.dispatching.outbox import Outbox
from dsr.desk.errors import DispatchUnknown, RequestUnknown
from dsr.desk.exports.links import ExportLinks
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import UnitOfWork, unit_of_work
from dsr.domain.dispatch import Dispatch
from dsr.domain.messages import MessageTransport
from dsr.domain.request import Request
from dsr.letters import Templates
from dsr.projections.dispatches import dispatch_row
from dsr.projections.rows import Row


@dataclass(frozen=True)
class Letters:
    """The collaborators of the use cases of letters."""

    repository: Repository
    outbox: Outbox
    transport: MessageTransport
    templates: Templates
    links: ExportLinks
    address_book: AddressBook
    public_url: str
    """Where links to packages lead, without a slash at its end. Empty: no letter holds a link."""


def find(letters: Letters, dispatch_id: UUID) -> Dispatch:
    """The letter, without a check of scope. Raises DispatchUnknown."""
    dispatch = letters.repository.find(Dispatch, dispatch_id)
    if dispatch is None:
        raise DispatchUnknown()
    return dispatch


def find_for(letters: Letters, dispatch_id: UUID, caller: Caller) -> tuple[Dispatch, Request]:
    """The letter and its case, for a caller who sees the case. Raises DispatchUnknown."""
    dispatch = find(letters, dispatch_id)
    if caller.request_id is not None:  # data subjects read letters once they have left
        raise DispatchUnknown()
    try:
        return dispatch, letters.repository.request(dispatch.request_id, caller)
    except RequestUnknown:
        raise DispatchUnknown() from None


@contextmanager
def deciding(letters: Letters, dispatch_id: UUID, call: Call) -> Iterator[tuple[UnitOfWork, Dispatch, CaseFile]]:
    """A unit of work on a letter, with its case, which answers with the letter.

    The caller has to know this version of the letter, and to work for the controller that answers now what the letter
    is about, even if another controller did when it was written.
    Raises what `unit_of_work` does; DispatchUnknown, VersionStale, Forbidden.
    """
    with unit_of_work(letters.repository, call) as work:
        dispatch, case = find_for(letters, dispatch_id, call.caller)
        work.change(dispatch, lambda: answer(letters, dispatch_id))
        file = CaseFile(letters.repository, case, work.acting.at)
        call.caller.require_controller(file.controller(subject_of(dispatch)).id)
        yield work, dispatch, file


def mailbox_of(letters: Letters, address: Address) -> str:
    """The e-mail address that a letter goes to now; empty where there is none. Raises StaffUnreachable."""
    return letters.address_book.of(address.staff) if address.staff else address.email


def answer(letters: Letters, dispatch_id: UUID) -> Answer:
    """The letter as its read model shows it, inside or outside of a transaction. Raises DispatchUnknown."""
    with letters.repository.database.glancing() as connection:
        row = dispatch_row(connection, dispatch_id)
    if row is None:
        raise DispatchUnknown()
    [shown] = with_doubt(letters, [row])
    return Answer(msgspec.json.encode(shown), row["version"], str(dispatch_id))


def with_doubt(letters: Letters, rows: Sequence[Row]) -> list[Row]:
    """Rows of letters with what no event says: `may_have_left` after an attempt whose outcome is unknown."""
    in_doubt = letters.outbox.in_doubt(row["dispatch_id"] for row in rows)
    return [row | {"may_have_left": row["dispatch_id"] in in_doubt} for row in rows]
