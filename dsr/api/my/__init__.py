"""The pages for the data subject, `/my` and the link `/x`: HTML made by us, nothing from another host, four languages.

No script runs on them, but for one of ours on the link page, which works without it too.
"""

from flask import Flask

from dsr.api.my import link, my_request, packages, signing_in
from dsr.api.my.site import link as link_pages
from dsr.api.my.site import my as my_pages

VIEWS = (signing_in, my_request, packages, link)
"""What is served; importing a module adds its views to the pages they belong to."""


def register_my(app: Flask) -> None:
    """Serve the pages."""
    app.register_blueprint(my_pages)
    app.register_blueprint(link_pages)


__all__ = ["VIEWS", "link_pages", "my_pages", "register_my"]
