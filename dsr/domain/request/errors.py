"""Errors of the rules that refuse a command on a case. Codes come from docs/law §3; docstrings are public sentences."""

from dsr.domain.errors import Gone, Refused, Unavailable, Unknown


class ReceiptInFuture(Refused):
    """A request can't have arrived in the future. State the true time of arrival."""

    code = "receipt-in-future"


class ClockResetForbidden(Refused):
    """The deadline runs from the arrival of the message; nothing done later changes the date of receipt."""

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


class MessageUnknown(Unknown):
    """The case has no such message. `GET /requests/{request_id}/messages` lists its messages."""

    code = "message-unknown"


class MessageUnexamined(Refused):
    """A message on this request, or one that claims its thread, waits to be examined, and may change what you are about
    to do: examine it first, with `POST /requests/{request_id}/messages/examination`. From the last working day before
    the statutory date without extension, a refusal and the closing pass with a reason.
    """

    code = "message-unexamined"


class CaseForgotten(Gone):
    """This case file was ordered to be forgotten, so nothing more is recorded on the request. What the person writes
    from now on is a new request; `GET /requests/{request_id}/forgetting` shows what was destroyed and when.
    """

    code = "case-forgotten"


class RequestIsClosed(Refused):
    """The case is closed. Reopen it with a reason before changing it."""

    code = "request-closed"


class LetterWasSplit(Refused):
    """This letter was split, and each person in it has a request of their own: work there. Enter a request for a person
    who was left out.
    """

    code = "letter-split"


class RequestIsOpen(Refused):
    """The case is open, and only a closed case can be reopened."""

    code = "request-open"


class ItemAlreadyOpen(Refused):
    """An item for this right is pending already; decide it before you open another."""

    code = "item-already-open"


class ItemUnknown(Unknown):
    """The case has no such item. `GET /requests/{request_id}/items` lists its items."""

    code = "item-unknown"


class ItemNotOpen(Refused):
    """This item is decided already. After the case is closed, reopen it with a reason to decide the item again (`POST
    /requests/{request_id}/reopening`).
    """

    code = "item-not-open"


class ItemNotGranted(Refused):
    """The item is not granted. `POST /requests/{request_id}/items/{item_id}/grant` grants one that is open."""

    code = "item-not-granted"


class ItemOfOtherRight(Refused):
    """This item exercises another right, for which this command does not exist. `GET /requests/{request_id}/items`
    shows the right of each item.
    """

    code = "item-of-other-right"


class RefusalUndecided(Refused):
    """A proposal to refuse all or part of this item is undecided: decide it first."""

    code = "refusal-undecided"


class RefusalMissing(Refused):
    """The assessment does not give full effect to the request: refuse the remaining part first, or assess it again."""

    code = "refusal-missing"


class RefusalRestsOnFinding(Refused):
    """A refusal in part rests on the present finding, and the new finding does not support it. Reopen the case to
    decide again.
    """

    code = "refusal-rests-on-finding"


class RedactionPending(Refused):
    """The collected data contains data of another person: redact it and confirm, or replace it by a redacted copy from
    the same system with the same name. If nothing would be left, refuse that part; if it was flagged by mistake,
    confirm it with the reason.
    """

    code = "redaction-pending"


class EffectMissing(Refused):
    """Nothing on record gives effect to this right yet. Record that act first, by the route of the right (such as
    `POST /requests/{request_id}/items/{item_id}/rectification`); then its completion.
    """

    code = "effect-missing"


class DifferentSubject(Refused):
    """The two cases come from different people, or nothing on record shows that one person sent both."""

    code = "different-subject"


class DuplicateIsEarlier(Refused):
    """The duplicate arrived before the other case. Link the later case to the earlier one, whose date of receipt
    counts.
    """

    code = "duplicate-is-earlier"


class DuplicateUnanswered(Refused):
    """The earlier case closed without an answer, so it can't answer this one. Link to a case that answers it."""

    code = "duplicate-unanswered"


class RepetitionOfAnswered(Refused):
    """The earlier case was answered before this request arrived, so this is a new request: register and answer it."""

    code = "answered-before"


class NoReasonableDoubt(Refused):
    """Write down the reasonable doubt about the person's identity; a proof is never asked for as a routine (GDPR Art.
    12(6)).
    """

    code = "no-reasonable-doubt"


class AlreadyAuthenticated(Refused):
    """The person is authenticated already. Go on without a question, or name the new fact that renews the doubt."""

    code = "already-authenticated"


