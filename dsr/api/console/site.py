"""Shared by all pages of the console: who is signed in, navigation, errors, style."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

from flask import Blueprint, Response, make_response, redirect, render_template, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from dsr.api.console.command_words import command_in_words
from dsr.api.console.in_force import controller_in_words, local_today, named_in_record, working_days_left
from dsr.api.console.interface_words import refused, refused_as, sentence
from dsr.api.console.language import LANGUAGES, N_, _, address_in, page_language, say_language, take_choice
from dsr.api.console.operations import offered_operations
from dsr.api.console.words import (
    NEAR,
    code_as_words,
    coded,
    codes_in_words,
    day_in_words,
    full_day,
    keyed,
    law_in_words,
    moment_in_words,
    number_in_words,
    short_day,
    size_in_words,
    week_day,
    within,
)
from dsr.api.context import caller, desk, service
from dsr.api.cookies import STAFF_SESSION, cookie, drop_cookie
from dsr.api.looks import look_of
from dsr.api.operation import View, mark, public
from dsr.api.problems import RETRY_AFTER_SECONDS, note_error
from dsr.api.roles import SEES_CREDENTIALS
from dsr.api.statuses import status_of
from dsr.api.stepping_up import PAGE as STEP_UP_PAGE
from dsr.api.tables import TYPES
from dsr.desk.errors import SignInNeeded, StepUpRequired, TokenInvalid
from dsr.domain.errors import DomainError
from dsr.domain.roles import Role
from dsr.look import style_sheet

console = Blueprint("console", __name__, url_prefix="/console", template_folder="templates")
"""The pages of the console."""

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

_STYLE: Final = style_sheet(__package__, "console.css")
_SCRIPT: Final = files(__package__).joinpath("console.js").read_bytes()

_EVERYBODY: Final = frozenset(Role) - {Role.DATA_SUBJECT, Role.OPERATOR}

_NAVIGATION: Final = (
    ("today", N_("Today"), "/console", _EVERYBODY),
    ("queue", N_("Queue"), "/console/queue", _EVERYBODY),
    ("triage", N_("Triage"), "/console/triage", frozenset({Role.HANDLER})),
    ("letters", N_("Letters"), "/console/letters", _EVERYBODY),
    ("approvals", N_("Approvals"), "/console/approvals", frozenset({Role.APPROVER, Role.DPO})),
    ("matters", N_("Matters"), "/console/matters", _EVERYBODY),
    ("dates", N_("Dates"), "/console/dates", _EVERYBODY),
    ("numbers", N_("Numbers"), "/console/numbers", _EVERYBODY),
    (
        "quarantine",
        N_("Quarantine"),
        "/console/quarantine",
        frozenset({Role.INTAKE, Role.HANDLER, Role.APPROVER, Role.DPO}),
    ),
    ("audit", N_("Audit"), "/console/audit", frozenset({Role.AUDITOR})),
    ("service", N_("Service"), "/console/service", frozenset({Role.OPERATOR})),
    ("record", N_("Record"), "/console/record", frozenset({Role.OPERATOR, Role.DPO, Role.AUDITOR})),
    ("team", N_("Team"), "/console/team", frozenset(SEES_CREDENTIALS)),
)
"""Template, name, address and roles of each entry."""


def page(template: str, status: int = 200, **values: Any) -> Response:
    """One page, with the navigation of the member who is signed in."""
    who = caller()
    return make_response(
        render_template(
            f"console/{template}",
            who=who,
            look=look_of(),
            here=template.partition(".")[0],
            navigation=[
                (name, _(words), path) for name, words, path, roles in _NAVIGATION if not who.roles.isdisjoint(roles)
            ],
            form_token=desk().my.form_token(cookie(STAFF_SESSION)),
            new_key=lambda: str(uuid4()),
            today=service().clock.now().date(),
            code=code_as_words,
            day=day_in_words,
            moment=moment_in_words,
            page_language=page_language(),
            languages=LANGUAGES,
            address_in=address_in,
            did="" if "done" in values else _did(),
            **values,
        ),
        status,
    )


def _did() -> str:
    """What the command was called that led to this page; empty where none did, or where the page refuses another."""
    name = request.args.get("done", "")
    return command_in_words(name) if request.method == "GET" and name in offered_operations() else ""


_FILTERS: Final[Mapping[str, Callable[..., str]]] = {
    "coded": coded,
    "keyed": keyed,
    "sentence": sentence,
    "refused": refused,
    "refused_as": refused_as,
    "within": within,
    "codes": codes_in_words,
    "law": law_in_words,
    "full_day": full_day,
    "short_day": short_day,
    "week_day": week_day,
    "size": size_in_words,
    "number": number_in_words,
    "named": named_in_record,
    "controller": controller_in_words,
}
"""Filters with which templates write values."""

for _name, _filter in _FILTERS.items():
    console.add_app_template_filter(_filter, _name)


@console.app_template_filter("distant")
def distant(day: date, controller_id: str) -> str:
    """A date of a case, with its distance at its controller."""
    today = local_today(controller_id)
    near = today < day <= today + timedelta(days=NEAR)
    return day_in_words(day, today, working_days_left(controller_id, day) if near else None)


def to(path: str) -> Response:
    """Redirect to another page, by GET."""
    return make_response(redirect(path, 303))


def _refused(error: DomainError) -> Response:
    if isinstance(error, SignInNeeded | TokenInvalid):
        response = to("/sign-in")
        drop_cookie(response, STAFF_SESSION, path="/")
        return response
    if isinstance(error, StepUpRequired):
        return to(f"{STEP_UP_PAGE}?next={quote(request.full_path.rstrip('?'), safe='/')}")
    status = status_of(type(error))
    if status >= 500:
        note_error(error)
    response = _error_page(status, refused(error))
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _of_http(error: HTTPException) -> Response:
    if error.code is None or error.code >= 500:
        return _of_bug(error)
    said = (
        _("There is no such page.")
        if error.code in (404, 405)
        else _("The form could not be read. Go back, and send it again.")
    )
    return _error_page(error.code, said)


def _of_input(error: ValidationError) -> Response:
    wrong = codes_in_words(sorted(map(str, error.messages_dict)))
    return _error_page(422, _("The form was not complete: %(fields)s. Go back and look at it again.", fields=wrong))


def _of_bug(error: Exception) -> Response:
    note_error(error)
    return _error_page(500, _("Something went wrong here, and is on record. Nothing was half done. Try again."))


def _error_page(status: int, said: str) -> Response:
    """An error as a page, also for a visitor who is not signed in."""
    return make_response(
        render_template("console/error.html", said=said, status=status, page_language=page_language()), status
    )


def _finish(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    say_language(response)
    return response


console.before_request(take_choice)
console.after_request(_finish)
console.register_error_handler(DomainError, _refused)
console.register_error_handler(ValidationError, _of_input)
console.register_error_handler(HTTPException, _of_http)
console.register_error_handler(Exception, _of_bug)


def as_file(name: str, content: bytes) -> Response:
    """A file to download, of the type that its name says."""
    response = Response(content, content_type=TYPES[name.rpartition(".")[2]])
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def page_of(roles: tuple[Role, ...], **said: Any) -> Callable[[View], View]:
    """Decorator of a page: the roles that may see it are those of the route that shows the same."""
    return lambda view: mark(view, roles=frozenset(roles), page=True, takes_query=True, **said)


def chosen(names: Collection[str]) -> dict[str, str]:
    """What the address says for these parameters; an empty one says nothing."""
    return {name: value for name, value in request.args.items() if name in names and value}


@console.get("/console.css")
@public
def console_style() -> Response:
    """The style sheet of the console."""
    return _kept(Response(_STYLE, mimetype="text/css"))


@console.get("/console.js")
@public
def console_script() -> Response:
    """Keys of the console; every page works without it."""
    return _kept(Response(_SCRIPT, mimetype="text/javascript"))


def _kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
