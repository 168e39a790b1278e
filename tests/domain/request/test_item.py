"""What outlives a decision on an item, and what has to be found again once it is open again."""

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from dsr.domain.request.erasure import ErasureGround
from dsr.domain.request.item import Balance, Item, Refusal, RefusedPart
from dsr.domain.request.package_offer import PackageOffer
from dsr.domain.request.search_list import SearchLink, SearchList, SearchResult, SystemEnd
from dsr.domain.request.standing import Copy, CopyKind, Target
from dsr.domain.request.values import AccuracyFinding, BalanceFinding, End, ItemStatus
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed

THEN, NOW = datetime(2026, 3, 3, 9, tzinfo=UTC), datetime(2026, 3, 9, 9, tzinfo=UTC)

OUTLIVES: dict[str, Any] = {
    "item_id": "objection",
    "right": Right.OBJECTION,
    "controller_id": "acme-de",
    "direct_marketing": True,
    "number": 2,
    "opened_at": THEN,
    "ever_effected": True,
    "objected_to": ("newsletter",),
    "copy_changed": 7,
    "offer": PackageOffer(UUID(int=1), UUID(int=2), THEN, NOW),
    "link_requested_at": THEN,
    "recipients": {"dialler": True},
    "tell_by": date(2026, 3, 12),
    "added_recipients": {"other-1": date(2026, 3, 12)},
    "tell_ends_at": THEN,
    "search": SearchList(("crm",), ("employees",), "case-files", SearchResult.LEFT_OUT),
}
"""Who asks for what of whom, what the person said, what was done for good, and who has to hear of it (Art. 19)."""

DECIDED: dict[str, Any] = {
    "status": ItemStatus.DONE,
    "decided_at": THEN,
    "decided_by": "bob",
    "end": End.MOOT,
    "ended_undecided": True,
    "refusal": Refusal("ann", "legal-claims", "GDPR Art. 17(3)(e)", ("name",)),
    "refused_parts": (RefusedPart("legal-claims", ("name",)),),
    "part_refusal": Refusal("ann", "legal-claims", "GDPR Art. 17(3)(e)", ("name",)),
    "accuracy": AccuracyFinding.ACCURATE,
    "balance": Balance(BalanceFinding.SUBJECT_PREVAILS),
    "erasure_ground": ErasureGround.OBJECTION_PREVAILS,
    "effected": True,
    "done_at": THEN,
    "systems": ("crm",),
    "to_erase": ("newsletter",),
    "marketing_stopped": ("newsletter",),
    "consents_withdrawn": ("newsletter",),
    "copies": (Copy(CopyKind.PRIVACY_NOTICE, None, redacted=False),),
    "transfer_feasible": False,
    "target": Target("example.org", THEN),
    "settled_at": THEN,
    "answered": True,
    "answered_at": THEN,
    "answered_since": THEN,
    "answer_letter": 9,
    "undelivered": True,
    "search_links": {
        "crm": SearchLink(UUID(int=3), "crm", "0" * 64, 4, NOW, Sealed(UUID(int=4), UUID(int=5), b"", b""))
    },
}
"""All else: what was found, decided, done and answered."""


def test_each_fact_either_outlives_a_decision_or_has_to_be_found_again() -> None:
    assert OUTLIVES.keys() | DECIDED.keys() == {field.name for field in fields(Item)}


def test_an_item_that_is_open_again_is_as_on_its_first_day() -> None:
    fresh = Item(**OUTLIVES, **DECIDED).fresh(NOW)
    assert fresh == Item(**OUTLIVES, settled_at=NOW)


@pytest.mark.parametrize("name", sorted(DECIDED))
def test_no_fact_of_the_decision_is_what_an_item_starts_with(name: str) -> None:
    assert DECIDED[name] != getattr(Item("access", Right.ACCESS, "acme-de"), name), "else the test above sees nothing"


def test_an_item_that_is_open_again_keeps_its_search_list_and_is_searched_anew() -> None:
    search = SearchList(("crm", "hr")).narrowed(("hr",)).accounted("hr", SystemEnd(SearchResult.NOTHING, THEN, "sam"))
    fresh = Item("erasure", Right.ERASURE, "acme-de", search=search).fresh(NOW)
    assert fresh.search == SearchList(("crm", "hr"))


def test_a_proposal_to_refuse_the_whole_falls_away_with_a_grant_and_one_for_a_part_stays() -> None:
    item = Item("erasure", Right.ERASURE, "acme-de")
    whole, part = Refusal("ann", "legal-claims", "Art. 17", None), Refusal("ann", "legal-claims", "Art. 17", ("name",))
    ground = ErasureGround.NO_LONGER_NECESSARY
    granted = item.proposed_to_be_refused(whole).granted(ground, (), at=NOW, by="bob")
    assert (granted.proposal, granted.refusal) == (None, None)
    assert item.proposed_to_be_refused(part).granted(ground, (), at=NOW, by="bob").proposal == part


def test_what_was_refused_in_part_is_still_shown_when_another_proposal_falls_away() -> None:
    item = Item("erasure", Right.ERASURE, "acme-de")
    part = Refusal("ann", "legal-claims", "Art. 17", ("name",))
    refused = item.proposed_to_be_refused(part).refused_as_to(
        RefusedPart("legal-claims", ("name",)), late=True, at=THEN
    )
    whole = Refusal("cy", "no-erasure-ground", "Art. 17", None)
    granted = refused.proposed_to_be_refused(whole).granted(None, (), at=NOW, by="bob")
    assert granted.proposal is None
    assert granted.refusal is not None
    assert granted.refusal.late


def test_the_first_letter_since_the_decision_is_remembered_and_the_last_one() -> None:
    item = Item("access", Right.ACCESS, "acme-de").done(("crm",), at=THEN).told(THEN, 7).told(NOW, 8)
    assert (item.answered_since, item.answered_at) == (THEN, NOW)
    again = item.done(("crm",), at=NOW)
    assert (again.answered, again.answered_since, again.answered_at) == (False, None, NOW)
