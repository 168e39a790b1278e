"""Opening a waiting package while signed in: the code sent to the address on file replaces the link.

The second secret is required as on the link page; the rest is the same.
"""

from uuid import UUID

from flask import Response, request

from dsr.api.context import client_address, desk
from dsr.api.my.link import LONGEST, begin
from dsr.api.my.site import count_attempt, my, page, require_form, sentence_of, signed_in
from dsr.api.operation import public
from dsr.api.statuses import status_of
from dsr.desk.my import subject
from dsr.desk.sign_in_codes import Session
from dsr.domain.errors import DomainError
from dsr.domain.export import ExportNotOffered


@my.post("/package")
@public
@signed_in
def open_package(session: Session) -> Response:
    """Start the one-hour download session, once; a refusal explains the error and, if useful, asks again."""
    require_form()
    count_attempt()
    try:
        export_id, second_secret = _package_id(), request.form.get("second_secret", "")[:LONGEST]
        begun = desk().exports.redeem_signed_in(export_id, second_secret, subject(session), network=client_address())
    except DomainError as refusal:
        status = status_of(type(refusal))
        if status >= 500:
            raise
        shown = desk().my.show(session)
        waiting = [each for each in shown.packages if each.opened_until is None and each.export_id == _asked_for()]
        return page("package.html", status, sentence=sentence_of(refusal), packages=waiting, zone=shown.row["zone"])
    return begin(begun)


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
