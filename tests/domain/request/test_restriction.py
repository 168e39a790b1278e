"""restrict; what may still be done; review, tell of lifting, lift (GDPR Art. 18)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from dsr.domain.errors import DomainError
from dsr.domain.request.errors import (
    AnswerDatesInvalid,
    ItemNotGranted,
    ItemOfOtherRight,
    ItemUnknown,
    LetterIncomplete,
    LetterKindWrong,
    MessageUnexamined,
    NotRegistered,
    ReasonRequired,
    ResponseNotSent,
)
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.message import MessageKind
from dsr.domain.request.representation import AuthorityMissing
from dsr.domain.request.restriction import (
    AlreadyLifted,
    NoGround,
    NoticeBeforeLift,
    ObjectionUndecided,
    RestrictedUse,
    RestrictedUseForbidden,
    RestrictionUnknown,
    ReviewInPast,
)
from dsr.domain.request.standing import AnswerTo, RestrictionGround
from dsr.domain.request.values import BalanceFinding, Outcome
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis
from tests.domain.request.a_case import ACase, Made, OpenCase

PENDING = RestrictionGround.OBJECTION_PENDING


@pytest.fixture
def restricted(a_case: OpenCase) -> ACase:
    case = a_case(Right.RESTRICTION)
    case.grant("restriction")
    case.restrict()
    return case


@pytest.fixture
def closed(restricted: ACase) -> ACase:
    """The case was answered and closed; the restriction goes on."""
    restricted.record_done("restriction", effect=False)
    restricted.record_answer("restriction")
    restricted.close(at="2026-03-20")
    return restricted


@pytest.mark.parametrize("ground", [each.value for each in RestrictionGround if each is not PENDING])
def test_each_ground_of_article_18_1_restricts_and_gives_effect(a_case: OpenCase, ground: Any) -> None:
    case = a_case(Right.RESTRICTION)
    case.grant("restriction")
    case.restrict(ground=ground)
    assert case.happened() == ["processing-restricted"]
    [restriction] = case.request.restrictions.values()
    assert (restriction.ground, restriction.activities) == (ground, ("quality",))
    assert (restriction.since, restriction.review_on) == (case.now, date(2026, 6, 1))
    assert not restriction.lifted
    assert case.request.items["restriction"].effected
    case.record_done("restriction", effect=False)


@pytest.mark.parametrize("basis", LegalBasis)
def test_restriction_exists_on_every_legal_basis(a_case: OpenCase, made: Made, basis: LegalBasis) -> None:
    case = a_case(Right.RESTRICTION)
    case.grant("restriction")
    case.restrict(activities=(made.basis("payroll", basis),))
    assert case.happened() == ["processing-restricted"]


@pytest.mark.parametrize("lacks", [{"ground": "inconvenience"}, {"ground": ""}, {"facts": None}, {"activities": ()}])
def test_no_ground_no_restriction(a_case: OpenCase, lacks: dict[str, Any]) -> None:
    case = a_case(Right.RESTRICTION)
    case.grant("restriction")
    with case.refuses(NoGround) as told:
        case.restrict(**lacks)
    assert told.code == "no-ground"


def test_the_item_is_granted_before_it_restricts(a_case: OpenCase) -> None:
    case = a_case(Right.RESTRICTION, Right.ACCESS)
    with case.refuses(ItemNotGranted):
        case.restrict()
    case.grant("access")
    with case.refuses(ItemOfOtherRight):
        case.restrict("access")
    with case.refuses(ItemUnknown):
        case.restrict("restriction-2")
    unregistered = a_case()
    with unregistered.refuses(NotRegistered):
        unregistered.restrict()


@pytest.mark.parametrize(("review_on", "fits"), [("2026-03-01", False), ("2026-03-02", True)])
def test_a_review_lies_ahead(a_case: OpenCase, review_on: str, fits: bool) -> None:
    case = a_case(Right.RESTRICTION)
    case.grant("restriction")
    if fits:
        case.restrict(review_on=date.fromisoformat(review_on))
    else:
        with case.refuses(ReviewInPast):
            case.restrict(review_on=date.fromisoformat(review_on))


def test_a_restriction_until_the_balance_needs_an_objection_that_waits_for_it(a_case: OpenCase) -> None:
    case = a_case(Right.RESTRICTION, Right.OBJECTION)
    case.grant("restriction")
    with case.refuses(NoGround):
        case.restrict(ground=PENDING.value)
    case.object()
    case.restrict(ground=PENDING.value)
    assert case.request.restrictions[case.restriction_id].awaits == "objection"
    assert case.request.items["restriction"].effected
    assert not case.request.items["objection"].effected


# What may still be done ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("use", [each.value for each in RestrictedUse])
def test_restricted_data_is_used_as_article_18_2_allows(restricted: ACase, use: Any) -> None:
    before = restricted.request.restrictions.copy()
    restricted.use_restricted_data(use=use)
    assert restricted.happened() == ["restricted-data-used"]
    assert restricted.request.restrictions == before


@pytest.mark.parametrize("use", ["", "analytics", "storage", "Consent"])
def test_any_other_use_of_restricted_data_is_forbidden(restricted: ACase, use: str) -> None:
    with restricted.refuses(RestrictedUseForbidden) as told:
        restricted.use_restricted_data(use=use)
    assert told.code == "restricted-use-forbidden"


def test_a_use_of_restricted_data_is_accounted_for(restricted: ACase) -> None:
    with restricted.refuses(ReasonRequired):
        restricted.use_restricted_data(use="consent", account=None)


def test_a_restriction_that_still_stands_gets_another_review(restricted: ACase) -> None:
    with restricted.refuses(ReasonRequired):
        restricted.set_review(reason=None)
    with restricted.refuses(ReviewInPast):
        restricted.set_review(review_on=date(2026, 2, 27))
    restricted.set_review(review_on=date(2026, 12, 1))
    assert restricted.happened() == ["restriction-reviewed"]
    assert restricted.request.restrictions[restricted.restriction_id].review_on == date(2026, 12, 1)


# Lifting -------------------------------------------------------------------------------------------------------


def test_a_restriction_is_lifted_after_the_person_was_told(restricted: ACase) -> None:
    with restricted.refuses(NoticeBeforeLift) as told:
        restricted.lift_restriction(at="2026-05-01")
    assert told.code == "notice-before-lift"
    restricted.tell_of_lifting(at="2026-05-02")
    assert restricted.happened() == ["lifting-announced"]
    assert restricted.request.restrictions[restricted.restriction_id].told_of_lifting_at == restricted.now
    with restricted.refuses(ReasonRequired):
        restricted.lift_restriction(reason=None, at="2026-05-10")
    restricted.lift_restriction(at="2026-05-10")
    assert restricted.happened() == ["restriction-lifted"]
    assert restricted.request.restrictions[restricted.restriction_id].lifted


@pytest.mark.parametrize("kind", [kind for kind in LetterKind if kind is not LetterKind.LIFTING])
def test_no_other_letter_tells_of_the_lifting(restricted: ACase, kind: Any) -> None:
    with restricted.refuses(LetterKindWrong):
        restricted.tell_of_lifting(notice=restricted.letter(kind))


@pytest.mark.parametrize("without", ["what-is-lifted", "when", "why"])
def test_the_notice_of_lifting_says_what_when_and_why(restricted: ACase, without: str) -> None:
    with restricted.refuses(LetterIncomplete):
        restricted.tell_of_lifting(notice=restricted.letter(LetterKind.LIFTING, without=without))


@pytest.mark.parametrize("left", ["2026-03-02T09:59", "2026-03-02T10:01"])
def test_the_notice_of_lifting_left_neither_before_the_restriction_nor_in_the_future(
    restricted: ACase, left: str
) -> None:
    with restricted.refuses(AnswerDatesInvalid):
        restricted.tell_of_lifting(notice=restricted.letter(LetterKind.LIFTING, left=left))


def test_a_restriction_stays_until_a_reply_to_its_notice_was_examined(restricted: ACase) -> None:
    """A person who is told beforehand may have something to say (GDPR Art. 18(3))."""
    restricted.tell_of_lifting(at="2026-05-02")
    restricted.attach_follow_up(at="2026-05-03")
    with restricted.refuses(MessageUnexamined):
        restricted.lift_restriction(at="2026-05-10")
    restricted.examine_messages(kind=MessageKind.REMINDER)
    restricted.lift_restriction(at="2026-05-10")


def test_a_restriction_outlives_the_answer(closed: ACase) -> None:
    closed.use_restricted_data(use="legal-claims", at="2026-05-01")
    closed.set_review(at="2026-06-01")
    with closed.refuses(NoticeBeforeLift):
        closed.lift_restriction(at="2026-09-01")
    closed.tell_of_lifting(at="2026-09-01")
    closed.lift_restriction(at="2026-09-08")
    assert closed.request.is_closed


COMMANDS = ("use_restricted_data", "set_review", "tell_of_lifting", "lift_restriction")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_restriction_that_is_unknown_or_lifted_is_none(restricted: ACase, command: Any) -> None:
    further = {"use": "consent"} if command == "use_restricted_data" else {}
    with restricted.refuses(RestrictionUnknown):
        getattr(restricted, command)(uuid4(), **further)
    restricted.tell_of_lifting()
    restricted.lift_restriction()
    with restricted.refuses(AlreadyLifted):
        getattr(restricted, command)(**further)


def is_undecided(case: ACase) -> None:
    for lift in (case.tell_of_lifting, case.lift_restriction):
        with case.refuses(ObjectionUndecided) as told:
            lift()
        assert told.facts == {"item_id": "objection"}


@pytest.mark.parametrize("finding", [None, *BalanceFinding])
def test_what_waits_for_an_objection_is_not_lifted_on_a_balance_alone(a_case: OpenCase, finding: Any) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    if finding is not None:
        extent = ("call dates",) if finding is BalanceFinding.PREVAILS_IN_PART else ()
        case.balance_interests(finding=finding, extent=extent)
    is_undecided(case)
    case.grant("objection")
    is_undecided(case)


def refuse(case: ACase, made: Made, **changes: Any) -> None:
    case.propose_refusal("objection", refusal=made.refusal(ground="compelling-grounds", **changes))
    case.approve_refusal("objection")


def test_what_waits_for_an_objection_is_lifted_once_two_people_refused_it(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    case.balance_interests()
    case.propose_refusal("objection", refusal=made.refusal(ground="compelling-grounds"))
    is_undecided(case)
    case.approve_refusal("objection")
    case.tell_of_lifting()
    case.lift_restriction()


def test_where_the_controller_prevails_in_part_the_rest_is_stopped_before_lifting(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    case.balance_interests(finding=BalanceFinding.PREVAILS_IN_PART, extent=("call dates",))
    case.grant("objection")
    case.stop_processing()
    is_undecided(case)
    refuse(case, made, in_part=True, extent=("call dates",))
    case.tell_of_lifting()
    case.lift_restriction()
    restriction = case.request.restrictions[case.restriction_id]
    assert (restriction.lifted, restriction.stopped) == (True, False)


def test_a_part_that_was_refused_is_not_freed_while_the_rest_goes_on(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    case.balance_interests(finding=BalanceFinding.PREVAILS_IN_PART, extent=("call dates",))
    refuse(case, made, in_part=True, extent=("call dates",))
    is_undecided(case)


def test_the_notice_of_lifting_leaves_after_the_refusal(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    case.balance_interests()
    case.propose_refusal("objection", refusal=made.refusal(ground="compelling-grounds"))
    case.approve_refusal("objection", at="2026-03-10")
    with case.refuses(AnswerDatesInvalid):
        case.tell_of_lifting(notice=case.letter(LetterKind.LIFTING, left="2026-03-10T09:59"))
    case.tell_of_lifting()


def test_a_letter_from_before_a_review_tells_of_no_lifting(restricted: ACase) -> None:
    early = restricted.letter(LetterKind.LIFTING)
    restricted.tell_of_lifting(notice=early)
    restricted.set_review(at="2026-05-01")
    assert restricted.request.restrictions[restricted.restriction_id].told_of_lifting_at is None
    with restricted.refuses(NoticeBeforeLift):
        restricted.lift_restriction()
    with restricted.refuses(AnswerDatesInvalid):
        restricted.tell_of_lifting(notice=early)
    restricted.tell_of_lifting(at="2026-06-01")
    restricted.lift_restriction()


def test_a_letter_on_a_decision_that_is_open_again_tells_of_no_lifting(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    case.balance_interests()
    refuse(case, made)
    case.tell_of_lifting(at="2026-03-05")
    early = case.news[-1].notice
    case.record_answer("objection")
    case.close()
    case.reopen("objection", at="2026-03-20")
    assert case.request.restrictions[case.restriction_id].told_of_lifting_at is None
    is_undecided(case)
    case.balance_interests()
    refuse(case, made)
    with case.refuses(NoticeBeforeLift):
        case.lift_restriction()
    with case.refuses(AnswerDatesInvalid):
        case.tell_of_lifting(notice=early)
    case.tell_of_lifting()
    case.lift_restriction()


def test_an_objection_that_was_decided_or_stopped_is_no_ground_to_wait_for_it(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION, Right.RESTRICTION)
    case.grant("restriction")
    case.object()
    case.grant("objection")
    case.stop_processing()
    with case.refuses(NoGround):
        case.restrict(ground=PENDING.value)


def test_a_restriction_that_was_lifted_before_its_answer_is_answered_all_the_same(a_case: OpenCase) -> None:
    case = a_case(Right.RESTRICTION)
    case.grant("restriction")
    case.restrict()
    case.tell_of_lifting(at="2026-03-10")
    case.lift_restriction()
    case.record_done("restriction", effect=False)
    with case.refuses(ResponseNotSent):
        case.close()
    case.record_answer("restriction")
    case.close()
    assert case.request.outcome is Outcome.FULFILLED


def test_an_objection_that_was_taken_back_is_waited_for_no_longer(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION, Right.ACCESS)
    case.object()
    case.withdraw(item_ids=("objection",))
    case.tell_of_lifting()
    case.lift_restriction()
    assert [each.lifted for each in case.request.restrictions.values()] == [True]


# Law -----------------------------------------------------------------------------------------------------------

ANY = (
    lambda case, n: case.object(at=n),
    lambda case, n: case.restrict(at=n),
    lambda case, n: case.restrict(ground=PENDING.value, at=n),
    lambda case, n: case.grant("restriction", at=n),
    lambda case, n: case.grant("objection", at=n),
    lambda case, n: case.balance_interests(finding=list(BalanceFinding)[n.minute % 2], at=n),
    lambda case, n: case.stop_processing(at=n),
    lambda case, n: case.propose_refusal("objection", at=n),
    lambda case, n: case.approve_refusal("objection", at=n),
    lambda case, n: case.record_answer("objection", at=n),
    lambda case, n: case.set_review(a_restriction(case, n), at=n),
    lambda case, n: case.record_done("restriction", effect=False, at=n),
    lambda case, n: case.record_answer("restriction", at=n),
    lambda case, n: case.withdraw(at=n),
    lambda case, n: case.reopen(*["objection"][: n.minute % 2], at=n),
    lambda case, n: case.close(at=n),
    lambda case, n: case.ask_identity(at=n),
    lambda case, n: case.use_restricted_data(a_restriction(case, n), use="consent", at=n),
    lambda case, n: case.balance_interests(finding=BalanceFinding.CONTROLLER_PREVAILS, at=n),
    lambda case, n: case.tell_of_lifting(a_restriction(case, n), at=n),
    lambda case, n: case.lift_restriction(a_restriction(case, n), at=n),
)


def a_restriction(case: ACase, moment: Any) -> Any:
    ids = list(case.request.restrictions) or [uuid4()]
    return ids[moment.minute % len(ids)]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(*map(st.sampled_from, (ANY, ANY[-3:]))), min_size=5, max_size=30))
def test_a_restriction_is_never_lifted_before_its_notice_in_any_order_of_commands(made: Made, steps: Any) -> None:
    case = made.case()
    case.register(Right.RESTRICTION, Right.OBJECTION)
    case.object()
    case.grant("restriction")
    case.restrict()
    told, lifted, stopped = {}, {}, set()
    for number, step in enumerate(steps):
        moment = datetime(2026, 3, 3, 10, number, tzinfo=UTC)
        try:
            step(case, moment)
        except DomainError:
            continue
        for happened in case.news:
            name = happened.TOPIC.removeprefix("dsr.request.")
            if name == "lifting-announced":
                told[happened.restriction_id] = happened.notice.dispatched_at
            if name == "restriction-reviewed":
                told.pop(happened.restriction_id, None)
            if name == "processing-stopped":
                stopped |= set(happened.restrictions_ended)
            if name == "restriction-lifted":
                assert happened.restriction_id not in lifted, "lifted once"
                lifted[happened.restriction_id] = happened.timestamp
                assert told[happened.restriction_id] < happened.timestamp
    event(f"{len(lifted)} lifted")
    ended = [each for each in case.request.restrictions.values() if each.lifted]
    assert {each.restriction_id for each in ended if not each.stopped} == set(lifted)
    assert {each.restriction_id for each in ended if each.stopped} == stopped
    case.check_replay()


def test_a_representative_is_told_of_lifting_only_with_authority(a_case: OpenCase) -> None:
    case = a_case(Right.RESTRICTION)
    case.grant("restriction")
    case.restrict("restriction")
    to_agent = replace(case.letter(LetterKind.LIFTING), addressee=AnswerTo.REPRESENTATIVE)
    with case.refuses(AuthorityMissing):
        case.tell_of_lifting(notice=to_agent)
    case.accept_representation(Right.RESTRICTION)
    case.tell_of_lifting(notice=to_agent)
