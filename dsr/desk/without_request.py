"""Shared by aggregates without a request: a key of their own, sealed texts, recorded openings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from dsr.desk.caller import Call, Caller
from dsr.desk.disclosures import Opened, open_event, sealed_parts
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import unit_of_work
from dsr.domain.authority_disclosure import AuthorityDisclosure
from dsr.domain.errors import DomainError
from dsr.domain.events import Event
from dsr.domain.matter import Matter
from dsr.domain.own_erasure import OwnErasure
from dsr.domain.own_file import OwnFile
from dsr.domain.request.letters import is_blank
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.sealed import DataKey, KeyPurpose, Sealed
from dsr.projections.rows import Row

WithoutRequest = OwnErasure | AuthorityDisclosure | Matter

A = TypeVar("A", OwnErasure, AuthorityDisclosure, Matter)


@dataclass(frozen=True)
class Opening:
    """The opened parts, and the version of the aggregate afterwards."""

    version: int
    opened: tuple[Opened, ...]


def load(repository: Repository, kind: type[A], aggregate_id: UUID, caller: Caller, *, unknown: type[DomainError]) -> A:
    """The aggregate with this id. Raises `unknown`, also outside the caller's scope and for every data subject."""
    found = repository.find(kind, aggregate_id)
    if found is None or caller.request_id is not None or not caller.sees(aggregate_id, found.controller_id):
        raise unknown()
    return found


def view(
    repository: Repository,
    row_of: Callable[[Connection, UUID], Row | None],
    aggregate_id: UUID,
    *,
    unknown: type[DomainError],
) -> Answer:
    """Its row in the read model, as an answer. Raises `unknown`."""
    with repository.database.glancing() as connection:
        row = row_of(connection, aggregate_id)
    if row is None:
        raise unknown()
    return Answer(msgspec.json.encode(row), row["version"], str(aggregate_id))


def text_sealer(repository: Repository, stream_id: UUID, key: DataKey) -> Callable[[str, str], Sealed | None]:
    """A function that seals free text for a field; it returns None for blank text, so that the domain can require
    it.
    """

    def seal(field: str, text: str) -> Sealed | None:
        if is_blank(text):
            return None
        return repository.sealer.seal_json(text.strip(), key=key, stream_id=stream_id, field=field)

    return seal


def own_key(repository: Repository, file: OwnFile) -> DataKey:
    """The key under which its texts are sealed. Raises FileForgotten."""
    file.require_not_forgotten()
    return repository.keystore.open(file.keys[KeyPurpose.CASE_FILE.value])


def open_all(repository: Repository, aggregate: WithoutRequest, call: Call, *, purpose: DisclosurePurpose) -> Opening:
    """Open all sealed parts; recorded before they are shown. Each call is one opening, so there is no idempotency
    key.
    """
    events = [
        event
        for event in repository.application.events.get(aggregate.id)
        if isinstance(event, Event) and any(True for _ in sealed_parts(event))
    ]
    versions = tuple(event.originator_version for event in events)
    with unit_of_work(repository, Call(call.caller)) as work:
        aggregate.open(work.acting, purpose=purpose, versions=versions)
        work.add(aggregate)
    return Opening(aggregate.version, tuple(open_event(repository, event) for event in events))
