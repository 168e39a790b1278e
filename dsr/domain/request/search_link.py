"""A link by which the owner of a system answers for it without an account (GDPR Art. 5(1)(c), 5(2), 32; docs/law §11).

The link opens once, and begins a session for this system of this item alone.
"""

from datetime import datetime
from hmac import compare_digest
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused, Unknown
from dsr.domain.frozen import replace
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import ReasonRequired
from dsr.domain.request.guards import require_registered
from dsr.domain.request.item import Item
from dsr.domain.request.search_list import SearchLink
from dsr.domain.request.searching import may_account_for_systems, open_systems
from dsr.domain.request.state_guards import state_guard
from dsr.domain.sealed import Sealed


class SystemNotAwaited(Refused):
    """The item does not wait for this system: it is not on the search list, or has accounted for itself.
    `GET /requests/{request_id}/items/{item_id}/search` lists those that it waits for (`open`).
    """

    code = "system-not-awaited"


class SearchLinkUnknown(Unknown):
    """This link opens nothing: it was opened before, expired, or was replaced. Ask whoever sent it for a new one."""

    code = "search-link-unknown"


class SearchLinkIssued(RequestEvent):
    """A handler made a link by which the owner of a system answers for it. An earlier link for it ends."""

    TOPIC: ClassVar[str] = "dsr.request.search-link-issued"
    item_id: str
    system: str
    link_id: UUID
    token_sha256: str
    """Of the secret of 256 bits that the link holds, hex; the secret is stored nowhere."""
    expires_at: datetime
    look_for: Sealed
    """What the owner has to look for, and nothing more."""

    def apply(self, case: Case) -> None:
        item = case.items[self.item_id]
        link = SearchLink(
            self.link_id, self.system, self.token_sha256, self.originator_version, self.expires_at, self.look_for
        )
        case.items[self.item_id] = replace(item, search_links={**item.search_links, self.system: link})


class SearchLinkOpened(RequestEvent):
    """The owner of a system opened the link, once, and read what to look for."""

    TOPIC: ClassVar[str] = "dsr.request.search-link-opened"
    item_id: str
    link_id: UUID
    session_sha256: str
    """Of the secret of the session that it began, hex."""
    session_ends_at: datetime

    def apply(self, case: Case) -> None:
        item = case.items[self.item_id]
        link = next(each for each in item.search_links.values() if each.link_id == self.link_id)
        opened = replace(link, session_sha256=self.session_sha256, session_ends_at=self.session_ends_at)
        case.items[self.item_id] = replace(item, search_links={**item.search_links, link.system: opened})


@state_guard
def may_issue_search_link(case: Case, *, item_id: str) -> Item:
    """As long as the item waits for a system.

    Raises SystemNotAwaited, ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed.
    """
    item = may_account_for_systems(case, item_id=item_id)
    if not open_systems(case, item):
        raise SystemNotAwaited(item_id=item_id)
    return item


@state_guard
def may_open_search_link(case: Case, acting: CaseActing, *, link_id: UUID) -> Item:
    """Once, until it expires or is replaced, and as long as the systems of its item may be accounted for.

    Raises SearchLinkUnknown, ItemNotOpen, NotRegistered, RequestIsClosed.
    """
    for item in case.items.values():
        for link in item.search_links.values():
            if link.link_id == link_id:
                may_account_for_systems(case, item_id=item.item_id)
                if link.session_sha256 or link.expires_at <= acting.at:
                    raise SearchLinkUnknown()
                return item
    require_registered(case)
    raise SearchLinkUnknown()


class SearchLinkCommands(Case):
    """issue and open a link for the owner of a system."""

    def issue_search_link(
        self,
        acting: CaseActing,
        *,
        item_id: str,
        system: str,
        link_id: UUID,
        token_sha256: str,
        expires_at: datetime,
        look_for: Sealed | None,
    ) -> None:
        """Make a link for a system that the item waits for; an earlier one for it ends.

        Raises SystemNotAwaited, ReasonRequired (nothing to look for), ItemUnknown, ItemNotOpen, NotRegistered,
        RequestIsClosed.
        """
        item = may_issue_search_link(self, item_id=item_id)
        if system not in open_systems(self, item):
            raise SystemNotAwaited(item_id=item_id, system=system)
        if look_for is None:
            raise ReasonRequired("Say what the owner of the system has to look for, and nothing more.")
        self.record(
            acting,
            SearchLinkIssued,
            item_id=item_id,
            system=system,
            link_id=link_id,
            token_sha256=token_sha256,
            expires_at=expires_at,
            look_for=look_for,
        )

    def open_search_link(
        self, acting: CaseActing, *, link_id: UUID, session_sha256: str, session_ends_at: datetime
    ) -> None:
        """Open a link, once, which begins a session.

        Raises SearchLinkUnknown (opened before, expired, replaced), ItemUnknown, ItemNotOpen, NotRegistered,
        RequestIsClosed.
        """
        item = may_open_search_link(self, acting, link_id=link_id)
        self.record(
            acting,
            SearchLinkOpened,
            item_id=item.item_id,
            link_id=link_id,
            session_sha256=session_sha256,
            session_ends_at=session_ends_at,
        )


def link_with(case: Case, *, token_sha256: str = "", session_sha256: str = "") -> tuple[Item, SearchLink]:
    """The link with this secret, or the one that began the session with this secret, and its item.

    Raises SearchLinkUnknown, also where the item waits for no system any more.
    """
    for item in case.items.values():
        for link in item.search_links.values():
            pairs = ((token_sha256, link.token_sha256), (session_sha256, link.session_sha256))
            if any(given and compare_digest(given, known) for given, known in pairs):
                return item, link
    raise SearchLinkUnknown()
