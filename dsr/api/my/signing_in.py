"""Sign-in under `/my`, by the reference and a code sent to the address on file."""

from flask import Response, request

from dsr.api.attempts import count_attempt
from dsr.api.context import client_address, desk
from dsr.api.cookies import CLEARED, FORM, SESSION, cookie, drop_cookie, set_cookie
from dsr.api.my.site import my, page, require_form, to, words
from dsr.api.my.words import LANGUAGES
from dsr.api.operation import mark, public
from dsr.api.statuses import status_of
from dsr.desk.my import SessionEnded, SignInRefused
from dsr.desk.sign_in_codes import CODE_MAILS, CODE_MINUTES


@my.get("")
@public
def start() -> Response:
    """Ask for the reference; a signed-in person is redirected to the request."""
    try:
        desk().my.session(cookie(SESSION))
    except SessionEnded:
        named = desk().intake_form.controller(request.args.get("controller", ""))
        return page("start.html", controller=named)
    chosen = request.args.get("language")
    return to(f"/my/request?language={chosen}" if chosen in LANGUAGES else "/my/request")


@my.post("/code")
@public
def ask_for_code() -> Response:
    """Store a wish for a code; the worker sends one if there is a case with an address. The answer is always the
    same.
    """
    require_form()
    count_attempt()
    typed = request.form.get("reference", "")[:100]
    desk().my.ask_for_code(typed, language=words().language, network=client_address())
    return _code_page(typed)


@my.post("/session")
@public
def sign_in() -> Response:
    """Open the request by reference and code."""
    require_form()
    count_attempt()
    typed, code = request.form.get("reference", "")[:100], request.form.get("code", "")[:100]
    try:
        token = desk().my.sign_in(typed, code, network=client_address())
    except SignInRefused as error:
        return _code_page(typed, status_of(type(error)), refused=True)
    response = to("/my/request")
    set_cookie(response, SESSION, token, path="/my")
    drop_cookie(response, FORM, path="/my")
    return response


def _code_page(typed: str, status: int = 200, *, refused: bool = False) -> Response:
    return page("code.html", status, typed=typed, refused=refused, minutes=CODE_MINUTES, most=CODE_MAILS)


@my.post("/sign-out")
@public
def sign_out() -> Response:
    """End the session."""
    require_form()
    desk().my.sign_out(cookie(SESSION))
    response = to("/my")
    drop_cookie(response, SESSION, path="/my")
    response.headers["Clear-Site-Data"] = CLEARED
    return response


mark(start, takes_query=True)
