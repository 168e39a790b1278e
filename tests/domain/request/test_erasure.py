"""On which ground data is erased, and what stands in the way (GDPR Art. 17(1), (3))."""

import pytest

from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.erasure import ErasureGround
from dsr.domain.request.errors import GroundNotAvailable
from dsr.domain.request.holds import LegalHold
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.standing import Hold, HoldKind
from dsr.domain.request.values import BalanceFinding, ItemStatus
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis
from tests.domain.request.a_case import Made, OpenCase

ON_CONSENT = (ActivityBasis("recordings", LegalBasis.CONSENT),)
ON_CONTRACT = (ActivityBasis("telephony", LegalBasis.CONTRACT),)


def test_an_erasure_is_granted_on_a_ground_of_article_17_1(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    with case.refuses(GroundNotAvailable):
        case.grant("erasure", erasure_ground=None)
    case.grant("erasure", erasure_ground=ErasureGround.NO_LONGER_NECESSARY)
    assert case.happened() == ["item-granted", "search-narrowed"]
    assert case.news[0].erasure_ground is ErasureGround.NO_LONGER_NECESSARY
    assert case.news[0].activities == ("telephony",)


def test_no_other_right_needs_a_ground_of_erasure(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    assert case.events[-1].erasure_ground is None


@pytest.mark.parametrize("ground", [ErasureGround.CONSENT_WITHDRAWN, ErasureGround.CHILD_SERVICE])
def test_what_rests_on_consent_alone_is_erased_when_consent_is_gone(a_case: OpenCase, ground: ErasureGround) -> None:
    case = a_case(Right.ERASURE)
    for activities in (ON_CONTRACT, ON_CONSENT + ON_CONTRACT, ()):
        with case.refuses(GroundNotAvailable):
            case.grant("erasure", erasure_ground=ground, activities=activities)
    case.withdraw_consent(activities=ON_CONSENT)
    case.grant("erasure", erasure_ground=ground, activities=ON_CONSENT)


def test_erasure_on_a_withdrawal_of_consent_needs_that_withdrawal_on_record(a_case: OpenCase) -> None:
    """Otherwise past recordings go, and the next call is recorded."""
    case = a_case(Right.ERASURE)
    ground = ErasureGround.CONSENT_WITHDRAWN
    with case.refuses(GroundNotAvailable) as refused:
        case.grant("erasure", erasure_ground=ground, activities=ON_CONSENT)
    assert refused.facts == {"activities": [each.activity for each in ON_CONSENT]}
    case.withdraw_consent(activities=(ActivityBasis("newsletter", LegalBasis.CONSENT),))
    with case.refuses(GroundNotAvailable):
        case.grant("erasure", erasure_ground=ground, activities=ON_CONSENT)
    case.withdraw_consent(activities=ON_CONSENT)
    case.grant("erasure", erasure_ground=ground, activities=ON_CONSENT)


@pytest.mark.parametrize(
    ("finding", "extent", "prevails"),
    [
        (None, (), False),
        (BalanceFinding.CONTROLLER_PREVAILS, (), False),
        (BalanceFinding.PREVAILS_IN_PART, ("scores",), True),
        (BalanceFinding.SUBJECT_PREVAILS, (), True),
    ],
)
def test_erasure_after_an_objection_follows_its_balance(
    a_case: OpenCase, finding: BalanceFinding | None, extent: tuple[str, ...], prevails: bool
) -> None:
    case = a_case(Right.OBJECTION, Right.ERASURE)
    case.object("objection")
    if finding is not None:
        case.balance_interests("objection", finding=finding, extent=extent)
    if prevails:
        case.grant("erasure", erasure_ground=ErasureGround.OBJECTION_PREVAILS)
    else:
        with case.refuses(GroundNotAvailable):
            case.grant("erasure", erasure_ground=ErasureGround.OBJECTION_PREVAILS)


def test_an_objection_to_direct_marketing_prevails_without_a_balance(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.OBJECTION, Right.ERASURE, direct_marketing=True)
    with case.refuses(GroundNotAvailable):
        case.grant("erasure", erasure_ground=ErasureGround.OBJECTION_PREVAILS)
    case.object("objection")
    case.grant("erasure", erasure_ground=ErasureGround.OBJECTION_PREVAILS)


@pytest.mark.parametrize("marketing", [False, True])
def test_an_objection_that_was_taken_back_prevails_no_more(a_case: OpenCase, marketing: bool) -> None:
    case = a_case()
    case.register(Right.OBJECTION, Right.ERASURE, direct_marketing=marketing)
    if not marketing:
        case.object("objection")
        case.balance_interests("objection", finding=BalanceFinding.SUBJECT_PREVAILS)
    case.withdraw(item_ids=("objection",))
    with case.refuses(GroundNotAvailable):
        case.grant("erasure", erasure_ground=ErasureGround.OBJECTION_PREVAILS)


def test_a_duty_to_erase_names_the_law(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    with case.refuses(GroundNotAvailable):
        case.grant("erasure", erasure_ground=ErasureGround.ERASURE_REQUIRED_BY_LAW, provision=" ")
    case.grant("erasure", erasure_ground=ErasureGround.ERASURE_REQUIRED_BY_LAW, provision=" § 35 BDSG ")
    assert case.news[0].provision == "§ 35 BDSG"


@pytest.mark.parametrize("ground", ErasureGround)
def test_an_erasure_names_the_processing_whose_data_is_erased(a_case: OpenCase, ground: ErasureGround) -> None:
    case = a_case(Right.ERASURE)
    with case.refuses(GroundNotAvailable):
        case.grant("erasure", erasure_ground=ground, provision="§ 35 BDSG", activities=())


# Legal holds -------------------------------------------------------------------------------------------------------


def test_a_legal_hold_stands_against_granting_the_erasure_of_what_it_covers(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    case.place_hold(activities=("telephony",), systems=("archive",))
    with case.refuses(LegalHold):
        case.grant("erasure")
    case.grant("erasure", activities=(ActivityBasis("billing", LegalBasis.CONTRACT),))


def test_a_legal_hold_stands_against_erasing_in_the_system_it_covers(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    case.grant("erasure")
    case.place_hold(activities=(), systems=("crm",))
    case.search("erasure", found=("telephony", "crm"))
    with case.refuses(LegalHold):
        case.record_done("erasure")
    case.account_for_systems("erasure", accounts=case.accounts("crm", result=SearchResult.LEFT_OUT))
    case.record_done("erasure")
    assert case.request.items["erasure"].status is ItemStatus.DONE


def test_a_legal_hold_on_another_case_of_the_same_person_stands_too(a_case: OpenCase, made: Made) -> None:
    elsewhere = Hold(made.key().key_id, HoldKind.LEGAL, "acme-de", ("telephony",), ("crm",))
    case = a_case(Right.ERASURE)
    with case.refuses(LegalHold):
        case.grant("erasure", other_holds=(elsewhere,))
    case.grant("erasure")
    case.search("erasure", found=("crm",))
    with case.refuses(LegalHold):
        case.record_done("erasure", other_holds=(elsewhere,))


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_legal_hold_placed_after_the_grant_stands_against_erasing_the_processing_it_covers(
    a_case: OpenCase, made: Made, elsewhere: bool
) -> None:
    case = a_case(Right.ERASURE)
    case.grant("erasure", activities=ON_CONTRACT)
    others: tuple[Hold, ...] = ()
    if elsewhere:
        others = (Hold(made.key().key_id, HoldKind.LEGAL, "acme-de", ("telephony",), ("crm",)),)
    else:
        case.place_hold(activities=("telephony",), systems=("crm",))
    with case.refuses(LegalHold):
        case.record_done("erasure", other_holds=others)


def test_a_legal_hold_on_other_processing_does_not_stand_against_it(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    case.grant("erasure", activities=ON_CONTRACT)
    case.place_hold(activities=("billing",), systems=("crm",))
    case.record_done("erasure")
    assert case.request.items["erasure"].status is ItemStatus.DONE


@pytest.mark.parametrize(
    ("ground", "provision", "carries"),
    [
        ("legal-claims", "", True),
        ("legal-obligation", "§ 147 AO", True),
        ("freedom-of-expression", "", False),
    ],
)
def test_what_is_kept_under_a_legal_hold_is_refused_in_part_for_it(
    a_case: OpenCase, made: Made, ground: str, provision: str, carries: bool
) -> None:
    case = a_case(Right.ERASURE)
    case.grant("erasure", activities=ON_CONTRACT)
    case.place_hold(activities=("telephony",), systems=("crm",))
    kept = made.refusal(ground=ground, provision=provision, extent=("complaints",), in_part=True)
    case.propose_refusal("erasure", refusal=kept)
    case.approve_refusal("erasure")
    if not carries:
        with case.refuses(LegalHold):
            case.record_done("erasure")
        return
    case.search("erasure", found=("telephony", "crm"))
    with case.refuses(LegalHold):
        case.record_done("erasure")
    case.account_for_systems("erasure", accounts=case.accounts("crm", result=SearchResult.LEFT_OUT))
    case.record_done("erasure")


def test_a_legal_hold_that_was_released_stands_no_more(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    case.place_hold()
    case.release_hold()
    case.grant("erasure")
    assert case.request.items["erasure"].status is ItemStatus.GRANTED


def test_a_legal_hold_hinders_no_other_right(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.place_hold()
    case.grant("access")
    case.record_done("access", systems=("crm",))
