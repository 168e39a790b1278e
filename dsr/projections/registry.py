"""All read models, and the function that updates them with appended events."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from sqlalchemy import Connection

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.case import RequestCreated, RequestEvent
from dsr.projections import (
    agenda,
    authority_disclosures,
    case_counts,
    credentials,
    decisions,
    dispatches,
    due_counts,
    exports,
    forgotten,
    holds,
    introduced_keys,
    items,
    judged_suggestions,
    link_requests,
    matter_letters,
    matter_messages,
    matter_states,
    matters,
    messages,
    missed_dates,
    own_erasures,
    passkeys,
    quarantine,
    recipients,
    request_states,
    requests,
    restrictions,
    retention_batches,
    staff,
    staff_accounts,
    staff_sessions,
    timeline,
)
from dsr.projections import (
    decisions_on_acts as _acts,  # noqa: F401 - handlers of the register
)
from dsr.projections import (
    decisions_on_procedure as _procedure,  # noqa: F401 - handlers of the register
)
from dsr.projections.errors import ProjectionBehind, ProjectionUnknown
from dsr.projections.positions import ProjectionState, go_along, in_step, states
from dsr.projections.projection import Projection
from dsr.projections.read_model import ReadModel
from dsr.projections.shown import OF_STATE, CaseSave
from dsr.projections.state import LogPlace

PROJECTIONS: Final[tuple[ReadModel, ...]] = (
    requests.READ_MODEL,
    items.READ_MODEL,
    timeline.READ_MODEL,
    decisions.READ_MODEL,
    holds.READ_MODEL,
    recipients.READ_MODEL,
    restrictions.READ_MODEL,
    staff.READ_MODEL,
    quarantine.READ_MODEL,
    exports.READ_MODEL,
    link_requests.READ_MODEL,
    dispatches.READ_MODEL,
    agenda.READ_MODEL,
    request_states.READ_MODEL,
    messages.READ_MODEL,
    missed_dates.READ_MODEL,
    own_erasures.READ_MODEL,
    authority_disclosures.READ_MODEL,
    matters.READ_MODEL,
    matter_states.READ_MODEL,
    matter_letters.READ_MODEL,
    matter_messages.READ_MODEL,
    introduced_keys.READ_MODEL,
    credentials.READ_MODEL,
    passkeys.READ_MODEL,
    staff_sessions.READ_MODEL,
    staff_accounts.READ_MODEL,
    case_counts.READ_MODEL,
    due_counts.READ_MODEL,
    forgotten.READ_MODEL,
    judged_suggestions.READ_MODEL,
    retention_batches.READ_MODEL,
)
"""All read models. To add one, write its module, list it here, add its table in a migration, and rebuild it."""

ONLY_SHOWN: Final[frozenset[str]] = frozenset(
    each.name
    for each in (
        timeline.READ_MODEL,
        decisions.READ_MODEL,
        recipients.READ_MODEL,
        restrictions.READ_MODEL,
        request_states.READ_MODEL,
        missed_dates.READ_MODEL,
        matter_states.READ_MODEL,
        link_requests.READ_MODEL,
        case_counts.READ_MODEL,
        due_counts.READ_MODEL,
        judged_suggestions.READ_MODEL,
    )
)
"""Names of the read models that people look at and that no guard, policy or sweep reads. After an upgrade, they show
what they held before until they are rebuilt; the service waits for all others. A test compares with what commands read.
"""


def projection_named(name: str) -> ReadModel:
    """The read model of this name. Raises ProjectionUnknown."""
    for each in PROJECTIONS:
        if each.name == name:
            return each
    raise ProjectionUnknown(f"There is no read model '{name}'. Known: {', '.join(each.name for each in PROJECTIONS)}.")


def project(
    connection: Connection,
    recorded: Sequence[Recorded],
    found: str | None,
    *,
    saves: Sequence[CaseSave] = (),
    is_new_instant: bool = False,
) -> None:
    """Update the read models with newly appended events, in the appending transaction.

    `found` is the result of `in_step_query` under the append lock; `saves` has each case of the events;
    `is_new_instant`: nothing was recorded at that instant before. A read model that lacks earlier events, or was built
    by an older version, is left unchanged and visibly behind until it is rebuilt; commands continue. Raises
    SchemaTooNew if a newer version of this program built one, LookupError for a case not in `saves`.
    """
    if not recorded:
        return
    whole = in_step(PROJECTIONS, found)
    going = PROJECTIONS if whole else go_along(connection, PROJECTIONS, recorded[0].position - 1)
    for each in _handling(frozenset(type(each.event) for each in recorded)):
        if whole or each in going:
            each.project(connection, recorded)
    places = {
        each.stream_id: LogPlace(each.position, each.recorded_at, is_new_instant=is_new_instant)
        for each in recorded
        if isinstance(each.event, RequestCreated | RequestEvent)
    }
    if missing := places.keys() - {save.request_id for save in saves}:
        raise LookupError(f"What cases {missing} show has to be saved with their events.")
    for save in saves:
        if save.request_id in places:
            for state in OF_STATE:
                if state in going:
                    state.save(connection, save.before[state.name], save.now[state.name], places[save.request_id])


@lru_cache(maxsize=1_000)
def _handling(event_types: frozenset[type[Event]]) -> tuple[Projection, ...]:
    """The read models that events of these types can change."""
    every = (each for each in PROJECTIONS if isinstance(each, Projection))
    return tuple(each for each in every if any(map(each.handlers_of, event_types)))


def projection_states(connection: Connection, head: int) -> list[ProjectionState]:
    """The state of each read model; `head` is the last position of the log."""
    return states(connection, PROJECTIONS, head)


def require_current(connection: Connection, head: int) -> list[str]:
    """Raise ProjectionBehind, naming them, unless all read models are current.

    Returns those that are not, and are shown as they were: no decision rests on them, and they were complete once. One
    that was never built would show nothing, and one of a newer program something unknown.
    """
    old = [state for state in projection_states(connection, head) if state.needs_rebuild]
    shown = [each.name for each in old if each.name in ONLY_SHOWN and each.was_built and not each.is_newer]
    if refused := [each.name for each in old if each.name not in shown]:
        raise ProjectionBehind(
            f"Read models older than the log or this program: {', '.join(refused)}. Run `dsr projections rebuild`.",
            projections=refused,
        )
    return shown
