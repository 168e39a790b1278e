"""Sign-in of members of staff at the organisation's provider: to it and back.

A cookie of its own binds the way to this browser; it is `Lax`, since the browser comes back from another site, and ends
with the way. It also says where the person goes on after a renewed proof: nonce and verifier follow from the whole
value, so a changed one leads nowhere.
"""

import base64
import secrets

from flask import Response, g, make_response, redirect, request

from dsr.api.attempts import count_attempt
from dsr.api.context import desk
from dsr.api.cookies import OPENID, STAFF_SESSION, cookie, drop_cookie, set_cookie
from dsr.api.my.account import local, staff_signed_in
from dsr.api.my.site import page, sentence_of, team
from dsr.api.my.staff_sign_in import begin, first_page
from dsr.api.operation import mark, public
from dsr.api.problems import log
from dsr.api.statuses import status_of
from dsr.desk.caller import Caller
from dsr.desk.challenges import ChallengeInvalid
from dsr.desk.errors import SignInNeeded
from dsr.desk.openid_sign_in import AWAY_MINUTES, AccountUnlinked
from dsr.domain.errors import DomainError
from dsr.openid import OpenIdRefused, OpenIdUnavailable

_PATH = "/sign-in/openid"
_LONGEST = 4096


@team.get("/sign-in/openid")
@public
def go_to_provider() -> Response:
    """Send the browser to the provider."""
    count_attempt()
    return _sent(None, "")


@team.get("/account/step-up/openid")
@public
@staff_signed_in
def step_up_at_provider(who: Caller) -> Response:
    """Send the browser to the provider, where the member proves once more who they are."""
    count_attempt()
    return _sent(who, local(request.args.get("next", "")))


@team.get("/sign-in/openid/callback")
@public
def come_back() -> Response:
    """Begin a session, or note the renewed proof, by the provider's answer in the browser that comes back."""
    count_attempt()
    told = {name: request.args.get(name, "")[:_LONGEST] for name in ("state", "code")}
    issuer = request.args.get("iss")
    try:
        g.caller = caller = _present()
        browser = cookie(OPENID)
        secret = desk().openid_sign_in.finish(**told, issuer=issuer, browser=browser, caller=caller)
    except (OpenIdRefused, OpenIdUnavailable, AccountUnlinked, ChallengeInvalid) as refusal:
        response = _refused(refusal)
    else:
        response = begin(secret, _place_in(browser) or first_page(desk().staff.authenticate_session(secret)))
    drop_cookie(response, OPENID, path=_PATH)
    return response


for _view in (go_to_provider, step_up_at_provider, come_back):
    mark(_view, takes_query=True)


def _sent(who: Caller | None, place: str) -> Response:
    browser = f"{secrets.token_urlsafe(32)}.{base64.urlsafe_b64encode(place.encode()).decode().rstrip('=')}"
    try:
        address = desk().openid_sign_in.begin(browser, who)
    except OpenIdUnavailable as refusal:
        return _refused(refusal)
    response = make_response(redirect(address, 303))
    set_cookie(response, OPENID, browser, path=_PATH, seconds=AWAY_MINUTES * 60, same_site="Lax")
    return response


def _place_in(browser: str) -> str:
    """Where the person goes on, as the cookie that they brought back says; empty if nowhere."""
    named = browser.partition(".")[2]
    return local(base64.urlsafe_b64decode(named + "=" * (-len(named) % 4)).decode())


def _present() -> Caller | None:
    try:
        return desk().staff.authenticate_session(cookie(STAFF_SESSION))
    except SignInNeeded:
        return None


def _refused(error: DomainError) -> Response:
    """The page says what to do; the log says what was wrong, in our own words only."""
    log.warning("%s: %s", error.code, error.facts.get("reason", "-"))
    return page("error.html", status_of(type(error)), sentence=sentence_of(error))
