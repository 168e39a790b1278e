"""send a sign-in code; sign in (GDPR Art. 12(2), 32)."""

from tests.domain.request.a_case import ACase, OpenCase


def test_a_code_that_leaves_is_on_record(a_case: OpenCase) -> None:
    case = a_case()
    case.send_sign_in_code()
    assert case.happened() == ["sign-in-code-sent"]
    assert case.events[-1].actor == "service:my-page"


def test_signing_in_is_on_record(a_case: OpenCase) -> None:
    case = a_case()
    case.sign_in()
    assert case.happened() == ["subject-signed-in"]
    assert case.events[-1].actor == "data-subject"


def test_a_closed_case_can_be_looked_at(answered: ACase) -> None:
    answered.send_sign_in_code()
    assert answered.happened() == ["sign-in-code-sent"]
    answered.sign_in()
    assert answered.happened() == ["subject-signed-in"]


def test_looking_at_a_case_moves_no_date(a_case: OpenCase) -> None:
    case = a_case()
    before = case.request.clock.deadline
    case.send_sign_in_code()
    case.sign_in()
    assert case.request.clock.deadline == before
