"""The routes under `/my`: sign in by reference and code, look, take back, withdraw consent.

URLs hold neither references nor anything else of a person; forms carry a token; errors are pages too.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from functools import wraps
from importlib.resources import files
from typing import Any, Final

from flask import Blueprint, Flask, Response, current_app, g, make_response, redirect, render_template, request
from werkzeug.exceptions import HTTPException

from dsr.api import errors as http
from dsr.api.context import desk
from dsr.api.limits import RateLimit
from dsr.api.my.words import LANGUAGES, Words
from dsr.api.operation import mark, public
from dsr.api.problems import note_error
from dsr.api.statuses import STATUS
from dsr.api.views import for_subject
from dsr.desk.caller import Call
from dsr.desk.errors import RequestUnknown, VersionStale
from dsr.desk.my import FormOutdated, MyRequest, SessionEnded, SignInRefused, subject
from dsr.desk.sign_in_codes import CODE_MINUTES, CODES_AN_HOUR, Session
from dsr.domain.errors import DomainError
from dsr.domain.export import network_of
from dsr.domain.request.closing import ItemEffected
from dsr.domain.request.consent import ConsentNotFound
from dsr.domain.request.errors import ItemNotOpen, ItemUnknown, RequestIsClosed

bp = Blueprint("my", __name__, url_prefix="/my", template_folder="templates")

SESSION: Final = "dsr_session"
FORM: Final = "dsr_form"
LANGUAGE: Final = "dsr_language"

ATTEMPTS_PER_MINUTE: Final = 20
"""Codes asked for and codes tried, for each network and process."""

EVEN_SECONDS: Final = 0.3
"""How long asking for a code takes, whether a case is found, a mail is written or nothing is done."""

WHOLE: Final = "request"
"""Stands for the whole request where no right has been named yet."""

_LIMIT: Final = "dsr-my-limit"

_POLICY: Final = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

_STYLE: Final = files(__package__).joinpath("style.css").read_bytes()

_DONE: Final = {"withdrawal": "withdrawal.done", "consent": "consent.done"}

_SENTENCES: Final[dict[type[DomainError], str]] = {
    SessionEnded: "error.session",
    RequestUnknown: "error.session",
    FormOutdated: "error.form",
    http.RateLimited: "error.limit",
    VersionStale: "error.stale",
}


def register_my(app: Flask) -> None:
    """Serve the pages."""
    app.extensions[_LIMIT] = RateLimit(ATTEMPTS_PER_MINUTE)
    app.register_blueprint(bp)


# What every page shares ----------------------------------------------------------------------------------------


def words() -> Words:
    """In the language that was chosen by a link, kept in the cookie, else the one that the browser prefers."""
    for chosen in (request.args.get("language"), request.cookies.get(LANGUAGE)):
        if chosen in LANGUAGES:
            return Words(chosen)
    return Words(request.accept_languages.best_match(list(LANGUAGES)) or next(iter(LANGUAGES)))


def page(template: str, status: int = 200, **values: Any) -> Response:
    """One page, with the language switch and the token of its forms."""
    say = words()
    response = make_response(
        render_template(
            f"my/{template}",
            say=say,
            languages=LANGUAGES,
            # A page that answers a form has no address of its own: its languages lead to the start.
            here=request.path if request.method == "GET" and status == 200 else "/my",
            form_token=desk().my.form_token(_secret()),
            **values,
        ),
        status,
    )
    response.headers["Content-Language"] = say.language
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


def _secret() -> str:
    """What the forms of this browser are bound to: its session, before that a cookie of their own."""
    known = request.cookies.get(SESSION) or request.cookies.get(FORM)
    if not known:
        known = g.setdefault("new_form_secret", secrets.token_urlsafe(32))
    return known


def _cookie(response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path="/my", secure=request.is_secure, httponly=True, samesite="Strict"
    )


@bp.after_request
def _finish(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    if "new_form_secret" in g:
        _cookie(response, FORM, g.new_form_secret)
    chosen = request.args.get("language")
    if chosen in LANGUAGES and response.mimetype == "text/html":
        _cookie(response, LANGUAGE, chosen, seconds=365 * 24 * 3600)
    return response


def _require_form() -> None:
    """Raises FormOutdated."""
    secret = request.cookies.get(SESSION) or request.cookies.get(FORM) or ""
    desk().my.require_form(secret, request.form.get("form_token", ""))


def _count_attempt() -> None:
    """Raises RateLimited."""
    limit: RateLimit = current_app.extensions[_LIMIT]
    limit.take(network_of(request.remote_addr or ""))


def _signed_in(view: Callable[[Session], Response]) -> Callable[[], Response]:
    """A view for those who are signed in; it gets the session."""

    @wraps(view)
    def with_session() -> Response:
        return view(desk().my.session(request.cookies.get(SESSION, "")))

    return with_session


def _to(path: str) -> Response:
    """On to another page, by GET."""
    return make_response(redirect(path, 303))


# Errors --------------------------------------------------------------------------------------------------------


@bp.errorhandler(DomainError)
def _refused(error: DomainError) -> Response:
    status = STATUS.get(type(error), 500)
    if status >= 500:
        note_error(error)
    response = page("error.html", status, sentence=_SENTENCES.get(type(error), "error.other"))
    if isinstance(error, http.RateLimited):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, SessionEnded | RequestUnknown):
        response.delete_cookie(SESSION, path="/my")
    return response


@bp.errorhandler(HTTPException)
def _of_http(error: HTTPException) -> Response:
    if error.code is None or error.code >= 500:
        return _of_bug(error)
    return page("error.html", error.code, sentence="error.path" if error.code in (404, 405) else "error.form")


@bp.errorhandler(Exception)
def _of_bug(error: Exception) -> Response:
    note_error(error)
    return page("error.html", 500, sentence="error.other")


# Signing in ----------------------------------------------------------------------------------------------------


@bp.get("")
@public
def start() -> Response:
    """Ask for the reference; who is signed in goes on to the request."""
    try:
        desk().my.session(request.cookies.get(SESSION, ""))
    except SessionEnded:
        return page("start.html")
    chosen = request.args.get("language")
    return _to(f"/my/request?language={chosen}" if chosen in LANGUAGES else "/my/request")


@bp.post("/code")
@public
def send_code() -> Response:
    """Send a code, if there is a case with an address: the answer and the time it takes are always the same."""
    _require_form()
    _count_attempt()
    until = time.monotonic() + EVEN_SECONDS
    typed = request.form.get("reference", "")[:100]
    desk().my.send_code(typed, language=words().language)
    time.sleep(max(0, until - time.monotonic()))
    return _code_page(typed)


@bp.post("/session")
@public
def sign_in() -> Response:
    """Open the request by reference and code."""
    _require_form()
    _count_attempt()
    typed, code = request.form.get("reference", "")[:100], request.form.get("code", "")[:100]
    try:
        token = desk().my.sign_in(typed, code)
    except SignInRefused as error:
        return _code_page(typed, STATUS[type(error)], refused=True)
    response = _to("/my/request")
    _cookie(response, SESSION, token)
    response.delete_cookie(FORM, path="/my")
    return response


def _code_page(typed: str, status: int = 200, *, refused: bool = False) -> Response:
    return page("code.html", status, typed=typed, refused=refused, minutes=CODE_MINUTES, most=CODES_AN_HOUR)


@bp.post("/sign-out")
@public
def sign_out() -> Response:
    """End the session."""
    _require_form()
    desk().my.sign_out(request.cookies.get(SESSION, ""))
    response = _to("/my")
    response.delete_cookie(SESSION, path="/my")
    return response


# The request ---------------------------------------------------------------------------------------------------


@bp.get("/request")
@public
@_signed_in
def show(session: Session) -> Response:
    """Where the request stands, what we wait for, what can be done."""
    shown = desk().my.show(session)
    return page(
        "request.html",
        session=session,
        zone=shown.row["zone"],
        case=for_subject(shown.row),
        shown=shown,
        name=_named(shown),
        done=_DONE.get(request.args.get("done", "")),
    )


@bp.get("/withdrawal")
@public
@_signed_in
def choose_withdrawal(session: Session) -> Response:
    """Choose what to take back."""
    return page("withdrawal.html", parts=_parts(session))


@bp.post("/withdrawal/confirmation")
@public
@_signed_in
def confirm_withdrawal(session: Session) -> Response:
    """Ask once more: what is taken back gets no answer."""
    _require_form()
    parts = _parts(session)
    chosen = {each: parts[each] for each in request.form.getlist("part") if each in parts}
    if not chosen:
        return page("withdrawal.html", 422, parts=parts, sentence="withdrawal.choose")
    return page("withdrawal_confirmation.html", chosen=chosen)


@bp.post("/withdrawal")
@public
@_signed_in
def withdraw(session: Session) -> Response:
    """Take it back; the whole where all that is left is chosen."""
    _require_form()
    parts = _parts(session)
    chosen = tuple(each for each in dict.fromkeys(request.form.getlist("part")) if each in parts)
    if not chosen:
        return page("withdrawal.html", 422, parts=parts, sentence="withdrawal.choose")
    try:
        desk().answers.withdraw(
            session.request_id,
            Call(subject(session)),
            confirmed=True,
            statement="",
            item_ids=None if len(chosen) == len(parts) else chosen,
        )
    except (ItemNotOpen, ItemEffected, ItemUnknown, RequestIsClosed) as error:
        return page("withdrawal.html", STATUS[type(error)], parts=_parts(session), sentence="withdrawal.refused")
    return _to("/my/request?done=withdrawal")


@bp.get("/consent")
@public
@_signed_in
def ask_consent(session: Session) -> Response:  # noqa: ARG001 - whoever is signed in
    """Say what withdrawing consent means, and ask."""
    return page("consent.html", sentence=None)


@bp.post("/consent")
@public
@_signed_in
def withdraw_consent(session: Session) -> Response:
    """Withdraw all consent; it takes effect at once (GDPR Art. 7(3))."""
    _require_form()
    try:
        desk().consent.withdraw(session.request_id, Call(subject(session)), item_id=None, activities=(), statement="")
    except ConsentNotFound as error:
        return page("consent.html", STATUS[type(error)], sentence="consent.none")
    except RequestIsClosed as error:
        return page("consent.html", STATUS[type(error)], sentence="consent.closed")
    return _to("/my/request?done=consent")


@bp.get("/style.css")
@public
def style() -> Response:
    """The looks of the pages."""
    response = Response(_STYLE, mimetype="text/css")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


for _view in (start, show, choose_withdrawal, ask_consent):
    mark(_view, takes_query=True)


def _named(shown: MyRequest) -> Callable[[Mapping[str, Any]], str]:
    """How an item is called: its right; who answers stands beside it in the table."""
    say = words()

    def name(item: Mapping[str, Any]) -> str:
        right = say(f"right.{item['right']}")
        several = len(shown.controllers) > 1
        controller_id = next(each["controller_id"] for each in shown.row["items"] if each["item_id"] == item["item_id"])
        return say.beside(right, shown.controllers[controller_id].name) if several else right

    return name


def _parts(session: Session) -> dict[str, str]:
    """What can be taken back, id → name; the whole request where no right was named yet."""
    shown = desk().my.show(session)
    case, name = for_subject(shown.row), _named(shown)
    if case["status"] != "open":
        return {}
    if not case["items"]:
        return {WHOLE: str(words()("request.title", reference=case["reference"]))}
    return {item["item_id"]: name(item) for item in case["items"] if item["state"] == "in-progress"}
