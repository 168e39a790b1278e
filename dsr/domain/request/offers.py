"""Links to packages, as the case records them: offered, revoked, asked for again (docs/law §12; GDPR Art. 5(1)(f), 32).

The package and its links are an aggregate of their own (`dsr/domain/export`). The case records what its closing and its
team need to know of them.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.export import RevocationReason
from dsr.domain.frozen import replace
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.guards import require_living
from dsr.domain.request.item import Item
from dsr.domain.request.package_offer import PackageOffer
from dsr.domain.request.state_guards import state_guard


class LinkAlreadyRequested(Refused):
    """A new link was asked for already, and the team has not answered yet. Wait for its answer."""

    code = "link-already-requested"


class PackageOffered(RequestEvent):
    """A link to a package of an item was created, or opened again with the same password."""

    TOPIC: ClassVar[str] = "dsr.request.package-offered"
    item_id: str
    export_id: UUID
    token_id: UUID
    """The link; the same one as before if it was opened again."""
    expires_at: datetime

    def apply(self, case: Case) -> None:
        item = case.items[self.item_id]
        earlier = item.offer
        if earlier is not None and earlier.token_id == self.token_id:
            offer = replace(earlier, offered_at=self.timestamp, expires_at=self.expires_at)
        else:
            offer = PackageOffer(
                export_id=self.export_id,
                token_id=self.token_id,
                offered_at=self.timestamp,
                expires_at=self.expires_at,
                link_left_by=None if earlier is None else earlier.link_left_by,
            )
        case.items[self.item_id] = replace(item, offer=offer, link_requested_at=None)


class OfferRevoked(RequestEvent):
    """The link to a package of an item was revoked, so that its password is not awaited any more."""

    TOPIC: ClassVar[str] = "dsr.request.offer-revoked"
    item_id: str
    token_id: UUID
    reason: RevocationReason

    def apply(self, case: Case) -> None:
        item = case.items[self.item_id]
        if item.offer is not None and item.offer.token_id == self.token_id:
            case.items[self.item_id] = replace(item, offer=None)


class LinkRequested(RequestEvent):
    """The person asked for a new link to a package, since theirs is used up, expired or lost."""

    TOPIC: ClassVar[str] = "dsr.request.link-requested"
    item_id: str
    export_id: UUID

    def apply(self, case: Case) -> None:
        case.items[self.item_id] = replace(case.items[self.item_id], link_requested_at=self.timestamp)


@state_guard
def may_offer_package(case: Case, *, item_id: str) -> Item:
    """Any item of a person who is alive, on closed cases too: the package says whether it may be handed over.

    Raises SubjectDeceased, ItemUnknown.
    """
    require_living(case)
    return case.item(item_id)


@state_guard
def may_revoke_offer(case: Case, *, item_id: str) -> Item:
    """Any item, on closed cases too: a link can be revoked at any time. Raises ItemUnknown."""
    return case.item(item_id)


@state_guard
def may_ask_for_link(case: Case, *, item_id: str) -> Item:
    """An item for which no new link was asked yet, on closed cases too. Raises SubjectDeceased, LinkAlreadyRequested,
    ItemUnknown.
    """
    require_living(case)
    item = case.item(item_id)
    if item.link_requested_at is not None:
        raise LinkAlreadyRequested(requested_at=item.link_requested_at)
    return item


class OfferCommands(Case):
    """offer a package; revoke its link; ask for a new link."""

    def offer_package(
        self, acting: CaseActing, *, item_id: str, export_id: UUID, token_id: UUID, expires_at: datetime
    ) -> None:
        """Record that a link to a package of this item was created. Raises SubjectDeceased, ItemUnknown."""
        may_offer_package(self, item_id=item_id)
        self.record(
            acting, PackageOffered, item_id=item_id, export_id=export_id, token_id=token_id, expires_at=expires_at
        )

    def revoke_offer(self, acting: CaseActing, *, item_id: str, token_id: UUID, reason: RevocationReason) -> None:
        """Record that a link to a package of this item was revoked. Raises ItemUnknown."""
        may_revoke_offer(self, item_id=item_id)
        self.record(acting, OfferRevoked, item_id=item_id, token_id=token_id, reason=reason)

    def ask_for_link(self, acting: CaseActing, *, item_id: str, export_id: UUID) -> None:
        """Record that the person asked for a new link. Raises SubjectDeceased, LinkAlreadyRequested, ItemUnknown."""
        may_ask_for_link(self, item_id=item_id)
        self.record(acting, LinkRequested, item_id=item_id, export_id=export_id)
