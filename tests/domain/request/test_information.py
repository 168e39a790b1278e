"""give information, copy of clauses (GDPR Art. 13, 14, 13(1)(f), 15(2), 26(2), 46(2))."""

from dataclasses import replace
from typing import Any

import pytest

from dsr.domain.request.errors import (
    AbsoluteRight,
    AnswerDatesInvalid,
    IdentityUnresolved,
    ItemNotGranted,
    ItemOfOtherRight,
    ItemUnknown,
    LetterIncomplete,
    NotRegistered,
)
from dsr.domain.request.information import Copyable, NothingToCopy, SummaryRequired
from dsr.domain.request.letters import REQUIRED_STATEMENTS, LetterKind
from dsr.domain.request.standing import Copy, CopyKind
from dsr.domain.request.values import ItemStatus
from dsr.domain.rights import Right
from dsr.domain.ropa import (
    Controller,
    JointArrangement,
    LegalBasis,
    Notice,
    ProcessingActivity,
    Retention,
    Ropa,
    Safeguard,
    Transfer,
)
from tests.domain.request.a_case import ACase, Made, OpenCase

CLAUSES = {"kind": CopyKind.CONTRACT_CLAUSES, "of": "telephony"}


@pytest.fixture
def granted(a_case: OpenCase) -> ACase:
    case = a_case(Right.INFORMATION)
    case.grant("information")
    return case


@pytest.mark.parametrize("kind", CopyKind)
def test_a_text_that_was_handed_out_gives_effect_to_the_right(granted: ACase, kind: CopyKind) -> None:
    granted.send_copy(kind=kind, of="telephony")
    assert granted.happened() == ["copy-sent"]
    assert granted.request.items["information"].effected
    bound = "telephony" if kind is CopyKind.CONTRACT_CLAUSES else None
    assert granted.request.items["information"].copies == (Copy(kind=kind, of=bound, redacted=False),)


@pytest.mark.parametrize("kind", CopyKind)
def test_what_is_blacked_out_is_summarised(granted: ACase, made: Made, kind: CopyKind) -> None:
    with granted.refuses(SummaryRequired) as told:
        granted.send_copy(kind=kind, of="telephony", redacted=True, summary=None)
    assert told.code == "summary-required"
    granted.send_copy(kind=kind, of="telephony", redacted=True, summary=made.sealed())


@pytest.mark.parametrize("of", ["payroll", "", None])
def test_clauses_are_copied_only_of_those_to_whom_data_is_transferred_on_them(granted: ACase, of: str | None) -> None:
    with granted.refuses(NothingToCopy) as told:
        granted.send_copy(kind=CopyKind.CONTRACT_CLAUSES, of=of)
    assert told.facts == {"clauses_with": ["telephony"]}


def test_an_arrangement_is_copied_only_where_there_is_one(granted: ACase) -> None:
    with granted.refuses(NothingToCopy):
        granted.send_copy(kind=CopyKind.JOINT_ARRANGEMENT, copyable=Copyable())


def test_a_text_left_between_arrival_and_now(granted: ACase) -> None:
    for moment in ("2026-03-02T09:59", "2026-03-02T10:01"):
        with granted.refuses(AnswerDatesInvalid):
            granted.send_copy(sent_at=moment)
    granted.send_copy(at="2026-03-09", sent_at="2026-03-04")
    assert granted.events[-1].sent_at == granted.instant("2026-03-04")


@pytest.mark.parametrize("given_up", [False, True])
def test_a_public_text_is_handed_out_whoever_asks_and_no_other(a_case: OpenCase, given_up: bool) -> None:
    case = a_case(Right.INFORMATION)
    case.ask_identity()
    if given_up:
        case.give_up_identity()
    case.grant("information")
    for kind in (CopyKind.CONTRACT_CLAUSES, CopyKind.JOINT_ARRANGEMENT):
        with case.refuses(IdentityUnresolved):
            case.send_copy(kind=kind, of="telephony")
    case.send_copy(kind=CopyKind.PRIVACY_NOTICE)
    case.record_done("information")


def test_that_no_text_is_held_is_not_said_to_somebody_who_is_in_doubt(a_case: OpenCase) -> None:
    case = a_case(Right.INFORMATION)
    case.ask_identity()
    with case.refuses(IdentityUnresolved):
        case.record_nothing_held("information")


def test_who_stays_unidentified_is_given_information_all_the_same(a_case: OpenCase) -> None:
    case = a_case(Right.INFORMATION, Right.ACCESS)
    case.ask_identity()
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION)
    case.give_up_identity()
    case.record_answer(kind=LetterKind.REFUSAL)
    with case.refuses(AbsoluteRight) as told:
        case.close(unidentified=True)
    assert told.facts == {"item_ids": ["information"]}
    case.grant("information")
    case.record_done("information")
    case.record_answer("information")
    case.close(unidentified=True)
    assert case.request.items["information"].status is ItemStatus.DONE
    assert case.request.items["access"].status is ItemStatus.REFUSED


