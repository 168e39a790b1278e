"""Forgetting the file of a matter: previewed, ordered by two people (GDPR Art. 5(1)(e), (2); docs/law §7)."""

from typing import Any, Final
from uuid import UUID

import msgspec
from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.deadlines import DecisionBody
from dsr.api.forgetting import ForgettingBody, ForgettingPreviewBase, ForgettingStateBase
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.desk.idempotency import Answer
from dsr.domain.own_file import FileKind
from dsr.domain.roles import Role

bp = Resource("matter-forgetting", "/matters/<uuid:matter_id>/forgetting", "Forgetting the file of a matter.")

_KIND: Final = FileKind.MATTER


class FileForgettingPreviewView(ForgettingPreviewBase):
    """What goes, what stays, and the reasons to keep the file."""

    file_id = fields.UUID(metadata={"description": "Id of the matter."})
    files = fields.Integer(metadata={"description": "Originals that are deleted."})
    rows = fields.Integer(metadata={"description": "Entries that are deleted: fingerprints and stored answers."})


class FileForgettingView(ForgettingStateBase):
    """How the forgetting of a file stands."""

    file_id = fields.UUID(metadata={"description": "Id of the matter."})
    version = fields.Integer()


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
