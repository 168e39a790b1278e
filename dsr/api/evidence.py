"""Checkpoints of the log, and proofs that an event is in it, or that it only grew."""

from base64 import b64encode
from collections.abc import Iterable
from typing import Any

from flask import Response
from marshmallow import fields, validate

from dsr.api.answering import show
from dsr.api.context import desk
from dsr.api.fields import Body, Instant, NoBody, View
from dsr.api.operation import allow, public, this_call
from dsr.api.resource import Resource
from dsr.desk.idempotency import Answer
from dsr.domain.roles import Role

bp = Resource("evidence", "/evidence", "Proofs that the history is whole.")

_READERS = (Role.AUDITOR, Role.DPO, Role.OPERATOR)


class GrowthQuery(Body):
    """The earlier checkpoint."""

    earlier = fields.Integer(
        required=True,
        validate=validate.Range(1, 2**63 - 1),
        metadata={"description": "Size of an earlier checkpoint."},
    )


class CosignatureView(View):
    """The cosignature of a witness on a checkpoint."""

    witness = fields.String(metadata={"description": "Name of its key."})
    cosigned_at = Instant(meaning="When it cosigned, by its own clock.")


class CheckpointView(View):
    """A signed checkpoint of the log (C2SP tlog-checkpoint)."""

    origin = fields.String(metadata={"description": "Unique name of this log, and of its keys."})
    size = fields.Integer(metadata={"description": "Number of signed events: the position of the last one."})
    root = fields.String(metadata={"description": "Root of the Merkle tree over their headers (RFC 6962), base64."})
    signed_at = Instant(meaning="When it was signed, by the clock of the service.")
    cosignatures = fields.List(
        fields.Nested(CosignatureView), metadata={"description": "Witnesses whose cosignature holds."}
    )
    note = fields.String(metadata={"description": "The signed note, for programs that verify it."})
    time_stamp = fields.String(
        allow_none=True,
        metadata={"description": "Time-stamp token over the text of the note (RFC 3161), base64; null if it has none."},
    )


class LogKeyView(View):
    """A public key that signs checkpoints, or did once."""

    verifier = fields.String(metadata={"description": "`name+hash+key`, as signed notes name keys (Ed25519)."})
    valid_from = Instant(meaning="When it began to sign.")
    vouched_by = fields.String(
        metadata={"description": "Signature of the key before over the new one; empty for the first key."}
    )


class LogKeysView(View):
    """Every key of the log."""

    keys = fields.List(fields.Nested(LogKeyView), metadata={"description": "The oldest first; the last one signs."})


class RotatedLogKeyView(View):
    """The key that signs from now on."""

    verifier = fields.String(metadata={"description": "`name+hash+key`; witnesses have to know it."})


class ProofView(View):
    """Hashes by which anybody can compute the root of the checkpoint."""

    size = fields.Integer(metadata={"description": "Size of the checkpoint."})
    hashes = fields.List(
        fields.String(), metadata={"description": "Base64, in the order of RFC 9162 section 2.1.3 or 2.1.4."}
    )


@bp.get("/checkpoint")
@allow(*_READERS)
@bp.shows(CheckpointView)
def show_checkpoint() -> Response:
    """Show the last checkpoint of the log."""
    made = desk().evidence.latest()
    return show(
        {
            "origin": made.checkpoint.origin,
            "size": made.checkpoint.size,
            "root": b64encode(made.checkpoint.root).decode(),
            "signed_at": made.signed_at,
            "cosignatures": desk().evidence.cosignatures(made),
            "note": str(made.note),
            "time_stamp": None if made.time_stamp is None else b64encode(made.time_stamp).decode(),
        }
    )


@bp.get("/keys")
@public
@bp.shows(LogKeysView)
def show_log_keys() -> Response:
    """Show the public keys that signed checkpoints, for witnesses and whoever verifies."""
    keys = desk().evidence.log_keys()
    return show(
        {
            "keys": [
                {"verifier": each.verifier, "valid_from": each.valid_from, "vouched_by": each.vouched_by}
                for each in keys
            ]
        }
    )


@bp.post("/keys")
@allow(Role.OPERATOR)
@bp.takes(NoBody)
@bp.command(RotatedLogKeyView, if_match=False, key_required=True)
def rotate_log_key(_: dict[str, Any]) -> Answer:
    """Sign checkpoints with a new key, for which the present one vouches."""
    return desk().evidence.rotate(this_call())


@bp.get("/events/<int:position>")
@allow(*_READERS)
@bp.shows(ProofView)
def prove_event(position: int) -> Response:
    """Prove that the event at this position is in the last checkpoint (RFC 9162 section 2.1.3)."""
    size = desk().evidence.latest().checkpoint.size
    return _shown(size, desk().evidence.prove_event(position, size))


@bp.get("/growth")
@allow(*_READERS)
@bp.asks(GrowthQuery)
@bp.shows(ProofView)
def prove_growth(query: dict[str, int]) -> Response:
    """Prove that the last checkpoint extends an earlier one (RFC 9162 section 2.1.4)."""
    size = desk().evidence.latest().checkpoint.size
    return _shown(size, desk().evidence.prove_growth(query["earlier"], size))


def _shown(size: int, hashes: Iterable[bytes]) -> Response:
    return show({"size": size, "hashes": [b64encode(each).decode() for each in hashes]})
