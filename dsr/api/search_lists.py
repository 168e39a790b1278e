"""Search lists: the systems that have to account for an item, and what they reported."""

from typing import Any
from uuid import UUID

import msgspec
from flask import Response
from marshmallow import fields, post_load

from dsr.api.answering import show
from dsr.api.context import caller, desk, service
from dsr.api.fields import Body, Choice, Code, Instant, Text, Tuple, View
from dsr.api.operation import allow, respond, this_call
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.desk.search_lists import SystemReport
from dsr.domain.request.search_list import SearchResult
from dsr.domain.roles import Role

bp = Resource("search-lists", "/requests/<uuid:request_id>/items/<item_id>/search", "Where an item is searched for.")


class SystemReportBody(Body):
    """What is said about one system."""

    system = Code(required=True, meaning="Id of the record of processing.")
    result = Choice(
        SearchResult,
        required=True,
        meaning="`found` for a copy needs data collected from the system; for a correction or an erasure it reports "
        "that the system carried it out.",
    )
    searched_at = Instant(
        load_default=None, meaning="When the search, the correction or the erasure ended; default: now."
    )
    identifiers = Text(load_default="", meaning="What was searched for; required for `nothing`; sealed.")
    reason = Text(
        load_default="",
        meaning="Why it is left out, in the language of the answer, which states it; required for `left-out`; sealed.",
    )

    @post_load
    def reported(self, given: dict[str, Any], **_: object) -> SystemReport:
        """Convert to the value that the desk takes."""
        return SystemReport(**given)


class SystemReportsBody(Body):
    """One system or several."""

    reports = Tuple(fields.Nested(SystemReportBody), required=True, meaning="One for each system.")


class SystemStateView(View):
    """One system on the list."""

    system = Code(meaning="Id of the system in the record of processing.")
    result = Choice(SearchResult, allow_none=True, meaning="Null: it has not accounted for itself yet.")
    reason_code = fields.String(
        allow_none=True,
        metadata={"description": "`proof-of-request`: an erasure leaves out the case files of the privacy team."},
    )
    searched_at = Instant(allow_none=True, meaning="When it accounted for itself; null until then.")
    by = fields.String(allow_none=True, metadata={"description": "Who recorded it."})
    counts = fields.Boolean(
        metadata={
            "description": "False where an erasure was granted for processing elsewhere, or the system was searched "
            "besides."
        }
    )


class SearchListView(View):
    """The systems that have to account for an item."""

    item_id = Code()
    open = fields.List(Code(), metadata={"description": "The systems that are still to account for themselves."})
    set_aside = fields.List(
        Code(), metadata={"description": "Categories of people that are not searched; the answer names them."}
    )
    systems = fields.List(
        fields.Nested(SystemStateView), metadata={"description": "The systems, with what they found."}
    )


class SearchLinkBody(Body):
    """The system whose owner is asked, and what they look for."""

    system = Code(required=True, meaning="Id of a system that the item waits for.")
    look_for = Text(
        required=True,
        longest=2000,
        meaning="What the owner looks for, such as a name, a customer number and a period, and nothing more; sealed.",
    )


class SearchLinkView(View):
    """A link for the owner of a system. `token` and `url` are shown only here."""

    link_id = fields.UUID(metadata={"description": "Id of the link, as the timeline names it."})
    system = Code(meaning="Id of the system in the record of processing.")
    expires_at = Instant(meaning="Until when it can be opened, unless another one for the system replaces it.")
    token = fields.String(metadata={"description": "Its secret; whoever has it opens the link, once."})
    url = fields.String(allow_none=True, metadata={"description": "The link; null where `DSR_PUBLIC_URL` is not set."})


@bp.get("")
@allow(*READERS)
@bp.shows(SearchListView, versioned=True)
def show_search_list(request_id: UUID, item_id: str) -> Response:
    """Show the systems that have to account for an item, with what they reported."""
    found, version = desk().search_lists.of_item(request_id, item_id, caller())
    return show(found, version=version)


@bp.post("")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(SystemReportsBody)
@bp.command(RequestView)
def account_for_systems(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Account for systems on the search list: data found, nothing found, or left out and why."""
    return desk().search_lists.account(request_id, item_id, this_call(), **body)


@bp.post("/links")
@allow(Role.HANDLER)
@bp.takes(SearchLinkBody)
@bp.issues(SearchLinkView, if_match=True)
def issue_search_link(body: dict[str, Any], request_id: UUID, item_id: str) -> Response:
    """Make a link by which the owner of a system answers without an account (GDPR Art. 5(1)(c), 32).

    It opens once, shows what to look for, on record, and takes data or “nothing” for this system of this item alone. A
    new link for the system replaces it. Send it to the owner alone.
    """
    answer = desk().search_links.issue(request_id, item_id, this_call(), **body)
    token, public_url = desk().search_links.token(answer), service().settings.public_url
    shown = {"token": token, "url": f"{public_url}/console/task#{token}" if public_url else None}
    return respond(Answer(msgspec.json.encode(msgspec.json.decode(answer.body) | shown), answer.version), 201)
