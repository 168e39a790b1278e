"""PostgreSQL through psycopg 3: how connections are made, and when one that was waiting is looked at again."""

from time import monotonic
from typing import Any, Final

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import PoolProxiedConnection

BUSY_SECONDS: Final = 30

TRUSTED_SECONDS: Final = 5
"""A connection that was used so recently is taken as it is: asking each time would be one more round trip for every
statement or transaction. One that died in the meantime fails once, as unavailable, and takes the others out with it."""


def postgres_engine(url: URL) -> Engine:
    """Make an engine for a database on a server; connects when it is first used."""
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"client_encoding": "utf8", "options": f"-c lock_timeout={int(BUSY_SECONDS * 1000)}"},
        pool_size=16,
        max_overflow=16,
        hide_parameters=True,
    )

    @event.listens_for(engine, "checkin")
    def note_the_time(_connection: object, record: Any) -> None:
        record.info["idle_since"] = monotonic()

    @event.listens_for(engine, "checkout")
    def look_at_a_long_idle_one(connection: Any, record: Any, _proxy: PoolProxiedConnection) -> None:
        if monotonic() - record.info.get("idle_since", monotonic()) > TRUSTED_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error  # the pool opens another

    return engine
