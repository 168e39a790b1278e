"""Access tokens for mail servers that take no password: OAuth 2.0 client credentials (RFC 6749, 4.4), sent to the mail
server by SASL as OAUTHBEARER (RFC 7628) or XOAUTH2.

It uses the standard library: one POST to a server that the operator named, without redirects. No token, secret or
answer of a server is logged or quoted.
"""

import base64
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from threading import Lock
from typing import Final
from urllib.parse import quote_plus, urlencode, urlsplit

import msgspec

from dsr.domain.messages import MailOauthRefused, MailOauthUnavailable

_SECONDS: Final = 30
"""Seconds for the whole answer of the token server."""
_LARGEST: Final = 64 * 1024
_EARLY: Final = 60
"""Seconds before its expiry from which a token is not used any more; of a short-lived one, at most half its life."""
_OK: Final = 200
_REFUSALS: Final = range(400, 500)
_BUSY: Final = (408, 425, 429)
_MECHANISMS: Final = ("OAUTHBEARER", "XOAUTH2")
"""The standard first."""


@dataclass(frozen=True)
class TokenServer:
    """Where access tokens come from, and as whom."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""


class _Answer(msgspec.Struct):
    access_token: str
    token_type: str
    expires_in: float = 0


class AccessTokens:
    """The present access token; fetched when one is needed, kept until shortly before it expires. Safe to share."""

    def __init__(
        self,
        server: TokenServer,
        *,
        context: ssl.SSLContext | None = None,
        seconds: float = _SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`context` holds the trusted certificate authorities; default: those of the system."""
        self._server = server
        self._context = context or ssl.create_default_context()
        self._seconds = seconds
        self._clock = clock
        self._lock = Lock()
        self._token: str | None = None
        self._until = 0.0

    def token(self, *, instead_of: str | None = None) -> str:
        """A token; another one than that which a mail server refused. Raises MailOauthUnavailable, MailOauthRefused."""
        with self._lock:
            if self._token is None or self._token == instead_of or self._clock() >= self._until:
                self._token = None
                asked_at, answer = self._clock(), self._fetch()
                self._token = answer.access_token
                self._until = asked_at + answer.expires_in - min(_EARLY, answer.expires_in / 2)
            return self._token

    def _fetch(self) -> _Answer:
        url = urlsplit(self._server.url)
        ends = time.monotonic() + self._seconds
        http = HTTPSConnection(url.hostname or "", url.port, timeout=self._seconds, context=self._context)
        try:
            http.request("POST", f"{url.path or '/'}{'?' if url.query else ''}{url.query}", self._asked(), self._head())
            response = http.getresponse()
            content = _read(response, ends)
        except (OSError, HTTPException) as error:
            raise MailOauthUnavailable(reason=type(error).__name__) from None
        finally:
            http.close()
        if response.status in _REFUSALS and response.status not in _BUSY:
            raise MailOauthRefused(status=response.status)
        if response.status != _OK:
            raise MailOauthUnavailable(status=response.status)
        return _answer(content)

    def _asked(self) -> str:
        scope = {"scope": self._server.scope} if self._server.scope else {}
        return urlencode({"grant_type": "client_credentials"} | scope)

    def _head(self) -> dict[str, str]:
        """The client names itself as RFC 6749, 2.3.1 says."""
        named = f"{quote_plus(self._server.client_id)}:{quote_plus(self._server.client_secret)}"
        return {
            "Accept": "application/json",
            "Authorization": f"Basic {base64.b64encode(named.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }


def mechanism(is_offered: Callable[[str], bool]) -> str | None:
    """The mechanism to sign in by; None if the mail server offers neither."""
    return next((each for each in _MECHANISMS if is_offered(each)), None)


@dataclass(frozen=True)
class BearerLogin:
    """The client's part of the dialogue: user and token, then an empty answer to the reasons of a refusal."""

    mechanism: str
    user: str
    token: str = field(repr=False)

    def __call__(self, challenge: bytes | None = None) -> str:
        """The answer to a challenge; None and an empty one ask for user and token."""
        if challenge:
            return "\x01" if self.mechanism == "OAUTHBEARER" else ""
        if self.mechanism == "OAUTHBEARER":
            name = self.user.replace("=", "=3D").replace(",", "=2C")
            return f"n,a={name},\x01auth=Bearer {self.token}\x01\x01"
        return f"user={self.user}\x01auth=Bearer {self.token}\x01\x01"


def _read(response: HTTPResponse, ends: float) -> bytes:
    """The content. Raises TimeoutError for a server that takes too long; HTTPException for too much."""
    content = bytearray()
    while chunk := response.read1(_LARGEST):
        content += chunk
        if len(content) > _LARGEST:
            raise HTTPException
        if time.monotonic() > ends:
            raise TimeoutError
    return bytes(content)


def _answer(content: bytes) -> _Answer:
    try:
        answer = msgspec.json.decode(content, type=_Answer, strict=False)  # some servers write the seconds as text
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise MailOauthUnavailable(reason="no token in the answer") from None
    token = answer.access_token
    if answer.token_type.lower() != "bearer" or not (token.isascii() and token.isprintable() and " " not in token):
        raise MailOauthUnavailable(reason="no bearer token in the answer")
    if not 0 <= answer.expires_in < float("inf"):
        raise MailOauthUnavailable(reason="no usable expiry in the answer")
    if not token:
        raise MailOauthUnavailable(reason="no token in the answer")
    return answer
