"""Rows of items and restrictions say what the cases themselves say, whatever happened to them."""

from typing import cast
from uuid import UUID

from dsr.domain.request import Request
from dsr.projections.items import items_of
from dsr.projections.restrictions import restrictions_of
from tests.projections.mini_desk import MiniDesk


def cases_of(desk: MiniDesk) -> dict[UUID, Request]:
    """Every case, made anew from its events."""
    cases: dict[UUID, Request] = {}
    for recorded in desk.log.read():
        if recorded.name.startswith("dsr.request."):
            cases[recorded.stream_id] = cast(Request, recorded.event.mutate(cases.get(recorded.stream_id)))
    return cases


def test_each_item_has_the_right_the_status_and_the_effect_that_its_case_knows(played: MiniDesk) -> None:
    effected, instead = set(), set()
    with played.database.reading() as connection:
        for request_id, case in cases_of(played).items():
            for row, item in zip(items_of(connection, request_id), case.items.values(), strict=True):
                assert row["item_id"] == item.item_id
                assert (row["right"], row["status"], row["effected"]) == (item.right, item.status, item.effected)
                effected |= {item.right} if item.effected else set()
                instead |= {item.item_id} if not item.item_id.startswith(item.right.value) else set()
    assert len(effected) > 2, "the histories give effect to some rights"
    assert instead, "some objections became withdrawals"


def test_each_restriction_stands_as_its_case_knows(played: MiniDesk) -> None:
    seen = {"lifted": 0, "standing": 0, "stopped": 0}
    with played.database.reading() as connection:
        for request_id, case in cases_of(played).items():
            rows = {row["restriction_id"]: row for row in restrictions_of(connection, request_id)}
            assert rows.keys() == case.restrictions.keys()
            for restriction in case.restrictions.values():
                row = rows[restriction.restriction_id]
                assert row["item_id"] == restriction.item_id
                assert (row["ground"], row["awaits"]) == (restriction.ground, restriction.awaits)
                assert (row["since"], row["review_on"]) == (restriction.since, restriction.review_on)
                assert row["told_at"] == restriction.told_of_lifting_at
                assert (row["lifted_at"] is not None, row["stopped"]) == (restriction.lifted, restriction.stopped)
                seen["stopped" if restriction.stopped else "lifted" if restriction.lifted else "standing"] += 1
    assert all(seen.values()), seen
