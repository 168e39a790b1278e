"""What becomes of an item: granted, carried out, found empty, refused (GDPR Art. 12(4), 12(5))."""

from datetime import timedelta
from uuid import UUID

from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.erasure import ErasureGround
from dsr.domain.request.letters import REQUIRED_STATEMENTS, LetterKind
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis
from tests.catalogue import bodies, roles
from tests.catalogue.act import Act
from tests.catalogue.command import Command, OverHttp, at_desk
from tests.catalogue.lawful_case import LawfulCase
from tests.catalogue.maker import APPROVER, SYSTEM_OWNER
from tests.catalogue.starts import ACCESS, ERASURE, registered, searched
from tests.desk.office import Office, nothing_in, refusal


def _refusal_proposed(office: Office) -> UUID:
    request_id = office.registered(Right.ERASURE)
    office.desk.items.propose_refusal(request_id, ERASURE, office.call(request_id, office.bob), draft=refusal())
    return request_id


def _searched_in_vain(office: Office) -> UUID:
    request_id = office.registered(Right.ACCESS)
    office.search(request_id, ACCESS)
    return request_id


def _grant(case: LawfulCase, item_id: str) -> dict[str, object]:
    """Erasure is granted on a ground, for the processing that it is about."""
    item = case.request.items.get(item_id)
    if item is None or item.right is not Right.ERASURE:
        return {"item_id": item_id}
    return {
        "item_id": item_id,
        "erasure_ground": ErasureGround.NO_LONGER_NECESSARY,
        "activities": (ActivityBasis("telephony", LegalBasis.CONTRACT),),
        "systems": ("telephony", "crm"),
    }


COMMANDS = (
    Command(
        name="grant",
        act=Act("grant", _grant),
        desk=at_desk("items.grant", registered(Right.ACCESS), "request.item-granted", ACCESS),
        http=OverHttp("/requests/{}/items/{}/grant", roles.EXECUTOR),
    ),
    Command(
        name="account for systems",
        act=Act(
            "account_for_systems",
            lambda case, item_id: {
                "item_id": item_id,
                "accounts": case.accounts("telephony", "crm"),
                "listed": case.listed("acme-de")[0],
            },
            actor=SYSTEM_OWNER,
        ),
        desk=at_desk(
            "search_lists.account",
            registered(Right.ACCESS),
            "request.system-searched",
            ACCESS,
            reports=(nothing_in("crm"),),
        ),
        http=OverHttp(
            "/requests/{}/items/{}/search",
            roles.EXECUTOR,
            {"reports": [{"system": "crm", "result": "nothing", "identifiers": "ada@example.org"}]},
        ),
    ),
    Command(
        name="issue a link to the owner of a system",
        act=Act(
            "issue_search_link",
            lambda case, item_id: {
                "item_id": item_id,
                "system": case.awaited_system(item_id),
                "link_id": case.uuid(),
                "token_sha256": "a" * 64,
                "expires_at": case.now + timedelta(days=7),
                "look_for": case.sealed(),
            },
        ),
        desk=at_desk(
            "search_links.issue",
            registered(Right.ACCESS),
            "request.search-link-issued",
            ACCESS,
            system="crm",
            look_for="Ada Lovelace, customer 4711.",
        ),
        http=OverHttp(
            "/requests/{}/items/{}/search/links",
            roles.HANDLER,
            {"system": "crm", "look_for": "Ada Lovelace, customer 4711."},
        ),
    ),
    Command(
        name="open a link to the owner of a system",
        act=Act(
            "open_search_link",
            lambda case: {
                "link_id": case.search_link_id,
                "session_sha256": "b" * 64,
                "session_ends_at": case.now + timedelta(hours=12),
            },
            actor="owner:crm",
        ),
        http=OverHttp("/console/task", roles.ANYONE, takes_key=False, versioned=False),
    ),
    Command(
        name="report by a link",
        http=OverHttp("/console/task/{}/result", roles.ANYONE, takes_key=False, versioned=False),
    ),
    Command(
        name="hand in by a link", http=OverHttp("/console/task/{}/data", roles.ANYONE, takes_key=False, versioned=False)
    ),
    Command(
        name="record done",
        act=Act(
            "record_done",
            lambda case, item_id: {"item_id": item_id, "account": case.sealed()},
            actor=SYSTEM_OWNER,
        ),
        desk=at_desk("items.record_done", searched(Right.ACCESS), "request.item-done", ACCESS, account="Copied."),
        http=OverHttp("/requests/{}/items/{}/completion", roles.EXECUTOR, {"account": "Handed over."}),
    ),
    Command(
        name="finish an item",
        http=OverHttp("/requests/{}/items/{}/finish", roles.HANDLER, {"account": "Copied from the CRM."}),
    ),
    Command(
        name="record that nothing is held",
        act=Act(
            "record_nothing_held",
            lambda case, item_id: {"item_id": item_id},
            actor=SYSTEM_OWNER,
        ),
        desk=at_desk("items.record_nothing_held", _searched_in_vain, "request.nothing-held", ACCESS),
        http=OverHttp("/requests/{}/items/{}/nothing-held", roles.EXECUTOR),
    ),
    Command(
        name="propose a refusal",
        act=Act(
            "propose_refusal",
            lambda case, item_id: {
                "item_id": item_id,
                "refusal": case.refusal(),
                "statements": REQUIRED_STATEMENTS[LetterKind.REFUSAL],
            },
        ),
        desk=at_desk(
            "items.propose_refusal", registered(Right.ERASURE), "request.refusal-proposed", ERASURE, draft=refusal()
        ),
        http=OverHttp("/requests/{}/items/{}/refusal", roles.HANDLER, bodies.refusal()),
    ),
    Command(
        name="approve a refusal",
        act=Act(
            "approve_refusal",
            lambda case, item_id: {"item_id": item_id, "unexamined_reason": case.sealed()},
            actor=APPROVER,
        ),
        desk=at_desk(
            "items.decide_refusal", _refusal_proposed, "request.item-refused", ERASURE, approve=True, reason=""
        ),
        http=OverHttp("/requests/{}/items/{}/refusal/decision", roles.APPROVER, {"approve": True}),
    ),
    Command(
        name="decline a refusal",
        act=Act("decline_refusal", lambda case, item_id: {"item_id": item_id, "reason": case.sealed()}, actor=APPROVER),
        desk=at_desk(
            "items.decide_refusal",
            _refusal_proposed,
            "request.refusal-declined",
            ERASURE,
            approve=False,
            reason="No duty to keep.",
        ),
        http=OverHttp(
            "/requests/{}/items/{}/refusal/decision", roles.APPROVER, {"approve": False, "reason": "No duty to keep."}
        ),
    ),
)
