"""Disclosures: opening personal data, recorded before anything is shown (GDPR Art. 5(2), 32)."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Final, cast
from uuid import UUID

from dsr.blobs import FileTypeUnsupported
from dsr.blobs.media_type import Inspection
from dsr.desk.caller import Call
from dsr.desk.errors import DisclosureUnknown
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository, require_version
from dsr.desk.scanning import noted, on_case
from dsr.desk.unit_of_work import unit_of_work, use_case
from dsr.domain.events import Event
from dsr.domain.request.attachment import Attachment
from dsr.domain.request.collection import DataCollected, DataSetUnknown
from dsr.domain.request.data_set import DataSet
from dsr.domain.request.disclosure import PersonalDataDisclosed
from dsr.domain.request.letters import Letter
from dsr.domain.request.malware import Scanned
from dsr.domain.request.redaction import Redacted
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.scanning import Scanner, examine
from dsr.domain.sealed import BlobRef, KeyDestroyed, Sealed
from dsr.exports import Record, json_records
from dsr.mailbox.errors import UnreadableMessage
from dsr.mailbox.limits import MailLimits
from dsr.mailbox.message import read_attachment


@dataclass(frozen=True)
class Opened:
    """The opened parts of one event; a part whose key was destroyed is None."""

    version: int
    name: str
    recorded_at: datetime
    fields: dict[str, object]
    forgotten: tuple[str, ...]
    """Parts whose key was destroyed, such as identity evidence after its decision."""


@dataclass(frozen=True)
class Disclosure:
    """The opened events, and the version of the case afterwards."""

    request_id: UUID
    version: int
    opened: tuple[Opened, ...]


@dataclass(frozen=True)
class OpenedFile:
    """A file being read; its opening is recorded."""

    name: str | None
    """Of an attachment."""
    media_type: str
    size: int
    """Bytes."""
    chunks: Iterator[bytes]
    is_scanned: bool
    """Whether a scanner examined it for malware, and found none."""


@dataclass(frozen=True)
class OpenedRecords:
    """Some records of a data set; their opening is recorded."""

    version: int
    """Of the case, after the opening."""
    data_set: DataSet
    first: int
    """Number of the first record shown, from 0."""
    records: tuple[Record, ...]
    total: int
    """Records of the data set."""
    reasons: Mapping[int, str | None]
    """Why parts were redacted, by the version of the event; None once its key was destroyed."""


READS_ON: Final = timedelta(minutes=30)
"""How long a member reads on in a data set that they opened, in the same session, without opening it again."""


class DisclosureDesk:
    """open events of a case; read an original; read records of a data set."""

    def __init__(self, repository: Repository, scanner: Scanner, limits: MailLimits) -> None:
        self._repository = repository
        self._scanner = scanner
        self._limits = limits

    def open(
        self,
        request_id: UUID,
        call: Call,
        *,
        purpose: DisclosurePurpose,
        versions: tuple[int, ...] | None,
        if_sealed: tuple[int, ...] = (),
    ) -> Disclosure:
        """Open the sealed parts of these events (None: of all); one event records one opening.

        The events `if_sealed` may lack a sealed part, and are then left out: a suggestion has one only if it rests on
        a sentence. Raises RequestUnknown, DisclosureUnknown (one of `versions` has no sealed part), VersionStale.
        """
        before = self._recorded_before(request_id, call)
        events = self._sealed_events(request_id, call, before or versions, () if before else if_sealed)
        recorded = self._record(request_id, call, purpose, tuple(event.originator_version for event in events))
        assert recorded.version is not None  # noqa: S101 - an opening is always answered with its version
        return Disclosure(request_id, recorded.version, tuple(open_event(self._repository, event) for event in events))

    def original(
        self,
        request_id: UUID,
        call: Call,
        *,
        purpose: DisclosurePurpose,
        version: int,
        part: int | None = None,
        unscanned: bool = False,
    ) -> OpenedFile:
        """A message as it arrived, a proof of identity, or an attachment, by the version of its event.

        `part`: only the attachment at this index of the message, from 0. It is cut out of the original on demand, since
        a stored copy would be one more thing to erase. Everything is scanned again, since scanners
        learn, unless it is to be opened `unscanned`. Raises DisclosureUnknown, KeyDestroyed, BlobMissing, SealBroken;
        MalwareFound, ScannerUnavailable.
        """
        repository = self._repository
        event = next((each for each in self._events(request_id, call) if each.originator_version == version), None)
        file = None if event is None else _file_of(event)
        if file is None:
            raise DisclosureUnknown()
        key = repository.keystore.open(file.key_id)  # erased content is not shown, so nothing is recorded
        where = f"event {version} of request {request_id}"
        if part is not None:
            with noted(f"part {part} of {where}", self._malware(request_id, call, version, part)):
                attached = self._attached(b"".join(repository.blobs.read(file, key)), file, part, unscanned)
            self._record(request_id, call, purpose, (version,))
            return attached
        if not unscanned:
            with noted(where, self._malware(request_id, call, version)):
                examine(self._scanner, repository.blobs.read(file, key))
        self._record(request_id, call, purpose, (version,))
        chunks = repository.blobs.read(file, key)
        first = next(chunks, b"")  # so that a missing file gives an error instead of a broken answer
        attachment = getattr(event, "attachment", None)
        name = attachment.name if isinstance(attachment, Attachment) else None
        return OpenedFile(
            name, file.media_type, file.size, chain((first,), chunks), self._scanner.scans and not unscanned
        )

    def records(
        self, request_id: UUID, call: Call, *, purpose: DisclosurePurpose, data_set_id: UUID, first: int, most: int
    ) -> OpenedRecords:
        """Up to `most` records of a data set from `first` on, counted from 0, with the reasons of its redactions.

        It is recorded as an opening of the event that collected it, and of those that redacted it. Reading on in the
        same session is no second opening for a while, however many pages it takes.
        Raises RequestUnknown, DataSetUnknown, VersionStale, KeyDestroyed, BlobMissing, SealBroken.
        """
        repository = self._repository
        recorded = self._recorded_before(request_id, call)
        case = repository.request(request_id, call.caller)
        data_set = case.copies.data_sets.get(data_set_id)
        if data_set is None:
            require_version(case, call.expected)
            raise DataSetUnknown()
        key = repository.keystore.open(data_set.content.key_id)  # erased content is not shown
        events = self._events(request_id, call)
        about = recorded or tuple(each.originator_version for each in events if is_about(each, data_set_id))
        versions = recorded or self._still_open(events, call, purpose, about[0])
        version = events[-1].originator_version
        if versions is None:
            answer = self._record(request_id, call, purpose, about)
            assert answer.version is not None  # noqa: S101 - an opening is always answered with its version
            versions, version = about, answer.version
        shown: list[Record] = []
        total = 0
        for total, record in enumerate(json_records(repository.blobs.read(data_set.content, key)), 1):
            if first < total <= first + most:
                shown.append(record)
        opened = [each for each in events if each.originator_version in versions and isinstance(each, Redacted)]
        reasons = {each.originator_version: open_event(repository, each).fields.get("reason") for each in opened}
        return OpenedRecords(version, data_set, first, tuple(shown), total, cast(Mapping[int, str | None], reasons))

    def _still_open(
        self, events: Sequence[Event], call: Call, purpose: DisclosurePurpose, version: int
    ) -> tuple[int, ...] | None:
        """What the caller opened with this event a moment ago, in the same session; None if they did not."""
        since = self._repository.now() - READS_ON
        for each in reversed(events):
            if each.timestamp < since:
                return None
            if not isinstance(each, PersonalDataDisclosed) or version not in each.versions:
                continue
            if (each.actor, each.purpose) == (call.caller.actor, purpose) and _is_through(each, call):
                return each.versions
        return None

    def _attached(self, raw: bytes, file: BlobRef, part: int, unscanned: bool) -> OpenedFile:
        """The attachment, with the sender's name and a media type found in its content.

        Raises DisclosureUnknown, MalwareFound, ScannerUnavailable.
        """
        found = None
        if file.media_type == "message/rfc822":
            with suppress(UnreadableMessage):
                found = read_attachment(raw, part, limits=self._limits)
        if found is None:
            raise DisclosureUnknown("This message has no such part.")
        attachment, content = found
        if not unscanned:
            examine(self._scanner, (content,))
        looked = Inspection((content,), attachment.media_type)
        try:
            size = sum(map(len, looked))
            media_type = looked.media_type
        except FileTypeUnsupported:
            size, media_type = len(content), "application/octet-stream"
        return OpenedFile(attachment.name, media_type, size, iter((content,)), self._scanner.scans and not unscanned)

    def _malware(self, request_id: UUID, call: Call, version: int, part: int | None = None) -> Callable[[str], None]:
        """Records malware that was found in the file of this event."""
        return on_case(self._repository, request_id, call.caller, Scanned.KEPT, found_in=version, part=part)

    def _events(self, request_id: UUID, call: Call) -> list[Event]:
        self._repository.request(request_id, call.caller)
        return [event for event in self._repository.application.events.get(request_id) if isinstance(event, Event)]

    def _sealed_events(
        self, request_id: UUID, call: Call, versions: tuple[int, ...] | None, if_sealed: tuple[int, ...]
    ) -> list[Event]:
        sealed = {e.originator_version: e for e in self._events(request_id, call) if any(True for _ in sealed_parts(e))}
        if versions is None:
            return list(sealed.values())
        if set(versions) - set(sealed):
            raise DisclosureUnknown()
        return [sealed[version] for version in sorted({*versions, *(sealed.keys() & if_sealed)})]

    def _recorded_before(self, request_id: UUID, call: Call) -> tuple[int, ...] | None:
        """The events that a repeated call opened the first time; later ones are not shown."""
        earlier = self._repository.idempotency.find(call)
        if earlier is None:
            return None
        return next(
            event.versions
            for event in self._events(request_id, call)
            if isinstance(event, PersonalDataDisclosed) and event.originator_version == earlier.version
        )

    @use_case
    def _record(self, request_id: UUID, call: Call, purpose: DisclosurePurpose, versions: tuple[int, ...]) -> Answer:
        """Record the opening; a repeated call (same idempotency key) shows the same as before."""
        repository = self._repository
        with unit_of_work(repository, call) as work:
            case = repository.request(request_id, call.caller)
            work.change(case, lambda: Answer(b"", case.version))
            acting = repository.acting_on(case, work.acting)
            case.disclose(acting, purpose=purpose, versions=versions)
        return work.answer


def open_event(repository: Repository, event: Event) -> Opened:
    """All sealed parts of one event, whose opening is recorded already."""
    fields: dict[str, object] = {}
    forgotten: list[str] = []
    for name, sealed in sealed_parts(event):
        try:
            fields[name] = repository.sealer.open_json(sealed, stream_id=event.originator_id, field=name)
        except KeyDestroyed:
            forgotten.append(name)
    return Opened(event.originator_version, event.TOPIC, event.timestamp, fields, tuple(forgotten))


def is_about(event: Event, data_set_id: UUID) -> bool:
    """Whether an event collected this data set, or redacted a part of it."""
    if isinstance(event, DataCollected):
        return event.data_set.data_set_id == data_set_id
    return isinstance(event, Redacted) and event.target_id == data_set_id


def _is_through(event: Event, call: Call) -> bool:
    """Whether an event was recorded through the caller's credential."""
    credential = call.caller.credential
    return event.credential == (None if credential is None else str(credential))


def _file_of(event: Event) -> BlobRef | None:
    """The file that an event keeps: a message as it arrived, evidence, an attachment."""
    attachment = getattr(event, "attachment", None)
    if isinstance(attachment, Attachment):
        return attachment.content
    kept = (getattr(event, name, None) for name in ("original", "content"))
    return next((each for each in kept if isinstance(each, BlobRef)), None)


def sealed_parts(event: Event) -> Iterator[tuple[str, Sealed]]:
    """The sealed values of an event, keyed by the name they were sealed under: the field's, or `letter`."""
    for field in dataclasses.fields(event):
        value = getattr(event, field.name)
        if isinstance(value, Sealed):
            yield field.name, value
        elif isinstance(value, Letter):
            yield "letter", value.text
