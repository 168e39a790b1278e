"""A member's own sessions, passkeys and tokens, at `/account`."""

import re
from collections.abc import Callable
from functools import wraps
from uuid import UUID

from flask import Response, g, request

from dsr.api.attempts import count_attempt
from dsr.api.context import desk
from dsr.api.cookies import STAFF_SESSION, cookie
from dsr.api.my.site import SCRIPTED, form_secret, page, require_form, team, to
from dsr.api.my.staff_sign_in import begin, first_page
from dsr.api.operation import mark, public
from dsr.api.stepping_up import PAGE as STEP_UP_PAGE
from dsr.api.stepping_up import STEP_UP, is_fresh
from dsr.desk.caller import Call, Caller
from dsr.desk.errors import SignInNeeded
from dsr.desk.session_desk import SessionFilter
from dsr.domain.staff import PasskeyUnknown, StaffTokenUnknown
from dsr.domain.staff_session import StaffSessionUnknown
from dsr.passkeys import LARGEST_ANSWER

_SEEN_BEFORE = {"/account/passkeys": "/account/passkey", "/account/passkeys/revocation": "/account"}
"""The page on which the form of a view stands."""

_DONE = ("registered", "revoked", "ended")


def staff_signed_in(view: Callable[[Caller], Response]) -> Callable[[], Response]:
    """Decorator of a view for a member of staff who signed in; anybody else is sent to sign in.

    A member who has to prove it once more does so, and goes on from the page of the form.
    """

    @wraps(view)
    def with_caller() -> Response:
        try:
            g.caller = desk().staff.authenticate_session(cookie(STAFF_SESSION))
        except SignInNeeded:
            if request.method == "GET":
                return to("/sign-in")
            raise
        if view.__name__ in STEP_UP and not is_fresh(g.caller):
            return to(f"{STEP_UP_PAGE}?next={_SEEN_BEFORE.get(request.path, request.path)}")
        return view(g.caller)

    return with_caller


@team.get("/account")
@public
@staff_signed_in
def account(who: Caller) -> Response:
    """Show who is signed in, with their sessions, passkeys and tokens."""
    sessions = [each for each in desk().sessions.of(who.actor, who, SessionFilter()).rows if each["runs"]]
    passkeys = [each for each in desk().signing_in.passkeys(who.actor, who) if each["revoked_at"] is None]
    at = desk().repository.now()
    tokens = [each for each in desk().staff.tokens_of(who.actor, who) if not each.revoked and each.expires_at > at]
    done = request.args.get("done", "")
    return page(
        "account.html",
        who=who,
        console=first_page(who) == "/console",
        roles=sorted(who.roles),
        sessions=sessions,
        passkeys=passkeys,
        tokens=tokens,
        can_register=desk().signing_in.is_available,
        done=done if done in _DONE else "",
    )


@team.get("/account/passkey")
@public
@staff_signed_in
def new_passkey(who: Caller) -> Response:
    """Let the browser register a further passkey."""
    ceremony = desk().signing_in.registration_options(who, form_secret())
    response = page(
        "registering.html", options=ceremony.options, identifier=who.actor, code="", action="/account/passkeys"
    )
    response.headers["Content-Security-Policy"] = SCRIPTED
    return response


@team.post("/account/passkeys")
@public
@staff_signed_in
def register_own_passkey(who: Caller) -> Response:
    """Register a further passkey of one's own."""
    require_form()
    desk().signing_in.register(request.form.get("answer", "")[: LARGEST_ANSWER + 1], who, form_secret())
    return to("/account?done=registered")


@team.post("/account/passkeys/revocation")
@public
@staff_signed_in
def revoke_own_passkey(who: Caller) -> Response:
    """End one authenticator of one's own, and its sessions."""
    require_form()
    passkey_id = _chosen("passkey")
    if passkey_id is None:
        raise PasskeyUnknown()
    desk().signing_in.revoke(who.actor, passkey_id, Call(who))
    return to("/account?done=revoked")


@team.post("/account/sessions/end")
@public
@staff_signed_in
def end_own_session(who: Caller) -> Response:
    """End another session of one's own."""
    require_form()
    session_id = _chosen("session")
    if session_id is None:
        raise StaffSessionUnknown()
    desk().sessions.end(who.actor, session_id, Call(who))
    return to("/account?done=ended")


@team.post("/account/tokens/revocation")
@public
@staff_signed_in
def revoke_own_token(who: Caller) -> Response:
    """End one token of one's own."""
    require_form()
    token_id = _chosen("token")
    if token_id is None:
        raise StaffTokenUnknown()
    desk().staff.revoke_token(who.actor, token_id, Call(who))
    return to("/account?done=revoked")


@team.get("/account/step-up")
@public
@staff_signed_in
def step_up_page(who: Caller) -> Response:
    """Ask the browser for a passkey once more; the form carries where the person goes on."""
    available = desk().signing_in.is_available
    options = desk().signing_in.step_up_options(who, form_secret()).options if available else ""
    response = page(
        "step_up.html",
        options=options,
        next=local(request.args.get("next", "")),
        organisation=desk().openid_sign_in.is_available,
    )
    response.headers["Content-Security-Policy"] = SCRIPTED
    return response


@team.post("/account/step-up")
@public
@staff_signed_in
def step_up(who: Caller) -> Response:
    """Note that the member proved who they are, and give the session another cookie."""
    require_form()
    count_attempt()
    answer = request.form.get("answer", "")[: LARGEST_ANSWER + 1]
    secret = desk().signing_in.step_up(answer, who, form_secret())
    return begin(secret, local(request.form.get("next", "")) or "/account")


for _view in (account, new_passkey, step_up_page):
    mark(_view, takes_query=True)


def local(path: str) -> str:
    """The path, if it is one on this host; else empty."""
    return path if re.fullmatch(r"/(?:[A-Za-z0-9][A-Za-z0-9/_.?=&:,%+-]{0,300})?", path) else ""


def _chosen(name: str) -> UUID | None:
    try:
        return UUID(request.form.get(name, ""))
    except ValueError:
        return None
