"""Which streams of the log belong to a bundle: found in the log itself, since read models prove nothing."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from dsr.desk.bundles.scope import BundleScope
from dsr.desk.caller import Caller
from dsr.domain.authority_disclosure import AuthorityDisclosure, AuthorityDisclosureRequested
from dsr.domain.dispatch import Dispatch
from dsr.domain.dispatch.events import DispatchPrepared
from dsr.domain.events import Event
from dsr.domain.export import Export
from dsr.domain.export.package import ExportPrepared
from dsr.domain.log_signing import LOG_SIGNING_ID, LogSigning
from dsr.domain.matter import Matter, MatterOpened, MatterRequestLinked
from dsr.domain.own_erasure import OwnErasure, OwnErasureReported
from dsr.domain.own_file import FileForgettingOrdered, FileForgettingRestored
from dsr.domain.quarantine import MessageQuarantined, QuarantinedMessage, QuarantineEntered
from dsr.domain.request import Request
from dsr.domain.request.forgetting import ForgettingOrdered, ForgettingRestored
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.joint import RequestReassigned
from dsr.domain.ropa import ROPA_ID, RecordOfProcessing
from dsr.eventstore.log import Log

_TELLING: tuple[type[Event], ...] = (
    RequestReceived,
    RequestReassigned,
    MatterOpened,
    MatterRequestLinked,
    DispatchPrepared,
    ExportPrepared,
    MessageQuarantined,
    QuarantineEntered,
    AuthorityDisclosureRequested,
    OwnErasureReported,
    ForgettingOrdered,
    ForgettingRestored,
    FileForgettingOrdered,
    FileForgettingRestored,
)
"""The events that say what a stream is about."""


_GO = frozenset({Dispatch.TOPIC, Export.TOPIC, QuarantinedMessage.TOPIC})
"""What is forgotten with its case; what an authority asked about it has a file and a period of its own."""


@dataclass
class _Subject:
    """A case, a matter, or what stands alone."""

    controllers: set[str]
    received_on: date


@dataclass(frozen=True)
class Selection:
    """The streams whose payloads a bundle holds."""

    streams: dict[UUID, str]
    """The stable name of its aggregate, by stream id."""
    until: int
    """The last event that was looked at."""
    withheld: int
    """Cases and matters of the scope that the caller may not see."""
    forgotten: frozenset[UUID]
    """The streams of what was ordered to be forgotten: nobody opens them, although a key may still be there."""

    def of(self, topic: str) -> list[UUID]:
        """The streams of one kind of aggregate, in the order in which they began."""
        return [stream_id for stream_id, each in self.streams.items() if each == topic]


@dataclass
class _Found:
    """What the log says of its streams."""

    cases: dict[UUID, _Subject] = field(default_factory=dict)
    matters: dict[UUID, _Subject] = field(default_factory=dict)
    alone: dict[UUID, tuple[str, _Subject]] = field(default_factory=dict)
    """Streams of no case, with the stable name of their aggregate."""
    matter_cases: dict[UUID, set[UUID]] = field(default_factory=dict)
    follows: dict[UUID, tuple[str, UUID]] = field(default_factory=dict)
    """Streams that belong to a case: aggregate and case."""
    forgotten: set[UUID] = field(default_factory=set)
    """Cases and files that were ordered to be forgotten."""

    def read(self, event: Event) -> None:
        stream_id = event.originator_id
        match event:
            case RequestReceived():
                self.cases[stream_id] = _Subject({event.controller_id}, event.received_on)
            case RequestReassigned():
                self.cases[stream_id].controllers.add(event.controller_id)
            case MatterOpened():
                self.matters[stream_id] = _Subject({event.controller_id}, event.received_on)
                self.matter_cases[stream_id] = set(event.request_ids)
            case MatterRequestLinked():
                self.matter_cases[stream_id].add(event.request_id)
            case DispatchPrepared():
                self.follows[stream_id] = Dispatch.TOPIC, event.request_id
            case ExportPrepared():
                self.follows[stream_id] = Export.TOPIC, event.request_id
            case MessageQuarantined():
                controllers = set() if event.controller_id is None else {event.controller_id}
                subject = _Subject(controllers, event.received_at.date())
                self.alone[stream_id] = QuarantinedMessage.TOPIC, subject
            case QuarantineEntered():
                self.follows[stream_id] = QuarantinedMessage.TOPIC, event.request_id
            case AuthorityDisclosureRequested():
                subject = _Subject({event.controller_id}, event.received_at.date())
                self.alone[stream_id] = AuthorityDisclosure.TOPIC, subject
                if event.request_id is not None:
                    self.follows[stream_id] = AuthorityDisclosure.TOPIC, event.request_id
            case ForgettingOrdered() | ForgettingRestored() | FileForgettingOrdered() | FileForgettingRestored():
                self.forgotten.add(stream_id)
            case OwnErasureReported():
                subject = _Subject({event.controller_id}, event.timestamp.date())
                self.alone[stream_id] = OwnErasure.TOPIC, subject


def select(log: Log, scope: BundleScope, caller: Caller, *, until: int) -> Selection:
    """The streams of the scope that the caller may see, with what belongs to their cases; and always the record of
    processing and the keys of the log.
    """
    found = _Found()
    for recorded in log.read(until=until, names=[each.TOPIC for each in _TELLING]):
        found.read(recorded.event)
    matters = [each for each, it in found.matters.items() if scope.holds_matter(each, *_place(it))]
    linked = {case_id for each in matters if each in scope.matters for case_id in found.matter_cases[each]}
    cases = [
        each
        for each, it in found.cases.items()
        if each in linked or scope.holds_case(each, it.controllers, it.received_on)
    ]
    seen_cases = [each for each in cases if caller.sees(each, *found.cases[each].controllers)]
    seen_matters = [each for each in matters if caller.sees(each, *found.matters[each].controllers)]
    streams = {ROPA_ID: RecordOfProcessing.TOPIC, LOG_SIGNING_ID: LogSigning.TOPIC}
    streams |= dict.fromkeys(seen_cases, Request.TOPIC) | dict.fromkeys(seen_matters, Matter.TOPIC)
    streams |= {each: topic for each, (topic, case_id) in found.follows.items() if case_id in streams}
    for each, (topic, it) in found.alone.items():
        is_in_scope = scope.everything or not scope.controllers.isdisjoint(it.controllers)
        if is_in_scope and caller.sees(each, *it.controllers):
            streams.setdefault(each, topic)
    of_forgotten = (
        each for each, (topic, case_id) in found.follows.items() if case_id in found.forgotten and topic in _GO
    )
    return Selection(
        streams,
        until,
        len(cases) + len(matters) - len(seen_cases) - len(seen_matters),
        frozenset({*found.forgotten, *of_forgotten}),
    )


def _place(matter: _Subject) -> tuple[str, date]:
    [controller_id] = matter.controllers
    return controller_id, matter.received_on
