"""Public references of cases, by id, for lists that show rows of something else."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import Connection, select

from dsr.projections.requests import requests


def references_of(connection: Connection, request_ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """The reference of each of these cases; those that are not on record are left out."""
    c = requests.c
    query = select(c.request_id, c.reference).where(c.request_id.in_(list(request_ids)))
    return {row.request_id: row.reference for row in connection.execute(query)}
