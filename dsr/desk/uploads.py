"""Uploads of large files in parts: each part is sealed on arrival, and a broken connection costs one part.

An upload makes no event: it is kept in tables of its own until it is complete. Then one event attaches the file, under
a key of its own, and the parts and their key are deleted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import msgspec

from dsr.blobs import ENDINGS, Inspection
from dsr.database.errors import DatabaseUnavailable
from dsr.desk.caller import Call, Caller
from dsr.desk.errors import RequestUnknown
from dsr.desk.idempotency import Answer
from dsr.desk.originals import kept
from dsr.desk.repository import Repository, of_items, require_answering, require_version
from dsr.desk.scanning import noted, on_case
from dsr.desk.unit_of_work import UnitOfWork, changing, unit_of_work, use_case
from dsr.desk.upload_store import (
    PART_TYPE,
    Upload,
    UploadDetails,
    UploadOffsetWrong,
    UploadStore,
    UploadUnknown,
)
from dsr.domain.errors import Invalid, Refused
from dsr.domain.request import Request
from dsr.domain.request.attachment import Attachment
from dsr.domain.request.malware import Scanned
from dsr.domain.scanning import Scanner
from dsr.domain.sealed import BlobMissing, BlobRef, KeyDestroyed, KeyPurpose
from dsr.exports import require_name


class UploadExceeded(Refused):
    """This part makes the file larger than announced. Discard the upload and start one of the right size."""

    code = "upload-exceeded"


class UploadPartEmpty(Invalid):
    """This part is empty: a part of an upload has at least one byte."""

    code = "upload-part-empty"


class UploadIncomplete(Refused):
    """Parts are missing: send the bytes from the `offset` in `facts` on, then complete the upload."""

    code = "upload-incomplete"


class UploadDigestWrong(Invalid):
    """The SHA-256 of the received file differs from the one you announced. Discard the upload and send the file
    again.
    """

    code = "upload-digest-wrong"


class AttachmentTooLarge(Invalid):
    """A file has at least one byte, and no more than this service accepts: split a larger one into several."""

    code = "attachment-too-large"


class UploadDesk:
    """begin an upload; append a part; complete or discard it; discard an attachment."""

    def __init__(
        self, repository: Repository, store: UploadStore, scanner: Scanner, *, max_attachment_bytes: int
    ) -> None:
        self._repository = repository
        self._store = store
        self._scanner = scanner
        self._max_bytes = max_attachment_bytes

    @use_case
    def begin(self, request_id: UUID, item_id: str, call: Call, *, size: int, details: UploadDetails) -> Answer:
        """Start an upload for a granted item of access or portability.

        Raises Forbidden (an item of another controller), AttachmentTooLarge, DataSetNameInvalid, SystemUnknown,
        ItemHasNoCopy, ItemNotGranted, IdentityUnresolved, AttachmentNameTaken, ItemUnknown, NotRegistered,
        RequestIsClosed.
        """
        repository, upload_id = self._repository, uuid4()
        with unit_of_work(repository, call) as work:
            case = repository.request(request_id, call.caller)
            require_answering(case, call.caller, of_items(item_id))
            require_name(details.name)
            repository.ropa.at_version(case.ropa_version).document.system(details.system)
            case.require_attachable(item_id, details.name)
            if not 0 < size <= self._max_bytes:
                raise AttachmentTooLarge(most_bytes=self._max_bytes)
            key_id = repository.keystore.create(request_id, KeyPurpose.BLOB)[0].key_id
            work.effect(
                lambda: self._store.add(
                    upload_id=upload_id,
                    request_id=request_id,
                    item_id=item_id,
                    size=size,
                    details=details,
                    key_id=key_id,
                )
            )
            work.respond(lambda: Answer(self._answer(upload_id), resource_id=str(upload_id)))
        return work.answer

    def _answer(self, upload_id: UUID) -> bytes:
        return msgspec.json.encode(self.shown(self._store.find(upload_id)))

    def shown(self, upload: Upload) -> dict[str, Any]:
        """An upload as the API shows it: without its key, with its details inlined, and whether nothing scans it."""
        shown: dict[str, Any] = msgspec.to_builtins(upload)
        del shown["key_id"]
        details: dict[str, Any] = shown.pop("details")
        return shown | details | {"not_scanned": not self._scanner.scans}

    def show(self, upload_id: UUID, caller: Caller) -> Upload:
        """The progress of an upload. Raises UploadUnknown, also if the case is outside the caller's scope."""
        upload = self._store.find(upload_id)
        self._case_of(upload, caller)
        return upload

    def append(self, upload_id: UUID, caller: Caller, *, offset: int, content: bytes) -> Upload:
        """Seal and store the next part; of two concurrent parts for one place, one is kept.

        Raises UploadUnknown, Forbidden, UploadOffsetWrong (also for a part that came before), UploadPartEmpty,
        UploadExceeded, StorageFull, StorageUnavailable.
        """
        repository, upload = self._repository, self.show(upload_id, caller)
        require_answering(self._case_of(upload, caller), caller, of_items(upload.item_id))
        if offset != upload.offset:
            raise UploadOffsetWrong(offset=upload.offset)
        if not content:
            raise UploadPartEmpty()
        if offset + len(content) > upload.size:
            raise UploadExceeded(offset=offset, size=upload.size)
        part = repository.blobs.write(repository.keystore.open(upload.key_id), [content], PART_TYPE)
        try:
            self._store.extend(upload, part)
        except DatabaseUnavailable:  # the part may be noted: the sweep knows
            raise
        except BaseException:
            repository.blobs.delete(part.blob_id)
            raise
        return self._store.find(upload_id)

    @use_case
    def complete(self, upload_id: UUID, call: Call, *, sha256: str | None) -> Answer:
        """Attach the file to its item, under a key of its own, with the media type found in its content.

        Raises UploadUnknown, VersionStale, Forbidden, UploadIncomplete, UploadDigestWrong (`sha256` is that of the
        file, hex), FileTypeUnsupported, MalwareFound, ScannerUnavailable (the upload waits), and what the domain
        refuses.
        """
        repository = self._repository
        with unit_of_work(repository, call) as work:
            upload = self.show(upload_id, call.caller)
            case = self._case_of(upload, call.caller)
            require_version(case, call.expected)
            require_answering(case, call.caller, of_items(upload.item_id))
            if upload.offset != upload.size:
                raise UploadIncomplete(offset=upload.offset, size=upload.size)
            case.require_attachable(upload.item_id, upload.details.name)
            parts = self._store.parts(upload)
            content = self._content(upload, parts)
            with noted(f"upload {upload_id}", on_case(repository, case.id, call.caller, Scanned.UPLOAD)):
                sealed = self._sealed(work, case, upload.item_id, content, details=upload.details, sha256=sha256)
            case.attach(repository.acting_on(case, work.acting), **sealed)
            work.add(case)
            work.effect(lambda: self._store.forget(upload))
            work.respond(lambda: work.view(upload.request_id))
        self._destroy(upload, parts)
        return work.answer

    @use_case
    def receive(self, request_id: UUID, item_id: str, call: Call, *, content: bytes, details: UploadDetails) -> Answer:
        """Attach a file that came whole, in one request: as `complete`, without parts that are kept meanwhile.

        Raises RequestUnknown, VersionStale, Forbidden, AttachmentTooLarge, DataSetNameInvalid, SystemUnknown,
        FileTypeUnsupported, MalwareFound, ScannerUnavailable, and what the domain refuses.
        """
        repository = self._repository
        with changing(repository, request_id, call, item_id=item_id) as work:
            case = work.case
            require_name(details.name)
            repository.ropa.at_version(case.ropa_version).document.system(details.system)
            case.require_attachable(item_id, details.name)
            if not 0 < len(content) <= self._max_bytes:
                raise AttachmentTooLarge(most_bytes=self._max_bytes)
            with noted(f"a file for {item_id}", on_case(repository, case.id, call.caller, Scanned.UPLOAD)):
                sealed = self._sealed(work, case, item_id, (content,), details=details)
            case.attach(work.acting, **sealed)
        return work.answer

    def _sealed(
        self,
        work: UnitOfWork,
        case: Request,
        item_id: str,
        content: Iterable[bytes],
        *,
        details: UploadDetails,
        sha256: str | None = None,
    ) -> dict[str, Any]:
        """The attachment and its key, as `Request.attach` takes them: sealed while it is scanned.

        Raises UploadDigestWrong, FileTypeUnsupported, MalwareFound, ScannerUnavailable.
        """
        seen = Inspection(content, details.media_type)
        keys = work.enter(kept(self._repository, self._scanner.passing(seen), PART_TYPE, KeyPurpose.BLOB))
        assert keys.blob is not None  # noqa: S101 - content was given
        if sha256 is not None and seen.sha256 != sha256.lower():
            raise UploadDigestWrong()
        media_type = seen.media_type
        attachment = Attachment(
            attachment_id=uuid4(),
            item_id=item_id,
            name=f"{details.name}.{ENDINGS[media_type]}",
            media_type=media_type,
            size=keys.blob.size,
            system=details.system,
            controller_id=case.item(item_id).controller_id,
            purpose=details.purpose,
            provenance=details.provenance,
            description=details.description,
            collected_at=details.collected_at or work.acting.at,
            content=replace(keys.blob, media_type=media_type),
        )
        return {"attachment": attachment, "key": keys.introductions[0]}

    def discard(self, upload_id: UUID, caller: Caller) -> Upload:
        """Discard an upload with all its parts; return its progress.

        Raises UploadUnknown, Forbidden (an item of another controller).
        """
        upload = self.show(upload_id, caller)
        require_answering(self._case_of(upload, caller), caller, of_items(upload.item_id))
        self.take_away(upload)
        return upload

    def abandoned(self) -> list[Upload]:
        """Abandoned uploads, by the days in the settings."""
        return self._store.abandoned()

    def take_away(self, upload: Upload) -> None:
        """Remove an upload with all its parts. Raises UploadUnknown if it was completed or continued meanwhile."""
        parts = self._store.parts(upload)
        self._store.forget(upload)
        self._destroy(upload, parts)

    @use_case
    def discard_attachment(self, request_id: UUID, attachment_id: UUID, call: Call) -> Answer:
        """Take a file out again; its key is destroyed, so it can't be handed over by mistake, and it is deleted."""
        repository = self._repository

        def answering(case: Request) -> set[str]:
            held = case.copies.attachments.get(attachment_id)
            return set() if held is None else {case.item(held.item_id).controller_id}

        with changing(repository, request_id, call, answering=answering) as work:
            held = work.case.copies.attachments.get(attachment_id)
            work.case.discard_attachment(work.acting, attachment_id=attachment_id)
            if held is not None:
                content = held.content
                work.irrevocable(
                    lambda: repository.keystore.destroy([content.key_id]),
                    lambda: repository.blobs.delete(content.blob_id),
                )
        return work.answer

    def _case_of(self, upload: Upload, caller: Caller) -> Request:
        """The case of an upload, if the caller may see it. Raises UploadUnknown."""
        try:
            return self._repository.request(upload.request_id, caller)
        except RequestUnknown:
            raise UploadUnknown() from None

    def _content(self, upload: Upload, parts: list[BlobRef]) -> Iterator[bytes]:
        try:
            key = self._repository.keystore.open(upload.key_id)
            for part in parts:
                yield from self._repository.blobs.read(part, key)
        except (BlobMissing, KeyDestroyed):
            self._store.find(upload.upload_id)  # completed or discarded meanwhile: then it is unknown
            raise

    def _destroy(self, upload: Upload, parts: list[BlobRef]) -> None:
        """Delete parts and key, after its rows are gone for good; the sweep finds what a crash leaves behind."""
        self._repository.keystore.destroy([upload.key_id])
        for part in parts:
            self._repository.blobs.delete(part.blob_id)
