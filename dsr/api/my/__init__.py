"""Pages for the data subject, `/my` and the link page `/x`, and for staff who were invited, `/invitation`: HTML without
other hosts, in four languages.

They run no script, except one of ours on the link page, which also works without it.
"""

from flask import Flask

from dsr.api.my import invitation, link, my_request, packages, signing_in
from dsr.api.my.site import invited as invitation_pages
from dsr.api.my.site import link as link_pages
from dsr.api.my.site import my as my_pages

VIEWS = (signing_in, my_request, packages, link, invitation)
"""The pages; importing a module adds its views to them."""


def register_my(app: Flask) -> None:
    """Serve the pages."""
    app.register_blueprint(my_pages)
    app.register_blueprint(link_pages)
    app.register_blueprint(invitation_pages)


__all__ = ["VIEWS", "invitation_pages", "link_pages", "my_pages", "register_my"]
