"""Errors of the desk, beyond the rules of the law."""

from dsr.domain.errors import Denied, Invalid, Refused, Unavailable, Unknown


class Forbidden(Denied):
    """Your roles don't allow this. Ask a colleague who has the role, or an operator for the role."""

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


class LetterUnknown(Unknown):
    """No such letter of this request was sent. `GET /requests/{request_id}/dispatches` lists the letters of the
    service, and `GET /requests/{request_id}/timeline` those that people recorded, with their `version`.
    """

    code = "letter-unknown"


class OwnErasureUnknown(Unknown):
    """There is no such report of data to erase, or it is outside your scope."""

    code = "own-erasure-unknown"


class RetentionBatchUnknown(Unknown):
    """There is no such retention batch, or it is outside your scope."""

    code = "retention-batch-unknown"


class MatterUnknown(Unknown):
    """There is no such matter, or it is outside your scope."""

    code = "matter-unknown"


class AuthorityDisclosureUnknown(Unknown):
    """There is no such request of an authority, or it is outside your scope."""

    code = "authority-disclosure-unknown"


class VersionStale(Refused):
    """Somebody changed this in the meantime, or the service did, by sending a letter. Load it again, check what
    changed, and repeat the command with the new ETag.
    """

    code = "version-stale"


class IdempotencyKeyReused(Invalid):
    """This idempotency key was used for another request. Use a new key for a new request."""

    code = "idempotency-key-reused"


class AnswerWithheld(Denied):
    """You gave this command before with this idempotency key, and with access that you no longer have, so its answer is
    not shown again. The command took effect and is not repeated. Load what you may still see.
    """

    code = "answer-withheld"


class MailboxUnknown(Invalid):
    """The record of processing gives this mailbox to no controller. Name the controller."""

    code = "mailbox-unknown"


class AutomaticMessage(Invalid):
    """This message was sent automatically, so it starts no case. If a person wrote it, enter it as a request."""

    code = "automatic-message"


class AuthoritySender(Invalid):
    """The sender is a supervisory authority, so its message opens no request. Open the original, and open a matter with
    `POST /matters/letters`; if the message is a request after all, enter it as one.
    """

    code = "authority-sender"


class OwnMailboxSender(Invalid):
    """The sender is one of our own mailboxes. Open the original, and enter the request in the name of its true
    author.
    """

    code = "own-mailbox-sender"


class DisclosureUnknown(Unknown):
    """This version of the case has no event with sealed content to open."""

    code = "disclosure-unknown"


class IdentifierMissing(Invalid):
    """No value is given that could identify a person. Give at least one of the identifiers that this route accepts."""

    code = "identifier-missing"


class SecretShown(Refused):
    """This command was done before, and its answer showed a secret that is not shown again. Revoke what it made, and
    make another with a new `Idempotency-Key`.
    """

    code = "secret-shown"


class SubjectUnreachable(Refused):
    """No mail address is on file, and a token goes nowhere else. Write a letter instead: the person can answer it, or
    look at the request at `/my` once an address is on file.
    """

    code = "subject-unreachable"


class PublicUrlMissing(Unavailable):
    """No mail can name the page of an invitation: set DSR_PUBLIC_URL to the address of this service. The mail waits."""

    code = "public-url-missing"


class StaffUnconfirmed(Denied):
    """Your roles wait for a second person: another operator or the data protection officer confirms them, with
    `POST /staff/{identifier}/confirmation`.
    """

    code = "staff-unconfirmed"


class TokenLimited(Denied):
    """This token gives less than its holder has: one that only reads changes nothing and opens no personal data, and
    none that is limited makes another token, or invites its holder. Use a token that gives all you have.
    """

    code = "token-limited"


class SignInNeeded(Denied):
    """You are not signed in, or your session has ended. Sign in at `/sign-in`."""

    code = "sign-in-needed"


class StepUpRequired(Denied):
    """This asks for a proof of who you are that is at most five minutes old. Give it at `/account/step-up`, then send
    this again.
    """

    code = "step-up-required"


class TokenInvalid(Denied):
    """The token is unknown, expired or revoked. Ask an operator for a new one."""

    code = "token-invalid"


class TimeNotYet(Invalid):
    """This time lies in the future: give the present or a past time."""

    code = "time-not-yet"


class MatterLetterIncomplete(Invalid):
    """The letter lacks texts that only the team can write. Add those in `missing`."""

    code = "matter-letter-incomplete"
