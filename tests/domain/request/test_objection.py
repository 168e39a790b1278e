"""object, balance interests, stop processing (GDPR Art. 21)."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.errors import (
    AbsoluteRight,
    BurdenOfProof,
    EffectMissing,
    GroundNotAvailable,
    ItemNotGranted,
    ItemNotOpen,
    ItemOfOtherRight,
    NotRegistered,
    ReasonRequired,
    RefusalMissing,
    RefusalRestsOnFinding,
)
from dsr.domain.request.item import Balance
from dsr.domain.request.objection import (
    ConsentWithdrawalInstead,
    ExtentInvalid,
    ObjectionAlreadyRaised,
    ObjectionNotRaised,
)
from dsr.domain.request.restriction import AlreadyLifted
from dsr.domain.request.standing import RestrictionGround
from dsr.domain.request.values import BalanceFinding, ItemStatus
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis
from tests.domain.request.a_case import ACase, Made, OpenCase

KNOW_THE_RIGHT = {LegalBasis.PUBLIC_TASK, LegalBasis.LEGITIMATE_INTERESTS}


@pytest.fixture
def marketing(a_case: OpenCase) -> ACase:
    case = a_case()
    case.register(Right.OBJECTION, direct_marketing=True)
    return case


@pytest.mark.parametrize("basis", sorted(KNOW_THE_RIGHT))
def test_what_is_objected_to_is_restricted_at_once(a_case: OpenCase, made: Made, basis: Any) -> None:
    case = a_case(Right.OBJECTION)
    case.object(activities=(made.basis("quality", basis),))
    assert case.happened() == ["objection-raised", "processing-restricted"]
    [restriction] = case.request.restrictions.values()
    assert (restriction.ground, restriction.awaits) == (RestrictionGround.OBJECTION_PENDING, "objection")
    assert restriction.activities == ("quality",)
    assert restriction.review_on == case.deadline.operational_due
    assert case.request.items["objection"].status is ItemStatus.OPEN
    assert not case.request.items["objection"].effected


def test_an_objection_after_its_deadline_is_to_be_reviewed_today(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION)
    case.object(at="2026-05-20")
    assert case.request.restrictions[case.restriction_id].review_on == date(2026, 5, 20)


def test_no_grounds_of_the_person_are_no_reason_not_to_restrict(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION)
    case.object(grounds=None)
    assert case.happened() == ["objection-raised", "processing-restricted"]


def test_an_objection_to_processing_on_consent_is_a_withdrawal_instead(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.OBJECTION)
    on_consent = (made.basis("recorded-calls", LegalBasis.CONSENT), made.basis("orders", LegalBasis.CONTRACT))
    with case.refuses(ConsentWithdrawalInstead) as told:
        case.object(activities=on_consent)
    assert (told.code, told.facts) == ("consent-withdrawal-instead", {"activities": ("recorded-calls",)})


@pytest.mark.parametrize("basis", sorted(set(LegalBasis) - KNOW_THE_RIGHT - {LegalBasis.CONSENT}))
def test_no_other_basis_knows_the_objection(a_case: OpenCase, made: Made, basis: Any) -> None:
    case = a_case(Right.OBJECTION)
    with case.refuses(GroundNotAvailable):
        case.object(activities=(made.basis("payroll", basis),))


def test_an_objection_to_nothing_is_none(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION)
    with case.refuses(GroundNotAvailable):
        case.object(activities=())


def test_of_several_activities_only_those_that_can_be_objected_to_are_restricted(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.OBJECTION)
    case.object(activities=tuple(made.basis(basis.value, basis) for basis in LegalBasis))
    raised = case.news[0]
    assert {each.basis for each in raised.activities} == KNOW_THE_RIGHT
    assert raised.on_consent == ("consent",)
    assert set(case.request.restrictions[case.restriction_id].activities) == {each.value for each in KNOW_THE_RIGHT}


MIXED = (ActivityBasis("quality", LegalBasis.LEGITIMATE_INTERESTS), ActivityBasis("calls", LegalBasis.CONSENT))
STOPS_CONSENT = ["item-opened", "item-granted", "consent-withdrawn"]


def test_what_of_an_objection_rests_on_consent_is_withdrawn_at_once_on_an_item_of_its_own(
    a_case: OpenCase, made: Made
) -> None:
    case = a_case(Right.OBJECTION)
    case.object(activities=MIXED)
    assert case.happened() == ["objection-raised", "processing-restricted", *STOPS_CONSENT]
    withdrawn = case.news[-1]
    assert (withdrawn.activities, withdrawn.stopped_at) == (("calls",), case.now)
    item = case.request.items["consent-withdrawal"]
    assert (item.status, item.effected, item.is_absolute) == (ItemStatus.GRANTED, True, True)
    with case.refuses(AbsoluteRight):
        case.propose_refusal("consent-withdrawal", refusal=made.refusal(in_part=True, extent=("calls",)))
    assert case.request.items["objection"].status is ItemStatus.OPEN


def test_the_withdrawal_in_an_objection_is_one_towards_the_controller_objected_to(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.OBJECTION, controllers=("acme-fr",))
    case.object(activities=MIXED)
    assert case.request.items["consent-withdrawal"].controller_id == "acme-fr"


def test_the_withdrawal_in_an_objection_takes_the_item_that_is_pending(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION, Right.CONSENT_WITHDRAWAL)
    case.object(activities=MIXED)
    assert case.happened() == ["objection-raised", "processing-restricted", "item-granted", "consent-withdrawn"]
    assert list(case.request.items) == ["objection", "consent-withdrawal"]


@pytest.mark.parametrize("done", [False, True])
def test_consent_that_was_withdrawn_in_the_case_is_not_withdrawn_twice_by_an_objection(
    a_case: OpenCase, done: bool
) -> None:
    case = a_case(Right.OBJECTION)
    case.withdraw_consent(activities=MIXED[1:])
    if done:
        case.record_done("consent-withdrawal", effect=False)
    case.object(activities=MIXED)
    assert case.happened() == ["objection-raised", "processing-restricted"]


def test_an_objection_withdraws_the_consent_that_an_earlier_withdrawal_left(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.OBJECTION)
    case.withdraw_consent(activities=MIXED[1:])
    further = made.basis("newsletter", LegalBasis.CONSENT)
    case.object(activities=(*MIXED, further))
    assert case.news[-1].activities == ("newsletter",)
    assert case.news[0].on_consent == ("calls", "newsletter")


def test_consent_withdrawn_towards_another_controller_is_not_withdrawn_towards_this_one(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.OBJECTION, controllers=("acme-fr",))
    case.withdraw_consent(activities=MIXED[1:])
    case.object(activities=MIXED)
    assert case.news[-1].activities == ("calls",)
    assert case.request.items[case.news[-1].item_id].controller_id == "acme-fr"


@pytest.mark.parametrize("doubt", ["asked", "insufficient", "failed"])
def test_doubt_about_who_objects_does_not_hinder_restricting(a_case: OpenCase, doubt: str) -> None:
    case = a_case(Right.OBJECTION)
    case.ask_identity()
    if doubt == "insufficient":
        case.ask_identity_again()
    if doubt == "failed":
        case.give_up_identity()
    case.object()
    assert case.request.identity.status == doubt
    assert case.request.restrictions


def refused_whole(case: ACase, made: Made) -> None:
    """The controller prevails, and two people refuse."""
    case.object()
    case.balance_interests()
    case.propose_refusal("objection", refusal=made.refusal(ground="compelling-grounds"))
    case.approve_refusal("objection")


def reopened(case: ACase) -> None:
    """The answer left, the case was closed, and the objection is to be decided again."""
    case.record_answer("objection")
    case.close()
    case.reopen("objection")


def test_an_objection_is_raised_once_until_its_restriction_is_lifted(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.OBJECTION)
    refused_whole(case, made)
    case.tell_of_lifting()
    case.lift_restriction()
    reopened(case)
    with case.refuses(ObjectionNotRaised):
        case.balance_interests()
    case.object()
    with case.refuses(ObjectionAlreadyRaised):
        case.object()
    assert [each.lifted for each in case.request.restrictions.values()] == [True, False]
    case.balance_interests()


def test_an_objection_that_is_decided_again_while_its_restriction_stands_is_still_raised(
    a_case: OpenCase, made: Made
) -> None:
    case = a_case(Right.OBJECTION)
    refused_whole(case, made)
    reopened(case)
    with case.refuses(ObjectionAlreadyRaised):
        case.object()
    case.balance_interests()


def test_what_was_stopped_and_is_decided_again_is_objected_to_anew(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    case.grant("objection")
    case.stop_processing()
    with case.refuses(ObjectionAlreadyRaised):
        case.object()
    case.record_done("objection")
    reopened(case)
    with case.refuses(ObjectionNotRaised):
        case.balance_interests()
    case.object()
    case.balance_interests()


def test_an_objection_is_recorded_for_a_pending_item_of_objection(a_case: OpenCase) -> None:
    unregistered = a_case()
    with unregistered.refuses(NotRegistered):
        unregistered.object()
    case = a_case(Right.OBJECTION, Right.ACCESS)
    with case.refuses(ItemOfOtherRight):
        case.object("access")
    case.record_nothing_held("objection")
    with case.refuses(ItemNotOpen):
        case.object()


def test_an_objection_that_was_granted_outright_can_still_be_recorded(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION)
    case.grant("objection")
    case.object()
    assert case.request.restrictions


# Balancing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("finding", BalanceFinding)
def test_interests_are_balanced_after_the_data_rests(a_case: OpenCase, finding: BalanceFinding) -> None:
    case = a_case(Right.OBJECTION)
    extent = ("call dates",) if finding is BalanceFinding.PREVAILS_IN_PART else ()
    with case.refuses(ObjectionNotRaised):
        case.balance_interests(finding=finding, extent=extent)
    case.object()
    case.balance_interests(finding=finding, extent=extent)
    assert case.happened() == ["interests-balanced"]
    assert case.request.items["objection"].balance == Balance(finding, extent)


@pytest.mark.parametrize("finding", BalanceFinding)
def test_the_controller_demonstrates_whose_grounds_prevail(a_case: OpenCase, finding: BalanceFinding) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    with case.refuses(BurdenOfProof):
        case.balance_interests(finding=finding, assessment=None)


@pytest.mark.parametrize("finding", BalanceFinding)
def test_a_balance_in_part_says_for_what_and_no_other_does(a_case: OpenCase, finding: BalanceFinding) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    with case.refuses(ExtentInvalid):
        case.balance_interests(finding=finding, extent=() if finding is BalanceFinding.PREVAILS_IN_PART else ("all",))


def test_direct_marketing_is_never_balanced(marketing: ACase) -> None:
    with marketing.refuses(AbsoluteRight):
        marketing.balance_interests()


def test_only_an_open_objection_is_balanced(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION, Right.ACCESS)
    with case.refuses(ItemOfOtherRight):
        case.balance_interests("access")
    case.object()
    case.grant("objection")
    with case.refuses(ItemNotOpen):
        case.balance_interests()


def test_a_refusal_on_compelling_grounds_needs_the_balance(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    compelling = made.refusal(ground="compelling-grounds")
    with case.refuses(BurdenOfProof):
        case.propose_refusal("objection", refusal=compelling)
    case.balance_interests()
    case.propose_refusal("objection", refusal=compelling)
    case.approve_refusal("objection")
    assert case.request.items["objection"].status is ItemStatus.REFUSED


def refuse_part(case: ACase, made: Made, *extent: Any) -> None:
    """A part is refused on the balance, by two people."""
    refusal = made.refusal(ground="compelling-grounds", claims=(), in_part=True, extent=extent)
    case.propose_refusal("objection", refusal=refusal)
    case.approve_refusal("objection")


def balanced_in_part(a_case: OpenCase, *extent: Any) -> ACase:
    case = a_case(Right.OBJECTION)
    case.object()
    case.balance_interests(finding=BalanceFinding.PREVAILS_IN_PART, extent=extent)
    return case


def test_what_the_controller_prevails_for_in_part_is_refused_before_the_rest_is_done(
    a_case: OpenCase, made: Made
) -> None:
    case = balanced_in_part(a_case, "voice", "notes")
    refuse_part(case, made, "voice")
    case.grant("objection")
    case.stop_processing()
    with case.refuses(RefusalMissing) as told:
        case.record_done("objection")
    assert (told.code, told.facts) == ("refusal-missing", {"item_id": "objection", "extent": ["notes"]})
    refuse_part(case, made, "notes")
    case.record_done("objection")


def test_a_granted_objection_is_balanced_again_only_to_refuse_less(a_case: OpenCase, made: Made) -> None:
    case = balanced_in_part(a_case, "voice", "notes")
    case.grant("objection")
    case.stop_processing()
    in_part = {"finding": BalanceFinding.PREVAILS_IN_PART}
    for more in (
        {"finding": BalanceFinding.CONTROLLER_PREVAILS},
        in_part | {"extent": ("voice", "notes")},
        in_part | {"extent": ("voice", "scores")},
    ):
        with case.refuses(ItemNotOpen):
            case.balance_interests(**more)
    case.balance_interests(**in_part, extent=("voice",))
    case.balance_interests(finding=BalanceFinding.SUBJECT_PREVAILS)
    case.record_done("objection")


def test_a_new_balance_carries_the_part_that_was_refused_on_the_old_one(a_case: OpenCase, made: Made) -> None:
    case = balanced_in_part(a_case, "voice", "notes")
    refuse_part(case, made, "voice")
    in_part = {"finding": BalanceFinding.PREVAILS_IN_PART}
    for less in ({"finding": BalanceFinding.SUBJECT_PREVAILS}, in_part | {"extent": ("notes",)}):
        with case.refuses(RefusalRestsOnFinding) as told:
            case.balance_interests(**less)
        assert told.code == "refusal-rests-on-finding"
    case.balance_interests(**in_part, extent=("voice",))
    case.grant("objection")
    case.record_done("objection")


def test_a_part_refused_on_its_basis_hinders_no_balance_of_the_rest(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    orders = (made.basis("orders", LegalBasis.CONTRACT),)
    ground = {"ground": "right-not-on-this-basis", "activities": orders, "in_part": True, "extent": ("orders",)}
    case.propose_refusal("objection", refusal=made.refusal(**ground))
    case.approve_refusal("objection")
    case.balance_interests(finding=BalanceFinding.SUBJECT_PREVAILS)


def test_what_is_decided_anew_is_balanced_anew(a_case: OpenCase, made: Made) -> None:
    case = balanced_in_part(a_case, "voice")
    refuse_part(case, made, "voice")
    case.grant("objection")
    case.record_done("objection")
    case.record_answer("objection", refuses=True)
    case.close()
    case.reopen("objection")
    item = case.request.items["objection"]
    assert (item.balance, item.refused_parts) == (None, ())
    case.balance_interests(finding=BalanceFinding.SUBJECT_PREVAILS)


# Stopping ------------------------------------------------------------------------------------------------------


def test_what_a_granted_objection_is_about_is_stopped(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    with case.refuses(ItemNotGranted):
        case.stop_processing()
    case.balance_interests(finding=BalanceFinding.SUBJECT_PREVAILS)
    case.grant("objection")
    with case.refuses(EffectMissing):
        case.record_done("objection", effect=False)
    with case.refuses(ReasonRequired):
        case.stop_processing(systems=())
    case.stop_processing()
    [stopped] = case.news
    assert (stopped.activities, stopped.systems, stopped.suppressed) == (("quality",), ("telephony",), False)
    case.record_done("objection", effect=False)


def test_with_the_processing_ends_what_restricted_it_until_the_decision(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION, Right.RESTRICTION)
    case.object()
    case.grant("restriction")
    case.restrict(ground=RestrictionGround.OBJECTION_PENDING.value)
    case.restrict()  # on another ground, which the stop does not touch
    case.balance_interests(finding=BalanceFinding.SUBJECT_PREVAILS)
    case.grant("objection")
    case.stop_processing()
    ended = [each for each in case.request.restrictions.values() if each.awaits == "objection"]
    assert case.news[-1].restrictions_ended == tuple(each.restriction_id for each in ended)
    assert [(each.lifted, each.stopped) for each in ended] == [(True, True)] * 2
    assert not case.request.restrictions[case.restriction_id].lifted
    with case.refuses(AlreadyLifted):
        case.tell_of_lifting(ended[0].restriction_id)


@pytest.mark.parametrize("part", ["found", "proposed", "refused"])
def test_where_a_part_goes_on_its_restriction_outlives_the_stop_until_the_person_is_told(
    a_case: OpenCase, made: Made, part: str
) -> None:
    if part == "found":
        case = balanced_in_part(a_case, "voice")
    else:
        case = a_case(Right.OBJECTION)
        case.object()
        case.propose_refusal("objection", refusal=made.refusal(in_part=True, extent=("voice",)))
    if part == "refused":
        case.approve_refusal("objection")
    case.grant("objection")
    case.stop_processing()
    assert case.news[-1].restrictions_ended == ()
    assert not case.request.restrictions[case.restriction_id].lifted


def test_a_part_that_turns_out_not_to_go_on_frees_nothing_either(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    case.propose_refusal("objection", refusal=made.refusal(in_part=True, extent=("voice",)))
    case.grant("objection")
    case.stop_processing()
    case.decline_refusal("objection")
    case.stop_processing()
    assert case.request.restrictions[case.restriction_id].stopped
    assert case.news[-1].activities == ("quality",)


def test_only_objections_stop_processing_by_this_command(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    with case.refuses(ItemOfOtherRight):
        case.stop_processing("access")


def test_direct_marketing_stops_on_any_basis_in_one_command(marketing: ACase, made: Made) -> None:
    marketing.object(activities=tuple(made.basis(basis.value, basis) for basis in LegalBasis), grounds=None)
    assert marketing.happened() == ["item-granted", "processing-stopped"]
    stopped = marketing.news[-1]
    assert stopped.suppressed
    assert set(stopped.activities) == {basis.value for basis in LegalBasis}
    assert marketing.request.restrictions == {}
    marketing.record_done("objection", effect=False)


def test_direct_marketing_that_was_granted_before_is_stopped(marketing: ACase) -> None:
    marketing.grant("objection")
    marketing.object()
    assert marketing.happened() == ["processing-stopped"]
    with marketing.refuses(ObjectionAlreadyRaised):
        marketing.object()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    identity=st.sampled_from(["not-needed", "asked", "insufficient", "failed", "confirmed"]),
    extended=st.booleans(),
    day=st.dates(date(2026, 3, 2), date(2027, 6, 1)),
)
def test_direct_marketing_stops_at_once_in_every_state_of_identity_and_clock(
    made: Made, identity: Any, extended: Any, day: Any
) -> None:
    case = made.case()
    case.register(Right.OBJECTION, Right.ACCESS, direct_marketing=True)
    case.bring_to(identity, extended=extended)
    case.object(grounds=None, at=max(day.isoformat(), "2026-03-05"))
    assert case.happened() == ["item-granted", "processing-stopped"]
    assert case.news[-1].timestamp == case.now
    assert case.request.items["objection"].effected
    case.record_done("objection", effect=False)
    case.check_replay()
