"""Cookies of the pages.

Over https their names begin with `__Host-` or `__Secure-`: browsers take such a cookie only over https, and `__Host-`
only from this host, so that no other host of the same domain can plant a session. `__Host-` needs the path `/`.
"""

from typing import Final

from flask import Response, request

from dsr.api.context import goes_over_https

SESSION: Final = "dsr_session"
FORM: Final = "dsr_form"
CLEARED: Final = '"cache", "storage"'
"""What a browser forgets of this host when somebody signs out (`Clear-Site-Data`); the chosen language stays."""

LANGUAGE: Final = "dsr_language"
PACKAGE: Final = "dsr_package"
"""Of one package, below the path of its page."""
TASK: Final = "dsr_task"
"""Of one task of the owner of a system, below the path of its page."""
OPENID: Final = "dsr_openid"
"""Of one sign-in at the organisation's provider, until the browser comes back."""
STAFF_SESSION: Final = "dsr_staff"
"""Of a member of staff, for the whole host: the REST interface takes it, too."""

_OF_A_PATH: Final = (PACKAGE, TASK)
"""Cookies of which a browser has several, each for its page."""


def cookie(name: str) -> str:
    """The value that the browser sent; empty if none."""
    return request.cookies.get(_named(name), "")


def set_cookie(
    response: Response, name: str, value: str, *, path: str, seconds: int | None = None, same_site: str = "Strict"
) -> None:
    """Set a cookie that scripts can't read."""
    response.set_cookie(
        _named(name),
        value,
        max_age=seconds,
        path=_path(name, path),
        secure=goes_over_https(),
        httponly=True,
        samesite=same_site,
    )


def drop_cookie(response: Response, name: str, *, path: str) -> None:
    """Let the browser forget a cookie that was set with this path."""
    response.delete_cookie(_named(name), path=_path(name, path), secure=goes_over_https(), httponly=True)


def _named(name: str) -> str:
    if not goes_over_https():
        return name
    return f"__Secure-{name}" if name in _OF_A_PATH else f"__Host-{name}"


def _path(name: str, path: str) -> str:
    return "/" if goes_over_https() and name not in _OF_A_PATH else path
