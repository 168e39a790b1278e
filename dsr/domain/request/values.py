"""The words of a case: codes are public, stored for ever, never renamed."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final, Self

from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.erasure import ErasureGround
from dsr.domain.rights import Right

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


@dataclass(frozen=True)
class Balance:
    """What balancing an objection came to."""

    finding: BalanceFinding
    extent: tuple[str, ...] = ()
    """The fields or categories for which the controller prevails, where it does so in part."""

    def carries(self, part: Collection[str]) -> bool:
        """Whether the controller prevails for all of this part; none named: for all that was objected to."""
        if self.finding is BalanceFinding.PREVAILS_IN_PART:
            return bool(part) and set(part) <= set(self.extent)
        return self.finding is BalanceFinding.CONTROLLER_PREVAILS


class Provenance(StrEnum):
    """How a data set came about; portability covers `provided` and `observed` only (GDPR Art. 20(1), WP 242)."""

    PROVIDED = "provided"
    OBSERVED = "observed"
    INFERRED = "inferred"


@dataclass(frozen=True)
class Refusal:
    """The refusal of an item that was proposed last, as the file shows it: undecided, or decided as proposed."""

    proposed_by: str
    ground: str
    provision: str
    extent: tuple[str, ...] | None
    """The part that was proposed to be refused; None: the whole item."""
    late: bool | None = None
    """What was refused last was decided after the un-extended statutory date; None until something was refused."""


@dataclass(frozen=True)
class Item:
    """One right, answered by one controller."""

    item_id: str
    right: Right
    controller_id: str
    status: ItemStatus = ItemStatus.OPEN
    direct_marketing: bool = False
    """GDPR Art. 21(2): the objection is absolute."""
    answered: bool = False
    """A letter with its outcome has left."""
    refused_in_part: tuple[str, ...] = ()
    """The fields or categories for which it was refused, while the rest is given effect ("to the extent")."""
    effected: bool = False
    """The act that gives effect to this right is on record."""
    number: int = 0
    """1 for the item that was opened first, then in the order of opening."""
    opened_at: datetime = NEVER
    decided_at: datetime | None = None
    """When it was last granted, refused, found to hold nothing, or withdrawn, as recorded; None while it is open."""
    decided_by: str | None = None
    accuracy: AccuracyFinding | None = None
    erasure_ground: ErasureGround | None = None
    """GDPR Art. 17(1), for an erasure that was granted."""
    refusal: Refusal | None = None
    done_at: datetime | None = None
    systems: tuple[str, ...] = ()
    """Where it was carried out, or where nothing was found; ids of the record of processing."""
    answered_at: datetime | None = None
    """When the last letter that answers it left."""
    answered_since: datetime | None = None
    """When the first letter left that answers it as it was decided last; None while it waits for an answer."""

    @property
    def is_absolute(self) -> bool:
        """Can't be refused and takes effect at once: GDPR Art. 7(3), 21(2)."""
        return self.right is Right.CONSENT_WITHDRAWAL or (self.right is Right.OBJECTION and self.direct_marketing)

    @property
    def needs_identity(self) -> bool:
        """Whether it waits until doubt about who asks is settled: not what stops at once, nor texts that are public."""
        return not self.is_absolute and self.right is not Right.INFORMATION

    def granted(self, ground: ErasureGround | None, *, at: datetime, by: str) -> Self:
        """The right exists. A part that was refused, or is proposed to be, stays so: the rest is what is granted."""
        in_part = bool(self.refused_in_part) or (self.refusal is not None and self.refusal.extent is not None)
        return replace(
            self._decided(ItemStatus.GRANTED, at=at, by=by),
            erasure_ground=ground,
            refusal=self.refusal if in_part else None,
        )

    def done(self, systems: tuple[str, ...], *, at: datetime) -> Self:
        """What was granted was carried out in these systems."""
        return replace(self, status=ItemStatus.DONE, done_at=at, systems=systems, answered=False, answered_since=None)

    def nothing_held(self, systems: tuple[str, ...], *, at: datetime, by: str) -> Self:
        """The search of these systems found nothing."""
        return replace(self._decided(ItemStatus.NOTHING_HELD, at=at, by=by), systems=systems, refusal=None)

    def proposed_to_be_refused(self, ground: str, *, provision: str, extent: tuple[str, ...] | None, by: str) -> Self:
        """Somebody proposed to refuse it; `extent` None: as a whole."""
        late = None if self.refusal is None else self.refusal.late
        return replace(self, refusal=Refusal(by, ground, provision, extent, late))

    def refused(self, *, late: bool, at: datetime, by: str) -> Self:
        """It was refused as proposed."""
        return replace(self._decided(ItemStatus.REFUSED, at=at, by=by), refusal=self._refusal(late=late))

    def refused_as_to(self, extent: tuple[str, ...], *, late: bool) -> Self:
        """This part was refused, which has to be answered; the rest of the item goes on."""
        return replace(
            self,
            refused_in_part=(*self.refused_in_part, *extent),
            refusal=self._refusal(late=late),
            answered=False,
            answered_since=None,
        )

    def without_refusal(self) -> Self:
        """No refusal is proposed or decided."""
        return replace(self, refusal=None)

    def withdrawn(self, *, at: datetime, by: str) -> Self:
        """It was taken back, or is answered by an earlier case."""
        return replace(self._decided(ItemStatus.WITHDRAWN, at=at, by=by), refusal=None)

    def left_unidentified(self, *, told_at: datetime | None, at: datetime, by: str) -> Self:
        """The case was closed as unidentified; the letter of `told_at` to the person answers the item."""
        refused = self._decided(ItemStatus.REFUSED, at=at, by=by)
        return replace(refused, refusal=None, answered=True, answered_since=told_at)

    def told(self, at: datetime) -> Self:
        """A letter that answers it left."""
        since = at if self.answered_since is None else self.answered_since
        return replace(self, answered=True, answered_at=at, answered_since=since)

    def as_another_right(self, right: Right) -> Self:
        """It asks for another right than was read at first; what was found of a refusal falls away."""
        return replace(self, right=right, refused_in_part=(), refusal=None)

    def fresh(self) -> Self:
        """As on its first day: to be decided again, and answered again."""
        return type(self)(
            item_id=self.item_id,
            right=self.right,
            controller_id=self.controller_id,
            direct_marketing=self.direct_marketing,
            number=self.number,
            opened_at=self.opened_at,
        )

    def _decided(self, status: ItemStatus, *, at: datetime, by: str) -> Self:
        """A decision that changes has to be answered again."""
        return replace(self, status=status, decided_at=at, decided_by=by, answered=False, answered_since=None)

    def _refusal(self, *, late: bool) -> Refusal | None:
        return None if self.refusal is None else replace(self.refusal, late=late)


@dataclass(frozen=True)
class RefusedPart:
    """What of an item was refused, and on which ground."""

    ground: str
    extent: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """What a handler proposed and an approver has not yet decided."""

    proposed_by: str
    ground: str
    extent: tuple[str, ...] = ()
    """What it is limited to, where only a part is to be refused."""
    activities: tuple[ActivityBasis, ...] = ()
    """The processing that it is about, for grounds that depend on legal bases."""


@dataclass(frozen=True)
class ExtensionProposal:
    """`approved_by` is empty until an approver decided; it takes effect only when its notice leaves."""

    proposed_by: str
    ground: str
    new_due: date
    approved_by: str = ""
    approved_at: datetime | None = None
