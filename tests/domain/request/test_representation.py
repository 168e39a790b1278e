"""Acting for the data subject: authority, scope, expiry, conflict, and who gets the answer (GDPR Art. 8, 12(1), 80)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dsr.domain.request.errors import GroundNotAvailable, ReasonRequired, RequestIsClosed
from dsr.domain.request.grounds import GROUNDS, RefusalGround, check_ground
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.representation import (
    AlreadyRepresented,
    AuthorityMissing,
    ConflictOfInterest,
    NotRepresented,
    RepresentationEnded,
    RepresentativeNotNamed,
)
from dsr.domain.request.standing import AnswerTo, RepresentativeKind
from dsr.domain.request.values import Outcome
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, Made, OpenCase, replayed

PARENT = {"kind": RepresentativeKind.PARENT, "for_child": True, "expires_on": date(2030, 6, 1)}
TO_REPRESENTATIVE = (AnswerTo.REPRESENTATIVE, AnswerTo.BOTH)


# The authority


@pytest.mark.parametrize("kind", RepresentativeKind)
def test_whoever_shows_an_authority_may_act(a_case: OpenCase, kind: RepresentativeKind) -> None:
    case = a_case()
    case.accept_representation(Right.ACCESS, kind=kind, for_child=True, expires_on=date(2027, 1, 1))
    assert case.happened() == ["representation-accepted"]
    accepted = case.represented
    assert (accepted.kind, accepted.rights, accepted.expires_on) == (kind, frozenset({Right.ACCESS}), date(2027, 1, 1))


def test_an_authority_is_shown(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(AuthorityMissing):
        case.accept_representation(evidence=None)


def test_an_authority_covers_named_rights(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(AuthorityMissing):
        case.accept_representation(rights=())


@pytest.mark.parametrize("kind", [RepresentativeKind.PARENT, RepresentativeKind.GUARDIAN])
def test_a_parent_or_guardian_acts_until_a_date(a_case: OpenCase, kind: RepresentativeKind) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(AuthorityMissing):
        case.accept_representation(kind=kind, for_child=True, expires_on=None)


def test_a_mandate_may_hold_until_it_is_ended(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.accept_representation(kind=RepresentativeKind.LAWYER, expires_on=None)
    assert case.represented.held(case.instant("2036-01-01"), date(2036, 1, 1))


def test_an_authority_that_has_expired_is_none(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(AuthorityMissing):
        case.accept_representation(expires_on=date(2026, 3, 1))
    case.accept_representation(expires_on=date(2026, 3, 2))


def test_a_parent_acts_for_no_adult(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(AuthorityMissing):
        case.accept_representation(**PARENT | {"for_child": False})
    case.accept_representation(kind=RepresentativeKind.GUARDIAN, for_child=False, expires_on=date(2027, 1, 1))


@pytest.mark.parametrize(("assessed", "conflict"), [(False, False), (True, True), (False, True)])
def test_nobody_acts_against_the_persons_interests(a_case: OpenCase, assessed: bool, conflict: bool) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(ConflictOfInterest):
        case.accept_representation(conflict_assessed=assessed, conflict=conflict)


@pytest.mark.parametrize(("for_child", "recorded"), [(True, 14), (False, None)])
def test_the_age_in_that_country_is_on_record_where_somebody_acts_for_a_child(
    a_case: OpenCase, for_child: bool, recorded: int | None
) -> None:
    case = a_case(Right.ERASURE)
    guardian = {"kind": RepresentativeKind.GUARDIAN, "expires_on": date(2027, 1, 1)}
    case.accept_representation(**guardian, for_child=for_child, child_age=14)
    assert case.news[0].child_age == recorded
    assert case.news[0].for_child is for_child


def test_items_beyond_the_scope_go_on_without_the_representative(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.accept_representation(Right.ACCESS)
    case.grant("access")
    case.record_done("access")
    case.record_answer("access")
    case.withdraw(item_ids=("erasure",))
    case.close()
    assert case.request.outcome is Outcome.FULFILLED


@pytest.mark.parametrize("answer_to", TO_REPRESENTATIVE)
def test_of_several_representatives_one_at_most_gets_the_letters(a_case: OpenCase, answer_to: AnswerTo) -> None:
    case = a_case(Right.ACCESS)
    case.accept_representation(expires_on=date(2026, 3, 20))
    with case.refuses(AlreadyRepresented):
        case.accept_representation(kind=RepresentativeKind.LAWYER, answer_to=answer_to, at="2026-03-20T23:59")
    case.accept_representation(kind=RepresentativeKind.LAWYER, answer_to=AnswerTo.DATA_SUBJECT)
    assert [each.ended_at for each in case.request.representations] == [None, None]


def test_a_representative_replaces_another_and_gets_the_letters(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.accept_representation(**PARENT, answer_to=AnswerTo.DATA_SUBJECT)
    case.accept_representation(Right.ACCESS)
    case.accept_representation(kind=RepresentativeKind.LAWYER, replaces=(2,))
    assert [each.ended_at is None for each in case.request.representations] == [True, False, True]
    with case.refuses(NotRepresented):
        case.accept_representation(replaces=(2,))


def test_ending_one_representation_leaves_the_other(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.accept_representation(Right.ACCESS)
    case.accept_representation(**PARENT, answer_to=AnswerTo.DATA_SUBJECT)
    with case.refuses(RepresentativeNotNamed):
        case.end_representation()
    with case.refuses(NotRepresented):
        case.end_representation(number=3)
    case.end_representation(number=2)
    case.record_answer(letter=to(case, AnswerTo.REPRESENTATIVE, LetterKind.ACKNOWLEDGEMENT))
    case.end_representation()
    with case.refuses(AuthorityMissing):
        case.record_answer(letter=to(case, AnswerTo.REPRESENTATIVE, LetterKind.ACKNOWLEDGEMENT))


def test_an_authority_counts_for_the_rights_of_the_one_who_gets_the_letters(done: ACase) -> None:
    done.accept_representation(Right.ERASURE)
    done.accept_representation(**PARENT, answer_to=AnswerTo.DATA_SUBJECT)
    with done.refuses(AuthorityMissing):
        done.record_answer("access", letter=to(done, AnswerTo.BOTH))


def test_an_end_from_before_several_could_act_ends_the_last(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.accept_representation(expires_on=date(2026, 3, 20))
    case.accept_representation(kind=RepresentativeKind.LAWYER, at="2026-03-21T00:00")
    case.end_representation(number=2)
    state: dict[str, object] = {}
    RepresentationEnded.upcast_v1_v2(state)
    old = replace(case.news[0], **state)
    assert replayed([*case.events[:-1], old]).representations == case.request.representations


def test_what_has_expired_needs_no_end(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.accept_representation(expires_on=date(2026, 3, 20))
    case.accept_representation(kind=RepresentativeKind.LAWYER, at="2026-03-21T00:00")
    assert case.represented.kind is RepresentativeKind.LAWYER


def test_an_end_has_a_reason_and_something_to_end(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(NotRepresented):
        case.end_representation()
    case.accept_representation()
    with case.refuses(ReasonRequired):
        case.end_representation(reason=None)
    case.end_representation()
    assert case.happened() == ["representation-ended"]
    with case.refuses(NotRepresented):
        case.end_representation()


def test_a_closed_case_accepts_no_representation(answered: ACase) -> None:
    with answered.refuses(RequestIsClosed):
        answered.accept_representation()


def test_a_mandate_is_ended_after_closing_too(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.accept_representation()
    case.withdraw()
    assert case.request.is_closed
    case.end_representation()
    assert case.happened() == ["representation-ended"]


# Who gets the answer


def to(case: ACase, addressee: Any, kind: Any = LetterKind.ACCESS, **facts: Any) -> Any:
    return replace(case.letter(kind, **facts), addressee=addressee)


@pytest.fixture
def done(a_case: OpenCase) -> ACase:
    """Access and restriction, the former carried out on 9 March."""
    case = a_case(Right.ACCESS, Right.RESTRICTION)
    case.grant("access", at="2026-03-09")
    case.record_done("access")
    return case


@pytest.mark.parametrize("addressee", TO_REPRESENTATIVE)
@pytest.mark.parametrize("answer_to", TO_REPRESENTATIVE)
def test_a_representative_gets_the_answer_that_their_authority_covers(
    done: ACase, addressee: Any, answer_to: Any
) -> None:
    done.accept_representation(Right.ACCESS, answer_to=answer_to)
    done.record_answer("access", letter=to(done, addressee))
    assert done.news[0].letter.addressee is addressee


@pytest.mark.parametrize("addressee", TO_REPRESENTATIVE)
def test_nobody_gets_an_answer_for_a_person_without_authority(done: ACase, addressee: Any) -> None:
    with done.refuses(AuthorityMissing):
        done.record_answer("access", letter=to(done, addressee))


@pytest.mark.parametrize("addressee", TO_REPRESENTATIVE)
def test_an_authority_over_other_rights_gets_no_answer(done: ACase, addressee: Any) -> None:
    done.accept_representation(Right.RESTRICTION, Right.ERASURE)
    with done.refuses(AuthorityMissing):
        done.record_answer("access", letter=to(done, addressee))


@pytest.mark.parametrize("addressee", TO_REPRESENTATIVE)
def test_where_answers_go_to_the_person_the_representative_gets_none(done: ACase, addressee: Any) -> None:
    done.accept_representation(answer_to=AnswerTo.DATA_SUBJECT)
    with done.refuses(AuthorityMissing):
        done.record_answer("access", letter=to(done, addressee))


@pytest.mark.parametrize("answer_to", AnswerTo)
def test_the_person_may_always_be_answered(done: ACase, answer_to: AnswerTo) -> None:
    done.accept_representation(Right.ERASURE, answer_to=answer_to)
    done.record_answer("access", letter=to(done, AnswerTo.DATA_SUBJECT))


def test_the_authority_has_to_be_in_force_when_the_letter_leaves(done: ACase) -> None:
    done.accept_representation(Right.ACCESS, expires_on=date(2026, 3, 20), at="2026-03-10")
    done.now = done.instant("2026-03-25")
    for left in ("2026-03-10T09:59", "2026-03-21T00:00"):
        with done.refuses(AuthorityMissing):
            done.record_answer("access", letter=to(done, AnswerTo.REPRESENTATIVE, left=left))
    done.record_answer("access", letter=to(done, AnswerTo.REPRESENTATIVE, left="2026-03-20T23:59"))


def test_what_left_before_the_end_left_with_authority(done: ACase) -> None:
    done.accept_representation(Right.ACCESS)
    done.end_representation(at="2026-03-20")
    with done.refuses(AuthorityMissing):
        done.record_answer("access", letter=to(done, AnswerTo.BOTH))
    done.record_answer("access", letter=to(done, AnswerTo.BOTH, left="2026-03-20T09:59"))


def test_a_question_goes_to_the_representative_while_they_act(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(AuthorityMissing):
        case.record_answer(letter=to(case, AnswerTo.REPRESENTATIVE, LetterKind.ACKNOWLEDGEMENT))
    case.accept_representation(Right.ACCESS)
    case.record_answer(letter=to(case, AnswerTo.REPRESENTATIVE, LetterKind.ACKNOWLEDGEMENT))


def test_the_notice_of_an_extension_goes_to_the_representative_while_they_act(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_extension()
    case.approve_extension()
    notice = to(case, AnswerTo.BOTH, LetterKind.EXTENSION)
    with case.refuses(AuthorityMissing):
        case.send_extension_notice(notice=notice)
    case.accept_representation(Right.ERASURE)
    case.send_extension_notice(notice=notice)


def test_the_notice_of_a_fee_goes_to_the_representative_whose_authority_covers_its_items(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.propose_fee("access", "erasure")
    case.accept_representation(Right.ACCESS)
    notice = to(case, AnswerTo.REPRESENTATIVE, LetterKind.FEE)
    with case.refuses(AuthorityMissing):
        case.send_fee_notice(notice=notice)
    case.end_representation()
    case.accept_representation(Right.ACCESS, Right.ERASURE)
    case.send_fee_notice(notice=replace(notice, dispatched_at=case.now))


# A child acting alone


@pytest.mark.parametrize("ground", ["child", "minor", "under-age", "age", "no-parent", "no-representative"])
@pytest.mark.parametrize("right", sorted(frozenset(Right) - {Right.CONSENT_WITHDRAWAL}))
def test_age_is_no_ground_for_refusing_anybody(made: Made, ground: str, right: Any) -> None:
    with pytest.raises(GroundNotAvailable):
        check_ground(made.refusal(ground=ground), right=right, direct_marketing=False, received_on=date(2026, 3, 2))


def test_no_ground_of_refusal_rests_on_the_provisions_about_children_or_representatives() -> None:
    assert set(GROUNDS) == set(RefusalGround)
    for ground, rule in GROUNDS.items():
        assert "Art. 8" not in rule.provision, ground
        assert "Art. 80" not in rule.provision, ground
        assert not {"child", "age", "minor", "parent", "guardian", "represented"} & set(ground.split("-")), ground


def test_a_child_acting_alone_is_answered_as_anybody(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.ACCESS, Right.CONSENT_WITHDRAWAL)
    case.grant("access")
    case.record_done("access")
    case.record_answer("access")
    case.withdraw(item_ids=("consent-withdrawal",))
    case.close()
    assert not case.request.representations, "nobody was asked for"
    assert case.request.outcome is Outcome.FULFILLED


def test_a_child_goes_on_alone_when_its_representative_no_longer_acts(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.accept_representation(**PARENT)
    case.end_representation()
    case.grant("access")
    case.record_done("access")
    case.record_answer("access")
    case.close()
    assert case.request.outcome is Outcome.FULFILLED
