"""Items: each right granted, carried out, found empty, or refused by two people (GDPR Art. 12(4), 15-22)."""

from typing import Any
from uuid import UUID

from dsr.api.context import desk
from dsr.api.deadlines import DecisionBody
from dsr.api.fields import Body, Choice, Code, Day, Ground, Instant, Text, Truth, Tuple
from dsr.api.letters import besides
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.desk.items import RefusalDraft
from dsr.domain.request.erasure import ErasureGround
from dsr.domain.request.grounds import ExcessClaim, RefusalGround
from dsr.domain.roles import Role

bp = Resource("items", "/requests/<uuid:request_id>/items/<item_id>", "Decisions on each right, and their execution.")


class GrantBody(Body):
    """For an erasure, its ground; nothing for any other right."""

    erasure_ground = Choice(ErasureGround, load_default=None, meaning="GDPR Art. 17(1), for erasure.")
    provision = Text(longest=300, load_default="", meaning="The law that requires the erasure, by name.")
    activities = Tuple(
        Code(), load_default=(), meaning="Activities whose data is erased; default: all of the controller."
    )


class CompletionBody(Body):
    """What was done."""

    account = Text(required=True, meaning="What was done, in the language of the answer, which quotes it; sealed.")
    done_at = Instant(load_default=None, meaning="When it was carried out; now unless given.")


class NothingHeldBody(Body):
    """When the search had ended."""

    done_at = Instant(load_default=None, meaning="When the search had ended; now unless given.")


class RefusalBody(Body):
    """A proposed refusal, with the statements of its letter."""

    ground = Ground(RefusalGround, required=True)
    reasons = Text(required=True, meaning="Sealed.")
    facts = Text(load_default="", meaning="The facts that prove the ground; sealed.")
    intent = Text(
        load_default="",
        meaning="For `manifestly-excessive`: the facts that show the intent to abuse the right; sealed.",
    )
    provision = Text(longest=300, load_default="", meaning="A national or Union provision, if the ground needs one.")
    extent = Tuple(Text(longest=200), load_default=(), meaning="Fields or categories to which the refusal is limited.")
    claims = Tuple(
        Choice(ExcessClaim), load_default=(), meaning="What makes the request excessive; only for that ground."
    )
    previous_request_on = Day(load_default=None, meaning="When the person last asked the same, for `repetitive`.")
    activities = Tuple(
        Code(),
        load_default=(),
        meaning="Ids of the record of processing, for `right-not-on-this-basis`, `not-automated` and "
        "`no-erasure-ground` in part: their legal basis decides. A whole item is judged by all of the controller.",
    )
    in_part = Truth(
        load_default=False,
        metadata={"description": "Only for the extent: the rest of the item is given effect, and is answered with it."},
    )
    covers_all = Truth(
        load_default=False,
        metadata={
            "description": "The exception covers everything that is asked: to refuse the whole on a ground that holds "
            "only to the extent necessary."
        },
    )
    withheld_under = Text(
        longest=300,
        load_default="",
        meaning="The law that forbids telling the person the reasons (GDPR Art. 23(2)(h)), for `national-restriction`: "
        "the file keeps them, and the letter names the remedies only.",
    )
    tells_provision = Truth(
        load_default=True,
        metadata={
            "description": "Whether the letter names the provision all the same, where the reasons are withheld."
        },
    )
    statements = besides("`authority` and `judicial-remedy`, and the other fields say the rest")


@bp.post("/grant")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(GrantBody)
@bp.command(RequestView)
def grant_item(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Grant an item; an erasure on one of the grounds of GDPR Art. 17(1)."""
    return desk().items.grant(request_id, item_id, this_call(), **body)


@bp.post("/completion")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(CompletionBody)
@bp.command(RequestView)
def complete_item(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Record that a granted item was carried out; its search list says where, and has to be closed."""
    return desk().items.record_done(request_id, item_id, this_call(), **body)


@bp.post("/nothing-held")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(NothingHeldBody)
@bp.command(RequestView)
def find_nothing_held(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Record that the systems on the search list hold no data of this person; the list has to be closed."""
    return desk().items.record_nothing_held(request_id, item_id, this_call(), **body)


@bp.post("/refusal")
@allow(Role.HANDLER)
@bp.takes(RefusalBody)
@bp.command(RequestView)
def propose_refusal(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Propose to refuse an item, on a ground of the law."""
    return desk().items.propose_refusal(request_id, item_id, this_call(), draft=RefusalDraft(**body))


@bp.post("/refusal/decision")
@allow(Role.APPROVER)
@bp.takes(DecisionBody)
@bp.command(RequestView)
def decide_refusal(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Approve the refusal, or decline it with a reason; never by the person who proposed it."""
    return desk().items.decide_refusal(request_id, item_id, this_call(), **body)
