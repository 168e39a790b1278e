"""Grounds on which an item may be refused, each with its provision, its rights and its conditions.

Policy as pure functions: `check_ground` raises the reason why a refusal is not allowed. GDPR Art. 11, 12(5), 15(4),
17(3), 18(1), 20, 21, 23.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, StrEnum, auto
from typing import Final

from dsr.domain.request.basis import ActivityBasis, Existence, verdict
from dsr.domain.request.errors import AbsoluteRight, BurdenOfProof, GroundNotAvailable, ReasonRequired
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class RefusalGround(StrEnum):
    """Codes are public and never renamed."""

    MANIFESTLY_UNFOUNDED = "manifestly-unfounded"
    """GDPR Art. 12(5)(b): manifestly unfounded, which the controller demonstrates."""
    MANIFESTLY_EXCESSIVE = "manifestly-excessive"
    """GDPR Art. 12(5)(b): manifestly excessive, in particular by repetition, which the controller demonstrates."""
    UNIDENTIFIABLE = "unidentifiable"
    """GDPR Art. 11(2), 12(2): the controller demonstrates that it can't identify the person. Refuses the whole item."""
    RIGHT_NOT_ON_THIS_BASIS = "right-not-on-this-basis"
    """GDPR Art. 20(1)(a), 21(1): the right does not exist on the legal basis of the processing. Name the activities."""
    NOT_THE_CONTROLLER = "not-the-controller"
    """GDPR Art. 4(7): another controller decides on purposes and means."""
    RIGHTS_OF_OTHERS = "rights-of-others"
    """GDPR Art. 15(4): a copy would harm the rights of others. Refuses a part, after redaction."""
    NATIONAL_RESTRICTION = "national-restriction"
    """GDPR Art. 23: a restriction in Union or national law, by name."""
    DATA_ACCURATE = "data-accurate"
    """GDPR Art. 16: the data is accurate and complete."""
    NO_ERASURE_GROUND = "no-erasure-ground"
    """GDPR Art. 17(1): none of its grounds holds. Name the activities."""
    FREEDOM_OF_EXPRESSION = "freedom-of-expression"
    """GDPR Art. 17(3)(a): freedom of expression and information. To the extent necessary."""
    LEGAL_OBLIGATION = "legal-obligation"
    """GDPR Art. 17(3)(b): a duty to keep the data, or a public task; name the provision. To the extent necessary."""
    PUBLIC_HEALTH = "public-health"
    """GDPR Art. 17(3)(c): public interest in public health. To the extent necessary."""
    ARCHIVING_OR_RESEARCH = "archiving-or-research"
    """GDPR Art. 17(3)(d): archiving, research or statistics that erasure would impair. To the extent necessary."""
    LEGAL_CLAIMS = "legal-claims"
    """GDPR Art. 17(3)(e), 21(1): to establish, exercise or defend legal claims. To the extent necessary."""
    NO_RESTRICTION_GROUND = "no-restriction-ground"
    """GDPR Art. 18(1): none of its grounds holds."""
    COMPELLING_GROUNDS = "compelling-grounds"
    """GDPR Art. 21(1): compelling legitimate grounds override, after the interests were balanced."""
    NOT_AUTOMATED = "not-automated"
    """GDPR Art. 20(1)(b): the processing is not carried out by automated means. Name the activities."""
    FEE_UNPAID = "fee-unpaid"
    """GDPR Art. 12(5)(a), 15(3): a fee was quoted, and declined or left unpaid. Refuses the whole item."""


class ExcessClaim(StrEnum):
    """The reason given for calling a request manifestly unfounded or excessive."""

    REPETITIVE = "repetitive"
    """The person asked the same less than a year ago; supports a fee for `manifestly-excessive`, and a refusal only
    beside `abusive`.
    """
    ABUSIVE = "abusive"
    """The person abuses the right; supports both grounds of GDPR Art. 12(5)."""
    NO_RIGHT_AT_ALL = "no-right-at-all"
    """The person has no right to anything asked; supports `manifestly-unfounded`."""
    EFFORT = "effort"
    """Answering takes much effort; supports no ground by itself."""
    MOTIVE = "motive"
    """The person has another motive; supports no ground by itself."""


