"""From the letter to the end of an ordinary access case, in a real Chromium: clicks and keys are counted."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page

from dsr.domain.roles import Role
from tests.api.colleague import signed_in
from tests.api.console.test_in_browser import at_a_screen
from tests.api.my.test_in_browser import serving
from tests.api.team import Team
from tests.chromium import browser

__all__ = ["browser"]

MOST = 25


class Hand:
    """Clicks and presses at one page, and counts them; typing into a field does not count."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.count += 1

    def click(self, role: Any, name: str) -> None:
        self.page.get_by_role(role, name=name, exact=True).first.click()
        self.count += 1

    def go(self, role: Any, name: str) -> None:
        """Click on what leads to another page, and wait as people do until it is there."""
        with self.page.expect_navigation():
            self.click(role, name)

    def choose(self, label: str) -> None:
        self.page.get_by_label(label, exact=True).first.check()
        self.count += 1

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label).first.fill(text)


def work_is_done(team: Team) -> None:
    """Policies react, and the worker sends what is ready."""
    for _ in range(3):
        team.service.policies.run()
        team.service.desk.dispatching.drain(team.clock.now(), 100)


def test_an_ordinary_access_case_takes_few_clicks_and_keys(
    team: Team, browser: Browser, record_property: Callable[[str, object], None]
) -> None:
    # given
    object.__setattr__(team.service.desk.dispatching, "public_url", "https://privacy.example")
    team.service.begin_policies()
    letter = team.mailed("Please tell me what you hold about me, and send me a copy.")
    reference = team.get(f"/requests/{letter.id}").get_json()["reference"]
    carla = signed_in(team, "carla", Role.HANDLER)
    with serving(team.app) as site:
        hand = Hand(at_a_screen(browser, site, carla, bypass_csp=False))
        page = hand.page
        page.goto(f"{site}/console/triage/{letter.id}")
        # when it is read and registered
        hand.press("o")
        page.get_by_text("send me a copy").wait_for()
        hand.press("r")
        page.get_by_text("Every letter is triaged").wait_for()
        work_is_done(team)
        # and granted, with what the systems hold
        page.goto(f"{site}/console/cases/{letter.id}")  # as the queue and a click would
        hand.count += 2
        hand.go("link", "Grant")
        hand.go("button", "Grant")
        hand.go("link", "Search and data")
        page.get_by_label("File").first.set_input_files(
            {"name": "customer.csv", "mimeType": "text/csv", "buffer": b"customer_number,name\n4711,Ada\n"}
        )
        hand.fill("Name", "customer")
        hand.choose("Customer relations")
        hand.fill("Purpose", "To answer calls.")
        hand.choose("Provided")
        hand.go("button", "Add the records")
        for system in ("Personnel files", "Quality evaluation", "Recordings of calls"):
            page.get_by_role("group", name=system).get_by_label("Nothing found").check()
            hand.count += 1
        page.get_by_role("group", name="Customer relations").get_by_label("Found", exact=True).check()
        hand.count += 1
        hand.fill("What you searched for", "ada@example.org")
        hand.go("button", "Record what was found")
        hand.go("link", reference)
        # and finished, its letter released, the password passed on
        hand.go("link", "Finish it: record that it is done, pack it, draft the answer")
        hand.fill("Account", "Copied from the CRM.")
        hand.click("button", "Finish it: record that it is done, pack it, draft the answer")
        page.get_by_text("Shown only here").wait_for()
        hand.go("link", "Letter 1")
        page.get_by_role("button", name="Open it, and write").wait_for()
        hand.press("o")
        page.get_by_text("You opened this letter").wait_for()
        hand.click("button", "Release it: it leaves now")
        work_is_done(team)
        page.goto(f"{site}/console/cases/{letter.id}")
        hand.go("link", "Record that the password was told")
        hand.fill("Account", "She called back; read out at the number on file.")
        page.get_by_label("Telephone").check()
        hand.count += 1
        hand.click("button", "Record that the password was told")
        page.wait_for_url(f"**/console/cases/{letter.id}*")
        work_is_done(team)
        page.context.close()
    # then
    shown = team.get(f"/requests/{letter.id}").get_json()
    assert (shown["lifecycle"], shown["outcome"]) == ("closed", "fulfilled")
    record_property("counts", f"{hand.count} clicks and keys from the letter to its end")
    assert hand.count <= MOST
