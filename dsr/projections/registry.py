"""All read models, and the one call that keeps them in step with the log."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from dsr.domain.recorded import Recorded
from dsr.projections import (
    agenda,
    authority_disclosures,
    cases,
    decision_register,
    dispatches,
    exports,
    holds,
    introduced_keys,
    items,
    own_erasures,
    quarantine,
    recipients,
    request_states,
    restrictions,
    staff,
    timeline,
)
from dsr.projections import (
    decisions as _decisions,  # noqa: F401 - handlers of the register
)
from dsr.projections import (
    decisions_on_acts as _acts,  # noqa: F401 - handlers of the register
)
from dsr.projections.errors import ProjectionBehind, ProjectionUnknown
from dsr.projections.positions import ProjectionState, go_along, in_step, states
from dsr.projections.projection import Projection

PROJECTIONS: Final[tuple[Projection, ...]] = (
    cases.cases,
    items.item_rows,
    timeline.entries,
    decision_register.register,
    holds.on_hold,
    recipients.ledger,
    restrictions.standing,
    staff.members,
    quarantine.messages,
    exports.packages,
    dispatches.letters,
    agenda.dates,
    request_states.states,
    own_erasures.findings,
    authority_disclosures.letters,
    introduced_keys.introductions,
)
"""To add a read model, write its file, name it here, add its table in a migration, and rebuild it."""


def projection_named(name: str) -> Projection:
    """The read model of this name. Raises ProjectionUnknown."""
    for each in PROJECTIONS:
        if each.name == name:
            return each
    raise ProjectionUnknown(f"There is no read model '{name}'. Known: {', '.join(each.name for each in PROJECTIONS)}.")


def project(connection: Connection, recorded: Sequence[Recorded], found: str | None) -> None:
    """Fold events that were just appended into the read models, in the append's own transaction.

    `found` is what `in_step_query` found under the append lock. A read model that lacks earlier events, or was built
    by older handlers, is left as it is: it stays visibly behind until it is rebuilt, and commands go on.
    Raises SchemaTooNew where a newer version of this program has built one.
    """
    if not recorded:
        return
    whole = in_step(PROJECTIONS, found)
    for each in PROJECTIONS if whole else go_along(connection, PROJECTIONS, recorded[0].position - 1):
        each.project(connection, recorded)


def projection_states(connection: Connection, head: int) -> list[ProjectionState]:
    """How far each read model is; `head` is the last position of the log."""
    return states(connection, PROJECTIONS, head)


def require_current(connection: Connection, head: int) -> None:
    """Raise ProjectionBehind, naming them, unless every read model shows what the log says."""
    old = [state.name for state in projection_states(connection, head) if state.needs_rebuild]
    if old:
        raise ProjectionBehind(
            f"Read models older than the log or this program: {', '.join(old)}. Run `dsr projections rebuild`.",
            projections=old,
        )
