"""Finishing an item in one flow: every step is a command of its own, and a stopped flow goes on (GDPR Art. 15(3))."""

from dataclasses import replace
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.errors import Forbidden, IdempotencyKeyReused, VersionStale
from dsr.desk.finishing import Completion, Finished, FinishStep, StepState
from dsr.desk.search_lists import SystemReport
from dsr.domain.request.errors import ItemNotGranted, MessageUnexamined
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.message import MessageKind
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.searching import SystemsUnsearched
from dsr.domain.rights import Right
from tests.catalogue.starts import collected, granted
from tests.desk.office import Office, letter, nothing_in

ACCESS = Right.ACCESS.value
SAID = Completion("Copied from the CRM.")
OF_EACH_STEP = [
    *("request.item-done", "request.personal-data-disclosed"),
    *("export.prepared", "request.package-offered", "export.offered", "dispatch.prepared"),
]


@pytest.fixture
def backend() -> str:
    """Nothing here depends on the database."""
    return "sqlite"


@pytest.fixture(autouse=True)
def letters_hold_links(office: Office) -> None:
    object.__setattr__(office.desk.dispatching, "public_url", "https://privacy.example")  # the flow has this desk


def finish(office: Office, case: UUID, *, call: Call | None = None, said: Completion = SAID) -> Finished:
    return office.desk.finishing.finish(case, ACCESS, call or office.call(case), completion=said)


def test_one_call_completes_packages_offers_and_drafts_each_by_its_own_event(office: Office) -> None:
    # given
    case = collected(office)
    before = len(office.names())
    # when
    found = finish(office, case)
    # then
    assert sorted(office.names()[before:]) == sorted(OF_EACH_STEP)
    assert found.states == {
        FinishStep.SEARCH: StepState.NOT_NEEDED,
        **dict.fromkeys([*FinishStep][1:], StepState.DONE),
    }
    assert found.refusal is None
    assert found.link is not None
    assert len(found.letters) == 1
    assert "copy" not in found.letters[0].missing, "the draft holds the link"


def test_systems_account_for_the_item_in_the_same_call(office: Office) -> None:
    # given
    case = office.granted(Right.ACCESS)
    office.collect(case, ACCESS)
    open_ones, _ = office.desk.search_lists.of_item(case, ACCESS, office.ann)
    reports = [
        SystemReport("crm", SearchResult.FOUND) if system == "crm" else nothing_in(system) for system in open_ones.open
    ]
    # when
    found = finish(office, case, said=replace(SAID, reports=reports))
    # then
    assert set(found.states.values()) == {StepState.DONE}


def test_the_first_step_that_is_left_is_refused_like_its_command(office: Office) -> None:
    case = granted(Right.ACCESS)(office)
    before = office.names()
    with pytest.raises(SystemsUnsearched):
        finish(office, case)
    assert office.names() == before
    with pytest.raises(ItemNotGranted):
        finish(office, office.registered(Right.ACCESS))


def test_a_later_step_that_is_refused_says_what_is_missing_and_the_flow_goes_on_there(office: Office) -> None:
    # given
    case = office.case_by_mail()
    office.desk.triage.register(case, office.call(case), rights=(Right.ACCESS,), direct_marketing=False)
    office.desk.items.grant(case, ACCESS, office.call(case))
    office.collect(case, ACCESS)
    office.search(case, ACCESS)
    message = office.reply(case)
    call = office.call(case, key=office.key("once"))
    # when
    stopped = finish(office, case, call=call)
    # then
    assert isinstance(stopped.refusal, MessageUnexamined)
    assert stopped.states[FinishStep.PACKAGE] is StepState.DONE
    assert stopped.states[FinishStep.LINK] is StepState.REFUSED
    assert stopped.states[FinishStep.LETTER] is StepState.NOT_REACHED
    # when nothing has changed, then
    with pytest.raises(MessageUnexamined):
        finish(office, case)
    # when what was missing is done
    office.desk.messages.examine(
        case, office.call(case), message_ids=(message,), kind=MessageKind.NOTHING_TO_DO, reason="A thank-you."
    )
    resumed = finish(office, case, call=call)
    # then
    assert resumed.states[FinishStep.COMPLETION] is StepState.DONE_BEFORE
    assert resumed.export_id == stopped.export_id
    assert [resumed.states[step] for step in (FinishStep.LINK, FinishStep.LETTER)] == [StepState.DONE, StepState.DONE]


