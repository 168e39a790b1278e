"""Forgetting case files: previewed, ordered by two people, on record without personal data (GDPR Art. 5(1)(e), (2))."""

from typing import Any
from uuid import UUID

import msgspec
from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk, service
from dsr.api.deadlines import DecisionBody
from dsr.api.fields import Body, Choice, Code, Day, Instant, Text, View
from dsr.api.operation import allow, this_call
from dsr.api.pages import PageQuery, page_of, show_page
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.own_file import FileKind
from dsr.domain.request.forgetting import KeptBecause
from dsr.domain.request.standing import ForgettingGround
from dsr.domain.request.values import Outcome
from dsr.domain.roles import Role
from dsr.projections.forgotten import deletion_list
from dsr.vault import IndexPurpose

bp = Resource("forgetting", "/requests/<uuid:request_id>/forgetting", "Forgetting a case file.")
retention = Resource("retention", "/retention", "Files whose period has ended.")
deletions = Resource("deletions", "/deletions", "Files that were forgotten.")


class RemainsView(View):
    """Something that stays."""

    what = Code(meaning="What stays; a stable code.")
    why = fields.String(metadata={"description": "Why it stays."})


class ForgettingPreviewBase(View):
    """What forgetting a file would do, whatever its kind."""

    kept_because = fields.List(
        Choice(KeptBecause), metadata={"description": "Why the file has to be kept; empty where it may be forgotten."}
    )
    kept_until = Day(allow_none=True, meaning="The day on which its period ends; null while it is open.")
    keys = fields.Integer(metadata={"description": "Data keys that are destroyed."})
    letters = fields.Integer(metadata={"description": "Letters whose text is destroyed."})
    unreadable_on = Day(
        allow_none=True,
        meaning="The day from which no backup of today opens the file; null where nothing replaces keys automatically.",
    )
    stays = fields.List(fields.Nested(RemainsView), metadata={"description": "What stays, and why."})


class ForgettingStateBase(View):
    """How the forgetting of a file stands, whatever its kind."""

    status = fields.String(
        metadata={
            "enum": ["kept", "proposed", "ordered", "attested"],
            "description": "`kept`: nobody proposes to forget it. `ordered`: it is being destroyed. `attested`: all of "
            "it is destroyed.",
        }
    )
    ground = Choice(ForgettingGround, allow_none=True)
    proposed_by = fields.String(allow_none=True, metadata={"description": "Who proposed it; null where nobody did."})
    ordered_by = fields.String(allow_none=True, metadata={"description": "Who ordered it; null until then."})
    ordered_at = Instant(allow_none=True, meaning="When it was ordered. After it, only the attestation is recorded.")
    attested_at = Instant(allow_none=True, meaning="When all of it was destroyed; null until then.")
    keys = fields.Integer(allow_none=True, metadata={"description": "Data keys destroyed; null until then."})
    files = fields.Integer(allow_none=True, metadata={"description": "Files deleted; null until then."})
    unreadable_on = Day(allow_none=True, meaning="The day from which no backup opens it; null: unknown.")


class ForgettingPreviewView(ForgettingPreviewBase):
    """What goes, what stays, and the reasons to keep the file."""

    request_id = fields.UUID()
    files = fields.Integer(metadata={"description": "Originals and files that are deleted."})
    rows = fields.Integer(
        metadata={"description": "Entries that are deleted: marks for searching, fingerprints, stored answers, links."}
    )
    packages = fields.Integer(metadata={"description": "Packages of which only the record stays."})


class ForgettingView(ForgettingStateBase):
    """How the forgetting of a case file stands."""

    request_id = fields.UUID()


class DeletionView(View):
    """A file that was forgotten; it names nobody."""

    kind = Choice(FileKind)
    file_id = fields.UUID(
        metadata={"description": "Id of the request, the matter, the message, the disclosure or the report."}
    )
    request_id = fields.UUID(allow_none=True, metadata={"description": "The same for a request; null otherwise."})
    reference = fields.String(allow_none=True)
    controller_id = Code(allow_none=True)
    received_on = Day(allow_none=True)
    closed_at = Instant(allow_none=True, meaning="When it was closed.")
    outcome = Code(allow_none=True, meaning="How it ended; the codes depend on the kind.")
    position = fields.Integer()
    ground = Choice(ForgettingGround)
    kept_until = Day(
        allow_none=True, meaning="The day on which its period ends; null: it was forgotten again after a restore."
    )
    proposed_by = fields.String(metadata={"description": "Who proposed it."})
    ordered_by = fields.String(metadata={"description": "Who ordered it."})
    ordered_at = Instant(meaning="When it was ordered.")
    attested_at = Instant(allow_none=True, meaning="When all of it was destroyed; null until then.")
    keys = fields.Integer(allow_none=True, metadata={"description": "Data keys destroyed; null until then."})
    files = fields.Integer(allow_none=True, metadata={"description": "Files deleted; null until then."})
    unreadable_on = Day(allow_none=True, meaning="The day from which no backup opens it; null: unknown.")


