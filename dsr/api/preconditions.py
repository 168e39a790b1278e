"""`If-Match` and `ETag`: a command names the version it was decided on (RFC 9110)."""

import re

from flask import request

from dsr.api.errors import PreconditionMalformed, PreconditionRequired


def etag(version: int) -> str:
    """The ETag of a version, with its quotes."""
    return f'"{version}"'


def expected_version() -> int:
    """The version that the caller saw. Raises PreconditionRequired, PreconditionMalformed."""
    given = request.headers.get("If-Match")
    if given is None:
        raise PreconditionRequired()
    found = re.fullmatch(r'"([1-9][0-9]{0,8})"', given.strip(), re.ASCII)
    if found is None:
        raise PreconditionMalformed()
    return int(found[1])
