"""Requests of authorities: the authority, the decision with its provision, the data given (GDPR Art. 5(2), 48)."""

from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Integer, String, Table, Uuid, select

from dsr.database.metadata import main
from dsr.domain.authority_disclosure import (
    AuthorityDisclosureGiven,
    AuthorityDisclosureOpened,
    AuthorityDisclosureRequested,
    AuthorityDisclosureReviewed,
    AuthorityDisclosureStatus,
)
from dsr.domain.recorded import Recorded
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.own_files import follow_forgetting
from dsr.projections.paging import Page, conditions, page_by_position
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows, one_row

authority_disclosures: Final = Table(
    "authority_disclosures",
    main,
    Column("authority_disclosure_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("status", String, nullable=False),
    Column("controller_id", String, nullable=False),
    Column("authority", String, nullable=False),
    Column("country", String, nullable=False),
    Column("third_country", Boolean, nullable=False),
    Column("received_at", UtcInstant, nullable=False),
    Column("channel", String, nullable=False),
    Column("provision_cited", String, nullable=False),
    Column("request_id", Uuid),
    Column("recorded_at", UtcInstant, nullable=False),
    Column("recorded_by", String, nullable=False),
    # the review
    Column("finding", String),
    Column("provision", String),
    Column("agreement", String),
    Column("extent", Json, nullable=False),
    Column("reviewed_at", UtcInstant),
    Column("reviewed_by", String),
    # what was given
    Column("given_at", UtcInstant),
    Column("given_by", String),
    Column("given_channel", String),
    Column("systems", Json, nullable=False),
    Column("categories", Json, nullable=False),
    Column("matter_id", Uuid),
    Index(None, "position", unique=True),
    Index(None, "status", "position"),
    Index(None, "matter_id"),
    Index(None, "controller_id", "status", "position"),
)

READ_MODEL: Final = Projection(authority_disclosures, stream="authority_disclosure_id", version=2)


@READ_MODEL.on(AuthorityDisclosureRequested)
def requested(event: AuthorityDisclosureRequested, recorded: Recorded, rows: Rows) -> None:
    row: Row = dict.fromkeys(column.name for column in authority_disclosures.columns)
    row |= {
        "authority_disclosure_id": recorded.stream_id,
        "version": recorded.stream_version,
        "position": recorded.position,
        "status": AuthorityDisclosureStatus.REQUESTED.value,
        "controller_id": event.controller_id,
        "authority": event.authority,
        "country": event.country,
        "third_country": event.third_country,
        "received_at": event.received_at,
        "channel": event.channel.value,
        "provision_cited": event.provision,
        "request_id": event.request_id,
        "matter_id": event.matter_id,
        "recorded_at": event.timestamp,
        "recorded_by": event.actor,
        "extent": [],
        "systems": [],
        "categories": [],
    }
    rows.add(row)


@READ_MODEL.on(AuthorityDisclosureReviewed)
def reviewed(event: AuthorityDisclosureReviewed, recorded: Recorded, rows: Rows) -> None:
    allowed, refused = AuthorityDisclosureStatus.ALLOWED, AuthorityDisclosureStatus.REFUSED
    rows.one(recorded.stream_id).update(
        version=recorded.stream_version,
        status=(allowed if event.finding.is_positive else refused).value,
        finding=event.finding.value,
        provision=event.provision,
        agreement=event.agreement,
        extent=list(event.extent),
        reviewed_at=event.timestamp,
        reviewed_by=event.actor,
    )


@READ_MODEL.on(AuthorityDisclosureGiven)
def given(event: AuthorityDisclosureGiven, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id).update(
        version=recorded.stream_version,
        status=AuthorityDisclosureStatus.GIVEN.value,
        given_at=event.given_at,
        given_by=event.actor,
        given_channel=event.channel.value,
        systems=list(event.systems),
        categories=list(event.categories),
    )


@READ_MODEL.on(AuthorityDisclosureOpened)
def opened(_: AuthorityDisclosureOpened, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id)["version"] = recorded.stream_version


follow_forgetting(READ_MODEL, lambda event: {"status": event.ended_as})


# Queries -------------------------------------------------------------------------------------------------------


def authority_disclosure_list(
    connection: Connection,
    *,
    status: AuthorityDisclosureStatus | None = None,
    controller: str | None = None,
    matter_id: UUID | None = None,
    scope: frozenset[str] | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of requests, oldest first; `scope` are the controllers in scope (None: all).

    Raises CursorInvalid.
    """
    query = select(authority_disclosures).where(
        *conditions(authority_disclosures, scope, status=status, controller_id=controller)
    )
    if matter_id is not None:
        query = query.where(authority_disclosures.c.matter_id == matter_id)
    return page_by_position(connection, query, kind="authority-disclosures", cursor=cursor, limit=limit)


def is_undecided_about(connection: Connection, matter_id: UUID) -> bool:
    """Whether what an authority asked for in this matter is not decided, or allowed and not given yet."""
    c, settled = authority_disclosures.c, (AuthorityDisclosureStatus.REFUSED, AuthorityDisclosureStatus.GIVEN)
    query = select(c.matter_id).where(c.matter_id == matter_id, c.status.not_in([each.value for each in settled]))
    return connection.execute(query.limit(1)).first() is not None


def authority_disclosure_row(connection: Connection, authority_disclosure_id: UUID) -> Row | None:
    """One request of an authority; None if unknown."""
    query = select(authority_disclosures).where(
        authority_disclosures.c.authority_disclosure_id == authority_disclosure_id
    )
    return one_row(connection, query)
