"""The HTTP status of each error (RFC 9110): the status of its category, with a few exceptions."""

from typing import Final

import dsr.backup  # noqa: F401 - its errors are codes too, which every server lists
from dsr.api import errors as http
from dsr.blobs import FileTypeUnsupported
from dsr.desk import errors as desk
from dsr.desk import my, uploads
from dsr.domain import export, handing_over
from dsr.domain.errors import (
    Broken,
    Denied,
    DomainError,
    Gone,
    Invalid,
    Refused,
    Unavailable,
    Unknown,
    all_errors,
)
from dsr.exports import errors as exports
from dsr.mailbox import errors as mailbox

_OF_CATEGORY: Final[dict[type[DomainError], int]] = {
    Denied: 403,
    Unknown: 404,
    Refused: 409,
    Gone: 410,
    Invalid: 422,
    Broken: 500,
    Unavailable: 503,
}

_EXCEPTIONS: Final[dict[type[DomainError], int]] = {
    http.RequestMalformed: 400,
    http.PreconditionMalformed: 400,
    http.IdempotencyKeyRequired: 400,
    http.IdempotencyKeyInvalid: 400,
    desk.TokenInvalid: 401,
    desk.SignInNeeded: 401,
    my.SessionEnded: 401,
    http.MethodNotAllowed: 405,
    http.NotAcceptable: 406,
    desk.VersionStale: 412,
    http.BodyTooLarge: 413,
    exports.DataTooLarge: 413,
    mailbox.MessageTooLarge: 413,
    uploads.AttachmentTooLarge: 413,
    http.MediaTypeUnsupported: 415,
    exports.DataFormatUnknown: 415,
    FileTypeUnsupported: 415,
    export.ByteRangeInvalid: 416,
    http.PreconditionRequired: 428,
    http.RateLimited: 429,
    # Failures of another controller's interface.
    handing_over.TargetUnreachable: 502,
    handing_over.TargetUntrusted: 502,
    handing_over.TargetRefused: 502,
    handing_over.TargetUnanswered: 504,
}
"""Errors with a more specific status than their category; it also applies to their subclasses."""

_STATUSES: Final = _OF_CATEGORY | _EXCEPTIONS


def status_of(error: type[DomainError]) -> int:
    """The status of the nearest exception or category above the error; 500 for an error without a category."""
    return next((_STATUSES[each] for each in error.__mro__ if each in _STATUSES), 500)


def statuses() -> dict[type[DomainError], int]:
    """The status of each error of this package; of all of them once the application is imported."""
    return {error: status_of(error) for error in all_errors() if error.__module__.startswith("dsr.")}
