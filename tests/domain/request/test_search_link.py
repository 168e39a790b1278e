"""A link lets the owner of a system answer once for one system of one item (docs/law §11)."""

from datetime import timedelta

from dsr.domain.request.errors import ItemNotOpen, ItemUnknown, NotRegistered, ReasonRequired, RequestIsClosed
from dsr.domain.request.search_link import SearchLinkUnknown, SystemNotAwaited, link_with
from dsr.domain.rights import Right
from tests.domain.request.a_case import OpenCase


def test_a_link_opens_once_until_it_expires_or_is_replaced(a_case: OpenCase) -> None:
    # given
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.issue_search_link("access", system="crm", token_sha256="1" * 64)
    # when it is opened
    case.open_search_link(session_sha256="2" * 64)
    # then it opens nothing more, and its session is for this item and system
    item, link = link_with(case.request, session_sha256="2" * 64)
    assert (item.item_id, link.system, link.runs(case.now)) == ("access", "crm", True)
    assert not link.runs(case.now + timedelta(hours=12))
    with case.refuses(SearchLinkUnknown):
        case.open_search_link(link_id=link.link_id)
    # and a new link for the system ends the session, and the link before
    case.issue_search_link("access", system="crm", token_sha256="3" * 64)
    first = case.search_link_id
    case.issue_search_link("access", system="crm", token_sha256="4" * 64)
    for ended in ({"session_sha256": "2" * 64}, {"token_sha256": "3" * 64}, {}):
        with case.refuses(SearchLinkUnknown):
            link_with(case.request, **ended)
    with case.refuses(SearchLinkUnknown):
        case.open_search_link(link_id=first)
    # and its time ends
    case.now += timedelta(days=7)
    with case.refuses(SearchLinkUnknown):
        case.open_search_link()


def test_a_link_asks_for_what_an_item_waits_for(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.OBJECTION, Right.ERASURE)
    for refused, item_id, changes in (
        (ReasonRequired, "access", {"look_for": None}),
        (SystemNotAwaited, "access", {"system": "archive"}),
        (SystemNotAwaited, "objection", {}),
        (ItemUnknown, "rectification", {}),
    ):
        with case.refuses(refused):
            case.issue_search_link(item_id, **changes)
    case.issue_search_link("erasure")
    case.account_for_systems("access", accounts=case.accounts("telephony", "crm"))
    with case.refuses(SystemNotAwaited):
        case.issue_search_link("access")
    case.issue_search_link("erasure", system="telephony")
    case.record_nothing_held("access")
    with case.refuses(ItemNotOpen):
        case.issue_search_link("access")
    unregistered = a_case()
    with unregistered.refuses(NotRegistered):
        unregistered.issue_search_link("access")


def test_the_end_of_an_item_ends_its_links(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.issue_search_link("access", system="crm")
    case.account_for_systems("access", accounts=case.accounts("telephony", "crm"))
    case.record_nothing_held("access")
    with case.refuses(ItemNotOpen):
        case.open_search_link()
    closed = a_case()
    closed.dismiss()
    with closed.refuses(RequestIsClosed):
        closed.open_search_link()
    with closed.refuses(RequestIsClosed):
        closed.issue_search_link("access")
