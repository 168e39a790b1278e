"""ask identity; take evidence; confirm, ask again, give up (GDPR Art. 12(6), 11(2))."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from dsr.domain.request.errors import (
    AlreadyAuthenticated,
    AnswerDatesInvalid,
    DisproportionateIdentification,
    EvidenceNotPurged,
    IdentityAlreadyAsked,
    IdentityNotAsked,
    IdentityUnresolved,
    NoReasonableDoubt,
    ReasonRequired,
    RequestIsClosed,
)
from dsr.domain.request.identity import EvidenceMissing, QuestionsMissing
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import IdentityMethod, IdentityStatus, ItemStatus
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, Made, OpenCase

DOCUMENT = IdentityMethod.DOCUMENT_COPY


def dates(case: ACase, as_of: str) -> tuple[str, str]:
    """Statutory and effective date as they stand on a day."""
    deadline = case.request.deadline_as_of(date.fromisoformat(as_of), case.calendar)
    return deadline.statutory_due.isoformat(), deadline.effective_due.isoformat()


# The question ------------------------------------------------------------------------------------------------------


def test_identity_is_never_asked_without_a_written_doubt(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(NoReasonableDoubt):
        case.ask_identity(doubt=None)


@pytest.mark.parametrize(
    "offered",
    [
        {"method": IdentityMethod.KNOWN_FACTS},
        {"method": IdentityMethod.CALL_BACK, "alternatives": (IdentityMethod.KNOWN_FACTS,)},
    ],
)
def test_known_facts_are_asked_for_by_questions(a_case: OpenCase, offered: dict[str, Any]) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(QuestionsMissing):
        case.ask_identity(questions=None, **offered)
    case.ask_identity(**offered)


def test_a_copy_of_a_document_is_no_free_alternative_either(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(DisproportionateIdentification):
        case.ask_identity(method=IdentityMethod.CALL_BACK, alternatives=(DOCUMENT,))
    case.give_dpo_opinion()
    case.ask_identity(method=IdentityMethod.CALL_BACK, alternatives=(DOCUMENT,))
    assert case.request.identity.dpo_opinion is None, "it served this question"


def test_who_is_signed_in_is_not_asked(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, authenticated=True)
    with case.refuses(AlreadyAuthenticated):
        case.ask_identity()


def test_who_was_identified_is_not_asked_again(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity()
    case.confirm_identity()
    with case.refuses(AlreadyAuthenticated):
        case.ask_identity()


@pytest.mark.parametrize("insufficient", [False, True])
def test_one_question_is_open_at_a_time(a_case: OpenCase, insufficient: bool) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity()
    if insufficient:
        case.ask_identity_again()
    with case.refuses(IdentityAlreadyAsked):
        case.ask_identity()


def test_a_copy_of_a_document_needs_the_opinion_of_the_dpo(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(DisproportionateIdentification):
        case.ask_identity(method=DOCUMENT)
    case.give_dpo_opinion()
    case.ask_identity(method=DOCUMENT)
    assert case.request.identity.status is IdentityStatus.ASKED


def test_the_opinion_has_to_support_the_copy_and_the_last_one_counts(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.give_dpo_opinion()
    case.give_dpo_opinion(supports=False, actor="dirk")
    with case.refuses(DisproportionateIdentification):
        case.ask_identity(method=DOCUMENT)


def test_an_opinion_serves_one_question(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.give_dpo_opinion()
    case.ask_identity(method=DOCUMENT)
    case.give_up_identity()
    with case.refuses(DisproportionateIdentification):
        case.ask_identity(method=DOCUMENT)


def test_an_opinion_serves_the_doubt_that_it_names(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.give_dpo_opinion()
    with case.refuses(DisproportionateIdentification):
        case.ask_identity(method=DOCUMENT, as_drafted=False)


def test_an_opinion_serves_the_method_that_it_names(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.give_dpo_opinion(method=IdentityMethod.CALL_BACK)
    with case.refuses(DisproportionateIdentification):
        case.ask_identity(method=DOCUMENT)


def test_an_opinion_is_about_a_doubt(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(NoReasonableDoubt):
        case.give_dpo_opinion(doubt=None)


@pytest.mark.parametrize("authenticated", [True, False])
def test_a_new_fact_renews_the_doubt_about_a_person_who_is_known(
    a_case: OpenCase, made: Made, authenticated: bool
) -> None:
    case = a_case(Right.ACCESS, authenticated=authenticated)
    if not authenticated:
        case.ask_identity()
        case.confirm_identity()
    case.grant("access")
    case.ask_identity(new_fact=made.sealed(), at="2026-03-03")
    with case.refuses(IdentityUnresolved):
        case.record_done("access")
    case.confirm_identity()
    case.record_done("access")


def test_the_dpo_writes_down_an_opinion(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(ReasonRequired):
        case.give_dpo_opinion(opinion=None)


def test_no_document_is_asked_for_to_withdraw_consent(a_case: OpenCase) -> None:
    case = a_case(Right.CONSENT_WITHDRAWAL)
    case.give_dpo_opinion()
    with case.refuses(DisproportionateIdentification):
        case.ask_identity(method=DOCUMENT)


def test_no_document_is_asked_for_once_only_the_withdrawal_of_consent_is_left(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.CONSENT_WITHDRAWAL)
    case.give_dpo_opinion()
    case.withdraw(item_ids=("access",))
    with case.refuses(DisproportionateIdentification):
        case.ask_identity(method=DOCUMENT)


def test_no_document_is_asked_for_before_anybody_knows_what_is_asked(a_case: OpenCase) -> None:
    case = a_case()
    case.give_dpo_opinion()
    with case.refuses(DisproportionateIdentification):
        case.ask_identity(method=DOCUMENT)


def test_a_question_neither_precedes_the_arrival_nor_lies_in_the_future(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    for asked_at in ("2026-03-02T09:59", "2026-03-02T10:01"):
        with case.refuses(AnswerDatesInvalid):
            case.ask_identity(asked_at=asked_at)


# The clock ---------------------------------------------------------------------------------------------------------


def test_the_clock_stands_still_from_the_question_to_the_sufficient_answer(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity(at="2026-03-03")
    assert case.happened() == ["identity-requested", "clock-suspended"]
    case.confirm_identity(at="2026-03-10")
    assert case.happened() == ["identity-confirmed", "clock-resumed"]
    assert dates(case, "2026-03-10") == ("2026-04-09", "2026-04-08")
    assert case.deadline.statutory_due == date(2026, 4, 9)
    assert case.deadline.suspended_days == 7


def test_an_insufficient_proof_keeps_the_same_suspension_open(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.put(LetterKind.IDENTITY_QUESTION, at="2026-03-03")
    case.ask_identity_again(at="2026-03-09")
    assert case.happened() == ["identity-insufficient"]
    assert case.request.identity.status is IdentityStatus.INSUFFICIENT
    case.confirm_identity(at="2026-03-16")
    assert dates(case, "2026-03-16") == ("2026-04-15", "2026-04-14")


def test_overlapping_suspensions_count_once_and_the_promise_waits_for_identity_only(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity(at="2026-03-03")
    case.ask_clarification(at="2026-03-06")
    case.confirm_identity(at="2026-03-10")
    case.receive_clarification(at="2026-03-17")
    assert case.deadline.suspended_days == 14
    assert dates(case, "2026-03-17") == ("2026-04-16", "2026-04-08")


def test_a_question_asked_after_five_working_days_stops_no_clock(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity(at="2026-03-24")
    assert case.happened() == ["identity-requested"]
    case.confirm_identity(at="2026-03-31")
    assert case.happened() == ["identity-confirmed"]
    assert dates(case, "2026-03-31") == ("2026-04-02", "2026-04-01")


@pytest.mark.parametrize(("asked_at", "stops"), [("2026-03-09T23:59", True), ("2026-03-10T00:00", False)])
def test_the_fifth_working_day_is_the_last_on_which_a_question_stops_the_clock(
    a_case: OpenCase, asked_at: str, stops: bool
) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity(at=asked_at)
    assert ("clock-suspended" in case.happened()) is stops


def test_while_a_question_is_open_the_date_is_provisional(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.put(LetterKind.IDENTITY_QUESTION, at="2026-03-03")
    assert case.deadline.provisional
    assert case.deadline.certain_effective_due == date(2026, 4, 1)
    assert dates(case, "2026-03-20") == ("2026-04-20", "2026-04-18")  # 19 April is a Sunday
    assert case.request.deadline_as_of(date(2026, 3, 20), case.calendar).certain_effective_due == date(2026, 4, 1)
    case.confirm_identity(at="2026-03-10")
    assert not case.deadline.provisional


def test_the_day_counts_on_which_the_answer_arrived_not_on_which_it_was_read(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity(at="2026-03-03")
    case.confirm_identity(answered_at="2026-03-10T23:59", at="2026-03-20")
    assert case.deadline.suspended_days == 7


def test_an_answer_neither_precedes_its_question_nor_lies_in_the_future(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity(at="2026-03-04")
    for answered_at in ("2026-03-03T23:59", "2026-03-04T10:01"):
        with case.refuses(AnswerDatesInvalid):
            case.confirm_identity(answered_at=answered_at)


def test_giving_up_ends_the_suspension(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity(at="2026-03-03")
    case.give_up_identity(at="2026-03-24")
    assert case.happened() == ["identity-failed", "clock-resumed"]
    assert case.request.identity.status is IdentityStatus.FAILED
    assert not case.deadline.provisional


def test_under_the_regime_of_the_united_kingdom_the_month_runs_from_the_proof(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, country="GB")
    case.ask_identity(at="2026-03-03")
    case.confirm_identity(at="2026-03-10")
    assert case.deadline.regime == "uk-gdpr"
    assert case.deadline.statutory_due == date(2026, 4, 10)


# The evidence ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("decision", ["confirm_identity", "ask_identity_again", "give_up_identity"])
def test_each_decision_destroys_the_key_of_the_evidence(a_case: OpenCase, decision: str) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity()
    first, second = case.take_evidence(), case.take_evidence()
    with case.refuses(EvidenceNotPurged):
        getattr(case, decision)(evidence_destroyed={first})
    getattr(case, decision)(evidence_destroyed={second, first})
    assert case.news[0].evidence_destroyed == (first, second)
    assert case.request.identity.evidence_keys == ()


@pytest.mark.parametrize(
    "command", ["take_identity_evidence", "confirm_identity", "ask_identity_again", "give_up_identity"]
)
@pytest.mark.parametrize("state", ["never asked", "confirmed", "failed"])
def test_nothing_is_decided_about_identity_without_an_open_question(a_case: OpenCase, command: str, state: str) -> None:
    case = a_case(Right.ACCESS)
    if state != "never asked":
        case.ask_identity()
        case.confirm_identity() if state == "confirmed" else case.give_up_identity()
    with case.refuses(IdentityNotAsked):
        getattr(case, command)()


@pytest.mark.parametrize(
    ("ended", "what_next"),
    [
        ("never asked", ["/identity-question"]),
        ("confirmed", ["`nothing-to-do`", "/messages/examined", "`new_fact`", "/identity-question"]),
        ("failed", ["`identity-answer`", "/messages/examined", "/messages/examination"]),
        ("unidentified", ["`identity-answer`", "/messages/examined", "reopens"]),
    ],
)
def test_a_proof_that_comes_late_is_refused_with_the_route_that_takes_it(
    a_case: OpenCase, ended: str, what_next: list[str]
) -> None:
    # given
    case = a_case(Right.ACCESS)
    if ended != "never asked":
        case.put(LetterKind.IDENTITY_QUESTION, at="2026-03-03")
        case.confirm_identity() if ended == "confirmed" else case.give_up_identity()
    if ended == "unidentified":
        case.record_answer(at="2026-03-24")
        case.close(unidentified=True)
    # when
    with case.refuses(RequestIsClosed if ended == "unidentified" else IdentityNotAsked) as refused:
        case.take_identity_evidence()
    # then
    assert [each for each in what_next if each not in refused.detail] == []


@pytest.mark.parametrize("decision", ["ask_identity_again", "give_up_identity"])
def test_an_insufficient_proof_and_giving_up_need_a_reason(a_case: OpenCase, decision: str) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity()
    with case.refuses(ReasonRequired):
        getattr(case, decision)(reason=None)


def test_evidence_arrives_neither_before_the_request_nor_in_the_future(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity()
    for received_at in ("2026-03-02T09:59", "2026-03-02T10:01"):
        with case.refuses(AnswerDatesInvalid):
            case.take_identity_evidence(received_at=received_at)


# What doubt keeps from happening -----------------------------------------------------------------------------------


def in_doubt(case: ACase, status: IdentityStatus) -> None:
    """Bring the case into that state of identity."""
    case.ask_identity()
    if status is IdentityStatus.INSUFFICIENT:
        case.ask_identity_again()
    if status is IdentityStatus.FAILED:
        case.give_up_identity()


DOUBT = [IdentityStatus.ASKED, IdentityStatus.INSUFFICIENT, IdentityStatus.FAILED]


@pytest.mark.parametrize("status", DOUBT)
@pytest.mark.parametrize("command", ["grant", "record_nothing_held"])
def test_nothing_is_granted_and_not_even_absence_disclosed_while_there_is_doubt(
    a_case: OpenCase, status: Any, command: str
) -> None:
    case = a_case(Right.ACCESS)
    in_doubt(case, status)
    with case.refuses(IdentityUnresolved):
        getattr(case, command)("access")


@pytest.mark.parametrize("status", DOUBT)
def test_doubt_that_comes_up_later_stops_the_execution(a_case: OpenCase, status: Any) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    in_doubt(case, status)
    with case.refuses(IdentityUnresolved):
        case.record_done("access")
    with case.refuses(IdentityUnresolved):
        case.collect_data("access")


@pytest.mark.parametrize("status", DOUBT)
@pytest.mark.parametrize("right", [Right.CONSENT_WITHDRAWAL, Right.OBJECTION])
def test_consent_and_direct_marketing_stop_at_once_whatever_the_doubt(
    a_case: OpenCase, status: Any, right: Right
) -> None:
    case = a_case()
    case.register(Right.ACCESS, right, direct_marketing=True)
    in_doubt(case, status)
    case.grant(right.value)
    case.record_done(right.value)
    assert case.request.items[right.value].status is ItemStatus.DONE


@pytest.mark.parametrize("status", DOUBT)
def test_what_was_carried_out_before_the_doubt_is_recorded_all_the_same(a_case: OpenCase, status: Any) -> None:
    case = a_case(Right.RESTRICTION)
    case.grant("restriction")
    case.restrict()
    in_doubt(case, status)
    case.record_done("restriction")
    assert case.request.items["restriction"].status is ItemStatus.DONE


def test_who_was_not_identified_may_supply_more_later(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    in_doubt(case, IdentityStatus.FAILED)
    case.ask_identity()
    case.confirm_identity()
    case.grant("access")
    assert case.request.items["access"].status is ItemStatus.GRANTED


def test_evidence_is_a_text_or_a_file_or_both(a_case: OpenCase, made: Made) -> None:
    file = made.attachment("access", datetime(2026, 3, 2, 9, tzinfo=UTC)).content
    case = a_case(Right.ACCESS)
    case.ask_identity()
    with case.refuses(EvidenceMissing):
        case.take_identity_evidence(evidence=None)
    for evidence, content in ((made.sealed(), None), (None, file), (made.sealed(), file)):
        case.take_identity_evidence(evidence=evidence, content=content)
        assert (case.events[-1].evidence, case.events[-1].content) == (evidence, content)
    first, second, third = case.request.identity.evidence_keys
    assert case.request.identity.evidence_files == {second: file.blob_id, third: file.blob_id}
    with case.refuses(EvidenceNotPurged):
        case.confirm_identity(evidence_destroyed=(first,))
    case.confirm_identity()
    assert case.request.identity.evidence_keys == ()
    case.check_replay()
