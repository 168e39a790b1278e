"""A message as bytes (RFC 5322, MIME): plain text first, the same in HTML, and what is enclosed."""

from email.message import EmailMessage
from email.policy import SMTP

from dsr.domain.messages import OutgoingMessage


def as_mail(message: OutgoingMessage) -> EmailMessage:
    """The mail as it leaves. Raises ValueError for an address or id that can't stand in a header."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = message.sender
    mail["To"] = message.recipient
    mail["Subject"] = message.subject
    mail["Date"] = message.written_at
    mail["Message-ID"] = message.message_id
    if message.in_reply_to is not None:
        mail["In-Reply-To"] = message.in_reply_to
        mail["References"] = message.in_reply_to
    # So that no machine answers it, and ours starts no case of what comes back (RFC 3834).
    mail["Auto-Submitted"] = "auto-replied" if message.is_reply else "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(message.text, cte="quoted-printable")
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    for enclosure in message.enclosures:
        kind, _, subtype = enclosure.media_type.partition("/")
        mail.add_attachment(enclosure.content, maintype=kind, subtype=subtype, filename=enclosure.name)
    mail["Content-Language"] = message.language  # the lines before clear what stands on the content
    return mail
