"""How much of a message is read before it is refused."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class MailLimits:
    """Bounds of one message; what passes one of them goes to the quarantine, unless said otherwise."""

    max_bytes: int = 25 * MEBIBYTE
    max_header_bytes: int = 256 * 1024
    """Of the top header block; a part's block counts into `max_bytes` only."""
    max_depth: int = 20
    """Levels of multipart nesting; a message without parts has depth 1."""
    max_parts: int = 200
    """Parts and containers, the message itself included."""
    max_text_chars: int = 200_000
    """Text beyond it is cut, not refused: the whole original stays sealed beside it."""
    max_references: int = 100
    """Message ids kept of In-Reply-To and of References, the last ones."""


DEFAULT_LIMITS = MailLimits()