class IdentityAlreadyAsked(Refused):
    """An identity question is open. Decide on its answer before you ask again."""

    code = "identity-already-asked"


class IdentityNotAsked(Refused):
    """No identity question is open. Ask the person first (`POST /requests/{request_id}/identity-question`), then record
    the answer.
    """

    code = "identity-not-asked"


class DisproportionateIdentification(Refused):
    """A copy of an official document may be asked for only with the DPO's supporting opinion on this method and this
    doubt, once, and never to withdraw consent. Ask the DPO for an opinion on the doubt as it is drafted.
    """

    code = "disproportionate-identification"


class EvidenceNotPurged(Unavailable):
    """The identity evidence could not be destroyed, so nothing was decided. Check the key database, then try again."""

    code = "evidence-not-purged"


class IdentityUnresolved(Refused):
    """There is open doubt about who is asking. Before you go on, take what the person sends (`POST
    /requests/{request_id}/identity-evidence`) and settle the doubt (`POST
    /requests/{request_id}/identity-confirmation`).
    """

    code = "identity-unresolved"


class ClarificationNotPermitted(Refused):
    """Clarification may be asked only for access, and only if the controller states that it processes a large quantity
    of data (recital 63).
    """

    code = "clarification-not-permitted"


class ClarificationAlreadyAsked(Refused):
    """A clarification question is open already: record its answer before you ask another."""

    code = "clarification-already-asked"


class ClarificationNotAsked(Refused):
    """No clarification question is open. Ask the person first, then record the answer."""

    code = "clarification-not-asked"


class AnswerDatesInvalid(Refused):
    """The dates are out of order: a question follows the arrival, an answer follows its question, and neither lies in
    the future.
    """

    code = "dates-invalid"


class InvalidExtensionGround(Refused):
    """Only complexity or number of requests permits an extension; failure to identify does not (GDPR Art. 12(3))."""

    code = "invalid-extension-ground"


class AlreadyExtended(Refused):
    """A deadline can be extended only once, and an extension of this one exists or is proposed."""

    code = "already-extended"


class NothingProposed(Refused):
    """There is no proposal to decide. Propose the extension or refusal first."""

    code = "nothing-proposed"


class ExtensionNotApproved(Refused):
    """An approver has to approve the extension before its notice may be sent."""

    code = "extension-not-approved"


class FourEyes(Refused):
    """The person who proposed this, or whose opinion as DPO is recorded, can't decide it. Ask another approver."""

    code = "four-eyes"


class GroundNotAvailable(Refused):
    """This ground does not exist for this right, or a condition of the law for it is not met."""

    code = "ground-not-available"


class AbsoluteRight(Refused):
    """This right is absolute and can't be refused: give effect to it."""

    code = "absolute-right"


class BurdenOfProof(Refused):
    """The controller has to prove the ground: state in `facts` what proves it."""

    code = "burden-of-proof"


class LetterIncomplete(Refused):
    """The letter lacks something that the law requires it to say. The service adds what is on record, such as `copy`
    once the package has a link; `POST /dispatches/{dispatch_id}/edition` adds what only a person can say.
    """

    code = "letter-incomplete"


class LetterKindWrong(Refused):
    """This kind of letter can't answer this item: a refused item needs a refusal, and each right has a kind of its
    own.
    """

    code = "letter-kind-wrong"


class AccessBeforeErasure(Refused):
    """Answer access and portability first: once the data is erased, no copy of it can be handed over."""

    code = "access-before-erasure"


class SubjectDeceased(Refused):
    """The person has died: no letter goes to them, and nobody signs in for them. Reopen the request if they are
    alive.
    """

    code = "subject-deceased"


class ItemsOpen(Refused):
    """Some items are not decided or not carried out yet. Decide and carry out every item first."""

    code = "items-open"


class ResponseNotSent(Refused):
    """Some items have no answer on record. `GET /requests/{request_id}/dispatches` shows whether their letters still
    wait as drafts: complete and release them. Record only a letter that you sent yourself (`POST
    /requests/{request_id}/answers`).
    """

    code = "response-not-sent"


class FeeOutstanding(Refused):
    """A fee is not answered or not paid yet. Record the answer or payment, waive the fee, or wait until the offer
    expires.
    """

    code = "fee-outstanding"


class ConfirmationRequired(Refused):
    """It is not clear that the person withdraws the request. Ask, and record the confirmation."""

    code = "confirmation-required"
