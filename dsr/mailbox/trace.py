"""What mail servers write on a message on its way: it differs between deliveries of one and the same letter."""

import re

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_MBOX_FROM_LINE = re.compile(rb"\A>?From [^\r\n]*\r?\n")
_TRACE = re.compile(
    # RFC 5321 section 4.4, and what final delivery adds; a field goes on in lines that begin with white space.
    rb"^(?:Received|Return-Path|Delivered-To|X-Original-To|Authentication-Results|Received-SPF|ARC-[A-Za-z-]+)"
    rb"[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z)",
    re.IGNORECASE | re.MULTILINE,
)


def without_trace(raw: bytes) -> bytes:
    """The message as its sender wrote it: a letter that reaches two of our mailboxes is still one letter.

    Also where one of them is a file with the line ends of this system, and the other came over IMAP.
    """
    raw = raw.replace(b"\r\n", b"\n")
    raw = _MBOX_FROM_LINE.sub(b"", raw, count=1)
    end = _HEADER_END.search(raw)
    head, rest = (raw[: end.start()], raw[end.start() :]) if end else (raw, b"")
    return _TRACE.sub(b"", head) + rest
