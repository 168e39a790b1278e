"""Reading one mail: its arrival, controller, language, and the rights that its text suggests (docs/law §2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.parser import BytesHeaderParser
from typing import Final

from dsr.desk.errors import MailboxUnknown
from dsr.desk.repository import Repository
from dsr.domain.rights import Right
from dsr.domain.ropa import Ropa, RopaVersion
from dsr.mailbox.headers import arrival_at, raw_fields, recipients_of_head
from dsr.mailbox.language import languages_of
from dsr.mailbox.limits import MailLimits
from dsr.mailbox.message import ParsedMessage
from dsr.mailbox.quoting import own_words
from dsr.mailbox.rights import suggest_rights
from dsr.mailbox.taking_apart import MailApart
from dsr.mailbox.trace import without_trace

_SKEW: Final = timedelta(minutes=5)
"""How far the mail server's clock may be ahead of ours; a later stamp is taken as now."""


@dataclass(frozen=True)
class Mail:
    """One mail with everything read from it."""

    raw: bytes
    parsed: ParsedMessage
    version: RopaVersion
    """Version of the record of processing used to read it."""
    message_id: str
    controller_id: str
    received_at: datetime
    language: str
    rights: tuple[Right, ...]

    def content(self) -> dict[str, object]:
        """The content to seal in the event; the original is kept beside it."""
        return {
            "from_name": self.parsed.from_name,
            "from_address": self.parsed.from_address,
            "reply_to": self.parsed.reply_to,
            "to": self.parsed.to,
            "subject": self.parsed.subject,
            "text": self.parsed.text,
            "attachments": self.parsed.attachments,
            "message_id": self.parsed.message_id,
            "auto_submitted": self.parsed.auto_submitted,
            "authentication": self.parsed.authentication,
            "doubtful": [each.method for each in self.parsed.authentication if each.is_doubtful],
        }


def read(
    repository: Repository,
    version: RopaVersion,
    raw: bytes,
    apart: MailApart,
    *,
    stated_arrival: datetime | None,
    controller_id: str | None,
    mailbox: str | None = None,
) -> Mail:
    """Read the mail, for a given controller, or that of the mailbox it was sent to or fetched from.

    Raises UnreadableMessage, MailboxUnknown.
    """
    record = version.document
    parsed = apart.message
    if controller_id is None:
        controller_id = _controller_of(record, parsed.to, mailbox)
    if controller_id is None:
        raise MailboxUnknown()
    now = repository.now()
    received_at = parsed.received_at or stated_arrival or now
    if now < received_at <= now + _SKEW:
        received_at = now
    text = own_words(parsed.text)
    languages = languages_of(text)
    return Mail(
        raw=raw,
        parsed=parsed,
        version=version,
        message_id=parsed.message_id or content_ids(repository, raw)[0],
        controller_id=controller_id,
        received_at=received_at,
        language=languages.main or "",
        rights=tuple(each.right for each in suggest_rights(text, parsed.subject, languages.likely)),
    )


def addressed_controller(
    repository: Repository, limits: MailLimits, raw: bytes, mailbox: str | None = None
) -> str | None:
    """The controller of the mailbox that a message was sent to or fetched from, which may be otherwise unreadable."""
    to = recipients_of_head(raw[: limits.max_header_bytes])
    return _controller_of(repository.ropa.current().document, to, mailbox)


def _controller_of(record: Ropa, to: tuple[str, ...], mailbox: str | None) -> str | None:
    addresses = to if mailbox is None else (*to, mailbox.lower())
    controller = next(filter(None, map(record.controller_of_mailbox, addresses)), None)
    return None if controller is None else controller.id


def content_ids(repository: Repository, raw: bytes) -> tuple[str, ...]:
    """Substitutes for a missing or untrustworthy Message-ID; the first for a new row, all of them to find one."""
    return repository.messages.content_ids(without_trace(raw))


def stamped_arrival(repository: Repository, limits: MailLimits, raw: bytes) -> datetime | None:
    """The time stamped by our own server, for a message that may be otherwise unreadable."""
    header = BytesHeaderParser().parsebytes(raw[: limits.max_header_bytes])
    own_servers = frozenset(repository.ropa.current().document.mail_servers)
    return arrival_at(raw_fields(header, "Received"), own_servers)
