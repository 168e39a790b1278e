"""Retention batches: files whose period has ended, forgotten together by two people (GDPR Art. 5(1)(e), (2))."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk, service
from dsr.api.fields import Body, Choice, Code, Day, Instant, Tuple, View
from dsr.api.operation import allow, this_call
from dsr.api.pages import PageQuery, page_of, show_page
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.desk.errors import RetentionBatchUnknown
from dsr.desk.idempotency import Answer
from dsr.domain.own_file import FileKind
from dsr.domain.retention_batch import BatchStatus
from dsr.domain.roles import Role
from dsr.projections.retention_batches import batch_list, batch_row

bp = Resource("retention-batches", "/retention/batches", "Files whose period has ended, forgotten together.")


class DueFileView(View):
    """A file whose period has ended."""

    kind = Choice(FileKind)
    file_id = fields.UUID(
        metadata={"description": "Id of the request, the matter, the message, the disclosure or the report."}
    )
    kept_until = Day(meaning="The day on which its period ended.")


class KeptFileView(View):
    """A file that is kept although its period has ended."""

    kind = Choice(FileKind)
    file_id = fields.UUID(
        metadata={"description": "Id of the request, the matter, the message, the disclosure or the report."}
    )
    kept_because = fields.List(
        Code(),
        metadata={
            "description": "Why it is kept, as in the preview of its forgetting; `four-eyes`: whoever ordered the "
            "batch advised on the request as data protection officer."
        },
    )


class RetentionBatchView(View):
    """A retention batch: what goes, what is kept and why, who decided."""

    batch_id = fields.UUID(metadata={"description": "Id of the batch."})
    version = fields.Integer()
    position = fields.Integer()
    status = Choice(BatchStatus)
    controller_id = Code(
        allow_none=True,
        meaning="Null: messages of which nobody knows to which controller they were sent; seen by those of all.",
    )
    drawn_up_at = Instant(meaning="When the service drew it up.")
    files = fields.List(fields.Nested(DueFileView), metadata={"description": "The files that may go, at most 500."})
    kept = fields.List(
        fields.Nested(KeptFileView),
        metadata={
            "description": "The first 500 files that had to be kept when it was drawn up; then those that something "
            "held when the order was carried out."
        },
    )
    kept_in_all = fields.Integer(metadata={"description": "How many files had to be kept, including those not listed."})
    left_out = fields.List(fields.UUID(), metadata={"description": "Ids of the files that its proposer left out."})
    proposed_by = fields.String(allow_none=True, metadata={"description": "Who proposed it; null until then."})
    proposed_at = Instant(allow_none=True, meaning="When it was proposed; null until then.")
    decided_by = fields.String(allow_none=True, metadata={"description": "Who decided it; null until then."})
    decided_at = Instant(allow_none=True, meaning="When it was decided; null until then.")
    carried_out_at = Instant(allow_none=True, meaning="When each file was ordered or kept; null until then.")
    forgotten = fields.Integer(
        allow_none=True, metadata={"description": "How many files were ordered to be forgotten; null until then."}
    )


class BatchProposalBody(Body):
    """What is left out of the batch."""

    left_out = Tuple(fields.UUID(), load_default=(), meaning="Ids of files that have to be kept.")


class BatchDecisionBody(Body):
    """The decision of a second person."""

    approve = fields.Boolean(
        required=True, metadata={"description": "True: its files are forgotten. False: they are kept for now."}
    )


class BatchQuery(PageQuery):
    """Filter of batches."""

    status = Choice(BatchStatus, load_default=None)
    controller = Code(load_default=None)


@bp.get("")
@allow(*READERS)
@bp.asks(BatchQuery)
@bp.shows(page_of(RetentionBatchView))
def list_retention_batches(query: dict[str, Any]) -> Response:
    """List the retention batches in scope, oldest first."""
    with service().database.reading() as connection:
        return show_page(batch_list(connection, **query, scope=caller().scope))


@bp.get("/<uuid:batch_id>")
@allow(*READERS)
@bp.shows(RetentionBatchView, versioned=True)
def show_retention_batch(batch_id: UUID) -> Response:
    """Show what a retention batch would forget, what is kept and why, and how it stands."""
    with service().database.reading() as connection:
        row = batch_row(connection, batch_id)
    if row is None or not caller().sees(batch_id, *filter(None, [row["controller_id"]])):
        raise RetentionBatchUnknown()
    return show(row, version=row["version"])


@bp.post("/<uuid:batch_id>/proposal")
@allow(Role.HANDLER)
@bp.takes(BatchProposalBody)
@bp.command(RetentionBatchView)
def propose_retention_batch(body: dict[str, Any], batch_id: UUID) -> Answer:
    """Propose to forget the files of a batch, but for those that you leave out."""
    return desk().retention.propose(batch_id, this_call(), **body)


@bp.post("/<uuid:batch_id>/decision")
@allow(Role.APPROVER)
@bp.takes(BatchDecisionBody)
@bp.command(RetentionBatchView)
def decide_retention_batch(body: dict[str, Any], batch_id: UUID) -> Answer:
    """Order that the files of a batch are forgotten, or keep them for now; the person who proposed it can do neither.

    Files that something holds by then are kept all the same. After a refusal, no batch is drawn up for 30 days.
    """
    return desk().retention.decide(batch_id, this_call(), **body)
