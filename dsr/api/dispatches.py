"""Letters: written from a request, completed, approved, released; sent by the service, or posted."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import msgspec
from flask import Response
from marshmallow import ValidationError, fields, post_load, validate

from dsr.api.answering import show
from dsr.api.context import caller, desk, service
from dsr.api.disclosures import PURPOSES, require_purpose
from dsr.api.enumerations import KEYS
from dsr.api.fields import Body, Choice, Code, Email, Instant, Language, NoBody, Text, Tuple, View, WholeNumber
from dsr.api.operation import allow, respond, this_call
from dsr.api.pages import PageQuery, page_of, show_page
from dsr.api.quarantine import PurposeBody
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.desk.dispatching import Address, Rewording
from dsr.desk.idempotency import Answer
from dsr.domain.dispatch import DispatchState
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.statement_code import StatementCode
from dsr.domain.request.values import Channel
from dsr.domain.roles import Role
from dsr.letters.fields import FreeText, Statement
from dsr.projections.dispatches import dispatch_list, dispatches_of

bp = Resource("dispatches", "", "Letters that the service writes and sends.")

_WAYS: Final = (Channel.EMAIL, Channel.POST)


class StatementField(fields.Field[Any]):
    """Text, or a value of one of the types of statements."""

    def __init__(self, *, words_only: bool = False, **kwargs: Any) -> None:
        self._kinds: Any = FreeText if words_only else Statement
        super().__init__(
            **kwargs,
            metadata={
                "description": "Words in the language of the letter, or an object: `says` names its kind (`text` with "
                "`text` and `english`, `day`, `list` with `entries`, `nothing`, `methods`, `package`, `code`, …). "
                "`kept-and-why` takes `nothing`, or `kept` with `entries`, each with a `ground` and `what` was kept."
            },
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Statement:  # noqa: ARG002
        try:
            said: Statement = FreeText(value) if isinstance(value, str) else msgspec.convert(value, self._kinds)
        except msgspec.ValidationError:
            raise ValidationError("This is not a statement that a letter can make.") from None
        if b"\\u0000" in msgspec.json.encode(said):
            raise ValidationError("A text can't hold the character NUL.")
        return said


class AddressBody(Body):
    """Address of a letter; sealed."""

    name = Text(longest=200, load_default="", meaning="For the salutation.")
    email = Email(load_default="", meaning="Where the letter goes by mail; blank on paper.")
    postal = Tuple(Text(longest=200), load_default=(), longest=10, meaning="One line each, without the name.")

    @post_load
    def address(self, given: dict[str, Any], **_: object) -> Address:
        """Convert to the value that the desk takes."""
        return Address(**given)


class RewordingBody(Body):
    """A new wording of the reasons for a refusal; sealed."""

    place = WholeNumber(
        required=True,
        validate=validate.Range(0, 99),
        metadata={"description": "In `refused` of the preview, from 0 on."},
    )
    reasons = StatementField(load_default=None, words_only=True)
    facts = StatementField(load_default=None, words_only=True)


class LetterContentBody(Body):
    """The letter's content beyond the facts of the request, and its address."""

    statements = fields.Dict(
        keys=Code(),
        values=StatementField(allow_none=True),
        load_default=dict,
        validate=validate.Length(max=50),
        metadata={
            KEYS: StatementCode,
            "description": "By code; sealed. Null takes out what was put in before. What was decided or computed is "
            "not edited, and links are offered by the service alone.",
        },
    )
    address = fields.Nested(
        AddressBody,
        load_default=None,
        allow_none=True,
        metadata={"description": "Where it goes; null: to the address on file."},
    )
    channel = Choice(
        Channel,
        offered=_WAYS,
        load_default=None,
        allow_none=True,
        meaning="`email` or `post`.",
        validate=validate.OneOf(_WAYS, error="A letter leaves by `email` or by `post`."),
    )


class EditionBody(LetterContentBody):
    """Changes of a draft."""

    rewordings = Tuple(
        fields.Nested(RewordingBody), load_default=(), longest=100, meaning="Of a letter of refusal, approved again."
    )

    @post_load
    def by_place(self, given: dict[str, Any], **_: object) -> dict[str, Any]:
        """Convert to the value that the desk takes."""
        words = {each["place"]: Rewording(each["reasons"], each["facts"]) for each in given["rewordings"]}
        return given | {"rewordings": words}


