"""A token server in a thread: OAuth 2.0 client credentials over TLS, as large mail hosts run one (RFC 6749, 4.4)."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from dsr.mail_oauth import AccessTokens, TokenServer
from tests.certificates import Authority
from tests.https_host import Reply, https_host

CLIENT, CLIENT_SECRET, SCOPE = "dsr client", "canary-client:secret", "https://mail.example/.default"


@dataclass
class TokenHost:
    """What it issued, and how it behaves."""

    authority: Authority
    port: int = 0
    issued: list[str] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)
    answer: dict[str, Any] = field(default_factory=lambda: {"token_type": "Bearer", "expires_in": 3600})
    status: int = 200
    raw: bytes | None = None
    drips: float = 0
    """Seconds before each byte of the answer."""

    def tokens(self, **facts: Any) -> AccessTokens:
        known = {"client_secret": CLIENT_SECRET, "scope": SCOPE} | {
            name: facts.pop(name) for name in ("client_secret", "scope") if name in facts
        }
        server = TokenServer(f"https://localhost:{self.port}/oauth2/token?tenant=1", CLIENT, **known)
        return AccessTokens(server, **({"context": self.authority.client()} | facts))

    def admits(self, token: str) -> bool:
        return token in self.issued and token not in self.revoked

    def respond(self, path: str, authorization: str, body: str) -> Reply:
        name, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        asked = dict(parse_qsl(body, strict_parsing=True))
        if path != "/oauth2/token?tenant=1":
            return 404, {}, b"{}"
        if (unquote_plus(name), unquote_plus(secret)) != (CLIENT, CLIENT_SECRET):
            return 401, {}, b'{"error": "invalid_client", "error_description": "canary-description"}'
        if asked != {"grant_type": "client_credentials", "scope": SCOPE}:
            return 400, {}, b'{"error": "invalid_scope"}'
        self.issued.append(f"canary-token-{len(self.issued)}")
        return self.status, {}, self.raw or json.dumps({"access_token": self.issued[-1]} | self.answer).encode()


@contextmanager
def token_host(authority: Authority) -> Iterator[TokenHost]:
    """A token server on a free port of this machine."""
    host = TokenHost(authority)
    with https_host(host, authority):
        yield host
