"""What is restricted is not deleted; two people may agree on an exception (GDPR Art. 18; docs/law §11)."""

from uuid import UUID, uuid4

import pytest

from dsr.domain.acting import CaseActing
from dsr.domain.request.errors import FourEyes, MessageUnexamined, NothingProposed, ReasonRequired
from dsr.domain.request.holds import (
    HoldCoversNothing,
    HoldOfRestriction,
    HoldUnknown,
    RestrictedData,
    Retained,
)
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.message import MessageKind
from dsr.domain.request.restriction import RestrictedUseForbidden
from dsr.domain.request.standing import HoldKind
from dsr.domain.request.state_guards import STATE_GUARDS
from dsr.domain.request.values import BalanceFinding
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, OpenCase

CALLS = Retained("acme-de", "recorded-calls", ("telephony",), "P30D")
QUALITY = Retained("acme-de", "quality", ("archive", "crm"), "P3Y")
RECORD = (CALLS, QUALITY)
IN_FRANCE = Retained("acme-fr", "recorded-calls", ("telephony",), "P30D")


def restrictions(case: ACase) -> dict[UUID, tuple[str, ...]]:
    """The systems that are held by restrictions, by hold."""
    return {key: hold.systems for key, hold in case.request.holds.items() if hold.kind is HoldKind.RESTRICTION}


@pytest.fixture
def restricted(a_case: OpenCase) -> ACase:
    """The evaluation of calls is restricted; it lies in two systems."""
    case = a_case(Right.RESTRICTION)
    case.grant("restriction")
    case.restrict(retained=RECORD)
    return case


@pytest.mark.parametrize("right", [Right.RESTRICTION, Right.OBJECTION])
def test_a_registered_restriction_or_objection_holds_all_data_of_its_controller(a_case: OpenCase, right: Right) -> None:
    case = a_case()
    case.register(right, retained=(*RECORD, IN_FRANCE))
    assert list(restrictions(case).values()) == [("archive", "crm", "telephony")]


def test_an_objection_to_direct_marketing_holds_nothing(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.OBJECTION, direct_marketing=True, retained=RECORD)
    assert restrictions(case) == {}


def test_a_restriction_holds_what_it_covers_and_no_more(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.RESTRICTION, retained=RECORD)
    case.grant("restriction")
    case.restrict(retained=RECORD)  # of the evaluation alone
    assert restrictions(case) == {case.restriction_id: ("archive", "crm")}


def test_the_hold_ends_with_the_lifting_of_the_restriction(restricted: ACase) -> None:
    restricted.tell_of_lifting()
    restricted.lift_restriction()
    assert restrictions(restricted) == {}


def test_a_closed_case_keeps_what_its_restriction_holds(restricted: ACase) -> None:
    restricted.record_done("restriction", effect=False)
    restricted.record_answer("restriction")
    restricted.close()
    assert restrictions(restricted) == {restricted.restriction_id: ("archive", "crm")}


def test_a_refused_restriction_holds_nothing_once_the_case_is_closed(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.RESTRICTION, retained=RECORD)
    case.propose_refusal("restriction")
    case.approve_refusal("restriction")
    case.record_answer("restriction")
    case.close()
    assert restrictions(case) == {}


def test_an_objection_that_is_balanced_holds_its_data_until_the_balance(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.OBJECTION, retained=RECORD)
    case.object("objection", retained=RECORD)
    assert restrictions(case) == {case.restriction_id: ("archive", "crm")}
    case.balance_interests("objection", finding=BalanceFinding.SUBJECT_PREVAILS)
    case.grant("objection")
    case.stop_processing("objection")
    assert restrictions(case) == {}


def test_a_refused_objection_holds_its_data_until_the_person_was_told_and_it_is_lifted(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION)
    case.object("objection", retained=RECORD)
    case.balance_interests("objection")
    case.propose_refusal("objection", refusal=case.refusal(ground="compelling-grounds", claims=()))
    case.approve_refusal("objection")
    assert restrictions(case)
    case.record_answer("objection", kind=LetterKind.REFUSAL)
    case.tell_of_lifting()
    case.lift_restriction()
    assert restrictions(case) == {}


def test_a_restriction_is_not_placed_or_released_like_another_hold(restricted: ACase) -> None:
    with restricted.refuses(HoldOfRestriction):
        restricted.place_hold(kind=HoldKind.RESTRICTION)
    with restricted.refuses(HoldOfRestriction):
        restricted.release_hold(restricted.restriction_id)


