"""Migrations make exactly the tables that the code defines, on both databases."""

import hashlib
import importlib
import pkgutil

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import dsr
from dsr.database import Database, DatabaseSwapped, SchemaMissing, SchemaOutdated, SchemaTooNew, metadata, migrations
from dsr.database.migrations import Kind, check_schema, current_revision, head_revision, new_migration, upgrade

KINDS: list[Kind] = ["main", "keys"]

FROZEN = {
    "versions/0001_initial.py": "f47b134afbe58fa860363e91e96520b107c36a272d26657c6d02de3f48ebe3d2",
    "versions/0002_read_models_that_go_with_the_log.py": (
        "fa40dcab7fa54d374191192153589875e0be9497e83edfd0b5139042f03ebbd0"
    ),
    "versions/0003_introduced_keys.py": "3e2530af3ae2f1dde3f239b66037a01432cd6f59c53c87ea13b532affa7ff8b1",
    "versions/0004_small_blobs.py": "23c22d19595dcf3b8d9e9f1c38825bca180541dc1baddace540727bc8d572d16",
    "versions/0005_agenda_and_states.py": "a35588adf25fb6b4f8ea2ae723dae6257d17307c6b396edc2d5bfcd1ba92a80a",
    "versions/0006_failed_due.py": "0a25cdf4db62b666a8d30fe36a5416c32c86f3a9072e276a65886e8683ddb89c",
    "versions/0007_names_of_columns.py": "c0979869c32eca39eb80907a71fa3680c565a93c30f43a5e09fe10a0e056e8bc",
    "keys/versions/keys_0001_initial.py": "04d1c09e8344af3a804b5d65ccb159b854f8b254ec3c726ae9dff4e23adb3db9",
    "keys/versions/keys_0002_keys_of_a_reserve.py": "081eb8601d1adc26eb45bdb174d081e728f7aca5efffe2c4b86332343c63666a",
}
"""The SHA-256 of each migration that installations were made with."""


def define_every_table() -> None:
    for module in pkgutil.walk_packages(dsr.__path__, "dsr."):
        if not module.name.startswith("dsr._") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


@pytest.mark.parametrize("name", FROZEN)
def test_a_migration_that_installations_were_made_with_is_never_edited(name: str) -> None:
    digest = hashlib.sha256((migrations.SCRIPTS / name).read_bytes()).hexdigest()
    assert digest == FROZEN[name], (
        f"{name} is frozen: databases that were made with it would not get the change. "
        "Undo the edit (git checkout), and write the change as a new migration beside it, with the next number."
    )


@pytest.mark.parametrize("kind", KINDS)
def test_migrations_yield_exactly_the_metadata(empty_url: str, kind: Kind) -> None:
    define_every_table()
    target = metadata.main if kind == "main" else metadata.keys
    database = Database(empty_url)
    upgrade(database, kind)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, target)
    database.close()
    assert differences == [], (
        "The migrations yield something else than the tables of the code. A column that must not be null is added to a "
        "read model with a default, which the migration then drops (`alter_column(…, server_default=None)`)."
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_upgraded_database_is_at_the_head_and_may_be_upgraded_again(empty_url: str, kind: Kind) -> None:
    database = Database(empty_url)
    upgrade(database, kind)
    upgrade(database, kind)
    assert current_revision(database) == head_revision(kind)
    check_schema(database, kind)
    database.close()


@pytest.mark.parametrize("kind", KINDS)
def test_revisions_follow_each_other_by_their_numbers(kind: Kind) -> None:
    """So that a process knows them by their files, without importing Alembic."""
    chain = ScriptDirectory.from_config(migrations._config(kind)).walk_revisions()
    assert migrations.revisions(kind) == [script.revision for script in chain]


def test_an_empty_database_is_refused(empty_url: str) -> None:
    database = Database(empty_url)
    with pytest.raises(SchemaMissing, match="dsr init"):
        check_schema(database, "main")
    database.close()


def test_a_database_of_a_newer_program_is_refused(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match="newer version"):
        check_schema(database, "main")


@pytest.mark.parametrize("kind", KINDS)
def test_keys_and_log_are_never_taken_for_each_other(empty_url: str, kind: Kind) -> None:
    database = Database(empty_url)
    upgrade(database, "keys" if kind == "main" else "main")
    with pytest.raises(DatabaseSwapped, match="DSR_KEYS_URL the key database"):
        check_schema(database, kind)
    database.close()


@pytest.mark.usefixtures("own_scripts")
def test_a_database_of_an_older_program_is_refused(database: Database) -> None:
    # given: a program that knows one more migration than the database has seen
    new_migration("main", "one more", "9998")
    # when, then
    with pytest.raises(SchemaOutdated, match="dsr upgrade"):
        check_schema(database, "main")
    upgrade(database, "main")
    check_schema(database, "main")
    assert current_revision(database) == "9998"


@pytest.mark.usefixtures("own_scripts")
def test_a_failed_migration_leaves_nothing(empty_url: str) -> None:
    # given
    broken = new_migration("main", "broken", "9998")
    broken.write_text(broken.read_text().replace("    pass", "    op.execute('SELECT no_such_thing')"))
    database = Database(empty_url)
    with pytest.raises(sa.exc.DBAPIError):
        upgrade(database, "main")
    with database.reading() as connection:
        assert sa.inspect(connection).get_table_names() == []
    database.close()


@pytest.mark.usefixtures("own_scripts")
def test_a_new_migration_carries_the_house_rules() -> None:
    path = new_migration("main", "Add a column", "9998")
    text = path.read_text()
    assert "House rules" in text
    assert "Never change an event" in text
    assert path.name == "9998_add_a_column.py"
    compile(text, str(path), "exec")


@pytest.mark.parametrize("statement", ["UPDATE events SET name = 'x'", "DELETE FROM events"])
def test_not_even_sql_changes_an_event(database: Database, statement: str) -> None:
    with database.appending() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO events VALUES "
                "('main', 1, :stream, 1, 'test', '2026-01-01T00:00:00.000000Z', :header, '{}')"
            ),
            {"stream": "6d0c2f0a8c4e4f1b9d7e2a1b3c4d5e6f", "header": b"{}"},
        )
    with pytest.raises(sa.exc.IntegrityError, match="never changed"), database.writing() as connection:
        connection.execute(sa.text(statement))
