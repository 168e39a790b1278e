"""Connections to a PostgreSQL server elsewhere are encrypted, unless the URL says otherwise."""

from typing import Any

import pytest
from sqlalchemy import make_url

from dsr.database.postgres import postgres_engine


def asked_for(url: str) -> Any:
    engine = postgres_engine(make_url(url), pool_size=1)
    _, options = engine.dialect.create_connect_args(engine.url)
    engine.dispose()
    return options.get("sslmode")


@pytest.mark.parametrize(
    ("url", "sslmode"),
    [
        ("postgresql://dsr@db.example.org/dsr", "require"),
        ("postgresql://dsr@192.0.2.7:5433/dsr?application_name=x", "require"),
        ("postgresql://dsr@/dsr?host=a.example,b.example", "require"),
        ("postgresql://dsr@db/dsr?sslmode=verify-full", "verify-full"),
        ("postgresql://dsr@db/dsr?sslmode=disable", "disable"),
        ("postgresql://dsr@localhost/dsr", None),
        ("postgresql://dsr@127.0.0.1/dsr", None),
        ("postgresql:///dsr", None),
        ("postgresql://dsr@/dsr?host=%2Fvar%2Frun%2Fpostgresql", None),
    ],
)
def test_a_server_elsewhere_is_reached_with_tls_unless_the_url_says_otherwise(url: str, sslmode: str | None) -> None:
    assert asked_for(url) == sslmode
