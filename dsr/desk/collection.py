"""What systems returned for access and portability (GDPR Art. 15(3), 20(1))."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID, uuid4

from dsr.desk.caller import Call
from dsr.desk.casebook import Answering, Casebook, of_items, once, require_answering, require_version
from dsr.desk.idempotency import Answer
from dsr.desk.originals import kept
from dsr.domain.acting import CaseActing
from dsr.domain.request import Request
from dsr.domain.request.data_set import DataSet, FieldDescription
from dsr.domain.request.values import Provenance
from dsr.domain.sealed import KeyPurpose
from dsr.exports import described, json_chunks, read_records, require_name


class CollectionDesk:
    """collect a data set; discard it again."""

    def __init__(self, book: Casebook, max_upload_bytes: int) -> None:
        self._book = book
        self._max_upload_bytes = max_upload_bytes

    @once
    def collect(
        self,
        request_id: UUID,
        item_id: str,
        call: Call,
        *,
        content: bytes,
        media_type: str,
        name: str,
        system: str,
        purpose: str,
        provenance: Provenance,
        fields: tuple[FieldDescription, ...],
        collected_at: datetime | None,
        delimiter: str = ",",
    ) -> Answer:
        """Read, check and keep what a system returned (JSON or CSV), as records in JSON under a key of its own.

        Every field must be described. Raises Forbidden (an item of another controller), DataUnreadable, DataTooLarge,
        DataFormatUnknown, DataFieldsUndescribed, SystemUnknown, and what the domain refuses.
        """
        book = self._book
        case = book.request(request_id, call.caller)
        require_version(case, call.expected)
        require_answering(case, call.caller, of_items(item_id))
        require_name(name)
        records = read_records(content, media_type, max_bytes=self._max_upload_bytes, delimiter=delimiter)
        checked = described(records, fields)
        book.ropa.at_version(case.ropa_version).document.system(system)
        at = book.now()
        # Checked record by record on the way into its file, which goes again where one is refused.
        chunks = json_chunks(checked)
        with kept(book.keystore, book.blobs, request_id, chunks, "application/json", KeyPurpose.BLOB) as keys:
            assert keys.blob is not None  # noqa: S101 - content was given
            case.collect_data(
                self._book.acting_on(case, call.caller.actor, at),
                data_set=DataSet(
                    data_set_id=uuid4(),
                    item_id=item_id,
                    name=name,
                    system=system,
                    controller_id=case.item(item_id).controller_id,
                    purpose=purpose,
                    provenance=provenance,
                    fields=fields,
                    collected_at=collected_at or at,
                    content=keys.blob,
                ),
                key=keys.introductions[0],
            )
            return book.commit(case, call=call, respond=lambda: book.view(request_id))

    def discard(self, request_id: UUID, data_set_id: UUID, call: Call) -> Answer:
        """Take a data set out again; its key is destroyed, so it can't be handed over by mistake."""
        book = self._book
        doomed: list[UUID] = []

        def discard(case: Request, acting: CaseActing) -> None:
            held = case.copies.data_sets.get(data_set_id)
            case.discard_data(acting, data_set_id=data_set_id)
            if held is not None:
                doomed.append(held.content.key_id)

        return book.change(
            request_id,
            call,
            discard,
            irrevocable=[lambda: book.keystore.destroy(doomed)],
            answering=_of_data_set(data_set_id),
        )


def _of_data_set(data_set_id: UUID) -> Answering:
    """A data set belongs to those who answer its item."""

    def answering(case: Request) -> Collection[str]:
        held = case.copies.data_sets.get(data_set_id)
        return () if held is None else {case.item(held.item_id).controller_id}

    return answering