def test_no_text_is_handed_out_that_was_not_granted(a_case: OpenCase) -> None:
    unregistered = a_case()
    with unregistered.refuses(NotRegistered):
        unregistered.send_copy()
    case = a_case(Right.INFORMATION, Right.ACCESS)
    with case.refuses(ItemNotGranted):
        case.send_copy()
    with case.refuses(ItemOfOtherRight):
        case.send_copy("access")
    with case.refuses(ItemUnknown):
        case.send_copy("erasure")


# the answer


def answered_with(case: ACase, *statements: Any) -> None:
    """The answer to the information item, with these statements besides what every such answer states."""
    letter = case.letter(LetterKind.INFORMATION)
    required = REQUIRED_STATEMENTS[LetterKind.INFORMATION]
    case.record_answer("information", letter=replace(letter, statements=(*required, *statements)))


@pytest.mark.parametrize("redacted", [False, True])
def test_an_answer_that_hands_out_clauses_says_so_and_sums_up_what_is_blacked_out(
    granted: ACase, made: Made, redacted: bool
) -> None:
    granted.send_copy(**CLAUSES, redacted=redacted, summary=made.sealed() if redacted else None)
    granted.record_done("information")
    besides = ["clauses", "redaction-summary"] if redacted else ["clauses"]
    for missing in besides:
        with granted.refuses(LetterIncomplete) as told:
            answered_with(granted, *(set(besides) - {missing}))
        assert told.facts["missing"] == [missing]
    answered_with(granted, *besides)
    assert granted.request.items["information"].answered


@pytest.mark.parametrize("kind", [CopyKind.PRIVACY_NOTICE, CopyKind.JOINT_ARRANGEMENT])
def test_an_answer_that_hands_out_another_text_need_not_speak_of_clauses(
    granted: ACase, made: Made, kind: CopyKind
) -> None:
    granted.send_copy(kind=kind, redacted=True, summary=made.sealed())
    granted.record_done("information")
    answered_with(granted)


def test_what_was_handed_out_before_a_case_was_reopened_is_not_handed_out_by_the_next_answer(granted: ACase) -> None:
    granted.send_copy(**CLAUSES)
    granted.record_done("information")
    answered_with(granted, "clauses")
    granted.close()
    granted.reopen("information")
    assert granted.request.items["information"].copies == ()
    granted.record_nothing_held("information")
    assert granted.request.items["information"].status is ItemStatus.NOTHING_HELD
    granted.record_answer("information")


# what there is to copy


def a_record(*transfers: Any, controllers: Any = ("acme-de", "acme-us"), jointly: Any = True) -> Any:
    activity = ProcessingActivity(
        id="calls",
        name="Calls",
        controllers=controllers,
        purpose="To train staff.",
        legal_basis=LegalBasis.CONSENT,
        subjects=("customers",),
        data=(),
        retention=Retention(period="P30D", words="From the call."),
        systems=(),
        transfers=transfers,
    )
    return Ropa(
        name="Acme",
        notice=Notice(children_under=16),
        controllers=tuple(
            Controller(each, each, "DE", "Europe/Berlin", "eu-gdpr", "de-berlin", (), ("en",), 16)
            for each in (*controllers, "acme-fr")
        ),
        systems=(),
        activities=(activity,),
        joint_arrangement=JointArrangement("Each answers for all.", "acme-de") if jointly else None,
    )


@pytest.mark.parametrize("safeguard", [None, *Safeguard])
def test_there_are_clauses_only_where_a_transfer_rests_on_an_instrument_between_the_parties(safeguard: Any) -> None:
    document = a_record(Transfer("telephony", "US", safeguard))
    rests = safeguard not in (None, Safeguard.ADEQUACY, Safeguard.DEROGATION)
    assert Copyable.of(document, "acme-de").clauses_with == (frozenset({"telephony"}) if rests else frozenset())


def test_a_controller_hands_out_only_the_texts_of_its_own_processing() -> None:
    clauses = Transfer("telephony", "US", Safeguard.STANDARD_CONTRACTUAL_CLAUSES)
    document = a_record(clauses)
    assert Copyable.of(document, "acme-fr") == Copyable()
    assert Copyable.of(document, "acme-de").joint_arrangement


@pytest.mark.parametrize("facts", [{"jointly": False}, {"controllers": ("acme-de",)}])
def test_a_controller_that_decides_alone_has_no_arrangement_to_hand_out(facts: dict[str, Any]) -> None:
    assert not Copyable.of(a_record(**facts), "acme-de").joint_arrangement
