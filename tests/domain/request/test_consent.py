"""withdraw consent, treat an objection as a withdrawal (GDPR Art. 7(3))."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsr.domain.request.consent import ConsentNotFound, ConsentWithdrawn
from dsr.domain.request.errors import (
    AbsoluteRight,
    EffectMissing,
    ItemNotOpen,
    ItemOfOtherRight,
    ItemUnknown,
    MessageUnknown,
    RequestIsClosed,
)
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import ItemStatus, Lifecycle
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis
from tests.domain.request.a_case import ACase, Made, OpenCase


def test_a_withdrawal_that_is_granted_only_has_stopped_nothing_yet(a_case: OpenCase) -> None:
    case = a_case(Right.CONSENT_WITHDRAWAL)
    case.grant("consent-withdrawal")
    with case.refuses(EffectMissing):
        case.record_done("consent-withdrawal", effect=False)


def test_withdrawing_grants_and_stops_in_one_command(a_case: OpenCase) -> None:
    case = a_case(Right.CONSENT_WITHDRAWAL)
    case.withdraw_consent("consent-withdrawal", at="2026-03-04")
    assert case.happened() == ["item-granted", "consent-withdrawn"]
    withdrawn = case.news[-1]
    assert (withdrawn.activities, withdrawn.others) == (("recorded-calls",), ())
    assert withdrawn.stopped_at == withdrawn.timestamp == case.now
    assert case.request.items["consent-withdrawal"].effected
    case.record_done("consent-withdrawal", effect=False)
    case.record_answer("consent-withdrawal")
    case.close()


@pytest.mark.parametrize("basis", sorted(set(LegalBasis) - {LegalBasis.CONSENT}))
def test_where_nothing_rests_on_consent_there_is_none_to_withdraw(a_case: OpenCase, made: Made, basis: Any) -> None:
    case = a_case(Right.CONSENT_WITHDRAWAL)
    with case.refuses(ConsentNotFound) as told:
        case.withdraw_consent(activities=(made.basis("payroll", basis),))
    assert (told.code, told.facts) == ("consent-not-found", {"activities": ["payroll"]})
    with case.refuses(ConsentNotFound):
        case.withdraw_consent(activities=())
    case.record_nothing_held("consent-withdrawal")


def test_what_rests_on_another_basis_does_not_keep_the_consent(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.CONSENT_WITHDRAWAL)
    case.withdraw_consent(activities=tuple(made.basis(basis.value, basis) for basis in LegalBasis))
    assert case.news[-1].activities == ("consent",)
    assert set(case.news[-1].others) == {basis.value for basis in LegalBasis} - {"consent"}


def test_a_case_that_nobody_looked_at_yet_is_registered_by_the_withdrawal(a_case: OpenCase) -> None:
    case = a_case()
    case.withdraw_consent()
    assert case.happened() == ["registered", "item-opened", "item-granted", "consent-withdrawn"]
    assert {event.actor for event in case.news} == {"data-subject"}
    assert case.request.lifecycle is Lifecycle.EXECUTING


def test_a_case_without_such_an_item_gets_one(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.withdraw_consent()
    assert case.happened() == ["item-opened", "item-granted", "consent-withdrawn"]
    assert case.request.items["consent-withdrawal"].status is ItemStatus.GRANTED


def test_the_pending_item_is_taken_where_none_is_named(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.CONSENT_WITHDRAWAL)
    case.withdraw_consent()
    assert case.happened() == ["item-granted", "consent-withdrawn"]
    case.withdraw_consent()
    assert case.happened() == ["consent-withdrawn"], "further consent, on the same item"
    case.record_done("consent-withdrawal", effect=False)
    case.withdraw_consent()
    assert list(case.request.items) == ["access", "consent-withdrawal", "consent-withdrawal-2"]


def test_consent_is_withdrawn_on_a_pending_item_of_that_right(a_case: OpenCase) -> None:
    case = a_case(Right.CONSENT_WITHDRAWAL, Right.ACCESS)
    with case.refuses(ItemOfOtherRight):
        case.withdraw_consent("access")
    with case.refuses(ItemUnknown):
        case.withdraw_consent("consent-withdrawal-2")
    case.record_nothing_held("consent-withdrawal")
    with case.refuses(ItemNotOpen):
        case.withdraw_consent("consent-withdrawal")


def test_a_closed_case_is_reopened_before_consent_is_withdrawn_in_it(answered: ACase) -> None:
    with answered.refuses(RequestIsClosed):
        answered.withdraw_consent()


def test_a_withdrawal_of_consent_is_never_refused(a_case: OpenCase) -> None:
    case = a_case(Right.CONSENT_WITHDRAWAL)
    with case.refuses(AbsoluteRight):
        case.propose_refusal("consent-withdrawal")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    identity=st.sampled_from(["not-needed", "asked", "insufficient", "failed", "confirmed"]),
    extended=st.booleans(),
    start=st.sampled_from(["received", "without an item", "open", "granted", "objection"]),
    day=st.dates(date(2026, 3, 5), date(2027, 6, 1)),
)
def test_consent_stops_at_once_in_every_state_of_identity_and_clock(
    made: Made, identity: Any, extended: Any, start: Any, day: Any
) -> None:
    case = made.case()
    if start != "received" or extended:
        wanted = {"objection": Right.OBJECTION, "open": Right.CONSENT_WITHDRAWAL, "granted": Right.CONSENT_WITHDRAWAL}
        case.register(*dict.fromkeys((Right.ACCESS, wanted.get(start, Right.ACCESS))))
    case.bring_to(identity, extended=extended)
    if start == "granted":
        case.grant("consent-withdrawal")
    # when
    if start == "objection":
        case.treat_as_withdrawal(at=day.isoformat())
    else:
        case.withdraw_consent(at=day.isoformat())
    # then
    assert case.happened()[-2:] == (
        ["consent-withdrawn"] if start == "granted" else ["item-granted", "consent-withdrawn"]
    )
    item_id = case.news[-1].item_id
    assert case.news[-1].stopped_at == case.now
    assert case.request.items[item_id].effected
    case.record_done(item_id, effect=False)
    case.check_replay()


# An objection that means a withdrawal --------------------------------------------------------------------------


def test_an_objection_to_processing_on_consent_is_treated_as_a_withdrawal(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION)
    received_on = case.request.received_on
    case.propose_refusal("objection")
    case.treat_as_withdrawal(at="2026-03-05")
    assert case.happened() == ["objection-treated-as-withdrawal", "item-granted", "consent-withdrawn"]
    item = case.request.items["objection"]
    assert (item.right, item.status, item.effected) == (Right.CONSENT_WITHDRAWAL, ItemStatus.GRANTED, True)
    assert item.is_absolute
    assert case.request.items["objection"].proposal is None, "it is never refused"
    assert case.request.received_on == received_on
    case.record_done("objection", effect=False)
    case.record_answer("objection", kind=LetterKind.CONSENT_WITHDRAWAL)
    case.close()


def test_a_new_objection_gets_another_id_than_the_one_that_became_a_withdrawal(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION)
    case.treat_as_withdrawal()
    case.open_items(Right.OBJECTION)
    assert {item_id: item.right for item_id, item in case.request.items.items()} == {
        "objection": Right.CONSENT_WITHDRAWAL,
        "objection-2": Right.OBJECTION,
    }


@pytest.mark.parametrize("basis", sorted(set(LegalBasis) - {LegalBasis.CONSENT}))
def test_an_objection_that_is_not_all_about_consent_stays_an_objection(
    a_case: OpenCase, made: Made, basis: Any
) -> None:
    case = a_case(Right.OBJECTION)
    mixed = (made.basis("recorded-calls", LegalBasis.CONSENT), made.basis("other", basis))
    for activities in (mixed, mixed[1:], ()):
        with case.refuses(ConsentNotFound):
            case.treat_as_withdrawal(activities=activities)


def test_an_objection_that_restricts_already_is_no_withdrawal(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    with case.refuses(ConsentNotFound):
        case.treat_as_withdrawal()


def test_an_objection_that_restricts_no_longer_can_turn_out_a_withdrawal(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION)
    case.object()
    case.grant("objection")
    case.record_done("objection")
    case.record_answer("objection")
    case.close()
    case.reopen("objection")
    case.treat_as_withdrawal()
    assert case.happened() == ["objection-treated-as-withdrawal", "item-granted", "consent-withdrawn"]


def test_direct_marketing_is_stopped_as_what_it_is(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.OBJECTION, direct_marketing=True)
    with case.refuses(AbsoluteRight):
        case.treat_as_withdrawal()


def test_only_a_pending_objection_is_treated_as_a_withdrawal(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION, Right.ERASURE)
    with case.refuses(ItemOfOtherRight):
        case.treat_as_withdrawal("erasure")
    case.record_nothing_held("objection")
    with case.refuses(ItemNotOpen):
        case.treat_as_withdrawal()


# The person's own words (GDPR Art. 5(2), 7(3))


def withdrawn(case: ACase) -> ConsentWithdrawn:
    [event] = [each for each in case.news if isinstance(each, ConsentWithdrawn)]
    return event


def test_the_record_of_a_withdrawal_names_the_message_with_the_words(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    case.attach_follow_up()
    case.withdraw_consent(message_id=case.message_id, statement=None)
    assert withdrawn(case).message_id == case.message_id
    with case.refuses(MessageUnknown):
        case.withdraw_consent(message_id=case.uuid())


def test_without_further_words_it_names_the_message_that_opened_the_case(a_case: OpenCase) -> None:
    case = a_case()
    [first] = case.request.messages
    case.withdraw_consent(statement=None)
    assert withdrawn(case).message_id == first


def test_words_by_telephone_and_the_persons_own_act_need_no_message(a_case: OpenCase) -> None:
    case = a_case()
    case.withdraw_consent(statement=case.sealed())
    assert withdrawn(case).message_id is None
    case.withdraw_consent(statement=None, own_act=True)
    assert withdrawn(case).message_id is None
