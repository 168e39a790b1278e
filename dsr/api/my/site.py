"""Shared by all pages: language, form tokens, cookies, and errors as pages.

URLs hold neither references nor other personal data.
"""

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, g, make_response, redirect, render_template, request
from werkzeug.exceptions import HTTPException

from dsr.api import errors as http
from dsr.api.context import desk, service
from dsr.api.cookies import FORM, LANGUAGE, SESSION, STAFF_SESSION, cookie, drop_cookie, set_cookie
from dsr.api.looks import look_of
from dsr.api.my.words import LANGUAGES, SiteLanguage
from dsr.api.operation import public
from dsr.api.problems import RETRY_AFTER_SECONDS, note_error, of_http
from dsr.api.statuses import status_of
from dsr.catalogues import Domain, reading_language
from dsr.desk.challenges import ChallengeInvalid
from dsr.desk.errors import ExportUnknown, RequestUnknown, SignInNeeded, VersionStale
from dsr.desk.my import FormOutdated, SessionEnded
from dsr.desk.openid_sign_in import AccountUnlinked
from dsr.desk.sign_in_codes import Session
from dsr.desk.signing_in import PasskeyKnown
from dsr.domain.errors import DomainError
from dsr.domain.export import (
    ByteRangeInvalid,
    ExportAlreadyRedeemed,
    ExportExpired,
    ExportIsLocked,
    ExportIsPurged,
    ExportIsRevoked,
    ExportNotOffered,
    ExportSessionEnded,
    ExportWithheld,
    SecretWrong,
)
from dsr.domain.staff import InvitationInvalid, LastPasskey
from dsr.look import style_sheet
from dsr.openid import OpenIdRefused, OpenIdUnavailable
from dsr.passkeys import PasskeyRefused, SignInUnavailable

my = Blueprint("my", __name__, url_prefix="/my", template_folder="templates")
"""The pages of a signed-in person."""
link = Blueprint("link", __name__, url_prefix="/x", template_folder="templates")
"""The link page, and the page of a package."""

invited = Blueprint("invited", __name__, url_prefix="/invitation", template_folder="templates")
"""The page where a member of staff registers a passkey or fetches a token."""

team = Blueprint("team", __name__, template_folder="templates")
"""Where members of staff sign in and out, and see their own sessions and credentials: `/sign-in`, `/sign-out`,
`/account`."""

asking = Blueprint("asking", __name__, url_prefix="/request", template_folder="templates")
"""The form by which anybody makes a request, for each controller. It needs no cookie, so it also works in a frame."""

_SHOWN_AGAIN: Final = f"{asking.name}.send_form"
"""The endpoint that shows its form again on its own page."""

_OF_STAFF: Final = {invited.name: "/invitation", team.name: "/sign-in"}
"""Pages for members of staff, and the address that they begin at."""

_WITHOUT_TOKEN: Final = (asking.name, None)
"""Pages whose forms carry a ticket of their own, or that have none."""

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

SCRIPTED: Final = f"{POLICY}; script-src 'self'"
"""The policy of a page that runs a script of ours."""

_STYLE: Final = style_sheet(__package__, "style.css")

_SENTENCES: Final[dict[type[DomainError], str]] = {
    SessionEnded: "error.session",
    InvitationInvalid: "invitation.invalid",
    SignInNeeded: "account.needed",
    PasskeyRefused: "account.refused",
    PasskeyKnown: "account.known",
    LastPasskey: "account.last",
    ChallengeInvalid: "error.form",
    SignInUnavailable: "account.unavailable",
    OpenIdRefused: "account.organisation_refused",
    OpenIdUnavailable: "account.organisation_unavailable",
    AccountUnlinked: "account.organisation_unlinked",
    RequestUnknown: "error.session",
    FormOutdated: "error.form",
    http.RateLimited: "error.limit",
    http.DownloadUnderWay: "download.busy",
    http.DownloadsFull: "download.busy",
    VersionStale: "error.stale",
    ExportNotOffered: "package.unknown",
    ExportUnknown: "package.unknown",
    SecretWrong: "package.wrong",
    ExportWithheld: "package.withheld",
    ExportAlreadyRedeemed: "package.used",
    ExportIsLocked: "package.locked",
    ExportExpired: "package.gone",
    ExportIsRevoked: "package.gone",
    ExportIsPurged: "package.gone",
    ExportSessionEnded: "download.over",
}


def embed_origins() -> tuple[str, ...]:
    """Websites that may show the requested page in a frame; only pages of the form may be framed."""
    return service().settings.embed_origins if request.blueprint == asking.name else ()


def _policy() -> str:
    """The policy of a page that says no other: in a frame it tells the page around it how tall it is."""
    origins = embed_origins()
    if not origins:
        return POLICY
    return SCRIPTED.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(origins)}")


