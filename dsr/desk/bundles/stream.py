"""Writes an audit bundle as a zip, entry by entry: it holds one row, one letter or one chunk of a file at a time.

The same log gives the same entries in the same order. The last bytes are a signed note over all bytes before them, in
the comment of the zip, so that no bit of the file can change unnoticed. `guide.html` describes each entry.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

import msgspec

from dsr.desk.audits import AuditDesk
from dsr.desk.bundles.opening import Opener, PartState
from dsr.desk.bundles.scope import BundleScope
from dsr.desk.bundles.selection import Selection
from dsr.desk.caller import Caller
from dsr.desk.case_reports import CaseReportDesk, to_html
from dsr.desk.dispatching.content import open_content
from dsr.desk.repository import Repository
from dsr.desk.sealed_parts import parts_of
from dsr.desk.search_lists import SearchListDesk
from dsr.domain.dispatch import Dispatch, DispatchState
from dsr.domain.matter import Matter
from dsr.domain.request import Request
from dsr.domain.request.values import Channel
from dsr.domain.ropa import RecordOfProcessing
from dsr.domain.sealed import KeyDestroyed, KeyIntroduction
from dsr.eventstore.log import Log
from dsr.eventstore.payload_schemas import payload_schemas
from dsr.evidence.checkpoint_store import StoredCheckpoint
from dsr.exports.zip_stream import ZipStream
from dsr.letters.paper import to_pdf

FORMAT: Final = 1
"""Of the bundle; the verifier knows every one that was ever released."""

_JSON: Final = "application/json"
_LINES: Final = "application/x-ndjson"
_LEFT: Final = frozenset({DispatchState.SENT, DispatchState.BOUNCED})

_EXTENSIONS: Final[Mapping[str, str]] = {
    "message/rfc822": "eml",
    "application/pdf": "pdf",
    "application/json": "json",
    "image/jpeg": "jpg",
    "image/png": "png",
    "text/plain": "txt",
}

_encode: Final = msgspec.json.Encoder(order="deterministic").encode

Entries = Generator[bytes, None, None]


@dataclass(frozen=True)
class BundleContents:
    """What the bundle is made of."""

    scope: BundleScope
    selected: Selection
    signed: StoredCheckpoint
    caller: Caller
    made_at: datetime
    sign: Callable[[str], str]
    """Signs the digest of the file with the key of the log, as a note."""

    @property
    def size(self) -> int:
        """Number of events that the checkpoint signs; the bundle knows none after them."""
        return self.signed.checkpoint.size


class BundleStream:
    """The bytes of one bundle."""

    def __init__(
        self,
        contents: BundleContents,
        *,
        log: Log,
        repository: Repository,
        opener: Opener,
        audits: AuditDesk,
        search_lists: SearchListDesk,
        case_reports: CaseReportDesk,
        told: Callable[[str, int], None],
    ) -> None:
        self._contents = contents
        self._log = log
        self._repository = repository
        self._opener = opener
        self._audits = audits
        self._search_lists = search_lists
        self._case_reports = case_reports
        self._told = told
        self._archive = ZipStream()
        self._entries: list[dict[str, Any]] = []
        self._states = Counter[PartState]()
        self._positions = log.positions_of(contents.selected.streams, until=contents.size)
        """Of every event whose payload the bundle holds."""

    def chunks(self) -> Iterator[bytes]:
        """Yield the file. Raises SealBroken if a stored file was altered: then the bytes so far are no bundle."""
        digest, held = hashlib.sha256(), b""
        for chunk in self._written():
            digest.update(held)
            yield held
            held = chunk
        # The last chunk ends with the length of the comment, which is part of what the comment does not sign.
        digest.update(held[:-2])
        comment = self._contents.sign(digest.hexdigest()).encode()
        yield held[:-2] + len(comment).to_bytes(2, "little") + comment

    def _written(self) -> Iterator[bytes]:
        package = files("dsr.evidence.verifier")
        yield from self._whole("guide.html", "text/html", (package / "guide.html").read_bytes())
        yield from self._whole("verify.py", "text/x-python", (package / "verify.py").read_bytes())
        yield from self._whole("checkpoint.txt", "text/plain", str(self._contents.signed.note).encode())
        if self._contents.signed.time_stamp is not None:
            yield from self._whole("time-stamp.der", "application/octet-stream", self._contents.signed.time_stamp)
        yield from self._lines("streams.jsonl", self._streams())
        yield from self._lines("headers.jsonl", self._headers())
        yield from self._lines("payloads.jsonl", self._payloads())
        yield from self._lines("keys.jsonl", self._keys())
        yield from self._lines("opened.jsonl", self._opened())
        yield from self._files()
        yield from self._letters()
        yield from self._records()
        yield from self._schemas()
        yield from self._cases()
        yield from self._add(
            "manifest.json", _JSON, iter([msgspec.json.format(_encode(self._manifest()))]), listed=False
        )
        yield b"".join(self._archive.close())

    # Entries ---------------------------------------------------------------------------------------------------

    def _streams(self) -> Iterator[bytes]:
        for stream_id, topic in self._contents.selected.streams.items():
            yield _encode({"stream_id": stream_id, "kind": topic})

    def _headers(self) -> Iterator[bytes]:
        for row in self._log.rows(until=self._contents.size):
            yield row.header
            self._told("headers", 1)

    def _payloads(self) -> Iterator[bytes]:
        for row in self._log.rows_at(self._positions):
            yield _encode({"position": row.position, "payload": row.payload})

    def _keys(self) -> Iterator[bytes]:
        """Each key that the payloads introduce or use, with its material if the bundle discloses it."""
        seen = set[UUID]()
        for row in self._log.rows_at(self._positions):
            parts = parts_of(row.payload)
            known = {each.key_id: each for each in parts.keys}
            for key_id in sorted(known.keys() | parts.key_ids):
                if key_id not in seen:
                    seen.add(key_id)
                    yield self._key(key_id, known.get(key_id))

    def _key(self, key_id: UUID, introduced: KeyIntroduction | None) -> bytes:
        state, key = self._opener.key(key_id)
        purpose = None if introduced is None else introduced.purpose
        material = None if key is None else key.material.hex()
        return _encode({"key_id": key_id, "purpose": purpose, "state": state, "material": material})

    def _opened(self) -> Iterator[bytes]:
        for row in self._log.rows_at(self._positions):
            for part in parts_of(row.payload).sealed:
                told = self._opener.value(part, stream_id=row.stream_id)
                self._states[told["state"]] += 1
                yield _encode({"position": row.position} | told)

    def _files(self) -> Entries:
        index = []
        for row in self._log.rows_at(self._positions):
            for place, part in enumerate(parts_of(row.payload).files):
                state, head, chunks = self._opener.file(part)
                self._states[state] += 1
                told = {"position": row.position, "pointer": part.pointer, "state": state}
                if state is PartState.OPENED:
                    ending = _EXTENSIONS.get(part.ref.media_type, "bin")
                    path = f"files/{row.position:09}-{place}.{ending}"
                    yield from self._add(path, part.ref.media_type, chunks, size=part.ref.size)
                    told |= {"path": path, "head": head.hex()}
                index.append(_encode(told))
        yield from self._lines("files.jsonl", iter(index))

    def _letters(self) -> Entries:
        """The letters that left, as they were worded; on paper also as the PDF that was printed."""
        for stream_id in self._contents.selected.of(Dispatch.TOPIC):
            letter = self._repository.find(Dispatch, stream_id)
            if letter is None or letter.state not in _LEFT or stream_id in self._contents.selected.forgotten:
                continue
            try:
                content = open_content(self._repository, letter)
            except KeyDestroyed:
                continue
            if content.wording is None:
                continue
            path = f"letters/{letter.request_id}/{stream_id}"
            yield from self._whole(f"{path}.txt", "text/plain", content.wording.text.encode())
            yield from self._whole(f"{path}.html", "text/html", content.wording.html.encode())
            if letter.channel is Channel.POST:
                pdf = to_pdf(content.wording, content.fields)
                yield from self._whole(f"{path}.pdf", "application/pdf", pdf)

    def _records(self) -> Entries:
        """Every version of the record of processing, with the calendars as they were adopted."""
        [stream_id] = self._contents.selected.of(RecordOfProcessing.TOPIC)
        record = self._repository.find(RecordOfProcessing, stream_id)
        for version in () if record is None else record.versions:
            told = {
                "number": version.number,
                "sha256": version.sha256,
                "adopted_at": version.adopted_at,
                "document": version.document,
                "calendars": version.calendars,
            }
            yield from self._whole(f"records/{version.number:04}.json", _JSON, msgspec.json.format(_encode(told)))

    def _schemas(self) -> Entries:
        """The shape of every event in each version that the log may hold, as JSON Schema."""
        schemas = {name: {str(version): each for version, each in of.items()} for name, of in payload_schemas().items()}
        yield from self._whole("schemas.json", _JSON, _encode(schemas))

    def _cases(self) -> Entries:
        """What this service says of each case: its row, decisions, searches, and its deadline step by step."""
        for request_id in self._contents.selected.of(Request.TOPIC):
            [told], _ = self._audits.bundle([request_id], self._contents.caller)
            searches = {
                each["item_id"]: self._search_lists.of_item(request_id, each["item_id"], self._contents.caller)[0]
                for each in told.items
            }
            said = {
                "request": told.request,
                "items": told.items,
                "searches": searches,
                "decisions": told.decisions,
                "deadline": told.deadline.deadline,
                "steps": told.deadline.steps,
                "timeline": told.timeline,
            }
            yield from self._whole(f"cases/{request_id}.json", _JSON, msgspec.json.format(_encode(said)))
            rows = list(self._log.rows_at(self._log.positions_of([request_id], until=self._contents.size)))
            report = self._case_reports.report(
                request_id, self._contents.caller, opened=self._texts_in(rows), told=told, logged=rows
            )
            yield from self._whole(f"cases/{request_id}.html", "text/html", to_html(report))
            self._told("cases", 1)

    def _texts_in(self, rows: Sequence[Any]) -> dict[int, dict[str, object]]:
        """What the events of a case say that is sealed, by their versions."""
        found = dict[int, dict[str, object]]()
        for row in rows:
            opened = [self._opener.value(part, stream_id=row.stream_id) for part in parts_of(row.payload).sealed]
            found[row.stream_version] = {
                each["pointer"][1:].replace("/", "."): each["value"] for each in opened if "value" in each
            }
        return found

    def _manifest(self) -> dict[str, Any]:
        contents = self._contents
        return {
            "format": FORMAT,
            "origin": contents.signed.checkpoint.origin,
            "size": contents.size,
            "signed_at": contents.signed.signed_at,
            "made_at": contents.made_at,
            "made_by": contents.caller.actor,
            "scope": contents.scope.written,
            "cases": len(contents.selected.of(Request.TOPIC)),
            "matters": len(contents.selected.of(Matter.TOPIC)),
            "selected_until": contents.selected.until,
            "withheld": contents.selected.withheld,
            "parts": {state.value: self._states[state] for state in PartState},
            "files": self._entries,
        }

    # Writing ---------------------------------------------------------------------------------------------------

    def _whole(self, path: str, media_type: str, content: bytes) -> Entries:
        yield from self._add(path, media_type, iter([content]))

    def _lines(self, path: str, lines: Iterator[bytes]) -> Entries:
        yield from self._add(path, _LINES, (line + b"\n" for line in lines))

    def _add(
        self, path: str, media_type: str, chunks: Iterator[bytes], *, size: int | None = None, listed: bool = True
    ) -> Entries:
        facts = yield from self._archive.add(path, media_type, chunks, size=size)
        if listed:
            self._entries.append({name: facts[name] for name in ("path", "size", "sha256")})
