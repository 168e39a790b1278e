"""A provider of OpenID Connect on this machine, which keeps to the rules, and lies as a test tells it to."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from joserfc import jws
from joserfc.jwk import RSAKey

from dsr.openid import Fetcher, OpenIdClient, OpenIdProvider
from tests.certificates import Authority
from tests.https_host import Reply, https_host

CLIENT, CLIENT_SECRET = "dsr", "canary-client-secret"


@dataclass
class Host:
    """What the provider knows, and how it behaves."""

    authority: Authority
    now: Callable[[], float]
    port: int = 0
    redirect_uri: str = "https://dsr.example/sign-in/openid/callback"
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first", "use": "sig"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    """What the token says otherwise than it should; None leaves a claim out."""
    header: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[dict[str, Any], bytes], str] | None = None
    """How tokens are signed otherwise."""
    shown: list[dict[str, Any]] | None = None
    """Keys that are shown in place of the own one."""
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    """By path: status, fields and content in place of the right ones."""
    drips: float = 0
    """Seconds before each byte."""
    asked: list[str] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return f"https://localhost:{self.port}"

    def provider(self, **facts: Any) -> OpenIdProvider:
        """The client's side."""
        fetcher = Fetcher(f"localhost:{self.port}", self.authority.client(), **facts)
        return OpenIdProvider(OpenIdClient(self.issuer, CLIENT, CLIENT_SECRET), fetcher)

    def sign_in(self, address: str, subject: str) -> dict[str, str]:
        """Somebody signs in at the address where their browser was sent; what it brings back."""
        asked = dict(parse_qsl(urlsplit(address).query, strict_parsing=True))
        known = {"response_type": "code", "client_id": CLIENT, "redirect_uri": self.redirect_uri, "scope": "openid"}
        assert known.items() <= asked.items()
        assert asked["code_challenge_method"] == "S256"
        code = token_urlsafe(16)
        self.codes[code] = asked | {"sub": subject}
        return {"state": asked["state"], "code": code, "iss": self.issuer}

    def token(self, asked: dict[str, str]) -> str:
        at = int(self.now())
        claims = {
            "iss": self.issuer,
            "sub": asked["sub"],
            "aud": CLIENT,
            "exp": at + 300,
            "iat": at,
            "nonce": asked["nonce"],
        }
        if "max_age" in asked:
            claims["auth_time"] = at
        told = {name: value for name, value in (claims | self.claims).items() if value is not None}
        header = {name: value for name, value in ({"alg": "RS256", "kid": "first"} | self.header).items() if value}
        content = json.dumps(told).encode()
        if self.sign is not None:
            return self.sign(header, content)
        return jws.serialize_compact(header, content, self.key, algorithms=["RS256"])

    def respond(self, path: str, authorization: str, body: str) -> Reply:
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]
        if path == "/.well-known/openid-configuration":
            told = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "authorization_response_iss_parameter_supported": True,
            }
            return 200, {}, json.dumps(told | self.metadata).encode()
        if path == "/keys":
            shown = [self.key.as_dict(private=False)] if self.shown is None else self.shown
            return 200, {}, json.dumps({"keys": shown}).encode()
        return self._exchanged(authorization, dict(parse_qsl(body, strict_parsing=True)))

    def _exchanged(self, authorization: str, given: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        name, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        if (unquote_plus(name), unquote_plus(secret)) != (CLIENT, CLIENT_SECRET):
            return 401, {}, b'{"error": "invalid_client"}'
        asked = self.codes.pop(given["code"], None)
        verifier = base64.urlsafe_b64encode(hashlib.sha256(given["code_verifier"].encode()).digest()).decode()
        if (
            asked is None
            or asked["code_challenge"] != verifier.rstrip("=")
            or given["redirect_uri"] != self.redirect_uri
        ):
            return 400, {}, b'{"error": "invalid_grant", "error_description": "canary-description"}'
        answer = {"access_token": "canary-access", "token_type": "Bearer", "id_token": self.token(asked)}
        return 200, {}, json.dumps(answer).encode()


@contextmanager
def openid_host(authority: Authority, now: Callable[[], float]) -> Iterator[Host]:
    """A provider on a free port of this machine."""
    host = Host(authority, now)
    with https_host(host, authority):
        yield host