class LetterRequestBody(LetterContentBody):
    """The letter to write."""

    kind = Choice(LetterKind, required=True)
    item_ids = Tuple(Code(), load_default=(), meaning="The items it answers; questions and notices answer none.")
    concerns = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "The fee, restriction or question concerned."}
    )
    recipient = Code(
        load_default=None,
        allow_none=True,
        meaning="Of the data, by the record of processing; of a letter that passes the request on, the controller in "
        "`processing_for`.",
    )
    addressee = Choice(
        AnswerTo,
        load_default=None,
        allow_none=True,
        meaning="Who gets it; as agreed with who acts for the person unless given.",
        validate=validate.OneOf(
            (AnswerTo.DATA_SUBJECT, AnswerTo.REPRESENTATIVE), error="Write one letter for each of them."
        ),
    )
    language = Language(load_default=None, allow_none=True)

    @post_load
    def command(self, given: dict[str, Any], **_: object) -> dict[str, Any]:
        """Convert to the value that the desk takes."""
        concerns = given["concerns"]
        return given | {"concerns": None if concerns is None else str(concerns)}


class LetterReleaseBody(Body):
    """When it may be sent."""

    not_before = Instant(load_default=None, allow_none=True, meaning="Now unless given.")


class LetterDiscardingBody(Body):
    """Why it is not sent."""

    reason = Text(required=True, meaning="Sealed.")


class LetterPostingBody(Body):
    """When it was posted."""

    posted_at = Instant(load_default=None, allow_none=True, meaning="Now unless given.")


class DispatchView(View):
    """A letter. Its content is sealed: open it with a preview."""

    dispatch_id = fields.UUID(metadata={"description": "Id of the letter."})
    version = fields.Integer()
    position = fields.Integer()
    request_id = fields.UUID()
    controller_id = Code(meaning="The controller that sends it, and answers the person.")
    kind = Choice(LetterKind)
    item_ids = fields.List(
        fields.String(), metadata={"description": "The items that it answers; none for questions and notices."}
    )
    concerns = fields.String(
        allow_none=True, metadata={"description": "The fee, restriction, question or event that it is about."}
    )
    recipient = fields.String(
        allow_none=True,
        metadata={
            "description": "The recipient of data that it tells (GDPR Art. 19), or the controller to which it passes "
            "the request on; null: it goes to `addressee`."
        },
    )
    addressee = Choice(AnswerTo)
    channel = Choice(Channel)
    language = fields.String(metadata={"description": "ISO 639-1"})
    message_id = fields.String(metadata={"description": "Message-ID of the mail that carries it."})
    addressed = fields.Boolean(metadata={"description": "There is an address for its channel."})
    statements = fields.List(fields.String(), metadata={"description": "Codes of what it says."})
    missing = fields.List(
        fields.String(),
        metadata={"description": "Codes of what it still has to say: it can't be released before."},
    )
    template_version = fields.String(metadata={"description": "Version of its template."})
    state = Choice(DispatchState)
    prepared_at = Instant()
    prepared_by = fields.String()
    written_at = Instant(meaning="When it was last refreshed from its request.")
    edited_by = fields.String(allow_none=True, metadata={"description": "Who edited it last; null: nobody."})
    needs_approval = fields.Boolean(
        metadata={"description": "It was edited after two people decided: an approver reads and approves it."}
    )
    approved_by = fields.String(allow_none=True, metadata={"description": "Who approved that edit; null until then."})
    released_at = Instant(allow_none=True)
    released_by = fields.String(allow_none=True)
    not_before = Instant(allow_none=True, meaning="It leaves no earlier; null until it is released.")
    may_have_left = fields.Boolean(
        metadata={"description": "An attempt ended with unknown outcome; it is tried again."}
    )
    sent_at = Instant(allow_none=True, meaning="When it left; null until then.")
    transport = fields.String(allow_none=True, metadata={"description": "How it left, such as `smtp` or `post`."})
    unrecorded = fields.String(
        allow_none=True, metadata={"description": "Why the changed request refused to record it."}
    )
    failed_at = Instant(allow_none=True, meaning="When sending failed for good; null: it did not.")
    failure = fields.String(allow_none=True, metadata={"description": "A stable code."})
    bounced_at = Instant(
        allow_none=True, meaning="When it came back, or a mail server reported a delay; null: neither."
    )
    bounce_status = fields.String(allow_none=True, metadata={"description": "RFC 3463; empty for an envelope."})
    discarded_at = Instant(allow_none=True, meaning="When it was discarded; null: it was not.")
    discarded_by = fields.String(allow_none=True, metadata={"description": "Who discarded it; null: nobody."})


