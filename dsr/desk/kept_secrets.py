"""What a database keeps of a secret: a hash, from which nobody gets the secret back.

Every secret here is random and long, so that a plain hash is enough: there is nothing to try out.
"""

import hashlib


def hash_of(secret: str) -> str:
    """SHA-256, in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()
