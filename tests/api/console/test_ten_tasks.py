"""Tasks of docs/console-review.md that no journey does, in a real Chromium, from the first page on, by what is seen."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.console.test_in_browser import at_a_screen
from tests.api.console.test_journey import Hand, work_is_done
from tests.api.my.test_in_browser import browser, serving
from tests.api.team import Case, Team

__all__ = ["browser"]


@contextmanager
def beginning(team: Team, browser: Browser, *who: Colleague) -> Iterator[list[Hand]]:
    """Each at the first page of the console."""
    team.service.begin_policies()
    with serving(team.app) as site:
        hands = [Hand(at_a_screen(browser, site, each, bypass_csp=False)) for each in who]
        for hand in hands:
            hand.page.set_default_timeout(8_000)
            hand.page.goto(f"{site}/console")
        yield hands
        for hand in hands:
            hand.page.context.close()


def open_and_register(hand: Hand, right: str) -> None:
    """The only letter of the day, from the first page to its case."""
    hand.click("link", "Triage")
    hand.click("button", "Open the letter o")
    hand.page.get_by_label(right).first.check()
    hand.click("button", "Register, open the next letter r")
    hand.click("link", "Work on it")


def agree(hand: Hand, proposal: str) -> None:
    """What waits for a second person, from the first page on."""
    hand.page.reload()
    hand.click("link", proposal)
    hand.click("button", "Agree")
    expect(hand.page.get_by_text("Nothing waits for a second person.")).to_be_visible()


def row(team: Team, case: Case) -> dict[str, object]:
    return dict(team.get(f"/requests/{case.id}").get_json())


def reload_of(hand: Hand, team: Team) -> Page:
    work_is_done(team)
    hand.page.reload()
    return hand.page


def test_an_excessive_request_is_refused_with_a_colleague(team: Team, browser: Browser) -> None:
    # given
    case = team.mailed("My data. Again. I ask each week until you give me a refund.")
    carla, ines = signed_in(team, "carla", Role.HANDLER), signed_in(team, "ines", Role.APPROVER)
    with beginning(team, browser, carla, ines) as (hers, theirs):
        # when
        open_and_register(hers, "Access")
        hers.click("link", "Propose a refusal")
        hers.page.get_by_label("Ground").select_option(label="Manifestly excessive")
        hers.fill("Reasons", "The same each week.")
        hers.fill("Facts", "Forty requests since January, all answered.")
        hers.fill("Intent", "The letter says that it wants a refund.")
        hers.choose("Abusive")
        hers.click("button", "Propose a refusal")
        expect(hers.page.get_by_text("Done: Propose a refusal.")).to_be_visible()
        agree(theirs, "Refusal of access")
        # then
        expect(reload_of(hers, team).get_by_text("Nobody: everything is done.")).to_be_visible()
    assert row(team, case)["outcome"] == "refused"


def test_more_time_is_taken_and_the_person_told(team: Team, browser: Browser) -> None:
    # given
    case = team.mailed("A copy of all my data and of all recordings since 2015, please.")
    carla, ines = signed_in(team, "carla", Role.HANDLER), signed_in(team, "ines", Role.APPROVER)
    with beginning(team, browser, carla, ines) as (hers, theirs):
        # when
        open_and_register(hers, "Access")
        hers.page.get_by_text("Time", exact=False).first.click()
        hers.click("link", "Propose an extension")
        hers.choose("Complexity")
        hers.fill("Reasons", "Recordings of eleven years.")
        hers.click("button", "Propose an extension")
        agree(theirs, "Extension of the time")
        # then
        page = reload_of(hers, team)
        page.get_by_text("Why this date").click()
        expect(page.get_by_text("2 further months")).to_be_visible()
    assert row(team, case)["extended"] is True


def test_the_case_of_a_person_who_rings_gets_a_note(team: Team, browser: Browser) -> None:
    # given
    case = team.mailed()
    carla = signed_in(team, "carla", Role.HANDLER)
    with beginning(team, browser, carla) as (hers,):
        # when
        hers.click("link", "Queue")
        hers.click("link", "Find a person")
        hers.fill("Address, name or number", "ada@example.org")
        hers.click("button", "Find")
        hers.page.get_by_role("link", name=str(row(team, case)["reference"])).click()
        hers.click("link", "The whole case")
        hers.page.locator("summary").filter(has_text="Who works on it").click()
        hers.click("link", "Add a note")
        hers.fill("Note", "She rang, and asks whether her letter arrived.")
        hers.click("button", "Add a note")
        # then
        expect(hers.page.get_by_text("Done: Add a note.")).to_be_visible()


def test_an_order_that_came_by_mail_is_kept_with_its_date(team: Team, browser: Browser) -> None:
    # given
    team.mailed("We order you to tell us how you dealt with the complaint of Mr Moss.")
    carla = signed_in(team, "carla", Role.HANDLER)
    with beginning(team, browser, carla) as (hers,):
        # when
        hers.click("link", "Triage")
        hers.click("button", "Open the letter o")
        hers.click("link", "Not a request d")
        hers.choose("Authority letter")
        hers.fill("Reason", "An order.")
        hers.click("button", "Not a request")
        hers.click("link", "If an authority or a court wrote it, enter it with its date.")
        hers.choose("Order")
        hers.page.locator("[name=authority]").fill("Data protection commissioner")
        hers.fill("Due", "2026-05-29")
        hers.fill("Content", "How did you deal with the complaint of Mr Moss?")
        hers.click("button", "Enter a letter of an authority or court")
        # then
        expect(hers.page.get_by_text("29 May")).to_be_visible()
        hers.page.wait_for_url("**/console/matters/*")


def test_disputed_data_is_restricted_and_the_person_told(team: Team, browser: Browser) -> None:
    # given
    case = team.mailed("This debt is wrong. Stop using these data until you have checked it.")
    carla = signed_in(team, "carla", Role.HANDLER)
    with beginning(team, browser, carla) as (hers,):
        # when
        open_and_register(hers, "Restriction")
        hers.click("link", "Grant")
        hers.click("button", "Grant")
        hers.click("link", "Restrict the processing")
        hers.choose("Accuracy contested")
        hers.fill("Facts", "The person says that it was paid in May.")
        hers.choose("Answering customers")
        hers.fill("Review", "2026-04-30")
        hers.click("button", "Restrict the processing")
        hers.click("link", "Record that it is done")
        hers.fill("Account", "The account is marked, and used for nothing else.")
        hers.click("button", "Record that it is done")
        reload_of(hers, team)
        hers.click("link", "Read the answer, and send it")
        hers.click("button", "Release it: it leaves now")
        work_is_done(team)
    # then
    assert row(team, case)["outcome"] == "fulfilled"
