"""Opening personal data of a case, on record: only what the form names, and only on the page that answers it."""

import re
from uuid import UUID

from flask import Response, request
from marshmallow import ValidationError

from dsr.api.console.case import case_page
from dsr.api.console.language import N_
from dsr.api.console.site import console, page_of
from dsr.api.context import desk
from dsr.api.disclosures import PURPOSES, DisclosureBody, require_purpose
from dsr.api.operation import this_call


@console.post("/cases/<uuid:request_id>/open")
@page_of(tuple(PURPOSES), if_match=True, takes_key=True)
def open_parts(request_id: UUID) -> Response:
    """Open sealed parts of events; the opening is recorded before they are shown."""
    versions = [int(each) for each in request.form.getlist("versions") if re.fullmatch(r"\d{1,9}", each, re.ASCII)]
    if not versions:  # what nobody ticked stays sealed
        raise ValidationError({"versions": [N_("Tick what is to be opened.")]})
    body = DisclosureBody().load({"purpose": request.form.get("purpose", ""), "versions": versions})
    require_purpose(body["purpose"])
    disclosure = desk().disclosures.open(request_id, this_call(), **body)
    return case_page(request_id, opened={each.version: each for each in disclosure.opened})
