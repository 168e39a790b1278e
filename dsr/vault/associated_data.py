"""One unambiguous way to write down what a ciphertext is bound to."""


def associated_data(*parts: bytes) -> bytes:
    """Each part after its length (4 bytes, big-endian), so that no two lists of parts are written alike."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
