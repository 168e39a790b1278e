"""The stored tree is that of the log, however it grew, and a proof reads a few rows of it."""

from collections.abc import Callable
from uuid import uuid4

import pytest
import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent

from dsr.database import Database
from dsr.eventstore.recorder import LogRecorder
from dsr.eventstore.tables import events
from dsr.evidence import tiles, tree
from dsr.evidence.tiles import Tiles, tree_tiles
from tests.traffic import counted_in


def written(database: Database, number: int) -> None:
    """That many further events."""
    stream = uuid4()
    LogRecorder(database).append([StoredEvent(stream, each, "test.happened", b"{}") for each in range(1, number + 1)])


def headers(database: Database) -> list[bytes]:
    with database.reading() as connection:
        return list(connection.scalars(sa.select(events.c.header).order_by(events.c.position)))


def root_of(leaves: list[bytes]) -> bytes:
    """By definition, from the hashes of the leaves."""
    row = [tree.leaf_hash(each) for each in leaves]
    while len(row) > 1:
        pairs = [tree.node_hash(*row[at : at + 2]) for at in range(0, len(row) - 1, 2)]
        row = [*pairs, *row[len(pairs) * 2 :]]
    return row[0]


@pytest.fixture
def stored_tree(database: Database) -> Callable[[int], Tiles]:
    def made(size: int) -> Tiles:
        written(database, size)
        found = Tiles(database)
        found.extend(size)
        return found

    return made


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 700])
def test_the_root_is_that_of_all_headers(database: Database, stored_tree: Callable[[int], Tiles], size: int) -> None:
    found = stored_tree(size)
    assert found.size() == size
    assert found.root(size) == root_of(headers(database))


def test_a_tree_that_grew_in_steps_is_the_same(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    # given: chunks of seven headers
    monkeypatch.setattr(tiles, "CHUNK", 7)
    found, size = Tiles(database), 0
    for step in (1, 3, 252, 1, 300, 13):
        written(database, step)
        size += step
        # when
        found.extend(size)
        # then
        assert found.root(size) == root_of(headers(database))
        assert found.root(size - step // 2) == root_of(headers(database)[: size - step // 2])


def test_two_that_extend_it_at_once_write_the_same(database: Database) -> None:
    # given: one was slower, and adds what the other added meanwhile
    written(database, 300)
    slow, fast = Tiles(database), Tiles(database)
    slow.extend(100)
    fast.extend(300)
    # when
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tiles, "size", lambda _: 100)
        slow.extend(200)
    # then
    assert fast.size() == 300
    assert fast.root(300) == root_of(headers(database))


def test_a_hole_in_the_log_is_no_tree(database: Database) -> None:
    written(database, 3)
    with pytest.raises(ValueError, match="hole between the positions 0 and 4"):
        Tiles(database).extend(4)


def test_nothing_is_proved_beyond_the_stored_tree(stored_tree: Callable[[int], Tiles]) -> None:
    found = stored_tree(5)
    with pytest.raises(ValueError, match="does not reach"):
        found.root(6)


def test_a_proof_reads_few_rows_however_long_the_log_is(
    database: Database, stored_tree: Callable[[int], Tiles]
) -> None:
    found = stored_tree(66_000)
    with counted_in(database) as traffic:
        proof = tree.prove_inclusion(40_000, 66_000, found.perfect())
    assert traffic.statements <= 6
    leaf = tree.leaf_hash(headers(database)[40_000])
    assert tree.proves_inclusion(leaf, 40_000, 66_000, proof, found.root(66_000))


def test_an_altered_row_shows_in_the_root(database: Database, stored_tree: Callable[[int], Tiles]) -> None:
    found = stored_tree(300)
    with database.writing() as connection:
        connection.execute(
            tree_tiles.update().where(tree_tiles.c.level == 0, tree_tiles.c.place == 0).values(hashes=bytes(256 * 32))
        )
    assert found.root(200) != root_of(headers(database)[:200])
