"""The case file, from which letters are filled in: events, pinned record of processing, working days.

The service itself opens sealed reasons here, as it does for a package, and shows them to no one. A person reads them in
the preview, which is recorded.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar
from uuid import UUID

from dsr.catalogues import ENGLISH
from dsr.desk.on_file import OnFile, on_file, without_former_representative
from dsr.desk.repository import Repository
from dsr.domain.acting import Acting, CaseActing
from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.dispatch import Dispatch
from dsr.domain.events import Event
from dsr.domain.export import Export
from dsr.domain.request import Request
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.item import Item
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.recipients import RecipientAdded
from dsr.domain.request.standing import Hold
from dsr.domain.ropa import Authority, Controller, Ropa
from dsr.domain.sealed import Sealed
from dsr.letters.fields import ComplaintTo, FreeText
from dsr.projections.exports import exports_of
from dsr.ropa import authority

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Subject:
    """The subject of one letter."""

    kind: LetterKind
    item_ids: tuple[str, ...] = ()
    """Ids of the items that it answers; in a notice to a recipient, the one that was carried out."""
    concerns: str | None = None
    """Id of the fee or restriction that it is about, or version of the event that asks for it."""
    recipient: str | None = None
    """Id in the record of processing of the recipient, or of the controller for which we process, that it goes to."""


def subject_of(dispatch: Dispatch) -> Subject:
    """The subject of the letter."""
    return Subject(dispatch.kind, dispatch.item_ids, dispatch.concerns, dispatch.recipient)


class CaseFile:
    """One case, opened to write a letter. Raises KeyDestroyed wherever it opens sealed text of a forgotten person."""

    def __init__(
        self, repository: Repository, case: Request, at: datetime, *, stood_at: datetime | None = None
    ) -> None:
        """`at`: the instant of the letter. `stood_at`: the instant at which the case stood like this; None: now."""
        self.repository = repository
        self.case = case
        self.at = at
        self.stood_at = stood_at or at
        self._looks_back = stood_at is not None
        self.language = ENGLISH
        """The language of the letter that is written, ISO 639-1."""

    def speaking(self, language: str) -> "CaseFile":
        """The same file, for a letter in this language."""
        spoken = copy(self)
        spoken.language = language
        return spoken

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The history of the case, up to the version that was loaded."""
        return self.repository.events_of(self.case)

    @cached_property
    def document(self) -> Ropa:
        """The record of processing that the case pinned."""
        return self.repository.ropa.at_version(self.case.ropa_version).document

    @cached_property
    def elsewhere(self) -> tuple[Hold, ...]:
        """The holds of other cases of the same person."""
        return self.repository.other_holds(self.case.id)

    @cached_property
    def calendar(self) -> WorkingCalendar:
        """The working days of the case."""
        return self.repository.calendar(self.case)

    def acting(self, acting: Acting) -> CaseActing:
        """The acting context of the case."""
        return acting.on(self.calendar)

    @property
    def today(self) -> date:
        """The local date of the letter."""
        return self.local_date(self.at)

    def local_date(self, moment: datetime) -> date:
        """The local date of an instant."""
        return self.calendar.local_date(moment)

    def all_of(self, kind: type[E], matching: Callable[[E], bool] = lambda _: True) -> Iterator[E]:
        """The events of this type, the last first."""
        return (each for each in reversed(self.events) if isinstance(each, kind) and matching(each))

    def last(self, kind: type[E], matching: Callable[[E], bool] = lambda _: True) -> E | None:
        """The last event of this type, if there is one."""
        return next(self.all_of(kind, matching), None)

    def words(self, event: Event, field: str) -> FreeText | None:
        """A sealed text of an event; None where it was left out."""
        sealed = getattr(event, field)
        if not isinstance(sealed, Sealed):
            return None
        text = self.repository.sealer.open_json(sealed, stream_id=self.case.id, field=field)
        return FreeText(text) if isinstance(text, str) else None

    @cached_property
    def on_file(self) -> OnFile:
        """Contact details of the person who asks, from the message that opened the case."""
        known = on_file(self._first_message)
        return without_former_representative(known, self.repository, self.case, self.events, self.at)

    @property
    def first_words(self) -> str:
        """The text of the message that opened the case; empty if there is none."""
        said = self._first_message.get("text") if isinstance(self._first_message, Mapping) else None
        return said.strip() if isinstance(said, str) else ""

    @cached_property
    def _first_message(self) -> object:
        first = self.events[0]
        if not isinstance(first, RequestReceived) or first.message is None:
            return None
        return self.repository.sealer.open_json(first.message, stream_id=self.case.id, field="message")

    def added_recipient(self, recipient: str) -> OnFile | None:
        """The contact of a recipient that was added to the case; None for one of the record of processing."""
        added = self.last(RecipientAdded, lambda event: event.recipient == recipient)
        if added is None:
            return None
        return on_file(
            {"person": self.repository.sealer.open_json(added.contact, stream_id=self.case.id, field="contact")}
        )

    def recipient_name(self, recipient: str) -> str:
        """The name of a recipient. Raises RecipientUnknown."""
        added = self.added_recipient(recipient)
        return self.document.recipient(recipient).name if added is None else added.name

    def named(self, said: str) -> str:
        """The name that the record of processing gives this id; anything else stays as it was given."""
        return self.document.name_of(said)

    def packages(self, item_id: str) -> list[Export]:
        """The packages of an item, as they stood, oldest first."""
        with self.repository.database.glancing() as connection:
            ids = [row["export_id"] for row in exports_of(connection, self.case.id) if row["item_id"] == item_id]
        found = (
            self.repository.find_then(Export, each, self.stood_at)
            if self._looks_back
            else self.repository.find(Export, each)
            for each in ids
        )
        return [each for each in found if each is not None]

    def items(self, subject: Subject) -> list[Item]:
        """The items of a letter. Raises ItemUnknown."""
        return [self.case.item(each) for each in subject.item_ids]

    def controller(self, subject: Subject) -> Controller:
        """The controller that sends the letter: the one that answers its items, or the one that has the case.

        Raises ItemUnknown.
        """
        answering = {item.controller_id for item in self.items(subject)}
        return self.document.controller(answering.pop() if len(answering) == 1 else self.case.controller_id)

    def name_of_system(self, system_id: str) -> str:
        """What the record of processing calls a system; its id where the record does not know the case files."""
        return next((each.name for each in self.document.systems if each.id == system_id), system_id)

    def complaint_to(self, controller: Controller) -> ComplaintTo:
        """The supervisory authority of a controller (GDPR Art. 77). Raises AuthorityUnknown."""
        found: Authority = authority(controller.authority)
        return ComplaintTo(found)


def as_id(text: str | None) -> UUID | None:
    """The id that a subject concerns; None where it concerns nothing, or the version of an event."""
    try:
        return None if text is None else UUID(text)
    except ValueError:
        return None