class Reach(Enum):
    """How much of an item a ground can refuse."""

    ANY = auto()
    EXTENT = auto()
    """The named data, to the extent necessary; the whole only if the exception is stated to cover everything asked."""
    PART = auto()
    """Never the whole: data of others is redacted, and the rest handed over."""
    WHOLE = auto()
    """The whole item only: the ground concerns the person or the fee, not single data."""


@dataclass(frozen=True)
class GroundRule:
    """A ground's provision, the rights it can refuse, and its conditions."""

    provision: str
    rights: frozenset[Right]
    facts: bool = False
    """The controller has to prove concrete facts."""
    named_provision: bool = False
    """A Union or national provision must be named."""
    reach: Reach = Reach.ANY


_EVERY = frozenset(Right) - {Right.CONSENT_WITHDRAWAL}
_ERASURE = frozenset({Right.ERASURE})
_ARTICLES_15_TO_20 = frozenset({Right.ACCESS, Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION, Right.PORTABILITY})

GROUNDS: dict[RefusalGround, GroundRule] = {
    RefusalGround.MANIFESTLY_UNFOUNDED: GroundRule("GDPR Art. 12(5)(b)", _EVERY, facts=True),
    RefusalGround.MANIFESTLY_EXCESSIVE: GroundRule("GDPR Art. 12(5)(b)", _EVERY, facts=True),
    RefusalGround.UNIDENTIFIABLE: GroundRule(
        "GDPR Art. 11(2), 12(2)", _ARTICLES_15_TO_20, facts=True, reach=Reach.WHOLE
    ),
    RefusalGround.RIGHT_NOT_ON_THIS_BASIS: GroundRule(
        "GDPR Art. 20(1)(a), 21(1)", frozenset({Right.PORTABILITY, Right.OBJECTION}), facts=True
    ),
    RefusalGround.NOT_THE_CONTROLLER: GroundRule("GDPR Art. 4(7), 12(1)", _EVERY, facts=True),
    # Others' rights limit the copy, not the answer: redact first, refuse only what redaction can't save.
    RefusalGround.RIGHTS_OF_OTHERS: GroundRule(
        "GDPR Art. 15(4)", frozenset({Right.ACCESS}), facts=True, reach=Reach.PART
    ),
    RefusalGround.NATIONAL_RESTRICTION: GroundRule("GDPR Art. 23", _EVERY, facts=True, named_provision=True),
    # The only ground that exists for rectification alone.
    RefusalGround.DATA_ACCURATE: GroundRule("GDPR Art. 16", frozenset({Right.RECTIFICATION}), facts=True),
    RefusalGround.NO_ERASURE_GROUND: GroundRule("GDPR Art. 17(1)", _ERASURE, facts=True),
    RefusalGround.FREEDOM_OF_EXPRESSION: GroundRule("GDPR Art. 17(3)(a)", _ERASURE, facts=True, reach=Reach.EXTENT),
    RefusalGround.LEGAL_OBLIGATION: GroundRule(
        "GDPR Art. 17(3)(b)", _ERASURE, facts=True, named_provision=True, reach=Reach.EXTENT
    ),
    RefusalGround.PUBLIC_HEALTH: GroundRule("GDPR Art. 17(3)(c)", _ERASURE, facts=True, reach=Reach.EXTENT),
    RefusalGround.ARCHIVING_OR_RESEARCH: GroundRule("GDPR Art. 17(3)(d)", _ERASURE, facts=True, reach=Reach.EXTENT),
    RefusalGround.LEGAL_CLAIMS: GroundRule(
        "GDPR Art. 17(3)(e), 21(1)", frozenset({Right.ERASURE, Right.OBJECTION}), facts=True, reach=Reach.EXTENT
    ),
    RefusalGround.NO_RESTRICTION_GROUND: GroundRule("GDPR Art. 18(1)", frozenset({Right.RESTRICTION}), facts=True),
    RefusalGround.COMPELLING_GROUNDS: GroundRule("GDPR Art. 21(1)", frozenset({Right.OBJECTION}), facts=True),
    RefusalGround.NOT_AUTOMATED: GroundRule("GDPR Art. 20(1)(b)", frozenset({Right.PORTABILITY}), facts=True),
    # A reasonable fee was quoted, and its offer declined or left to expire.
    RefusalGround.FEE_UNPAID: GroundRule("GDPR Art. 12(5)(a), 15(3)", _EVERY, facts=True, reach=Reach.WHOLE),
}

