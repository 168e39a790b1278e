"""Size limits of messages."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class MailLimits:
    """Limits of one message; a message beyond one goes to the quarantine unless stated otherwise."""

    max_bytes: int = 25 * MEBIBYTE
    max_header_bytes: int = 256 * 1024
    """Of the top header block; a part's block counts into `max_bytes` only."""
    max_depth: int = 20
    """Levels of multipart nesting; a message without parts has depth 1."""
    max_parts: int = 200
    """Parts and containers, the message itself included."""
    max_text_chars: int = 200_000
    """Longer text is cut, not refused; the whole original is kept sealed."""
    max_references: int = 100
    """Message ids kept of In-Reply-To and of References, the last ones."""


DEFAULT_LIMITS = MailLimits()
