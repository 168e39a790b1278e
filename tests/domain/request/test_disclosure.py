"""open personal data; issue a token to the data subject (GDPR Art. 5(2), 32)."""

import pytest

from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, OpenCase


@pytest.mark.parametrize("purpose", DisclosurePurpose)
def test_every_opening_is_recorded_with_who_what_and_why(a_case: OpenCase, purpose: DisclosurePurpose) -> None:
    case = a_case()
    case.disclose(purpose=purpose, versions=(1,))
    opened = case.events[-1]
    assert (opened.actor, opened.purpose, opened.versions) == ("ann", purpose, (1,))


def test_a_closed_case_can_be_opened_for_a_complaint(answered: ACase) -> None:
    answered.disclose(purpose=DisclosurePurpose.COMPLAINT)
    assert answered.happened() == ["personal-data-disclosed"]


def test_opening_changes_nothing(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    before = dict(case.request.items)
    case.disclose()
    assert case.request.items == before


def test_the_data_subject_is_given_a_token(a_case: OpenCase) -> None:
    case = a_case()
    case.issue_subject_token(expires_at="2026-06-02")
    assert case.happened() == ["subject-token-issued"]


def test_the_access_of_the_data_subject_is_ended_on_a_closed_case_too(answered: ACase) -> None:
    answered.end_subject_access()
    assert answered.happened() == ["subject-access-ended"]
