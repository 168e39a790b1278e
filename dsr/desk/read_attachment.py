"""A hint for the handler who examines a message: its request may be in its attachment (docs/law §9)."""

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from dsr.desk.disclosures import open_event
from dsr.desk.repository import Repository
from dsr.domain.events import Event
from dsr.domain.request.intake import FollowUpReceived, RequestReceived
from dsr.mailbox.quoting import own_words

_FEW: Final = 25
"""Words that a greeting, a line about the attachment, and a name take."""


def to_be_read(repository: Repository, events: Iterable[Event]) -> frozenset[UUID]:
    """Ids of the messages with an attachment, or sent as a file, and hardly a word beside it.

    The service counts the words itself and shows none of them. A message whose key was destroyed gives no hint.
    """
    return frozenset(
        event.message.seal_id
        for event in events
        if isinstance(event, RequestReceived | FollowUpReceived)
        and event.message is not None
        and _stands_in_attachment(repository, event)
    )


def _stands_in_attachment(repository: Repository, event: RequestReceived | FollowUpReceived) -> bool:
    content = open_event(repository, event).fields.get("message")
    if not isinstance(content, Mapping):
        return False
    is_file = event.original is not None and event.original.media_type != "message/rfc822"
    text = content.get("text") or ""
    return bool(content.get("attachments") or is_file) and len(own_words(text).split()) <= _FEW
