"""Search lists: every system that may hold data accounts for an item (GDPR Art. 5(2), 15(1), 17; docs/law §11)."""

from dataclasses import replace

import pytest

from dsr.domain.request.errors import (
    AnswerDatesInvalid,
    ItemNotOpen,
    ItemUnknown,
    NotRegistered,
    ReasonRequired,
    RequestIsClosed,
)
from dsr.domain.request.grounds import RefusalGround
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.search_list import Listed, SearchResult
from dsr.domain.request.searching import (
    DataFound,
    NothingCollected,
    NothingFound,
    SystemsUnsearched,
    open_systems,
)
from dsr.domain.request.values import ItemStatus, Outcome
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, Made, OpenCase

FOUND, NOTHING, LEFT_OUT = SearchResult.FOUND, SearchResult.NOTHING, SearchResult.LEFT_OUT


def left(case: ACase, item_id: str) -> tuple[str, ...]:
    """The systems that are still to account for the item."""
    return open_systems(case.request, case.request.items[item_id])


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY, Right.RECTIFICATION, Right.ERASURE])
def test_registering_makes_the_search_list_from_the_record_of_processing(a_case: OpenCase, right: Right) -> None:
    case = a_case()
    listed = Listed("acme-de", ("crm", "recordings"), ("employees",), "privacy-desk")
    case.register(right, listed=(listed,))
    search = case.request.items[right.value].search
    assert search is not None
    assert (search.systems, search.set_aside) == (("crm", "recordings"), ("employees",))
    assert left(case, right.value) == ("crm", "recordings")


@pytest.mark.parametrize(
    "right",
    [Right.RESTRICTION, Right.OBJECTION, Right.CONSENT_WITHDRAWAL, Right.INFORMATION, Right.AUTOMATED_DECISION],
)
def test_rights_that_need_no_search_have_no_list(a_case: OpenCase, right: Right) -> None:
    case = a_case(right)
    assert case.request.items[right.value].search is None


def test_each_item_is_searched_for_its_own_controller(a_case: OpenCase) -> None:
    case = a_case()
    listed = (Listed("acme-de", ("crm",), (), "case-files"), Listed("acme-fr", ("hr",), (), "case-files"))
    case.register(Right.ACCESS, controllers=("acme-de", "acme-fr"), listed=listed)
    assert (left(case, "access"), left(case, "access-2")) == (("crm",), ("hr",))


def test_an_item_that_is_passed_on_is_searched_anew(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.search("access")
    there = Listed("acme-fr", ("archive",), (), "case-files")
    case.reassign(controller_id="acme-fr", joint=True, calendar=case.joined("DE", "FR"), listed=(there,))
    assert left(case, "access") == ("archive",)


def test_granting_is_free_and_recording_done_needs_every_system(a_case: OpenCase) -> None:
    """Access was `fulfilled` with nothing collected."""
    case = a_case(Right.ACCESS)
    case.grant("access")
    with case.refuses(SystemsUnsearched) as told:
        case.record_done("access", effect=False)
    assert told.facts["open"] == ["telephony", "crm"]
    case.account_for_systems("access", accounts=case.accounts("crm"))
    with case.refuses(SystemsUnsearched) as told:
        case.record_done("access", effect=False)
    assert told.facts["open"] == ["telephony"]
    case.account_for_systems("access", accounts=case.accounts("telephony", result=LEFT_OUT))
    case.record_done("access", effect=False)
    assert case.status("access") is ItemStatus.DONE


def test_an_erasure_is_done_when_each_system_of_the_granted_processing_reports_it(a_case: OpenCase) -> None:
    """An erasure was `done` in one of three systems."""
    case = a_case(Right.ERASURE)
    case.grant("erasure", systems=("telephony", "archive", "case-files"))
    assert left(case, "erasure") == ("telephony", "archive")
    case.account_for_systems("erasure", accounts=case.accounts("telephony", result=FOUND))
    with case.refuses(SystemsUnsearched) as told:
        case.record_done("erasure", effect=False)
    assert told.facts["open"] == ["archive"]
    case.account_for_systems("erasure", accounts=case.accounts("archive", result=FOUND))
    case.record_done("erasure", effect=False)
    assert case.events[-1].systems == ("telephony", "archive")


def test_what_was_found_before_the_grant_has_to_be_erased_after_it(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    case.account_for_systems("erasure", accounts=case.accounts("telephony", result=FOUND))
    case.account_for_systems("erasure", accounts=case.accounts("crm"))
    case.grant("erasure")
    assert left(case, "erasure") == ("telephony",), "what holds nothing holds nothing still"


def test_nothing_is_held_only_once_every_system_was_searched(a_case: OpenCase) -> None:
    """ "We hold nothing" was said after one system of several."""
    case = a_case(Right.ACCESS)
    case.account_for_systems("access", accounts=case.accounts("crm"))
    with case.refuses(SystemsUnsearched) as told:
        case.record_nothing_held("access", search=False)
    assert told.facts["open"] == ["telephony"]
    case.account_for_systems("access", accounts=case.accounts("telephony", result=LEFT_OUT))
    case.record_nothing_held("access", search=False)
    assert case.events[-1].systems == ("crm",), "what was left out was not searched"


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY])
def test_a_search_in_vain_ends_a_copy_that_was_granted_before(a_case: OpenCase, right: Right) -> None:
    """A granted access for which nothing was found had no way on: there was no package, and no other answer."""
    case = a_case(right)
    case.grant(right.value)
    case.search(right.value, found=())
    case.record_nothing_held(right.value)
    assert case.status(right.value) is ItemStatus.NOTHING_HELD
    case.record_answer(LetterKind(right.value), right.value)
    case.close()
    assert case.request.outcome is Outcome.FULFILLED


