"""Deadlines: explained, moved by clarification, extended (GDPR Art. 12(3))."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from flask import Response
from marshmallow import fields, post_load

from dsr.api.answering import show
from dsr.api.context import caller, desk, service
from dsr.api.fields import Body, Choice, Code, Day, Ground, Instant, Text, Truth, Tuple, View, Whole
from dsr.api.letters import LetterBody, draft
from dsr.api.operation import allow, this_call
from dsr.api.requests import AsOfQuery
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.views import RequestView
from dsr.calendars import explain_hypothetical
from dsr.desk.idempotency import Answer
from dsr.domain.deadlines import Explanation, Suspension, SuspensionKind
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import ExtensionGround
from dsr.domain.roles import Role

bp = Resource("deadlines", "", "When an answer is due, and why; what moves the date.")


class StepView(View):
    """One rule, applied."""

    rule = fields.String(metadata={"description": "Stable code of the rule."})
    source = fields.String(metadata={"description": "Where the rule stands."})
    detail = fields.String(metadata={"description": "What the rule does here, in a sentence."})
    result = Day(allow_none=True, meaning="The date that follows; null where the rule gives none.")


class DueWarningView(View):
    """When the team is warned that an answer is due soon."""

    working_days = fields.Integer(metadata={"description": "Left after that day, the operational date counted."})
    begins_at = Instant(meaning="0:00 local on that day.")


class DeadlineView(View):
    """When the answer is due, and each rule on the way. All dates are local to the controller's zone."""

    regime = fields.String(metadata={"description": "The rules on time, such as `eu-gdpr`."})
    regime_version = fields.Integer(metadata={"description": "Version of these rules."})
    received_on = Day()
    statutory_due = Day()
    promise_due = Day(allow_none=True)
    effective_due = Day()
    operational_due = Day()
    effective_ends_at = Instant()
    extended = fields.Boolean()
    suspended_days = fields.Integer()
    provisional = fields.Boolean(metadata={"description": "A question is open; it counts as answered today."})
    certain_statutory_due = Day(meaning="Without the open question.")
    certain_effective_due = Day(meaning="The effective date without the open question.")
    certain_operational_due = Day(meaning="The operational date without the open question.")
    certain_effective_ends_at = Instant(meaning="24:00 local on the effective date without the open question.")
    warnings = fields.List(fields.Nested(DueWarningView), metadata={"description": "When the team is warned."})
    promise_ends_at = Instant(allow_none=True, meaning="24:00 local on the promise; null once extended.")
    statutory_ends_at = Instant(meaning="24:00 local on the statutory date without the open question.")
    unsuspended_due = Day(meaning="The last day to refuse somebody unidentified in time.")
    propose_unidentified_at = Instant(meaning="When closing as unidentified is proposed, where nobody answers.")
    steps = fields.List(fields.Nested(StepView), metadata={"description": "Each rule that was applied, in order."})


class SuspensionBody(Body):
    """A question that may stop the clock."""

    kind = Choice(SuspensionKind, required=True)
    asked = Day(required=True, meaning="When the question left.")
    sufficient = Day(load_default=None, meaning="When a sufficient answer arrived; null while it is open.")

    @post_load
    def suspension(self, given: dict[str, Any], **_: object) -> Suspension:
        """Convert to the value that the domain takes."""
        return Suspension(given["kind"], given["asked"], given["sufficient"])


class HypotheticalBody(Body):
    """A case that need not exist."""

    received = Instant(required=True, meaning="When the request arrived.")
    country = fields.String(
        required=True,
        validate=Whole(r"^[A-Z]{2}$", error="Two capital letters."),
        metadata={"description": "Whose holidays count: ISO 3166-1, two letters."},
    )
    zone = Text(longest=60, load_default=None, meaning="IANA time zone; that of the capital unless given.")
    regime = Code(load_default=None, meaning="The one in force in the country unless given.")
    suspensions = Tuple(
        fields.Nested(SuspensionBody), load_default=(), longest=50, meaning="Questions that stopped the clock."
    )
    extended_at = Instant(load_default=None, meaning="When the notice of extension left.")
    as_of = Day(load_default=None, meaning="Look from this local date: what happened later is not known yet.")
    access = Truth(
        load_default=True,
        metadata={"description": "Whether access is asked for, without which clarification stops no clock."},
    )


class ClarificationBody(Body):
    """Why the person is asked to specify."""

    quantity = Text(required=True, meaning="Why the quantity of data is large (recital 63); sealed.")
    asked_at = Instant(
        load_default=None,
        meaning="When they were asked; now unless given. On an earlier day: some other way than by a letter to come.",
    )


