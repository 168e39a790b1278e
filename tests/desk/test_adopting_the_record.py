"""The record of processing under running cases (GDPR Art. 30)."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dsr.desk.caller import Call
from dsr.desk.errors import Forbidden, VersionStale
from dsr.domain.rights import Right
from dsr.domain.ropa import ControllerUnknown, RopaInvalid, RopaUnchanged, RopaVersionUnknown
from tests.desk.office import Office

EXAMPLE = (Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml").read_text(encoding="utf-8")
SECOND = EXAMPLE.replace("callcentre-fr", "callcentre-ff").encode()


def adopt(office: Office, content: bytes = SECOND, **facts: Any) -> Any:
    return office.desk.ropa.adopt(content, Call(office.ann, **facts))


@pytest.mark.parametrize("missing", ["callcentre-fr", "callcentre-ff"])
def test_nobody_adopts_a_record_that_names_a_controller_beyond_their_scope(office: Office, missing: str) -> None:
    # given
    record = office.desk.repository.ropa.record()
    assert record is not None
    everywhere = {each.id for each in record.current.document.controllers} | {"callcentre-ff"}
    # when, then
    with pytest.raises(Forbidden):
        office.desk.ropa.adopt(SECOND, Call(office.member("op", *everywhere - {missing})))
    # when, then
    assert office.desk.ropa.adopt(SECOND, Call(office.member("op", *everywhere))).version == 2


def test_a_case_keeps_the_version_under_which_it_arrived(office: Office) -> None:
    # given
    old = office.registered(Right.ACCESS, controller_id="callcentre-fr")
    # when
    answer = adopt(office)
    new = office.arrived("callcentre-ff")
    # then
    assert (answer.version, answer.resource_id) == (2, "2")
    assert (office.case(old).ropa_version, office.case(new).ropa_version) == (1, 2)


def test_a_controller_that_is_gone_still_answers_its_old_cases(office: Office) -> None:
    # given
    old = office.registered(Right.ACCESS, controller_id="callcentre-fr")
    adopt(office)
    # when
    office.desk.items.grant(old, "access", office.call(old))
    office.collect(old, "access")
    office.search(old, "access")
    office.desk.exports.prepare(old, "access", office.call(old))
    told = office.desk.deadlines.explain(old, office.ann, as_of=None)
    # then
    assert told.deadline.effective_due.isoformat() == "2026-04-04"
    with pytest.raises(ControllerUnknown):
        office.arrived("callcentre-fr")


def test_another_process_sees_a_new_version_at_once(office: Office) -> None:
    from dsr.bootstrap import build

    other = build(office.service.settings, clock=office.clock)
    try:
        assert other.desk.repository.ropa.current().number == 1
        adopt(office)
        assert other.desk.repository.ropa.current().number == 2
        with pytest.raises(RopaVersionUnknown):
            other.desk.repository.ropa.at_version(3)
    finally:
        other.close()


def test_the_same_document_is_no_new_version(office: Office) -> None:
    with pytest.raises(RopaUnchanged):
        adopt(office, EXAMPLE.encode())


def test_every_problem_of_a_document_is_told_with_its_line(office: Office) -> None:
    with pytest.raises(RopaInvalid) as invalid:
        adopt(office, EXAMPLE.replace("country: AT", "country: XX").replace("regime: uk-gdpr", "regime: mars").encode())
    assert len(invalid.value.problems) >= 2
    assert all(problem.line for problem in invalid.value.problems)
    assert office.desk.repository.ropa.current().number == 1


def test_two_adoptions_at_once_make_two_versions_or_one_is_told(office: Office) -> None:
    def attempt(number: int) -> str:
        try:
            adopt(office, EXAMPLE.replace('label: "2026-1"', f'label: "2026-{number}"').encode())
        except VersionStale:
            return "stale"
        return "adopted"

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(attempt, (2, 3)))
    assert "adopted" in outcomes
    assert office.desk.repository.ropa.current().number == 1 + outcomes.count("adopted")


def test_a_repeated_adoption_gets_the_first_answer(office: Office) -> None:
    key = office.key()
    assert adopt(office, idempotency=key) == adopt(office, idempotency=key)
    assert office.desk.repository.ropa.current().number == 2
