"""Members of staff with roles, scope and end of access; looked up on every HTTP request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    or_,
    select,
    type_coerce,
)

from dsr.database import Database
from dsr.database.assumptions import assume
from dsr.database.metadata import main
from dsr.database.statements import Fetched, Query, Statement, ask
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.roles import CONFIRMS_STAFF, Role
from dsr.domain.staff import (
    ALL_CONTROLLERS,
    StaffAccountLinked,
    StaffAccountUnlinked,
    StaffAddressGiven,
    StaffAddressReturned,
    StaffConfidentialitySigned,
    StaffConfirmationAsked,
    StaffConfirmed,
    StaffEnrolled,
    StaffInvitationAccepted,
    StaffInvited,
    StaffLeft,
    StaffPasskeyRegistered,
    StaffPasskeyRevoked,
    StaffRolesChanged,
    StaffTokenIssued,
    StaffTokenRevoked,
    StaffTrainingCompleted,
    staff_id,
)
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.paging import Page, cursor_values, make_cursor
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows, one_row

staff: Final = Table(
    "staff",
    main,
    Column("staff_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("identifier", String, nullable=False),
    Column("roles", Json, nullable=False),
    Column("controllers", Json, nullable=False),
    Column("has_left", Boolean, nullable=False),
    Column("enrolled_at", UtcInstant, nullable=False),
    Column("last_position", BigInteger, nullable=False),
    Column("access_ends_on", Date),
    Column("confidentiality_signed_on", Date),
    Column("training_completed_on", Date),
    Column("training", Json, nullable=False),
    Column("reachable", Boolean, nullable=False),
    Column("unconfirmed", Boolean, nullable=False),
    # what waits for a second person; roles and controllers above are what holds
    Column("asked_roles", Json, nullable=False),
    Column("asked_controllers", Json, nullable=False),
    Column("confirmed_by", String(40)),
    Index(None, "identifier", unique=True),
)

READ_MODEL: Final = Projection(staff, stream="staff_id", version=5)


@READ_MODEL.on(StaffEnrolled)
def enrolled(event: StaffEnrolled, recorded: Recorded, rows: Rows) -> None:
    row: Row = {
        "staff_id": recorded.stream_id,
        "identifier": event.identifier,
        "has_left": False,
        "enrolled_at": event.timestamp,
        "confidentiality_signed_on": None,
        "training_completed_on": None,
        "training": {},
        "reachable": False,
        "unconfirmed": False,
        "asked_roles": [],
        "asked_controllers": [],
        "confirmed_by": None,
    }
    rows.add(row)
    _show_access(event, row, recorded)


@READ_MODEL.on(StaffRolesChanged)
def roles_changed(event: StaffRolesChanged, recorded: Recorded, rows: Rows) -> None:
    _show_access(event, rows.one(recorded.stream_id), recorded)


@READ_MODEL.on(StaffConfirmationAsked)
def confirmation_asked(event: StaffConfirmationAsked, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    given = {"asked_roles": row["roles"], "asked_controllers": row["controllers"]}
    _show(
        row,
        recorded,
        **({} if row["asked_roles"] else given),
        roles=[role.value for role in event.held_roles],
        controllers=list(event.held_controllers),
        unconfirmed=True,
        confirmed_by=None,
    )


@READ_MODEL.on(StaffConfirmed)
def confirmed(event: StaffConfirmed, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    _show(
        row,
        recorded,
        roles=row["asked_roles"],
        controllers=row["asked_controllers"],
        asked_roles=[],
        asked_controllers=[],
        unconfirmed=False,
        confirmed_by=event.actor,
    )


@READ_MODEL.on(StaffConfidentialitySigned)
def confidentiality_signed(event: StaffConfidentialitySigned, recorded: Recorded, rows: Rows) -> None:
    _show(rows.one(recorded.stream_id), recorded, confidentiality_signed_on=event.signed_on)


@READ_MODEL.on(StaffTrainingCompleted)
def training_completed(event: StaffTrainingCompleted, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    training = row["training"] | {event.course: event.completed_on.isoformat()}
    latest = date.fromisoformat(max(training.values()))
    _show(row, recorded, training=training, training_completed_on=latest)


@READ_MODEL.on(StaffLeft)
def left(_: StaffLeft, recorded: Recorded, rows: Rows) -> None:
    _show(rows.one(recorded.stream_id), recorded, has_left=True, reachable=False)


@READ_MODEL.on(StaffAddressGiven)
def address_given(_: StaffAddressGiven, recorded: Recorded, rows: Rows) -> None:
    _show(rows.one(recorded.stream_id), recorded, reachable=True)


@READ_MODEL.on(StaffAddressReturned)
def address_returned(_: StaffAddressReturned, recorded: Recorded, rows: Rows) -> None:
    _show(rows.one(recorded.stream_id), recorded, reachable=False)


@READ_MODEL.on(
    StaffTokenIssued,
    StaffTokenRevoked,
    StaffPasskeyRegistered,
    StaffPasskeyRevoked,
    StaffAccountLinked,
    StaffAccountUnlinked,
    StaffInvited,
    StaffInvitationAccepted,
)
def credential_changed(_: Event, recorded: Recorded, rows: Rows) -> None:
    _show(rows.one(recorded.stream_id), recorded)


def _show_access(event: StaffEnrolled | StaffRolesChanged, row: Row, recorded: Recorded) -> None:
    _show(
        row,
        recorded,
        roles=[role.value for role in event.roles],
        controllers=list(event.controllers),
        access_ends_on=event.access_ends_on,
        asked_roles=[],
        asked_controllers=[],
    )


def _show(row: Row, recorded: Recorded, **known: object) -> None:
    row |= known | {"version": recorded.stream_version, "last_position": recorded.position}


# Queries -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StaffMember:
    """A member of staff, as authorisation needs to know them."""

    identifier: str
    roles: frozenset[Role]
    scope: frozenset[str] | None
    """Ids of controllers; None for all, including future ones."""
    has_left: bool
    access_ends_on: date | None
    """The last day of access, in UTC; None for no end."""
    awaited: frozenset[Role] = frozenset()
    """Roles that hold once a second person confirms them."""

    def has_access(self, today: date) -> bool:
        """Whether they have access on this day (UTC)."""
        return not self.has_left and (self.access_ends_on is None or today <= self.access_ends_on)


_BY_ID: Final = Statement(select(staff).where(staff.c.staff_id == bindparam("staff_id")))
_OF_ACCESS: Final = ("identifier", "roles", "controllers", "has_left", "access_ends_on", "asked_roles")
_ACCESS: Final = Statement(
    select(*(staff.c[name] for name in _OF_ACCESS)).where(staff.c.staff_id == bindparam("staff_id"))
)


def staff_member(connection: Connection, identifier: str) -> StaffMember | None:
    """The member with this identifier; None if never enrolled."""
    rows = _BY_ID.rows(connection, {"staff_id": staff_id(identifier)})
    return member_of(rows[0]) if rows else None


class StaffMembers:
    """Looks members of staff up for commands, with a cache; the transaction validates what it returned."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[Query, list[Fetched], StaffMember]] = {}
        """Cached members, by identifier."""

    def find(self, identifier: str) -> StaffMember | None:
        """The member with this identifier; None if never enrolled."""
        if known := self._known.get(identifier):
            asked, rows, member = known
            if assume(self._database, Query(asked.statement, asked.values), rows):
                return member
        query = Query(_ACCESS, {"staff_id": staff_id(identifier)})
        with self._database.glancing() as connection:
            ask(connection, [query])
        if not query.rows:
            return None
        member = member_of(dict(zip(_OF_ACCESS, query.rows[0], strict=True)))
        if not self._database.is_changing:
            self._known[identifier] = query, query.rows, member
            # They may leave before the lock is taken.
            assume(self._database, Query(query.statement, query.values), query.rows)
        return member


