"""The package: a zip that is streamed, so that its size does not affect memory (GDPR Art. 15(3), 20(1)).

Data sets are read record by record, attachments chunk by chunk. Digests are computed on the way, so the manifest comes
last, which zip readers allow. The same contents give the same bytes, so that the digest in the log can be recomputed
from the collected data.
"""

import hashlib
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from dsr.domain.export import ExportEmpty, ExportKind
from dsr.domain.request.data_set import DataSet
from dsr.domain.request.others_rights import OthersRight, Redaction, RedactionKind, described_still, is_left_out
from dsr.domain.request.values import Provenance
from dsr.exports.data_file import JSON, json_chunks, write_json
from dsr.exports.described import described, inferred_fields, without_inferred
from dsr.exports.errors import DataSetNameInvalid
from dsr.exports.information import Information, as_json
from dsr.exports.language import language_of
from dsr.exports.manifest import (
    MANIFEST_SCHEMA,
    NOTHING_ERASED,
    PROVISION,
    SCHEMA_BYTES,
    VERSION,
    ControllerFacts,
    left_out,
    schema_problems,
)
from dsr.exports.page import FirstRecords, write_page, write_records_page
from dsr.exports.redaction import LeftOutOf, redact
from dsr.exports.schemas import JSON_SCHEMA, SchemaOf
from dsr.exports.searched import NOT_SEARCHED, Search
from dsr.exports.strict_json import Record
from dsr.exports.zip_stream import ZipStream, entry_facts

MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.jws"
SCHEMA: Final = "manifest.schema.json"
PAGE: Final = "index.html"
INFORMATION: Final = "information.json"

Signer = Callable[[bytes], bytes]
"""Makes the signature of the manifest, a compact JWS, from its bytes."""

_ATTACHMENT_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,79}\.[a-z0-9]{1,8}")

_REPLACED: Final = Redaction(UUID(int=0), UUID(int=0), RedactionKind.REPLACED, "", OthersRight.PRIVACY, None)
"""How the manifest tells of a file that was discarded for its redacted copy."""

Writing = Generator[bytes, None, dict[str, Any]]
"""Yields bytes of the zip, returns the manifest's entry of the file."""


@dataclass(frozen=True)
class Collected:
    """A data set, and how to read its records."""

    data_set: DataSet
    read: Callable[[], Iterable[Record]]
    """Called when the package reaches it; may produce records lazily. The package applies redactions."""
    terms: Mapping[str, str] = field(default_factory=dict)
    """Addresses of terms of common vocabularies, by the name of the field that means the same (docs/law §14)."""


@dataclass(frozen=True)
class PackagedFile:
    """An attachment, such as a recording, and how to read it."""

    attachment_id: UUID
    name: str
    """File name in the package: lower-case letters, digits and hyphens, with an extension."""
    media_type: str
    size: int
    """Bytes."""
    description: str
    """Description for the data subject."""
    provenance: Provenance
    system: str
    controller_id: str
    purpose: str
    collected_at: datetime
    """Aware."""
    chunks: Callable[[], Iterator[bytes]]
    """Called when the package reaches it; yields `size` bytes."""


@dataclass(frozen=True)
class PackageContents:
    """The contents of a package."""

    reference: str
    kind: ExportKind
    controller: ControllerFacts
    """The answering controller."""
    prepared_at: datetime
    """Aware."""
    data: tuple[Collected, ...]
    information: Information
    """Information beside the copy (GDPR Art. 15(1), (2)): on the page and, for access, as a file of its own."""
    search: Search = NOT_SEARCHED
    """Where data of the person was searched for, and what was left out of that."""
    refused: tuple[str, ...] = ()
    """The parts of the request that were refused: fields or categories."""
    replaced: tuple[str, ...] = ()
    """Names of data sets and attachments that held data of others, and were discarded for the redacted copy that is
    here.
    """
    attachments: tuple[PackagedFile, ...] = ()
    joint_controllers: tuple[ControllerFacts, ...] = ()
    """The other controllers that `data` and `attachments` name."""
    redactions: Mapping[UUID, tuple[Redaction, ...]] = field(default_factory=dict)
    """Redactions by data set or attachment; the package applies and lists them."""
    language: str = "en"
    """Language of the data subject (ISO 639-1); without a catalogue, the page is in a language of the controller, or in
    English, and says so.
    """


