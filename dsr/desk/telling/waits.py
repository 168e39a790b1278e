"""Work that waits because of an event, as long as it still does (docs/law §9, §13).

Each function looks at the present state, not at that of the event: a mail that is written later does not name work that
was done in the meantime.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

from dsr.desk.repository import Repository
from dsr.domain.dispatch import (
    Dispatch,
    DispatchBounced,
    DispatchEdited,
    DispatchFailed,
    DispatchPrepared,
    DispatchQueued,
    DispatchState,
)
from dsr.domain.events import Aggregate, Event
from dsr.domain.matter import (
    MATTER_LETTERS,
    Matter,
    MatterAssigned,
    MatterDateApproaching,
    MatterDateMissed,
    MatterLetterFailed,
    MatterLetterReleased,
    MatterLetterReturned,
    MatterLetterWritten,
    MatterMessageReceived,
    MatterNoticeReleased,
    MatterNoticeWritten,
    MatterOpened,
    MatterStatus,
)
from dsr.domain.own_file import FileForgettingProposed
from dsr.domain.quarantine import (
    DiscardingProposed,
    MessageQuarantined,
    QuarantinedMessage,
    QuarantineStatus,
)
from dsr.domain.recorded import Recorded
from dsr.domain.request import Request
from dsr.domain.request.due import (
    AcknowledgementOverdue,
    CameDue,
    DeadlineApproaching,
    IdentityUnanswered,
    MessageOverdue,
    PromiseMissed,
    RecipientsUntold,
    ReplyApproaching,
    ReplyMissed,
    RestrictionReviewDue,
    StatutoryDateMissed,
)
from dsr.domain.request.ending import EndProposed
from dsr.domain.request.extension import ExtensionProposed
from dsr.domain.request.fee_outcomes import FeeExpired
from dsr.domain.request.forgetting import ForgettingProposed
from dsr.domain.request.intake import FollowUpReceived, RequestReceived
from dsr.domain.request.refusal import RefusalProposed
from dsr.domain.request.restriction_exception import ExceptionProposed
from dsr.domain.request.searching import SearchListed, open_systems
from dsr.domain.request.standing import FeeStatus
from dsr.domain.request.triage import RequestAssigned
from dsr.domain.request.values import Channel, Lifecycle
from dsr.domain.retention_batch import BatchStatus, RetentionBatch, RetentionBatchProposed
from dsr.domain.rights import Right
from dsr.domain.telling import WaitKind

A = TypeVar("A", bound=Aggregate)


@dataclass(frozen=True)
class OpenWait:
    """Work that waits. It holds no personal data."""

    kind: WaitKind
    says: str
    """Code of its sentence: that of a date that came due, else its kind or `new`."""
    by: str
    """The member who caused it, and therefore is not told."""
    controllers: tuple[str, ...]
    """Who answers; empty for a message of an unknown mailbox."""
    reference: str = ""
    rights: tuple[Right, ...] = ()
    due: date | None = None
    assignee: str | None = None
    matter: Matter | None = None
    """The matter whose date is told."""
    page: str = ""
    """Where it lies in the console; empty: on its first page."""


class Waits:
    """What still waits. It keeps what it has loaded, so make one for each sweep."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._loaded: dict[Any, Aggregate | None] = {}

    def of(self, recorded: Recorded) -> OpenWait | None:
        """The work that waits because of this event; None if none does any more."""
        return _OF[type(recorded.event)](self, recorded)

    def new(self, recorded: Recorded) -> OpenWait | None:
        """A request that nobody has examined."""
        case = self._case(recorded.stream_id)
        if case is None or case.lifecycle is not Lifecycle.RECEIVED:
            return None
        return self._on_case(case, recorded.event, WaitKind.MESSAGE, says="new")

    def follow_up(self, recorded: Recorded) -> OpenWait | None:
        """A message that nobody has examined."""
        event, case = recorded.event, self._case(recorded.stream_id)
        assert isinstance(event, FollowUpReceived)  # noqa: S101 - as the table below says
        if case is None or not any(each.message_id == event.message.seal_id for each in case.messages_waiting):
            return None
        return self._on_case(case, event, WaitKind.MESSAGE, says="message-overdue")

    def assignment(self, recorded: Recorded) -> OpenWait | None:
        """A case that its assignee did not take themselves."""
        event, case = recorded.event, self._case(recorded.stream_id)
        assert isinstance(event, RequestAssigned)  # noqa: S101 - as above
        if case is None or case.is_closed or case.assignee != event.assignee:
            return None
        return self._on_case(case, event, WaitKind.ASSIGNMENT)

    def proposal(self, recorded: Recorded) -> OpenWait | None:
        """A proposal that nobody has decided."""
        event, case = recorded.event, self._case(recorded.stream_id)
        if case is None or not _is_undecided(case, event):
            return None
        return self._on_case(case, event, WaitKind.APPROVAL)

    def search(self, recorded: Recorded) -> OpenWait | None:
        """Systems that have to account for an item."""
        event, case = recorded.event, self._case(recorded.stream_id)
        assert isinstance(event, SearchListed)  # noqa: S101 - as above
        if case is None or case.is_closed or event.item_id not in case.items:
            return None
        item = case.items[event.item_id]
        if not item.status.is_pending or not open_systems(case, item):
            return None
        return self._on_case(case, event, WaitKind.TASK, controllers=(item.controller_id,))

    def draft(self, recorded: Recorded) -> OpenWait | None:
        """A letter that a member of staff has to release or to post."""
        return self._on_letter(recorded, WaitKind.DRAFT, _waits_for_release)

    def edited(self, recorded: Recorded) -> OpenWait | None:
        """An edited letter that a second person has to approve."""
        return self._on_letter(recorded, WaitKind.APPROVAL, _waits_for_approval)

    def undelivered(self, recorded: Recorded) -> OpenWait | None:
        """A letter that could not be sent, or came back."""
        return self._on_letter(recorded, WaitKind.LETTER, _has_failed, says="letter-failed")

    def came_due(self, recorded: Recorded) -> OpenWait | None:
        """A date that approaches or was missed."""
        event, case = recorded.event, self._case(recorded.stream_id)
        assert isinstance(event, CameDue | FeeExpired)  # noqa: S101 - as above
        if case is None or not _concerns_still(event, case, self._today(case)):
            return None
        return self._on_case(case, event, WaitKind.DATE, says=event.TOPIC.rpartition(".")[2], due=event.due)

    def quarantined(self, recorded: Recorded) -> OpenWait | None:
        """A message that could not be read or placed, or a proposal to discard it."""
        event, message = recorded.event, self._load(QuarantinedMessage, recorded.stream_id)
        if message is None or message.status is not QuarantineStatus.WAITING:
            return None
        is_proposal = isinstance(event, DiscardingProposed)
        if is_proposal and message.discarding is None:
            return None
        kind = WaitKind.APPROVAL if is_proposal else WaitKind.QUARANTINE
        return OpenWait(
            kind=kind,
            says=kind,
            by=event.actor,
            controllers=() if message.controller_id is None else (message.controller_id,),
        )

    def batch(self, recorded: Recorded) -> OpenWait | None:
        """A retention batch that was proposed and is not decided."""
        batch = self._load(RetentionBatch, recorded.stream_id)
        if batch is None or batch.status is not BatchStatus.PROPOSED:
            return None
        kind = WaitKind.APPROVAL
        return OpenWait(
            kind=kind, says=kind, by=recorded.event.actor, controllers=tuple(filter(None, [batch.controller_id]))
        )

    def file(self, recorded: Recorded) -> OpenWait | None:
        """A proposal to forget the file of a matter, which nobody has decided. Files that are none go by batch."""
        matter = self._load(Matter, recorded.stream_id)
        if matter is None or matter.forgetting is None or matter.is_forgotten:
            return None
        return self._on_matter(matter, recorded.event, WaitKind.APPROVAL)

    def matter(self, recorded: Recorded) -> OpenWait | None:
        """A matter that came in, was assigned, or has a date."""
        event, matter = recorded.event, self._load(Matter, recorded.stream_id)
        if matter is None or matter.status is MatterStatus.CLOSED:
            return None
        kind, says, told_of = WaitKind.MATTER, "new", None
        match event:
            case MatterAssigned(responsible=responsible):
                if matter.responsible != responsible:
                    return None
                kind, says = WaitKind.ASSIGNMENT, WaitKind.ASSIGNMENT.value
            case MatterDateApproaching(on=on) | MatterDateMissed(on=on):
                is_missed = isinstance(event, MatterDateMissed)
                if matter.date is None or matter.date.on != on or matter.is_missed is not is_missed:
                    return None
                kind, says, told_of = WaitKind.DATE, "matter", matter
            case _ if matter.responsible is not None or matter.status is not MatterStatus.OPEN:
                return None
        return self._on_matter(matter, event, kind, says=says, told_of=told_of)

    def matter_letter(self, recorded: Recorded) -> OpenWait | None:
        """A letter of a matter that somebody has to release or to post, or that did not arrive."""
        event, matter = recorded.event, self._open_matter(recorded)
        assert isinstance(event, _OfMatterLetter)  # noqa: S101 - as the table below says
        if matter is None:
            return None
        letter = matter.letters[event.letter_id]
        match letter.state:
            case DispatchState.DRAFT if letter.notice_id is None:
                kind = WaitKind.APPROVAL if MATTER_LETTERS[letter.kind].is_decided_by_two else WaitKind.DRAFT
            case DispatchState.QUEUED if not letter.is_mailed:
                kind = WaitKind.DRAFT
            case DispatchState.FAILED | DispatchState.BOUNCED:
                return self._on_matter(matter, event, WaitKind.LETTER, says="letter-failed")
            case _:
                return None
        return self._on_matter(matter, event, kind)

    def notice(self, recorded: Recorded) -> OpenWait | None:
        """A notice to many people that a second person has to release, or of which letters have to be posted."""
        event, matter = recorded.event, self._open_matter(recorded)
        assert isinstance(event, MatterNoticeWritten | MatterNoticeReleased)  # noqa: S101 - as above
        letters = [] if matter is None else [matter.letters[each] for each in matter.notices[event.notice_id]]
        if matter is not None and any(each.state is DispatchState.DRAFT for each in letters):
            return self._on_matter(matter, event, WaitKind.APPROVAL)
        if matter is not None and any(each.state is DispatchState.QUEUED and not each.is_mailed for each in letters):
            return self._on_matter(matter, event, WaitKind.DRAFT)
        return None

    def matter_message(self, recorded: Recorded) -> OpenWait | None:
        """A message on a matter that nobody has examined, also on a closed one."""
        event, matter = recorded.event, self._load(Matter, recorded.stream_id)
        assert isinstance(event, MatterMessageReceived)  # noqa: S101 - as above
        if matter is None or event.message_id not in matter.unexamined:
            return None
        return self._on_matter(matter, event, WaitKind.MESSAGE, says="new")

    def parked(self, recorded: Recorded) -> OpenWait:
        """An event on which a policy gave up. It is about a case, or about something else without a reference."""
        case = self._load(Request, getattr(recorded.event, "request_id", recorded.stream_id))
        return OpenWait(
            kind=WaitKind.PARKED,
            says=WaitKind.PARKED.value,
            by="",
            controllers=() if case is None else tuple(sorted(case.controllers)),
            reference="" if case is None else case.reference,
        )

    def _on_case(
        self,
        case: Request,
        event: Event,
        kind: WaitKind,
        *,
        says: str = "",
        due: date | None = None,
        controllers: tuple[str, ...] = (),
    ) -> OpenWait:
        deadline = case.clock.deadline if case.owes_answer else None
        dates = (None if deadline is None else deadline.certain_effective_due, due)
        rights = [item.right for item in case.items.values()] or case.suggested_rights
        return OpenWait(
            kind=kind,
            says=says or kind.value,
            by=event.actor,
            controllers=controllers or tuple(sorted(case.controllers)),
            reference=case.reference,
            rights=tuple(dict.fromkeys(rights)),
            due=min(filter(None, dates), default=None),
            assignee=case.assignee,
            page=f"cases/{case.id}",
        )

    def _on_letter(
        self, recorded: Recorded, kind: WaitKind, waits: Callable[[Dispatch], bool], *, says: str = ""
    ) -> OpenWait | None:
        letter = self._load(Dispatch, recorded.stream_id)
        case = None if letter is None or not waits(letter) else self._case(letter.request_id)
        return None if case is None else self._on_case(case, recorded.event, kind, says=says)

    def _on_matter(
        self, matter: Matter, event: Event, kind: WaitKind, *, says: str = "", told_of: Matter | None = None
    ) -> OpenWait:
        return OpenWait(
            kind=kind,
            says=says or kind.value,
            by=event.actor,
            controllers=(matter.controller_id,),
            reference=matter.reference,
            due=None if matter.date is None else matter.date.on,
            assignee=matter.responsible,
            matter=told_of,
            page=f"matters/{matter.id}",
        )

    def _open_matter(self, recorded: Recorded) -> Matter | None:
        matter = self._load(Matter, recorded.stream_id)
        return None if matter is None or matter.status is MatterStatus.CLOSED else matter

    def _case(self, request_id: Any) -> Request | None:
        """The case; None if its file was forgotten, since no mail tells of it any more."""
        case = self._load(Request, request_id)
        return None if case is None or case.is_forgotten else case

    def _load(self, kind: type[A], stream_id: Any) -> A | None:
        if stream_id not in self._loaded:
            self._loaded[stream_id] = self._repository.find(kind, stream_id)
        found = self._loaded[stream_id]
        return found if isinstance(found, kind) else None

    def _today(self, case: Request) -> date:
        return self._repository.calendar(case).local_date(self._repository.now())


