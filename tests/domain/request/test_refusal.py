"""propose, approve or decline the refusal of an item (GDPR Art. 12(4), 12(5))."""

from typing import Any

import pytest

from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.errors import (
    AbsoluteRight,
    BurdenOfProof,
    FourEyes,
    GroundNotAvailable,
    IdentityUnresolved,
    ItemNotOpen,
    ItemUnknown,
    LetterIncomplete,
    NothingProposed,
    NotRegistered,
    ReasonRequired,
    RefusalUndecided,
)
from dsr.domain.request.grounds import ExcessClaim, RefusalGround
from dsr.domain.request.letters import REQUIRED_STATEMENTS, LetterKind
from dsr.domain.request.values import AccuracyFinding, BalanceFinding, ItemStatus, Outcome
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis
from tests.domain.request.a_case import Made, OpenCase

ON_CONSENT = ActivityBasis("recorded-calls", LegalBasis.CONSENT)
ON_CONTRACT = ActivityBasis("orders", LegalBasis.CONTRACT)
ON_INTERESTS = ActivityBasis("quality", LegalBasis.LEGITIMATE_INTERESTS)


def test_one_item_is_refused_and_the_other_stays_open(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.propose_refusal("erasure")
    assert case.status("erasure") is ItemStatus.OPEN
    case.approve_refusal("erasure")
    assert case.happened() == ["item-refused"]
    assert case.status("erasure") is ItemStatus.REFUSED
    assert case.status("access") is ItemStatus.OPEN


def test_who_proposed_does_not_decide(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ACCESS)
    case.propose_refusal("access")
    for decision in (case.approve_refusal, case.decline_refusal):
        with case.refuses(FourEyes):
            decision("access", actor=made.handler)


def test_no_dpo_who_was_consulted_decides(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ACCESS)
    case.give_dpo_opinion()
    case.propose_refusal("access")
    for decision in (case.approve_refusal, case.decline_refusal):
        with case.refuses(FourEyes):
            decision("access", actor=made.dpo)


def test_there_is_nothing_to_decide_without_a_proposal(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    for decision in (case.approve_refusal, case.decline_refusal):
        with case.refuses(NothingProposed):
            decision("access")


def test_declining_needs_a_reason_and_leaves_the_item_open(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_refusal("access")
    with case.refuses(ReasonRequired):
        case.decline_refusal("access", reason=None)
    case.decline_refusal("access")
    assert case.status("access") is ItemStatus.OPEN
    with case.refuses(NothingProposed):
        case.approve_refusal("access")


def test_a_grant_overtakes_a_proposed_refusal(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_refusal("access")
    case.grant("access")
    with case.refuses(NothingProposed):
        case.approve_refusal("access")
    assert not any(item.proposal for item in case.request.items.values())


@pytest.mark.parametrize("command", ["propose_refusal", "approve_refusal", "decline_refusal"])
def test_an_item_has_to_exist_and_to_be_open(a_case: OpenCase, command: str) -> None:
    unregistered = a_case()
    with unregistered.refuses(NotRegistered):
        getattr(unregistered, command)("access")
    case = a_case(Right.ACCESS)
    with case.refuses(ItemUnknown):
        getattr(case, command)("erasure")
    case.record_nothing_held("access")
    with case.refuses(ItemNotOpen if command == "propose_refusal" else NothingProposed):
        getattr(case, command)("access")


@pytest.mark.parametrize("right", [Right.CONSENT_WITHDRAWAL, Right.OBJECTION])
def test_withdrawal_of_consent_and_objection_to_marketing_are_absolute(a_case: OpenCase, right: Right) -> None:
    case = a_case()
    case.register(right, direct_marketing=True)
    with case.refuses(AbsoluteRight):
        case.propose_refusal(right.value)


def test_a_refusal_states_facts_and_reasons_and_a_ground_that_exists(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(BurdenOfProof):
        case.propose_refusal("access", refusal=made.refusal(facts=None))
    with case.refuses(ReasonRequired):
        case.propose_refusal("access", refusal=made.refusal(reasons=None))
    with case.refuses(GroundNotAvailable):
        case.propose_refusal("access", refusal=made.refusal(ground="too-much-work"))


@pytest.mark.parametrize("statement", sorted(REQUIRED_STATEMENTS[LetterKind.REFUSAL]))
def test_no_refusal_is_even_proposed_without_the_whole_letter(a_case: OpenCase, statement: Any) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(LetterIncomplete) as told:
        case.propose_refusal("access", statements=REQUIRED_STATEMENTS[LetterKind.REFUSAL] - {statement})
    assert told.facts["missing"] == [statement]


def test_only_a_failed_identification_makes_a_person_unidentifiable(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ACCESS)
    unidentifiable = made.refusal(ground=RefusalGround.UNIDENTIFIABLE)
    with case.refuses(IdentityUnresolved):
        case.propose_refusal("access", refusal=unidentifiable)
    case.ask_identity()
    with case.refuses(IdentityUnresolved):
        case.propose_refusal("access", refusal=unidentifiable)
    case.give_up_identity()
    case.propose_refusal("access", refusal=unidentifiable)
    case.approve_refusal("access")
    assert case.status("access") is ItemStatus.REFUSED


def test_who_is_identified_in_the_meantime_is_not_refused_as_unidentifiable(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity()
    case.give_up_identity()
    case.propose_refusal("access", refusal=made.refusal(ground=RefusalGround.UNIDENTIFIABLE))
    case.ask_identity()
    case.confirm_identity()
    with case.refuses(IdentityUnresolved):
        case.approve_refusal("access")


@pytest.mark.parametrize(("at", "late"), [("2026-04-02T23:59", False), ("2026-04-03T00:00", True)])
def test_a_refusal_after_the_month_is_recorded_as_late_and_not_blocked(a_case: OpenCase, at: str, late: bool) -> None:
    case = a_case(Right.ACCESS)
    case.propose_refusal("access")
    case.approve_refusal("access", at=at)
    assert case.events[-1].late is late


def test_an_extension_gives_a_refusal_no_more_time(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_extension()
    case.approve_extension()
    case.send_extension_notice()
    case.propose_refusal("access")
    case.approve_refusal("access", at="2026-05-04")
    assert case.events[-1].late
    case.record_answer("access")
    assert case.events[-1].late
    assert not case.events[-1].promise_missed


def test_waiting_for_identity_gives_a_refusal_more_time(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity(at="2026-03-03")
    case.confirm_identity(at="2026-03-10")
    case.propose_refusal("access")
    case.approve_refusal("access", at="2026-04-09T23:59")
    assert not case.events[-1].late


def test_the_proposal_keeps_what_the_answer_has_to_say(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ERASURE)
    refusal = to_the_extent(made, in_part=False, covers_all=True)
    case.propose_refusal("erasure", refusal=refusal)
    proposed = case.events[-1]
    assert (proposed.in_part, proposed.covers_all) == (False, True)
    assert proposed.provision == "GDPR Art. 17(3)(b); § 147 AO"
    assert (proposed.ground, proposed.extent) == (RefusalGround.LEGAL_OBLIGATION, ("invoices",))
    assert (proposed.reasons, proposed.facts) == (refusal.reasons, refusal.facts)


# In part -----------------------------------------------------------------------------------------------------------


def to_the_extent(made: Made, **changes: Any) -> Any:
    """A duty to keep invoices stands against erasing them, and against nothing else."""
    duty = {"ground": RefusalGround.LEGAL_OBLIGATION, "provision": "§ 147 AO", "extent": ("invoices",), "claims": ()}
    return made.refusal(**(duty | {"in_part": True} | changes))


@pytest.mark.parametrize("granted_first", [True, False])
def test_a_part_is_refused_and_the_rest_given_effect(a_case: OpenCase, made: Made, granted_first: bool) -> None:
    case = a_case(Right.ERASURE)
    if granted_first:
        case.grant("erasure")
    case.propose_refusal("erasure", refusal=to_the_extent(made))
    if not granted_first:
        case.grant("erasure")
    case.approve_refusal("erasure")
    assert case.happened() == ["item-refused-in-part"]
    assert case.status("erasure") is ItemStatus.GRANTED
    case.record_done("erasure")
    case.record_answer("erasure", refuses=True)
    case.close()
    assert case.request.outcome is Outcome.PARTLY_FULFILLED


def test_what_refuses_a_part_says_all_that_a_refusal_says(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ERASURE)
    case.grant("erasure")
    case.propose_refusal("erasure", refusal=to_the_extent(made))
    case.approve_refusal("erasure")
    case.record_done("erasure")
    with case.refuses(LetterIncomplete) as told:
        case.record_answer("erasure")
    assert told.facts["missing"] == sorted(REQUIRED_STATEMENTS[LetterKind.REFUSAL])
    assert told.facts["kind"] == "erasure"


def test_a_part_refused_after_the_month_is_late_too(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ERASURE)
    case.grant("erasure")
    case.propose_refusal("erasure", refusal=to_the_extent(made))
    case.approve_refusal("erasure", at="2026-04-03T00:00")
    assert case.events[-1].late
    case.record_done("erasure")
    case.record_answer("erasure", refuses=True)
    assert case.events[-1].late


def test_nothing_is_done_while_the_refusal_of_a_part_waits_for_its_decision(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ERASURE)
    case.grant("erasure")
    case.propose_refusal("erasure", refusal=to_the_extent(made))
    with case.refuses(RefusalUndecided):
        case.record_done("erasure")
    case.decline_refusal("erasure")
    case.record_done("erasure")


def test_a_granted_item_is_refused_in_part_only(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ERASURE)
    case.grant("erasure")
    with case.refuses(ItemNotOpen):
        case.propose_refusal("erasure", refusal=to_the_extent(made, in_part=False, covers_all=True))
    case.record_done("erasure")
    with case.refuses(ItemNotOpen):
        case.propose_refusal("erasure", refusal=to_the_extent(made))


@pytest.mark.parametrize("end", ["grant", "decline_refusal", "record_nothing_held", "withdraw"])
def test_a_proposal_to_refuse_the_rest_that_falls_away_leaves_the_part_as_it_was_refused(
    a_case: OpenCase, made: Made, end: str
) -> None:
    # given
    case = a_case(Right.ERASURE)
    case.propose_refusal("erasure", refusal=to_the_extent(made))
    case.approve_refusal("erasure", at="2026-04-03T00:00")
    decided = case.request.items["erasure"].refusal
    case.propose_refusal("erasure", refusal=to_the_extent(made, in_part=False, covers_all=True, provision="§ 257 HGB"))
    # when
    case.withdraw(item_ids=("erasure",)) if end == "withdraw" else getattr(case, end)("erasure")
    # then
    item = case.request.items["erasure"]
    assert decided is not None
    assert (decided.extent, decided.late, decided.undecided) == (("invoices",), True, False)
    assert (item.refusal, item.refused_in_part) == (decided, ("invoices",))


def test_reopening_forgets_the_part(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ERASURE)
    case.grant("erasure")
    case.propose_refusal("erasure", refusal=to_the_extent(made))
    case.approve_refusal("erasure")
    case.record_done("erasure")
    case.record_answer("erasure", refuses=True)
    case.close()
    case.reopen("erasure")
    assert case.request.items["erasure"].refused_in_part == ()


# What only an assessment carries -------------------------------------------------------------------------------------


@pytest.mark.parametrize("ground", [RefusalGround.COMPELLING_GROUNDS, RefusalGround.LEGAL_CLAIMS])
@pytest.mark.parametrize(
    ("finding", "in_full", "part"),
    [
        (None, False, False),
        (BalanceFinding.SUBJECT_PREVAILS, False, False),
        (BalanceFinding.PREVAILS_IN_PART, False, True),
        (BalanceFinding.CONTROLLER_PREVAILS, True, True),
    ],
)
def test_an_objection_is_refused_only_as_far_as_its_balance_went(  # noqa: PLR0917 - one column of the table each
    a_case: OpenCase, made: Made, ground: RefusalGround, finding: BalanceFinding | None, in_full: bool, part: bool
) -> None:
    for in_part, allowed in ((False, in_full), (True, part)):
        case = a_case(Right.OBJECTION)
        case.object("objection")
        if finding is not None:
            extent = ("scores",) if finding is BalanceFinding.PREVAILS_IN_PART else ()
            case.balance_interests("objection", finding=finding, extent=extent)
        whole = ground is RefusalGround.LEGAL_CLAIMS and not in_part
        refusal = made.refusal(ground=ground, extent=("scores",), claims=(), in_part=in_part, covers_all=whole)
        if allowed:
            case.propose_refusal("objection", refusal=refusal)
        else:
            with case.refuses(BurdenOfProof):
                case.propose_refusal("objection", refusal=refusal)


@pytest.mark.parametrize("finding", [None, *AccuracyFinding])
def test_rectification_is_refused_only_where_accuracy_was_proven(a_case: OpenCase, made: Made, finding: Any) -> None:
    case = a_case(Right.RECTIFICATION)
    if finding is not None:
        case.assess_accuracy("rectification", finding=finding)
    refusal = made.refusal(ground=RefusalGround.DATA_ACCURATE, claims=())
    if finding is AccuracyFinding.ACCURATE:
        case.propose_refusal("rectification", refusal=refusal)
    else:
        with case.refuses(BurdenOfProof):
            case.propose_refusal("rectification", refusal=refusal)


@pytest.mark.parametrize("ground", [RefusalGround.COMPELLING_GROUNDS, RefusalGround.LEGAL_CLAIMS])
def test_no_more_of_an_objection_is_refused_than_its_balance_named(
    a_case: OpenCase, made: Made, ground: RefusalGround
) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    case.balance_interests(finding=BalanceFinding.PREVAILS_IN_PART, extent=("voice", "notes"))
    beyond = made.refusal(ground=ground, claims=(), in_part=True, extent=("voice", "scores"))
    with case.refuses(BurdenOfProof):
        case.propose_refusal("objection", refusal=beyond)
    case.propose_refusal("objection", refusal=made.refusal(ground=ground, claims=(), in_part=True, extent=("voice",)))


def test_a_part_whose_balance_shrank_since_is_not_refused(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    case.balance_interests(finding=BalanceFinding.PREVAILS_IN_PART, extent=("voice", "notes"))
    compelling = made.refusal(ground="compelling-grounds", claims=(), in_part=True, extent=("voice", "notes"))
    case.propose_refusal("objection", refusal=compelling)
    case.balance_interests(finding=BalanceFinding.PREVAILS_IN_PART, extent=("notes",))
    with case.refuses(BurdenOfProof):
        case.approve_refusal("objection")


@pytest.mark.parametrize(
    ("finding", "extent"), [(BalanceFinding.SUBJECT_PREVAILS, ()), (BalanceFinding.PREVAILS_IN_PART, ("voice",))]
)
def test_what_was_balanced_for_the_person_is_refused_on_no_other_ground(
    a_case: OpenCase, made: Made, finding: BalanceFinding, extent: tuple[str, ...]
) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    case.balance_interests(finding=finding, extent=extent)
    for ground in (RefusalGround.MANIFESTLY_UNFOUNDED, RefusalGround.NOT_THE_CONTROLLER):
        for part in ({}, {"in_part": True, "extent": ("scores",)}):
            with case.refuses(GroundNotAvailable) as told:
                case.propose_refusal("objection", refusal=made.refusal(ground=ground, **part))
            assert told.code == "ground-not-available"


def test_a_balance_for_the_person_overtakes_a_refusal_that_was_only_proposed(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    case.propose_refusal("objection")
    case.balance_interests(finding=BalanceFinding.SUBJECT_PREVAILS)
    with case.refuses(GroundNotAvailable):
        case.approve_refusal("objection")


def test_a_balance_speaks_of_what_can_be_objected_to_and_the_rest_is_refused_in_part(
    a_case: OpenCase, made: Made
) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    case.balance_interests(finding=BalanceFinding.SUBJECT_PREVAILS)
    ground = {"ground": RefusalGround.RIGHT_NOT_ON_THIS_BASIS, "activities": (ON_CONTRACT,), "claims": ()}
    case.propose_refusal("objection", refusal=made.refusal(**ground, in_part=True, extent=("orders",)))
    case.approve_refusal("objection")
    assert case.request.items["objection"].refused_in_part == ("orders",)


def test_an_objection_is_not_refused_as_a_whole_for_the_basis_of_what_nobody_objected_to(
    a_case: OpenCase, made: Made
) -> None:
    elsewhere = made.refusal(ground=RefusalGround.RIGHT_NOT_ON_THIS_BASIS, activities=(ON_CONTRACT,), claims=())
    case = a_case(Right.OBJECTION)
    case.object(activities=(ON_INTERESTS,))
    with case.refuses(GroundNotAvailable) as told:
        case.propose_refusal("objection", refusal=elsewhere)
    assert told.facts == {"activities": ["quality"]}


def test_an_objection_raised_after_the_proposal_is_not_passed_over(a_case: OpenCase, made: Made) -> None:
    elsewhere = made.refusal(ground=RefusalGround.RIGHT_NOT_ON_THIS_BASIS, activities=(ON_CONTRACT,), claims=())
    case = a_case(Right.OBJECTION)
    case.propose_refusal("objection", refusal=elsewhere)
    case.object(activities=(ON_INTERESTS,))
    with case.refuses(GroundNotAvailable):
        case.approve_refusal("objection")


# No ground for erasure -----------------------------------------------------------------------------------------------


def groundless(made: Made, *activities: Any, part: Any = ()) -> Any:
    """Nothing of GDPR Art. 17(1) holds for these activities, or for a part of the data."""
    about = {"activities": activities, "in_part": bool(part), "extent": part}
    return made.refusal(ground=RefusalGround.NO_ERASURE_GROUND, claims=(), **about)


def test_erasure_is_refused_where_no_ground_holds(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ERASURE)
    case.propose_refusal("erasure", refusal=groundless(made, ON_CONTRACT, ON_INTERESTS))
    case.approve_refusal("erasure")
    assert case.status("erasure") is ItemStatus.REFUSED


def test_there_is_a_ground_for_erasing_what_rests_on_consent(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ERASURE)
    for part in ((), ("recordings",)):
        with case.refuses(GroundNotAvailable):
            case.propose_refusal("erasure", refusal=groundless(made, ON_CONTRACT, ON_CONSENT, part=part))


@pytest.mark.parametrize(
    ("finding", "extent", "prevails"),
    [
        (BalanceFinding.SUBJECT_PREVAILS, (), True),
        (BalanceFinding.PREVAILS_IN_PART, ("voice",), True),
        (BalanceFinding.CONTROLLER_PREVAILS, (), False),
    ],
)
def test_an_objection_that_prevails_is_a_ground_for_erasure(
    a_case: OpenCase, made: Made, finding: BalanceFinding, extent: tuple[str, ...], prevails: bool
) -> None:
    case = a_case(Right.OBJECTION, Right.ERASURE)
    case.object(activities=(ON_INTERESTS,))
    case.balance_interests(finding=finding, extent=extent)
    case.propose_refusal("erasure", refusal=groundless(made, ON_CONTRACT, part=("orders",)))
    for refusal in (
        groundless(made, ON_CONTRACT),
        groundless(made, ON_INTERESTS),
        groundless(made, ON_CONTRACT, ON_INTERESTS, part=("orders", "scores")),
    ):
        if prevails:
            with case.refuses(GroundNotAvailable):
                case.propose_refusal("erasure", refusal=refusal)
        else:
            case.propose_refusal("erasure", refusal=refusal)


def test_what_the_controller_prevailed_for_is_no_ground_for_erasure(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.OBJECTION, Right.ERASURE)
    case.object(activities=(ON_INTERESTS,))
    case.balance_interests(finding=BalanceFinding.PREVAILS_IN_PART, extent=("voice",))
    case.propose_refusal("erasure", refusal=groundless(made, ON_INTERESTS, part=("voice",)))
    case.approve_refusal("erasure")


@pytest.mark.parametrize("named", [(), (ON_INTERESTS,)])
def test_marketing_that_was_stopped_is_a_ground_for_erasure(a_case: OpenCase, made: Made, named: Any) -> None:
    case = a_case()
    case.register(Right.OBJECTION, Right.ERASURE, direct_marketing=True)
    case.propose_refusal("erasure", refusal=groundless(made, ON_CONTRACT))
    case.object(activities=named)
    with case.refuses(GroundNotAvailable):
        case.approve_refusal("erasure")
    with case.refuses(GroundNotAvailable):
        case.propose_refusal("erasure", refusal=groundless(made, ON_INTERESTS, part=("profile",)))
    case.propose_refusal("erasure", refusal=groundless(made, ON_CONTRACT, part=("orders",)))


def test_a_withdrawal_of_consent_is_a_ground_for_erasure(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ERASURE)
    case.propose_refusal("erasure", refusal=groundless(made, ON_CONTRACT))
    case.withdraw_consent(None, activities=(ON_CONSENT,))
    with case.refuses(GroundNotAvailable):
        case.approve_refusal("erasure")
    with case.refuses(GroundNotAvailable):
        case.propose_refusal("erasure", refusal=groundless(made, ON_CONTRACT))
    case.propose_refusal("erasure", refusal=groundless(made, ON_CONTRACT, part=("orders",)))


# Charged or refused --------------------------------------------------------------------------------------------------

INSTEAD_OF_A_FEE = [
    ("manifestly-unfounded", ExcessClaim.NO_RIGHT_AT_ALL),
    ("manifestly-excessive", ExcessClaim.ABUSIVE),
    ("fee-unpaid", ExcessClaim.ABUSIVE),
]


@pytest.mark.parametrize(("ground", "claim"), INSTEAD_OF_A_FEE)
@pytest.mark.parametrize("came_of_it", ["accept_fee", "record_fee_paid"])
def test_what_is_charged_is_not_refused_as_well(
    a_case: OpenCase, made: Made, ground: Any, claim: Any, came_of_it: str
) -> None:
    case = a_case(Right.ACCESS)
    case.propose_fee("access")
    case.send_fee_notice()
    getattr(case, came_of_it)()
    with case.refuses(GroundNotAvailable):
        case.propose_refusal("access", refusal=made.refusal(ground=ground, claims=(claim,)))
    case.propose_refusal("access", refusal=made.refusal(ground="not-the-controller"))


@pytest.mark.parametrize("ended", ["record_fee_paid", "waive_fee", "send_fee_notice"])
def test_only_the_latest_fee_is_left_unpaid(a_case: OpenCase, made: Made, ended: str) -> None:
    case = a_case(Right.ACCESS)
    case.propose_fee("access")
    case.send_fee_notice()
    case.decline_fee()
    unpaid = made.refusal(ground="fee-unpaid")
    case.propose_refusal("access", refusal=unpaid)
    case.propose_fee("access")
    if ended == "record_fee_paid":
        case.send_fee_notice()
    getattr(case, ended)()
    with case.refuses(GroundNotAvailable):
        case.propose_refusal("access", refusal=unpaid)
    with case.refuses(GroundNotAvailable):
        case.approve_refusal("access")


def test_a_fee_paid_after_the_proposal_keeps_the_request_from_being_refused(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_fee("access")
    case.send_fee_notice()
    case.propose_refusal("access")
    case.record_fee_paid()
    with case.refuses(GroundNotAvailable):
        case.approve_refusal("access")


def test_a_fee_for_another_item_keeps_none_from_being_refused(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.propose_fee("access")
    case.send_fee_notice()
    case.record_fee_paid()
    case.propose_refusal("erasure")
