"""The page of an invitation, `/invitation`: a member of staff enters the code from the mail, and is shown a token once.

The code is sent by POST only, so it appears in no address and no log; looking at the page uses nothing up.
"""

import msgspec
from flask import Response, request

from dsr.api.attempts import count_attempt
from dsr.api.context import desk
from dsr.api.my.site import invited, page, require_form, sentence_of
from dsr.api.operation import mark, public
from dsr.api.statuses import status_of
from dsr.desk.my import FormOutdated
from dsr.domain.staff import InvitationInvalid


@invited.get("")
@public
def invitation_page() -> Response:
    """Ask for the code."""
    return page("invitation.html")


@invited.post("")
@public
def accept() -> Response:
    """Show the token, this once."""
    try:
        require_form()
        count_attempt()
        answer, token = desk().invitations.accept(request.form.get("code", "").strip()[:200])
    except FormOutdated as refusal:
        return page("invitation.html", status_of(type(refusal)), sentence="link.form")
    except InvitationInvalid as refusal:
        return page("invitation.html", status_of(type(refusal)), sentence=sentence_of(refusal))
    return page("invited.html", token=token, identifier=msgspec.json.decode(answer.body)["identifier"])


mark(invitation_page, takes_query=True)
