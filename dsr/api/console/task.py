"""The task of the owner of a system, who has no account: a link opens it, once, for this system of this item alone.

Its secret is behind `#`, which browsers never send; a small script of ours copies it into the form, or the person does.
An open task has a page of its own, with a cookie for that path only.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

from flask import Response, make_response, render_template, request
from marshmallow import ValidationError, fields, validate

from dsr.api.arriving import MOST_BODY
from dsr.api.attempts import count_attempt
from dsr.api.console.language import LANGUAGES, address_in, page_language
from dsr.api.console.site import console, to
from dsr.api.console.words import code_as_words, codes_in_words, moment_in_words
from dsr.api.context import desk, large_forms
from dsr.api.cookies import FORM, TASK, cookie, set_cookie
from dsr.api.downloads import FORM_SECONDS, drop_who_takes_longer
from dsr.api.errors import DownloadsFull, DownloadUnderWay, FilesFull
from dsr.api.fields import Body, Choice, Text
from dsr.api.operation import FORM_FIELD, mark, public
from dsr.api.statuses import status_of
from dsr.desk.search_links import SearchTask
from dsr.domain.errors import Broken, DomainError, Unavailable
from dsr.domain.request.search_link import SearchLinkUnknown
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.values import Provenance
from dsr.exports import CSV, JSON
from dsr.settings import Settings

_PLACE: Final = "/console/task"
_LONGEST: Final = 200
"""Characters of the secret."""
_MOST_TEXT: Final = 2_000
_ENVELOPE: Final = 100_000
"""Bytes of a form beside its file."""

_RECORDS: Final = {"csv": CSV, "json": JSON}


class TaskResultBody(Body):
    """What the system holds."""

    result = Choice(SearchResult, required=True, validate=validate.OneOf([SearchResult.FOUND, SearchResult.NOTHING]))
    identifiers = Text(longest=_MOST_TEXT, load_default="")


class TaskDataBody(Body):
    """What is said of data that is handed in."""

    kind = fields.String(required=True, validate=validate.OneOf(["records", "file"]))
    purpose = Text(longest=500, required=True)
    provenance = Choice(Provenance, required=True)
    description = Text(longest=_MOST_TEXT, load_default="")


_SCRIPT: Final = files(__package__).joinpath("task.js").read_bytes()


@console.get("/task")
@public
def ask_for_task() -> Response:
    """Ask for the secret of the link, if no script filled it in."""
    return _asking(None)


@console.post("/task")
@public
def open_task() -> Response:
    """Open the link, once, on record, and lead to its task."""
    desk().my.require_form(cookie(FORM), request.form.get(FORM_FIELD, ""))
    try:
        count_attempt()
        link_id, session = desk().search_links.open(request.form.get("token", "").strip()[:_LONGEST])
    except SearchLinkUnknown as refusal:
        return _asking(refusal)
    path = f"{_PLACE}/{link_id}"
    response = to(path)
    set_cookie(response, TASK, session, path=path)
    return response


@console.get("/task/<uuid:link_id>")
@public
def show_task(link_id: UUID) -> Response:
    """Show what to look for, as long as the session runs; then ask for a link."""
    try:
        return _task(link_id)
    except SearchLinkUnknown as refusal:
        return _asking(refusal)


@console.post("/task/<uuid:link_id>/result")
@public
def report_task(link_id: UUID) -> Response:
    """Say that nothing was found, or that everything was handed in, corrected or erased."""
    _require_session(link_id)
    _require_form()
    return _given(link_id, lambda: desk().search_links.report(cookie(TASK), **_typed(TaskResultBody())))


def _largest(settings: Settings) -> int:
    return settings.max_upload_bytes + _ENVELOPE


@console.post("/task/<uuid:link_id>/data")
@public
def hand_in_for_task(link_id: UUID) -> Response:
    """Take records or a file of the person from the system."""
    _require_session(link_id)  # before a byte of the file is read
    with _place(link_id):
        _require_form()
        return _given(link_id, _hand_in)


@contextmanager
def _place(link_id: UUID) -> Iterator[None]:
    """One of the few threads that may wait for a large body; a link has one at a time. Raises FilesFull."""
    if (request.content_length or 0) <= MOST_BODY:
        yield
        return
    try:
        end = large_forms().begin(link_id)
    except (DownloadUnderWay, DownloadsFull):
        raise FilesFull() from None
    drop_who_takes_longer(FORM_SECONDS)
    try:
        yield
    finally:
        end()


def _hand_in() -> None:
    said, file = _typed(TaskDataBody()), request.files.get("file")
    kind, description = said.pop("kind"), said.pop("description")
    content = b"" if file is None else file.read()
    if kind == "records":
        ending = "" if file is None else (file.filename or "").rpartition(".")[2].lower()
        desk().search_links.hand_in_records(
            cookie(TASK), content=content, media_type=_RECORDS.get(ending, ending), **said
        )
    else:
        desk().search_links.hand_in_file(
            cookie(TASK),
            content=content,
            media_type="" if file is None else file.mimetype,
            description=description,
            **said,
        )


def _typed(body: Body) -> dict[str, Any]:
    """What the form says. Raises ValidationError for what is missing, unknown or too long."""
    typed: dict[str, Any] = body.load({name: request.form[name] for name in body.load_fields if name in request.form})
    return typed


mark(hand_in_for_task, takes_files=True, largest=_largest)
for _view in (ask_for_task, show_task):
    mark(_view, takes_query=True)


@console.get("/task.js")
@public
def task_script() -> Response:
    """Puts the secret of the link into the form."""
    return Response(_SCRIPT, mimetype="text/javascript")


def _asking(refusal: SearchLinkUnknown | None) -> Response:
    """The form for the secret; no other site can send it, and so use up a link."""
    secret = cookie(FORM) or secrets.token_urlsafe(32)
    status = 200 if refusal is None else status_of(type(refusal))
    response = _page("task_link.html", status, refusal=refusal, form_token=desk().my.form_token(secret))
    set_cookie(response, FORM, secret, path=_PLACE)
    return response


def _require_session(link_id: UUID) -> SearchTask:
    """Raise SearchLinkUnknown for the session of another task."""
    task = desk().search_links.task(cookie(TASK))
    if task.link_id != link_id:
        raise SearchLinkUnknown()
    return task


def _require_form() -> None:
    """Raises FormOutdated."""
    desk().my.require_form(cookie(TASK), request.form.get(FORM_FIELD, ""))


def _given(link_id: UUID, give: Callable[[], object]) -> Response:
    """Carry out a form; a refusal stands above the forms, with the typed text."""
    try:
        give()
    except (SearchLinkUnknown, Unavailable, Broken):
        raise
    except DomainError as refusal:
        return _task(link_id, status_of(type(refusal)), refusal=refusal)
    except ValidationError as error:
        return _task(link_id, 422, wrong=codes_in_words(sorted(map(str, error.messages_dict))))
    return to(f"{_PLACE}/{link_id}?done=1")


def _task(link_id: UUID, status: int = 200, *, refusal: DomainError | None = None, wrong: str = "") -> Response:
    """The task; `wrong` names the fields of a form that need another look."""
    task = _require_session(link_id)
    return _page(
        "task.html",
        status,
        task=task,
        refusal=refusal,
        wrong=wrong,
        typed=request.form,
        provenances=[*Provenance],
        done=bool(request.args.get("done")),
        form_token=desk().my.form_token(cookie(TASK)),
    )


def _page(template: str, status: int = 200, **values: Any) -> Response:
    """A page for a visitor who is not signed in."""
    return make_response(
        render_template(
            f"console/{template}",
            page_language=page_language(),
            languages=LANGUAGES,
            address_in=address_in,
            code=code_as_words,
            moment=moment_in_words,
            **values,
        ),
        status,
    )