class ClarificationAnswerBody(Body):
    """What the person answered."""

    answer = Text(required=True, meaning="Sealed.")
    answered_at = Instant(load_default=None, meaning="Now unless given.")


class ArrivalBody(Body):
    """The true arrival."""

    received_at = Instant(required=True, meaning="When the request reached the controller.")
    reason = Text(required=True, meaning="Why the arrival on record is wrong; sealed.")


class ExtensionBody(Body):
    """Why the month does not suffice."""

    ground = Ground(ExtensionGround, required=True)
    reasons = Text(required=True, meaning="Specific to this case; sealed.")


class DecisionBody(Body):
    """Agree, or decline with a reason."""

    approve = Truth(required=True, metadata={"description": "False declines the proposal."})
    reason = Text(load_default="", meaning="Needed to decline, and to refuse while messages wait; sealed.")


@bp.get("/requests/<uuid:request_id>/deadline")
@allow(*READERS, Role.DATA_SUBJECT)
@bp.asks(AsOfQuery)
@bp.shows(DeadlineView)
def show_deadline(query: dict[str, datetime | None], request_id: UUID) -> Response:
    """Show when the answer is due, step by step, as it stands or as it stood."""
    return _show(desk().deadlines.explain(request_id, caller(), as_of=query["as_of"]))


@bp.post("/deadlines/explanation")
@allow(*READERS)
@bp.takes(HypotheticalBody)
@bp.shows(DeadlineView)
def explain_deadline(body: dict[str, Any]) -> Response:
    """Compute a deadline for a case that need not exist. Changes nothing, so it takes no key."""
    explanation, _ = explain_hypothetical(
        now=service().clock.now().astimezone(UTC),
        received=body["received"],
        extended_at=body["extended_at"],
        suspensions=body["suspensions"],
        country=body["country"],
        zone=body["zone"],
        regime_id=body["regime"],
        as_of=body["as_of"],
        access=body["access"],
    )
    return _show(explanation)


@bp.post("/requests/<uuid:request_id>/arrival")
@allow(Role.HANDLER)
@bp.takes(ArrivalBody)
@bp.command(RequestView)
def correct_arrival(body: dict[str, Any], request_id: UUID) -> Answer:
    """Correct an arrival that was entered wrongly: to an earlier day at once, to a later one once an approver confirms
    it (`confirm_earlier_fact`).
    """
    return desk().deadlines.correct_arrival(request_id, this_call(), **body)


@bp.post("/requests/<uuid:request_id>/clarification")
@allow(Role.HANDLER)
@bp.takes(ClarificationBody)
@bp.command(RequestView)
def ask_clarification(body: dict[str, Any], request_id: UUID) -> Answer:
    """Ask which data is meant, for access to a large quantity; a full answer remains available."""
    return desk().deadlines.ask_clarification(request_id, this_call(), **body)


@bp.post("/requests/<uuid:request_id>/clarification/answer")
@allow(Role.HANDLER)
@bp.takes(ClarificationAnswerBody)
@bp.command(RequestView)
def receive_clarification(body: dict[str, Any], request_id: UUID) -> Answer:
    """Record the answer; the clock resumes on the day it arrived."""
    return desk().deadlines.receive_clarification(request_id, this_call(), **body)


@bp.post("/requests/<uuid:request_id>/extension")
@allow(Role.HANDLER)
@bp.takes(ExtensionBody)
@bp.command(RequestView)
def propose_extension(body: dict[str, Any], request_id: UUID) -> Answer:
    """Propose the one extension, by two further months."""
    return desk().deadlines.propose_extension(request_id, this_call(), **body)


@bp.post("/requests/<uuid:request_id>/extension/decision")
@allow(Role.APPROVER)
@bp.takes(DecisionBody)
@bp.command(RequestView)
def decide_extension(body: dict[str, Any], request_id: UUID) -> Answer:
    """Approve the extension, or decline it with a reason; the person who proposed it can do neither."""
    return desk().deadlines.decide_extension(request_id, this_call(), **body)


@bp.post("/requests/<uuid:request_id>/extension/notice")
@allow(Role.HANDLER)
@bp.takes(LetterBody)
@bp.command(RequestView)
def send_extension_notice(body: dict[str, Any], request_id: UUID) -> Answer:
    """Record that the reasoned notice left: from then on the extension holds."""
    return desk().deadlines.send_extension_notice(request_id, this_call(), draft=draft(LetterKind.EXTENSION, body))


def _show(explanation: Explanation) -> Response:
    return show(msgspec.to_builtins(explanation.deadline) | {"steps": explanation.steps})