def test_the_same_call_again_changes_nothing_and_shows_the_same_link_and_letter(office: Office) -> None:
    # given
    case = collected(office)
    call = office.call(case, key=office.key("once"))
    first = finish(office, case, call=call)
    before = office.names()
    # when
    again = finish(office, case, call=call)
    # then
    assert (again.link, again.export_id) == (first.link, first.export_id)
    assert [each.dispatch_id for each in again.letters] == [each.dispatch_id for each in first.letters]
    assert set(again.states.values()) == {StepState.NOT_NEEDED, StepState.DONE_BEFORE}
    assert office.names() == before
    with pytest.raises(IdempotencyKeyReused):
        finish(office, case, call=office.call(case, key=office.key("once", body="other")))


def test_a_draft_that_a_policy_wrote_meanwhile_gets_the_link(office: Office) -> None:
    # given
    case = collected(office)
    office.desk.items.record_done(case, ACCESS, office.call(case), account="Copied.")
    office.service.begin_policies()
    office.service.policies.run()
    # when
    found = finish(office, case)
    # then
    assert [each for each in office.names() if each == "dispatch.prepared"] != []
    assert len(found.letters) == 1
    assert "copy" not in found.letters[0].missing


def test_an_item_that_was_answered_gets_no_second_package_link_or_letter(office: Office) -> None:
    # given
    case = collected(office)
    finish(office, case)
    office.desk.answers.record_answer(case, office.call(case), item_ids=(ACCESS,), draft=letter(LetterKind.ACCESS))
    office.later(days=40)  # the link has expired
    before = office.names()
    # when
    found = finish(office, case)
    # then
    assert set(found.states.values()) == {StepState.NOT_NEEDED, StepState.DONE_BEFORE}
    assert office.names() == before


def test_systems_that_accounted_in_a_stopped_call_do_not_account_again(office: Office) -> None:
    # given
    case = office.granted(Right.ACCESS)
    office.collect(case, ACCESS)
    call = office.call(case, key=office.key("once"))
    said = replace(SAID, reports=[SystemReport("crm", SearchResult.FOUND)])
    stopped = finish(office, case, call=call, said=said)
    assert (stopped.states[FinishStep.SEARCH], type(stopped.refusal)) == (StepState.DONE, SystemsUnsearched)
    # when, then
    with pytest.raises(SystemsUnsearched):
        finish(office, case, call=call, said=said)
    # when the rest is searched, then
    office.search(case, ACCESS)
    assert finish(office, case, call=call, said=said).states[FinishStep.SEARCH] is StepState.DONE_BEFORE


def test_other_rights_need_no_package(office: Office) -> None:
    # given
    case = office.granted(Right.ERASURE)
    office.search(case, Right.ERASURE.value, "crm", "hr", "recordings", "quality")
    # when
    found = office.desk.finishing.finish(case, Right.ERASURE.value, office.call(case), completion=SAID)
    # then
    assert found.states[FinishStep.PACKAGE] is found.states[FinishStep.LINK] is StepState.NOT_NEEDED
    assert found.states[FinishStep.LETTER] is StepState.DONE
    assert (found.export_id, found.link) == (None, None)


def test_a_stale_version_and_another_controller_are_refused(office: Office) -> None:
    case = collected(office)
    call = office.call(case)
    with pytest.raises(VersionStale):
        finish(office, case, call=replace(call, expected=1))
    joint = office.arrived()
    office.desk.triage.register(
        joint, office.call(joint), rights=(Right.ACCESS,), controllers=("callcentre-de", "callcentre-fr")
    )
    french = replace(office.ann, scope=frozenset({"callcentre-fr"}))
    with pytest.raises(Forbidden):
        finish(office, joint, call=office.call(joint, french))