def _waits_for_release(letter: Dispatch) -> bool:
    if letter.state is DispatchState.QUEUED:
        return letter.channel is Channel.POST
    return letter.state is DispatchState.DRAFT and not letter.needs_approval


def _waits_for_approval(letter: Dispatch) -> bool:
    return letter.state is DispatchState.DRAFT and letter.needs_approval


def _has_failed(letter: Dispatch) -> bool:
    return letter.state in (DispatchState.FAILED, DispatchState.BOUNCED)


def _is_undecided(case: Request, event: Event) -> bool:
    match event:
        case RefusalProposed(item_id=item_id):
            refusal = case.items[item_id].refusal if item_id in case.items else None
            return refusal is not None and refusal.undecided
        case ExtensionProposed():
            return case.clock.extension is not None and not case.clock.extension.approved_by
        case EndProposed():
            return case.ending is not None
        case ExceptionProposed(hold_id=hold_id):
            return hold_id in case.holds and case.holds[hold_id].exception is not None
        case ForgettingProposed():
            return case.forgetting is not None
        case _:
            return False


def _concerns_still(event: CameDue | FeeExpired, case: Request, today: date) -> bool:
    """Whether the date still matters; of those that approach, only the latest one does."""
    match event:
        case DeadlineApproaching():
            if (
                not case.owes_answer
                or case.clock.deadline is None
                or case.clock.deadline.certain_effective_due != event.due
            ):
                return False
            warned = (
                each for each in case.clock.came_due if (each.kind, each.about) == (event.occasion().kind, event.due)
            )
            return today <= event.due and event.working_days == min(int(each.subject) for each in warned)
        case PromiseMissed() | StatutoryDateMissed():
            return case.owes_answer
        case AcknowledgementOverdue():
            return case.owes_answer and not case.acknowledged
        case IdentityUnanswered():
            return case.awaits_identity
        case MessageOverdue(message_id=message_id):
            return any(each.message_id == message_id for each in case.messages_waiting)
        case ReplyApproaching() | ReplyMissed():
            return case.clock.reply is not None and case.clock.reply.due == event.due
        case RestrictionReviewDue(restriction_id=restriction_id):
            return not case.restrictions[restriction_id].lifted
        case RecipientsUntold(item_id=item_id):
            return bool(case.items[item_id].untold)
        case FeeExpired(fee_id=fee_id):
            return case.owes_answer and case.fees[fee_id].status is FeeStatus.EXPIRED
        case _:
            return True


