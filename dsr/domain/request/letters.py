"""Required statements of each letter (GDPR Art. 7(3), 12-22, 77, 79). A letter that lacks one is not sent.

The desk seals the text and the structured statements; the domain learns which statements were made, not their content.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from dsr.domain.request.errors import LetterIncomplete
from dsr.domain.request.standing import AnswerTo, Copy, CopyKind
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class LetterKind(StrEnum):
    """The letters that leave a case."""

    ACKNOWLEDGEMENT = "acknowledgement"
    """Confirms the arrival, and says when the answer is due."""
    IDENTITY_QUESTION = "identity-question"
    """Asks for proof of identity, and says why (GDPR Art. 12(6))."""
    CLARIFICATION = "clarification"
    """Asks which data the person means (recital 63)."""
    EXTENSION = "extension"
    """The answer takes up to two further months, and why (GDPR Art. 12(3))."""
    FEE = "fee"
    """The answer would cost a fee (GDPR Art. 12(5)(a), 15(3))."""
    LIFTING = "lifting"
    """A restriction is about to end (GDPR Art. 18(3))."""
    REFUSAL = "refusal"
    """Refuses, with reasons and remedies (GDPR Art. 12(4))."""
    ENDING = "ending"
    """The case ends without a decision, and why, with the remedies (GDPR Art. 12(4))."""
    ACCESS = "access"
    """Answers access (GDPR Art. 15)."""
    RECTIFICATION = "rectification"
    """Answers rectification (GDPR Art. 16)."""
    ERASURE = "erasure"
    """Answers erasure (GDPR Art. 17)."""
    RESTRICTION = "restriction"
    """Answers restriction (GDPR Art. 18)."""
    OBJECTION = "objection"
    """Answers an objection (GDPR Art. 21)."""
    PORTABILITY = "portability"
    """Answers portability (GDPR Art. 20)."""
    CONSENT_WITHDRAWAL = "consent-withdrawal"
    """Answers a withdrawal of consent (GDPR Art. 7(3))."""
    AUTOMATED_DECISION = "automated-decision"
    """Answers the contest of an automated decision (GDPR Art. 22(3))."""
    INFORMATION = "information"
    """Answers a request for information (GDPR Art. 13, 14)."""
    REMINDER = "identity-reminder"
    """Reminds of an unanswered identity question."""
    CONTRACT_CLAUSES = "contract-clauses"
    """Sends a copy of the safeguards of a transfer, with a summary of omitted parts (GDPR Art. 13(1)(f), 46(2))."""
    QUESTION = "question"
    """Asks the person anything else that helps (GDPR Art. 12(2))."""
    QUESTION_REMINDER = "question-reminder"
    """Reminds of such a question that has no answer yet."""
    REPLY = "reply"
    """Replies to the person in plain words; neither asks a question nor answers a right."""
    DISMISSAL = "dismissal"
    """Explains why a message was not taken as a request, with remedies (GDPR Art. 12(4))."""
    FORWARDING = "forwarding"
    """Tells the person to which controller the request was passed on, for which we process the data."""
    PASSING_ON = "passing-on"
    """Passes the request on to the controller for which we process the data (docs/law §9)."""
    RECIPIENT_NOTICE = "recipient-notice"
    """Goes to a recipient of the data, not to the data subject (GDPR Art. 19)."""
    RECIPIENT_LIFTING = "recipient-lifting"
    """Tells a recipient of the data that a restriction of which it was told has ended (docs/law §11)."""
    PASSWORD = "password"  # noqa: S105 - a kind of letter, not a secret
    """The password of a package that was offered, by another channel than its link (docs/law §12)."""
    STAFF_WARNING = "staff-warning"
    """Goes to the team, without personal data: a date approaches or was missed."""


_EFFECT = frozenset({"what-was-done", "where", "when", "kept-and-why", "recipients-told"})
_SEARCH = frozenset({"searched"})
"""What an answer says to a right that registration makes a search list for (docs/law §11)."""

REQUIRED_STATEMENTS: dict[LetterKind, frozenset[str]] = {
    LetterKind.ACKNOWLEDGEMENT: frozenset(
        {"case-reference", "arrival-date", "rights-understood", "due-date", "contact"}
    ),
    # GDPR Art. 12(6), 12(2); EDPB Guidelines 01/2022, section 3.3
    LetterKind.IDENTITY_QUESTION: frozenset(
        {
            "doubt",
            "minimum-asked",
            "alternatives",
            "may-black-out",
            "deleted-after-check",
            "effect-on-clock",
            "without-answer",
        }
    ),
    # Recital 63
    LetterKind.CLARIFICATION: frozenset({"why", "full-answer-remains-available"}),
    # GDPR Art. 12(3)
    LetterKind.EXTENSION: frozenset({"reasons", "new-date"}),
    # GDPR Art. 12(5)(a), 15(3), 77, 79
    LetterKind.FEE: frozenset(
        {"ground", "facts", "amount", "cost-basis", "right-to-withdraw", "authority", "judicial-remedy"}
    ),
    # GDPR Art. 18(3)
    LetterKind.LIFTING: frozenset({"what-is-lifted", "when", "why"}),
    # GDPR Art. 12(4), 77, 79
    LetterKind.REFUSAL: frozenset({"reasons", "provision", "facts", "authority", "judicial-remedy"}),
    # GDPR Art. 12(4), 77, 79
    LetterKind.ENDING: frozenset({"ending", "why", "authority", "judicial-remedy"}),
    # GDPR Art. 15(1), (2), (3)
    LetterKind.ACCESS: frozenset(
        {
            "processed-or-not",
            "copy",
            "purposes",
            "categories",
            "recipients",
            "retention",
            "rights",
            "complaint",
            "source",
            "automated-decisions",
            "transfer-safeguards",
        }
    )
    | _SEARCH,
    # GDPR Art. 20
    LetterKind.PORTABILITY: frozenset({"export", "schema", "nothing-erased", "direct-transfer"}) | _SEARCH,
    LetterKind.RECTIFICATION: _EFFECT | _SEARCH,
    LetterKind.ERASURE: _EFFECT | _SEARCH,
    LetterKind.RESTRICTION: _EFFECT,
    LetterKind.OBJECTION: _EFFECT,
    LetterKind.CONSENT_WITHDRAWAL: _EFFECT,
    # GDPR Art. 22(3), recital 71
    LetterKind.AUTOMATED_DECISION: frozenset({"decision-or-none", "reviewer", "result"}),
    LetterKind.INFORMATION: frozenset({"information"}),
    LetterKind.REMINDER: frozenset(
        {"asked-on", "minimum-asked", "alternatives", "may-black-out", "deleted-after-check", "without-answer"}
    ),
    # GDPR Art. 13(1)(f), 15(2)
    LetterKind.CONTRACT_CLAUSES: frozenset({"clauses", "redaction-summary"}),
    # GDPR Art. 12(2); docs/law §10
    LetterKind.QUESTION: frozenset({"question"}),
    LetterKind.QUESTION_REMINDER: frozenset({"asked-on", "question"}),
    LetterKind.REPLY: frozenset({"reply"}),
    # GDPR Art. 12(4), 77, 79
    LetterKind.DISMISSAL: frozenset({"reasons", "authority", "judicial-remedy"}),
    # GDPR Art. 28(3)(e); docs/law §9
    LetterKind.FORWARDING: frozenset({"forwarded-to", "forwarded-on"}),
    # GDPR Art. 28(3)(e); docs/law §9
    LetterKind.PASSING_ON: frozenset({"asked-by", "request-text"}),
    # GDPR Art. 19
    LetterKind.RECIPIENT_NOTICE: frozenset({"identifier", "operation", "affected", "operation-date"}),
    # docs/law §11
    LetterKind.RECIPIENT_LIFTING: frozenset({"identifier", "what-is-lifted", "operation-date"}),
    # GDPR Art. 5(1)(f), 32; docs/law §12
    LetterKind.PASSWORD: frozenset({"password", "link-ends"}),
    LetterKind.STAFF_WARNING: frozenset({"case-reference", "warning", "due-date"}),
}

NOTHING_HELD_STATEMENTS = frozenset({"processed-or-not", "rights", "complaint"}) | _SEARCH
"""Required statements of an answer for whose items no data is held, so that there is no copy to describe (Art.
15(1)).
"""

ANSWER_OF: dict[Right, LetterKind] = {right: LetterKind(right.value) for right in Right}
"""The letter that answers each right; a refused item is answered by a refusal instead (GDPR Art. 12(4))."""

TO_RECIPIENTS: frozenset[LetterKind] = frozenset({LetterKind.RECIPIENT_NOTICE, LetterKind.RECIPIENT_LIFTING})
"""Letters to recipients of the data (docs/law §11)."""

TO_OTHERS: frozenset[LetterKind] = TO_RECIPIENTS | {LetterKind.PASSING_ON, LetterKind.STAFF_WARNING}
"""Letters that go neither to the person nor to their representative."""

BESIDE_THE_REQUEST: frozenset[LetterKind] = frozenset({LetterKind.REPLY, LetterKind.DISMISSAL, LetterKind.FORWARDING})
"""Letters that answer no right, so that they may also leave once the case is closed (docs/law §10)."""

MAY_REFUSE: frozenset[LetterKind] = frozenset({LetterKind.REFUSAL, LetterKind.ENDING, *ANSWER_OF.values()})
"""The letters that answer items; each may refuse the whole or a part."""


@dataclass(frozen=True)
class Letter:
    """A letter as sent: its content is sealed, the codes of its statements are not."""

    kind: LetterKind
    channel: Channel
    dispatched_at: datetime
    """When it was sent; timezone-aware."""
    language: str
    """ISO 639-1."""
    text: Sealed
    """The text and the structured statements, as JSON."""
    statements: tuple[str, ...]
    """Codes of its statements, none of which is blank."""
    addressee: AnswerTo = AnswerTo.DATA_SUBJECT
    """Whom it was sent to."""
    dispatch_id: UUID | None = None
    """The dispatch by which the service sent it; None for a letter that a person sent by hand."""
    template_version: str | None = None
    """The template version it was written from; None for a letter that a person sent by hand."""


def statements_about(copies: Iterable[Copy]) -> frozenset[str]:
    """Further statements of an answer that hands out contract clauses (GDPR Art. 13(1)(f), 15(2); docs/law §5)."""
    clauses = [copy for copy in copies if copy.kind is CopyKind.CONTRACT_CLAUSES]
    stated = {"clauses"} if clauses else set()
    if any(copy.redacted for copy in clauses):
        stated.add("redaction-summary")
    return frozenset(stated)


def is_blank(said: object) -> bool:
    """Whether a text has no letter or digit of any script; invisible spaces do not count either."""
    if isinstance(said, str):
        return not any(sign.isalnum() for sign in said)
    if isinstance(said, Mapping):
        return all(map(is_blank, said.values()))
    if isinstance(said, Sequence):
        return all(map(is_blank, said))
    return said is None


OF_AN_EXPORT: Final = frozenset({"export", "schema"})
"""Statements about the package for the person, which nobody needs whose data was sent to another controller instead
(GDPR Art. 20(2)).
"""


def required_of(kind: LetterKind, *, nothing_held: bool, refuses: bool, transmitted: bool = False) -> frozenset[str]:
    """The codes that a letter has to state. An answer needs fewer if no data is held (`nothing_held`), or if the data
    was `transmitted` directly; an answer that refuses a part also needs those of a refusal (GDPR Art. 12(4), 15(1)).
    """
    found_none = nothing_held and kind in ANSWER_OF.values()
    required = NOTHING_HELD_STATEMENTS if found_none else REQUIRED_STATEMENTS[kind]
    if transmitted and kind is LetterKind.PORTABILITY:
        required = required - OF_AN_EXPORT
    return required | REQUIRED_STATEMENTS[LetterKind.REFUSAL] if refuses else required


_BY_HAND: Final = (
    "Name in `statements`, by its code, each statement that your letter makes: `/docs/commands` lists them."
)


def check_complete(kind: LetterKind, statements: Iterable[str], required: frozenset[str] | None = None) -> None:
    """Raise LetterIncomplete with the missing codes."""
    missing = (REQUIRED_STATEMENTS[kind] if required is None else required) - set(statements)
    check_nothing_missing(kind, missing, remedy=_BY_HAND)


def check_nothing_missing(kind: LetterKind, missing: Iterable[str], *, remedy: str = "") -> None:
    """Raise LetterIncomplete with these codes; `remedy` says how they get into the letter."""
    lacking = sorted(missing)
    if lacking:
        raise LetterIncomplete(
            f"The letter '{kind}' must also state: {', '.join(lacking)}. {remedy}".strip(),
            kind=kind.value,
            missing=lacking,
        )
