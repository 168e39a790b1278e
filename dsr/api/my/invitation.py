"""The page of an invitation, `/invitation`: a member of staff enters the code from the mail, and registers a passkey or
is shown a token once.

The code is sent by POST only, so it appears in no address and no log; looking at the page does not use it up.
"""

import msgspec
from flask import Response, request

from dsr.api.attempts import count_attempt
from dsr.api.context import desk
from dsr.api.my.site import SCRIPTED, form_secret, invited, page, require_form, sentence_of
from dsr.api.my.staff_sign_in import begin, first_page
from dsr.api.operation import mark, public
from dsr.api.statuses import status_of
from dsr.desk.challenges import ChallengeInvalid
from dsr.desk.my import FormOutdated
from dsr.desk.signing_in import PasskeyKnown
from dsr.domain.errors import DomainError
from dsr.domain.staff import InvitationInvalid
from dsr.passkeys import LARGEST_ANSWER, PasskeyRefused


@invited.get("")
@public
def invitation_page() -> Response:
    """Ask for the code."""
    return _asked()


@invited.post("")
@public
def accept() -> Response:
    """Show the token, this once."""
    try:
        require_form()
        count_attempt()
        answer, token = desk().invitations.accept(_code())
    except (FormOutdated, InvitationInvalid) as refusal:
        return _asked(refusal)
    return page("invited.html", token=token, identifier=msgspec.json.decode(answer.body)["identifier"])


@invited.post("/passkey")
@public
def offer_passkey() -> Response:
    """Let the browser register a passkey for the member whom the code invites; the code is not used up yet."""
    try:
        require_form()
        count_attempt()
        ceremony = desk().signing_in.invitation_options(_code(), form_secret())
    except (FormOutdated, InvitationInvalid) as refusal:
        return _asked(refusal)
    return _registering(ceremony.options, ceremony.identifier)


@invited.post("/registration")
@public
def register_invited() -> Response:
    """Use the code up, register the passkey, and sign its holder in."""
    try:
        require_form()
        count_attempt()
        secret = desk().signing_in.accept(_code(), request.form.get("answer", "")[: LARGEST_ANSWER + 1], form_secret())
    except (FormOutdated, InvitationInvalid, PasskeyRefused, PasskeyKnown, ChallengeInvalid) as refusal:
        return _asked(refusal)
    return begin(secret, first_page(desk().staff.authenticate_session(secret)))


mark(invitation_page, takes_query=True)


def _code() -> str:
    return request.form.get("code", "").strip()[:200]


def _asked(refusal: DomainError | None = None) -> Response:
    """The form, with what was wrong."""
    if refusal is None:
        return page("invitation.html", with_passkey=desk().signing_in.is_available)
    sentence = "link.form" if isinstance(refusal, FormOutdated) else sentence_of(refusal)
    return page(
        "invitation.html",
        status_of(type(refusal)),
        sentence=sentence,
        with_passkey=desk().signing_in.is_available,
    )


def _registering(options: str, identifier: str) -> Response:
    response = page(
        "registering.html", options=options, identifier=identifier, code=_code(), action="/invitation/registration"
    )
    response.headers["Content-Security-Policy"] = SCRIPTED
    return response
