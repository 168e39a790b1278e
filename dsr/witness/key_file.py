"""The private key of a witness in its file: `PRIVATE+KEY+name+hash+key`, mode 0600."""

import base64
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dsr.evidence.errors import WitnessKeyUnusable
from dsr.evidence.signed_note import WITNESS_KEY, NoteSigner

_PREFIX = "PRIVATE+KEY+"


def make_key(name: str, path: Path) -> NoteSigner:
    """Make a key and its file. Raises WitnessKeyUnusable, also where there is a file; ValueError for a bad name."""
    signer = NoteSigner.of(Ed25519PrivateKey.generate(), name, WITNESS_KEY)
    encoded = base64.b64encode(bytes([WITNESS_KEY]) + signer.key.private_bytes_raw()).decode()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{_PREFIX}{name}+{signer.verifier.key_hash.hex()}+{encoded}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise WitnessKeyUnusable from error
    return signer


def read_key(path: Path) -> NoteSigner:
    """Read the key. Raises WitnessKeyUnusable."""
    try:
        name, key_hash, encoded = path.read_text("utf-8").strip().removeprefix(_PREFIX).split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        signer = NoteSigner.of(Ed25519PrivateKey.from_private_bytes(raw[1:]), name, WITNESS_KEY)
    except (OSError, ValueError) as error:
        raise WitnessKeyUnusable from error
    if raw[0] != WITNESS_KEY or signer.verifier.key_hash.hex() != key_hash:
        raise WitnessKeyUnusable
    return signer
