"""`If-Match` and `ETag`: a command names the version it was decided on (RFC 9110)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from flask import g, request

from dsr.api.errors import PreconditionMalformed, PreconditionRequired

VERSION_FIELD: Final = "version"
"""The field of a page's form that holds the version from which the page was made."""


_SEEN_NOW: Final = "version_seen_now"


@contextmanager
def having_seen(version: int) -> Iterator[None]:
    """Let the calls of the block rest on this version instead: since the one of the form, somebody only read."""
    setattr(g, _SEEN_NOW, version)
    try:
        yield
    finally:
        setattr(g, _SEEN_NOW, None)


def etag(version: int) -> str:
    """The ETag of a version, with its quotes."""
    return f'"{version}"'


def expected_version() -> int:
    """The version that the caller saw, from `If-Match` or the field `version` of a page's form.

    Raises PreconditionRequired, PreconditionMalformed.
    """
    now = g.get(_SEEN_NOW)
    if now is not None:
        return int(now)
    seen = request.form.get(VERSION_FIELD)
    given = request.headers.get("If-Match") if seen is None else f'"{seen}"'
    if given is None:
        raise PreconditionRequired()
    found = re.fullmatch(r'"([1-9][0-9]{0,8})"', given.strip(), re.ASCII)
    if found is None:
        raise PreconditionMalformed()
    return int(found[1])
