"""What each role comes for, in a real Chromium from its first page to the end: clicks and keys are counted.

The handler's case, from the letter to its end, is in `test_journey.py`.
"""

from collections.abc import Callable
from typing import Any, Final
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.roles import Role
from tests.api.colleague import Colleague, enrolled_by_one, signed_in
from tests.api.console.test_in_browser import at_a_screen
from tests.api.console.test_journey import Hand
from tests.api.console.test_task import asked, searched
from tests.api.my.conftest import Person, offered_of, public_at
from tests.api.my.test_in_browser import serving
from tests.api.my.test_staff_in_browser import seated
from tests.api.my.texts import pages_in
from tests.api.team import Case, Team
from tests.catalogue import bodies
from tests.chromium import browser
from tests.proving import in_ci

__all__ = ["browser"]

Journey = Callable[[Team, Browser, str, Any], Hand]

REASON = "Invoices must be kept for ten years."


def reference_of(team: Team, case: Case) -> str:
    return str(team.get(f"/requests/{case.id}").get_json()["reference"])


def begin(browser: Browser, site: str, who: Colleague, path: str = "/console") -> Hand:
    hand = Hand(at_a_screen(browser, site, who, bypass_csp=False))
    hand.page.goto(f"{site}{path}")
    return hand


def an_approver_decides_a_refusal(team: Team, browser: Browser, site: str, make_refusal: Any) -> Hand:
    # given
    case, ines = team.registered("erasure"), signed_in(team, "ines", Role.APPROVER)
    team.done(case, "items/erasure/refusal", make_refusal())
    hand = begin(browser, site, ines)
    # when
    hand.go("link", "Refusal of erasure")
    hand.press("o")
    expect(hand.page.get_by_text(REASON).first).to_be_visible()
    hand.click("button", "Agree")
    # then
    expect(hand.page.get_by_text("Nothing waits for a second person.")).to_be_visible()
    [item] = team.get(f"/requests/{case.id}/items").get_json()["items"]
    assert item["status"] == "refused"
    return hand


def a_privacy_officer_confirms_a_colleague(team: Team, browser: Browser, site: str, _: Any) -> Hand:
    # given
    dora = signed_in(team, "dora", Role.DPO)
    enrolled_by_one(team, "noah")
    hand = begin(browser, site, dora)
    # when
    hand.go("link", "Approvals")
    hand.go("link", "noah")
    hand.click("button", "Confirm what they may do")
    # then
    hand.page.wait_for_url("**/console/team/noah?done=confirm_staff")
    assert not team.get("/staff/noah", "operator").get_json()["unconfirmed"]
    return hand


def an_auditor_takes_a_case_along(team: Team, browser: Browser, site: str, _: Any) -> Hand:
    # given
    case, audra = team.registered("access"), signed_in(team, "audra", Role.AUDITOR)
    hand = begin(browser, site, audra, "/console/audit")
    # when
    hand.fill("Reference of a case", reference_of(team, case))
    hand.click("button", "Read the case")
    expect(hand.page.get_by_text("Rebuilt from its events just now.")).to_be_visible()
    hand.go("link", "Bundle")
    with hand.page.expect_download() as begun:
        hand.click("button", "Download the bundle, on record")
    # then
    assert begun.value.suggested_filename.endswith(".zip")
    return hand


def an_operator_enrols_somebody(team: Team, browser: Browser, site: str, _: Any) -> Hand:
    # given
    oona, today = signed_in(team, "oona", Role.OPERATOR), team.clock.now().date().isoformat()
    hand = begin(browser, site, oona)
    # when
    hand.go("link", "Team")
    hand.go("link", "Enrol somebody")
    hand.fill("Identifier", "noah")
    hand.choose("Handler")
    hand.choose("All controllers, also future ones")
    hand.fill("Confidentiality signed", today)
    hand.fill("Course", "gdpr-basics")
    hand.fill("Completed", today)
    hand.click("button", "Enrol somebody")
    # then
    hand.page.wait_for_url("**/console/team?done=enrol_staff")
    hand.go("link", "noah")
    expect(hand.page.get_by_role("heading", name="noah")).to_be_visible()
    assert team.get("/staff/noah", "operator").get_json()["identifier"] == "noah"
    return hand


def a_person_writes_to_the_team(team: Team, browser: Browser, site: str, _: Any) -> Hand:
    # given
    case, ada, words = team.registered("access"), Person(team), pages_in("en")
    context: BrowserContext = browser.new_context()
    hand = Hand(context.new_page())
    hand.page.goto(f"{site}/my")
    # when
    hand.page.get_by_label(words["start.reference"]).fill(reference_of(team, case))
    hand.click("button", "Send me a code")
    hand.page.wait_for_url("**/my/code")
    team.service.desk.sign_in_mail.send_due()
    hand.page.get_by_label(words["code.code"]).fill(ada.codes()[-1])
    hand.click("button", "Open my request")
    hand.page.wait_for_url("**/my/request")
    hand.go("link", words["write.title"])
    hand.page.get_by_label(words["write.text"]).fill("I moved; here is my new address.")
    hand.click("button", "Send the message")
    # then
    expect(hand.page.get_by_text("Your message has arrived.")).to_be_visible()
    return hand


