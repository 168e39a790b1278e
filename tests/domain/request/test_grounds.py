"""Which ground refuses which right, and what it demands (GDPR Art. 11, 12(5), 15-23; docs/law §4)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.errors import AbsoluteRight, BurdenOfProof, GroundNotAvailable, ReasonRequired
from dsr.domain.request.grounds import ExcessClaim, RefusalGround, check_ground
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis
from tests.domain.request.a_case import Made


def on(basis: Any, **facts: Any) -> Any:
    """An activity of the record of processing."""
    return ActivityBasis("telephony", basis, **facts)


R = date(2026, 3, 2)
G = RefusalGround

RIGHTS_OF = {
    G.MANIFESTLY_UNFOUNDED: set(Right) - {Right.CONSENT_WITHDRAWAL},
    G.MANIFESTLY_EXCESSIVE: set(Right) - {Right.CONSENT_WITHDRAWAL},
    G.UNIDENTIFIABLE: {Right.ACCESS, Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION, Right.PORTABILITY},
    G.RIGHT_NOT_ON_THIS_BASIS: {Right.PORTABILITY, Right.OBJECTION},
    G.NOT_THE_CONTROLLER: set(Right) - {Right.CONSENT_WITHDRAWAL},
    G.RIGHTS_OF_OTHERS: {Right.ACCESS},
    G.NATIONAL_RESTRICTION: set(Right) - {Right.CONSENT_WITHDRAWAL},
    G.DATA_ACCURATE: {Right.RECTIFICATION},
    G.NO_ERASURE_GROUND: {Right.ERASURE},
    G.FREEDOM_OF_EXPRESSION: {Right.ERASURE},
    G.LEGAL_OBLIGATION: {Right.ERASURE},
    G.PUBLIC_HEALTH: {Right.ERASURE},
    G.ARCHIVING_OR_RESEARCH: {Right.ERASURE},
    G.LEGAL_CLAIMS: {Right.ERASURE, Right.OBJECTION},
    G.NO_RESTRICTION_GROUND: {Right.RESTRICTION},
    G.COMPELLING_GROUNDS: {Right.OBJECTION},
    G.NOT_AUTOMATED: {Right.PORTABILITY},
    G.FEE_UNPAID: set(Right) - {Right.CONSENT_WITHDRAWAL},
}


EXCEPTIONS = [G.FREEDOM_OF_EXPRESSION, G.LEGAL_OBLIGATION, G.PUBLIC_HEALTH, G.ARCHIVING_OR_RESEARCH, G.LEGAL_CLAIMS]
TO_THE_EXTENT = [(ground, Right.ERASURE) for ground in EXCEPTIONS] + [(G.LEGAL_CLAIMS, Right.OBJECTION)]
IN_PART_ONLY = {G.RIGHTS_OF_OTHERS}
WHOLE_ONLY = {G.UNIDENTIFIABLE, G.FEE_UNPAID}


@pytest.fixture
def check(made: Made) -> Callable[..., Any]:
    """Check a refusal that states everything, of as much as its ground can refuse, but for the changes."""

    def run(right: Right = Right.ACCESS, *, direct_marketing: Any = False, **changes: Any) -> Any:
        full = {
            "provision": "§ 1 Act",
            "extent": ("invoices",),
            "claims": (ExcessClaim.ABUSIVE,),
            "activities": (on(LegalBasis.LEGAL_DUTY, automated=False),),
            "in_part": changes.get("ground") in IN_PART_ONLY,
            "covers_all": changes.get("ground") in EXCEPTIONS,
        }
        refusal = made.refusal(**(full | changes))
        return check_ground(refusal, right=right, direct_marketing=direct_marketing, received_on=R)

    return run


@pytest.mark.parametrize("ground", RefusalGround)
@pytest.mark.parametrize("right", sorted(set(Right) - {Right.CONSENT_WITHDRAWAL}))
def test_each_ground_refuses_the_rights_it_exists_for_and_no_other(
    check: Callable[..., Any], ground: RefusalGround, right: Any
) -> None:
    if right in RIGHTS_OF[ground]:
        assert check(right, ground=ground)[0] is ground
    else:
        with pytest.raises(GroundNotAvailable):
            check(right, ground=ground)


@pytest.mark.parametrize("ground", RefusalGround)
def test_no_ground_refuses_an_absolute_right(check: Callable[..., Any], ground: RefusalGround) -> None:
    with pytest.raises(AbsoluteRight):
        check(Right.CONSENT_WITHDRAWAL, ground=ground)
    with pytest.raises(AbsoluteRight):
        check(Right.OBJECTION, direct_marketing=True, ground=ground)


@pytest.mark.parametrize("ground", RefusalGround)
def test_every_ground_needs_reasons_and_facts(check: Callable[..., Any], ground: RefusalGround) -> None:
    right = sorted(RIGHTS_OF[ground])[0]
    with pytest.raises(ReasonRequired):
        check(right, ground=ground, reasons=None)
    with pytest.raises(BurdenOfProof):
        check(right, ground=ground, facts=None)


@pytest.mark.parametrize(
    ("ground", "right"), [(G.NATIONAL_RESTRICTION, Right.ACCESS), (G.LEGAL_OBLIGATION, Right.ERASURE)]
)
def test_a_restriction_by_law_names_its_provision(check: Callable[..., Any], ground: G, right: Right) -> None:
    with pytest.raises(GroundNotAvailable):
        check(right, ground=ground, provision="  ")
    assert check(right, ground=ground, provision=" § 29 BDSG ")[1].endswith("; § 29 BDSG")


@pytest.mark.parametrize(("ground", "right"), TO_THE_EXTENT)
@pytest.mark.parametrize("reach", [{"in_part": True, "covers_all": False}, {"covers_all": True}])
def test_what_holds_to_the_extent_necessary_names_it_per_field(
    check: Callable[..., Any], ground: Any, right: Any, reach: dict[str, Any]
) -> None:
    assert check(right, ground=ground, **reach)[0] is ground
    with pytest.raises(GroundNotAvailable, match="name the fields"):
        check(right, ground=ground, extent=(), **reach)


@pytest.mark.parametrize(("ground", "right"), TO_THE_EXTENT)
def test_what_holds_to_the_extent_necessary_refuses_the_whole_only_where_it_is_stated_to_cover_all(
    check: Callable[..., Any], ground: Any, right: Any
) -> None:
    with pytest.raises(GroundNotAvailable, match="covers everything"):
        check(right, ground=ground, covers_all=False)


@pytest.mark.parametrize("covers_all", [False, True])
def test_rights_of_others_limit_a_copy_and_never_refuse_the_whole(check: Callable[..., Any], covers_all: bool) -> None:
    with pytest.raises(GroundNotAvailable, match="redact"):
        check(Right.ACCESS, ground=G.RIGHTS_OF_OTHERS, in_part=False, covers_all=covers_all)
    with pytest.raises(GroundNotAvailable, match="name the fields"):
        check(Right.ACCESS, ground=G.RIGHTS_OF_OTHERS, extent=())


@pytest.mark.parametrize("ground", sorted(WHOLE_ONLY))
def test_a_person_who_is_unidentified_or_does_not_pay_is_refused_as_a_whole_or_not_at_all(
    check: Callable[..., Any], ground: Any
) -> None:
    assert check(Right.ACCESS, ground=ground)[0] is ground
    with pytest.raises(GroundNotAvailable, match="whole items only"):
        check(Right.ACCESS, ground=ground, in_part=True)


@pytest.mark.parametrize("ground", sorted(set(G) - WHOLE_ONLY))
def test_a_refusal_in_part_does_not_cover_everything(check: Callable[..., Any], ground: Any) -> None:
    with pytest.raises(GroundNotAvailable, match="either a part or everything"):
        check(sorted(RIGHTS_OF[ground])[0], ground=ground, in_part=True, covers_all=True)


def test_an_unknown_ground_is_none(check: Callable[..., Any]) -> None:
    with pytest.raises(GroundNotAvailable):
        check(ground="inconvenient")


# GDPR Art. 12(5) ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ground", [G.MANIFESTLY_UNFOUNDED, G.MANIFESTLY_EXCESSIVE])
@pytest.mark.parametrize(
    "claims", [(), (ExcessClaim.EFFORT,), (ExcessClaim.MOTIVE,), (ExcessClaim.EFFORT, ExcessClaim.MOTIVE)]
)
def test_effort_or_motive_alone_never_suffices(
    check: Callable[..., Any], ground: G, claims: tuple[ExcessClaim, ...]
) -> None:
    with pytest.raises(BurdenOfProof):
        check(ground=ground, claims=claims)


def test_repetition_alone_refuses_nothing(check: Callable[..., Any]) -> None:
    """C-416/23 by analogy, C-526/24: an excess has an objective and a subjective element."""
    repeated = {"claims": (ExcessClaim.REPETITIVE,), "previous_request_on": R - timedelta(days=30)}
    for ground in (G.MANIFESTLY_EXCESSIVE, G.MANIFESTLY_UNFOUNDED):
        with pytest.raises(BurdenOfProof):
            check(ground=ground, **repeated)
    repeated["claims"] = (ExcessClaim.REPETITIVE, ExcessClaim.ABUSIVE)
    assert check(ground=G.MANIFESTLY_EXCESSIVE, **repeated)[0] is G.MANIFESTLY_EXCESSIVE


def test_an_excess_is_shown_by_facts_for_the_excess_and_for_the_abusive_intent(
    check: Callable[..., Any], made: Made
) -> None:
    for missing in ({"facts": None}, {"intent": None}):
        with pytest.raises(BurdenOfProof):
            check(ground=G.MANIFESTLY_EXCESSIVE, claims=(ExcessClaim.ABUSIVE,), **missing)
    # A first request too may be excessive.
    assert check(ground=G.MANIFESTLY_EXCESSIVE, claims=(ExcessClaim.ABUSIVE,), intent=made.sealed())


def test_a_right_that_does_not_exist_makes_a_request_unfounded_not_excessive(check: Callable[..., Any]) -> None:
    with pytest.raises(BurdenOfProof):
        check(ground=G.MANIFESTLY_EXCESSIVE, claims=(ExcessClaim.NO_RIGHT_AT_ALL,))


@pytest.mark.parametrize("previous", [None, R + timedelta(days=1)])
def test_repetition_is_proven_by_the_earlier_request(check: Callable[..., Any], previous: Any) -> None:
    with pytest.raises(BurdenOfProof):
        check(ground=G.MANIFESTLY_EXCESSIVE, claims=(ExcessClaim.REPETITIVE,), previous_request_on=previous)


@pytest.mark.parametrize(("days", "allowed"), [(364, True), (365, False), (800, False)])
def test_a_yearly_interval_is_never_excessive(check: Callable[..., Any], days: int, allowed: bool) -> None:
    claim = {"claims": (ExcessClaim.REPETITIVE, ExcessClaim.ABUSIVE), "previous_request_on": R - timedelta(days=days)}
    if allowed:
        assert check(ground=G.MANIFESTLY_EXCESSIVE, **claim)
    else:
        with pytest.raises(GroundNotAvailable):
            check(ground=G.MANIFESTLY_EXCESSIVE, **claim)


# Which right exists on which basis (docs/law §4) ---------------------------------------------------------------------

B = LegalBasis
NOT_ON = {
    Right.PORTABILITY: {B.LEGAL_DUTY, B.VITAL_INTERESTS, B.PUBLIC_TASK, B.LEGITIMATE_INTERESTS},
    Right.OBJECTION: {B.CONTRACT, B.LEGAL_DUTY, B.VITAL_INTERESTS},
}


@pytest.mark.parametrize("right", sorted(NOT_ON))
@pytest.mark.parametrize("basis", LegalBasis)
def test_a_right_is_refused_for_its_basis_only_where_it_does_not_exist_on_it(
    check: Callable[..., Any], right: Any, basis: LegalBasis
) -> None:
    if basis in NOT_ON[right]:
        assert check(right, ground=G.RIGHT_NOT_ON_THIS_BASIS, activities=(on(basis),))
    else:
        with pytest.raises(GroundNotAvailable):
            check(right, ground=G.RIGHT_NOT_ON_THIS_BASIS, activities=(on(basis),))


@pytest.mark.parametrize("right", sorted(NOT_ON))
def test_one_activity_on_which_the_right_exists_keeps_it_from_being_refused(
    check: Callable[..., Any], right: Any
) -> None:
    exists = next(basis for basis in LegalBasis if basis not in NOT_ON[right])
    with pytest.raises(GroundNotAvailable):
        check(right, ground=G.RIGHT_NOT_ON_THIS_BASIS, activities=(on(B.LEGAL_DUTY), on(exists)))


def test_an_objection_to_processing_on_consent_is_a_withdrawal_and_never_refused(check: Callable[..., Any]) -> None:
    with pytest.raises(GroundNotAvailable, match="withdraws that consent"):
        check(Right.OBJECTION, ground=G.RIGHT_NOT_ON_THIS_BASIS, activities=(on(B.CONSENT),))


@pytest.mark.parametrize("in_part", [False, True])
@pytest.mark.parametrize(
    ("ground", "right"),
    [
        (G.RIGHT_NOT_ON_THIS_BASIS, Right.PORTABILITY),
        (G.NOT_AUTOMATED, Right.PORTABILITY),
        (G.NO_ERASURE_GROUND, Right.ERASURE),
    ],
)
def test_the_activities_are_named_and_their_basis_is_not_claimed(
    check: Callable[..., Any], ground: G, right: Right, in_part: bool
) -> None:
    with pytest.raises(GroundNotAvailable, match="Name the processing activities"):
        check(right, ground=ground, activities=(), in_part=in_part)


@pytest.mark.parametrize("basis", LegalBasis)
def test_no_erasure_ground_is_said_of_no_processing_on_consent(check: Callable[..., Any], basis: LegalBasis) -> None:
    activities = (on(B.CONTRACT), on(basis))
    if basis is B.CONSENT:
        with pytest.raises(GroundNotAvailable, match="rests on consent"):
            check(Right.ERASURE, ground=G.NO_ERASURE_GROUND, activities=activities)
    else:
        assert check(Right.ERASURE, ground=G.NO_ERASURE_GROUND, activities=activities)[0] is G.NO_ERASURE_GROUND


def test_portability_is_refused_as_not_automated_only_where_the_record_says_so(check: Callable[..., Any]) -> None:
    with pytest.raises(GroundNotAvailable, match="automated means"):
        check(Right.PORTABILITY, ground=G.NOT_AUTOMATED, activities=(on(B.CONSENT), on(B.CONSENT, automated=False)))


def test_a_part_is_refused_only_by_name(check: Callable[..., Any]) -> None:
    with pytest.raises(GroundNotAvailable):
        check(Right.ACCESS, ground=G.NATIONAL_RESTRICTION, in_part=True, extent=())


def test_reasons_are_withheld_only_where_a_law_restricts_the_right(check: Callable[..., Any]) -> None:
    with pytest.raises(GroundNotAvailable):
        check(ground=G.MANIFESTLY_UNFOUNDED, claims=(ExcessClaim.ABUSIVE,), withheld_under="§ 47 GwG")
    check(ground=G.NATIONAL_RESTRICTION, withheld_under="§ 47 GwG")
    with pytest.raises(ReasonRequired):
        check(ground=G.NATIONAL_RESTRICTION, withheld_under="§ 47 GwG", reasons=None)
