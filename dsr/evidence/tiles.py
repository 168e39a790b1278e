"""The hashes of the tree over the log, as rows of 256: a proof reads a few rows, however long the log is.

A row at level 0 holds hashes of leaves, one at level n the hashes of perfect subtrees of 256**n leaves. Rows follow
from the log and can be made anew; only the last row of each level grows.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.database.inserting import insert_into
from dsr.eventstore.tables import events
from dsr.evidence.tree import HASH_BYTES, leaf_hash, node_hash, root

WIDTH: Final = 256
_BITS: Final = 8
"""Levels of the tree in one level of rows."""

CHUNK: Final = 8_192
"""Headers that are read in one short transaction."""

tree_tiles: Final = sa.Table(
    "tree_tiles",
    metadata.main,
    sa.Column("log", sa.String(64), primary_key=True),
    sa.Column("level", sa.Integer, primary_key=True, autoincrement=False, comment="0: hashes of leaves"),
    sa.Column("place", sa.BigInteger, primary_key=True, autoincrement=False, comment="from the left, 0 for the first"),
    sa.Column("hashes", sa.LargeBinary, nullable=False, comment="up to 256 hashes of 32 bytes"),
)

_HASHES: Final = sa.select(tree_tiles.c.hashes).where(
    tree_tiles.c.log == sa.bindparam("log"),
    tree_tiles.c.level == sa.bindparam("level"),
    tree_tiles.c.place == sa.bindparam("place"),
)


class Tiles:
    """The stored tree of one log."""

    def __init__(self, database: Database, *, log: str = "main") -> None:
        self._database = database
        self._log = log

    def size(self) -> int:
        """Number of leaves in the stored tree."""
        leaves = sa.and_(tree_tiles.c.log == self._log, tree_tiles.c.level == 0)
        query = (
            sa.select(tree_tiles.c.place, sa.func.length(tree_tiles.c.hashes))
            .where(leaves)
            .order_by(tree_tiles.c.place.desc())
            .limit(1)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return 0 if row is None else row[0] * WIDTH + row[1] // HASH_BYTES

    def extend(self, until: int) -> None:
        """Add leaves up to and including this position of the log.

        Rows only grow, so that two processes that extend the tree at the same time write the same.
        """
        size = self.size()
        query = sa.select(events.c.header).where(
            events.c.log == self._log,
            events.c.position > sa.bindparam("after"),
            events.c.position <= sa.bindparam("until"),
        )
        while size < until:
            with self._database.reading() as connection:
                end = min(until, size + CHUNK)
                headers = connection.scalars(query.order_by(events.c.position), {"after": size, "until": end}).all()
                changed = self._grown(connection, size, [leaf_hash(header) for header in headers])
            if len(headers) != end - size:
                raise ValueError(f"the log has a hole between the positions {size} and {end}")
            self._store(changed)
            size = end

    def forget(self) -> None:
        """Remove all rows, so that `extend` makes them anew from the log."""
        with self._database.writing() as connection:
            connection.execute(tree_tiles.delete().where(tree_tiles.c.log == self._log))

    def root(self, size: int) -> bytes:
        """Root of the tree of the first `size` leaves. Raises ValueError beyond the stored tree."""
        return root(size, self.perfect())

    def perfect(self) -> Callable[[int, int], bytes]:
        """A reader of the hashes of perfect subtrees, which reads each row once. Raises ValueError for one that is not
        stored.
        """

        @cache
        def row(level: int, place: int) -> bytes:
            with self._database.glancing() as connection:
                return connection.scalar(_HASHES, {"log": self._log, "level": level, "place": place}) or b""

        @cache
        def of(level: int, index: int) -> bytes:
            tile, within = divmod(level, _BITS)
            first, number = index << within, 1 << within
            place, offset = divmod(first, WIDTH)
            hashes = row(tile, place)[offset * HASH_BYTES : (offset + number) * HASH_BYTES]
            if len(hashes) != number * HASH_BYTES:
                raise ValueError("the stored tree does not reach so far")
            return _fold(hashes)

        return of

    def _grown(self, connection: sa.Connection, size: int, added: list[bytes]) -> dict[tuple[int, int], bytes]:
        """The rows that change when these hashes follow the first `size` leaves, by level and place."""
        changed, level = dict[tuple[int, int], bytes](), 0
        while added:
            place, full = divmod(size >> (_BITS * level), WIDTH)
            hashes = b""
            if full:
                found = connection.scalar(_HASHES, {"log": self._log, "level": level, "place": place}) or b""
                hashes = found[: full * HASH_BYTES]
            hashes += b"".join(added)
            above = []
            for first in range(0, len(hashes), WIDTH * HASH_BYTES):
                part = hashes[first : first + WIDTH * HASH_BYTES]
                changed[level, place] = part
                place += 1
                if len(part) == WIDTH * HASH_BYTES:
                    above.append(_fold(part))
            added, level = above, level + 1
        return changed

    def _store(self, changed: dict[tuple[int, int], bytes]) -> None:
        insert = insert_into(tree_tiles, self._database.engine.dialect.name)
        longer = sa.func.length(tree_tiles.c.hashes) < sa.func.length(insert.excluded.hashes)
        grow = insert.on_conflict_do_update(
            index_elements=["log", "level", "place"], set_={"hashes": insert.excluded.hashes}, where=longer
        )
        rows = [
            {"log": self._log, "level": level, "place": place, "hashes": hashes}
            for (level, place), hashes in sorted(changed.items())
        ]
        with self._database.writing() as connection:
            connection.execute(grow, rows)


def _fold(hashes: bytes) -> bytes:
    """Hash of the perfect subtree over these hashes, of which there is a power of two."""
    row = [hashes[first : first + HASH_BYTES] for first in range(0, len(hashes), HASH_BYTES)]
    while len(row) > 1:
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]
