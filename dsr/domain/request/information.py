"""Copies of texts that people may ask for: privacy notice, contract clauses, joint arrangement.

GDPR Art. 13, 14; 13(1)(f) and 15(2) with 46(2); 26(2). The pinned record of processing names the texts that exist.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.frozen import replace
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import IdentityUnresolved
from dsr.domain.request.guards import require_between, require_granted_item
from dsr.domain.request.item import Item
from dsr.domain.request.standing import Copy, CopyKind
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import UNRESOLVED, Channel
from dsr.domain.rights import Right
from dsr.domain.ropa import Ropa, Safeguard
from dsr.domain.sealed import Sealed

_WITHOUT_TEXT: Final = (None, Safeguard.ADEQUACY, Safeguard.DEROGATION)
"""Transfers that rest on no instrument between the parties (GDPR Art. 45, 49)."""


class SummaryRequired(Refused):
    """Parts were blacked out: add a summary from which the person can understand the content and exercise their
    rights.
    """

    code = "summary-required"


class NothingToCopy(Refused):
    """The record of processing for this request names no such text: no transfer to this recipient based on contract
    clauses or binding rules, or no arrangement between joint controllers.
    """

    code = "nothing-to-copy"


@dataclass(frozen=True)
class Copyable:
    """The texts of a controller in the version of the record of processing that a case pinned."""

    clauses_with: frozenset[str] = frozenset()
    """Recipients and controllers to whom data is transferred on clauses, rules or a code (GDPR Art. 46)."""
    joint_arrangement: bool = False

    @classmethod
    def of(cls, document: Ropa, controller_id: str) -> "Copyable":
        """The texts that this controller can hand out. Raises ControllerUnknown."""
        carried_out = document.activities_of(controller_id)
        return cls(
            clauses_with=frozenset(
                transfer.to
                for activity in carried_out
                for transfer in activity.transfers
                if transfer.safeguard not in _WITHOUT_TEXT
            ),
            joint_arrangement=document.joint_arrangement is not None
            and any(len(activity.controllers) > 1 for activity in carried_out),
        )


class CopySent(RequestEvent):
    """A text was handed out, with a summary of any parts blacked out (GDPR Art. 13(1)(f), 15(2))."""

    TOPIC: ClassVar[str] = "dsr.request.copy-sent"
    item_id: str
    kind: CopyKind
    of: str | None
    """For contract clauses: id of the recipient or controller that they bind."""
    redacted: bool
    summary: Sealed | None
    """Summary of the parts blacked out."""
    sent_at: datetime
    channel: Channel

    def apply(self, case: Case) -> None:
        copy = Copy(kind=self.kind, of=self.of, redacted=self.redacted)
        item = case.items[self.item_id].given_effect()
        case.items[self.item_id] = replace(item, copies=(*item.copies, copy))


@state_guard
def may_send_copy(case: Case, *, item_id: str, kind: CopyKind) -> Item:
    """A granted information item; texts that are not public need an identified person.

    Raises IdentityUnresolved, ItemOfOtherRight, ItemUnknown, ItemNotGranted, NotRegistered, RequestIsClosed.
    """
    item = require_granted_item(case, item_id, Right.INFORMATION)
    if kind is not CopyKind.PRIVACY_NOTICE and case.identity.status in UNRESOLVED:
        raise IdentityUnresolved()
    return item


class InformationCommands(Case):
    """send a copy."""

    def send_copy(
        self,
        acting: CaseActing,
        *,
        item_id: str,
        kind: CopyKind,
        of: str | None,
        copyable: Copyable,
        redacted: bool,
        summary: Sealed | None,
        sent_at: datetime,
        channel: Channel,
    ) -> None:
        """Record that a text was sent, for a granted information item.

        A privacy notice is public, so it may be sent to anyone. Raises NothingToCopy, SummaryRequired,
        IdentityUnresolved, AnswerDatesInvalid, ItemOfOtherRight, ItemUnknown, ItemNotGranted, NotRegistered,
        RequestIsClosed.
        """
        may_send_copy(self, item_id=item_id, kind=kind)
        if kind is CopyKind.CONTRACT_CLAUSES and of not in copyable.clauses_with:
            raise NothingToCopy(clauses_with=sorted(copyable.clauses_with))
        if kind is CopyKind.JOINT_ARRANGEMENT and not copyable.joint_arrangement:
            raise NothingToCopy()
        if redacted and summary is None:
            raise SummaryRequired()
        require_between(acting, sent_at, not_before=self.received_at)
        self.record(
            acting,
            CopySent,
            item_id=item_id,
            kind=kind,
            of=of if kind is CopyKind.CONTRACT_CLAUSES else None,
            redacted=redacted,
            summary=summary,
            sent_at=sent_at,
            channel=channel,
        )
