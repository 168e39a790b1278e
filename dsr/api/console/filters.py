"""Saved filters of the queue, as links. A member saves the filter that is shown, and deletes their own."""

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from flask import Response, request
from marshmallow import ValidationError

from dsr.api.console.interface_words import refused
from dsr.api.console.language import _
from dsr.api.console.queue import queue_page
from dsr.api.console.site import console, page_of, to
from dsr.api.context import caller, desk
from dsr.api.operation import this_call
from dsr.api.saved_filters import KEEPERS, SavedFilterBody
from dsr.domain.errors import Refused

_QUEUE: Final = "/console/queue"


@console.post("/queue/filters")
@page_of(KEEPERS, takes_key=True, key_required=True)
def keep_filter() -> Response:
    """Save the filter that is shown, under a name; a name that does not fit stands above the queue with what was
    typed.
    """
    query = dict(parse_qsl(request.form.get("query", "")))
    typed = request.form.get("name", "").strip()
    try:
        body: dict[str, Any] = SavedFilterBody().load(
            {"name": typed, "query": query, "shared": request.form.get("shared") == "true"}
        )
        desk().saved_filters.save(this_call(), **body)
    except ValidationError as error:
        if "name" not in error.messages_dict:
            raise
        wrong = _("A name has up to 60 letters and digits, in words with single spaces or hyphens between.")
        return queue_page(query, status=422, unsaved=typed, wrong_name=wrong)
    except Refused as error:
        return queue_page(query, status=409, unsaved=typed, wrong_name=refused(error))
    return to(f"{_QUEUE}?{urlencode(query)}")


@console.post("/queue/filters/<uuid:filter_id>/deletion")
@page_of(KEEPERS)
def drop_filter(filter_id: UUID) -> Response:
    """Delete a filter of one's own, or a shared one whose owner has left."""
    desk().saved_filters.delete(filter_id, caller())
    return to(_QUEUE)
