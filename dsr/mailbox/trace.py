"""Trace fields that mail servers add; they differ between deliveries of the same message."""

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
    """The message as its sender wrote it, so that a letter to two of our mailboxes counts as one.

    Line ends are unified, so that a file and a message from IMAP compare as equal.
    """
    raw = raw.replace(b"\r\n", b"\n")
    raw = _MBOX_FROM_LINE.sub(b"", raw, count=1)
    end = _HEADER_END.search(raw)
    head, rest = (raw[: end.start()], raw[end.start() :]) if end else (raw, b"")
    return _TRACE.sub(b"", head) + rest
