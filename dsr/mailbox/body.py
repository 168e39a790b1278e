"""The text of a message, and the list of its attachments."""

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from itertools import islice
from typing import Any

from dsr.mailbox.charsets import decode_bytes
from dsr.mailbox.errors import MessageTooDeep
from dsr.mailbox.headers import text_of
from dsr.mailbox.html import text_from_html


@dataclass(frozen=True)
class MailAttachment:
    """Metadata of an attachment; the original keeps its content."""

    name: str
    """File name by the sender, without folders; may be empty. Personal data."""
    media_type: str
    size: int
    """Bytes after transfer decoding."""


@dataclass(frozen=True)
class MailBody:
    """The readable text, and the attachments."""

    text: str
    attachments: tuple[MailAttachment, ...]


def read_body(message: Message, *, max_depth: int, max_chars: int) -> MailBody:
    """Collect the inline texts in order; of alternatives the plain one, or the HTML if plain text is missing or
    empty.

    Raises MessageTooDeep.
    """
    texts: list[str] = []
    attachments: list[MailAttachment] = []
    for part in _leaves(message, max_depth):
        if _is_attached(part):
            attachments.append(_attachment(part))
        else:
            texts.append(_text(part, max_chars))
    whole = "\n\n".join(text.strip() for text in texts if text.strip())
    return MailBody(whole[:max_chars], tuple(attachments))


def attached_content(message: Message, index: int, *, max_depth: int) -> tuple[MailAttachment, bytes] | None:
    """Content of the attachment with this index in `read_body`; None if there are fewer. Raises MessageTooDeep."""
    attached = (part for part in _leaves(message, max_depth) if _is_attached(part))
    part = next(islice(attached, index, None), None)
    return None if part is None else (_attachment(part), _content(part))


def _leaves(message: Message, max_depth: int) -> Iterator[Message]:
    """Leaf parts, with alternatives resolved. An enclosed message is one part and never opened."""
    pending = [(message, 1)]
    while pending:
        part, depth = pending.pop()
        if depth > max_depth:
            raise MessageTooDeep(max_depth=max_depth)
        children = _children(part)
        if children and part.get_content_type() == "multipart/alternative":
            children = _best_alternative(children)
        if children:
            pending.extend((child, depth + 1) for child in reversed(children))
        else:
            yield part


def _children(part: Message) -> list[Message]:
    # Asking for a payload that is no list makes the library decode it, by whatever charset the sender names.
    if part.get_content_maintype() != "multipart" or not part.is_multipart():
        return []
    payload: Any = part.get_payload()
    return [child for child in payload if isinstance(child, Message)]


def _best_alternative(children: list[Message]) -> list[Message]:
    """One rendering of the text, and every alternative that is not a rendering (such as a calendar entry)."""
    plain = [part for part in children if part.get_content_type() == "text/plain" and not _is_attached(part)]
    written = [part for part in plain if _bytes(part).strip()]
    others = [part for part in children if part.get_content_type() != "text/plain"]
    rich = [part for part in others if part.get_content_maintype() in {"multipart", "text"} and not _is_attached(part)]
    rest = [part for part in others if part not in rich]
    if written:
        # Pictures and files may hang in the rich alternative (multipart/related): they are still listed.
        return written[:1] + rest + [leaf for part in rich for leaf in _attached_within(part)]
    return rich[-1:] + rest or plain[:1]


def _attached_within(part: Message) -> list[Message]:
    return [child for child in _children(part) if child.get_content_maintype() != "multipart" and _is_attached(child)]


def _is_attached(part: Message) -> bool:
    if part.get_content_type() not in {"text/plain", "text/html", "text/enriched"}:
        return part.get_content_maintype() != "multipart"
    return str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment") or bool(_name(part))


def _attachment(part: Message) -> MailAttachment:
    return MailAttachment(name=_name(part), media_type=part.get_content_type()[:127], size=_size(part))


def _name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except (LookupError, ValueError, TypeError):  # a continuation or charset (RFC 2231) that makes no sense
        return ""
    return text_of(str(name)).replace("\\", "/").rpartition("/")[2][:255]


def _size(part: Message) -> int:
    if not part.is_multipart():
        return len(_bytes(part))
    payload: Any = part.get_payload()
    return sum(_size(child) for child in payload if isinstance(child, Message))


def _content(part: Message) -> bytes:
    """The content of a part; for an enclosed message, that message."""
    if not part.is_multipart():
        return _bytes(part)
    payload: Any = part.get_payload()
    return b"".join(child.as_bytes() for child in payload if isinstance(child, Message))


def _bytes(part: Message) -> bytes:
    payload: Any = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(part: Message, max_chars: int) -> str:
    try:
        charset = str(part.get_content_charset("utf-8"))
    except (LookupError, ValueError, TypeError):
        charset = "utf-8"
    # Four bytes hold any character of a charset in use, and tags make HTML longer than its text.
    text = decode_bytes(_bytes(part)[: max_chars * 16], charset).replace("\x00", "")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text_from_html(text) if part.get_content_type() == "text/html" else text
