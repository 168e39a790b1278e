"""Named filters of the queue that members of staff keep for themselves or share.

They have a table of their own and no events, since a member's choice of requests has no legal meaning and needs no
history. They hold no personal data, and their names are not sealed.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
import sqlalchemy as sa

from dsr.database import metadata
from dsr.desk.caller import Call, Caller
from dsr.desk.errors import Forbidden, VersionStale
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import UnitOfWork, unit_of_work, use_case
from dsr.domain.errors import Refused, Unknown
from dsr.projections import Page, staff_member
from dsr.projections.columns import Json
from dsr.projections.paging import cursor_values, make_cursor

saved_filters: Final = sa.Table(
    "saved_filters",
    metadata.main,
    sa.Column("filter_id", sa.Uuid, primary_key=True),
    sa.Column("owner", sa.String(40), nullable=False, comment="identifier of the member of staff"),
    sa.Column("name", sa.String(60), nullable=False, comment="not sealed: no personal data belongs here"),
    sa.Column("query", Json, nullable=False, comment="JSON, as GET /requests takes it"),
    sa.Column("shared", sa.Boolean, nullable=False, comment="shown to all staff of the service"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("owner", "name"),
)
_c: Final = saved_filters.c

_CURSOR: Final = "saved-filters"


class FilterUnknown(Unknown):
    """There is no such filter, or it belongs to somebody else who does not share it."""

    code = "filter-unknown"


class FilterNameTaken(Refused):
    """You already have a filter of this name. Choose another name, or revise that filter."""

    code = "filter-name-taken"


@dataclass(frozen=True)
class SavedFilter:
    """A named query of the queue."""

    filter_id: UUID
    owner: str
    name: str
    query: dict[str, Any]
    """Parameters of the queue as in its query string; others keep their defaults."""
    shared: bool
    version: int


class SavedFilterDesk:
    """save, revise, delete, list filters."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def save(self, call: Call, *, name: str, query: Mapping[str, Any], shared: bool) -> Answer:
        """Save a filter under a name. Raises FilterNameTaken."""
        with unit_of_work(self._repository, call) as work:
            made = SavedFilter(uuid4(), call.caller.actor, name, dict(query), shared, version=1)
            self._write(work, made, saved_filters.insert().values(asdict(made)))
        return work.answer

    @use_case
    def revise(self, filter_id: UUID, call: Call, *, name: str, query: Mapping[str, Any], shared: bool) -> Answer:
        """Replace all of a filter but its owner.

        Raises FilterUnknown, Forbidden (its owner has not left), VersionStale, FilterNameTaken.
        """
        # The append lock is taken before reading, so that no other call revises between reading and writing.
        with self._repository.database.appending(), unit_of_work(self._repository, call) as work:
            before = self._own(filter_id, call.caller)
            if call.expected is not None and call.expected != before.version:
                raise VersionStale(expected=call.expected, current=before.version)
            made = SavedFilter(filter_id, before.owner, name, dict(query), shared, before.version + 1)
            changed = sa.update(saved_filters).where(_c.filter_id == filter_id)
            self._write(work, made, changed.values(asdict(made)))
        return work.answer

    def delete(self, filter_id: UUID, caller: Caller) -> SavedFilter:
        """Delete a filter and return it. Raises FilterUnknown, Forbidden (as `revise`)."""
        with self._repository.database.appending() as connection:
            gone = self._own(filter_id, caller)
            connection.execute(sa.delete(saved_filters).where(_c.filter_id == filter_id))
        return gone

    def show(self, filter_id: UUID, caller: Caller) -> SavedFilter:
        """A filter of the caller, or a shared one. Raises FilterUnknown."""
        query = sa.select(saved_filters).where(_c.filter_id == filter_id, _seen_by(caller))
        with self._repository.database.glancing() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise FilterUnknown()
        return SavedFilter(**row)

    def page(self, caller: Caller, *, cursor: str | None = None, limit: int = 50) -> Page:
        """The filters of the caller and shared filters, by name. Raises CursorInvalid."""
        here = sa.tuple_(_c.name, _c.filter_id)
        query = sa.select(saved_filters).where(_seen_by(caller)).order_by(_c.name, _c.filter_id).limit(limit + 1)
        if cursor is not None:
            after = cursor_values(cursor, _CURSOR, (str, UUID))
            query = query.where(here > sa.tuple_(*after, types=[_c.name.type, _c.filter_id.type]))
        with self._repository.database.glancing() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        return Page.of(rows, limit, lambda row: make_cursor(_CURSOR, (row["name"], row["filter_id"])))

    def _own(self, filter_id: UUID, caller: Caller) -> SavedFilter:
        """A filter that the caller may change: their own, or a shared one whose owner has left."""
        found = self.show(filter_id, caller)
        if found.owner != caller.actor:
            with self._repository.database.glancing() as connection:
                owner = staff_member(connection, found.owner)
            if owner is not None and not owner.has_left:
                raise Forbidden("This filter is shared with you. Save one of your own.")
        return found

    def _write(self, work: UnitOfWork, made: SavedFilter, statement: sa.Insert | sa.Update) -> None:
        """Write under the append lock, which serialises choices of the same name. Raises FilterNameTaken on saving."""

        def write() -> None:
            with self._repository.database.writing() as connection:
                namesake = sa.select(_c.filter_id).where(_c.owner == made.owner, _c.name == made.name)
                if connection.execute(namesake.where(_c.filter_id != made.filter_id)).first() is not None:
                    raise FilterNameTaken()
                connection.execute(statement)

        work.effect(write)
        work.respond(lambda: Answer(msgspec.json.encode(made), made.version, str(made.filter_id)))


def _seen_by(caller: Caller) -> sa.ColumnElement[bool]:
    return sa.or_(_c.owner == caller.actor, _c.shared.is_(True))
