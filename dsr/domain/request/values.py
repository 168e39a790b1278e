"""Codes of a case: public, stored for ever, never renamed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

NEVER: Final = datetime.min.replace(tzinfo=UTC)
"""Stands for an instant that no event has set yet; earlier than every recorded one."""


class Lifecycle(StrEnum):
    """Stage of a case; `assessing` starts with the first item, `executing` with the first grant."""

    RECEIVED = "received"
    """It arrived, and was not triaged yet."""
    REGISTERED = "registered"
    """A person confirmed that it is a request."""
    ASSESSING = "assessing"
    """Its rights are being decided."""
    EXECUTING = "executing"
    """At least one right was granted."""
    CLOSED = "closed"
    """It ended; `outcome` says how."""


class Outcome(StrEnum):
    """Outcome of a closed case."""

    FULFILLED = "fulfilled"
    """Every right was given effect, or no data was held."""
    PARTLY_FULFILLED = "partly-fulfilled"
    """Some of it was given effect, some refused."""
    REFUSED = "refused"
    """Every right was refused."""
    UNIDENTIFIED = "unidentified"
    """The person could not be identified."""
    WITHDRAWN = "withdrawn"
    """The person withdrew the request."""
    DUPLICATE = "duplicate"
    """An earlier request of the same person asks the same."""
    NOT_A_REQUEST = "not-a-request"
    """The letter exercises no right."""
    FORWARDED = "forwarded"
    """We process the data for another controller, to which the request was passed on."""
    MOOT = "moot"
    """What was still to be decided became pointless."""
    DECEASED = "deceased"
    """The person died."""


class End(StrEnum):
    """Why two people end a registered case although not every item was decided; codes are public."""

    DECEASED = "deceased"
    """The person died: the rights end with them (recital 27), and nobody is written to."""
    MOOT = "moot"
    """Nothing is left that a decision could bring about."""
    NOT_A_REQUEST = "not-a-request"
    """Registered by mistake: the letter exercises no right."""

    @property
    def outcome(self) -> Outcome:
        """The outcome of the case."""
        return Outcome(self.value)


ANSWERED = (Outcome.FULFILLED, Outcome.PARTLY_FULFILLED, Outcome.REFUSED, Outcome.UNIDENTIFIED, Outcome.MOOT)
"""Outcomes that need an answer to the person first."""


class IdentityStatus(StrEnum):
    """How far the person is identified; the method and level are kept, the document never (GDPR Art. 12(6))."""

    NOT_NEEDED = "not-needed"
    """Identity is not in doubt."""
    ASKED = "asked"
    """A question is open."""
    INSUFFICIENT = "insufficient"
    """The proof did not suffice; the question stays open."""
    CONFIRMED = "confirmed"
    """The doubt was settled."""
    FAILED = "failed"
    """The doubt could not be settled."""
    LAPSED = "lapsed"
    """The case closed while a question was open: the doubt stays unsettled until the question is asked again."""


UNRESOLVED = (IdentityStatus.ASKED, IdentityStatus.INSUFFICIENT, IdentityStatus.FAILED, IdentityStatus.LAPSED)
"""Statuses of unsettled doubt."""

IN_QUESTION = (IdentityStatus.ASKED, IdentityStatus.INSUFFICIENT)
"""Statuses with an open question, whose answer has to be decided."""


class IdentityMethod(StrEnum):
    """Method of confirming identity: the least that settles the doubt."""

    KNOWN_FACTS = "known-facts"
    """Facts that only the person and the controller know."""
    REPLY_FROM_ADDRESS_ON_FILE = "reply-from-address-on-file"
    """A reply from an address that the controller has on file."""
    ONE_TIME_CODE = "one-time-code"
    """A code sent to an address or number on file."""
    ACCOUNT_LOGIN = "account-login"
    """Signing in to an account with the controller."""
    CALL_BACK = "call-back"
    """A call to a number on file."""
    ELECTRONIC_IDENTIFICATION = "electronic-identification"
    """Notified electronic identification (Regulation (EU) No 910/2014)."""
    IN_PERSON = "in-person"
    """At an office of the controller."""
    DOCUMENT_COPY = "document-copy"
    """A copy of an official document: only with the DPO's opinion."""


class AssuranceLevel(StrEnum):
    """The levels of Regulation (EU) No 910/2014 Art. 8."""

    LOW = "low"
    """Limited confidence in who it is."""
    SUBSTANTIAL = "substantial"
    """Substantial confidence in who it is."""
    HIGH = "high"
    """More than substantial confidence in who it is."""


