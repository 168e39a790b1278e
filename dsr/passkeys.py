"""Passkeys (WebAuthn Level 3): what a browser is asked, and whether its answer proves what it says.

The host name and the origin come from the address at which people reach the service, never from a request, so that a
forged `Host` moves nothing. The library is loaded when it is needed: it takes a tenth of a second.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import urlsplit

from dsr.domain.errors import Denied, Unavailable

LARGEST_ANSWER: Final = 16_384
"""Signs of a browser's answer; one with a large certificate has a third of it."""

_MILLISECONDS: Final = 300_000
"""How long the browser waits for a person: as long as the challenge holds."""

_NAME: Final = "Data-subject rights"

_MALFORMED: Final = (ValueError, TypeError, LookupError, ArithmeticError, RecursionError)
"""What the library raises, besides its own errors, for an answer of another shape than it expects."""


class PasskeyRefused(Denied):
    """The authenticator did not prove who you are. Load the page again, and use a passkey that was registered here."""

    code = "passkey-refused"


class SignInUnavailable(Unavailable):
    """Nobody can sign in here: browsers use passkeys at an `https` address only, or at `http://localhost` on this
    machine. Set DSR_PUBLIC_URL to such an address.
    """

    code = "sign-in-unavailable"


@dataclass(frozen=True)
class NewCredential:
    """What an authenticator registered."""

    credential: str
    """Base64url."""
    public_key: str
    """COSE, base64url."""
    sign_count: int
    is_synced: bool
    transports: tuple[str, ...]


@dataclass(frozen=True)
class Assertion:
    """A browser's answer that is still to be verified."""

    credential: str
    """Base64url."""
    user: bytes | None
    """Whom the authenticator believes to be signing in."""
    challenge: bytes
    given: dict[str, Any]


@dataclass(frozen=True)
class RelyingParty:
    """This service, as authenticators know it."""

    rp_id: str
    """The host name."""
    origin: str

    @classmethod
    def at(cls, public_url: str) -> Self | None:
        """The relying party at an address; None where browsers use no passkeys."""
        url = urlsplit(public_url)
        host = url.hostname or ""
        is_name = host == "localhost" or ("." in host and not host.replace(".", "").isdigit())
        if not is_name or (url.scheme != "https" and host != "localhost"):
            return None
        port = "" if url.port in (None, 443 if url.scheme == "https" else 80) else f":{url.port}"
        return cls(host, f"{url.scheme}://{host}{port}")

    def creation_options(self, challenge: bytes, *, user: bytes, name: str, known: Iterable[str]) -> str:
        """JSON for `navigator.credentials.create`: a passkey that verifies its user, none of the `known` ones."""
        from webauthn import generate_registration_options, options_to_json  # noqa: PLC0415 - see above
        from webauthn.helpers import base64url_to_bytes, structs  # noqa: PLC0415 - see above

        return options_to_json(
            generate_registration_options(
                rp_id=self.rp_id,
                rp_name=_NAME,
                user_name=name,
                user_id=user,
                challenge=challenge,
                timeout=_MILLISECONDS,
                authenticator_selection=structs.AuthenticatorSelectionCriteria(
                    resident_key=structs.ResidentKeyRequirement.REQUIRED,
                    user_verification=structs.UserVerificationRequirement.REQUIRED,
                ),
                exclude_credentials=[structs.PublicKeyCredentialDescriptor(base64url_to_bytes(each)) for each in known],
            )
        )

    def request_options(self, challenge: bytes) -> str:
        """JSON for `navigator.credentials.get`: any passkey of this host, whose authenticator verifies its user.

        It names no credentials, so that a stranger does not learn who works here.
        """
        from webauthn import generate_authentication_options, options_to_json  # noqa: PLC0415 - see above
        from webauthn.helpers.structs import UserVerificationRequirement  # noqa: PLC0415 - see above

        return options_to_json(
            generate_authentication_options(
                rp_id=self.rp_id,
                challenge=challenge,
                timeout=_MILLISECONDS,
                user_verification=UserVerificationRequirement.REQUIRED,
            )
        )

    def registered(self, given: str, challenge: bytes) -> NewCredential:
        """What a browser registered for this challenge. Raises PasskeyRefused."""
        from webauthn import verify_registration_response  # noqa: PLC0415 - see above
        from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_attestation_object  # noqa: PLC0415
        from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415 - see above
        from webauthn.helpers.structs import CredentialDeviceType  # noqa: PLC0415 - see above

        answer = _object(given)
        try:
            stated = parse_attestation_object(base64url_to_bytes(answer["response"]["attestationObject"]))
            if stated.fmt not in ("none", "packed") or stated.att_stmt.x5c:  # no certificates were asked for
                raise PasskeyRefused()
            made = verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self.rp_id,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, *_MALFORMED) as error:
            raise PasskeyRefused() from error
        told = answer["response"].get("transports")
        known = ("internal", "usb", "nfc", "ble", "hybrid", "smart-card")
        return NewCredential(
            credential=bytes_to_base64url(made.credential_id),
            public_key=bytes_to_base64url(made.credential_public_key),
            sign_count=made.sign_count,
            is_synced=made.credential_device_type == CredentialDeviceType.MULTI_DEVICE,
            transports=tuple(each for each in known if isinstance(told, list) and each in told),
        )

    def asserted(self, given: str) -> Assertion:
        """A browser's answer, taken apart; nothing of it is proved yet. Raises PasskeyRefused."""
        from webauthn.helpers import (  # noqa: PLC0415 - see above
            bytes_to_base64url,
            parse_authentication_credential_json,
        )
        from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415 - see above

        answer, challenge = _object(given), challenge_in(given)
        try:
            parsed = parse_authentication_credential_json(answer)
        except (WebAuthnException, *_MALFORMED) as error:
            raise PasskeyRefused() from error
        return Assertion(bytes_to_base64url(parsed.raw_id), parsed.response.user_handle, challenge, answer)

    def verify(self, assertion: Assertion, *, public_key: str, sign_count: int) -> int:
        """The new count of signatures, if this credential signed the challenge. Raises PasskeyRefused."""
        from webauthn import verify_authentication_response  # noqa: PLC0415 - see above
        from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415 - see above
        from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415 - see above

        try:
            verified = verify_authentication_response(
                credential=assertion.given,
                expected_challenge=assertion.challenge,
                expected_rp_id=self.rp_id,
                expected_origin=self.origin,
                credential_public_key=base64url_to_bytes(public_key),
                credential_current_sign_count=sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, *_MALFORMED) as error:
            raise PasskeyRefused() from error
        return verified.new_sign_count


def challenge_in(given: str) -> bytes:
    """The challenge that a browser's answer names. Raises PasskeyRefused."""
    from webauthn.helpers import base64url_to_bytes, parse_client_data_json  # noqa: PLC0415 - see above
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415 - see above

    try:
        client = parse_client_data_json(base64url_to_bytes(_object(given)["response"]["clientDataJSON"]))
    except (WebAuthnException, *_MALFORMED) as error:
        raise PasskeyRefused() from error
    if client.cross_origin:  # a page of another site around ours
        raise PasskeyRefused()
    return client.challenge


def _object(given: str) -> dict[str, Any]:
    if len(given) > LARGEST_ANSWER:
        raise PasskeyRefused()
    try:
        answer = json.loads(given)
    except (ValueError, RecursionError) as error:
        raise PasskeyRefused() from error
    if not isinstance(answer, dict) or not isinstance(answer.get("response"), dict):
        raise PasskeyRefused()
    return answer