ON_BALANCE: Final = (RefusalGround.COMPELLING_GROUNDS, RefusalGround.LEGAL_CLAIMS)
"""Grounds that refuse an objection only as far as interests were balanced in the controller's favour."""

ON_BASES: Final = frozenset(
    {RefusalGround.RIGHT_NOT_ON_THIS_BASIS, RefusalGround.NOT_AUTOMATED, RefusalGround.NO_ERASURE_GROUND}
)
"""Grounds that the record of processing decides; for a whole item, by all of the controller's processing of such
data.
"""

_SUPPORTING: dict[RefusalGround, frozenset[ExcessClaim]] = {
    RefusalGround.MANIFESTLY_UNFOUNDED: frozenset({ExcessClaim.NO_RIGHT_AT_ALL, ExcessClaim.ABUSIVE}),
    RefusalGround.MANIFESTLY_EXCESSIVE: frozenset({ExcessClaim.REPETITIVE, ExcessClaim.ABUSIVE}),
}
"""The reasons that support each ground of GDPR Art. 12(5): repetition is an example of excess; effort and motive
support none.
"""

YEARLY = timedelta(days=365)
"""A request a year is never excessive (EDPB Guidelines 01/2022)."""


@dataclass(frozen=True)
class RefusalCase:
    """The facts a handler gives for refusing one item; free text is sealed."""

    ground: str
    reasons: Sealed | None
    facts: Sealed | None
    provision: str = ""
    """A national or Union provision, if the ground needs one, e.g. "§ 147 AO"; never about a person."""
    extent: tuple[str, ...] = ()
    """Fields or categories that the refusal is limited to."""
    claims: tuple[ExcessClaim, ...] = ()
    previous_request_on: date | None = None
    """When the person last asked the same, for `repetitive`."""
    intent: Sealed | None = None
    """For `manifestly-excessive`, the facts that show an abusive intent, besides what makes it excessive (`facts`)."""
    activities: tuple[ActivityBasis, ...] = ()
    """The processing concerned, with its legal bases from the pinned record, for grounds that depend on them."""
    in_part: bool = False
    """Refuses only the named extent; effect is given to the rest."""
    covers_all: bool = False
    """States that the exception covers everything asked, so that a ground limited "to the extent" refuses the whole."""
    withheld_under: str = ""
    """The law that forbids telling the person the reasons (GDPR Art. 23(2)(h)); empty: they are told."""
    tells_provision: bool = True
    """Whether the person is told which provision limits the right, where the reasons are withheld."""


def check_ground(
    case: RefusalCase, *, right: Right, direct_marketing: bool, received_on: date
) -> tuple[RefusalGround, str]:
    """Check the ground; return it with the provision that the letter must cite.

    Raises AbsoluteRight (consent withdrawal 7(3); objection to direct marketing 21(2)), GroundNotAvailable,
    ReasonRequired, BurdenOfProof.
    """
    if right is Right.CONSENT_WITHDRAWAL or (right is Right.OBJECTION and direct_marketing):
        raise AbsoluteRight(right=right.value)
    try:
        ground = RefusalGround(case.ground)
    except ValueError:
        raise GroundNotAvailable(f"There is no such ground. Known grounds: {', '.join(RefusalGround)}.") from None
    rule = GROUNDS[ground]
    if right not in rule.rights:
        raise GroundNotAvailable(f"'{ground}' ({rule.provision}) is not a ground for refusing {right}.")
    if rule.named_provision and not case.provision.strip():
        raise GroundNotAvailable(
            f"'{ground}' ({rule.provision}) needs the name of the Union or national law in `provision`."
        )
    if case.withheld_under.strip() and ground is not RefusalGround.NATIONAL_RESTRICTION:
        raise GroundNotAvailable(
            f"Reasons are withheld only where a law restricts the right (GDPR Art. 23(2)(h)): refuse on the ground "
            f"'{RefusalGround.NATIONAL_RESTRICTION}'."
        )
    _check_reach(case, ground, rule)
    if ground in ON_BASES:
        _check_bases(ground, case.activities, right)
    if case.reasons is None:
        raise ReasonRequired()
    if rule.facts and case.facts is None:
        raise BurdenOfProof()
    if ground in _SUPPORTING:
        check_excess(ground, claims=case.claims, previous_request_on=case.previous_request_on, received_on=received_on)
    if ground is RefusalGround.MANIFESTLY_EXCESSIVE:
        _require_abuse(case)
    provision = f"{rule.provision}; {case.provision.strip()}" if case.provision.strip() else rule.provision
    return ground, provision


