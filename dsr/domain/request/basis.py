"""Rights by legal basis (docs/law §4): a pure function over the pinned record of processing.

GDPR Art. 7(3), 15-22. A verdict cites the article, so that a handler sees the reason and a letter can state it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis, ProcessingActivity


class Existence(StrEnum):
    """Whether a right exists for one processing activity; codes are public."""

    YES = "yes"
    """The right exists."""
    CONDITIONAL = "conditional"
    """It exists if a ground is established, or if no exception applies."""
    INSTEAD = "instead"
    """The request is treated as one for another right, and never refused."""
    NO = "no"
    """The right does not exist on this legal basis."""


@dataclass(frozen=True)
class Verdict:
    """Whether the right exists, and why."""

    existence: Existence
    provision: str
    why: str
    """A sentence for the handler; never about a person."""


@dataclass(frozen=True)
class ActivityBasis:
    """The facts about one activity that decide which rights exist, from the pinned version of the record of
    processing.
    """

    activity: str
    basis: LegalBasis
    automated: bool = True
    """Processed by automated means (GDPR Art. 20(1)(b))."""
    decides: bool = False
    """Decisions by automated means alone are made (GDPR Art. 22(1))."""

    @classmethod
    def of(cls, activity: ProcessingActivity) -> "ActivityBasis":
        """Built from one activity of the record of processing."""
        return cls(
            activity=activity.id,
            basis=activity.legal_basis,
            automated=activity.automated,
            decides=activity.automated_decisions is not None,
        )


_ALWAYS: Final = {
    Right.ACCESS: "GDPR Art. 15",
    Right.RECTIFICATION: "GDPR Art. 16",
    Right.RESTRICTION: "GDPR Art. 18",
    Right.INFORMATION: "GDPR Art. 13, 14",
}

_ERASURE: Final = {
    LegalBasis.CONSENT: Verdict(Existence.YES, "GDPR Art. 17(1)(b)", "With its consent, the processing ends."),
    LegalBasis.CONTRACT: Verdict(
        Existence.CONDITIONAL, "GDPR Art. 17(1)", "A ground is needed: usually that the contract no longer needs it."
    ),
    LegalBasis.LEGAL_DUTY: Verdict(
        Existence.CONDITIONAL, "GDPR Art. 17(3)(b)", "What the duty requires stays, to the extent necessary."
    ),
    LegalBasis.VITAL_INTERESTS: Verdict(Existence.CONDITIONAL, "GDPR Art. 17(1)", "A ground is needed."),
    LegalBasis.PUBLIC_TASK: Verdict(
        Existence.CONDITIONAL, "GDPR Art. 17(1)(c), 17(3)(b)", "After an objection that prevails, or on another ground."
    ),
    LegalBasis.LEGITIMATE_INTERESTS: Verdict(
        Existence.CONDITIONAL, "GDPR Art. 17(1)(c)", "After an objection that prevails, or on another ground."
    ),
}


def verdict(right: Right, on: ActivityBasis, *, direct_marketing: bool = False) -> Verdict:
    """Whether the right exists for this activity (docs/law §4)."""
    if right in _ALWAYS:
        return Verdict(Existence.YES, _ALWAYS[right], "It exists on every legal basis.")
    match right:
        case Right.ERASURE:
            return _ERASURE[on.basis]
        case Right.PORTABILITY:
            return _portability(on)
        case Right.OBJECTION:
            return _objection(on, direct_marketing=direct_marketing)
        case Right.CONSENT_WITHDRAWAL:
            if on.basis is LegalBasis.CONSENT:
                return Verdict(Existence.YES, "GDPR Art. 7(3)", "Consent can be withdrawn at any time.")
            return Verdict(Existence.NO, "GDPR Art. 7(3)", "This processing does not rest on consent.")
        case _:
            if on.decides:
                return Verdict(Existence.YES, "GDPR Art. 22(3)", "A person reviews the decision.")
            return Verdict(Existence.NO, "GDPR Art. 22(1)", "No decision is made by automated means alone.")


def _portability(on: ActivityBasis) -> Verdict:
    if on.basis not in (LegalBasis.CONSENT, LegalBasis.CONTRACT):
        return Verdict(Existence.NO, "GDPR Art. 20(1)(a)", "The processing rests neither on consent nor on a contract.")
    if not on.automated:
        return Verdict(Existence.NO, "GDPR Art. 20(1)(b)", "The processing is not carried out by automated means.")
    return Verdict(Existence.YES, "GDPR Art. 20(1)", "For what the person provided, observed data included.")


def _objection(on: ActivityBasis, *, direct_marketing: bool) -> Verdict:
    if direct_marketing:
        return Verdict(Existence.YES, "GDPR Art. 21(2), (3)", "Absolute, on any basis: nothing is balanced.")
    if on.basis is LegalBasis.CONSENT:
        return Verdict(
            Existence.INSTEAD,
            "GDPR Art. 7(3)",
            "An objection to processing on consent withdraws that consent: treat it as a withdrawal.",
        )
    if on.basis in (LegalBasis.PUBLIC_TASK, LegalBasis.LEGITIMATE_INTERESTS):
        return Verdict(Existence.YES, "GDPR Art. 21(1)", "Restrict at once, then balance.")
    return Verdict(
        Existence.NO, "GDPR Art. 21(1)", "The processing rests neither on a public task nor on legitimate interests."
    )
