"""One row for each item of a case, with its status."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Boolean, Column, Connection, Index, Integer, String, Table, Uuid, select

from dsr.database.metadata import main
from dsr.domain.request import Request
from dsr.domain.request.item import Item
from dsr.domain.request.values import IdentityStatus, ItemStatus
from dsr.domain.rights import Right
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.requests import OPEN, requests
from dsr.projections.rows import Row
from dsr.projections.state import StateReadModel

items: Final = Table(
    "items",
    main,
    Column("request_id", Uuid, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("right", String, nullable=False),
    Column("controller_id", String, nullable=False),
    Column("direct_marketing", Boolean, nullable=False),
    Column("status", String, nullable=False),
    Column("opened_at", UtcInstant, nullable=False),
    Column("decided_at", UtcInstant),
    Column("decided_by", String),
    # a refusal, proposed or decided
    Column("refusal_proposed_by", String),
    Column("refusal_ground", String),
    Column("refusal_provision", String),
    Column("refusal_extent", Json),
    Column("refusal_late", Boolean),
    Column("refused_in_part", Json, nullable=False),
    # GDPR Art. 17(1), for a granted erasure
    Column("erasure_ground", String),
    # carrying out
    Column("accuracy", String),
    Column("effected", Boolean, nullable=False),
    Column("done_at", UtcInstant),
    Column("systems", Json, nullable=False),
    # the answer
    Column("answered", Boolean, nullable=False),
    Column("answered_at", UtcInstant),
    Index(None, "right", "status", "request_id"),
    # Index of items that wait for one controller; see `queue.py`.
    Index(None, "controller_id", "answered", "status", "request_id"),
)


def show(case: Request) -> list[Row]:
    """The rows of a case, in the order in which the items were opened."""
    return [_shown(case.id, item) for item in case.items.values()]


def _shown(request_id: UUID, item: Item) -> Row:
    refusal = item.refusal
    return {
        "request_id": request_id,
        "item_id": item.item_id,
        "number": item.number,
        "right": item.right.value,
        "controller_id": item.controller_id,
        "direct_marketing": item.direct_marketing,
        "status": item.status.value,
        "opened_at": item.opened_at,
        "decided_at": item.decided_at,
        "decided_by": item.decided_by,
        "refusal_proposed_by": None if refusal is None else refusal.proposed_by,
        "refusal_ground": None if refusal is None else refusal.ground,
        "refusal_provision": None if refusal is None else refusal.provision,
        "refusal_extent": None if refusal is None or refusal.extent is None else list(refusal.extent),
        "refusal_late": None if refusal is None else refusal.late,
        "refused_in_part": list(item.refused_in_part),
        "erasure_ground": None if item.erasure_ground is None else item.erasure_ground.value,
        "accuracy": None if item.accuracy is None else item.accuracy.value,
        "effected": item.effected,
        "done_at": item.done_at,
        "systems": list(item.systems),
        "answered": item.answered,
        "answered_at": item.answered_at,
    }


READ_MODEL: Final = StateReadModel(items, version=4, show=show)


# Queries -------------------------------------------------------------------------------------------------------


def items_of(connection: Connection, request_id: UUID) -> Sequence[Row]:
    """The items of a case, in the order in which they were opened; empty for a case without, or unknown."""
    query = select(items).where(items.c.request_id == request_id).order_by(items.c.number)
    return [dict(row) for row in connection.execute(query).mappings()]


def is_erasure_granted(connection: Connection, request_ids: Collection[UUID]) -> bool:
    """Whether an erasure is granted and not done yet in one of these cases. The cost grows with the cases."""
    if not request_ids:
        return False
    query = select(items.c.item_id).where(
        items.c.request_id.in_(request_ids),
        items.c.right == Right.ERASURE.value,
        items.c.status == ItemStatus.GRANTED.value,
    )
    return connection.execute(query.limit(1)).first() is not None


def asking_in_doubt(connection: Connection, request_ids: Collection[UUID]) -> list[UUID]:
    """The open cases among these whose sender is in doubt, and who has not shown in another way who they are. The cost
    grows with the cases.
    """
    if not request_ids:
        return []
    c = requests.c
    query = select(c.request_id).where(
        c.request_id.in_(request_ids),
        c.status == OPEN,
        c.sender_doubtful.is_(True),
        c.authenticated.is_(False),
        c.identity != IdentityStatus.CONFIRMED.value,
    )
    return list(connection.execute(query.order_by(c.request_id)).scalars())


def is_copy_pending(connection: Connection, request_ids: Collection[UUID], *, controller_id: str) -> bool:
    """Whether this controller owes a copy in one of these cases. The cost grows with the cases."""
    if not request_ids:
        return False
    query = select(items.c.item_id).where(
        items.c.request_id.in_(request_ids),
        items.c.controller_id == controller_id,
        items.c.right.in_([Right.ACCESS.value, Right.PORTABILITY.value]),
        items.c.status.in_([each.value for each in ItemStatus if each.is_pending]),
    )
    return connection.execute(query.limit(1)).first() is not None
