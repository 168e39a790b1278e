"""Signing keys of controllers: created when first needed, rotated, published (GDPR Art. 20(2), 32(1)(b))."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
from joserfc.jwk import OKPKey

from dsr.desk.caller import Call
from dsr.desk.errors import VersionStale
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import UnitOfWork, unit_of_work, use_case
from dsr.domain.ropa import ControllerUnknown
from dsr.domain.sealed import KeyPurpose
from dsr.domain.signing import SigningKeys, signing_keys_id
from dsr.exports.declaration import HandOverClaims, declaration
from dsr.exports.signature import sign
from dsr.vault.signing import CURVE, key_pair, public_part


class SigningDesk:
    """rotate, sign, publish."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def rotate(self, controller_id: str, call: Call) -> Answer:
        """Rotate the controller's key; signatures of older keys still verify.

        Raises ControllerUnknown, RopaMissing, Forbidden, VersionStale.
        """
        with unit_of_work(self._repository, call) as work:
            call.caller.require_controller(controller_id)
            self._require_known(controller_id)
            self._introduce(work, controller_id)
        return work.answer

    def signer(self, controller_id: str, call: Call) -> Callable[[bytes], bytes]:
        """A signer with the controller's newest key; creates the first key if needed.

        Raises KeyDestroyed, KeyUnknown if the key database does not belong to this log.
        """
        pair, at = self._pair(controller_id, call), self._repository.now()
        return lambda manifest: sign(manifest, key=pair, issuer=controller_id, at=at)

    def declare(self, hand_over: HandOverClaims, call: Call, *, jwks: str) -> str:
        """A declaration of what is transferred to whom, signed with the sending controller's newest key.

        `jwks`: address of its public keys; empty if not configured. Raises KeyDestroyed, KeyUnknown.
        """
        return declaration(hand_over, key=self._pair(hand_over.issuer, call), jwks=jwks)

    def published(self, controller_id: str) -> dict[str, Any]:
        """The JWK Set of a controller (RFC 7517): every public key it ever had, the newest first.

        Raises ControllerUnknown for a controller that the record in force does not have and that never signed.
        """
        found = self._find(controller_id)
        if found is None:
            self._require_known(controller_id)
        keys = () if found is None else tuple(reversed(found.keys))
        return {
            "keys": [
                {
                    "kty": "OKP",
                    "crv": CURVE,
                    "x": each.public_key,
                    "kid": each.kid,
                    "use": "sig",
                    "alg": CURVE,
                    "valid_from": _second(each.valid_from),
                    "retired_at": None if each.retired_at is None else _second(each.retired_at),
                }
                for each in keys
            ]
        }

    def _pair(self, controller_id: str, call: Call) -> OKPKey:
        found = self._find(controller_id)
        if found is None or found.current is None:
            # If another process created the first key meanwhile, that one is used.
            with suppress(VersionStale), unit_of_work(self._repository, Call(call.caller)) as work:
                self._introduce(work, controller_id)
            found = self._find(controller_id)
        assert found is not None  # noqa: S101 - it was made above
        assert found.current is not None  # noqa: S101 - as above
        return key_pair(self._repository.keystore.open(found.current.key.key_id))

    def _introduce(self, work: UnitOfWork, controller_id: str) -> None:
        # Created before the event that names it; if that event is not stored, the sweep deletes the key.
        [key] = self._repository.keystore.create(signing_keys_id(controller_id), KeyPurpose.SIGNING)
        kid, public_key = public_part(key_pair(key))
        keys = self._find(controller_id) or SigningKeys.open(work.acting, controller_id=controller_id)
        keys.introduce(work.acting, kid=kid, public_key=public_key, key=key.introduction())
        body = {"controller_id": controller_id, "kid": kid, "valid_from": work.acting.at, "keys": len(keys.keys)}
        work.add(keys)
        work.respond(lambda: Answer(msgspec.json.encode(body), keys.version, controller_id))

    def _find(self, controller_id: str) -> SigningKeys | None:
        return self._repository.find(SigningKeys, signing_keys_id(controller_id))

    def _require_known(self, controller_id: str) -> None:
        record = self._repository.ropa.record()
        if record is None:
            raise ControllerUnknown(controller=controller_id)
        record.current.document.controller(controller_id)


def _second(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
