"""The form by which anybody makes a request, `/request/{controller}` (docs/law §9).

It runs no script, sets no cookie and asks no other host. Against bots it has a ticket, a field that people leave empty,
and bounds by the hour. It is never the only way: each page names the mailbox.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, cast
from uuid import NAMESPACE_URL, uuid5

from flask import Response, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import NotFound

from dsr.api.arriving import MOST_BODY
from dsr.api.attempts import count_attempt
from dsr.api.context import client_address, desk, large_forms
from dsr.api.downloads import FORM_SECONDS, drop_who_takes_longer
from dsr.api.errors import DownloadsFull, DownloadUnderWay
from dsr.api.my.site import asking, page, words
from dsr.api.operation import mark, public
from dsr.api.statuses import status_of
from dsr.desk.errors import IdempotencyKeyReused, RequestUnknown
from dsr.desk.intake_form import FilledIn, FormFile, FormIncomplete, FormsFull
from dsr.desk.my import FormOutdated
from dsr.desk.new_case import Person
from dsr.domain.export import network_of
from dsr.domain.request.errors import CaseForgotten
from dsr.domain.rights import Right
from dsr.domain.ropa import Controller
from dsr.domain.sealed import KeyDestroyed

TRAP: Final = "website"
"""A field that people don't see and leave empty; bots fill in everything."""

LONGEST_LINK: Final = 300
"""Characters of what a link to the confirmation carries."""

_ENVELOPE: Final = 1_000_000
"""Bytes of a form beside its text and files."""

_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LONGEST: Final = {"name": 300, "email": 320, "address": 1000}

_SENTENCES: Final = {
    "text": "form.no_request",
    "name": "form.no_name",
    "email": "form.no_address",
    "files": "form.too_large",
}


@asking.get("")
@public
def choose_controller() -> Response:
    """Choose whom the request goes to."""
    return page("controllers.html", controllers=desk().intake_form.controllers())


@asking.get("/mail/confirmation")
@public
def ask_for_confirmation() -> Response:
    """Ask the person who opened the link in the mail to press a button: programs that look at mails open links, too."""
    return page("confirm.html", link=request.args.get("link", "")[:LONGEST_LINK])


@asking.post("/mail/confirmation")
@public
def confirm_address() -> Response:
    """Confirm the address that was typed into the form."""
    count_attempt()
    try:
        desk().intake_form.confirm(request.form.get("link", "")[:LONGEST_LINK])
    except (FormOutdated, RequestUnknown, CaseForgotten, KeyDestroyed) as error:
        return page("confirmed.html", status_of(type(error)), sentence="confirm.over")
    return page("confirmed.html", sentence="confirm.done")


@asking.get("/<controller_id>")
@public
def blank_form(controller_id: str) -> Response:
    """The form of one controller."""
    return _form(_controller(controller_id))


@asking.post("/<controller_id>")
@public
def send_form(controller_id: str) -> Response:
    """Open a case, and show its reference and its date at once."""
    controller = _controller(controller_id)
    count_attempt()
    size = request.content_length or 0
    if size <= MOST_BODY:
        return _received(controller)
    if size > desk().intake_form.max_bytes + _ENVELOPE:
        return _form(controller, 413, sentences=("form.too_large",))
    try:
        end = large_forms().begin(uuid5(NAMESPACE_URL, network_of(client_address())))
    except (DownloadUnderWay, DownloadsFull) as error:
        return _form(controller, status_of(type(error)), sentences=("form.full",))
    drop_who_takes_longer(FORM_SECONDS)
    try:
        return _received(controller)
    finally:
        end()


def _received(controller: Controller) -> Response:
    filled_in = _filled_in()
    if request.form.get(TRAP):
        return _form(controller, 422, filled_in=filled_in, sentences=("form.again",), trapped=True)
    try:
        case = desk().intake_form.receive(
            controller, filled_in, ticket=request.form.get("ticket", ""), network=client_address()
        )
    except FormIncomplete as error:
        wrong = cast(Sequence[str], error.facts["fields"])
        sentences = tuple(_SENTENCES[each] for each in wrong)
        return _form(controller, status_of(FormIncomplete), filled_in=filled_in, sentences=sentences, wrong=wrong)
    except (FormOutdated, IdempotencyKeyReused) as error:
        return _form(controller, status_of(type(error)), filled_in=filled_in, sentences=("form.again",))
    except FormsFull as error:
        response = _form(controller, status_of(FormsFull), filled_in=filled_in, sentences=("form.full",))
        response.headers["Retry-After"] = str(error.facts["retry_after"])
        return response
    return page(
        "form_received.html",
        201,
        case=case,
        due=date.fromisoformat(case["effective_due"]),
        controller=controller,
        by_mail=bool(filled_in.person.email),
        confirms=desk().intake_form.confirms_addresses,
    )


for _view in (choose_controller, blank_form, ask_for_confirmation, confirm_address):
    mark(_view, takes_query=True)
mark(send_form, takes_query=True, takes_files=True, largest=lambda settings: settings.max_message_bytes + _ENVELOPE)


def _form(controller: Controller, status: int = 200, **shown: Any) -> Response:
    """`filled_in`: what was typed stays in the form; a browser does not keep files."""
    form = desk().intake_form
    return page(
        "form.html",
        status,
        controller=controller,
        mailbox=form.mailbox_of(controller),
        rights=tuple(Right),
        ticket=form.ticket(controller),
        most=form.max_bytes,
        confirms=form.confirms_addresses,
        trap=TRAP,
        longest=_LONGEST,
        **{"filled_in": None, "sentences": (), "wrong": (), "trapped": False} | shown,
    )


def _controller(controller_id: str) -> Controller:
    """Raises NotFound."""
    found = desk().intake_form.controller(controller_id)
    if found is None:
        raise NotFound
    return found


def _filled_in() -> FilledIn:
    """What was typed, without fields that a person can't fill in."""
    say, given = words(), request.form
    rights = tuple(right for right in Right if right.value in given.getlist("right"))
    typed = {name: _seen(given.get(name, "").replace("\r\n", "\n"))[:most] for name, most in _LONGEST.items()}
    return FilledIn(
        rights=rights,
        rights_in_words=tuple(str(say(f"right.{each}")) for each in rights),
        text=_seen(given.get("text", "").replace("\r\n", "\n")),
        person=Person(name=" ".join(typed["name"].split()), email=typed["email"], address=typed["address"]),
        language=say.language,
        files=tuple(_file(each) for each in request.files.getlist("file") if each.filename),
    )


def _file(sent: FileStorage) -> FormFile:
    """Its name without folders."""
    name = _seen(re.split(r"[/\\]", sent.filename or "")[-1]).replace("\n", " ").replace("\t", " ")
    return FormFile(name.strip()[-100:], sent.mimetype, sent.read())


def _seen(text: str) -> str:
    return _UNSEEN.sub("", text).strip()
