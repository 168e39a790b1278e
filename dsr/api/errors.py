"""Errors of the HTTP layer, beyond the rules of the law and of the desk."""

from collections.abc import Mapping, Sequence
from typing import Any

from dsr.domain.errors import Broken, Invalid, Unavailable, Unknown


class InputInvalid(Invalid):
    """The input has errors: correct each one listed and send it again."""

    code = "input-invalid"

    def __init__(self, errors: Sequence[Mapping[str, Any]]) -> None:
        """`errors`: one object each, with `detail` and its place: `pointer`, `parameter` or `header`."""
        self.errors = list(errors)
        super().__init__()


class RequestMalformed(Invalid):
    """The HTTP request could not be read. Check its syntax, its encoding and its headers; `facts` names the place of
    invalid JSON.
    """

    code = "request-malformed"


class PathUnknown(Unknown):
    """There is nothing at this path. The documentation at /docs lists every path."""

    code = "path-unknown"


class MethodNotAllowed(Invalid):
    """This path does not support this method; the `Allow` header lists those it supports."""

    code = "method-not-allowed"


class BodyTooLarge(Invalid):
    """The body is too large for this path; `facts` states the limit in bytes."""

    code = "body-too-large"

    def __init__(self, most: int | None = None) -> None:
        """`most` in bytes; None where a limit of the server was reached before the path was known."""
        if most is None:
            super().__init__()
        else:
            super().__init__(f"The body is larger than {most} bytes, the most that this path takes.", most=most)


class NotAcceptable(Invalid):
    """This path can't answer with any media type in `Accept`; `facts` lists those it can."""

    code = "not-acceptable"


class PathControllerUnknown(Unknown):
    """The record of processing names no such controller. `GET /ropa` lists them."""

    code = "path-controller-unknown"


class MediaTypeUnsupported(Invalid):
    """This path does not accept the media type of the body. The documentation at /docs names those it accepts."""

    code = "media-type-unsupported"


class PreconditionRequired(Invalid):
    """Send `If-Match` with the ETag of the version you saw, so that no decision rests on an outdated view."""

    code = "precondition-required"


class PreconditionMalformed(Invalid):
    """`If-Match` takes exactly one strong ETag as this service returned it, with its quotes, as in "7"."""

    code = "precondition-malformed"


class IdempotencyKeyRequired(Invalid):
    """Send an `Idempotency-Key` header, with a new value for each command, so that a command whose answer was lost can
    be repeated safely.
    """

    code = "idempotency-key-required"


class IdempotencyKeyInvalid(Invalid):
    """An `Idempotency-Key` has 1 to 200 visible ASCII characters."""

    code = "idempotency-key-invalid"


class RateLimited(Unavailable):
    """Too many requests. Wait as long as `Retry-After` says (seconds)."""

    code = "rate-limited"

    def __init__(self, *, retry_after: int) -> None:
        """`retry_after` in seconds."""
        self.retry_after = retry_after
        super().__init__(retry_after=retry_after)


class DownloadUnderWay(RateLimited):
    """Two downloads of this package are running. Wait until one has ended, and at least as long as `Retry-After`
    says.
    """

    code = "download-under-way"


class DownloadsFull(Unavailable):
    """Too many packages are being downloaded. Try again after the number of seconds in `Retry-After`."""

    code = "downloads-full"


class FilesFull(Unavailable):
    """Too many files arrive at once. Send yours again after the number of seconds in `Retry-After`."""

    code = "files-full"


class NotReady(Unavailable):
    """The service can't serve yet; `facts` names the cause, and the log of the process has the details."""

    code = "not-ready"


class InternalError(Broken):
    """Something went wrong in the service. Nothing was changed. Give the operator the id in `instance`."""

    code = "internal-error"
