"""Forgetting the file of a matter: previewed, ordered by two people (GDPR Art. 5(1)(e), (2); docs/law §7)."""

from typing import Any, Final
from uuid import UUID

import msgspec
from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.deadlines import DecisionBody
from dsr.api.fields import Choice, Day, Instant, View
from dsr.api.forgetting import ForgettingBody, RemainsView
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.desk.idempotency import Answer
from dsr.domain.own_file import FileKind
from dsr.domain.request.forgetting import KeptBecause
from dsr.domain.request.standing import ForgettingGround
from dsr.domain.roles import Role

bp = Resource("matter-forgetting", "/matters/<uuid:matter_id>/forgetting", "Forgetting the file of a matter.")

_KIND: Final = FileKind.MATTER


class FileForgettingPreviewView(View):
    """What goes, what stays, and the reasons to keep the file."""

    file_id = fields.UUID(metadata={"description": "Id of the matter."})
    kept_because = fields.List(
        Choice(KeptBecause), metadata={"description": "Why the file has to be kept; empty where it may be forgotten."}
    )
    kept_until = Day(allow_none=True, meaning="The day on which its period ends; null while the matter is open.")
    keys = fields.Integer(metadata={"description": "Data keys that are destroyed."})
    files = fields.Integer(metadata={"description": "Originals that are deleted."})
    rows = fields.Integer(metadata={"description": "Entries that are deleted: fingerprints and stored answers."})
    letters = fields.Integer(metadata={"description": "Letters whose text is destroyed."})
    unreadable_on = Day(
        allow_none=True,
        meaning="The day from which no backup of today opens the file; null where nothing replaces keys automatically.",
    )
    stays = fields.List(fields.Nested(RemainsView), metadata={"description": "What stays, and why."})


class FileForgettingView(View):
    """How the forgetting of a file stands."""

    file_id = fields.UUID(metadata={"description": "Id of the matter."})
    version = fields.Integer()
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
    ordered_at = Instant(
        allow_none=True, meaning="When it was ordered. After it, only the attestation is recorded on the matter."
    )
    attested_at = Instant(allow_none=True, meaning="When all of it was destroyed; null until then.")
    keys = fields.Integer(allow_none=True, metadata={"description": "Data keys destroyed; null until then."})
    files = fields.Integer(allow_none=True, metadata={"description": "Originals deleted; null until then."})
    unreadable_on = Day(allow_none=True, meaning="The day from which no backup opens it; null: unknown.")


@bp.get("")
@allow(*READERS)
@bp.shows(FileForgettingView, versioned=True)
def show_matter_forgetting(matter_id: UUID) -> Response:
    """Show whether the file of the matter was forgotten, on whose order, and what was destroyed."""
    state = desk().file_forgetting.state(matter_id, caller(), kind=_KIND)
    return show(msgspec.to_builtins(state), version=state.version)


@bp.get("/preview")
@allow(*READERS)
@bp.shows(FileForgettingPreviewView)
def preview_matter_forgetting(matter_id: UUID) -> Response:
    """Show what forgetting the file of the matter would destroy, what would stay, and the reasons to keep it."""
    return show(msgspec.to_builtins(desk().file_forgetting.preview(matter_id, caller(), kind=_KIND)))


@bp.post("")
@allow(Role.HANDLER)
@bp.takes(ForgettingBody)
@bp.command(FileForgettingView)
def propose_matter_forgetting(body: dict[str, Any], matter_id: UUID) -> Answer:
    """Propose to forget the file of a closed matter: after its period, or earlier with reasons."""
    return desk().file_forgetting.propose(matter_id, this_call(), kind=_KIND, **body)


@bp.post("/decision")
@allow(Role.APPROVER)
@bp.takes(DecisionBody)
@bp.command(FileForgettingView)
def decide_matter_forgetting(body: dict[str, Any], matter_id: UUID) -> Answer:
    """Order to forget the file of the matter, or keep it with a reason; the person who proposed it can do neither.

    After the order, the service destroys the keys of the file, and records nothing on the matter but the attestation.
    """
    return desk().file_forgetting.decide(matter_id, this_call(), kind=_KIND, **body)
