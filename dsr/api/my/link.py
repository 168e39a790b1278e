"""The page of a download link, `/x#token`, where a person enters the password and downloads.

The token is behind `#`, which browsers never send. A small script of ours copies it into the form; without script, the
person does. Token and password are sent by POST only, so they appear in no address and no log. The form has a token
of its own, so that no other site can open a link in a person's browser, or use up its tries.

An opened package has a page, `/x/<id>`, with a cookie for that path only: several packages can be downloaded at once,
and a person who returns within the hour finds the page again.
"""

from importlib.resources import files
from typing import Final
from uuid import UUID

from flask import Response, request

from dsr.api.attempts import count_attempt
from dsr.api.context import client_address, desk
from dsr.api.cookies import PACKAGE, cookie, set_cookie
from dsr.api.exports import send_package
from dsr.api.my.site import SCRIPTED, link, page, require_form, sentence_of, to
from dsr.api.operation import mark, public
from dsr.api.statuses import status_of
from dsr.desk.exports import DownloadSession, SessionPackage
from dsr.desk.my import FormOutdated
from dsr.domain.export import ExportNotOffered, ExportSessionEnded, ExportWithheld, SecretWrong

LONGEST: Final = 200
"""Maximum length of a token or password."""

_SCRIPT: Final = files(__package__).joinpath("link.js").read_bytes()


@link.get("")
@public
def link_page() -> Response:
    """Ask for the password, and for the token if no script filled it in."""
    return _form()


@link.post("")
@public
def open_link() -> Response:
    """Start the one-hour download session, or return to it."""
    token, password = (request.form.get(name, "").strip()[:LONGEST] for name in ("token", "password"))
    try:
        require_form()
        count_attempt()
        begun = desk().exports.redeem(token, password, network=client_address())
    except FormOutdated as refusal:
        return _form(status_of(type(refusal)), sentence="link.form")
    except ExportNotOffered as refusal:
        return _form(status_of(type(refusal)), sentence=sentence_of(refusal))
    except (SecretWrong, ExportWithheld) as refusal:
        return _form(status_of(type(refusal)), sentence=sentence_of(refusal), token=token)
    return begin(begun)


@link.get("/<uuid:export_id>")
@public
def opened(export_id: UUID) -> Response:
    """The page of the package, during the session."""
    return page("download.html", package=_package(export_id), address=f"/x/{export_id}/package")


@link.get("/<uuid:export_id>/package")
@public
def download(export_id: UUID) -> Response:
    """The package, or with `Range` a part of it; every download is recorded before its first byte leaves."""
    _package(export_id)
    return send_package(_opened())


@link.get("/link.js")
@public
def link_script() -> Response:
    """Puts the token into the form."""
    return Response(_SCRIPT, mimetype="text/javascript")


for _view in (link_page, opened):
    mark(_view, takes_query=True)


def begin(session: DownloadSession) -> Response:
    """Redirect to the page of the package, with the cookie that opens only that page."""
    path = f"/x/{session.export_id}"
    response = to(path)
    set_cookie(response, PACKAGE, session.secret, path=path)
    return response


def _form(status: int = 200, *, sentence: str | None = None, token: str = "") -> Response:
    """`sentence`: the error; the submitted token is kept if it has our format."""
    response = page("link.html", status, sentence=sentence, token=token, longest=LONGEST)
    response.headers["Content-Security-Policy"] = SCRIPTED
    return response


def _package(export_id: UUID) -> SessionPackage:
    """The package of the session. Raises ExportSessionEnded for another package, and the errors of `package`."""
    found = desk().exports.package(_opened())
    if found.export_id != export_id:
        raise ExportSessionEnded()
    return found


def _opened() -> str:
    """The session's secret in this page's cookie."""
    return cookie(PACKAGE)
