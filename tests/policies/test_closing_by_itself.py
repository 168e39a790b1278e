"""A case in which nothing is left to do closes by itself, and waits for whatever is left (docs/law §3)."""

from uuid import UUID

import pytest

from dsr.desk.caller import service
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.message import MessageKind
from dsr.domain.request.values import Channel, Outcome
from dsr.domain.rights import Right
from dsr.policies.close_when_answered import CloseWhenAnswered
from dsr.policies.runner import PolicyRunner
from tests.catalogue.starts import offered_in_a_case
from tests.desk.office import Office, letter

ACCESS = Right.ACCESS.value


@pytest.fixture
def backend() -> str:
    """Nothing here depends on the database."""
    return "sqlite"


@pytest.fixture
def closing(office: Office) -> PolicyRunner:
    return runner(office, closes=True)


def runner(office: Office, *, closes: bool) -> PolicyRunner:
    desk = office.desk
    policy = CloseWhenAnswered(desk.repository, desk.answers, closes=closes)
    made = PolicyRunner(office.service.database, office.service.log, (policy,), office.clock)
    made.begin()
    return made


def nothing_found(office: Office, case: UUID) -> None:
    office.search(case, ACCESS)
    office.desk.items.record_nothing_held(case, ACCESS, office.call(case))


def answer(office: Office, case: UUID) -> None:
    office.desk.answers.record_answer(case, office.call(case), item_ids=(ACCESS,), draft=letter(LetterKind.ACCESS))


def answered(office: Office) -> UUID:
    """Nothing was held, and the answer left."""
    case = office.registered(Right.ACCESS)
    nothing_found(office, case)
    answer(office, case)
    return case


def test_a_case_closes_once_its_last_item_is_answered(office: Office, closing: PolicyRunner) -> None:
    case = answered(office)
    closing.run()
    assert office.case(case).outcome is Outcome.FULFILLED
    assert office.events("request.closed")[-1].actor == service("policy:close-when-answered").actor


def test_it_stays_open_where_the_setting_says_so(office: Office) -> None:
    off = runner(office, closes=False)
    case = answered(office)
    off.run()
    assert not office.case(case).is_closed
    runner(office, closes=True).run()
    assert not office.case(case).is_closed, "what happened while it was off is past"


def test_it_waits_for_an_item_that_is_not_answered(office: Office, closing: PolicyRunner) -> None:
    case = answered(office)
    office.desk.triage.open_items(case, office.call(case), rights=(Right.ERASURE,))
    closing.run()
    assert not office.case(case).is_closed


def test_it_waits_until_the_password_was_passed_on(office: Office, closing: PolicyRunner) -> None:
    # given
    case = offered_in_a_case(office)
    office.desk.items.record_done(case, ACCESS, office.call(case), account="Copied.")
    answer(office, case)
    closing.run()
    assert not office.case(case).is_closed
    # when
    office.desk.deliveries.tell_password(
        case, ACCESS, office.call(case), channel=Channel.TELEPHONE, account="At the number on file.", told_at=None
    )
    closing.run()
    # then
    assert office.case(case).is_closed


def test_it_waits_until_each_message_is_examined(office: Office, closing: PolicyRunner) -> None:
    # given
    case = office.case_by_mail()
    office.desk.triage.register(case, office.call(case), rights=(Right.ACCESS,))
    nothing_found(office, case)
    message = office.reply(case)
    answer(office, case)
    closing.run()
    assert not office.case(case).is_closed
    # when
    office.desk.messages.examine(
        case, office.call(case), message_ids=(message,), kind=MessageKind.NOTHING_TO_DO, reason="A thank-you."
    )
    closing.run()
    # then
    assert office.case(case).is_closed


def test_it_waits_until_no_letter_is_left_to_leave(office: Office, closing: PolicyRunner) -> None:
    # given
    case = office.registered(Right.ACCESS)
    draft = UUID(office.desk.dispatching.prepare(case, office.call(case), kind=LetterKind.REPLY).resource_id)
    nothing_found(office, case)
    answer(office, case)
    closing.run()
    assert not office.case(case).is_closed
    # when
    office.desk.dispatching.discard(draft, office.call(), reason="Told on the telephone.")
    closing.run()
    # then
    assert office.case(case).is_closed


def test_it_waits_for_the_answer_to_a_question(office: Office, closing: PolicyRunner) -> None:
    case = office.registered(Right.ACCESS)
    office.desk.questions.ask(
        case, office.call(case), question="Which number?", put_by=Channel.TELEPHONE, asked_at=None
    )
    nothing_found(office, case)
    answer(office, case)
    closing.run()
    assert not office.case(case).is_closed
