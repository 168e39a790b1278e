"""Associated data of a ciphertext, encoded unambiguously."""


def associated_data(*parts: bytes) -> bytes:
    """Each part after its length (4 bytes, big-endian), so that different lists never give the same bytes."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
