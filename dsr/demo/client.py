"""A small client of the REST interface: one member of staff, one token; it handles ETags and idempotency keys."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

JSON = "application/json"
_SECONDS = 30


class DemoFailed(Exception):
    """The demo failed; the message gives the reason."""


class RequestRefused(Exception):
    """The service answered with a problem (RFC 9457)."""

    def __init__(self, asked: str, status: int, problem: dict[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", "unknown"))
        self.detail = str(problem.get("detail", ""))
        errors = f" {problem['errors']}" if problem.get("errors") else ""
        super().__init__(f"{asked} was refused with {status} {self.code}: {self.detail}{errors}")


@dataclass(frozen=True)
class Reply:
    """An answer of the service."""

    status: int
    etag: str | None
    content: bytes

    @property
    def body(self) -> Any:
        """The JSON in it."""
        return json.loads(self.content)


class Client:
    """A client of one caller; without a token, anonymous."""

    def __init__(self, base_url: str, *, name: str = "anybody", token: str | None = None) -> None:
        parts = urlsplit(base_url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port
        self._token = token
        self.name = name
        self.base_url = base_url

    def as_(self, name: str, token: str) -> "Client":
        """A client of the same service for another caller."""
        return Client(self.base_url, name=name, token=token)

    def at(self, base_url: str) -> "Client":
        """A client of the same caller for a service at another address."""
        return Client(base_url, name=self.name, token=self._token)

    def get(self, path: str, **query: str) -> Reply:
        """Read. Raises RequestRefused."""
        return self._send("GET", path, query=query)

    def all(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Every page of a list. Raises RequestRefused."""
        rows: list[dict[str, Any]] = []
        page = self.get(path, **query).body
        while True:
            rows += page["items"]
            if page["next"] is None:
                return rows
            page = self.get(path, **query, cursor=page["next"]).body

    def post(
        self,
        path: str,
        body: Any = None,
        *,
        content: bytes | None = None,
        media_type: str = JSON,
        etag: str | None = None,
        query: dict[str, str] | None = None,
    ) -> Reply:
        """Give a command, under a new Idempotency-Key; `etag`: the version it was decided on. Raises RequestRefused."""
        headers = {"Content-Type": media_type, "Idempotency-Key": str(uuid4())}
        if etag is not None:
            headers["If-Match"] = etag
        if content is None:
            content = json.dumps({} if body is None else body).encode()
        return self._send("POST", path, query=query, content=content, headers=headers)

    def send_part(self, path: str, content: bytes, *, offset: int) -> Reply:
        """The bytes of an upload from `offset` on. Raises RequestRefused."""
        headers = {"Content-Type": "application/octet-stream", "Upload-Offset": str(offset)}
        return self._send("PATCH", path, content=content, headers=headers)

    def get_broken_off(self, path: str, *, after: int) -> tuple[bytes, str]:
        """Close the connection after this many bytes; return them and the ETag. Raises RequestRefused."""
        cut = self._send("GET", path, most=after)
        return cut.content, cut.etag or ""

    def get_rest(self, path: str, *, start: int, unless_changed: str) -> Reply:
        """The answer from byte `start` on, if the ETag still matches (RFC 9110 13.1.5). Raises RequestRefused."""
        return self._send("GET", path, headers={"Range": f"bytes={start}-", "If-Range": unless_changed})

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        most: int | None = None,
    ) -> Reply:
        target = f"/api/v1{path}" + (f"?{urlencode(query)}" if query else "")
        bearer = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        connection = HTTPConnection(self._host, self._port, timeout=_SECONDS)
        try:
            connection.request(method, target, content, bearer | (headers or {}))
            response = connection.getresponse()
            reply = Reply(response.status, response.headers.get("ETag"), response.read(most))
        except (OSError, HTTPException) as error:
            raise DemoFailed(f"{method} {target} got no answer: {error}") from error
        finally:
            connection.close()
        if reply.status >= 400:
            raise RequestRefused(f"{method} {target}", reply.status, _problem(reply))
        return reply


def multipart(metadata: Any, file: bytes, *, name: str, media_type: str) -> tuple[bytes, str]:
    """A body of two parts, `metadata` as JSON and `file`, and its media type (RFC 7578)."""
    boundary = uuid4().hex
    parts = [
        ('form-data; name="metadata"; filename="metadata.json"', JSON, json.dumps(metadata).encode()),
        (f'form-data; name="file"; filename="{name}"', media_type, file),
    ]
    body = b"".join(
        f"--{boundary}\r\nContent-Disposition: {disposition}\r\nContent-Type: {kind}\r\n\r\n".encode()
        + content
        + b"\r\n"
        for disposition, kind, content in parts
    )
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _problem(reply: Reply) -> dict[str, Any]:
    try:
        return dict(reply.body)
    except (ValueError, TypeError):
        return {"detail": reply.content[:200].decode(errors="replace")}
