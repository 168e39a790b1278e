"""The words of a case: codes are public, stored for ever, never renamed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

NEVER: Final = datetime.min.replace(tzinfo=UTC)
"""Before every instant on record: an instant that no event has set yet."""


class Lifecycle(StrEnum):
    """Where the case stands; `assessing` starts with the first item, `executing` with the first grant."""

    RECEIVED = "received"
    REGISTERED = "registered"
    ASSESSING = "assessing"
    EXECUTING = "executing"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What a closed case came to."""

    FULFILLED = "fulfilled"
    PARTLY_FULFILLED = "partly-fulfilled"
    REFUSED = "refused"
    UNIDENTIFIED = "unidentified"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    NOT_A_REQUEST = "not-a-request"


ANSWERED = (Outcome.FULFILLED, Outcome.PARTLY_FULFILLED, Outcome.REFUSED, Outcome.UNIDENTIFIED)
"""Nothing closes with these before the person has an answer."""


class IdentityStatus(StrEnum):
    """What we know of who asks; the method and level are kept, the document never (GDPR Art. 12(6))."""

    NOT_NEEDED = "not-needed"
    ASKED = "asked"
    INSUFFICIENT = "insufficient"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    LAPSED = "lapsed"
    """The case closed while a question was out: the doubt was not settled, and goes on only where it is asked anew."""


UNRESOLVED = (IdentityStatus.ASKED, IdentityStatus.INSUFFICIENT, IdentityStatus.FAILED, IdentityStatus.LAPSED)
"""There is doubt that nothing has settled."""

IN_QUESTION = (IdentityStatus.ASKED, IdentityStatus.INSUFFICIENT)
"""A question is out, and its answer is to be decided."""


class IdentityMethod(StrEnum):
    """How identity was, or is to be, confirmed; the least that settles the doubt."""

    KNOWN_FACTS = "known-facts"
    REPLY_FROM_ADDRESS_ON_FILE = "reply-from-address-on-file"
    ONE_TIME_CODE = "one-time-code"
    ACCOUNT_LOGIN = "account-login"
    CALL_BACK = "call-back"
    ELECTRONIC_IDENTIFICATION = "electronic-identification"
    IN_PERSON = "in-person"
    DOCUMENT_COPY = "document-copy"
    """A copy of an official document: only with the DPO's opinion."""


class AssuranceLevel(StrEnum):
    """The levels of Regulation (EU) No 910/2014 Art. 8."""

    LOW = "low"
    SUBSTANTIAL = "substantial"
    HIGH = "high"


class ItemStatus(StrEnum):
    """What became of one right; each item has an outcome of its own, so partial refusals exist."""

    OPEN = "open"
    GRANTED = "granted"
    DONE = "done"
    REFUSED = "refused"
    NOTHING_HELD = "nothing-held"
    WITHDRAWN = "withdrawn"

    @property
    def is_pending(self) -> bool:
        """Still to be decided or carried out."""
        return self in (ItemStatus.OPEN, ItemStatus.GRANTED)


class Channel(StrEnum):
    """How something reached us, or left."""

    EMAIL = "email"
    WEB_FORM = "web-form"
    PORTAL = "portal"
    TELEPHONE = "telephone"
    POST = "post"
    IN_PERSON = "in-person"
    INTERFACE = "interface"
    """From one program to another."""


class DismissalKind(StrEnum):
    """What a letter is that exercises no right."""

    SPAM = "spam"
    QUESTION = "question"
    AUTHORITY_LETTER = "authority-letter"
    MISDIRECTED = "misdirected"


class ExtensionGround(StrEnum):
    """The only grounds of GDPR Art. 12(3), second sentence. Failure to identify is none."""

    COMPLEXITY = "complexity"
    NUMBER_OF_REQUESTS = "number-of-requests"


class DisclosurePurpose(StrEnum):
    """Why somebody opened personal data of a case."""

    TRIAGE = "triage"
    IDENTITY_CHECK = "identity-check"
    ASSESSMENT = "assessment"
    ANSWERING = "answering"
    COMPLAINT = "complaint"
    AUDIT = "audit"
    SIGN_IN = "sign-in"
    """The service looks for the address on file, to send it a one-time code."""


class AccuracyFinding(StrEnum):
    """What the assessment of accuracy came to (GDPR Art. 5(1)(d), 16)."""

    INACCURATE = "inaccurate"
    INCOMPLETE = "incomplete"
    ACCURATE = "accurate"
    UNDETERMINED = "undetermined"
    """Neither side can show it: a supplementary statement can still be added (Art. 16, second sentence)."""


class BalanceFinding(StrEnum):
    """Whose grounds prevail after an objection (GDPR Art. 21(1), second sentence)."""

    SUBJECT_PREVAILS = "subject-prevails"
    CONTROLLER_PREVAILS = "controller-prevails"
    """Compelling legitimate grounds were demonstrated, or legal claims."""
    PREVAILS_IN_PART = "prevails-in-part"
    """Demonstrated for some of the data only."""


class Provenance(StrEnum):
    """How a data set came about; portability covers `provided` and `observed` only (GDPR Art. 20(1), WP 242)."""

    PROVIDED = "provided"
    OBSERVED = "observed"
    INFERRED = "inferred"


@dataclass(frozen=True)
class ExtensionProposal:
    """`approved_by` is empty until an approver decided; it takes effect only when its notice leaves."""

    proposed_by: str
    ground: str
    new_due: date
    approved_by: str = ""
    approved_at: datetime | None = None
