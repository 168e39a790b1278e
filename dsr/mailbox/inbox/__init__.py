"""Inboxes, from which mail is taken in and filed: a folder on disk, or a mailbox on a server."""

from dsr.mailbox.inbox.imap import ImapInbox, ImapServer
from dsr.mailbox.inbox.maildir import MaildirInbox
from dsr.mailbox.inbox.port import (
    Filing,
    Inbox,
    InboxRefused,
    InboxSession,
    InboxUnavailable,
    InboxUnsuited,
    UnreadableWaiting,
    Waiting,
)

__all__ = [
    "Filing",
    "ImapInbox",
    "ImapServer",
    "Inbox",
    "InboxRefused",
    "InboxSession",
    "InboxUnavailable",
    "InboxUnsuited",
    "MaildirInbox",
    "UnreadableWaiting",
    "Waiting",
]
