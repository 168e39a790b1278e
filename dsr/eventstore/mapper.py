"""Domain event ↔ plain JSON, typed by the event's own annotations.

The payload holds the event's fields under their own names and nothing else, so an authority can read it without this
program; only `class_version` is added, where an event has had more than one shape, and `credential` is left out where
an act went through none.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from importlib import import_module
from threading import Lock
from typing import Any, Final
from uuid import UUID

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent, Transcoder

from dsr.domain.events import Event, event_types
from dsr.domain.sealed import BlobRef, KeyIntroduction, Sealed
from dsr.eventstore.errors import EventUnknown, EventUnreadable

_IDENTITY: Final = ("originator_id", "originator_version")
"""Columns of their own, not repeated in the payload."""

_LOOKING_AT_TYPES: Final = Lock()
"""msgspec caches type information on each dataclass; two threads that create decoders for the first time at once would
crash the process.
"""

_ATOMS: Final = (str, int, bytes, type(None))


@dataclass(frozen=True)
class SealedStoredEvent(StoredEvent):
    """A stored event with the ids of the keys that seal its personal data."""

    key_ids: tuple[UUID, ...] = ()


class PlainJSON(Transcoder):
    """Any event field as msgspec writes it: ISO dates, enum values, base64 bytes, UUID strings."""

    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder().decode

    def encode(self, obj: Any) -> bytes:
        """Return UTF-8 JSON. Raises TypeError for a type without a plain form."""
        return self._encode(obj)

    def decode(self, data: bytes) -> Any:
        """Return plain dicts, lists, strings and numbers. Raises msgspec.DecodeError."""
        return self._decode(data)


class EventMapper(Mapper[UUID]):
    """The library's mapper with typed decoding. Knows the event types imported by the first use of a name."""

    def __init__(self, transcoder: Transcoder | None = None, **_: object) -> None:
        """Compressor and cipher of the library are not used: payloads stay readable, personal data is sealed before."""
        super().__init__(transcoder=transcoder or PlainJSON())
        self._types: dict[str, type[Event]] = {}
        self._readers: dict[str, tuple[Callable[[str], Event], str]] = {}

    def __reduce__(self) -> tuple[Callable[..., "EventMapper"], tuple[tuple[str, ...]]]:
        """Sent to another process, it knows the same event types and creates its own decoders."""
        return _mapper_of, (tuple(sorted({each.__module__ for each in event_types().values()})),)

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> SealedStoredEvent:
        """Write the event as JSON and collect the ids of the keys it uses or introduces."""
        event_type = type(domain_event)
        payload = {name: value for name, value in vars(domain_event).items() if name not in _IDENTITY}
        if payload.get("credential") is None:
            payload.pop("credential", None)
        class_version = getattr(event_type, "class_version", 1)
        if class_version > 1:
            payload["class_version"] = class_version
        return SealedStoredEvent(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=event_type.TOPIC,  # type: ignore[attr-defined]  # every stored event has one
            state=self.transcoder.encode(payload),
            key_ids=tuple(sorted(set(_key_ids(payload)))),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Event:
        """Read an event back, upcasting old shapes.

        Raises EventUnknown, EventUnreadable.
        """
        payload = stored_event.state.decode(errors="surrogateescape")  # which no decoder accepts
        return self.read(stored_event.topic, str(stored_event.originator_id), stored_event.originator_version, payload)

    def read(self, name: str, stream_id: str, stream_version: int, payload: str) -> Event:
        """Read an event from the columns of the log; `stream_id` in any notation of a UUID.

        A payload of the present shape is decoded in one step; only an older one is decoded to a dict and upcast. Raises
        EventUnknown, EventUnreadable.
        """
        decode, present = self._readers.get(name) or self._reader_of(name)
        try:
            if payload.endswith(present):
                # Last, so that the payload can't override the columns.
                return decode(f'{payload[:-1]},"originator_id":"{stream_id}","originator_version":{stream_version}}}')
            return self._upcast(self._types[name], stream_id, stream_version, payload)
        except (msgspec.MsgspecError, AttributeError, KeyError, TypeError, UnicodeError) as error:
            # The message may quote the payload, so only the type of the error and the place are kept.
            raise EventUnreadable(
                name=name,
                stream_id=str(UUID(stream_id)),
                stream_version=stream_version,
                reason=type(error).__name__,
            ) from None

    def _upcast(self, event_type: type[Event], stream_id: str, stream_version: int, payload: str) -> Event:
        state: dict[str, Any] = self.transcoder.decode(payload.encode())
        state["originator_id"] = stream_id
        state["originator_version"] = stream_version
        stored_version = state.pop("class_version", 1)
        for version in range(stored_version, getattr(event_type, "class_version", 1)):
            getattr(event_type, f"upcast_v{version}_v{version + 1}")(state)
        return msgspec.convert(state, event_type)

    def _reader_of(self, name: str) -> tuple[Callable[[str], Event], str]:
        """The decoder of the event, and the end of a payload of its present shape."""
        event_type = self._type_named(name)
        class_version = getattr(event_type, "class_version", 1)
        present = "}" if class_version == 1 else f',"class_version":{class_version}}}'
        with _LOOKING_AT_TYPES:
            self._readers[name] = msgspec.json.Decoder(event_type).decode, present
        return self._readers[name]

    def _type_named(self, name: str) -> type[Event]:
        try:
            return self._types[name]
        except KeyError:
            self._types = event_types()
        try:
            return self._types[name]
        except KeyError:
            raise EventUnknown(name=name) from None


def _mapper_of(modules: tuple[str, ...]) -> EventMapper:
    for each in modules:
        import_module(each)
    return EventMapper()


def _key_ids(value: object) -> Iterator[UUID]:
    if isinstance(value, _ATOMS):
        return
    if isinstance(value, Sealed | BlobRef | KeyIntroduction):
        yield value.key_id
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _key_ids(inner)
    elif isinstance(value, tuple | list | set | frozenset):
        for inner in value:
            yield from _key_ids(inner)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _key_ids(getattr(value, field.name))
