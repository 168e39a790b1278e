"""A provider that others wrote: the server of Authlib, over TLS on this machine, with a page to sign in on."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin, UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, Response, jsonify, request
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

from dsr.openid import Fetcher, OpenIdClient, OpenIdProvider
from tests.certificates import Authority

CLIENT, CLIENT_SECRET, CALLBACK = "dsr", "canary-client-secret", "/sign-in/openid/callback"


@dataclass
class _Client(ClientMixin):  # type: ignore[misc]  # the library is not typed
    site: str

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return f"{self.site}{CALLBACK}"

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.get_default_redirect_uri()

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class _Code(AuthorizationCodeMixin):  # type: ignore[misc]  # as above
    code: str
    user: str
    redirect_uri: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    auth_time: int

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return "openid"

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


def _application(issuer: str, site: str) -> Flask:
    app, key, codes = Flask("provider"), RSAKey.generate_key(2048, {"kid": "k", "use": "sig"}), dict[str, _Code]()

    class Grant(AuthorizationCodeGrant):  # type: ignore[misc]  # as above
        def save_authorization_code(self, code: str, request: Any) -> None:
            told = request.payload.data
            names = ("nonce", "code_challenge", "code_challenge_method")
            codes[code] = _Code(
                code,
                request.user,
                request.payload.redirect_uri,
                *(told[name] for name in names),
                auth_time=int(time.time()),
            )

        def query_authorization_code(self, code: str, client: Any) -> _Code | None:
            return codes.get(code)

        def delete_authorization_code(self, authorization_code: _Code) -> None:
            codes.pop(authorization_code.code)

        def authenticate_user(self, authorization_code: _Code) -> str:
            return authorization_code.user

    class Tokens(OpenIDCode):  # type: ignore[misc]  # as above
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return any(each.nonce == nonce for each in codes.values())

        def resolve_client_private_key(self, client: Any) -> Any:
            return key

        def get_client_algorithm(self, client: Any) -> str:
            return "RS256"

        def get_encode_header(self, client: Any) -> dict[str, str]:
            return {"alg": "RS256", "kid": "k"}

        def get_compatible_claims(self, request: Any) -> dict[str, Any]:
            at = int(time.time())
            return {"iss": issuer, "aud": [CLIENT], "iat": at, "exp": at + 300}

        def generate_user_info(self, user: str, scope: str) -> Any:
            return UserInfo(sub=user)

    server = AuthorizationServer(app, query_client=lambda _: _Client(site), save_token=lambda *_: None)
    server.register_grant(Grant, [Tokens(require_nonce=True), CodeChallenge(required=True)])

    @app.get("/.well-known/openid-configuration")
    def metadata() -> Response:
        paths = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return jsonify({"issuer": issuer} | {name: f"{issuer}/{path}" for name, path in paths.items()})

    @app.get("/keys")
    def keys() -> Response:
        return jsonify({"keys": [key.as_dict(private=False)]})

    @app.get("/authorize")
    def page() -> str:
        return "<form method=post><label>Name <input name=user></label> <button>Sign in there</button></form>"

    @app.post("/authorize")
    def authorize() -> Any:
        user = request.form["user"]
        return server.create_authorization_response(grant_user=user, grant=server.get_consent_grant(end_user=user))

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    return app


@contextmanager
def authlib_host(authority: Authority, site: str) -> Iterator[OpenIdProvider]:
    """The provider for a site at this address, and the client's side of it."""
    server = make_server("127.0.0.1", 0, Flask("none"), threaded=True, ssl_context=authority.server())
    issuer = f"https://localhost:{server.server_port}"
    server.app = _application(issuer, site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        fetcher = Fetcher(urlsplit(issuer).netloc, authority.client())
        yield OpenIdProvider(OpenIdClient(issuer, CLIENT, CLIENT_SECRET), fetcher)
    finally:
        server.shutdown()
        thread.join()
