"""What letters are filled in from: the events of a case, the record of processing that it pinned, the working days.

Sealed reasons are opened here by the service itself, for nobody to see, as they are for a package: what shows them to a
person is the preview, and that is recorded.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from dsr.desk.casebook import Casebook
from dsr.desk.on_file import OnFile, on_file
from dsr.domain.dispatch import Dispatch
from dsr.domain.events import Event
from dsr.domain.export import Export
from dsr.domain.request import Request
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.item import Item
from dsr.domain.request.letters import LetterKind
from dsr.domain.ropa import Authority, Controller, Ropa
from dsr.domain.sealed import Sealed
from dsr.letters.fields import ComplaintTo, FreeText
from dsr.projections.exports import exports_of
from dsr.ropa import authority

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Subject:
    """What one letter is about."""

    kind: LetterKind
    item_ids: tuple[str, ...] = ()
    """The items that it answers; of a notice to a recipient, the one that was carried out."""
    concerns: str | None = None
    """Id of the fee or restriction that it is about, or the version of the event that asks for it."""
    recipient: str | None = None
    """Id of the recipient of the record of processing that it goes to."""


def subject_of(dispatch: Dispatch) -> Subject:
    """What the letter is about."""
    return Subject(dispatch.kind, dispatch.item_ids, dispatch.concerns, dispatch.recipient)


class CaseFile:
    """One case, opened to write a letter. Raises KeyDestroyed wherever it opens what was forgotten."""

    def __init__(self, book: Casebook, case: Request, at: datetime, *, stood_at: datetime | None = None) -> None:
        """`at` is the day of the letter; `stood_at` when the case stood so, None: it does now."""
        self.book = book
        self.case = case
        self.at = at
        self.stood_at = stood_at or at
        self._looks_back = stood_at is not None

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The history of the case, as far as it was loaded."""
        events = self.book.application.events.get(self.case.id, lte=self.case.version)
        return tuple(each for each in events if isinstance(each, Event))

    @cached_property
    def document(self) -> Ropa:
        """The record of processing that the case pinned."""
        return self.book.ropa.at_version(self.case.ropa_version).document

    @cached_property
    def calendar(self) -> Any:
        """The working days that count."""
        return self.book.calendar(self.case)

    @property
    def today(self) -> date:
        """The local date."""
        return self.local_date(self.at)

    def local_date(self, moment: datetime) -> date:
        """The local date of an instant."""
        day: date = self.calendar.local_date(moment)
        return day

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
        text = self.book.sealer.open_json(sealed, stream_id=self.case.id, field=field)
        return FreeText(text) if isinstance(text, str) else None

    @cached_property
    def on_file(self) -> OnFile:
        """Who asks, by the message that made the case."""
        first = self.events[0]
        if not isinstance(first, RequestReceived) or first.message is None:
            return OnFile()
        return on_file(self.book.sealer.open_json(first.message, stream_id=self.case.id, field="message"))

    def packages(self, item_id: str) -> list[Export]:
        """Those of an item, as they stood; the first prepared first."""
        with self.book.database.glancing() as connection:
            ids = [row["export_id"] for row in exports_of(connection, self.case.id) if row["item_id"] == item_id]
        found = (
            self.book.find_then(Export, each, self.stood_at) if self._looks_back else self.book.find(Export, each)
            for each in ids
        )
        return [each for each in found if each is not None]

    def items(self, subject: Subject) -> list[Item]:
        """The items of a letter. Raises ItemUnknown."""
        return [self.case.item(each) for each in subject.item_ids]

    def controller(self, subject: Subject) -> Controller:
        """Whose letter it is: who answers its items where that is one, else who has the case. Raises ItemUnknown."""
        answering = {item.controller_id for item in self.items(subject)}
        return self.document.controller(answering.pop() if len(answering) == 1 else self.case.controller_id)

    def complaint_to(self, controller: Controller) -> ComplaintTo:
        """The supervisory authority of a controller (GDPR Art. 77). Raises AuthorityUnknown."""
        found: Authority = authority(controller.authority)
        return ComplaintTo(found)


def as_id(text: str | None) -> UUID | None:
    """What a subject concerns as an id, where it is one."""
    try:
        return None if text is None else UUID(text)
    except ValueError:
        return None
