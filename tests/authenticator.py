"""An authenticator without a browser: it answers the options of a page as Chromium and a security key would.

It speaks WebAuthn Level 3, with keys on P-256 and no attestation.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from tests.desk.office import Office

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
ZERO_AAGUID = bytes(16)


@dataclass
class Authenticator:
    """One security key; its signatures are counted."""

    origin: str = "https://dsr.example"
    rp_id: str = "dsr.example"
    flags: int = PRESENT | VERIFIED
    count: int = 0
    counts: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user: bytes = b""

    def create(self, options: str, **client: Any) -> str:
        """The answer to `navigator.credentials.create`; `client` replaces what the browser says."""
        asked = json.loads(options)
        self.user = base64url_to_bytes(asked["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = ZERO_AAGUID + len(self.credential).to_bytes(2) + self.credential + cbor2.dumps(cose)
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + attested}
        return self._answer(
            {
                "clientDataJSON": self._client("webauthn.create", asked["challenge"], client),
                "attestationObject": bytes_to_base64url(cbor2.dumps(statement)),
                "transports": ["usb"],
            }
        )

    def get(self, options: str, **client: Any) -> str:
        """The answer to `navigator.credentials.get`."""
        told = self._client("webauthn.get", json.loads(options)["challenge"], client)
        data = self._data()
        signed = data + hashlib.sha256(base64url_to_bytes(told)).digest()
        return self._answer(
            {
                "clientDataJSON": told,
                "authenticatorData": bytes_to_base64url(data),
                "signature": bytes_to_base64url(self.key.sign(signed, ec.ECDSA(SHA256()))),
                "userHandle": bytes_to_base64url(self.user),
            }
        )

    def _data(self, further: int = 0) -> bytes:
        self.count += self.counts
        flags = (self.flags | further).to_bytes(1)
        return hashlib.sha256(self.rp_id.encode()).digest() + flags + self.count.to_bytes(4)

    def _client(self, kind: str, challenge: str, replaced: dict[str, Any]) -> str:
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False} | replaced
        return bytes_to_base64url(json.dumps(told).encode())

    def _answer(self, response: dict[str, Any]) -> str:
        name = bytes_to_base64url(self.credential)
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
        )


BROWSER = "the secret in a cookie"


def staff_at_browser(office: Office, identifier: str) -> tuple[Authenticator, str]:
    """The authenticator that a member of staff registered, and the secret of the session that began with it."""
    desk, key = office.desk, Authenticator()
    desk.signing_in._public_url = key.origin
    code = desk.invitations.print_code(identifier, Call(part("cli")))
    options = desk.signing_in.invitation_options(code, BROWSER).options
    secret = desk.signing_in.accept(code, key.create(options), BROWSER)
    caller = desk.staff.authenticate_session(secret)
    office.remembered |= {
        "session": caller.session_id,
        "passkey": desk.signing_in.passkeys(identifier, caller)[0]["passkey_id"],
    }
    return key, secret
