"""Errors of unreadable messages. The desk quarantines the message with its arrival, from which the clock runs."""

from dsr.domain.errors import Invalid


class UnreadableMessage(Invalid):
    """The message could not be read. A person has to open the original from the quarantine."""

    code = "message-unreadable"


class NotAMessage(UnreadableMessage):
    """These bytes are not an e-mail message (RFC 5322): they do not begin with header fields."""

    code = "not-a-message"


class MessageTooLarge(UnreadableMessage):
    """The message is larger than this service accepts. Open the original from the quarantine, or raise the limit."""

    code = "message-too-large"


class MessageHeadersTooLarge(UnreadableMessage):
    """The header fields of the message are larger than this service accepts. Open the original from the quarantine."""

    code = "message-headers-too-large"


class MessageTooDeep(UnreadableMessage):
    """The parts of the message are nested deeper than this service accepts. Open the original from the quarantine."""

    code = "message-too-deep"


class MessageTooManyParts(UnreadableMessage):
    """The message has more parts than this service accepts. Open the original from the quarantine."""

    code = "message-too-many-parts"


class MessageTooCostly(UnreadableMessage):
    """Reading the message would cost more time or memory than this service gives one. Open the original from the
    quarantine; `facts` may name what it has too much of.
    """

    code = "message-too-costly"


class SenderMissingOrAmbiguous(UnreadableMessage):
    """The message does not name exactly one sender in one From field. A person has to say whom to answer."""

    code = "sender-missing-or-ambiguous"


class UndecodableMessage(UnreadableMessage):
    """The structure of the message is too damaged to decode. A person has to open the original from the quarantine."""

    code = "message-undecodable"


class SourceUnreadable(Invalid):
    """This file or folder can't be read. Check that it exists and that the service may read it."""

    code = "mail-source-unreadable"
