"""The controllers responsible for each stream, which decide who may read it."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, Connection, select

from dsr.domain.authority_disclosure import AuthorityDisclosure
from dsr.domain.matter import Matter
from dsr.domain.own_erasure import OwnErasure
from dsr.domain.quarantine import QuarantinedMessage
from dsr.domain.request import Request
from dsr.domain.retention_batch import RetentionBatch
from dsr.projections.authority_disclosures import authority_disclosures
from dsr.projections.matters import matters
from dsr.projections.own_erasures import own_erasures
from dsr.projections.quarantine import quarantine
from dsr.projections.requests import controllers_of, requests
from dsr.projections.retention_batches import retention_batches

_OF_ONE: Final[dict[str, tuple[Column[Any], Column[Any]]]] = {
    QuarantinedMessage.TOPIC: (quarantine.c.quarantine_id, quarantine.c.controller_id),
    OwnErasure.TOPIC: (own_erasures.c.own_erasure_id, own_erasures.c.controller_id),
    AuthorityDisclosure.TOPIC: (authority_disclosures.c.authority_disclosure_id, authority_disclosures.c.controller_id),
    Matter.TOPIC: (matters.c.matter_id, matters.c.controller_id),
    RetentionBatch.TOPIC: (retention_batches.c.batch_id, retention_batches.c.controller_id),
}
"""Aggregates of one controller: the columns of their id and of the controller."""


def answering(connection: Connection, aggregate: str, ids: Collection[UUID]) -> dict[UUID, set[str]]:
    """The present controllers of these streams of one kind of aggregate, given by its stable name.

    Empty if unknown, as for some quarantined messages, which only callers with every controller see. Streams without a
    controller, such as staff, are left out.
    """
    if aggregate == Request.TOPIC:
        query = select(requests.c.request_id, requests.c.controller_id, requests.c.held_by, requests.c["items"])
        rows = connection.execute(query.where(requests.c.request_id.in_(ids))).mappings()
        return {row["request_id"]: controllers_of(dict(row), past=True) for row in rows}
    if aggregate not in _OF_ONE:
        return {}
    key, controller = _OF_ONE[aggregate]
    found = connection.execute(select(key, controller).where(key.in_(ids)))
    return {stream_id: {controller_id} - {None} for stream_id, controller_id in found}
