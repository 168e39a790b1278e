"""Tasks of docs/console-review.md that no journey does, in a real Chromium, from the first page on, by what is seen."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.console.test_in_browser import at_a_screen
from tests.api.console.test_journey import Hand, work_is_done
from tests.api.my.test_in_browser import serving
from tests.api.team import Case, Team, mail
from tests.chromium import browser

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


def test_a_file_is_forgotten_by_order_of_a_court_and_two_people(team: Team, browser: Browser) -> None:
    # given
    case = team.mailed("Buy our lamps.")
    team.done(case, "dismissal", {"kind": "spam", "reason": "Advertising."})
    carla, ines = signed_in(team, "carla", Role.HANDLER), signed_in(team, "ines", Role.APPROVER)
    with beginning(team, browser, carla, ines) as (hers, theirs):
        # when
        hers.click("link", "Queue")
        hers.click("link", "Find a person")
        hers.fill("Address, name or number", "ada@example.org")
        hers.click("button", "Find")
        hers.page.get_by_role("link", name=str(row(team, case)["reference"])).click()
        hers.page.locator("summary").filter(has_text="The end").click()
        hers.click("link", "Propose to forget the file")
        hers.choose("Court order")
        hers.fill("Reasons", "Regional court, 3 March.")
        hers.click("button", "Propose to forget the file")
        agree(theirs, "Forgetting of the file")
        # then
        page = reload_of(hers, team)
        expect(page.get_by_text("This file was forgotten on the order of ines")).to_be_visible()
        expect(page.get_by_role("button", name="Open, on record")).to_have_count(0)


def test_a_person_proves_by_mail_who_they_are(team: Team, browser: Browser) -> None:
    # given
    case = team.mailed("Please send me a copy of my data. I have a new address.")
    carla = signed_in(team, "carla", Role.HANDLER)
    with beginning(team, browser, carla) as (hers,):
        # when they are asked
        open_and_register(hers, "Access")
        hers.page.locator("summary").filter(has_text="Who asks").click()
        hers.click("link", "Ask for proof of identity")
        hers.fill("Doubt", "A new address.")
        hers.page.get_by_label("Method").select_option(label="Known facts")
        hers.fill("Questions", "Which number do you ring from?")
        hers.click("button", "Ask for proof of identity")
        reload_of(hers, team)
        hers.click("link", "Read the letter, and send it")
        hers.click("button", "Release it: it leaves now")
        work_is_done(team)
        # and answer
        answer = mail("I ring from 020 7946 0199.", message_id="<answer@example.org>").replace(
            b"My request", f"Re: {row(team, case)['reference']}".encode()
        )
        team.ask("POST", "/intake/messages", "intake", data=answer, content_type="message/rfc822")
        hers.page.goto(hers.page.url.partition("/console")[0] + "/console")
        hers.page.get_by_role("link", name=str(row(team, case)["reference"])).first.click()
        hers.page.get_by_role("button", name="Read the message of").last.click()
        expect(hers.page.get_by_text("020 7946 0199")).to_be_visible()
        hers.click("link", "Say what the messages are")
        hers.page.get_by_label("Kind").select_option(label="Identity answer")
        hers.click("button", "Say what the messages are")
        hers.click("link", "Confirm the identity")
        hers.page.get_by_label("Method").select_option(label="Known facts")
        hers.choose("Substantial")
        hers.click("button", "Confirm the identity")
        expect(hers.page.get_by_text("Done: Confirm the identity.")).to_be_visible()
    # then
    assert row(team, case)["identity"] == "confirmed"


def test_a_restriction_is_lifted_once_the_person_was_told(team: Team, browser: Browser) -> None:
    # given
    case = team.mailed("Stop using these data until you have checked them.")
    team.done(case, "registration", {"rights": ["restriction"]})
    team.done(case, "items/restriction/grant", {})
    restriction = {
        **{"ground": "accuracy-contested", "facts": "The sum.", "activities": ["customer-calls"]},
        "review_on": "2026-04-30",
    }
    team.done(case, "items/restriction/restriction", restriction, key="restrict")
    carla = signed_in(team, "carla", Role.HANDLER)
    with beginning(team, browser, carla) as (hers,):
        hers.page.goto(f"{hers.page.url}/cases/{case.id}")
        # when
        hers.click("link", "Write that it ends")
        hers.click("button", "Write a letter")
        hers.click("button", "Open it, and write o")
        hers.page.get_by_role("group", name="Why").get_by_role("textbox").fill("The sum is right.")
        hers.click("button", "Save, and read it")
        hers.click("button", "Release it: it leaves now")
        expect(hers.page.get_by_text("Done: Release the letter.")).to_be_visible()
        work_is_done(team)
        hers.page.goto(f"{hers.page.url.partition('/console')[0]}/console/cases/{case.id}")
        hers.click("link", "Lift the restriction")
        hers.fill("Reason", "The sum is right.")
        hers.click("button", "Lift the restriction")
        # then
        expect(hers.page.get_by_text("Done: Lift the restriction.")).to_be_visible()
        expect(hers.page.get_by_text("Restrictions in force")).to_have_count(0)


def test_an_order_is_answered_by_two_people(team: Team, browser: Browser) -> None:
    # given
    order = {
        **{"kind": "order", "controller_id": "callcentre-de", "authority": "Commissioner", "due_on": "2026-04-30"},
        **{"channel": "email", "received_at": "2026-03-03T09:00:00Z", "language": "en", "content": "How was it?"},
    }
    matter = team.post("/matters/letters", order, key="order").get_json()["matter_id"]
    carla, ines = signed_in(team, "carla", Role.HANDLER), signed_in(team, "ines", Role.APPROVER)
    with beginning(team, browser, carla, ines) as (hers, theirs):
        # when
        hers.click("link", "Matters")
        hers.page.locator(f"a[href$='{matter}']").first.click()
        hers.click("link", "Write a letter")
        hers.choose("Email")
        address = hers.page.locator("[name='address.email']")
        address.fill("registry@data-protection.example")
        assert address.evaluate("field => field.scrollWidth <= field.clientWidth"), "an address is seen whole"
        hers.page.locator("[name=reply]").fill("It was answered on 9 March.")
        hers.click("button", "Write a letter")
        expect(hers.page.get_by_text("Somebody else has to release it")).to_be_visible()
        theirs.click("link", "Approvals")
        theirs.click("link", "Authority reply")
        theirs.click("link", "Release the letter")
        theirs.click("button", "Release the letter")
        expect(theirs.page.get_by_text("Done: Release the letter.")).to_be_visible()
    # then
    assert [each["state"] for each in team.get(f"/matters/{matter}/dispatches").get_json()["items"]] != ["draft"]


def test_a_file_whose_fields_need_words_is_chosen_once(team: Team, browser: Browser) -> None:
    # given
    case = team.granted("access")
    carla = signed_in(team, "carla", Role.HANDLER)
    with beginning(team, browser, carla) as (hers,):
        hers.page.goto(f"{hers.page.url}/cases/{case.id}/data/access")
        hers.page.get_by_label("File").first.set_input_files(
            {"name": "export.csv", "mimeType": "text/csv", "buffer": b"caller_number,mood\n0301234567,calm\n"}
        )
        hers.fill("Name", "Calls of 2026")
        hers.choose("Recordings of calls")
        hers.fill("Purpose", "To train staff.")
        hers.choose("Observed")
        # when
        hers.click("button", "Add the records")
        expect(hers.page.get_by_text("The fields that still need words stand below.")).to_be_visible()
        # then
        assert hers.page.get_by_label("File").first.evaluate("each => each.files[0].name") == "export.csv"
        expect(hers.page.get_by_text("Choose the file again")).to_have_count(0)
        # and when they are described
        for each in hers.page.locator("[name^='fields.'][name$='.description']").all()[:2]:
            each.fill("What the call was like.")
        hers.click("button", "Add the records")
        # then
        expect(hers.page.get_by_role("link", name="Calls of 2026")).to_be_visible()
