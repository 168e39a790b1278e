"""Triage in a real Chromium by keyboard alone: how many keys a letter takes once it is read."""

from collections import Counter
from collections.abc import Callable, Iterable
from email.message import EmailMessage
from uuid import uuid4

from playwright.sync_api import Browser, Page

from dsr.domain.roles import Role
from tests.api.colleague import signed_in
from tests.api.console.test_in_browser import at_a_screen
from tests.api.my.test_in_browser import serving
from tests.api.team import Team
from tests.chromium import browser
from tests.corpora.corpus import Letter, corpus
from tests.proving import in_ci

__all__ = ["browser"]

MOST, FEW = 4, 2


def delivered(team: Team, letter: Letter) -> str:
    """A letter of somebody of whom nothing is known; the id of its case."""
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Ada <{uuid4().hex}@example.org>", "privacy@callcentre.example"
    mail["Message-ID"] = f"<{uuid4()}@example.org>"
    mail["Subject"] = letter.subject
    mail.set_content(letter.text)
    answer = team.ask("POST", "/intake/messages", "intake", data=bytes(mail), content_type="message/rfc822")
    assert answer.status_code == 201, answer.text
    request_id: str = answer.get_json()["request_id"]
    return request_id


def triaged(page: Page, rights: Iterable[str]) -> int:
    """Tick what the open letter asks for, untick the rest, and register it; the number of keys."""
    boxes = page.locator("input[name=rights]")
    states = boxes.evaluate_all("boxes => boxes.map((each) => [each.dataset.key, each.value, each.checked])")
    wrong = [key for key, value, is_ticked in states if is_ticked != (value in rights)]
    for key in (*wrong, "r"):
        page.keyboard.press(key)
    return len(wrong) + 1


def test_a_letter_takes_at_most_four_keys_once_it_is_read(
    team: Team, browser: Browser, record_property: Callable[[str, object], None]
) -> None:
    # given
    carla = signed_in(team, "carla", Role.HANDLER)
    letters = [each for each in corpus("testing").letters if each.wish.rights]
    sample = letters[:: in_ci(len(letters) // FEW, proving=1)]
    arrived = {delivered(team, each): {right.value for right in each.wish.rights} for each in sample}
    taken: Counter[int] = Counter()
    with serving(team.app) as site:
        page = at_a_screen(browser, site, carla, bypass_csp=False)
        page.goto(f"{site}/console/triage")
        page.keyboard.press("o")
        for _ in arrived:
            # when
            page.get_by_role("heading", name="Letter", exact=True).wait_for()
            page.locator(".letter .text").wait_for()
            reference = page.locator("h1").inner_text()
            request_id = page.locator("form[action$=register]").get_attribute("action") or ""
            taken[triaged(page, arrived[request_id.split("/")[3]])] += 1
            page.wait_for_function("before => document.querySelector('h1').innerText !== before", arg=reference)
        page.context.close()
    # then
    for request_id, rights in arrived.items():
        items = team.get(f"/requests/{request_id}/items").get_json()["items"]
        assert {each["right"] for each in items} == rights
    record_property("counts", f"{dict(sorted(taken.items()))} letters by keys")
    assert max(taken) <= MOST
