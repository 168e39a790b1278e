"""Sign-in of members of staff, `/sign-in`, with a passkey; `/sign-out`.

The browser's answer travels in a form, so that the page needs no other connection than that of its form.
"""

from contextlib import suppress
from importlib.resources import files
from typing import Final

from flask import Response, request

from dsr.api.attempts import count_attempt
from dsr.api.context import desk
from dsr.api.cookies import CLEARED, FORM, STAFF_SESSION, cookie, drop_cookie, set_cookie
from dsr.api.my.site import SCRIPTED, form_secret, page, require_form, sentence_of, team, to
from dsr.api.operation import mark, public
from dsr.api.roles import READERS
from dsr.api.statuses import status_of
from dsr.desk.caller import Caller
from dsr.desk.challenges import ChallengeInvalid
from dsr.desk.errors import SignInNeeded
from dsr.desk.my import FormOutdated
from dsr.domain.errors import DomainError
from dsr.domain.roles import Role
from dsr.passkeys import LARGEST_ANSWER, PasskeyRefused

_SCRIPT: Final = files(__package__).joinpath("passkey.js").read_bytes()


@team.get("/sign-in")
@public
def sign_in_page() -> Response:
    """Ask the browser for a passkey; a member who is signed in goes on."""
    try:
        who = desk().staff.authenticate_session(cookie(STAFF_SESSION))
    except SignInNeeded:
        return _asked()
    return to(first_page(who))


@team.post("/sign-in")
@public
def sign_in_staff() -> Response:
    """Begin a session."""
    try:
        require_form()
        count_attempt()
        secret = desk().signing_in.sign_in(request.form.get("answer", "")[: LARGEST_ANSWER + 1], form_secret())
    except (FormOutdated, ChallengeInvalid, PasskeyRefused) as refusal:
        return _asked(refusal)
    return begin(secret, first_page(desk().staff.authenticate_session(secret)))


@team.post("/sign-out")
@public
def sign_out_staff() -> Response:
    """End the session."""
    require_form()
    with suppress(SignInNeeded):  # it may have ended by itself
        desk().sessions.sign_out(desk().staff.authenticate_session(cookie(STAFF_SESSION)))
    response = to("/sign-in?done=signed-out")
    drop_cookie(response, STAFF_SESSION, path="/")
    response.headers["Clear-Site-Data"] = CLEARED
    return response


@team.get("/sign-in/passkey.js")
@public
def passkey_script() -> Response:
    """Asks the browser for a passkey and puts its answer into the form."""
    return Response(_SCRIPT, mimetype="text/javascript")


mark(sign_in_page, takes_query=True)


def first_page(who: Caller) -> str:
    """Where a member begins: in the console, which leads an operator to the service; without a role that has a page
    there, at their own account.
    """
    return "/account" if who.roles.isdisjoint({*READERS, Role.OPERATOR}) else "/console"


def begin(secret: str, place: str) -> Response:
    """Lead to the first page of a session, with its cookie.

    `Lax`, since a person who follows a link in a mail comes from another site; forms have a token of their own.
    """
    response = to(place)
    set_cookie(response, STAFF_SESSION, secret, path="/", same_site="Lax")
    drop_cookie(response, FORM, path="/sign-in")
    return response


def _asked(refusal: DomainError | None = None) -> Response:
    available = desk().signing_in.is_available
    options = desk().signing_in.options(form_secret()).options if available else ""
    status = 200 if refusal is None else status_of(type(refusal))
    sentence = None if refusal is None else sentence_of(refusal)
    done = request.args.get("done") == "signed-out"
    response = page(
        "sign_in.html",
        status,
        options=options,
        available=available,
        sentence=sentence,
        done=done,
        organisation=desk().openid_sign_in.is_available,
    )
    response.headers["Content-Security-Policy"] = SCRIPTED
    return response