def test_an_erasure_of_restricted_data_waits_for_an_exception(a_case: OpenCase) -> None:
    case = a_case(Right.RESTRICTION, Right.ERASURE)
    case.grant("restriction")
    case.restrict(retained=RECORD)
    case.grant("erasure")
    case.search("erasure", found=("crm",))
    with case.refuses(RestrictedData):
        case.record_done("erasure")
    case.propose_exception(ground="erasure-granted", systems=("archive", "crm"))
    case.approve_exception()
    case.record_done("erasure")


def test_the_state_alone_refuses_to_erase_what_was_found_where_data_is_restricted(a_case: OpenCase) -> None:
    # given
    case = a_case(Right.RESTRICTION, Right.ERASURE)
    case.grant("restriction")
    case.restrict(retained=RECORD)
    case.grant("erasure")
    case.search("erasure", found=("crm",))
    acting = CaseActing("bob", case.now, case.calendar)
    # when, then
    with pytest.raises(RestrictedData):
        STATE_GUARDS["record_done"].ask(case.request, acting, item_id="erasure")


def test_data_restricted_in_another_case_of_the_person_is_not_erased(a_case: OpenCase, restricted: ACase) -> None:
    elsewhere = tuple(restricted.request.holds.values())
    case = a_case(Right.ERASURE)
    case.grant("erasure")
    case.search("erasure", found=("crm", "telephony"))
    with case.refuses(RestrictedData):
        case.record_done("erasure", other_holds=elsewhere)
    case.account_for_systems("erasure", accounts=case.accounts("crm"))
    case.record_done("erasure", other_holds=elsewhere)


def test_an_exception_frees_the_named_systems_and_no_others(restricted: ACase) -> None:
    restricted.propose_exception(systems=("crm",))
    assert restrictions(restricted) == {restricted.restriction_id: ("archive", "crm")}  # a proposal frees nothing
    restricted.approve_exception()
    assert restrictions(restricted) == {restricted.restriction_id: ("archive",)}
    restricted.propose_exception(systems=("archive",))
    restricted.approve_exception()
    assert restrictions(restricted) == {}


def test_an_exception_takes_two_people(restricted: ACase) -> None:
    restricted.propose_exception()
    with restricted.refuses(FourEyes):
        restricted.approve_exception(actor="ann")
    with restricted.refuses(FourEyes):
        restricted.decline_exception(actor="ann")


def test_a_declined_exception_leaves_everything_held(restricted: ACase) -> None:
    restricted.propose_exception()
    with restricted.refuses(ReasonRequired):
        restricted.decline_exception(reason=None)
    restricted.decline_exception()
    assert restrictions(restricted) == {restricted.restriction_id: ("archive", "crm")}
    with restricted.refuses(NothingProposed):
        restricted.approve_exception()


def test_an_exception_needs_a_reason_and_a_ground_of_the_law(restricted: ACase) -> None:
    with restricted.refuses(ReasonRequired):
        restricted.propose_exception(reason=None)
    with restricted.refuses(RestrictedUseForbidden):
        restricted.propose_exception(ground="disk-full")


def test_their_own_wish_needs_a_granted_erasure_of_the_same_person(restricted: ACase) -> None:
    with restricted.refuses(RestrictedUseForbidden):
        restricted.propose_exception(ground="erasure-granted")
    restricted.propose_exception(ground="erasure-granted", erasure_granted_elsewhere=True)


def test_an_exception_names_systems_that_the_restriction_holds(restricted: ACase) -> None:
    with restricted.refuses(HoldCoversNothing):
        restricted.propose_exception(systems=("telephony",))
    with restricted.refuses(HoldCoversNothing):
        restricted.propose_exception(systems=())


def test_only_a_restriction_has_exceptions(a_case: OpenCase) -> None:
    case = a_case()
    case.place_hold()
    with case.refuses(HoldUnknown):
        case.propose_exception()
    with case.refuses(HoldUnknown):
        case.propose_exception(uuid4())


def test_a_restriction_from_before_systems_were_recorded_holds_every_system(a_case: OpenCase) -> None:
    case = a_case(Right.RESTRICTION)
    case.grant("restriction")
    case.restrict()
    assert restrictions(case) == {case.restriction_id: ()}
    assert case.request.holds[case.restriction_id].covers(["anything"])
    case.propose_exception(systems=("crm",))
    case.approve_exception(systems=("archive", "crm"))
    assert restrictions(case) == {case.restriction_id: ("archive",)}


def test_restricted_data_is_not_deleted_while_a_message_waits(restricted: ACase) -> None:
    restricted.propose_exception(actor="ann")
    restricted.attach_follow_up()
    with restricted.refuses(MessageUnexamined):
        restricted.approve_exception(actor="bob")
    restricted.examine_messages(kind=MessageKind.REMINDER)
    restricted.approve_exception(actor="bob")
