"""Two people at two browsers work on one case: the second sees what changed, and loses no text."""

from playwright.sync_api import Browser, Page, expect

from dsr.domain.roles import Role
from tests.api.colleague import signed_in
from tests.api.console.test_in_browser import at_a_screen
from tests.api.console.test_letters import erased, state_of, written
from tests.api.my.test_in_browser import checked, serving
from tests.api.team import Team
from tests.chromium import browser

__all__ = ["browser"]

HERS, THEIRS = "Each of them was told on Monday.", "Our carrier was told."


def opened(page: Page, place: str) -> None:
    page.goto(place)
    page.get_by_role("button", name="Open it, and write").click()
    page.get_by_text("You opened this letter").wait_for()


def test_what_a_letter_lacks_is_said_while_it_is_written(team: Team, browser: Browser) -> None:
    carla = signed_in(team, "carla", Role.HANDLER)
    letter = written(team, erased(team), "erasure", "erasure")
    with serving(team.app) as site:
        page = at_a_screen(browser, site, carla)
        opened(page, site + letter)
        has_to_say = page.get_by_role("region", name="What it has to say")
        expect(has_to_say).to_contain_text("1 missing")
        # when
        page.locator("[name='text.recipients-told']").fill(HERS)
        # then
        expect(has_to_say).to_contain_text("nothing missing")
        expect(page.get_by_role("status").filter(has_text="nothing missing")).to_have_count(1)
        checked(page, "a letter that is written")
        assert len(state_of(team, letter)["missing"]) == 1
        # when it is taken out again
        page.locator("[name='text.recipients-told']").fill("")
        # then
        expect(has_to_say).to_contain_text("1 missing")


def test_who_writes_second_sees_what_changed_and_loses_no_text(team: Team, browser: Browser) -> None:
    # given
    carla, ines = (signed_in(team, name, Role.HANDLER) for name in ("carla", "ines"))
    case = erased(team)
    letter = written(team, case, "erasure", "erasure")
    with serving(team.app) as site:
        hers = at_a_screen(browser, site, carla)
        theirs = at_a_screen(browser, site, ines, java_script_enabled=False)
        # when both write in the same letter
        opened(hers, site + letter)
        opened(theirs, site + letter)
        theirs.locator("[name='text.recipients-told']").fill(THEIRS)
        theirs.get_by_role("button", name="Save", exact=True).click()
        hers.locator("[name='text.recipients-told']").fill(HERS)
        hers.get_by_role("button", name="Save", exact=True).click()
        # then the second is told what the first did, where, and that nothing was saved
        alert = hers.get_by_role("alert")
        expect(alert).to_contain_text("The letter changed while you wrote. Nothing you typed is lost.")
        expect(alert).to_contain_text("Edited, by ines")
        told = hers.get_by_role("group", name="Recipients told")
        expect(told).to_contain_text("Changed meanwhile")
        expect(hers.locator("[name='text.recipients-told']")).to_have_value(HERS)
        expect(hers.get_by_text(THEIRS)).to_have_count(0)
        checked(hers, "a letter that changed")
        # and when they read what it says now, on record, the text is still in the form
        hers.get_by_role("button", name="Read what it says now").click()
        expect(hers.get_by_text(THEIRS)).to_be_visible()
        expect(hers.locator("[name='text.recipients-told']")).to_have_value(HERS)
        hers.get_by_role("button", name="Save", exact=True).click()
        # then it is saved as the second wants it
        hers.wait_for_url("**?done=edit")
        assert state_of(team, letter)["missing"] == []
        # when both fill in the form of one command
        form = f"{site}/console/cases/{case.id}/do/propose_extension"
        for page, reasons in ((hers, HERS), (theirs, THEIRS)):
            page.goto(form)
            page.get_by_label("Complexity").check()
            page.get_by_label("Reasons").fill(reasons)
        for reasons, number in ((HERS, 1), ("", 0), (HERS, 1)):
            hers.get_by_label("Reasons").fill(reasons)
            hers.keyboard.press("Tab")
            # what is filled in shows the dates that follow, and what is refused shows none of before
            expect(hers.get_by_role("cell", name="once the person is told")).to_have_count(number)
        for page in (theirs, hers):
            page.get_by_role("button", name="Propose an extension").click()
        # then
        expect(hers.get_by_role("alert")).to_contain_text("The case changed while you wrote.")
        expect(hers.get_by_role("alert")).to_contain_text("Extension proposed, by ines")
        expect(hers.get_by_label("Reasons")).to_have_value(HERS)
        expect(hers.get_by_label("Complexity")).to_be_checked()
        hers.context.close()
        theirs.context.close()
