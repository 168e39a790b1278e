"""Stored answers of commands, so that a lost answer can be repeated; written in the transaction of the command."""

from dataclasses import dataclass
from typing import Final

import msgspec
import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.database.statements import InsertRows, Query, Statement, ask
from dsr.desk.caller import Call, Caller, IdempotencyKey
from dsr.desk.errors import AnswerWithheld, IdempotencyKeyReused

idempotency: Final = sa.Table(
    "idempotency",
    metadata.main,
    sa.Column("key", sa.String(64), primary_key=True, comment="HMAC of caller, method, path and key, hex"),
    sa.Column("fingerprint", sa.String(64), nullable=False, comment="HMAC of the body, hex"),
    sa.Column("body", sa.Text, nullable=False, comment="the answer, JSON, without personal data or secrets"),
    sa.Column("version", sa.Integer, comment="ETag of the answer"),
    sa.Column("resource_id", sa.String(64), comment="what was made, for Location"),
    sa.Column("stream_id", sa.Uuid, index=True, comment="the aggregate it belongs to"),
    sa.Column("recorded_on", sa.Date, nullable=False, index=True),
    sa.Column("access", sa.Text, comment="roles and controllers of the caller then, JSON; null if from before 0.3.0"),
)

_BY_KEY: Final = Statement(
    sa.select(
        idempotency.c.key,
        idempotency.c.fingerprint,
        idempotency.c.body,
        idempotency.c.version,
        idempotency.c.resource_id,
        idempotency.c.access,
    ).where(idempotency.c.key.in_([sa.bindparam("key"), sa.bindparam("before")]))
)
_INSERT: Final = InsertRows(idempotency)


@dataclass(frozen=True)
class Answer:
    """The answer of a command: JSON without personal data or secrets, the new version, the id of a created resource."""

    body: bytes
    version: int | None = None
    resource_id: str | None = None


class IdempotencyRecords:
    """Table of stored answers, read before the version is checked and written with the events.

    An answer is shown again only to a caller who still has the access with which it was given. What they may load now
    does not matter: the command itself may have moved the case out of their scope.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, call: Call) -> Answer | None:
        """The stored answer. Raises IdempotencyKeyReused if it belongs to another body; AnswerWithheld."""
        asked = self.look_up(call.idempotency)
        if asked is None:
            return None
        with self._database.glancing() as connection:
            ask(connection, [asked])
        return self.answer(call, asked)

    def look_up(self, key: IdempotencyKey | None) -> Query | None:
        """The query whether the key was used, to be combined with others; empty without a key."""
        return None if key is None else Query(_BY_KEY, {"key": key.key, "before": (key.before or key).key})

    def answer(self, call: Call, asked: Query | None) -> Answer | None:
        """The stored answer, as `find`, from the result of `look_up`."""
        key = call.idempotency
        if key is None or asked is None or not asked.rows:
            return None
        found, fingerprint, body, version, resource_id, access = asked.rows[0]
        if fingerprint != (key if found == key.key or key.before is None else key.before).fingerprint:
            raise IdempotencyKeyReused()
        if not _covers(call.caller, access):
            raise AnswerWithheld()
        return Answer(body.encode(), version, resource_id)

    def remember(self, call: Call, answer: Answer, *, stream_id: object, recorded_on: object) -> None:
        """Store the answer, in the transaction of the command, which holds the append lock."""
        key = call.idempotency
        if key is None:
            return
        with self._database.writing() as connection:
            row = {
                "key": key.key,
                "fingerprint": key.fingerprint,
                "body": answer.body.decode(),
                "version": answer.version,
                "resource_id": answer.resource_id,
                "stream_id": stream_id,
                "recorded_on": recorded_on,
                "access": _access(call.caller),
            }
            _INSERT.send(connection, [row])


def _access(caller: Caller) -> str:
    controllers = None if caller.scope is None else sorted(caller.scope)
    return msgspec.json.encode({"roles": sorted(caller.roles), "controllers": controllers}).decode()


def _covers(caller: Caller, access: str | None) -> bool:
    """Whether the caller has each of these roles, for each of these controllers."""
    if access is None:
        return caller.scope is None
    had = msgspec.json.decode(access)
    if not caller.roles.issuperset(had["roles"]):
        return False
    return caller.scope is None or (had["controllers"] is not None and caller.scope.issuperset(had["controllers"]))