class PreviewView(View):
    """The opened letter."""

    dispatch_id = fields.UUID(metadata={"description": "Id of the letter."})
    version = fields.Integer(metadata={"description": "After the opening."})
    subject = fields.String(
        allow_none=True, metadata={"description": "Null until it is complete, as are the next two."}
    )
    text = fields.String(allow_none=True, metadata={"description": "As plain text."})
    html = fields.String(allow_none=True, metadata={"description": "As HTML."})
    texts = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={
            "description": "As plain text by language (ISO 639-1), the letter's own first; empty until it is complete."
        },
    )
    name = fields.String(metadata={"description": "Whom it is addressed to."})
    email = fields.String(metadata={"description": "Empty: no address."})
    postal_address = fields.List(fields.String(), metadata={"description": "One line each, without the name."})
    staff = fields.String(metadata={"description": "The member of staff a warning goes to; never the address."})
    statements = fields.Dict(
        keys=fields.String(), metadata={"description": "What it states, by code, as it is edited."}
    )
    refused = fields.List(
        fields.Dict(keys=fields.String()), metadata={"description": "What it refuses, with grounds and reasons."}
    )
    missing = fields.List(fields.String(), metadata={"description": "Codes of what it still has to say."})
    other_languages = fields.List(
        fields.String(),
        metadata={
            "description": "A warning: texts of the record of processing that it quotes in another language than its "
            "own, for want of a translation (`dsr ropa check` lists them all)."
        },
    )
    outdated = fields.Dict(
        keys=fields.String(),
        metadata={
            "description": "By code, what its request says now of the parts in which it no longer agrees with the "
            "letter: edit the letter to refresh it. Empty for a letter that is up to date, left or was discarded."
        },
    )
    refused_with = fields.String(
        allow_none=True,
        metadata={
            "description": "Code of the refusal with which its request answers a letter like this one now; null: none."
        },
    )


class DispatchQuery(PageQuery):
    """Filter of letters."""

    state = Choice(DispatchState, load_default=None)
    kind = Choice(LetterKind, load_default=None)
    channel = Choice(Channel, load_default=None)
    controller = Code(load_default=None)
    needs_approval = fields.Boolean(
        load_default=None, metadata={"description": "Only drafts whose edit waits for an approver, or all others."}
    )


@bp.post("/requests/<uuid:request_id>/dispatches")
@allow(Role.HANDLER)
@bp.takes(LetterRequestBody)
@bp.command(DispatchView, key_required=True, made="dispatches.show_dispatch")
def prepare_dispatch(body: dict[str, Any], request_id: UUID) -> Answer:
    """Write a letter from the facts of the request, as a draft that names its missing statements.

    The service drafts most letters itself. If it has, this is refused with `dispatch-already-written`, and `facts` has
    the id of that draft.
    """
    return desk().dispatching.prepare(request_id, this_call(), **body)


@bp.get("/requests/<uuid:request_id>/dispatches")
@allow(*READERS)
@bp.shows(page_of(DispatchView))
def list_dispatches_of_request(request_id: UUID) -> Response:
    """List the letters of a request, oldest first. Always one page."""
    desk().history.require(request_id, caller())
    with service().database.reading() as connection:
        rows = dispatches_of(connection, request_id)
        return show({"items": desk().dispatching.with_doubt(rows), "next": None})