def reachable_holders(connection: Connection, role: Role, controller_id: str | None) -> list[str]:
    """Identifiers of the members with a work address who have this role for a controller, in order; None: for all."""
    query = (
        select(staff)
        .where(staff.c.reachable, type_coerce(staff.c.roles, Text).like(f'%"{role}"%'))
        .order_by(staff.c.identifier)
    )
    known = (member_of(row) for row in connection.execute(query).mappings())
    return [each.identifier for each in known if each.scope is None or controller_id in each.scope]


def member_of(row: Mapping[Any, Any]) -> StaffMember:
    """The member of staff that a row of the read model shows."""
    controllers = frozenset(row["controllers"])
    return StaffMember(
        identifier=row["identifier"],
        roles=frozenset(Role(role) for role in row["roles"]),
        scope=None if ALL_CONTROLLERS in controllers else controllers,
        has_left=row["has_left"],
        access_ends_on=row["access_ends_on"],
        awaited=frozenset(Role(role) for role in row["asked_roles"]),
    )


_LASTING_OPERATORS: Final[Select[Any]] = (
    select(staff.c.identifier)
    .where(
        staff.c.has_left.is_(False),
        staff.c.access_ends_on.is_(None),
        type_coerce(staff.c.roles, Text).like(f'%"{Role.OPERATOR}"%'),
    )
    .limit(1)
)


