"""Preparation of a package: built from the collected data of an item, and sealed while it is built (GDPR Art. 15(3),
20).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from dsr.desk.access_information import corrections_for, information_for
from dsr.desk.caller import Call
from dsr.desk.exports.own_file import messages_of, own_file, sealed_versions
from dsr.desk.exports.packages import Packages, answer_with, kind_of, kind_of_copy
from dsr.desk.idempotency import Answer
from dsr.desk.originals import kept
from dsr.desk.repository import of_items, require_answering, require_version
from dsr.desk.search_results import gives_own_file, is_nothing_left_out, results_of
from dsr.desk.unit_of_work import unit_of_work, use_case
from dsr.domain.events import Event
from dsr.domain.export import Export
from dsr.domain.request import Request
from dsr.domain.request.attachment import Attachment
from dsr.domain.request.data_set import DataSet
from dsr.domain.request.searching import require_searched
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.ropa import Ropa
from dsr.domain.sealed import BlobRef, KeyPurpose
from dsr.exports import (
    Collected,
    ControllerFacts,
    PackageContents,
    PackagedFile,
    PackageStream,
    Record,
    Search,
    SearchedSystem,
    json_records,
    language_of,
)
from dsr.exports.information import quoted


@use_case
def prepare(packages: Packages, request_id: UUID, item_id: str, call: Call) -> Answer:
    """Build the package of a granted or done item from its collected data, and seal it.

    The controller that answers the item signs it. The package is written chunk by chunk, so that neither it nor a data
    set or attachment is ever held in memory as a whole. Raises RequestUnknown, VersionStale, Forbidden (an item of
    another controller), ItemUnknown, ItemHasNoCopy, ItemNotGranted, IdentityUnresolved, RedactionPending,
    SystemsUnsearched, UploadUnfinished, ExportEmpty, KeyDestroyed.
    """
    repository = packages.repository
    with unit_of_work(repository, call) as work:
        case = repository.request(request_id, call.caller)
        require_version(case, call.expected)
        require_answering(case, call.caller, of_items(item_id))
        kind, at, export_id = kind_of(case, item_id), work.acting.at, uuid4()
        require_searched(case, case.item(item_id))
        packages.uploads.require_none(request_id, item_id)
        events = repository.events_of(case)
        contents = contents_of(packages, case, item_id, at, events)
        if gives_own_file(case, case.item(item_id)):
            acting = repository.acting_on(case, work.acting)
            case.disclose(acting, purpose=DisclosurePurpose.ANSWERING, versions=sealed_versions(events))
            work.add(case)
        package = PackageStream(contents, packages.signing.signer(contents.controller.id, call))
        purposes = (KeyPurpose.EXPORT, KeyPurpose.BLOB)
        keys = work.enter(kept(repository, package, "application/zip", *purposes))
        assert keys.blob is not None  # noqa: S101 - content was given
        digest = repository.sealer.seal_json(
            package.summary.sha256, key=keys.keys[0], stream_id=export_id, field="package_digest"
        )
        export = Export.prepare(
            work.acting,
            export_id=export_id,
            request_id=request_id,
            request_version=case.version,
            item_id=item_id,
            controller_id=case.item(item_id).controller_id,
            kind=kind,
            package=keys.blob,
            package_digest=digest,
            files=package.summary.files,
            kept_until=at + timedelta(days=packages.export_days),
            keys=keys.introductions,
        )
        work.add(export)
        work.respond(lambda: answer_with(repository, export, case))
    return work.answer


def contents_of(
    packages: Packages, case: Request, item_id: str, at: datetime, events: tuple[Event, ...]
) -> PackageContents:
    """What the package of an item holds, as far as it was collected and redacted by now."""
    document = packages.repository.ropa.at_version(case.ropa_version).document
    data_sets = [each for each in case.copies.data_sets.values() if each.item_id == item_id]
    attachments = [each for each in case.copies.attachments.values() if each.item_id == item_id]
    item = case.item(item_id)
    answering = item.controller_id
    repository = packages.repository
    say = language_of(case.language, document.controller(answering).languages)

    def named(text: str) -> str:
        return str(quoted(document, text, say))

    with_file = gives_own_file(case, item) and bool(data_sets or attachments)
    # the controller that answered before the item was passed on
    collected_by = {each.controller_id for each in data_sets} | {each.controller_id for each in attachments}
    return PackageContents(
        reference=case.reference,
        kind=kind_of_copy(case, item_id),
        controller=_facts_of(document, answering),
        joint_controllers=tuple(_facts_of(document, other) for other in sorted(collected_by - {answering})),
        prepared_at=at,
        search=Search(
            tuple(
                SearchedSystem(each.system, each.result, each.searched_at or at, each.reason)
                for each in results_of(repository, case, item)
            ),
            groups_not_searched=tuple(
                named(document.group_name(each)) for each in (item.search.set_aside if item.search is not None else ())
            ),
            is_whole=is_nothing_left_out(repository, case, item),
        ),
        refused=tuple(named(document.name_of(each)) for each in item.refused_in_part),
        replaced=tuple(case.copies.replaced_for(item_id)),
        data=(
            *(
                Collected(_spoken(each, named), partial(_records, packages, each), document.terms_of(each.system))
                for each in data_sets
            ),
            *([own_file(repository, item, events, say, at)] if with_file else []),
        ),
        attachments=(
            *(replace(_attached(packages, each), purpose=named(each.purpose)) for each in attachments),
            *(messages_of(repository, item, events, say, at) if with_file else []),
        ),
        information=information_for(repository, case, item_id, corrections_for(repository, case, item_id)),
        redactions=case.copies.redactions,
        language=case.language,
    )


def _spoken(data_set: DataSet, named: Callable[[str], str]) -> DataSet:
    """The data set in words of the package's language, as far as they are those of the record of processing: its data
    dictionary and its purposes. The names in the data stay.
    """
    return replace(
        data_set,
        purpose=named(data_set.purpose),
        fields=tuple(replace(each, description=named(each.description)) for each in data_set.fields),
    )


def _records(packages: Packages, data_set: DataSet) -> Iterator[Record]:
    """Raises KeyDestroyed, BlobMissing, SealBroken, the latter also while it is iterated."""
    return json_records(_chunks(packages, data_set.content))


def _attached(packages: Packages, attachment: Attachment) -> PackagedFile:
    return PackagedFile(
        attachment_id=attachment.attachment_id,
        name=attachment.name,
        media_type=attachment.media_type,
        size=attachment.size,
        description=attachment.description,
        provenance=attachment.provenance,
        system=attachment.system,
        controller_id=attachment.controller_id,
        purpose=attachment.purpose,
        collected_at=attachment.collected_at,
        chunks=partial(_chunks, packages, attachment.content),
    )


def _chunks(packages: Packages, ref: BlobRef) -> Iterator[bytes]:
    return packages.repository.blobs.read(ref, packages.repository.keystore.open(ref.key_id))


def _facts_of(document: Ropa, controller_id: str) -> ControllerFacts:
    controller = document.controller(controller_id)
    return ControllerFacts(
        id=controller.id,
        name=controller.name,
        country=controller.country,
        contact=document.mailbox_of(controller.id),
    )