class ItemStatus(StrEnum):
    """Status of an item; each item has its own, so that a case can be refused in part."""

    OPEN = "open"
    """Still to be decided."""
    GRANTED = "granted"
    """To be carried out."""
    DONE = "done"
    """Carried out."""
    REFUSED = "refused"
    """Refused by two people."""
    NOTHING_HELD = "nothing-held"
    """The systems searched hold nothing on the person."""
    WITHDRAWN = "withdrawn"
    """The person withdrew it."""
    ENDED = "ended"
    """Two people ended the case before it was decided."""

    @property
    def is_pending(self) -> bool:
        """Whether it is not decided or not carried out yet."""
        return self in (ItemStatus.OPEN, ItemStatus.GRANTED)


class Channel(StrEnum):
    """Channel by which something arrived or was sent."""

    EMAIL = "email"
    """By e-mail."""
    WEB_FORM = "web-form"
    """By a form on a website."""
    PORTAL = "portal"
    """In a portal to which the person signed in."""
    TELEPHONE = "telephone"
    """By telephone."""
    POST = "post"
    """On paper, by post."""
    IN_PERSON = "in-person"
    """Face to face."""
    INTERFACE = "interface"
    """From one program to another."""


class DismissalKind(StrEnum):
    """Kind of a letter that exercises no right."""

    SPAM = "spam"
    """Unwanted mail."""
    QUESTION = "question"
    """A question that exercises no right."""
    AUTHORITY_LETTER = "authority-letter"
    """A letter from an authority."""
    MISDIRECTED = "misdirected"
    """It was meant for somebody else."""


class ExtensionGround(StrEnum):
    """The only grounds of GDPR Art. 12(3), second sentence. Failure to identify is none."""

    COMPLEXITY = "complexity"
    """The request is complex."""
    NUMBER_OF_REQUESTS = "number-of-requests"
    """The same person sent many requests."""


class DisclosurePurpose(StrEnum):
    """Why somebody opened personal data of a case."""

    TRIAGE = "triage"
    """To see what a letter asks."""
    IDENTITY_CHECK = "identity-check"
    """To settle a doubt about who asks."""
    ASSESSMENT = "assessment"
    """To decide on an item."""
    ANSWERING = "answering"
    """To write the answer."""
    COMPLAINT = "complaint"
    """To handle a complaint."""
    AUDIT = "audit"
    """To audit."""
    SIGN_IN = "sign-in"
    """The service looks for the address on file, to send it a one-time code, the link that confirms the address, or a
    copy of the request.
    """


class AccuracyFinding(StrEnum):
    """Result of assessing accuracy (GDPR Art. 5(1)(d), 16)."""

    INACCURATE = "inaccurate"
    """The data is wrong."""
    INCOMPLETE = "incomplete"
    """Something is missing for the purpose."""
    ACCURATE = "accurate"
    """The data is right and complete."""
    UNDETERMINED = "undetermined"
    """Neither side can show it: a supplementary statement can still be added (Art. 16, second sentence)."""


class BalanceFinding(StrEnum):
    """Whose grounds prevail after an objection (GDPR Art. 21(1), second sentence)."""

    SUBJECT_PREVAILS = "subject-prevails"
    """The controller has shown no overriding grounds: the processing has to stop."""
    CONTROLLER_PREVAILS = "controller-prevails"
    """Compelling legitimate grounds were demonstrated, or legal claims."""
    PREVAILS_IN_PART = "prevails-in-part"
    """Demonstrated for some of the data only."""


class Provenance(StrEnum):
    """Origin of a data set; portability covers `provided` and `observed` only (GDPR Art. 20(1), WP 242)."""

    PROVIDED = "provided"
    """The person gave it."""
    OBSERVED = "observed"
    """It was recorded while the person used a service."""
    INFERRED = "inferred"
    """The controller concluded it from other data."""


@dataclass(frozen=True)
class ExtensionProposal:
    """A proposed extension; `approved_by` is empty until it is approved, and it takes effect only when its notice
    leaves.
    """

    proposed_by: str
    ground: str
    new_due: date
    approved_by: str = ""
    approved_at: datetime | None = None


@dataclass(frozen=True)
class EndProposal:
    """A proposal to end a registered case, which a second person has to decide."""

    end: End
    proposed_by: str