@bp.get("/dispatches")
@allow(*READERS)
@bp.asks(DispatchQuery)
@bp.shows(page_of(DispatchView))
def list_dispatches(query: dict[str, Any]) -> Response:
    """List letters of the controllers in scope, oldest first: drafts, waiting and returned letters."""
    with service().database.reading() as connection:
        page = dispatch_list(connection, **query, scope=caller().scope)
        return show_page(replace(page, rows=desk().dispatching.with_doubt(page.rows)))


@bp.get("/dispatches/<uuid:dispatch_id>")
@allow(*READERS)
@bp.shows(DispatchView, versioned=True)
def show_dispatch(dispatch_id: UUID) -> Response:
    """Show the state of a letter."""
    return respond(desk().dispatching.view(dispatch_id, caller()))


@bp.post("/dispatches/<uuid:dispatch_id>/preview")
@allow(*PURPOSES)
@bp.takes(PurposeBody)
@bp.shows(PreviewView, versioned=True)
def preview_dispatch(body: dict[str, Any], dispatch_id: UUID) -> Response:
    """Read a letter, sent or not; recorded before it is shown. Every call is a new opening, so it takes no idempotency
    key.
    """
    require_purpose(body["purpose"])
    preview = desk().dispatching.preview(dispatch_id, this_call(), purpose=body["purpose"])
    return show(preview, version=preview.version)


@bp.post("/dispatches/<uuid:dispatch_id>/paper")
@allow(*PURPOSES)
@bp.takes(PurposeBody)
@bp.hands_out(("application/pdf",), "The letter, to be printed and posted.")
def print_dispatch(body: dict[str, Any], dispatch_id: UUID) -> Response:
    """Read a complete letter as PDF. The opening and its purpose are recorded first, so this is a POST."""
    require_purpose(body["purpose"])
    pdf = desk().dispatching.paper(dispatch_id, this_call(), purpose=body["purpose"])
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{dispatch_id}.pdf"'
    return response


@bp.post("/dispatches/<uuid:dispatch_id>/edition")
@allow(Role.HANDLER)
@bp.takes(EditionBody)
@bp.command(DispatchView)
def edit_dispatch(body: dict[str, Any], dispatch_id: UUID) -> Answer:
    """Edit a draft: add what only a person can say, or change its address. The rest is filled in again; an empty edit
    only refreshes it and needs no further approval.

    Where `missing` names `copy` or `export`, offer a link to the package with `offer_export` first, then refresh the
    draft.
    """
    return desk().dispatching.edit(dispatch_id, this_call(), **body)


@bp.post("/dispatches/<uuid:dispatch_id>/approval")
@allow(Role.APPROVER)
@bp.takes(NoBody)
@bp.command(DispatchView)
def approve_dispatch(_: dict[str, Any], dispatch_id: UUID) -> Answer:
    """Approve another person's edit of a letter that two people had decided on."""
    return desk().dispatching.approve(dispatch_id, this_call())


@bp.post("/dispatches/<uuid:dispatch_id>/release")
@allow(Role.HANDLER)
@bp.takes(LetterReleaseBody)
@bp.command(DispatchView)
def release_dispatch(body: dict[str, Any], dispatch_id: UUID) -> Answer:
    """Release a complete letter; a paper letter waits until it is posted.

    The service sends a mail within seconds, and records the answer on the request; `state` is `sent` then.
    """
    return desk().dispatching.release(dispatch_id, this_call(), **body)


@bp.post("/dispatches/<uuid:dispatch_id>/discarding")
@allow(Role.HANDLER)
@bp.takes(LetterDiscardingBody)
@bp.command(DispatchView)
def discard_dispatch(body: dict[str, Any], dispatch_id: UUID) -> Answer:
    """Discard a letter."""
    return desk().dispatching.discard(dispatch_id, this_call(), **body)


@bp.post("/dispatches/<uuid:dispatch_id>/posting")
@allow(Role.HANDLER)
@bp.takes(LetterPostingBody)
@bp.command(DispatchView)
def post_dispatch(body: dict[str, Any], dispatch_id: UUID) -> Answer:
    """Record that a released paper letter was posted, with its effects on the request."""
    return desk().dispatching.mark_posted(dispatch_id, this_call(), **body)