def test_nothing_is_not_held_once_data_was_collected(a_case: OpenCase, made: Made) -> None:
    """Even from a system that is not on the list."""
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.search("access", found=())
    case.collect_data(data_set=replace(made.data_set("access", case.now), system="archive"))
    with case.refuses(DataFound) as told:
        case.record_nothing_held("access")
    assert told.facts["systems"] == ["archive"]


def test_an_erasure_that_found_nothing_anywhere_is_answered_as_nothing_held(a_case: OpenCase) -> None:
    """The letter would have said that data was erased."""
    case = a_case(Right.ERASURE)
    case.grant("erasure")
    case.search("erasure", found=())
    with case.refuses(NothingFound):
        case.record_done("erasure", effect=False)
    case.record_nothing_held("erasure")
    assert case.status("erasure") is ItemStatus.NOTHING_HELD
    case.record_answer("erasure")
    case.close()
    assert case.request.outcome is Outcome.FULFILLED


@pytest.mark.parametrize("found", ["before granting", "after granting"])
def test_what_was_erased_was_held_although_nothing_is_found_afterwards(a_case: OpenCase, found: str) -> None:
    """The owner of a system erases, searches again, and truthfully finds nothing."""
    # given
    case = a_case(Right.ERASURE)
    if found == "before granting":
        case.search("erasure")
    case.grant("erasure")
    if found == "after granting":
        case.search("erasure")
    # when
    again = (
        *case.accounts("telephony", result=SearchResult.NOTHING),
        *case.accounts("crm", result=SearchResult.NOTHING),
    )
    case.account_for_systems("erasure", accounts=again)
    with case.refuses(DataFound) as told:
        case.record_nothing_held("erasure", search=False)
    # then
    assert told.facts["systems"] == ["telephony"]
    assert "/completion" in told.detail
    case.record_done("erasure", effect=False)


def test_an_erasure_for_some_processing_says_nothing_of_systems_that_nobody_searched(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    case.grant("erasure", systems=("crm",))
    case.account_for_systems("erasure", accounts=case.accounts("crm"))
    with case.refuses(SystemsUnsearched) as told:
        case.record_nothing_held("erasure", search=False)
    assert told.facts["open"] == ["telephony"]
    case.record_done("erasure", effect=False)


def test_a_refused_part_of_an_erasure_is_held(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ERASURE)
    duty = {"ground": RefusalGround.LEGAL_OBLIGATION, "provision": "§ 147 AO", "extent": ("invoices",), "claims": ()}
    case.propose_refusal("erasure", refusal=made.refusal(in_part=True, **duty))
    case.approve_refusal("erasure")
    case.grant("erasure")
    case.search("erasure", found=())
    with case.refuses(ItemNotOpen):
        case.record_nothing_held("erasure", search=False)
    case.record_done("erasure", effect=False)


def test_other_rights_that_were_granted_are_recorded_as_done(a_case: OpenCase) -> None:
    case = a_case(Right.RECTIFICATION)
    case.grant("rectification")
    case.search("rectification", found=())
    with case.refuses(ItemNotOpen):
        case.record_nothing_held("rectification")


def test_nothing_is_not_held_where_a_system_found_data(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ERASURE)
    case.search("erasure", found=("crm",))
    with case.refuses(DataFound) as told:
        case.record_nothing_held("erasure")
    assert told.facts["systems"] == ["crm"]


def test_nobody_knows_that_nothing_is_held_where_every_system_was_left_out(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.account_for_systems("access", accounts=case.accounts("crm", "telephony", result=LEFT_OUT))
    with case.refuses(SystemsUnsearched):
        case.record_nothing_held("access")


def test_a_right_without_a_list_gets_one_before_nothing_is_held(a_case: OpenCase) -> None:
    case = a_case(Right.RESTRICTION)
    with case.refuses(SystemsUnsearched):
        case.record_nothing_held("restriction", search=False)
    case.account_for_systems("restriction", accounts=case.accounts("crm"))
    assert case.happened() == ["search-listed", "system-searched"]
    case.account_for_systems("restriction", accounts=case.accounts("telephony"))
    case.record_nothing_held("restriction", search=False)
    assert case.status("restriction") is ItemStatus.NOTHING_HELD


def test_an_item_from_before_there_were_lists_gets_one_with_its_first_account(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.ERASURE, listed=())
    case.grant("erasure")
    with case.refuses(SystemsUnsearched):
        case.record_done("erasure", effect=False)
    case.account_for_systems("erasure", accounts=case.accounts("crm", result=FOUND), granted_systems=("crm",))
    assert case.happened() == ["search-listed", "search-narrowed", "system-searched"]
    case.record_done("erasure", effect=False)


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY])
def test_found_for_a_copy_needs_data_that_was_collected_there(a_case: OpenCase, right: Right) -> None:
    case = a_case(right)
    case.grant(right.value)
    with case.refuses(NothingCollected):
        case.account_for_systems(right.value, accounts=case.accounts("telephony", result=FOUND))
    case.collect_data(right.value)
    case.account_for_systems(right.value, accounts=case.accounts("telephony", result=FOUND))
    assert case.events[-1].copies == tuple(case.request.copies.data_sets)


