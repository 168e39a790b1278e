"""The first page, `/`: what this is, who answers here, and where people, staff and developers go on."""

from flask import Response

from dsr.api.context import desk
from dsr.api.my.site import finished, page


def front_page() -> Response:
    """The page for browsers."""
    return finished(page("front.html", controllers=desk().intake_form.controllers()))
