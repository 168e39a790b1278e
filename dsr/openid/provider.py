"""The provider: where it sends people, where it takes codes, and its keys."""

import base64
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

from dsr.openid.errors import OpenIdRefused, OpenIdUnavailable
from dsr.openid.fetching import Fetcher
from dsr.openid.id_token import Expected, Identity, identity_of

KEPT_SECONDS: Final = 3600
"""How long metadata and keys are kept."""

ANEW_SECONDS: Final = 60
"""How often, at most, keys are asked for anew because a token names one that is not known."""

_MOST_KEYS: Final = 100


@dataclass(frozen=True)
class OpenIdClient:
    """This service, as the provider knows it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    strengths: tuple[str, ...] = ()
    """Values of `acr` that count; any, where none is named."""


@dataclass(frozen=True)
class OpenIdAttempt:
    """One sign-in, as the browser's cookie and the challenge know it."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    begun_at: datetime
    max_age: timedelta = timedelta()
    """How long before that the person may have proved who they are; nothing: they prove it now."""

    @property
    def fresh_since(self) -> datetime:
        """The earliest moment of a proof that counts."""
        return self.begun_at - self.max_age


class OpenIdProvider:
    """Safe to share between threads."""

    def __init__(self, client: OpenIdClient, fetcher: Fetcher, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.client = client
        self._fetcher = fetcher
        self._clock = clock
        self._lock = Lock()
        self._metadata: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, Sequence[dict[str, Any]]] | None = None

    def address(self, attempt: OpenIdAttempt) -> str:
        """Where the person signs in. Raises OpenIdUnavailable."""
        asked = {
            "response_type": "code",
            "scope": "openid",
            "client_id": self.client.client_id,
            "redirect_uri": attempt.redirect_uri,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": _s256(attempt.verifier),
            "code_challenge_method": "S256",
            "max_age": str(int(attempt.max_age.total_seconds())),
        }
        if not attempt.max_age:
            asked["prompt"] = "login"
        if self.client.strengths:
            asked["acr_values"] = " ".join(self.client.strengths)
        endpoint = self._endpoint("authorization_endpoint")
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    def identity(self, attempt: OpenIdAttempt, *, code: str, issuer: str | None, at: datetime) -> Identity:
        """Who signed in, by the code that the browser brought back; `issuer`: the parameter `iss` beside it.

        Raises OpenIdRefused, OpenIdUnavailable.
        """
        told = self._known().get("authorization_response_iss_parameter_supported") is True
        if issuer != self.client.issuer and (issuer is not None or told):
            raise OpenIdRefused(reason="issuer")
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        methods = self._known().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if isinstance(methods, list) and "client_secret_basic" in methods:
            named = f"{quote_plus(self.client.client_id)}:{quote_plus(self.client.client_secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(named.encode()).decode()}"
        else:
            body |= {"client_id": self.client.client_id, "client_secret": self.client.client_secret}
        answer = self._fetcher.post(self._endpoint("token_endpoint"), urlencode(body), headers)
        expected = Expected(
            self.client.issuer,
            self.client.client_id,
            attempt.nonce,
            at,
            fresh_since=attempt.fresh_since,
            strengths=self.client.strengths,
        )
        return identity_of(answer.get("id_token"), self.keys, expected)

    def keys(self, anew: bool = False) -> Sequence[dict[str, Any]]:
        """The keys of the provider; asked for anew where a token names another, once a minute. Raises
        OpenIdUnavailable.
        """
        endpoint = self._endpoint("jwks_uri")
        with self._lock:
            now = self._clock()
            if self._keys is not None and now - self._keys[0] < (ANEW_SECONDS if anew else KEPT_SECONDS):
                return self._keys[1]
            found = self._fetcher.get(endpoint).get("keys")
            if not isinstance(found, list) or len(found) > _MOST_KEYS:
                raise OpenIdUnavailable(reason="keys")
            self._keys = now, [each for each in found if isinstance(each, dict)]
            return self._keys[1]

    def _known(self) -> dict[str, Any]:
        with self._lock:
            now = self._clock()
            if self._metadata is not None and now - self._metadata[0] < KEPT_SECONDS:
                return self._metadata[1]
            found = self._fetcher.get(f"{self.client.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self.client.issuer:
                raise OpenIdUnavailable(reason="issuer")
            self._metadata = now, found
            return found

    def _endpoint(self, name: str) -> str:
        endpoint = self._known().get(name)
        if not isinstance(endpoint, str) or not endpoint.startswith("https://") or not endpoint.isprintable():
            raise OpenIdUnavailable(reason=name)
        return endpoint


def _s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