@dataclass(frozen=True)
class PackageSummary:
    """Facts of a complete package."""

    sha256: str
    """Hex digest of the whole file: a digest of personal data, to be sealed."""
    size: int
    """Bytes."""
    manifest: dict[str, Any]

    @property
    def files(self) -> int:
        """Number of data files and attachments."""
        return len(self.manifest["files"]) + len(self.manifest["attachments"])


_RESERVED: Final = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
"""Names of devices on Windows, with any ending: no such file can be unpacked there."""


def require_name(name: str) -> None:
    """Raise DataSetNameInvalid unless the name works as a file name on any system."""
    _require_plain(name)
    if _RESERVED.fullmatch(name):
        raise DataSetNameInvalid(f"Windows keeps the name {name} for a device. Choose another, such as {name}-data.")


def _require_plain(name: str) -> None:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", name):
        raise DataSetNameInvalid()


class PackageStream:
    """The bytes of a package, made on demand: access keeps everything, portability nothing inferred.

    It holds one record and one chunk at a time. `summary` is available after the last byte.
    """

    def __init__(self, contents: PackageContents, sign: Signer | None = None) -> None:
        """Decide what the right covers; no file is read yet.

        Raises ExportEmpty if nothing is left, DataSetNameInvalid; ValueError for defects of the caller (a time without
        zone, an unnamed controller, an attachment without a file name).
        """
        self._contents = contents
        self._sign = sign
        self._language = language_of(contents.language, contents.information.languages)
        self._omitted: list[dict[str, Any]] = []
        self._withheld = [
            each for name in sorted(contents.replaced) for each in self._told(LeftOutOf(name, [_REPLACED]))
        ]
        self._data = self._covered_data()
        self._attachments = self._covered_attachments()
        if not self._data and not self._attachments:
            raise ExportEmpty()
        self._require_named_controllers()
        self._summary: PackageSummary | None = None

    @property
    def summary(self) -> PackageSummary:
        """Digest, size and manifest. Raises RuntimeError before the stream was fully read."""
        if self._summary is None:
            raise RuntimeError("a package has a digest only when its last byte was made")
        return self._summary

    def __iter__(self) -> Iterator[bytes]:
        """Chunks of the zip.

        Raises DataFieldsUndescribed, DataTooLarge (a record), errors of reading a file, and ValueError for an
        attachment of the wrong size. Bytes yielded before an error are not a package.
        """
        digest, size = hashlib.sha256(), 0
        manifest = self._head()
        for chunk in self._written(manifest):
            digest.update(chunk)
            size += len(chunk)
            yield chunk
        self._summary = PackageSummary(digest.hexdigest(), size, manifest)

    def page(self, path: str) -> bytes | None:
        """One page as the package will hold it, without reading a recording or document; None if it has no such page.

        Raises what the iteration does.
        """
        kept: list[bytes] = []
        for _ in self._written(self._head(), keeps=(path, kept), skims=True):
            pass
        return b"".join(kept) or None

    def _covered_data(self) -> list[Collected]:
        """The data sets covered by the right, in a fixed order; others are listed as left out."""
        covered: list[Collected] = []
        for collected in sorted(
            self._contents.data, key=lambda one: (one.data_set.name, str(one.data_set.data_set_id))
        ):
            data_set = collected.data_set
            _require_plain(data_set.name)
            inferred = inferred_fields(data_set.fields) if self._is_portable else ()
            if self._is_portable and (
                data_set.provenance is Provenance.INFERRED or len(inferred) == len(data_set.fields) > 0
            ):
                self._omitted.append(left_out(data_set.name))
                continue
            self._omitted += [left_out(data_set.name, each.name) for each in inferred]
            if is_left_out(redactions := self._redactions_of(data_set.data_set_id)):
                self._withheld += self._told(LeftOutOf(data_set.name, redactions))
            else:
                covered.append(collected)
        return covered

    def _covered_attachments(self) -> list[PackagedFile]:
        """As `_covered_data`. Raises ValueError for an invalid file name."""
        if not all(_ATTACHMENT_NAME.fullmatch(attachment.name) for attachment in self._contents.attachments):
            raise ValueError("the attachments of a package need file names")
        covered: list[PackagedFile] = []
        for attachment in sorted(self._contents.attachments, key=lambda one: (one.name, str(one.attachment_id))):
            if self._is_portable and attachment.provenance is Provenance.INFERRED:
                self._omitted.append(left_out(attachment.name))
            elif redactions := self._redactions_of(attachment.attachment_id):
                self._withheld += self._told(LeftOutOf(attachment.name, redactions))
            else:
                covered.append(attachment)
        return covered

    @property
    def _is_portable(self) -> bool:
        return self._contents.kind is ExportKind.PORTABILITY

    def _redactions_of(self, target_id: UUID) -> tuple[Redaction, ...]:
        return self._contents.redactions.get(target_id, ())

    def _told(self, redacted: LeftOutOf) -> list[dict[str, Any]]:
        """The manifest's entries of redactions."""
        return [each.as_json(self._contents.kind, self._language) for each in redacted.told()]

    def _require_named_controllers(self) -> None:
        held = {each.data_set.controller_id for each in self._data} | {each.controller_id for each in self._attachments}
        named = {self._contents.controller.id, *(one.id for one in self._contents.joint_controllers)}
        if unnamed := held - named:
            raise ValueError(f"the package does not say who these controllers are: {sorted(unnamed)}")

    def _head(self) -> dict[str, Any]:
        """The manifest without its files. Raises ValueError for a time without zone."""
        contents = self._contents
        return {
            "schema": {"id": MANIFEST_SCHEMA["$id"], "version": VERSION},
            "kind": contents.kind.value,
            "provision": PROVISION[contents.kind],
            "reference": contents.reference,
            "language": self._language.code,
            "controller": contents.controller.as_json(),
            "joint_controllers": [one.as_json() for one in contents.joint_controllers],
            "prepared_at": _instant(contents.prepared_at),
            "statements": [NOTHING_ERASED] if contents.kind is ExportKind.PORTABILITY else [],
            "files": [],
            "attachments": [],
            "documents": [],
            "searched": [each.as_json() for each in contents.search.systems],
            "groups_not_searched": list(contents.search.groups_not_searched),
            "refused": list(contents.refused),
            "left_out": self._omitted,
            "redactions": list(self._withheld),
        }

    def _written(
        self, manifest: dict[str, Any], *, keeps: tuple[str, list[bytes]] = ("", []), skims: bool = False
    ) -> Iterator[bytes]:
        """The zip; `manifest` is filled on the way. The document at the path that it `keeps` is kept in that list.

        If it `skims`, attachments are described and not read: the zip is none then.
        """
        archive = ZipStream()
        documents = manifest["documents"]
        for name, collected in zip(_file_names([one.data_set.name for one in self._data]), self._data, strict=True):
            redacted = LeftOutOf(collected.data_set.name, self._redactions_of(collected.data_set.data_set_id))
            data_set, records = self._read(collected, redacted)
            schema, first = SchemaOf(data_set, collected.terms), FirstRecords()
            chunks = json_chunks(first.gathering(schema.learning(records)))
            facts = yield from archive.add(f"data/{name}.json", JSON, chunks)
            manifest["files"].append(facts | _said_of(data_set, name, first.total))
            manifest["redactions"] += self._told(redacted)
            documents.append((yield from archive.add(_schema_path(name), JSON_SCHEMA, [write_json(schema.as_json())])))
            rows = write_records_page(
                data_set, first, path=facts["path"], kind=self._contents.kind, language=self._language
            )
            path = _page_path(name)
            documents.append((yield from archive.add(path, "text/html", _keeping(rows, path, *keeps))))
        names = _file_names([one.name for one in self._attachments])
        for name, attachment in zip(names, self._attachments, strict=True):
            entry = _skimmed(name, attachment) if skims else (yield from _write_attachment(archive, name, attachment))
            manifest["attachments"].append(entry)
        if self._contents.kind is ExportKind.ACCESS:
            told = write_json(as_json(self._contents.information, self._language))
            documents.append((yield from archive.add(INFORMATION, JSON, [told])))
        is_whole = self._contents.search.is_whole
        page = write_page(manifest, self._contents.information, self._language, is_whole=is_whole)
        documents.append((yield from archive.add(PAGE, "text/html", _keeping([page], PAGE, *keeps))))
        documents.append((yield from archive.add(SCHEMA, JSON_SCHEMA, [SCHEMA_BYTES])))
        if problems := list(schema_problems(manifest)):
            raise ValueError(f"the manifest does not follow its schema: {problems}")
        content = write_json(manifest)
        yield from archive.add(MANIFEST, JSON, [content])
        if self._sign is not None:
            yield from archive.add(SIGNATURE, "application/jose", [self._sign(content)])
        yield from archive.close()

    def _read(self, collected: Collected, redacted: LeftOutOf) -> tuple[DataSet, Iterator[Record]]:
        """The records of a data set to hand over, with their descriptions; `redacted` counts removed values on the
        way.
        """
        data_set, fields = collected.data_set, collected.data_set.fields
        records = described(collected.read(), fields)
        if self._is_portable:
            inferred = inferred_fields(fields)
            records = without_inferred(records, fields)
            fields = tuple(each for each in fields if each not in inferred)
        if redactions := self._redactions_of(data_set.data_set_id):
            records = redact(redacted.counting(records), redactions)
            fields = described_still(fields, redactions)
        return replace(data_set, fields=fields), records


