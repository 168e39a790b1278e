"""Shared by the use cases of packages: finding a package, and checking that it may be handed over now."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from dsr.desk.caller import Call, Caller
from dsr.desk.errors import ExportUnknown, RequestUnknown
from dsr.desk.exports.links import ExportLinks
from dsr.desk.exports.other_languages import other_languages
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository, of_items, require_answering
from dsr.desk.signing import SigningDesk
from dsr.desk.unit_of_work import UnitOfWork, unit_of_work
from dsr.desk.upload_store import UploadStore
from dsr.domain.acting import Acting
from dsr.domain.errors import DomainError
from dsr.domain.export import Export, ExportIsPurged, ExportKind, ExportOutdated, RevocationReason
from dsr.domain.request import Request
from dsr.domain.request.collection import ItemHasNoCopy
from dsr.domain.request.errors import IdentityUnresolved, ItemNotGranted, NotRegistered
from dsr.domain.request.guards import require_redacted
from dsr.domain.request.values import UNRESOLVED, ItemStatus
from dsr.domain.rights import Right
from dsr.projections.exports import exports_of
from dsr.projections.rows import Row

_KIND_OF: Final = {Right.ACCESS: ExportKind.ACCESS, Right.PORTABILITY: ExportKind.PORTABILITY}


@dataclass(frozen=True)
class Packages:
    """The collaborators of the use cases of packages."""

    repository: Repository
    links: ExportLinks
    signing: SigningDesk
    uploads: UploadStore
    export_days: int
    """How long a link works, and how long a package without a link is kept."""
    new_link_at_once: bool
    """Whether a person who asks for a new link gets it without the team."""


def find(packages: Packages, export_id: UUID) -> Export:
    """The package, without a check of scope. Raises ExportUnknown."""
    export = packages.repository.find(Export, export_id)
    if export is None:
        raise ExportUnknown()
    return export


def kept_of(repository: Repository, request_id: UUID) -> Iterator[Export]:
    """The packages of a case that are still kept, oldest first."""
    with repository.database.glancing() as connection:
        ids = [row["export_id"] for row in exports_of(connection, request_id)]
    for export_id in ids:
        export = repository.find(Export, export_id)
        if export is not None and export.purged_at is None:
            yield export


def links_revoked(
    repository: Repository, request_id: UUID, acting: Acting, reason: RevocationReason
) -> tuple[Export, ...]:
    """The packages of a case that changed, once every link was revoked: none of them opens again, expired or not."""
    kept = tuple(kept_of(repository, request_id))
    for export in kept:
        export.revoke_all(acting, reason=reason)
    return tuple(each for each in kept if each.pending_events)


def find_for(packages: Packages, export_id: UUID, caller: Caller) -> tuple[Export, Request]:
    """The package and its case, for a caller who sees the case. Raises ExportUnknown."""
    export = find(packages, export_id)
    try:
        return export, packages.repository.request(export.request_id, caller)
    except RequestUnknown:
        raise ExportUnknown() from None


@contextmanager
def deciding(packages: Packages, export_id: UUID, call: Call) -> Iterator[tuple[UnitOfWork, Export, Request]]:
    """A unit of work on a package, with its case, which answers with the package.

    The caller has to know this version of the package, and to work for the controller that answers its item.
    Raises what `unit_of_work` does; ExportUnknown, VersionStale, Forbidden, ItemUnknown.
    """
    with unit_of_work(packages.repository, call) as work:
        export, case = find_for(packages, export_id, call.caller)
        work.change(export, lambda: answer_with(packages.repository, export, case))
        require_answering(case, call.caller, of_items(export.item_id))
        yield work, export, case


def view(packages: Packages, export_id: UUID, caller: Caller) -> Answer:
    """The package, as its commands answer, for a caller who sees its case. Raises ExportUnknown."""
    return answer_with(packages.repository, *find_for(packages, export_id, caller))


def of_case(packages: Packages, request_id: UUID, caller: Caller) -> Sequence[Row]:
    """The packages of a case, oldest first, and whether each is outdated. Raises RequestUnknown."""
    case = packages.repository.request(request_id, caller)
    with packages.repository.database.glancing() as connection:
        rows = exports_of(connection, case.id)
    return [
        package
        | {
            "outdated": is_outdated(package, case),
            "other_languages": other_languages(packages.repository, case, package["item_id"]),
        }
        for package in rows
    ]


def require_package(packages: Packages, case: Request, item_id: str, export_id: UUID) -> Export:
    """The package, if it was built for this item and may be handed over.

    Raises ExportUnknown, and as `require_deliverable`.
    """
    export = find(packages, export_id)
    if (export.request_id, export.item_id) != (case.id, item_id):
        raise ExportUnknown()
    require_deliverable(export, case)
    return export


def digest(packages: Packages, export: Export) -> str:
    """SHA-256 of the package as it was prepared, hex. Raises KeyDestroyed, SealBroken."""
    found: str = packages.repository.sealer.open_json(
        export.package_digest, stream_id=export.id, field="package_digest"
    )
    return found


def kind_of(case: Request, item_id: str) -> ExportKind:
    """The kind of package for an item, which must be granted or done, with the person identified and data of others
    redacted.

    Raises NotRegistered, ItemUnknown, ItemHasNoCopy, ItemNotGranted, IdentityUnresolved, RedactionPending.
    """
    kind = kind_of_copy(case, item_id)
    if case.identity.status in UNRESOLVED:
        raise IdentityUnresolved()
    require_redacted(case, item_id)
    return kind


def kind_of_copy(case: Request, item_id: str) -> ExportKind:
    """The kind of package that an item which is granted or done will have.

    Raises NotRegistered, ItemUnknown, ItemHasNoCopy, ItemNotGranted.
    """
    if not case.items:
        raise NotRegistered()
    item = case.item(item_id)
    if item.right not in _KIND_OF:
        raise ItemHasNoCopy(item_id=item_id)
    if item.status not in (ItemStatus.GRANTED, ItemStatus.DONE):
        raise ItemNotGranted(item_id=item_id, status=item.status.value)
    return _KIND_OF[item.right]


def require_deliverable(export: Export, case: Request) -> None:
    """Raise unless the package may be handed over in the present state of the case.

    The case may have changed since the package was built: doubts about the identity, a withdrawal, data that came or
    went, corrections. A package that lacks data is withheld like one that holds too much, even after its link was
    redeemed: a part would pass for the whole copy (GDPR Art. 15(3)), and a new package can be prepared at any time.
    After an item was passed on, the package still names the controller that answered before. Raises ExportIsPurged,
    ExportOutdated, and as `kind_of`.
    """
    if export.purged_at is not None:
        raise ExportIsPurged(purged_at=export.purged_at)
    kind_of(case, export.item_id)
    if case.has_copy_changed(export.item_id, since=export.request_version, controller_id=export.controller_id):
        raise ExportOutdated()


def is_deliverable(export: Export, case: Request) -> bool:
    """Whether the package may be handed over in the present state of the case."""
    try:
        require_deliverable(export, case)
    except DomainError:
        return False
    return True


def is_outdated(package: Row, case: Request) -> bool:
    """True once anything that the package contains has changed; by its row. A new one has to be prepared."""
    since, controller_id = package["request_version"], package["controller_id"]
    return case.has_copy_changed(package["item_id"], since=since, controller_id=controller_id)


def can_be_fetched(package: Row, case: Request, at: datetime) -> bool:
    """Whether the latest link of a package, or its session, works in the present state of the case; by its row.

    The check is the same as when the link is used, so that the person is told of no dead link.
    """
    ends_at = package["session_ends_at"] or package["expires_at"]
    if ends_at is None or ends_at <= at or package["revoked"] is not None or package["purged_at"] is not None:
        return False
    try:
        kind_of(case, package["item_id"])
    except DomainError:
        return False
    return not is_outdated(package, case)


def answer_with(repository: Repository, export: Export, case: Request) -> Answer:
    """The package, as its commands answer."""
    offer = export.offer_made
    body = {
        "export_id": export.id,
        "request_id": export.request_id,
        "item_id": export.item_id,
        "kind": export.kind,
        "files": export.files,
        "size": export.package.size,
        "ciphertext_sha256": export.package.ciphertext_sha256,
        "kept_until": export.kept_until,
        "purged_at": export.purged_at,
        "outdated": case.has_copy_changed(
            export.item_id, since=export.request_version, controller_id=export.controller_id
        ),
        "other_languages": other_languages(repository, case, export.item_id),
        "link": None
        if offer is None
        else {
            "token_id": offer.token_id,
            "expires_at": offer.expires_at,
            "redeemed_at": offer.redeemed_at,
            "session_ends_at": offer.session_ends_at,
            "downloaded_at": offer.downloaded_at,
            "revoked": offer.revoked,
            "wrong_secrets": offer.wrong_secrets,
        },
    }
    return Answer(msgspec.json.encode(body), export.version, str(export.id))
