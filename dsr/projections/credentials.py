"""Credentials that were issued: tokens of staff and of data subjects, invitations, accounts at the organisation,
sign-ins of data subjects; by whom, and when they ended.

A token or a session opens something only while it stands here, so a row of its table that no event knows opens nothing.
"""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, String, Table, Uuid, select

from dsr.database.metadata import main
from dsr.domain.credential import CredentialKind
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.closing import RequestClosed
from dsr.domain.request.disclosure import SubjectAccessEnded, SubjectTokenIssued
from dsr.domain.request.joint import RequestReassigned
from dsr.domain.request.sign_in import SignInCodeSent, SubjectSignedIn
from dsr.domain.staff import (
    StaffAccountLinked,
    StaffAccountUnlinked,
    StaffAddressGiven,
    StaffInvitationAccepted,
    StaffInvited,
    StaffLeft,
    StaffTokenIssued,
    StaffTokenRevoked,
)
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.paging import Page, page_by_position
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows, one_row
from dsr.projections.staff import sharing, staff

credentials: Final = Table(
    "credentials",
    main,
    Column("credential_id", Uuid, primary_key=True),
    Column("stream_id", Uuid, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    # null for a data subject
    Column("staff", String(40)),
    Column("issued_by", String, nullable=False),
    Column("issued_at", UtcInstant, nullable=False),
    # null for an account
    Column("expires_at", UtcInstant),
    Column("ended_at", UtcInstant),
    # what a token is for, and what it gives less than its holder has; null: all that they have
    Column("name", String(100)),
    Column("only_roles", Json),
    Column("only_controllers", Json),
    Column("reads_only", Boolean, nullable=False),
    Column("calendar_only", Boolean, nullable=False),
    Index(None, "stream_id"),
    Index(None, "position"),
)

INVITATION: Final = CredentialKind.INVITATION.value
ACCOUNT: Final = CredentialKind.ACCOUNT.value

READ_MODEL: Final = Projection(credentials, stream="stream_id", version=5)


@READ_MODEL.on(StaffTokenIssued)
def token_issued(event: StaffTokenIssued, recorded: Recorded, rows: Rows) -> None:
    limits = event.limits
    _add(
        rows,
        recorded,
        event,
        credential_id=event.token_id,
        kind="token",
        staff=event.identifier,
        name=event.name,
        only_roles=None if limits.roles is None else [each.value for each in limits.roles],
        only_controllers=None if limits.controllers is None else list(limits.controllers),
        reads_only=limits.reads_only,
        calendar_only=limits.calendar_only,
    )


@READ_MODEL.on(SubjectTokenIssued)
def subject_token_issued(event: SubjectTokenIssued, recorded: Recorded, rows: Rows) -> None:
    _add(rows, recorded, event, credential_id=event.token_id, kind="subject-token", staff=None)


@READ_MODEL.on(SignInCodeSent)
def sign_in_code_sent(event: SignInCodeSent, recorded: Recorded, rows: Rows) -> None:
    _show_sign_in(event, recorded, rows)


@READ_MODEL.on(SubjectSignedIn)
def subject_signed_in(event: SubjectSignedIn, recorded: Recorded, rows: Rows) -> None:
    _show_sign_in(event, recorded, rows)


@READ_MODEL.on(StaffInvited)
def invited(event: StaffInvited, recorded: Recorded, rows: Rows) -> None:
    _end_invitations(rows, recorded, event)
    _add(rows, recorded, event, credential_id=event.invitation_id, kind=INVITATION, staff=event.identifier)


@READ_MODEL.on(StaffAccountLinked)
def account_linked(event: StaffAccountLinked, recorded: Recorded, rows: Rows) -> None:
    _add(rows, recorded, event, credential_id=event.account_id, kind=ACCOUNT, staff=event.identifier)


@READ_MODEL.on(StaffInvitationAccepted, StaffAddressGiven)
def invitation_ended(event: Event, recorded: Recorded, rows: Rows) -> None:
    _end_invitations(rows, recorded, event)


@READ_MODEL.on(StaffTokenRevoked)
def token_revoked(event: StaffTokenRevoked, recorded: Recorded, rows: Rows) -> None:
    _end(event.token_id, event, recorded, rows)


@READ_MODEL.on(StaffAccountUnlinked)
def account_unlinked(event: StaffAccountUnlinked, recorded: Recorded, rows: Rows) -> None:
    _end(event.account_id, event, recorded, rows)


@READ_MODEL.on(StaffLeft, SubjectAccessEnded, RequestClosed, RequestReassigned)
def all_ended(event: Event, recorded: Recorded, rows: Rows) -> None:
    """All of the stream, but for the session in which the person themselves withdraws: it shows them how it ended."""
    for row in rows.of(recorded.stream_id):
        if row["ended_at"] is None and event.credential != f"{CredentialKind.SIGN_IN}:{row['credential_id']}":
            row["ended_at"] = event.timestamp


def _show_sign_in(event: SignInCodeSent | SubjectSignedIn, recorded: Recorded, rows: Rows) -> None:
    """One row for a code, however often it is sent, and for the session that begins with it."""
    known = [row for row in rows.of(recorded.stream_id) if row["credential_id"] == event.code_id]
    for row in known:
        row["expires_at"] = event.expires_at
    if not known:
        _add(rows, recorded, event, credential_id=event.code_id, kind=CredentialKind.SIGN_IN.value, staff=None)


def _end(credential_id: UUID, event: Event, recorded: Recorded, rows: Rows) -> None:
    for row in rows.of(recorded.stream_id):
        if row["credential_id"] == credential_id:
            row["ended_at"] = event.timestamp


def _end_invitations(rows: Rows, recorded: Recorded, event: Event) -> None:
    for row in rows.of(recorded.stream_id):
        if row["kind"] == INVITATION and row["ended_at"] is None:
            row["ended_at"] = event.timestamp


def _add(
    rows: Rows,
    recorded: Recorded,
    event: StaffTokenIssued | SubjectTokenIssued | SignInCodeSent | SubjectSignedIn | StaffInvited | StaffAccountLinked,
    **known: Any,
) -> None:
    rows.add(
        {
            "stream_id": recorded.stream_id,
            "position": recorded.position,
            "issued_by": event.actor,
            "issued_at": event.timestamp,
            "expires_at": None if isinstance(event, StaffAccountLinked) else event.expires_at,
            "ended_at": None,
            "name": None,
            "only_roles": None,
            "only_controllers": None,
            "reads_only": False,
            "calendar_only": False,
        }
        | known
    )


_SHOWN: Final = (
    *("credential_id", "position", "kind", "staff"),
    *("issued_by", "issued_at", "expires_at", "ended_at"),
    *("name", "only_roles", "only_controllers", "reads_only", "calendar_only"),
)

# Queries -------------------------------------------------------------------------------------------------------


def credential(connection: Connection, credential_id: UUID) -> Row | None:
    """The row of a credential; None if no event knows it."""
    return one_row(connection, select(credentials).where(credentials.c.credential_id == credential_id))


def staff_credentials(
    connection: Connection, scope: frozenset[str] | None, *, cursor: str | None = None, limit: int = 50
) -> Page:
    """Tokens, invitations and linked accounts of staff who share a controller with this scope, the latest first.

    Raises CursorInvalid. `for_another` says whether another person issued it.
    """
    query = (
        select(
            *(credentials.c[name] for name in _SHOWN),
            (credentials.c.issued_by != credentials.c.staff).label("for_another"),
        )
        .join(staff, staff.c.identifier == credentials.c.staff)
        .where(*sharing(scope))
    )
    return page_by_position(connection, query, kind="credentials", cursor=cursor, limit=limit, newest_first=True)
