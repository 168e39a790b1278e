"""What the desk refuses, beyond the rules of the law."""

from dsr.domain.errors import Denied, Invalid, Refused, Unknown


class Forbidden(Denied):
    """Your roles don't allow this."""

    code = "forbidden"


class RequestUnknown(Unknown):
    """There is no such request, or it is outside your scope."""

    code = "request-unknown"


class QuarantineUnknown(Unknown):
    """There is no such message in quarantine."""

    code = "quarantine-unknown"


class ExportUnknown(Unknown):
    """There is no such export, or it is outside your scope."""

    code = "export-unknown"


class DispatchUnknown(Unknown):
    """There is no such letter, or it is outside your scope."""

    code = "dispatch-unknown"


class OwnErasureUnknown(Unknown):
    """There is no such report of data to erase, or it is outside your scope."""

    code = "own-erasure-unknown"


class AuthorityDisclosureUnknown(Unknown):
    """There is no such request of an authority, or it is outside your scope."""

    code = "authority-disclosure-unknown"


class VersionStale(Refused):
    """Somebody changed this in the meantime. Load it again, look at what changed, and repeat with the new ETag."""

    code = "version-stale"


class IdempotencyKeyReused(Invalid):
    """This idempotency key was used for another request. Use a new key for a new request."""

    code = "idempotency-key-reused"


class MailboxUnknown(Invalid):
    """No controller in the record of processing has this mailbox. Name the controller."""

    code = "mailbox-unknown"


class AutomaticMessage(Invalid):
    """A machine sent this message, so it starts no case. Where a person wrote it, enter it as a request."""

    code = "automatic-message"


class OwnMailboxSender(Invalid):
    """The sender is one of our own mailboxes. Open the original, and enter the request for whoever wrote it."""

    code = "own-mailbox-sender"


class DisclosureUnknown(Unknown):
    """No event of this version has anything sealed to open."""

    code = "disclosure-unknown"


class IdentifierMissing(Invalid):
    """Nothing is given that could identify anyone. Look at which of the marks this asks for, and give one."""

    code = "identifier-missing"


class TokenInvalid(Denied):
    """The token is unknown, expired or revoked."""

    code = "token-invalid"


class TimeNotYet(Invalid):
    """This time lies in the future."""

    code = "time-not-yet"
