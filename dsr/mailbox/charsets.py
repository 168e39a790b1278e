"""Decoding of bytes: an unknown or wrong charset never loses a letter."""

import codecs

_NOT_FOR_LETTERS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7"})
"""Text codecs of Python that no letter is written in; some take quadratic time or hide text from view."""


def decode_bytes(data: bytes, charset: str) -> str:
    """Decode as declared if that fits, else as UTF-8, else as Windows-1252, replacing what has no meaning."""
    for name in (charset, "utf-8"):
        try:
            codec = codecs.lookup(name.strip().strip("\"'"))
            if codec.name.replace("_", "-") in _NOT_FOR_LETTERS:
                continue
            return data.decode(codec.name)
        except (LookupError, ValueError):  # unknown charset, not a text charset, or bytes that do not fit it
            continue
    return data.decode("cp1252", "replace")
