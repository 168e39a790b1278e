"""Read models: the rows of lists and views, updated from events in the transaction that appends them."""

from dsr.projections.decisions import DecisionFilter, DecisionKind, DecisionOutcome, decision_list, decisions_of
from dsr.projections.errors import CursorInvalid, ProjectionBehind, ProjectionUnknown
from dsr.projections.items import items_of
from dsr.projections.paging import Page
from dsr.projections.positions import ProjectionState
from dsr.projections.queue import ClockState, QueueFilter, Scope, Sort, Status, queue, request_by_reference, request_row
from dsr.projections.rebuild import rebuild
from dsr.projections.registry import (
    ONLY_SHOWN,
    PROJECTIONS,
    project,
    projection_named,
    projection_states,
    require_current,
)
from dsr.projections.rows import Row
from dsr.projections.staff import StaffMember, staff_list, staff_member
from dsr.projections.statistics import Statistics, statistics
from dsr.projections.timeline import timeline_of
from dsr.projections.verify import Difference, Problem, verify
from dsr.projections.workload import Load, Totals, due_soon, late, totals, unacknowledged, workload

__all__ = [
    "ONLY_SHOWN",
    "PROJECTIONS",
    "ClockState",
    "CursorInvalid",
    "DecisionFilter",
    "DecisionKind",
    "DecisionOutcome",
    "Difference",
    "Load",
    "Page",
    "Problem",
    "ProjectionBehind",
    "ProjectionState",
    "ProjectionUnknown",
    "QueueFilter",
    "Row",
    "Scope",
    "Sort",
    "StaffMember",
    "Statistics",
    "Status",
    "Totals",
    "decision_list",
    "decisions_of",
    "due_soon",
    "items_of",
    "late",
    "project",
    "projection_named",
    "projection_states",
    "queue",
    "rebuild",
    "request_by_reference",
    "request_row",
    "require_current",
    "staff_list",
    "staff_member",
    "statistics",
    "timeline_of",
    "totals",
    "unacknowledged",
    "verify",
    "workload",
]