def _file_names(names: Iterable[str]) -> Iterator[str]:
    """A distinct file name for each, even if two systems use the same name: `calls`, `calls-2`.

    A reserved name that was accepted in the past becomes `con-2`.
    """
    taken: set[str] = set()
    for name in names:
        stem, dot, ending = name.partition(".")
        own, number = name, 1
        while own in taken or _RESERVED.fullmatch(own.partition(".")[0]):
            number += 1
            own = f"{stem}-{number}{dot}{ending}"
        taken.add(own)
        yield own


def _schema_path(name: str) -> str:
    return f"schemas/{name}.schema.json"


def _page_path(name: str) -> str:
    return f"pages/{name}.html"


def _said_of(data_set: DataSet, name: str, records: int) -> dict[str, Any]:
    """The manifest's additional facts of a data file."""
    return {
        "schema": _schema_path(name),
        "page": _page_path(name),
        "data_set": data_set.name,
        "system": data_set.system,
        "controller": data_set.controller_id,
        "purpose": data_set.purpose,
        "provenance": data_set.provenance.value,
        "collected_at": _instant(data_set.collected_at),
        "records": records,
        "fields": [
            {
                "name": each.name,
                "description": each.description,
                "provenance": each.provenance.value,
                "unit": each.unit,
                "zone": each.zone,
            }
            for each in data_set.fields
        ],
    }


