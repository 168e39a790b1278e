"""Size limits of messages."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class MailLimits:
    """Limits of one message; a message beyond one goes to the quarantine unless stated otherwise."""

    max_bytes: int = 25 * MEBIBYTE
    max_header_bytes: int = 256 * 1024
    """Of the top header block."""
    max_part_header_bytes: int = 16 * 1024
    """Of the header block of each part."""
    max_field_bytes: int = 16 * 1024
    """Of one Content-Type or Content-Disposition, in a part too."""
    max_parameters: int = 100
    """Of one such field."""
    max_lines: int = 1_000_000
    max_comparisons: int = 20_000_000
    """Lines times multipart containers: the library compares each line with the boundary of each open container."""
    max_dashed_lines: int = 100_000
    """Lines that begin with `--`, as boundaries do, in a message of several parts."""
    max_depth: int = 20
    """Levels of multipart nesting; a message without parts has depth 1."""
    max_parts: int = 200
    """Parts and containers, the message itself included."""
    max_in_process_bytes: int = 256 * 1024
    """A larger message is taken apart in a child process."""
    max_cpu_seconds: int = 8
    """Of that child."""
    max_memory_bytes: int = 512 * MEBIBYTE
    """Address space of that child; an honest message of 24 MB takes 229 MiB."""
    max_text_chars: int = 200_000
    """Longer text is cut, not refused; the whole original is kept sealed."""
    max_references: int = 100
    """Message ids kept of In-Reply-To and of References, the last ones."""


DEFAULT_LIMITS = MailLimits()
