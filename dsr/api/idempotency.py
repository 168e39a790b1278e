"""`Idempotency-Key`: a repeated command gets the first answer and has no second effect."""

import re
from typing import Final

from flask import request

from dsr.api.context import caller, service
from dsr.api.errors import IdempotencyKeyInvalid, IdempotencyKeyRequired
from dsr.desk.caller import IdempotencyKey

KEY_FIELD: Final = "key"
"""The field of a page's form that holds the key."""

_VALID = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)


def idempotency_key(*, required: bool, content: bytes | None = None) -> IdempotencyKey | None:
    """The caller's key bound to caller, method and path, with a fingerprint of the request; both HMACs.

    A token that gives less than its holder has is a caller of its own. `content` replaces the body if equal requests
    may differ in bytes (multipart boundaries). Raises IdempotencyKeyRequired, IdempotencyKeyInvalid.
    """
    given = request.headers.get("Idempotency-Key", request.form.get(KEY_FIELD))
    if given is None:
        if required:
            raise IdempotencyKeyRequired()
        return None
    if not _VALID.fullmatch(given):
        raise IdempotencyKeyInvalid()
    hmacs = service().fingerprint.all
    who = caller()
    actor = who.actor if who.request_id is None else f"{who.actor}:{who.request_id}"
    if who.limits.are_any:  # it may not show what its holder was answered with all that they have
        actor = f"{actor}:{who.credential}"
    asked = [
        request.mimetype.encode(),
        request.query_string,
        request.get_data(cache=True) if content is None else content,
    ]
    named = [actor.encode(), request.method.encode(), request.path.rstrip("/").encode(), given.encode()]
    key: IdempotencyKey | None = None
    for name, body in reversed([*zip(hmacs(_joined(named)), hmacs(_joined(asked)), strict=True)]):
        key = IdempotencyKey(name, body, key)
    return key


def _joined(parts: list[bytes]) -> bytes:
    """Each part prefixed by its length, so that different lists never give the same bytes."""
    return b"".join(len(part).to_bytes(8) + part for part in parts)
