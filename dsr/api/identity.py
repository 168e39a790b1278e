"""Identity: doubt, question, evidence, decision (GDPR Art. 12(6))."""

from typing import Any
from uuid import UUID

import msgspec
from flask import request

from dsr.api.context import desk
from dsr.api.errors import MediaTypeUnsupported
from dsr.api.fields import Body, Choice, Instant, Text, Truth, Tuple
from dsr.api.multipart import MULTIPART, load, read_multipart
from dsr.api.operation import allow, this_call
from dsr.api.parsing import parse_json
from dsr.api.resource import Resource
from dsr.api.views import RequestView
from dsr.blobs import ENDINGS
from dsr.desk.idempotency import Answer
from dsr.domain.request.values import AssuranceLevel, IdentityMethod
from dsr.domain.roles import Role

bp = Resource("identity", "/requests/<uuid:request_id>", "Doubt about the person's identity, and how it is settled.")


class DpoOpinionBody(Body):
    """The DPO's opinion on one question: it serves the next one with this method and this doubt."""

    supports = Truth(required=True, metadata={"description": "Whether the DPO supports what is proposed."})
    opinion = Text(required=True, meaning="Sealed.")
    method = Choice(IdentityMethod, required=True)
    doubt = Text(required=True, meaning="The doubt as it is drafted; the question has to repeat it. Sealed.")


class IdentityQuestionBody(Body):
    """The doubt, and the least that settles it."""

    doubt = Text(required=True, meaning="The reasonable doubt, in writing; sealed.")
    method = Choice(IdentityMethod, required=True)
    asked_at = Instant(
        load_default=None,
        meaning="When they were asked; now unless given. On an earlier day: some other way than by a letter to come.",
    )
    alternatives = Tuple(
        Choice(IdentityMethod),
        load_default=(),
        longest=len(IdentityMethod),
        meaning="Other methods that the person may choose instead. Without any, the letter asks the person to write if "
        "the method does not suit them.",
    )
    questions = Tuple(
        Text(longest=500),
        load_default=(),
        longest=20,
        meaning="One plain sentence each, in the language of the letter; sealed. Required to check facts "
        "that only the person and the controller know: the letter then stays a draft until somebody has read and "
        "released it.",
    )
    new_fact = Text(
        load_default="",
        meaning="What renewed the doubt about a person who was authenticated: an account taken over, an unknown address"
        " for the answer. Sealed.",
    )


class EvidenceBody(Body):
    """The person's evidence, kept under a key of its own, which the decision destroys."""

    evidence = Text(required=True, meaning="What the person sent or said; sealed.")
    received_at = Instant(load_default=None, meaning="Now unless given.")


class EvidenceFileBody(Body):
    """Metadata of a file that the person sent."""

    evidence = Text(load_default=None, allow_none=True, meaning="What else they sent or said; sealed.")
    received_at = Instant(load_default=None, meaning="Now unless given.")


class ConfirmationBody(Body):
    """How the doubt was settled."""

    method = Choice(IdentityMethod, required=True)
    assurance = Choice(
        AssuranceLevel,
        required=True,
        meaning="How far the proof can be relied on (Regulation (EU) No 910/2014 Art. 8): a little, well, or more than "
        "that.",
    )
    answered_at = Instant(
        load_default=None,
        meaning="When the sufficient answer arrived. Unless given: when the last proof on record did, or else now.",
    )


class ReasonBody(Body):
    """Why; sealed."""

    reason = Text(required=True, meaning="Sealed.")


@bp.post("/dpo-opinion")
@allow(Role.DPO)
@bp.takes(DpoOpinionBody)
@bp.command(RequestView)
def give_dpo_opinion(body: dict[str, Any], request_id: UUID) -> Answer:
    """Record the DPO's opinion on the next question about identity with this method and this doubt."""
    return desk().identity.give_dpo_opinion(request_id, this_call(), **body)


@bp.post("/identity-question")
@allow(Role.HANDLER)
@bp.takes(IdentityQuestionBody)
@bp.command(RequestView)
def ask_identity(body: dict[str, Any], request_id: UUID) -> Answer:
    """Ask for what settles a reasonable doubt about identity; the clock is suspended if this was without undue
    delay.
    """
    return desk().identity.ask(request_id, this_call(), **body)


@bp.post("/identity-evidence")
@allow(Role.HANDLER)
@bp.uploads(metadata=EvidenceFileBody, records=EvidenceBody, media_types=tuple(ENDINGS))
@bp.command(RequestView)
def take_identity_evidence(request_id: UUID) -> Answer:
    """Keep the person's evidence, a text or a file, until the decision on it.

    `multipart/form-data` has two parts: `metadata` (JSON) and `file`, an open format by its content.
    """
    if request.mimetype == MULTIPART:
        body, content, media_type = read_multipart(EvidenceFileBody())
        call = this_call(b"\x00".join((msgspec.json.encode(body), media_type.encode(), content)))
        return desk().identity.take_evidence(request_id, call, content=content, media_type=media_type, **body)
    if request.mimetype != "application/json":
        raise MediaTypeUnsupported("Send multipart/form-data with `metadata` and `file`, or JSON with `evidence`.")
    body = load(EvidenceBody(), parse_json(request.get_data(cache=True)))
    return desk().identity.take_evidence(request_id, this_call(), **body)


@bp.post("/identity-confirmation")
@allow(Role.HANDLER)
@bp.takes(ConfirmationBody)
@bp.command(RequestView)
def confirm_identity(body: dict[str, Any], request_id: UUID) -> Answer:
    """Settle the doubt; the evidence is destroyed, the method and level are kept, the clock resumes."""
    return desk().identity.confirm(request_id, this_call(), **body)


@bp.post("/identity-insufficiency")
@allow(Role.HANDLER)
@bp.takes(ReasonBody)
@bp.command(RequestView)
def ask_identity_again(body: dict[str, Any], request_id: UUID) -> Answer:
    """Say why the proof does not suffice; the evidence is destroyed, the suspension continues."""
    return desk().identity.ask_again(request_id, this_call(), **body)


@bp.post("/identity-failure")
@allow(Role.HANDLER)
@bp.takes(ReasonBody)
@bp.command(RequestView)
def give_up_identity(body: dict[str, Any], request_id: UUID) -> Answer:
    """Stop asking; the evidence is destroyed, and a full answer follows."""
    return desk().identity.give_up(request_id, this_call(), **body)
