"""Grounds on which an item may be refused, each with its provision, the rights it exists for and what it demands.

Policy as pure functions: `check_ground` says why a refusal is not allowed. GDPR Art. 11, 12(5),
15(4), 17(3), 18(1), 20, 21, 23.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dsr.domain.request.errors import AbsoluteRight, BurdenOfProof, GroundNotAvailable, ReasonRequired
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis
from dsr.domain.sealed import Sealed


class RefusalGround(StrEnum):
    """Codes are public and never renamed."""

    MANIFESTLY_UNFOUNDED = "manifestly-unfounded"
    MANIFESTLY_EXCESSIVE = "manifestly-excessive"
    UNIDENTIFIABLE = "unidentifiable"
    RIGHT_NOT_ON_THIS_BASIS = "right-not-on-this-basis"
    NOT_THE_CONTROLLER = "not-the-controller"
    RIGHTS_OF_OTHERS = "rights-of-others"
    NATIONAL_RESTRICTION = "national-restriction"
    DATA_ACCURATE = "data-accurate"
    NO_ERASURE_GROUND = "no-erasure-ground"
    FREEDOM_OF_EXPRESSION = "freedom-of-expression"
    LEGAL_OBLIGATION = "legal-obligation"
    PUBLIC_HEALTH = "public-health"
    ARCHIVING_OR_RESEARCH = "archiving-or-research"
    LEGAL_CLAIMS = "legal-claims"
    NO_RESTRICTION_GROUND = "no-restriction-ground"
    COMPELLING_GROUNDS = "compelling-grounds"
    NOT_AUTOMATED = "not-automated"


class ExcessClaim(StrEnum):
    """What is said to make a request manifestly unfounded or excessive."""

    REPETITIVE = "repetitive"
    ABUSIVE = "abusive"
    NO_RIGHT_AT_ALL = "no-right-at-all"
    EFFORT = "effort"
    MOTIVE = "motive"


@dataclass(frozen=True)
class GroundRule:
    """Where a ground stands in the law and which rights it can answer."""

    provision: str
    rights: frozenset[Right]
    facts: bool = False
    """Concrete facts are the controller's to prove."""
    named_provision: bool = False
    """A Union or national provision must be named."""
    extent: bool = False
    """Applies per field, only to the extent necessary."""


_EVERY = frozenset(Right) - {Right.CONSENT_WITHDRAWAL}
_ERASURE = frozenset({Right.ERASURE})
_ARTICLES_15_TO_20 = frozenset({Right.ACCESS, Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION, Right.PORTABILITY})

GROUNDS: dict[RefusalGround, GroundRule] = {
    RefusalGround.MANIFESTLY_UNFOUNDED: GroundRule("GDPR Art. 12(5)(b)", _EVERY, facts=True),
    RefusalGround.MANIFESTLY_EXCESSIVE: GroundRule("GDPR Art. 12(5)(b)", _EVERY, facts=True),
    RefusalGround.UNIDENTIFIABLE: GroundRule("GDPR Art. 11(2), 12(2)", _ARTICLES_15_TO_20, facts=True),
    RefusalGround.RIGHT_NOT_ON_THIS_BASIS: GroundRule(
        "GDPR Art. 17(3)(b), 20(1), 21(1), 22(2)",
        frozenset({Right.ERASURE, Right.PORTABILITY, Right.OBJECTION, Right.AUTOMATED_DECISION}),
        facts=True,
    ),
    RefusalGround.NOT_THE_CONTROLLER: GroundRule("GDPR Art. 4(7), 12(1)", _EVERY, facts=True),
    # Others' rights limit the copy, not the answer: redact first, refuse only what redaction can't save.
    RefusalGround.RIGHTS_OF_OTHERS: GroundRule("GDPR Art. 15(4)", frozenset({Right.ACCESS}), facts=True, extent=True),
    RefusalGround.NATIONAL_RESTRICTION: GroundRule("GDPR Art. 23", _EVERY, facts=True, named_provision=True),
    # The only ground of its own that rectification has.
    RefusalGround.DATA_ACCURATE: GroundRule("GDPR Art. 16", frozenset({Right.RECTIFICATION}), facts=True),
    RefusalGround.NO_ERASURE_GROUND: GroundRule("GDPR Art. 17(1)", _ERASURE, facts=True),
    RefusalGround.FREEDOM_OF_EXPRESSION: GroundRule("GDPR Art. 17(3)(a)", _ERASURE, facts=True, extent=True),
    RefusalGround.LEGAL_OBLIGATION: GroundRule(
        "GDPR Art. 17(3)(b)", _ERASURE, facts=True, named_provision=True, extent=True
    ),
    RefusalGround.PUBLIC_HEALTH: GroundRule("GDPR Art. 17(3)(c)", _ERASURE, facts=True, extent=True),
    RefusalGround.ARCHIVING_OR_RESEARCH: GroundRule("GDPR Art. 17(3)(d)", _ERASURE, facts=True, extent=True),
    RefusalGround.LEGAL_CLAIMS: GroundRule(
        "GDPR Art. 17(3)(e), 21(1)", frozenset({Right.ERASURE, Right.OBJECTION}), facts=True, extent=True
    ),
    RefusalGround.NO_RESTRICTION_GROUND: GroundRule("GDPR Art. 18(1)", frozenset({Right.RESTRICTION}), facts=True),
    RefusalGround.COMPELLING_GROUNDS: GroundRule("GDPR Art. 21(1)", frozenset({Right.OBJECTION}), facts=True),
    RefusalGround.NOT_AUTOMATED: GroundRule("GDPR Art. 20(1)(b)", frozenset({Right.PORTABILITY}), facts=True),
}

