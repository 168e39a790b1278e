"""The steps of a case: as many as somebody can look through (docs/law §3)."""

from dsr.domain.acting import CaseActing
from dsr.domain.request.next_steps import next_steps
from dsr.domain.rights import Right
from tests.domain.request.a_case import OpenCase


def test_the_last_redaction_of_a_data_set_stands_for_all(a_case: OpenCase) -> None:
    # given
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.collect_data("access")
    [target] = case.request.copies.data_sets
    case.redact(target)
    case.redact(target)
    acting = CaseActing("ann", case.now, case.calendar)
    # when
    found = [*next_steps(case.request, acting, ["withdraw_redaction", "redact"])]
    # then
    last = case.request.copies.redactions[target][-1].redaction_id
    assert [each.about for each in found] == [{"redaction_id": last}, {"target_id": target}]
    assert {each.items for each in found} == {("access",)}
