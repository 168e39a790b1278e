"""Use cases of data that systems returned for access and portability (GDPR Art. 15(3), 20(1))."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.originals import kept
from dsr.desk.repository import Answering, Repository
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request import Request
from dsr.domain.request.data_set import DataSet, FieldDescription
from dsr.domain.request.guards import require_item
from dsr.domain.request.values import Provenance
from dsr.domain.ropa import System
from dsr.domain.sealed import KeyPurpose
from dsr.exports import Record, described, json_chunks, occurring, read_records, require_name


class CollectionDesk:
    """collect a data set; discard it again."""

    def __init__(self, repository: Repository, max_upload_bytes: int) -> None:
        self._repository = repository
        self._max_upload_bytes = max_upload_bytes

    @use_case
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
        """Read, check and store data from a system (JSON or CSV), as records in JSON under a key of its own.

        Every field must be described: in `fields`, or in the data dictionary of the system in the record of processing
        that the case pinned. Raises Forbidden (an item of another controller), DataUnreadable, DataTooLarge,
        DataFormatUnknown, DataFieldsUndescribed, SystemUnknown, and what the domain refuses.
        """
        repository = self._repository
        with changing(repository, request_id, call, item_id=item_id) as work:
            case = work.case
            require_name(name)
            read = partial(read_records, content, media_type, max_bytes=self._max_upload_bytes, delimiter=delimiter)
            source = repository.ropa.at_version(case.ropa_version).document.system(system)
            fields = (*fields, *_of_dictionary(source, fields, read))
            checked = described(read(), fields)
            # Each record is checked while the file is written; a refused record deletes the file.
            chunks = json_chunks(checked)
            keys = work.enter(kept(repository, chunks, "application/json", KeyPurpose.BLOB))
            assert keys.blob is not None  # noqa: S101 - content was given
            case.collect_data(
                work.acting,
                data_set=DataSet(
                    data_set_id=uuid4(),
                    item_id=item_id,
                    name=name,
                    system=system,
                    controller_id=require_item(case, item_id).controller_id,
                    purpose=purpose,
                    provenance=provenance,
                    fields=fields,
                    collected_at=collected_at or work.acting.at,
                    content=keys.blob,
                ),
                key=keys.introductions[0],
            )
        return work.answer

    @use_case
    def discard(self, request_id: UUID, data_set_id: UUID, call: Call) -> Answer:
        """Take a data set out again; its key is destroyed, so it can't be handed over by mistake."""
        repository = self._repository
        with changing(repository, request_id, call, answering=_of_data_set(data_set_id)) as work:
            held = work.case.copies.data_sets.get(data_set_id)
            work.case.discard_data(work.acting, data_set_id=data_set_id)
            if held is not None:
                key_id = held.content.key_id
                work.irrevocable(lambda: repository.keystore.destroy([key_id]))
        return work.answer


def _of_dictionary(
    system: System, given: tuple[FieldDescription, ...], read: Callable[[], Iterable[Record]]
) -> tuple[FieldDescription, ...]:
    """What the data dictionary of the system says of fields that occur in the data and that nobody described."""
    said = {each.name for each in given}
    unsaid = [each for each in system.fields if each.name not in said]
    if not unsaid:
        return ()
    found = occurring(read(), {each.name for each in unsaid})
    return tuple(
        FieldDescription(each.name, each.meaning, Provenance(each.provenance), each.unit, each.zone)
        for each in unsaid
        if each.name in found
    )


def _of_data_set(data_set_id: UUID) -> Answering:
    """The controllers that decide on a data set: those that answer its item."""

    def answering(case: Request) -> Collection[str]:
        held = case.copies.data_sets.get(data_set_id)
        return () if held is None else {case.item(held.item_id).controller_id}

    return answering
