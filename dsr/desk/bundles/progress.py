"""How far an audit bundle is that is written over HTTP, and the wish to end it: shared by all processes of the service.

The rows hold no personal data. They are kept for a week, so that the auditor can look what became of the file.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

import sqlalchemy as sa

from dsr.database import metadata
from dsr.desk.bundles.bundle import PreparedBundle
from dsr.desk.bundles.scope import BundleScope
from dsr.desk.caller import Caller
from dsr.desk.repository import Repository
from dsr.domain.errors import DomainError, Refused, Unknown
from dsr.projections.columns import Json, UtcInstant

log: Final = logging.getLogger("dsr.bundles")

audit_bundles: Final = sa.Table(
    "audit_bundles",
    metadata.main,
    sa.Column("bundle_id", sa.Uuid, primary_key=True),
    sa.Column("asked_by", sa.String(40), nullable=False, comment="identifier of the member of staff"),
    sa.Column("scope", Json, nullable=False, comment="as it was given"),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("cases", sa.Integer, nullable=False, comment="in the bundle"),
    sa.Column("matters", sa.Integer, nullable=False, comment="in the bundle"),
    sa.Column("cases_done", sa.Integer, nullable=False),
    sa.Column("bytes_written", sa.BigInteger, nullable=False),
    sa.Column("started_at", UtcInstant, nullable=False, index=True),
    sa.Column("noted_at", UtcInstant, nullable=False, comment="when it was last said how far it is"),
)
_c: Final = audit_bundles.c

EVERY: Final = 1.0
"""Seconds between two notes of how far a bundle is."""

_KEPT: Final = timedelta(days=7)
_SHOWN: Final = 50
_SILENT: Final = timedelta(minutes=10)
"""A bundle of which nothing was noted for so long is written no more: its process ended."""


class BundleState(StrEnum):
    """What became of a bundle; codes are public."""

    WRITING = "writing"
    """It is being written."""
    CANCELLED = "cancelled"
    """Somebody cancelled it, or closed the connection; what was written is no bundle."""
    BROKEN_OFF = "broken-off"
    """A part could not be written, or the service was stopped; what was written is no bundle."""
    COMPLETE = "complete"
    """It is written."""


class BundleUnknown(Unknown):
    """You asked for no such bundle in the last week. The answer of `POST /audit/bundles` names it in `Location`."""

    code = "bundle-unknown"


class BundleEnded(Refused):
    """This bundle is written no more. Look at its `state`; ask for another one."""

    code = "bundle-ended"


class BundleCancelled(Refused):
    """The bundle was cancelled while it was written: what arrived is no bundle. Ask for another one."""

    code = "bundle-cancelled"


@dataclass(frozen=True)
class BundleProgress:
    """How far a bundle is."""

    bundle_id: UUID
    scope: tuple[str, ...]
    state: BundleState
    cases: int
    cases_done: int
    matters: int
    bytes_written: int
    started_at: datetime
    noted_at: datetime


class BundleProgressDesk:
    """follow and cancel a bundle."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def begin(self, prepared: PreparedBundle, scope: BundleScope, caller: Caller) -> UUID:
        """Note a bundle that is about to be written, and forget those of before last week."""
        bundle_id, now = uuid4(), self._repository.now()
        with self._repository.database.writing() as connection:
            connection.execute(sa.delete(audit_bundles).where(_c.started_at < now - _KEPT))
            connection.execute(
                audit_bundles.insert().values(
                    bundle_id=bundle_id,
                    asked_by=caller.actor,
                    scope=list(scope.written),
                    state=BundleState.WRITING.value,
                    cases=prepared.cases,
                    matters=prepared.matters,
                    cases_done=0,
                    bytes_written=0,
                    started_at=now,
                    noted_at=now,
                )
            )
        return bundle_id

    def followed(self, bundle_id: UUID, prepared: PreparedBundle) -> Iterator[bytes]:
        """The bytes of the bundle; how far it is is noted now and then.

        Raises BundleCancelled, soon after it was cancelled; what `BundleStream.chunks` raises.
        """
        done = {"cases": 0, "bytes": 0}

        def told(what: str, number: int) -> None:
            done[what] = done.get(what, 0) + number

        state, noted = BundleState.BROKEN_OFF, time.monotonic()
        try:
            for chunk in prepared.chunks(told):
                yield chunk
                told("bytes", len(chunk))
                if time.monotonic() >= noted + EVERY:
                    noted = time.monotonic()
                    if not self._note(bundle_id, BundleState.WRITING, done):
                        raise BundleCancelled()
            state = BundleState.COMPLETE
        except GeneratorExit:  # the connection was closed
            state = BundleState.CANCELLED
            raise
        finally:
            try:
                self._note(bundle_id, state, done)
            except DomainError as error:  # what was written is what counts
                log.warning("bundle %s: its end was not noted: %s", bundle_id, error.code)

    def of(self, bundle_id: UUID, caller: Caller) -> BundleProgress:
        """How far a bundle is that the caller asked for. Raises BundleUnknown."""
        with self._repository.database.glancing() as connection:
            row = connection.execute(sa.select(audit_bundles).where(_c.bundle_id == bundle_id)).mappings().first()
        if row is None or row["asked_by"] != caller.actor:
            raise BundleUnknown()
        return self._shown(row)

    def asked_by(self, caller: Caller) -> list[BundleProgress]:
        """The bundles that the caller asked for in the last week, the latest first; at most fifty."""
        asked = sa.and_(_c.asked_by == caller.actor, _c.started_at >= self._repository.now() - _KEPT)
        query = sa.select(audit_bundles).where(asked).order_by(_c.started_at.desc()).limit(_SHOWN)
        with self._repository.database.glancing() as connection:
            return [self._shown(row) for row in connection.execute(query).mappings()]

    def _shown(self, row: sa.RowMapping) -> BundleProgress:
        state = BundleState(row["state"])
        if state is BundleState.WRITING and row["noted_at"] < self._repository.now() - _SILENT:
            state = BundleState.BROKEN_OFF
        kept = {name: row[name] for name in ("cases", "cases_done", "matters", "bytes_written", "started_at")}
        return BundleProgress(row["bundle_id"], tuple(row["scope"]), state, **kept, noted_at=row["noted_at"])

    def cancel(self, bundle_id: UUID, caller: Caller) -> BundleProgress:
        """Have a bundle written no further. Raises BundleUnknown, BundleEnded."""
        is_written = self.of(bundle_id, caller).state is BundleState.WRITING
        if not is_written or not self._changed(bundle_id, {"state": BundleState.CANCELLED.value}):
            raise BundleEnded()
        return self.of(bundle_id, caller)

    def _note(self, bundle_id: UUID, state: BundleState, done: dict[str, int]) -> bool:
        """Whether it goes on: nobody cancelled it."""
        values = {
            "state": state.value,
            "cases_done": done["cases"],
            "bytes_written": done["bytes"],
            "noted_at": self._repository.now(),
        }
        return self._changed(bundle_id, values)

    def _changed(self, bundle_id: UUID, values: Mapping[str, object]) -> bool:
        """Change a bundle that is still written."""
        is_written = sa.and_(_c.bundle_id == bundle_id, _c.state == BundleState.WRITING.value)
        with self._repository.database.writing() as connection:
            return connection.execute(sa.update(audit_bundles).where(is_written).values(values)).rowcount > 0