def an_owner_of_a_system_answers_by_a_link(team: Team, browser: Browser, site: str, _: Any) -> Hand:
    # given: somebody without an account, with a link from the team
    case = team.granted("access")
    token, hand = asked(team, case, "access"), Hand(browser.new_context().new_page())
    hand.page.goto(f"{site}/console/task#{token}")
    # when
    hand.click("button", "Open the task, on record")
    hand.page.get_by_label("File", exact=True).set_input_files(
        {"name": "customer.csv", "mimeType": "text/csv", "buffer": b"customer_number,name\n4711,Ada\n"}
    )
    hand.page.get_by_label("Why the system keeps it").fill("To answer your calls.")
    hand.click("button", "Hand it in")
    hand.click("button", "That is all the system holds")
    # then
    expect(hand.page.get_by_text("Recorded. Thank you.")).to_be_visible()
    assert searched(team, case, "access")["crm"] == ("found", "owner:crm")
    return hand


def an_operator_begins_after_dsr_init(team: Team, browser: Browser, site: str, _: Any) -> Hand:
    # given: the first operator, and what `dsr staff invite operator` prints
    local = site.replace("127.0.0.1", "localhost")
    team.service.desk.signing_in._public_url = local
    code = team.service.desk.invitations.print_code("operator", Call(part("cli")))
    with seated(browser, locale="en") as seat:
        hand, words = Hand(seat.page), pages_in("en")
        hand.page.goto(f"{local}/invitation")
        # when
        hand.page.get_by_label(words["invitation.code"]).fill(code)
        hand.click("button", words["invitation.go_on"])
        hand.click("button", words["account.register_now"])
        # then: the service comes first, and the team one click later
        hand.page.wait_for_url("**/console/service")
        hand.go("link", "Team")
        hand.go("link", "Enrol somebody")
        expect(hand.page.get_by_label("Identifier")).to_be_visible()
    return hand


def a_person_gets_their_data(team: Team, browser: Browser, site: str, _: Any) -> Hand:
    # given
    public_at(team, site)
    words, person = pages_in("en"), Person(team)
    hand = Hand(browser.new_context(locale="en").new_page())
    hand.page.goto(f"{site}/request/callcentre-de?language=en")
    # when they ask by the form, and open the link in their mail
    hand.choose(words["right.access"])
    hand.page.get_by_label(words["form.name"]).fill("Ada Lovelace")
    hand.page.get_by_label(words["contact.mail"], exact=True).fill("ada@example.org")
    team.clock.advance(seconds=10)
    hand.click("button", words["form.send"])
    expect(hand.page.get_by_role("heading", name=words["form.received"])).to_be_visible()
    hand.page.goto(f"{site}/request/mail/confirmation?link={person.link_in_mail()}&language=en")
    hand.count += 1  # the click on the link
    hand.click("button", words["confirm.now"])
    expect(hand.page.get_by_text(words["confirm.done"])).to_be_visible()
    # and when the team answers, and they open the package
    [row] = team.get("/requests").get_json()["items"]
    case = Case(row["request_id"], team.get(f"/requests/{row['request_id']}").headers["ETag"])
    team.done(case, "registration", {"rights": ["access"]})
    team.done(case, "items/access/grant", {})
    team.done(case, "items/access/data-sets", bodies.records(), key="records")
    offered = offered_of(team, case)
    hand.page.goto(f"{site}/x#{offered.token}")
    hand.count += 1
    hand.page.get_by_label(words["package.password"]).fill(offered.password)
    hand.click("button", words["package.open"])
    with hand.page.expect_download() as begun:
        hand.click("link", words["download.download"])
    # then
    package = ZipFile(begun.value.path())
    assert package.testzip() is None
    assert "index.html" in package.namelist()
    return hand


JOURNEYS: Final[dict[Journey, int]] = {
    an_approver_decides_a_refusal: 3,
    an_operator_enrols_somebody: 6,
    a_privacy_officer_confirms_a_colleague: 3,
    an_auditor_takes_a_case_along: 3,
    a_person_writes_to_the_team: 4,
    a_person_gets_their_data: 7,
    an_owner_of_a_system_answers_by_a_link: 3,
    an_operator_begins_after_dsr_init: 4,
}
"""Each with the clicks and keys that it takes, besides typing."""


@pytest.mark.parametrize("journey", list(JOURNEYS)[: in_ci(1, proving=len(JOURNEYS))])
def test_each_role_does_what_it_comes_for_in_few_clicks_and_keys(
    team: Team,
    browser: Browser,
    make_refusal: Any,
    record_property: Callable[[str, object], None],
    journey: Journey,
) -> None:
    with serving(team.app) as site:
        hand = journey(team, browser, site, make_refusal)
        hand.page.context.close()
    record_property("counts", f"{hand.count} clicks and keys: {journey.__name__}")
    assert hand.count <= JOURNEYS[journey]
