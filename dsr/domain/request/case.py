"""The state of a case.

Four dimensions are kept apart: lifecycle, clock, identity, items. Each part of the law has a module with its commands,
and `dsr.domain.request` combines them; shared guards are in `guards.py`, the legal dates in `dates.py`. The state never
holds plaintext: a case whose keys are destroyed still loads.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from dsr.domain.deadlines import Deadline, SuspensionKind
from dsr.domain.events import Aggregate, CreatedEvent, Event
from dsr.domain.frozen import replace
from dsr.domain.request.copies import Copies
from dsr.domain.request.earlier_fact import EarlierFact, EarlierFactKind
from dsr.domain.request.errors import (
    ItemUnknown,
)
from dsr.domain.request.identification import Identification
from dsr.domain.request.item import Item
from dsr.domain.request.legal_clock import LegalClock
from dsr.domain.request.message import Judged, Message, MessageKind
from dsr.domain.request.missed import Missed, MissedKind, dates_of, is_later
from dsr.domain.request.question import Question
from dsr.domain.request.standing import (
    CalendarInForce,
    Fee,
    FeeStatus,
    Forgetting,
    HandOver,
    Hold,
    PassingOn,
    Representation,
    Restriction,
)
from dsr.domain.request.values import (
    IN_QUESTION,
    NEVER,
    Channel,
    EndProposal,
    ItemStatus,
    Lifecycle,
    Outcome,
)
from dsr.domain.rights import Right

HAS_JOINED: Final = "joined"
"""The reason for a link to the case that the letter joined."""


class Case(Aggregate):
    """State of a case, assigned by events only."""

    def __init__(self) -> None:  # noqa: PLR0915 - a line for each part
        # who and where
        self.reference = ""
        self.controller_id = ""
        self.held_by: tuple[str, ...] = ()
        self.channel = Channel.EMAIL
        self.language = ""
        self.sender_doubtful = False
        """Our own mail server refuted the sender of the first message, or the form names an address, and nobody has
        confirmed them.
        """
        self.ropa_version = 0
        self.calendars_corrected: tuple[CalendarInForce, ...] = ()
        """The corrections of its working days, in order."""
        self.suggested_rights: tuple[Right, ...] = ()
        self.subjects: tuple[str, ...] = ()
        self.received_at = NEVER
        self.received_on = date.min
        self.zone = "UTC"
        # lifecycle
        self.lifecycle = Lifecycle.RECEIVED
        self.outcome: Outcome | None = None
        self.assignee: str | None = None
        self.ending: EndProposal | None = None
        """The undecided proposal to end the case."""
        self.linked_to: UUID | None = None
        self.link_reason = ""
        self.closed_at: datetime | None = None
        # letters
        self.acknowledged_at: datetime | None = None
        self.answered_at: datetime | None = None
        self.late_by: frozenset[int] = frozenset()
        """The versions of the events, letters and refusals, that came after the statutory date."""
        self.promise_missed_by: frozenset[int] = frozenset()
        """The versions of the letters that left after the promise."""
        self.reasons_withheld = False
        """A law forbids telling the person the reasons of a refusal that was proposed (GDPR Art. 23(2)(h))."""
        # parts with rules of their own
        self.clock = LegalClock()
        self.identity = Identification()
        self.items: dict[str, Item] = {}  # in the order in which they were opened
        self.copies = Copies()
        self.hand_overs: dict[UUID, HandOver] = {}
        self.restrictions: dict[UUID, Restriction] = {}
        self.fees: dict[UUID, Fee] = {}
        self.holds: dict[UUID, Hold] = {}
        self.representations: tuple[Representation, ...] = ()
        self.earlier_facts: dict[int, EarlierFact] = {}
        self.messages: dict[UUID, Message] = {}  # in the order in which they were recorded
        self.letters_returned: frozenset[int] = frozenset()
        """The versions of the events of letters that came back."""
        self.passing_on = PassingOn()
        self.split_into: tuple[UUID, ...] = ()
        """The cases of the people for whom the letter was written; its original is kept as long as one of them."""
        self.claims: dict[UUID, Message] = {}  # messages that stand elsewhere, until a person has looked at them
        self.questions: dict[UUID, Question] = {}  # those that never stop the clock, as they were asked
        # keys of this case, which erasure destroys
        self.keys: dict[str, UUID] = {}
        self.forgetting: Forgetting | None = None
        """The proposal to forget the file, or the order."""

    @property
    def is_closed(self) -> bool:
        """Closed with an outcome."""
        return self.lifecycle is Lifecycle.CLOSED

    @property
    def arrivals(self) -> tuple[datetime, ...]:
        """When each of its messages arrived."""
        return (self.received_at, *(each.received_at for each in self.messages.values()))

    @property
    def is_forgotten(self) -> bool:
        """Whether the file was ordered to be forgotten: nothing more is recorded, and no key is made."""
        return self.forgetting is not None and self.forgetting.ordered_at is not None

    @property
    def calendar_version(self) -> int:
        """The version of the record of processing whose working days count: the pinned one, until it is corrected."""
        return self.calendars_corrected[-1].now if self.calendars_corrected else self.ropa_version

    @property
    def has_joined(self) -> bool:
        """The letter turned out to be a message on another case, which it joined."""
        return self.link_reason == HAS_JOINED

    @property
    def goes_on_elsewhere(self) -> bool:
        """The letter was taken as a request, or as a message, which is answered in another case."""
        return self.has_joined or bool(self.split_into)

    @property
    def is_deceased(self) -> bool:
        """Closed because the person died."""
        return self.outcome is Outcome.DECEASED

    def needs_answer(self, item: Item) -> bool:
        """Whether a letter has to answer the item: it was not withdrawn, and the person is alive."""
        return item.status is not ItemStatus.WITHDRAWN and not self.is_deceased

    @property
    def acknowledged(self) -> bool:
        """A letter told the person that the request arrived."""
        return self.acknowledged_at is not None

    @property
    def late(self) -> bool:
        """A refusal or a letter came after the statutory date."""
        return bool(self.late_by)

    @property
    def promise_missed(self) -> bool:
        """An answer left after the promise."""
        return bool(self.promise_missed_by)

    def local_date(self, moment: datetime) -> date:
        """The date of a moment in the controller's zone."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    @property
    def rights(self) -> frozenset[Right]:
        """The rights of the case's items; before registration, those that the letter suggested."""
        return frozenset(item.right for item in self.items.values()) or frozenset(self.suggested_rights)

    @property
    def controllers(self) -> frozenset[str]:
        """The controllers that answer: that of the case, and those of its items."""
        return frozenset({self.controller_id, *(item.controller_id for item in self.items.values())})

    def item(self, item_id: str) -> Item:
        """Raises ItemUnknown."""
        try:
            return self.items[item_id]
        except KeyError:
            raise ItemUnknown(item_id=item_id) from None

    def replace_item(self, item: Item, *, at: datetime | None = None) -> None:
        """For events: replace the item after it was decided, carried out, answered or withdrawn.

        `at` is when that happened; None: when the decision was recorded.
        """
        self.items[item.item_id] = item
        if not self.is_pending(Right.ACCESS):  # a clarification question is pointless by now (recital 63)
            self.clock.clarification_asked_on = None
            self.end_question(
                EarlierFactKind.CLARIFICATION_QUESTION,
                at=at or (item.decided_at and self.withdrawal_at(item.decided_at)),
            )

    def note_missed(self, at: datetime, *, unheard: SuspensionKind | None = None) -> None:
        """For events: note the dates that had passed unanswered by then, before something moves or answers them.

        No date passes while a question to the person is open, except `unheard`, one that nobody knew until now.
        """
        for kind, due in self._missed_until(at, unheard=unheard):
            self.clock.miss(kind, due, at=at)

    def missed_by(self, at: datetime) -> tuple[Missed, ...]:
        """The dates that had passed unanswered at an instant not before the last event, noted or not."""
        noted = {(each.kind, each.due) for each in self.clock.missed}
        passed = self._missed_until(at)
        return (*self.clock.missed, *(Missed(kind, due, at) for kind, due in passed if (kind, due) not in noted))

    def _missed_until(
        self, at: datetime, *, unheard: SuspensionKind | None = None
    ) -> Iterator[tuple[MissedKind, date]]:
        deadline, clock = self.clock.deadline, self.clock
        open_ones = (each.kind for each in clock.suspensions if each.sufficient is None and each.kind is not unheard)
        if deadline is None or not self.owes_answer or any(map(clock.was_put, open_ones)):
            return
        for kind, due, ends_at in dates_of(deadline):
            if ends_at <= at and (clock.met_until is None or ends_at > clock.met_until):
                yield kind, due

    def move(self, event: Event, deadline: Deadline, *, fact: EarlierFact | None = None) -> None:
        """For events: these are the dates now; what was missed stays missed, and shows who moved it later."""
        self.clock.deadline = deadline
        self.move_missed(event, *(each.kind for each in self.clock.missed if is_later(deadline, each)), fact=fact)

    def move_missed(self, event: Event, *kinds: MissedKind, fact: EarlierFact | None = None) -> None:
        """For events: a statement moves the missed dates of these kinds later; the first one that does is noted."""
        at, by = (event.timestamp, event.actor) if fact is None else (fact.recorded_at, fact.recorded_by)
        confirmed_by = "" if fact is None else event.actor
        self.clock.missed = tuple(
            replace(each, moved_at=event.timestamp, stated_at=at, moved_by=by, confirmed_by=confirmed_by)
            if each.kind in kinds and each.moved_at is None
            else each
            for each in self.clock.missed
        )

    def state_earlier(
        self, event: Event, kind: EarlierFactKind, *, happened_on: date, happened_at: datetime | None, **about: Any
    ) -> None:
        """For events: a person recorded this by hand on a later day; it waits for confirmation."""
        version = event.originator_version
        self.earlier_facts[version] = EarlierFact(
            version=version,
            kind=kind,
            happened_at=happened_at,
            happened_on=happened_on,
            recorded_at=event.timestamp,
            recorded_by=event.actor,
            **about,
        )

    def end_question(self, kind: EarlierFactKind, *, at: datetime | None) -> None:
        """For events: a question of this kind that waits for confirmation is answered, or waited for no longer."""
        for fact in tuple(self.earlier_facts.values()):
            if fact.kind is kind and fact.pending and fact.ended_at is None:
                self.earlier_facts[fact.version] = replace(fact, ended_at=at)

    def move_item(self, item_id: str, controller_id: str) -> None:
        """For events: assign the item to another controller."""
        self.items[item_id] = replace(self.items[item_id], controller_id=controller_id)

    def examine(
        self,
        message_id: UUID,
        kind: MessageKind,
        *,
        at: datetime,
        by: str,
        followed: bool = False,
        rights: tuple[Right, ...] | None = (),
    ) -> None:
        """For events: a person said what the message is; `followed`: something follows from it; `rights`: those that
        it exercises, None if nobody said.
        """
        message = self.messages[message_id]
        first = message.first_examined_at or at
        if message.suggested_now is not None and rights is not None:
            message = replace(message, judged=Judged(at, kind, rights, message.suggested_now))
        self.messages[message_id] = replace(
            message, kind=kind, examined_at=at, examined_by=by, first_examined_at=first, followed=followed
        )

    def examine_first(
        self, kind: MessageKind, *, at: datetime, by: str, rights: tuple[Right, ...] | None = None
    ) -> None:
        """For events: triage of the case said what its first message is, and which rights it exercises, if it did."""
        for each in tuple(self.messages.values()):
            if each.opens_case:
                self.examine(each.message_id, kind, at=at, by=by, rights=rights)

    def note_registered(self, right: Right, *, at: datetime) -> None:
        """For events: an item was opened; if that was by registration, the first message exercised its right."""
        for each in tuple(self.messages.values()):
            if each.opens_case and each.judged is not None and each.judged.at == at:
                rights = (*each.judged.rights, right)
                self.messages[each.message_id] = replace(each, judged=replace(each.judged, rights=rights))

    def withdrawal_at(self, recorded_at: datetime) -> datetime:
        """The instant from which a withdrawal recorded at this one counts: the arrival of the message that a handler
        examined as the withdrawal, if there is one.
        """
        found = (
            each.received_at
            for each in self.messages.values()
            if each.kind is MessageKind.WITHDRAWAL and each.examined_at == recorded_at
        )
        return max(found, default=recorded_at)

    def end_pending(self, ended: Callable[[Item], Item]) -> None:
        """For events: closing ends every undecided item; if the case is reopened, these are decided then."""
        for item in [item for item in self.items.values() if item.status.is_pending]:
            self.replace_item(replace(ended(item), ended_undecided=True))

    def end(self, outcome: Outcome, *, at: datetime) -> None:
        """For events: close the case, so that it waits for no answer and no approval."""
        if outcome not in (Outcome.NOT_A_REQUEST, Outcome.DUPLICATE, Outcome.FORWARDED):
            self.note_missed(at)
        self.lifecycle = Lifecycle.CLOSED
        self.outcome = outcome
        self.closed_at = at
        self.clock.reply = None
        self.end_questions(at=at)

    def end_questions(self, *, at: datetime) -> None:
        """For events: the case ends, so nothing waits for an approval or for an answer to a question."""
        self.ending = None
        self.clock.extension = None
        self.identity.lapse()
        for question in self.open_questions:
            self.questions[question.question_id] = replace(question, lapsed_at=at)
        for kind in (EarlierFactKind.IDENTITY_QUESTION, EarlierFactKind.CLARIFICATION_QUESTION):
            self.end_question(kind, at=self.withdrawal_at(at))

    def open_again(self, item_id: str, *, at: datetime) -> None:
        """For events: reset the item to its first state; its new decision is answered after this moment."""
        self.items[item_id] = self.items[item_id].fresh(at)
        for standing in self.restrictions_awaiting(item_id):  # the person was told of the earlier decision
            self.restrictions[standing.restriction_id] = replace(standing, told_of_lifting_at=None)

    def give_effect(self, item_id: str) -> None:
        """For events: the act that this item asks for was recorded."""
        self.items[item_id] = self.items[item_id].given_effect()

    def change_copy(self, item_id: str, version: int) -> None:
        """For events: packages of the item that were built before this version are outdated."""
        self.items[item_id] = replace(self.items[item_id], copy_changed=version)

    def change_copy_of(self, target_id: UUID, version: int) -> None:
        """For events: the content to hand over of this data set or attachment changed, if it still exists."""
        item_id = self.copies.item_of(target_id)
        if item_id is not None:
            self.change_copy(item_id, version)

    def change_copies_by(self, controller_id: str, version: int) -> None:
        """For events: all packages of this controller are outdated."""
        for item in tuple(self.items.values()):
            if item.controller_id == controller_id:
                self.change_copy(item.item_id, version)

    def has_copy_changed(self, item_id: str, *, since: int, controller_id: str) -> bool:
        """Whether a package that this controller built for the item at that version would be different now."""
        item = self.items.get(item_id)
        return item is None or item.controller_id != controller_id or item.copy_changed > since

    def restrictions_awaiting(self, item_id: str) -> tuple[Restriction, ...]:
        """The restrictions in force until this objection is decided."""
        return tuple(each for each in self.restrictions.values() if each.awaits == item_id and not each.lifted)

    def end_restriction(self, ended: Restriction) -> None:
        """For events: the restriction ended, and with it what it holds."""
        self.restrictions[ended.restriction_id] = ended
        self.holds.pop(ended.restriction_id, None)

    def outstanding_fees(self, *item_ids: str) -> tuple[Fee, ...]:
        """The fees for any of these items that are not answered or paid yet.

        A fee is quoted for all its items together: if one of them is dropped, the whole fee is.
        """
        chosen = set(item_ids)
        return tuple(fee for fee in self.fees.values() if fee.status.is_outstanding and chosen & set(fee.item_ids))

    def drop_fees(self, item_id: str, *, at: datetime) -> None:
        """For events: drop the fees of an item that was withdrawn or refused."""
        for fee in self.outstanding_fees(item_id):
            self.fees[fee.fee_id] = replace(fee, status=FeeStatus.DROPPED, settled_at=at)

    def prevailing_objections(self) -> tuple[Item, ...]:
        """Objections not withdrawn that prevail: to direct marketing, which was stopped, or not balanced in the
        controller's favour.
        """
        return tuple(item for item in self.items.values() if item.prevails)

    def undecided_as(self, status: ItemStatus) -> tuple[str, ...]:
        """The items to which closing gave this status and which were not decided since."""
        return tuple(item.item_id for item in self.items.values() if item.ended_undecided and item.status is status)

    def is_pending(self, *rights: Right) -> bool:
        """Whether an item for one of these rights is still to be decided or carried out."""
        return any(item.right in rights and item.status.is_pending for item in self.items.values())

    @property
    def owes_answer(self) -> bool:
        """Whether the person still waits for a decision, for its execution, or for the answer."""
        if self.is_closed or self.identity.unidentified_answered:
            return False
        owed = filter(self.needs_answer, self.items.values())
        return not self.items or any(not item.answered for item in owed)

    @property
    def awaits_identity(self) -> bool:
        """Whether an identity question was sent, and neither a proof nor any message of the person awaits a person."""
        return self.lacks_proof and not self.messages_waiting

    @property
    def lacks_proof(self) -> bool:
        """Whether an identity question was sent, and no proof awaits a decision."""
        return not self.is_closed and self.identity.status in IN_QUESTION and not self.identity.evidence_keys

    @property
    def awaits_person(self) -> bool:
        """Whether the person was asked something, or is about to be, and has not answered."""
        asked_what_is_meant = not self.is_closed and self.clock.clarification_asked_on is not None
        return self.lacks_proof or asked_what_is_meant or bool(self.open_questions)

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """The questions, besides those that can stop the clock, that wait for an answer."""
        return tuple(each for each in self.questions.values() if each.is_open)

    @property
    def messages_waiting(self) -> tuple[Message, ...]:
        """The messages after the first that nobody has examined, in the order in which they were recorded; then those
        that stand elsewhere and claim the thread of this case. None waits on a file that was forgotten.
        """
        if self.is_forgotten:
            return ()
        return (*(each for each in self.messages.values() if self._waits(each)), *self.claims.values())

    def _waits(self, message: Message) -> bool:
        """Whether nobody has examined a message that a person has to examine.

        One that was filed before messages were examined waits on an open case, and on a closed one if it came after the
        last answer; where none was sent, after the case was closed.
        """
        if message.opens_case or message.automatic or message.kind is not None:
            return False
        if message.is_dated or not self.is_closed:
            return True
        settled_at = self.answered_at or self.closed_at
        return settled_at is None or message.received_at > settled_at

    @property
    def recipients(self) -> Mapping[tuple[str, str], bool]:
        """Recipients to be told, by item and recipient; true once told, or excused (Art. 19)."""
        return {
            (item.item_id, recipient): settled
            for item in self.items.values()
            for recipient, settled in item.recipients.items()
        }


class RequestEvent(Event):
    """An event of a case."""


class RequestCreated(CreatedEvent):
    """The first event of a case."""
