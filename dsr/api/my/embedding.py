"""The intake form on other websites: a web component, and what a framed form tells the page around it.

The component is a link, so that it works under any policy of the website. It frames the form for the websites in
`DSR_EMBED_ORIGINS` alone; the policy of the form names them as well, so no other website can frame it.
"""

from importlib.resources import files
from typing import Final

import msgspec
from flask import Response, request

from dsr.api.my.site import asking, embed_origins
from dsr.api.my.words import LANGUAGES
from dsr.api.operation import public
from dsr.catalogues import Domain, keyed

_COMPONENT: Final = files(__package__).joinpath("embed.js").read_text(encoding="utf-8")
_FRAME: Final = files(__package__).joinpath("frame.js").read_bytes()


@asking.get("/embed.js")
@public
def component() -> Response:
    """The component `<privacy-request>`, which any website may load."""
    titles = {language: keyed(Domain.PAGES, language)["form.title"] for language in LANGUAGES}
    may_frame = request.headers.get("Origin") in embed_origins()
    script = _COMPONENT.replace("{{ titles }}", msgspec.json.encode(titles).decode())
    response = Response(script.replace("{{ may_frame }}", str(may_frame).lower()), mimetype="text/javascript")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Vary"] = "Origin"
    return response


@asking.get("/frame.js")
@public
def frame_script() -> Response:
    """Tells the page around a framed form how tall it is."""
    return Response(_FRAME, mimetype="text/javascript")
