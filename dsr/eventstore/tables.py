"""Tables of the log. Rows are only added; triggers refuse any other change."""

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, Text, UniqueConstraint, Uuid

from dsr.database.metadata import main

events: Final = Table(
    "events",
    main,
    Column("log", String(64), primary_key=True, comment="one lock and one sequence each; today only `main`"),
    Column("position", BigInteger, primary_key=True, autoincrement=False, comment="1, 2, 3 … without a gap"),
    Column("stream_id", Uuid, nullable=False, comment="the aggregate"),
    Column("stream_version", Integer, nullable=False),
    Column("name", String(200), nullable=False, comment="the event's stable name, TOPIC"),
    Column("recorded_at", String(27), nullable=False, comment="ISO 8601, UTC, microseconds; never decreases"),
    Column("header", LargeBinary, nullable=False, comment="canonical JSON, the leaf of the evidence, verbatim"),
    Column("payload", Text, nullable=False, comment="plain JSON; personal data only as ciphertext"),
    UniqueConstraint("log", "stream_id", "stream_version"),
)
