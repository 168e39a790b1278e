"""What preparing and delivering share: which package, whose, and whether it may be handed over as things stand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from dsr.desk.caller import Call, Caller
from dsr.desk.casebook import Casebook, of_items, require_answering, require_version
from dsr.desk.errors import ExportUnknown, RequestUnknown
from dsr.desk.exports.links import ExportLinks
from dsr.desk.idempotency import Answer
from dsr.desk.signing import SigningDesk
from dsr.desk.upload_shelf import UploadShelf
from dsr.domain.errors import DomainError
from dsr.domain.export import Export, ExportIsPurged, ExportKind, ExportOutdated
from dsr.domain.request import Request
from dsr.domain.request.collection import ItemHasNoCopy
from dsr.domain.request.errors import IdentityUnresolved, ItemNotGranted
from dsr.domain.request.guards import require_redacted
from dsr.domain.request.values import UNRESOLVED, ItemStatus
from dsr.domain.rights import Right
from dsr.projections.exports import exports_of
from dsr.projections.rows import Row

_KIND_OF: Final = {Right.ACCESS: ExportKind.ACCESS, Right.PORTABILITY: ExportKind.PORTABILITY}


class ExportRoom:
    """Finds packages, and says who may decide about them."""

    def __init__(
        self, book: Casebook, links: ExportLinks, signing: SigningDesk, uploads: UploadShelf, *, export_days: int
    ) -> None:
        """`export_days`: how long a link works, and a package that nobody was offered is kept."""
        self._book = book
        self._links = links
        self._signing = signing
        self._uploads = uploads
        self._export_days = export_days

    def view(self, export_id: UUID, caller: Caller) -> Answer:
        """The package as commands on it answer, for those who see its case. Raises ExportUnknown."""
        export = self._find(export_id)
        return answer_with(export, self._case_of(export, caller))

    def of_case(self, request_id: UUID, caller: Caller) -> Sequence[Row]:
        """The packages of a case, the first prepared first, and whether each is outdated. Raises RequestUnknown."""
        case = self._book.request(request_id, caller)
        with self._book.database.glancing() as connection:
            return [package | {"outdated": is_outdated(package, case)} for package in exports_of(connection, case.id)]

    def require_package(self, case: Request, item_id: str, export_id: UUID) -> Export:
        """Raise ExportUnknown unless it was built for this item, ExportOutdated where that has changed since.

        Raises RedactionPending, as for whatever leaves; ExportIsPurged.
        """
        export = self._find(export_id)
        if (export.request_id, export.item_id) != (case.id, item_id):
            raise ExportUnknown()
        require_due(export, case)
        return export

    def digest(self, export: Export) -> str:
        """SHA-256 of the package as it was prepared, hex. Raises what opening does."""
        found: str = self._book.sealer.open_json(export.package_digest, stream_id=export.id, field="package_digest")
        return found

    def _find(self, export_id: UUID) -> Export:
        export = self._book.find(Export, export_id)
        if export is None:
            raise ExportUnknown()
        return export

    def _case_of(self, export: Export, caller: Caller) -> Request:
        """Who sees the case sees what was built for it. Raises ExportUnknown."""
        try:
            return self._book.request(export.request_id, caller)
        except RequestUnknown:
            raise ExportUnknown() from None

    def _case_to_decide(self, export: Export, call: Call) -> Request:
        """For a command: on this version, by somebody who works for the controller that answers the item."""
        case = self._case_of(export, call.caller)
        require_version(export, call.expected)
        require_answering(case, call.caller, of_items(export.item_id))
        return case


def kind_of(case: Request, item_id: str) -> ExportKind:
    """What is handed over for an item that is granted or done, to a person about whom there is no doubt.

    Nothing that holds data of somebody else. Raises ItemUnknown, ItemHasNoCopy, ItemNotGranted, IdentityUnresolved,
    RedactionPending.
    """
    item = case.item(item_id)
    if item.right not in _KIND_OF:
        raise ItemHasNoCopy(item_id=item_id)
    if item.status not in (ItemStatus.GRANTED, ItemStatus.DONE):
        raise ItemNotGranted(item_id=item_id)
    if case.identity.status in UNRESOLVED:
        raise IdentityUnresolved()
    require_redacted(case, item_id)
    return _KIND_OF[item.right]


def require_due(export: Export, case: Request) -> None:
    """The case may have gone on since the package was built: doubt, withdrawal, data that came or went, corrections.

    What lacks something is withheld like what holds too much, also from who redeemed its link already: a part would
    pass for the whole copy (GDPR Art. 15(3)), and a new package is there as soon as somebody prepares it. Where the
    item was passed on, the package still names the controller that answered before.
    """
    if export.purged_at is not None:
        raise ExportIsPurged(purged_at=export.purged_at)
    kind_of(case, export.item_id)
    if case.has_copy_changed(export.item_id, since=export.request_version, controller_id=export.controller_id):
        raise ExportOutdated()


def is_due(export: Export, case: Request) -> bool:
    """Whether the package may be handed over, as the case stands."""
    try:
        require_due(export, case)
    except DomainError:
        return False
    return True


def is_outdated(package: Row, case: Request) -> bool:
    """Whether a package, by its row, is not what would be handed over now: somebody has to prepare a new one."""
    since, controller_id = package["request_version"], package["controller_id"]
    return case.has_copy_changed(package["item_id"], since=since, controller_id=controller_id)


def can_be_fetched(package: Row, case: Request, at: datetime) -> bool:
    """Whether the latest link of a package, or the hour that it began, leads to it as the case stands, by its row.

    What is asked when the link is used, so that nobody is told of a link that leads nowhere.
    """
    ends_at = package["session_ends_at"] or package["expires_at"]
    if ends_at is None or ends_at <= at or package["revoked"] is not None or package["purged_at"] is not None:
        return False
    try:
        kind_of(case, package["item_id"])
    except DomainError:
        return False
    return not is_outdated(package, case)


def answer_with(export: Export, case: Request) -> Answer:
    """The package as its commands answer."""
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
        "link": None
        if offer is None
        else {
            "token_id": offer.token_id,
            "expires_at": offer.expires_at,
            "redeemed_at": offer.redeemed_at,
            "session_ends_at": offer.session_ends_at,
            "revoked": offer.revoked,
            "wrong_secrets": offer.wrong_secrets,
        },
    }
    return Answer(msgspec.json.encode(body), export.version, str(export.id))