def has_operator(connection: Connection) -> bool:
    """Whether there is an operator whose access has no end."""
    return connection.execute(_LASTING_OPERATORS).first() is not None


def staff_row(connection: Connection, identifier: str, scope: frozenset[str] | None) -> Row | None:
    """The list's row of a member of staff; None if never enrolled, or if they share no controller with this scope."""
    query = select(staff).where(staff.c.staff_id == staff_id(identifier), *sharing(scope))
    return one_row(connection, query)


def staff_list(
    connection: Connection, scope: frozenset[str] | None, *, cursor: str | None = None, limit: int = 50
) -> Page:
    """Everybody ever enrolled who shares a controller with this scope, by identifier. Raises CursorInvalid."""
    query = select(staff).where(*sharing(scope)).order_by(staff.c.identifier).limit(limit + 1)
    if cursor is not None:
        query = query.where(staff.c.identifier > cursor_values(cursor, "staff", (str,))[0])
    rows = [dict(row) for row in connection.execute(query).mappings()]
    return Page.of(rows, limit, lambda row: make_cursor("staff", (row["identifier"],)))


def staff_present(
    connection: Connection, wanted: UUID | str | None, *, offset: int, limit: int
) -> tuple[list[Row], int]:
    """Members who have not left, by identifier, and their number: the one with this id or identifier, or all."""
    found: list[ColumnElement[bool]] = [staff.c.has_left.is_(False)]
    if wanted is not None:
        found.append(staff.c.staff_id == wanted if isinstance(wanted, UUID) else staff.c.identifier == wanted)
    query = select(staff).where(*found).order_by(staff.c.identifier).offset(offset).limit(limit)
    total = connection.execute(select(func.count()).select_from(staff).where(*found)).scalar_one()
    return [dict(row) for row in connection.execute(query).mappings()], total


def sharing(scope: frozenset[str] | None) -> list[ColumnElement[bool]]:
    """The condition that a member has a controller of this scope in theirs, also in one that waits for confirmation;
    none for the scope of all.
    """
    if scope is None:
        return []
    controllers = type_coerce(staff.c.controllers, Text) + type_coerce(staff.c.asked_controllers, Text)
    return [or_(*(controllers.contains(f'"{each}"', autoescape=True) for each in sorted(scope | {ALL_CONTROLLERS})))]


def dpos(connection: Connection, controllers: tuple[str, ...]) -> list[str]:
    """Identifiers of the data protection officers with a work address who share one of these controllers, in order.

    Those who wait for a second person are among them: the notice may be about the member whose act makes them wait.
    """
    roles = type_coerce(staff.c.roles, Text) + type_coerce(staff.c.asked_roles, Text)
    query = select(staff.c.identifier, staff.c.controllers, staff.c.asked_controllers).where(
        staff.c.reachable, staff.c.has_left.is_(False), roles.like(f'%"{Role.DPO}"%')
    )
    found = connection.execute(query.order_by(staff.c.identifier)).all()
    wanted = {*controllers, ALL_CONTROLLERS}
    return [
        row.identifier
        for row in found
        if ALL_CONTROLLERS in controllers or wanted & {*row.controllers, *row.asked_controllers}
    ]


def confirmers(connection: Connection, *others: str) -> list[StaffMember]:
    """Operators and data protection officers besides these members of staff."""
    roles = type_coerce(staff.c.roles, Text)
    query = select(staff).where(
        staff.c.identifier.not_in(others), or_(*(roles.like(f'%"{each}"%') for each in sorted(CONFIRMS_STAFF)))
    )
    return [member_of(row) for row in connection.execute(query).mappings()]


def identifiers_of_staff(connection: Connection) -> Sequence[str]:
    """Identifiers of everybody ever enrolled, in order."""
    return connection.execute(select(staff.c.identifier).order_by(staff.c.identifier)).scalars().all()


def unconfirmed_staff(connection: Connection, scope: frozenset[str] | None = None) -> Sequence[Row]:
    """The members of staff with access who share a controller with this scope and wait for a second person."""
    query = select(staff).where(staff.c.unconfirmed, staff.c.has_left.is_(False), *sharing(scope))
    return [dict(row) for row in connection.execute(query.order_by(staff.c.identifier)).mappings()]
