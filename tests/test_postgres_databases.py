"""What one test did in a database of the PostgreSQL server, the next one does not see."""

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy.engine import make_url

from dsr.database.migrations import Kind
from tests.postgres_databases import PostgresDatabases


@pytest.fixture
def template(migrated_templates: Callable[[str, Kind], str]) -> str:
    """A migrated main database."""
    return migrated_templates("postgresql", "main")


def connected(url: str) -> psycopg.Connection:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


REVISION = "SELECT version_num FROM alembic_version"


def test_a_database_comes_back_with_the_rows_of_its_template(
    postgres_databases: PostgresDatabases, template: str
) -> None:
    # given: rows that a test added, changed and left locked
    url = postgres_databases.lend(template)
    with connected(url) as session:
        revision = session.execute(REVISION).fetchall()
        session.execute("UPDATE alembic_version SET version_num = '9999'")
        session.execute("INSERT INTO projections (name, version, position) VALUES ('ours', 1, 7)")
    left = connected(url)
    left.execute("BEGIN")
    left.execute("LOCK TABLE events")
    # when
    postgres_databases.give_back(url)
    again = postgres_databases.lend(template)
    # then
    assert again == url
    with connected(again) as session:
        assert session.execute(REVISION).fetchall() == revision
        assert session.execute("SELECT count(*) FROM projections WHERE name = 'ours'").fetchone() == (0,)
    postgres_databases.give_back(again)
    left.close()


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE ours (id int)",
        "ALTER TABLE events ADD COLUMN ours int",
        "ALTER TABLE projections ALTER COLUMN version DROP NOT NULL",
        "DROP TRIGGER events_no_change ON events",
        "DROP TABLE alembic_version",
    ],
)
def test_a_database_whose_schema_was_changed_is_not_lent_again(
    postgres_databases: PostgresDatabases, template: str, change: str
) -> None:
    url = postgres_databases.lend(template)
    with connected(url) as session:
        session.execute(change)
    postgres_databases.give_back(url)
    again = postgres_databases.lend(template)
    assert again != url
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        connected(url)
    postgres_databases.give_back(again)


def test_a_database_whose_sessions_all_ended_is_not_lent_again(
    postgres_databases: PostgresDatabases, template: str
) -> None:
    url = postgres_databases.lend(template)
    with connected(url) as session:
        session.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    postgres_databases.give_back(url)
    again = postgres_databases.lend(template)
    assert again != url
    postgres_databases.give_back(again)
