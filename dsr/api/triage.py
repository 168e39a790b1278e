"""Triage of letters: what each is, its rights, and who works on it (docs/law §3)."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from dsr.api.context import desk
from dsr.api.fields import Body, Choice, Code, Day, Instant, Language, Text, Truth, Tuple
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.request.values import Channel, DismissalKind
from dsr.domain.rights import Right
from dsr.domain.roles import Role

bp = Resource("triage", "/requests/<uuid:request_id>", "Triage of letters.")


class DismissalBody(Body):
    """Why a letter is not a request."""

    kind = Choice(DismissalKind, required=True)
    reason = Text(required=True, meaning="Sealed.")


class RightsBody(Body):
    """The rights that the letter exercises, confirmed by a person."""

    rights = Tuple(Choice(Right), required=True, meaning="Each becomes an item, with an answer of its own.")
    direct_marketing = Truth(
        load_default=False, metadata={"description": "The objection is one to direct marketing (GDPR Art. 21(2))."}
    )


class ItemsBody(RightsBody):
    """The rights, and the controllers that answer."""

    controllers = Tuple(
        Code(),
        load_default=(),
        meaning="Joint controllers that answer each; the one that has the request unless named.",
    )


class RegistrationBody(ItemsBody):
    """The rights, the controllers that answer, and the categories of data subjects."""

    subjects = Tuple(
        Code(),
        load_default=(),
        meaning="Categories of data subjects, as the record of processing names them; all unless named.",
    )


class ReassignmentBody(Body):
    """The joint controller that takes the request over."""

    controller_id = Code(required=True, meaning="A joint controller of the same arrangement.")
    reason = Text(required=True, meaning="Sealed.")
    received_on = Day(load_default=None, meaning="May repeat R; it never moves.")


class DuplicateBody(Body):
    """The earlier request of the same person."""

    original_id = fields.UUID(
        required=True, metadata={"description": "The earlier request, of the same person and controller."}
    )


class JoiningBody(Body):
    """The request that the letter belongs to."""

    joined_to = fields.UUID(required=True, metadata={"description": "The request that the letter belongs to."})


class LanguageBody(Body):
    """The language in which the person is answered."""

    language = Language(required=True)


class SenderBody(Body):
    """How somebody found out who wrote."""

    reason = Text(required=True, meaning="How you found out that the person at this address wrote it; sealed.")


class ForwardingBody(Body):
    """To whom the request was passed on, and how."""

    controller_id = Code(required=True, meaning="Of `processing_for` in the record of processing.")
    channel = Choice(Channel, required=True)
    text = Text(required=True, meaning="The letter to that controller, or what was said; sealed.")
    forwarded_at = Instant(load_default=None, allow_none=True, meaning="Now unless given.")


class AssignmentBody(Body):
    """The assignee."""

    assignee = Code(required=True, meaning="Identifier of a member of staff whose scope holds the request.")


class NoteBody(Body):
    """A note for the file; sealed."""

    note = Text(required=True, meaning="Sealed.")


@bp.post("/dismissal")
@allow(Role.HANDLER)
@bp.takes(DismissalBody)
@bp.command(RequestView)
def dismiss_request(body: dict[str, Any], request_id: UUID) -> Answer:
    """Close a letter that is not a request: spam, a question, an authority's letter, a misdirected letter."""
    return desk().triage.dismiss(request_id, this_call(), **body)


@bp.post("/registration")
@allow(Role.HANDLER)
@bp.takes(RegistrationBody)
@bp.command(RequestView)
def register_request(body: dict[str, Any], request_id: UUID) -> Answer:
    """Confirm that the letter is a request, and open an item for each right."""
    return desk().triage.register(request_id, this_call(), **body)


@bp.post("/items")
@allow(Role.HANDLER)
@bp.takes(ItemsBody)
@bp.command(RequestView)
def open_items(body: dict[str, Any], request_id: UUID) -> Answer:
    """Open items for rights found later in the same letter; they keep its date of arrival."""
    return desk().triage.open_items(request_id, this_call(), **body)


@bp.post("/duplicate-link")
@allow(Role.HANDLER)
@bp.takes(DuplicateBody)
@bp.command(RequestView)
def link_duplicate(body: dict[str, Any], request_id: UUID) -> Answer:
    """Close as a duplicate of an earlier request of the same person."""
    return desk().triage.link_duplicate(request_id, this_call(), **body)


@bp.post("/joining")
@allow(Role.HANDLER)
@bp.takes(JoiningBody)
@bp.command(RequestView)
def join_request(body: dict[str, Any], request_id: UUID) -> Answer:
    """Let a letter that became a request of its own join the request that it belongs to, and close this one.

    There it waits to be examined, with its arrival and its original.
    """
    return desk().claims.join(request_id, this_call(), **body)


@bp.post("/forwarding")
@allow(Role.HANDLER)
@bp.takes(ForwardingBody)
@bp.command(RequestView)
def forward_request(body: dict[str, Any], request_id: UUID) -> Answer:
    """Record that the request was passed on to the controller for which we process the data, and close it.

    Only for what you passed on yourself: a letter of kind `passing-on`, which the service writes, closes the request
    once it has left. A letter tells the person. Nothing is forwarded to a joint controller, who answers with us: pass
    the request on to it with `reassign_request`.
    """
    return desk().triage.forward(request_id, this_call(), **body)


@bp.post("/reassignment")
@allow(Role.HANDLER)
@bp.takes(ReassignmentBody)
@bp.command(RequestView)
def reassign_request(body: dict[str, Any], request_id: UUID) -> Answer:
    """Pass the request on to a joint controller: R stays, and of the dates by both calendars the earlier applies."""
    return desk().triage.reassign(request_id, this_call(), **body)


@bp.post("/language")
@allow(Role.INTAKE, Role.HANDLER)
@bp.takes(LanguageBody)
@bp.command(RequestView)
def correct_language(body: dict[str, Any], request_id: UUID) -> Answer:
    """Correct the language of the person; letters that are written from now on use it.

    A draft stays in its language: discard it, and write it again.
    """
    return desk().triage.correct_language(request_id, this_call(), **body)


@bp.post("/sender/confirmation")
@allow(Role.HANDLER)
@bp.takes(SenderBody)
@bp.command(RequestView)
def confirm_sender(body: dict[str, Any], request_id: UUID) -> Answer:
    """Confirm that the request came from the address that it names, so that mail may leave to it.

    That proves no identity. The acknowledgement that waited for it leaves.
    """
    return desk().triage.confirm_sender(request_id, this_call(), **body)


@bp.post("/assignment")
@allow(Role.HANDLER)
@bp.takes(AssignmentBody)
@bp.command(RequestView)
def assign_request(body: dict[str, Any], request_id: UUID) -> Answer:
    """Assign the request to a member of staff."""
    return desk().triage.assign(request_id, this_call(), **body)


@bp.post("/notes")
@allow(Role.HANDLER)
@bp.takes(NoteBody)
@bp.command(RequestView)
def add_note(body: dict[str, Any], request_id: UUID) -> Answer:
    """Add a sealed note to the file."""
    return desk().triage.add_note(request_id, this_call(), **body)