def _write_attachment(archive: ZipStream, name: str, attachment: PackagedFile) -> Writing:
    facts = yield from archive.add(
        f"attachments/{name}", attachment.media_type, attachment.chunks(), size=attachment.size
    )
    return facts | _said_of_attachment(attachment)


def _skimmed(name: str, attachment: PackagedFile) -> dict[str, Any]:
    """Its entry without its digest, for a page that does not show it."""
    facts = entry_facts(f"attachments/{name}", attachment.media_type, attachment.size, "0" * 64)
    return facts | _said_of_attachment(attachment)


def _keeping(chunks: Iterable[bytes], path: str, wanted: str, kept: list[bytes]) -> Iterator[bytes]:
    """The same chunks, kept if the path is the wanted one."""
    for chunk in chunks:
        if path == wanted:
            kept.append(chunk)
        yield chunk


def _said_of_attachment(attachment: PackagedFile) -> dict[str, Any]:
    return {
        "name": attachment.name,
        "description": attachment.description,
        "system": attachment.system,
        "controller": attachment.controller_id,
        "purpose": attachment.purpose,
        "provenance": attachment.provenance.value,
        "collected_at": _instant(attachment.collected_at),
    }


def _instant(moment: datetime) -> str:
    if moment.utcoffset() is None:
        raise ValueError("a time in a package needs its zone")
    return moment.isoformat()
