"""Pages for the data subject, `/request`, `/my` and the link page `/x`, and for staff, `/invitation`, `/sign-in` and
`/account`: HTML without other hosts.

They run no script, except ours: on the link page and in a framed form, which also work without it, and where a browser
is asked for a passkey, which needs one.
"""

from flask import Flask
from werkzeug.exceptions import HTTPException

from dsr.api.my import (
    account,
    embedding,
    intake_form,
    invitation,
    link,
    my_request,
    openid,
    packages,
    signing_in,
    staff_sign_in,
    writing,
)
from dsr.api.my.site import asking as intake_pages
from dsr.api.my.site import invited as invitation_pages
from dsr.api.my.site import link as link_pages
from dsr.api.my.site import my as my_pages
from dsr.api.my.site import outside_pages
from dsr.api.my.site import team as team_pages

VIEWS = (
    embedding,
    intake_form,
    signing_in,
    my_request,
    writing,
    packages,
    link,
    invitation,
    staff_sign_in,
    account,
    openid,
)
"""The pages; importing a module adds its views to them."""


def register_my(app: Flask) -> None:
    """Serve the pages."""
    app.register_error_handler(HTTPException, outside_pages)
    app.register_blueprint(intake_pages)
    app.register_blueprint(my_pages)
    app.register_blueprint(link_pages)
    app.register_blueprint(invitation_pages)
    app.register_blueprint(team_pages)


__all__ = ["VIEWS", "intake_pages", "invitation_pages", "link_pages", "my_pages", "register_my", "team_pages"]
