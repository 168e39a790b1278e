"""The rules that refuse a command on a case. Codes come from docs/law §3; docstrings are the public sentences."""

from dsr.domain.errors import Refused, Unavailable, Unknown


class ReceiptInFuture(Refused):
    """A request can't have arrived in the future. State the true time of arrival."""

    code = "receipt-in-future"


class ClockResetForbidden(Refused):
    """The clock started when the message arrived; nothing that is done with it later moves that date."""

    code = "clock-reset-forbidden"


class ReasonRequired(Refused):
    """This decision needs a written reason."""

    code = "reason-required"


class NoRightIdentified(Refused):
    """Name at least one right that the letter exercises; the sender need not cite an article."""

    code = "no-right-identified"


class AlreadyRegistered(Refused):
    """The case is registered already. Open further items, or close it with an answer."""

    code = "already-registered"


class NotRegistered(Refused):
    """Register the request first: name the rights that it exercises."""

    code = "not-registered"


class RequestIsClosed(Refused):
    """The case is closed. Reopen it with a reason before changing it."""

    code = "request-closed"


class RequestIsOpen(Refused):
    """The case is open; only a closed case can be reopened."""

    code = "request-open"


class ItemAlreadyOpen(Refused):
    """An item for this right is still pending; decide it before opening another."""

    code = "item-already-open"


class ItemUnknown(Unknown):
    """The case has no such item."""

    code = "item-unknown"


class ItemNotOpen(Refused):
    """This item is decided already. Reopen the case to decide it again."""

    code = "item-not-open"


class ItemNotGranted(Refused):
    """Grant the item before recording that it was carried out."""

    code = "item-not-granted"


class ItemOfOtherRight(Refused):
    """This item exercises another right: the command does not exist for it."""

    code = "item-of-other-right"


class RefusalUndecided(Refused):
    """A proposal to refuse this item, or a part of it, waits for its decision: decide it first."""

    code = "refusal-undecided"


class RefusalMissing(Refused):
    """By the assessment, not all that is asked is given effect: refuse that part first, or assess it anew."""

    code = "refusal-missing"


class RefusalRestsOnFinding(Refused):
    """A part was refused on the finding that stands, and this one does not carry it. Reopen the case to decide anew."""

    code = "refusal-rests-on-finding"


class RedactionPending(Refused):
    """Data of somebody else is in what was collected: redact it and confirm that, or discard it and collect a redacted
    copy in its place, of the same system and name. Where that leaves nothing, refuse that part; where it was flagged by
    mistake, confirm it with the reason."""

    code = "redaction-pending"


class EffectMissing(Refused):
    """Record first what was done to give effect to this right; only then can the item be recorded as done."""

    code = "effect-missing"


class DifferentSubject(Refused):
    """The two cases come from different people, or nothing shows that they come from the same one."""

    code = "different-subject"


class DuplicateIsEarlier(Refused):
    """The duplicate arrived before the other case. Link the later one to the earlier, whose date holds."""

    code = "duplicate-is-earlier"


class DuplicateUnanswered(Refused):
    """The earlier case closed without an answer, so nothing would answer this one. Link to the case that does."""

    code = "duplicate-unanswered"


class NoReasonableDoubt(Refused):
    """Write down the reasonable doubt about who asks; identity is never asked for as a routine (GDPR Art. 12(6))."""

    code = "no-reasonable-doubt"


class AlreadyAuthenticated(Refused):
    """The person is authenticated already; asking again is not allowed."""

    code = "already-authenticated"


class IdentityAlreadyAsked(Refused):
    """An identity question is open. Decide on its answer, or ask again after an insufficient one."""

    code = "identity-already-asked"


class IdentityNotAsked(Refused):
    """No identity question is open."""

    code = "identity-not-asked"


class DisproportionateIdentification(Refused):
    """A copy of an official document needs the DPO's supporting opinion, and is never asked for to withdraw consent."""

    code = "disproportionate-identification"


class EvidenceNotPurged(Unavailable):
    """The identity evidence could not be destroyed, so nothing was decided. Check the key database, then try again."""

    code = "evidence-not-purged"


class IdentityUnresolved(Refused):
    """There is open doubt about who asks. Settle it before granting anything."""

    code = "identity-unresolved"


class ClarificationNotPermitted(Refused):
    """Clarification may be asked only for access, and only where a large quantity of data is stated (recital 63)."""

    code = "clarification-not-permitted"


class ClarificationAlreadyAsked(Refused):
    """A question of clarification is open already."""

    code = "clarification-already-asked"


class ClarificationNotAsked(Refused):
    """No question of clarification is open."""

    code = "clarification-not-asked"


class AnswerDatesInvalid(Refused):
    """A question follows the arrival, an answer follows its question, and neither lies in the future."""

    code = "dates-invalid"


class InvalidExtensionGround(Refused):
    """Only complexity or number of requests permits an extension; failure to identify does not (GDPR Art. 12(3))."""

    code = "invalid-extension-ground"


class AlreadyExtended(Refused):
    """The deadline can be extended once; an extension exists or is proposed."""

    code = "already-extended"


class NothingProposed(Refused):
    """There is no proposal to decide."""

    code = "nothing-proposed"


class ExtensionNotApproved(Refused):
    """An approver has to decide on the extension before its notice may leave."""

    code = "extension-not-approved"


class FourEyes(Refused):
    """The one who proposed, or whose opinion as DPO was recorded, can't be the one who decides."""

    code = "four-eyes"


class GroundNotAvailable(Refused):
    """This ground does not exist for this right, or lacks what the law demands for it."""

    code = "ground-not-available"


class AbsoluteRight(Refused):
    """This right is absolute: it can't be refused."""

    code = "absolute-right"


class BurdenOfProof(Refused):
    """The controller proves the ground: state the facts. Effort or motive alone never suffices (GDPR Art. 12(5))."""

    code = "burden-of-proof"


class LetterIncomplete(Refused):
    """The letter lacks something that the law requires it to say."""

    code = "letter-incomplete"


class LetterKindWrong(Refused):
    """This letter does not answer this item: a refusal answers what was refused, else each right has its own kind."""

    code = "letter-kind-wrong"


class AccessBeforeErasure(Refused):
    """Answer access and portability first: what is erased can't be handed over any more."""

    code = "access-before-erasure"


class ItemsOpen(Refused):
    """Some items are not decided or not carried out yet."""

    code = "items-open"


class ResponseNotSent(Refused):
    """Record the answer that left for every item before closing."""

    code = "response-not-sent"


class FeeOutstanding(Refused):
    """A fee is still to be answered or paid. Record what came of it, waive it, or let its offer expire first."""

    code = "fee-outstanding"


class ConfirmationRequired(Refused):
    """It is not clear that the person withdraws the request. Ask, and record the confirmation."""

    code = "confirmation-required"