_OfMatterLetter = MatterLetterWritten | MatterLetterReleased | MatterLetterFailed | MatterLetterReturned

_Reading = Callable[[Waits, Recorded], OpenWait | None]

_OF: Final[Mapping[type[Event], _Reading]] = {
    RequestReceived: Waits.new,
    FollowUpReceived: Waits.follow_up,
    RequestAssigned: Waits.assignment,
    RefusalProposed: Waits.proposal,
    ExtensionProposed: Waits.proposal,
    EndProposed: Waits.proposal,
    ExceptionProposed: Waits.proposal,
    ForgettingProposed: Waits.proposal,
    SearchListed: Waits.search,
    DispatchPrepared: Waits.draft,
    DispatchEdited: Waits.edited,
    DispatchQueued: Waits.draft,
    DispatchFailed: Waits.undelivered,
    DispatchBounced: Waits.undelivered,
    DeadlineApproaching: Waits.came_due,
    PromiseMissed: Waits.came_due,
    StatutoryDateMissed: Waits.came_due,
    AcknowledgementOverdue: Waits.came_due,
    IdentityUnanswered: Waits.came_due,
    RestrictionReviewDue: Waits.came_due,
    RecipientsUntold: Waits.came_due,
    FeeExpired: Waits.came_due,
    MessageOverdue: Waits.came_due,
    ReplyApproaching: Waits.came_due,
    ReplyMissed: Waits.came_due,
    MessageQuarantined: Waits.quarantined,
    DiscardingProposed: Waits.quarantined,
    RetentionBatchProposed: Waits.batch,
    FileForgettingProposed: Waits.file,
    MatterOpened: Waits.matter,
    MatterAssigned: Waits.matter,
    MatterDateApproaching: Waits.matter,
    MatterDateMissed: Waits.matter,
    MatterLetterWritten: Waits.matter_letter,
    MatterLetterReleased: Waits.matter_letter,
    MatterLetterFailed: Waits.matter_letter,
    MatterLetterReturned: Waits.matter_letter,
    MatterNoticeWritten: Waits.notice,
    MatterNoticeReleased: Waits.notice,
    MatterMessageReceived: Waits.matter_message,
}
"""By event, the work that may wait because of it."""

TELLING_EVENTS: Final = frozenset(_OF)
"""The events of which a mail may tell."""
