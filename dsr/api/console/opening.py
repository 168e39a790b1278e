"""What a page needs to open sealed text on record: the purposes that a caller may state, and letters as PDF."""

from typing import Final
from uuid import UUID

from flask import Response, request

from dsr.api.context import caller
from dsr.api.disclosures import PURPOSES, require_purpose
from dsr.api.quarantine import PurposeBody
from dsr.domain.request.values import DisclosurePurpose

_IN_ORDER: Final = (DisclosurePurpose.ANSWERING, *(each for each in DisclosurePurpose if each != "answering"))
"""What a letter is opened for, the most frequent first."""


def purposes() -> list[DisclosurePurpose]:
    """The purposes for which a role of the caller opens personal data, the most frequent first."""
    return [each for each in _IN_ORDER if any(each in PURPOSES.get(role, ()) for role in caller().roles)]


def stated_purpose() -> DisclosurePurpose:
    """The purpose that the form states. Raises ValidationError for one that is none; Forbidden."""
    purpose: DisclosurePurpose = PurposeBody().load({"purpose": request.form.get("purpose", "")})["purpose"]
    require_purpose(purpose)
    return purpose


def on_paper(letter_id: UUID, pdf: bytes) -> Response:
    """A letter as PDF, for a browser to keep under the id of the letter."""
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{letter_id}.pdf"'
    return response
