"""Which case a message may belong to. Only a hint: the sender's address must fit too, and the desk checks that."""

from dataclasses import dataclass

from dsr.domain.request.reference import find_references
from dsr.mailbox.message import ParsedMessage


@dataclass(frozen=True)
class ThreadHints:
    """What the message says it follows, most telling first."""

    message_ids: tuple[str, ...]
    """In-Reply-To, then References from the last to the first, without angle brackets; never the message's own."""
    references: tuple[str, ...]
    """Case references found in the subject, in their stored form."""


def thread_hints(message: ParsedMessage) -> ThreadHints:
    """Gather the hints; both empty when the message starts a thread."""
    ids = dict.fromkeys(message.in_reply_to + message.references[::-1])
    if message.message_id is not None:
        ids.pop(message.message_id, None)
    return ThreadHints(message_ids=tuple(ids), references=find_references(message.subject))
