"""What a letter is, which rights it exercises, who works on it."""

from datetime import datetime
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.casebook import Casebook
from dsr.desk.idempotency import Answer
from dsr.desk.staff import StaffDesk
from dsr.domain.request import Request
from dsr.domain.request.values import DismissalKind
from dsr.domain.rights import Right


class TriageDesk:
    """dismiss, register, open items, link a duplicate, assign, note."""

    def __init__(self, book: Casebook, staff: StaffDesk) -> None:
        self._book = book
        self._staff = staff

    def dismiss(self, request_id: UUID, call: Call, *, kind: DismissalKind, reason: str) -> Answer:
        """Close what is no request."""
        book, actor = self._book, call.caller.actor
        return book.change(
            request_id,
            call,
            lambda case, at: case.dismiss(
                kind=kind,
                reason=book.seal_text(case, "reason", reason),
                evidence_destroyed=case.identity_evidence_keys,
                at=at,
                actor=actor,
            ),
        )

    def register(self, request_id: UUID, call: Call, *, rights: tuple[Right, ...], direct_marketing: bool) -> Answer:
        """Confirm the request and its rights."""
        return self._book.change(
            request_id,
            call,
            lambda case, at: case.register(
                rights=rights, direct_marketing=direct_marketing, at=at, actor=call.caller.actor
            ),
        )

    def open_items(self, request_id: UUID, call: Call, *, rights: tuple[Right, ...], direct_marketing: bool) -> Answer:
        """Add rights that the same letter exercises."""
        return self._book.change(
            request_id,
            call,
            lambda case, at: case.open_items(
                rights=rights, direct_marketing=direct_marketing, at=at, actor=call.caller.actor
            ),
        )

    def link_duplicate(self, request_id: UUID, call: Call, *, original_id: UUID) -> Answer:
        """Close as a duplicate of an earlier case in scope, of the same person by the blind index."""
        book = self._book

        def link(case: Request, at: datetime) -> None:
            original = book.request(original_id, call.caller)
            case.link_duplicate(
                original_id=original_id,
                original_received_on=original.received_on,
                original_outcome=original.outcome,
                same_subject=book.index.shares(request_id, original_id),
                evidence_destroyed=case.identity_evidence_keys,
                at=at,
                actor=call.caller.actor,
            )

        return book.change(request_id, call, link)

    def assign(self, request_id: UUID, call: Call, *, assignee: str) -> Answer:
        """Give the case to a member of staff. Raises StaffUnknown, StaffHasLeft."""

        def assign(case: Request, at: datetime) -> None:
            self._staff.require_present(assignee)
            case.assign(assignee=assignee, at=at, actor=call.caller.actor)

        return self._book.change(request_id, call, assign)

    def add_note(self, request_id: UUID, call: Call, *, note: str) -> Answer:
        """Add a sealed note."""
        book = self._book
        return book.change(
            request_id,
            call,
            lambda case, at: case.add_note(note=book.seal_text(case, "note", note), at=at, actor=call.caller.actor),
        )
