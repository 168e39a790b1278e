"""Packages while signed in: opening one, where the code sent to the address on file replaces the link; asking for a
new link.

The password is required as on the link page; the rest is the same.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from flask import Response, request

from dsr.api.attempts import count_attempt
from dsr.api.context import client_address, desk, service
from dsr.api.my.link import LONGEST, begin
from dsr.api.my.site import my, page, require_form, sentence_of, signed_in, to
from dsr.api.operation import public
from dsr.api.statuses import status_of
from dsr.desk.caller import Call
from dsr.desk.my import subject
from dsr.desk.sign_in_codes import Session
from dsr.domain.errors import DomainError
from dsr.domain.export import ExportNotOffered, LinkStillWorks
from dsr.domain.request.offers import LinkAlreadyRequested


@my.post("/package")
@public
@signed_in
def open_package(session: Session) -> Response:
    """Start the one-hour download session, or return to it; a refusal explains the error and, if useful, asks again."""
    require_form()
    count_attempt()
    try:
        export_id, password = _package_id(), request.form.get("password", "")[:LONGEST]
        begun = desk().exports.redeem_signed_in(export_id, password, subject(session), network=client_address())
    except DomainError as refusal:
        status = status_of(type(refusal))
        if status >= 500:
            raise
        shown = desk().my.show(session)
        waiting = [each for each in shown.packages if not each.used_up and each.export_id == _asked_for()]
        return page("package.html", status, sentence=sentence_of(refusal), packages=waiting, zone=shown.row["zone"])
    return begin(begun)


@my.post("/package/link")
@public
@signed_in
def ask_for_link(session: Session) -> Response:
    """Ask the team for a new link; where a setting says so, the link works again at once."""
    require_form()
    count_attempt()
    try:
        answer = desk().exports.ask_for_link(_package_id(), Call(subject(session)))
    except LinkAlreadyRequested:
        return to("/my/request?done=link")
    except LinkStillWorks:
        return to("/my/request?done=still")
    link = msgspec.json.decode(answer.body)["link"]
    expires_at = datetime.fromisoformat(link["expires_at"])
    works = link["redeemed_at"] is None and link["revoked"] is None and expires_at > service().clock.now()
    return to("/my/request?done=new-link" if works else "/my/request?done=link")


def _asked_for() -> UUID | None:
    try:
        return UUID(request.form.get("package", ""))
    except ValueError:
        return None


def _package_id() -> UUID:
    """Raises ExportNotOffered."""
    export_id = _asked_for()
    if export_id is None:
        raise ExportNotOffered()
    return export_id
