"""Shadow tables: a copy of a read model's table built beside the live one, then swapped in."""

from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Index, MetaData, Table, inspect, text

from dsr.projections.read_model import ReadModel

_MARK: Final = "_shadow_"


class Shadow:
    """An empty table of the same shape. Its name is unique to this rebuild, so two rebuilds never share one."""

    def __init__(self, projection: ReadModel, rebuild_id: UUID, *, is_sqlite: bool) -> None:
        self.read_model = projection
        live = projection.table
        self._live = live
        self._is_sqlite = is_sqlite
        name = f"{live.name}{_MARK}{rebuild_id.hex[:8]}"
        # SQLite can't rename a constraint or an index; there a constraint may have its final name from the start.
        self._key = f"pk_{live.name if is_sqlite else name}"
        self.table = live.to_metadata(MetaData(), name=name)
        self.table.indexes.clear()
        self.table.primary_key.name = self._key
        self._index_names: dict[str, Index] = {}

    def create(self, connection: Connection) -> None:
        """Create the empty table with only the indexes the build needs, which makes inserts faster."""
        self.table.create(connection)

    def index(self, connection: Connection) -> None:
        """Create indexes and statistics before the swap, if the database can rename them later."""
        if self._is_sqlite:
            return
        for number, index in enumerate(sorted(self._live.indexes, key=lambda each: str(each.name))):
            name = f"ix_{self.table.name}_{number}"
            columns = [self.table.c[column.name] for column in index.columns]
            Index(name, *columns, unique=index.unique).create(connection)
            self._index_names[name] = index
        connection.execute(text(f'ANALYZE "{self.table.name}"'))

    def swap(self, connection: Connection) -> None:
        """Replace the live table, which is dropped, by this one. All names end up as a migration creates them."""
        self._live.drop(connection)
        connection.execute(text(f'ALTER TABLE "{self.table.name}" RENAME TO "{self._live.name}"'))
        if self._is_sqlite:
            for index in self._live.indexes:
                index.create(connection)
            return
        connection.execute(
            text(f'ALTER TABLE "{self._live.name}" RENAME CONSTRAINT "{self._key}" TO "{self._live.primary_key.name}"')
        )
        for name, index in self._index_names.items():
            connection.execute(text(f'ALTER INDEX "{name}" RENAME TO "{index.name}"'))


def drop_leftovers(connection: Connection, projection: ReadModel) -> None:
    """Remove shadow tables of an interrupted rebuild."""
    start = f"{projection.name}{_MARK}"
    for name in inspect(connection).get_table_names():
        if name.startswith(start):
            Table(name, MetaData()).drop(connection)
