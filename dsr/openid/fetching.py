"""Requests to the provider, by the standard library: without redirects, within a time and a size.

The provider's own host is the operator's choice, wherever it stands. What its metadata name besides may stand on the
internet only, so that metadata lead to no machine that this service alone can reach.
"""

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Final, cast
from urllib.parse import urlsplit

import msgspec

from dsr.openid.errors import OpenIdRefused, OpenIdUnavailable
from dsr.transfer.addresses import is_allowed
from dsr.transfer.https import Resolve, TimedSocket, resolve

_LARGEST: Final = 256 * 1024
_OK: Final = 200
_BAD_REQUEST: Final = 400
_MOST_ADDRESSES: Final = 4


@dataclass(frozen=True)
class Fetcher:
    """GET and POST that answer JSON objects."""

    home: str
    """`host:port` of the provider, which may stand in a network of ours."""
    context: ssl.SSLContext
    seconds: float = 10
    """For the whole exchange."""
    resolve: Resolve = resolve

    def get(self, url: str) -> dict[str, Any]:
        """Raises OpenIdUnavailable."""
        return self._asked("GET", url, None, {})

    def post(self, url: str, body: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """Raises OpenIdUnavailable; OpenIdRefused for an answer that says the request was wrong."""
        return self._asked("POST", url, body, headers)

    def _asked(self, method: str, url: str, body: str | None, headers: Mapping[str, str]) -> dict[str, Any]:
        try:
            parts = urlsplit(url)
            port = parts.port or 443
        except ValueError:
            raise OpenIdUnavailable(reason="address") from None
        if parts.scheme != "https" or not parts.hostname or parts.username is not None:
            raise OpenIdUnavailable(reason="address")
        ends = time.monotonic() + self.seconds
        path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        try:
            with self._opened(parts.hostname, port, ends) as secure:
                http = HTTPSConnection(parts.hostname, port, context=self.context)
                http.sock = secure
                http.auto_open = 0
                http.request(method, path, body, {"Accept": "application/json", "Connection": "close", **headers})
                response = http.getresponse()
                content = _read(response)
        except (OSError, HTTPException) as error:
            raise OpenIdUnavailable(reason=type(error).__name__) from None
        if method == "POST" and response.status == _BAD_REQUEST:
            raise OpenIdRefused(reason="code")
        if response.status != _OK:
            raise OpenIdUnavailable(reason=f"status {response.status}")
        try:
            return msgspec.json.decode(content, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise OpenIdUnavailable(reason="answer") from None

    def _opened(self, host: str, port: int, ends: float) -> TimedSocket:
        found = list(dict.fromkeys(self.resolve(host, port)))
        if f"{host}:{port}" != self.home:
            found = [each for each in found if is_allowed(each, ())]
            if not found:
                raise OpenIdUnavailable(reason="address")
        context = self.context
        for each in found[:_MOST_ADDRESSES]:
            try:
                plain = socket.create_connection((each, port), timeout=max(0.1, ends - time.monotonic()))
            except OSError:
                continue
            context.sslsocket_class = TimedSocket
            secure = cast(TimedSocket, context.wrap_socket(plain, server_hostname=host))
            secure.ends, secure.step = ends, self.seconds
            return secure
        raise ConnectionError


def _read(response: HTTPResponse) -> bytes:
    content = response.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise HTTPException
    return content