def _require_abuse(case: RefusalCase) -> None:
    """Check that an excess is shown by its objective and its subjective element: facts, and an abusive intent.

    Repetition alone is none; a first request too may be excessive (GDPR Art. 12(5); CJEU C-416/23 by analogy,
    C-526/24).
    """
    if ExcessClaim.ABUSIVE not in case.claims or case.intent is None:
        raise BurdenOfProof(
            "Repetition alone does not make a request excessive. Claim `abusive`, state in `facts` what makes it "
            "excessive, and in `intent` the facts that show the intent to abuse the right."
        )


def _check_reach(case: RefusalCase, ground: RefusalGround, rule: GroundRule) -> None:
    """Check that no more is refused than the ground allows: "to the extent" (GDPR Art. 17(3)), redacted (Art. 15(4),
    20(4)).
    """
    if case.in_part and case.covers_all:
        raise GroundNotAvailable("A refusal covers either a part or everything that is asked: choose one of the two.")
    if rule.reach is Reach.WHOLE and case.in_part:
        raise GroundNotAvailable(f"'{ground}' ({rule.provision}) refuses whole items only.")
    if rule.reach is Reach.PART and not case.in_part:
        raise GroundNotAvailable(
            f"'{ground}' ({rule.provision}) never refuses the whole item: redact, and refuse only what "
            "redaction can't save."
        )
    if rule.reach is Reach.EXTENT and not (case.in_part or case.covers_all):
        raise GroundNotAvailable(
            f"'{ground}' ({rule.provision}) holds only to the extent necessary: refuse that part, or state that the "
            "exception covers everything that is asked."
        )
    if (case.in_part or rule.reach in (Reach.EXTENT, Reach.PART)) and not case.extent:
        raise GroundNotAvailable(f"'{ground}' holds only to the extent necessary: name the fields it covers.")


def _check_bases(ground: RefusalGround, activities: tuple[ActivityBasis, ...], right: Right) -> None:
    """Check that the right exists on the legal bases (docs/law §4) in the record of processing, not as a handler
    claims.
    """
    if not activities:
        raise GroundNotAvailable(f"Name the processing activities for which '{ground}' holds.")
    for each in activities:
        found = verdict(right, each)
        if ground is RefusalGround.NOT_AUTOMATED and each.automated:
            raise GroundNotAvailable(f"{each.activity} is carried out by automated means.")
        if ground is RefusalGround.RIGHT_NOT_ON_THIS_BASIS and found.existence is not Existence.NO:
            raise GroundNotAvailable(f"{each.activity} rests on {each.basis}: {found.why} ({found.provision})")
        if ground is RefusalGround.NO_ERASURE_GROUND and found.existence is Existence.YES:
            raise GroundNotAvailable(f"{each.activity} rests on {each.basis}: {found.why} ({found.provision})")


def check_excess(
    ground: RefusalGround, *, claims: Collection[ExcessClaim], previous_request_on: date | None, received_on: date
) -> None:
    """Check that the reason given supports a ground of GDPR Art. 12(5), for a refusal or a fee.

    The controller has to demonstrate it; effort or motive alone never suffices. Raises BurdenOfProof,
    GroundNotAvailable.
    """
    supporting = _SUPPORTING[ground]
    if not supporting & set(claims):
        named = ", ".join(each for each in ExcessClaim if each in supporting)
        raise BurdenOfProof(
            f"Name in `claims` a reason that supports '{ground}': {named}. Effort or motive alone never suffices "
            "(GDPR Art. 12(5)).",
        )
    if ExcessClaim.REPETITIVE in claims:
        if previous_request_on is None or previous_request_on > received_on:
            raise BurdenOfProof("State when the person last asked the same.")
        if received_on - previous_request_on >= YEARLY:
            raise GroundNotAvailable("A yearly interval is never excessive.")