class CandidateView(View):
    """A case file that may be forgotten, or the reasons to keep it."""

    request_id = fields.UUID()
    version = fields.Integer()
    reference = fields.String()
    controller_id = Code()
    received_on = Day()
    closed_at = Instant(allow_none=True, meaning="When the request was closed; null while it is open.")
    outcome = Choice(Outcome, allow_none=True)
    kept_until = Day(allow_none=True, meaning="The day on which its period ends; null while the request is open.")
    kept_because = fields.List(
        Choice(KeptBecause), metadata={"description": "Why the file has to be kept; empty where it may be forgotten."}
    )
    marks = fields.List(
        Choice(IndexPurpose),
        metadata={"description": "Kinds of identifiers that it shares with the request that was asked about."},
    )


class FileToForgetView(View):
    """A file whose period has ended, and the reasons to keep it all the same."""

    kind = Choice(FileKind)
    file_id = fields.UUID(
        metadata={"description": "Id of the request, the matter, the message, the disclosure or the report."}
    )
    request_id = fields.UUID(allow_none=True, metadata={"description": "The same for a request; null otherwise."})
    version = fields.Integer()
    reference = fields.String(allow_none=True, metadata={"description": "Of a request or a matter; null otherwise."})
    controller_id = Code(allow_none=True)
    received_on = Day(allow_none=True)
    closed_at = Instant(meaning="When it was closed.")
    outcome = Code(meaning="How it ended; the codes depend on the kind.")
    kept_until = Day(meaning="The day on which its period ended.")
    kept_because = fields.List(
        Choice(KeptBecause), metadata={"description": "Why the file has to be kept; empty where it may be forgotten."}
    )


class LinkedView(View):
    """The files of one person."""

    requests = fields.List(fields.Nested(CandidateView), metadata={"description": "The request itself first."})


class ForgettingBody(Body):
    """Why the case file is forgotten."""

    ground = Choice(
        ForgettingGround, required=True, meaning="Its period of storage has ended, or why it is forgotten before that."
    )
    reasons = Text(load_default="", meaning="Needed before the period has ended; sealed, and destroyed with the file.")


class DeletionQuery(PageQuery):
    """Filter of forgotten files."""

    kind = Choice(FileKind, load_default=None)
    controller = Code(load_default=None)


class DueFilesQuery(PageQuery):
    """Filter of files whose period has ended."""

    kind = Choice(FileKind, load_default=None)
    controller = Code(load_default=None)


@bp.get("")
@allow(*READERS)
@bp.shows(ForgettingView)
def show_forgetting(request_id: UUID) -> Response:
    """Show whether the case file was forgotten, on whose order, and what was destroyed."""
    return show(msgspec.to_builtins(desk().forgetting.state(request_id, caller())))


@bp.get("/preview")
@allow(*READERS)
@bp.shows(ForgettingPreviewView)
def preview_forgetting(request_id: UUID) -> Response:
    """Show what forgetting the case file would destroy, what would stay, and the reasons to keep it."""
    return show(msgspec.to_builtins(desk().forgetting.preview(request_id, caller())))


@bp.get("/linked")
@allow(Role.HANDLER, Role.APPROVER, Role.DPO)
@bp.shows(LinkedView)
def list_linked_files(request_id: UUID) -> Response:
    """List the case files in scope that share an identifier with this one, and so may belong to the same person.

    Somebody has to confirm that they do; a name alone says little. Then propose to forget them with
    `propose_many_forgettings`.
    """
    found = desk().forgetting.linked(request_id, caller())
    return show({"requests": [vars(each) for each in found]})


@bp.post("")
@allow(Role.HANDLER)
@bp.takes(ForgettingBody)
@bp.command(RequestView)
def propose_forgetting(body: dict[str, Any], request_id: UUID) -> Answer:
    """Propose to forget the case file of a closed request: after its period, or earlier with reasons."""
    return desk().forgetting.propose(request_id, this_call(), **body)


@bp.post("/decision")
@allow(Role.APPROVER)
@bp.takes(DecisionBody)
@bp.command(RequestView)
def decide_forgetting(body: dict[str, Any], request_id: UUID) -> Answer:
    """Order to forget the case file, or keep it with a reason; the person who proposed it can do neither.

    After the order, the service destroys the keys of the file, and records nothing on the request but the attestation.
    """
    return desk().forgetting.decide(request_id, this_call(), **body)


@deletions.get("")
@allow(*READERS)
@deletions.asks(DeletionQuery)
@deletions.shows(page_of(DeletionView))
def list_deletions(query: dict[str, Any]) -> Response:
    """List the files in scope that were forgotten, oldest first: of requests, matters and the rest."""
    with service().database.reading() as connection:
        return show_page(deletion_list(connection, **query, scope=caller().scope))


@retention.get("/due")
@allow(*READERS)
@retention.asks(DueFilesQuery)
@retention.shows(page_of(FileToForgetView))
def list_due_files(query: dict[str, Any]) -> Response:
    """List the files in scope whose period has ended, the longest closed first, with the reasons to keep each: of
    requests, matters and the rest.
    """
    return show_page(desk().retention.due_files.page(caller(), **query))
