"""The least that takes in a letter: Flask, SQLAlchemy, one row, one commit. Database by BARE_DATABASE_URL."""

import os

import pysqlite3.dbapi2
from flask import Flask, Response, request
from sqlalchemy import Column, Engine, Integer, LargeBinary, MetaData, Table, create_engine, event
from sqlalchemy.engine import make_url

_letters = Table(
    "letters", MetaData(), Column("id", Integer, primary_key=True), Column("body", LargeBinary, nullable=False)
)


def engine_of(database_url: str) -> Engine:
    """SQLite: WAL and `synchronous` FULL, as the service has it."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        return create_engine(url.set(drivername="postgresql+psycopg"))
    engine = create_engine(url, module=pysqlite3.dbapi2, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def set_up(connection: pysqlite3.dbapi2.Connection, _record: object) -> None:
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("PRAGMA synchronous = FULL")

    return engine


def make_table(database_url: str) -> None:
    """Before the processes start."""
    engine = engine_of(database_url)
    _letters.metadata.create_all(engine)
    engine.dispose()


def app() -> Flask:
    """What gunicorn serves, made in each process."""
    engine, flask = engine_of(os.environ["BARE_DATABASE_URL"]), Flask(__name__)

    @flask.post("/letters")
    def take() -> Response:
        with engine.begin() as connection:
            connection.execute(_letters.insert(), {"body": request.get_data()})
        return Response(status=201)

    return flask
