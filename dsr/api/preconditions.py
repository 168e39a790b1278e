"""`If-Match` and `ETag`: a command names the version it was decided on (RFC 9110)."""

import re
from typing import Final

from flask import request

from dsr.api.errors import PreconditionMalformed, PreconditionRequired

VERSION_FIELD: Final = "version"
"""The field of a page's form that holds the version from which the page was made."""


def etag(version: int) -> str:
    """The ETag of a version, with its quotes."""
    return f'"{version}"'


def expected_version() -> int:
    """The version that the caller saw, from `If-Match` or the field `version` of a page's form.

    Raises PreconditionRequired, PreconditionMalformed.
    """
    seen = request.form.get(VERSION_FIELD)
    given = request.headers.get("If-Match") if seen is None else f'"{seen}"'
    if given is None:
        raise PreconditionRequired()
    found = re.fullmatch(r'"([1-9][0-9]{0,8})"', given.strip(), re.ASCII)
    if found is None:
        raise PreconditionMalformed()
    return int(found[1])