def words() -> SiteLanguage:
    """The page's language: chosen by a link, stored in the cookie, or preferred by the browser, in this order; else
    English.
    """
    preferred = (cookie(LANGUAGE) or "", *request.accept_languages.values())
    return SiteLanguage(reading_language(Domain.PAGES, request.args.get("language"), preferred))


def page(template: str, status: int = 200, **values: Any) -> Response:
    """One page, with the language switch and the token of its forms."""
    say, home = words(), _home()
    shown_again = (request.method == "GET" and status == 200) or request.endpoint == _SHOWN_AGAIN
    response = make_response(
        render_template(
            f"my/{template}",
            say=say,
            languages=LANGUAGES,
            home=home,
            framed=bool(embed_origins()),
            look=look_of(controller.id if (controller := values.get("controller")) else None),
            site="invitation.site" if request.blueprint in _OF_STAFF else "page.site",
            # A page that answers a form has no address of its own, so its language links lead to the start.
            here=request.path if shown_again else home,
            kept=_kept() if shown_again else "",
            form_token="" if request.blueprint in _WITHOUT_TOKEN else desk().my.form_token(form_secret()),
            **values,
        ),
        status,
    )
    response.headers["Content-Language"] = say.language
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


def sentence_of(error: DomainError) -> str:
    """The catalogue key of an error's text."""
    return _SENTENCES.get(type(error), "error.other")


def require_form() -> None:
    """Raises FormOutdated."""
    secret = cookie(_session_cookie()) or cookie(FORM)
    desk().my.require_form(secret, request.form.get("form_token", ""))


def signed_in(view: Callable[[Session], Response]) -> Callable[[], Response]:
    """Decorator of a view for signed-in people, which receives the session."""

    @wraps(view)
    def with_session() -> Response:
        return view(desk().my.session(cookie(SESSION)))

    return with_session


def to(path: str) -> Response:
    """Redirect to another page, by GET."""
    return make_response(redirect(path, 303))


def _kept() -> str:
    """The query of the page without its language, for links to the page in another one."""
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != "language"]
    return f"{urlencode(asked)}&" if asked else ""


def _home() -> str:
    if request.blueprint is None:
        return "/"
    return _OF_STAFF.get(request.blueprint) or str(current_app.blueprints[request.blueprint].url_prefix)


def _session_cookie() -> str:
    return STAFF_SESSION if request.blueprint in _OF_STAFF else SESSION


def form_secret() -> str:
    """The secret that binds the forms of this browser: its session, or before sign-in a cookie of its own."""
    known = cookie(_session_cookie()) or cookie(FORM)
    if not known:
        known = g.setdefault("new_form_secret", secrets.token_urlsafe(32))
    return known


def finished(response: Response) -> Response:
    """The page with its policy and its cookies."""
    response.headers.setdefault("Content-Security-Policy", _policy())
    if "new_form_secret" in g:
        set_cookie(response, FORM, g.new_form_secret, path=_home())
    chosen = request.args.get("language")
    if chosen in LANGUAGES and response.mimetype == "text/html":
        # A person who follows a link in a mail comes from another site.
        set_cookie(response, LANGUAGE, chosen, path="/", seconds=365 * 24 * 3600, same_site="Lax")
    return response


def _refused(error: DomainError) -> Response:
    status = status_of(type(error))
    if status >= 500:
        note_error(error)
    response = page("error.html", status, sentence=sentence_of(error))
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if isinstance(error, http.RateLimited):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, ByteRangeInvalid):
        response.headers["Content-Range"] = f"bytes */{error.facts['size']}"
    if isinstance(error, SessionEnded | RequestUnknown):
        drop_cookie(response, SESSION, path="/my")
    if isinstance(error, SignInNeeded):
        drop_cookie(response, STAFF_SESSION, path="/")
    return response


def _of_http(error: HTTPException) -> Response:
    if error.code is None or error.code >= 500:
        return _of_bug(error)
    return page("error.html", error.code, sentence="error.path" if error.code in (404, 405) else "error.form")


def outside_pages(error: HTTPException) -> Response:
    """What went wrong outside all pages: to a browser at an address that is none, as a page; else as a problem."""
    shows = request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html"
    if error.code != 404 or request.path.startswith("/api/") or not shows:
        return of_http(error)
    return finished(page("error.html", 404, sentence="error.path"))


def _of_bug(error: Exception) -> Response:
    note_error(error)
    return page("error.html", 500, sentence="error.other")


for _pages in (my, link, invited, team, asking):
    _pages.after_request(finished)
    _pages.register_error_handler(DomainError, _refused)
    _pages.register_error_handler(HTTPException, _of_http)
    _pages.register_error_handler(Exception, _of_bug)


@my.get("/style.css")
@public
def style() -> Response:
    """The style sheet of the pages."""
    response = Response(_STYLE, mimetype="text/css")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
