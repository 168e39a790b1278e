"""Policies, the automatic reactions to events: how far they are, what they failed on, and another attempt."""

from typing import Any

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import desk, service
from dsr.api.fields import Instant, NoBody, View
from dsr.api.operation import allow, this_call
from dsr.api.pages import page_of
from dsr.api.resource import Resource
from dsr.desk.idempotency import Answer
from dsr.domain.roles import Role
from dsr.policies.runner import PolicyState
from dsr.projections.rows import Row

bp = Resource("policies", "/policies", "Automatic reactions to events, and what they failed on.")


class FailedView(View):
    """The cases on which a policy failed by one error and which wait. It names none: an operator sees no case."""

    code = fields.String(metadata={"description": "Of the error by which the last attempt failed."})
    cases = fields.Integer(metadata={"description": "How many wait."})
    given_up = fields.Integer(metadata={"description": "How many of these have no attempt left until a person asks."})
    since = Instant(meaning="Since when the first of them waits.")
    next_try_at = Instant(allow_none=True, meaning="When the next of them is tried again; null: none by itself.")


class PolicyView(View):
    """How far a policy is."""

    policy = fields.String(metadata={"description": "Its name, such as `acknowledge-receipt`."})
    position = fields.Integer(
        allow_none=True, metadata={"description": "The last event that it was given; null: it never ran."}
    )
    lag = fields.Integer(metadata={"description": "Events that it was not given yet."})
    stopped_by = fields.String(
        allow_none=True,
        metadata={"description": "Code of the error that stops it for all cases, mostly an event that can't be read."},
    )
    failed = fields.List(fields.Nested(FailedView), metadata={"description": "What it failed on, by error."})


class PolicyRetryView(View):
    """The retry, which the worker makes within seconds."""

    policy = fields.String(metadata={"description": "Its name."})
    cases = fields.Integer(metadata={"description": "How many cases are tried again."})


def failures_of(state: PolicyState) -> list[Row]:
    """The cases that wait for a policy, counted by the code of the error; the error that came first is the first."""
    found: dict[str, Row] = {}
    for each in state.parked:
        line = found.setdefault(
            each.code, {"code": each.code, "cases": 0, "given_up": 0, "since": each.since, "next_try_at": None}
        )
        line["cases"] += 1
        line["given_up"] += each.next_try_at is None
        line["since"] = min(line["since"], each.since)
        line["next_try_at"] = min(filter(None, (line["next_try_at"], each.next_try_at)), default=None)
    return list(found.values())


def row_of(state: PolicyState) -> Row:
    """How far a policy is, and what it failed on; it names no case."""
    return {
        "policy": state.name,
        "position": state.position,
        "lag": state.lag,
        "stopped_by": state.stopped_by,
        "failed": failures_of(state),
    }


@bp.get("")
@allow(Role.OPERATOR)
@bp.shows(page_of(PolicyView))
def list_policies() -> Response:
    """List all policies with what each failed on. Always one page."""
    items = [row_of(each) for each in service().policy_states()]
    return show({"items": items, "next": None})


@bp.post("/<policy>/retries")
@allow(Role.OPERATOR)
@bp.takes(NoBody)
@bp.command(PolicyRetryView, if_match=False, key_required=True, versioned=False)
def retry_policy(_: dict[str, Any], policy: str) -> Answer:
    """Try again at once whatever a policy failed on, also where no attempt is left.

    The worker makes the attempt within seconds; `GET /policies` shows what still fails then. Where an attempt can't
    help, `dsr policies skip` passes over the event.
    """
    service().runner_of(policy)
    return desk().policy_retries.ask(policy, this_call())