@pytest.mark.parametrize("result", [NOTHING, LEFT_OUT])
def test_a_system_is_open_again_where_data_was_collected_against_its_account(
    a_case: OpenCase, result: SearchResult
) -> None:
    """A package held data of a system in which, as it said, none was found."""
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.account_for_systems("access", accounts=case.accounts("crm"))
    case.account_for_systems("access", accounts=case.accounts("telephony", result=result))
    case.collect_data("access")
    assert left(case, "access") == ("telephony",)
    case.account_for_systems("access", accounts=case.accounts("telephony", result=FOUND))
    assert left(case, "access") == ()


@pytest.mark.parametrize("result", [NOTHING, LEFT_OUT])
def test_data_that_was_collected_is_neither_nothing_nor_left_out(a_case: OpenCase, result: SearchResult) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.collect_data("access")
    with case.refuses(DataFound):
        case.account_for_systems("access", accounts=case.accounts("telephony", result=result))


def test_a_system_whose_data_was_discarded_again_is_open_again(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.collect_data("access")
    case.search("access")
    case.discard_data(*case.request.copies.data_sets)
    assert left(case, "access") == ("telephony",)


def test_a_system_may_be_searched_that_is_not_on_the_list(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.account_for_systems("access", accounts=case.accounts("backup"))
    assert left(case, "access") == ("telephony", "crm")


@pytest.mark.parametrize(("result", "lacking"), [(NOTHING, "identifiers"), (LEFT_OUT, "reason")])
def test_an_account_says_what_was_searched_for_or_why_a_system_is_left_out(
    a_case: OpenCase, result: SearchResult, lacking: str
) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(ReasonRequired):
        case.account_for_systems("access", accounts=case.accounts("crm", result=result, **{lacking: None}))
    with case.refuses(ReasonRequired):
        case.account_for_systems("access", accounts=())


def test_no_system_was_searched_before_the_request_arrived_nor_in_the_future(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    for searched_at in ("2026-03-02T09:59", "2026-03-02T10:01"):
        accounts = case.accounts("crm", searched_at=case.instant(searched_at))
        with case.refuses(AnswerDatesInvalid):
            case.account_for_systems("access", accounts=accounts)


def test_an_account_needs_an_item_of_a_registered_request(a_case: OpenCase) -> None:
    unregistered = a_case()
    with unregistered.refuses(NotRegistered):
        unregistered.account_for_systems("access")
    case = a_case(Right.ACCESS)
    with case.refuses(ItemUnknown):
        case.account_for_systems("erasure")
    case.withdraw()
    with case.refuses(RequestIsClosed):
        case.account_for_systems("access")


def test_a_decided_item_takes_no_further_account(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.record_nothing_held("access")
    with case.refuses(ItemNotOpen):
        case.account_for_systems("access")


def test_the_case_files_end_by_themselves(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE, Right.PORTABILITY)
    results = {
        item_id: item.search and item.search.result_of("case-files") for item_id, item in case.request.items.items()
    }
    assert results == {"access": FOUND, "erasure": LEFT_OUT, "portability": None}


def test_an_item_that_is_reopened_is_searched_again_with_what_was_collected(a_case: OpenCase) -> None:
    """A system may have got data since; the answer speaks of its own day."""
    # given
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.collect_data("access")
    case.record_done("access")
    case.record_answer(LetterKind.ACCESS, "access")
    case.close()
    # when
    case.reopen("access")
    # then
    assert left(case, "access") == ("telephony", "crm")
    assert case.request.copies.collected, "what was collected stays until somebody discards it"
    case.grant("access")
    with case.refuses(SystemsUnsearched):
        case.record_done("access", effect=False)