NOT_ON_THIS_BASIS: dict[Right, frozenset[LegalBasis]] = {
    Right.ERASURE: frozenset({LegalBasis.LEGAL_DUTY}),
    Right.PORTABILITY: frozenset(LegalBasis) - {LegalBasis.CONSENT, LegalBasis.CONTRACT},
    # On consent, an objection is treated as its withdrawal, never refused.
    Right.OBJECTION: frozenset({LegalBasis.CONTRACT, LegalBasis.LEGAL_DUTY, LegalBasis.VITAL_INTERESTS}),
    # Art. 22(3) covers decisions needed for a contract or made with explicit consent.
    Right.AUTOMATED_DECISION: frozenset(LegalBasis) - {LegalBasis.CONSENT, LegalBasis.CONTRACT},
}
"""The legal bases on which a right does not exist; every other right exists on all of them."""

_SUPPORTING: dict[RefusalGround, frozenset[ExcessClaim]] = {
    RefusalGround.MANIFESTLY_UNFOUNDED: frozenset({ExcessClaim.NO_RIGHT_AT_ALL, ExcessClaim.ABUSIVE}),
    RefusalGround.MANIFESTLY_EXCESSIVE: frozenset({ExcessClaim.REPETITIVE, ExcessClaim.ABUSIVE}),
}
"""What carries each ground of GDPR Art. 12(5): repetition is an example of excess, effort and motive carry nothing."""

YEARLY = timedelta(days=365)
"""A request a year is never excessive (EDPB Guidelines 01/2022)."""


@dataclass(frozen=True)
class RefusalCase:
    """What the handler puts forward for refusing one item; free text is sealed."""

    ground: str
    reasons: Sealed | None
    facts: Sealed | None
    provision: str = ""
    """A national or Union provision where the ground needs one, e.g. "§ 147 AO"; never about a person."""
    extent: tuple[str, ...] = ()
    """Fields or categories that the refusal is limited to."""
    claims: tuple[ExcessClaim, ...] = ()
    previous_request_on: date | None = None
    """When the same was last asked, for `repetitive`."""
    basis: LegalBasis | None = None
    """The legal basis of the processing, for `right-not-on-this-basis`."""


def check_ground(
    case: RefusalCase, *, right: Right, direct_marketing: bool, received_on: date
) -> tuple[RefusalGround, str]:
    """Return the ground and the provision that the letter must cite.

    Raises AbsoluteRight (consent withdrawal 7(3); objection to direct marketing 21(2)), GroundNotAvailable,
    ReasonRequired, BurdenOfProof.
    """
    if right is Right.CONSENT_WITHDRAWAL or (right is Right.OBJECTION and direct_marketing):
        raise AbsoluteRight(right=right.value)
    try:
        ground = RefusalGround(case.ground)
    except ValueError:
        raise GroundNotAvailable(f"There is no such ground. Known: {', '.join(RefusalGround)}.") from None
    rule = GROUNDS[ground]
    if right not in rule.rights:
        raise GroundNotAvailable(f"'{ground}' ({rule.provision}) is no ground for refusing {right}.")
    if rule.named_provision and not case.provision.strip():
        raise GroundNotAvailable(f"'{ground}' ({rule.provision}) needs the Union or national provision by name.")
    if rule.extent and not case.extent:
        raise GroundNotAvailable(f"'{ground}' holds only to the extent necessary: name the fields it covers.")
    if ground is RefusalGround.RIGHT_NOT_ON_THIS_BASIS:
        _check_basis(case.basis, right)
    if case.reasons is None:
        raise ReasonRequired()
    if rule.facts and case.facts is None:
        raise BurdenOfProof()
    if ground in _SUPPORTING:
        _check_excess(case, _SUPPORTING[ground], received_on)
    provision = f"{rule.provision}; {case.provision.strip()}" if case.provision.strip() else rule.provision
    return ground, provision


def _check_basis(basis: LegalBasis | None, right: Right) -> None:
    """Which right exists on which legal basis (GDPR Art. 17(3)(b), 20(1), 21(1), 22(3))."""
    if basis is None:
        raise GroundNotAvailable("State the legal basis of the processing on which the right does not exist.")
    if right is Right.OBJECTION and basis is LegalBasis.CONSENT:
        raise GroundNotAvailable("An objection to processing on consent is a withdrawal of consent: treat it as one.")
    if basis not in NOT_ON_THIS_BASIS[right]:
        raise GroundNotAvailable(f"The right '{right}' exists on the legal basis '{basis}'.")


def _check_excess(case: RefusalCase, supporting: frozenset[ExcessClaim], received_on: date) -> None:
    """GDPR Art. 12(5): the controller demonstrates it; effort or motive alone never suffices."""
    if not supporting & set(case.claims):
        raise BurdenOfProof()
    if ExcessClaim.REPETITIVE in case.claims:
        if case.previous_request_on is None or case.previous_request_on > received_on:
            raise BurdenOfProof("State when the same was last asked.")
        if received_on - case.previous_request_on >= YEARLY:
            raise GroundNotAvailable("A yearly interval is never excessive.")
