"""What an ID token has to say and how it has to be signed (OpenID Connect Core 1.0, 3.1.3.7)."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from dsr.openid.errors import OpenIdRefused

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
"""Signatures with a public key only: `none`, and a secret that both know, prove nothing."""

CLOCKS_DIFFER: Final = timedelta(minutes=1)

_OLDEST: Final = timedelta(minutes=10)
_LARGEST: Final = 32_768
_LONGEST_SUBJECT: Final = 255

_KINDS: Final[dict[str, type[RSAKey | ECKey | OKPKey]]] = {
    "RS256": RSAKey,
    "PS256": RSAKey,
    "ES256": ECKey,
    "EdDSA": OKPKey,
    "Ed25519": OKPKey,
}

Keys = Callable[[bool], Sequence[dict[str, Any]]]
"""The provider's keys; anew if asked."""


@dataclass(frozen=True)
class Identity:
    """Who signed in at the provider."""

    issuer: str
    subject: str
    proved_at: datetime
    """When they proved it there."""


@dataclass(frozen=True)
class Expected:
    """What the token has to be made for."""

    issuer: str
    client_id: str
    nonce: str
    at: datetime
    fresh_since: datetime
    """The person has to have proved who they are since then."""
    strengths: tuple[str, ...] = ()
    """How they have to have proved it, as the provider calls it; in any way, where none is named."""


def identity_of(token: object, keys: Keys, expected: Expected) -> Identity:
    """Who an ID token says signed in. Raises OpenIdRefused, with the reason; the errors of `keys`."""
    if not isinstance(token, str) or not token.isascii() or len(token) > _LARGEST:
        raise OpenIdRefused(reason="token")
    claims = _claims(token, keys)
    at = expected.at
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    _require(claims.get("iss") == expected.issuer, "issuer")
    _require(expected.client_id in audiences, "audience")
    _require(len(audiences) == 1 or claims.get("azp") == expected.client_id, "audience")
    _require(claims.get("azp", expected.client_id) == expected.client_id, "audience")
    _require(claims.get("nonce") == expected.nonce, "nonce")
    _require(_instant(claims, "exp") > at - CLOCKS_DIFFER, "expired")
    _require(at - _OLDEST < _instant(claims, "iat") < at + CLOCKS_DIFFER, "issued")
    if "nbf" in claims:
        _require(_instant(claims, "nbf") < at + CLOCKS_DIFFER, "issued")
    proved_at = _instant(claims, "auth_time") if "auth_time" in claims else None
    if proved_at is None or not expected.fresh_since - CLOCKS_DIFFER <= proved_at < at + CLOCKS_DIFFER:
        raise OpenIdRefused(reason="auth-time")
    _require(not expected.strengths or claims.get("acr") in expected.strengths, "acr")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise OpenIdRefused(reason="subject")
    return Identity(expected.issuer, subject, proved_at)


def _claims(token: str, keys: Keys) -> dict[str, Any]:
    """The content, once its signature is verified."""
    try:
        header = jws.extract_compact(token.encode()).headers()
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS or "crit" in header:
            raise OpenIdRefused(reason="algorithm")
        key = _key(keys, algorithm, key_id)
        content = json.loads(jws.deserialize_compact(token.encode(), key, algorithms=[algorithm]).payload)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise OpenIdRefused(reason="signature") from None
    if not isinstance(content, dict):
        raise OpenIdRefused(reason="token")
    return content


def _key(keys: Keys, algorithm: str, key_id: object) -> RSAKey | ECKey | OKPKey:
    """The key that is named; the provider may have changed it since its keys were asked for."""
    for anew in (False, True):
        fitting = [
            each
            for each in keys(anew)
            if (key_id is None or each.get("kid") == key_id)
            and each.get("use", "sig") == "sig"
            and each.get("alg", algorithm) == algorithm
            and each.get("kty") == _KINDS[algorithm].key_type
        ]
        if len(fitting) == 1:
            key = import_key(fitting[0])
            if isinstance(key, RSAKey | ECKey | OKPKey):
                return key
    raise OpenIdRefused(reason="key")


def _instant(claims: dict[str, Any], name: str) -> datetime:
    value = claims.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1 << 40:
        raise OpenIdRefused(reason=name)
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise OpenIdRefused(reason=name) from None


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise OpenIdRefused(reason=reason)
