"""The report of a case: what a person at an authority reads, as a page and on paper."""

from datetime import date
from html.parser import HTMLParser

import pytest

from dsr.desk.case_reports import CaseReport, ReportSection, to_html, to_pdf
from dsr.domain.request.values import AssuranceLevel, IdentityMethod
from dsr.domain.rights import Right
from tests.catalogue.catalogue import AT_DESK
from tests.catalogue.deadlines import extension_approved
from tests.desk.office import Office, refusal
from tests.desk.test_forgetting import closed, forget

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def section(report: CaseReport, title: str) -> ReportSection:
    [found] = [each for each in report.sections if each.title == title]
    return found


def test_each_date_is_shown_with_its_steps_and_what_moved_it(office: Office) -> None:
    # given: asked, and answered two days later
    identity, case, method = office.desk.identity, office.registered(Right.ACCESS), IdentityMethod.CALL_BACK
    identity.ask(case, office.call(case), doubt="Another address.", method=method, asked_at=None)
    office.clock.advance(days=2)
    identity.take_evidence(case, office.call(case), evidence="scan", received_at=None)
    assurance = AssuranceLevel.SUBSTANTIAL
    identity.confirm(case, office.call(case), method=method, assurance=assurance, answered_at=None)
    # when
    report = office.desk.case_reports.report(case, office.ann)
    # then
    steps = section(report, "How the date came about").rows
    assert any("The clock stood still for 2 days" in step for step, _, _ in steps)
    assert steps[0][2] == office.case(case).received_on.isoformat()
    [moved] = section(report, "Dates that were moved later on").rows
    assert moved[2] == "question delayed"
    assert moved[4].endswith(str(office.view(case)["effective_due"]))


def test_the_day_of_a_fact_stands_beside_that_of_its_record(office: Office) -> None:
    # given: entered two days after it arrived
    case = office.arrived()
    entered_on, arrived_on = office.clock.now().date(), office.case(case).received_on
    # when
    [first, *_] = section(office.desk.case_reports.report(case, office.ann), "Everything, in order").rows
    # then
    assert (date.fromisoformat(first[1]), date.fromisoformat(first[2][:10])) == (arrived_on, entered_on)


def test_a_refusal_shows_its_ground_and_both_people(office: Office) -> None:
    # given
    case = office.registered(Right.ERASURE)
    office.desk.items.propose_refusal(case, "erasure", office.call(case), draft=refusal())
    office.desk.items.decide_refusal(case, "erasure", office.call(case, office.bob), approve=True, reason="")
    # when
    rows = section(office.desk.case_reports.report(case, office.ann), "Decisions and their grounds").rows
    # then
    [refused] = [row for row in rows if row[1].startswith("refusal")]
    assert ("legal obligation" in refused[2], "§ 147 AO" in refused[2], *refused[3:]) == (True, True, "ann", "bob")


def test_what_was_destroyed_is_shown_with_its_decision(office: Office) -> None:
    confirm = AT_DESK["confirm identity"]
    case = confirm.given(office)
    assert case is not None
    confirm.run(office, case, office.call(case))
    [destroyed] = section(office.desk.case_reports.report(case, office.ann), "What was destroyed").rows
    assert destroyed[1:3] == ("identity confirmed", "1 key destroyed; nobody opens what they sealed")


def test_a_destroyed_part_says_when_and_by_which_event(office: Office) -> None:
    # given: a proof of identity, destroyed by the decision on it
    confirm = AT_DESK["confirm identity"]
    case = confirm.given(office)
    assert case is not None
    office.clock.advance(days=1)
    confirm.run(office, case, office.call(case))
    [confirmed] = office.events("request.identity-confirmed")
    # when
    rows = section(office.desk.case_reports.report(case, office.ann), "Everything, in order").rows
    # then
    [when] = [row[2] for row in rows if row[0] == str(confirmed.originator_version)]
    [proof] = [row[3] for row in rows if "Destroyed" in row[3]]
    assert f"Destroyed on {when} by event {confirmed.originator_version}, identity confirmed: evidence" in proof
    assert "Sealed" not in proof


def test_of_a_forgotten_case_every_part_names_the_order(office: Office) -> None:
    # given
    case = closed(office)
    before = section(office.desk.case_reports.report(case, office.ann), "Everything, in order").rows
    forget(office, case)
    [order] = office.events("request.forgetting-ordered")
    # when
    after = section(office.desk.case_reports.report(case, office.ann), "Everything, in order").rows
    # then
    assert any("Sealed: message" in row[3] for row in before)
    assert [row[3] for row in after if "Sealed" in row[3]] == []
    assert f"by event {order.originator_version}, forgetting ordered: message" in after[0][3]


def test_sealed_parts_are_named_and_not_opened(office: Office) -> None:
    case = office.registered(Right.ACCESS)
    report = to_html(office.desk.case_reports.report(case, office.ann)).decode()
    assert "Sealed: message" in report
    assert "Lovelace" not in report
    opened = {1: {"message": {"text": "I am requesting <b>access</b>."}}}
    shown = to_html(office.desk.case_reports.report(case, office.ann, opened=opened)).decode()
    assert "I am requesting &lt;b&gt;access&lt;/b&gt;." in shown


def test_the_page_loads_nothing_and_each_table_has_headings(office: Office) -> None:
    found: list[tuple[str, dict[str, str | None]]] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    case = extension_approved(office)
    Tags().feed(to_html(office.desk.case_reports.report(case, office.ann)).decode())
    assert not {tag for tag, _ in found} & {"script", "img", "link", "iframe"}
    assert all(attributes.get("scope") == "col" for tag, attributes in found if tag == "th")


def test_the_paper_is_tagged_for_screen_readers(office: Office) -> None:
    case = extension_approved(office)
    pdf = to_pdf(office.desk.case_reports.report(case, office.ann))
    assert pdf.startswith(b"%PDF-")
    assert b"pdfuaid" in pdf
