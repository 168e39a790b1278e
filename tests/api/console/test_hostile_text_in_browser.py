"""Text that other people wrote, in a real Chromium: it runs nothing, and turns nothing around but itself."""

from email.message import EmailMessage
from typing import Any, Final
from uuid import uuid4

from playwright.sync_api import Browser, Page

from dsr.domain.roles import Role
from tests.api.colleague import signed_in
from tests.api.console.test_hostile_input import MARKUP
from tests.api.console.test_in_browser import at_a_screen
from tests.api.my.test_in_browser import serving
from tests.api.team import Team
from tests.api.test_matters import complained
from tests.catalogue import bodies
from tests.chromium import browser

__all__ = ["browser"]

TURNED: Final = r"""() => {
  const keeps = (each) => /isolate|plaintext/.test(getComputedStyle(each).unicodeBidi);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  for (let text; (text = walker.nextNode()); ) {
    let each = text.parentElement;
    if (!/[\u202a-\u202e\u2066-\u2069]/.test(text.data) || each.matches("textarea, option")) continue;
    while (!keeps(each)) each = each.parentElement;
    if (!each.dir && each.textContent.trim() !== text.data.trim()) found.push(each.outerHTML.slice(0, 160));
  }
  return found;
}"""
"""Elements in which a mark of direction reaches further than the words of whoever wrote it."""


def mailed(team: Team) -> str:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Ada <ada@example.net>", "privacy@callcentre.example"
    mail["Message-ID"], mail["Subject"] = f"<{uuid4()}@example.net>", MARKUP
    mail.set_content(f"Please erase my data.\n{MARKUP}")
    answer = team.ask("POST", "/intake/messages", "intake", data=bytes(mail), content_type="message/rfc822")
    return str(answer.get_json()["request_id"])


def written_by_everybody(team: Team) -> list[str]:
    """Pages that show what somebody wrote, who wanted to do harm."""
    case, packed = team.registered("access", "erasure", text=MARKUP), team.granted("access")
    team.done(case, "notes", {"note": MARKUP})
    team.done(case, "items/erasure/refusal", bodies.refusal(reasons=MARKUP, facts=MARKUP, provision=MARKUP))
    team.done(case, "extension", {"ground": "complexity", "reasons": MARKUP})
    draft = team.done(case, "dispatches", {"kind": "acknowledgement"}, key="a-letter")["dispatch_id"]
    field = {"name": "note", "description": MARKUP, "provenance": "observed"}
    records = bodies.records(records=[{"note": MARKUP}], fields=[field], purpose=MARKUP)
    team.done(packed, "items/access/data-sets", records, key="records")
    report = {"system": "hr", "result": "nothing", "identifiers": MARKUP}
    team.done(packed, "items/access/search", {"reports": [report]})
    (data,) = team.get(f"/requests/{packed.id}/items/access/data-sets").get_json()["items"]
    team.post("/saved-filters", {"name": MARKUP[:60], "query": {"status": "all"}, "shared": True}, "handler", key="f")
    matter = complained(team, sender=MARKUP, content=MARKUP).get_json()["matter_id"]
    version = team.get("/decisions?kind=refusal").get_json()["items"][0]["version"]
    return [
        "/console",
        "/console/queue",
        f"/console/triage/{mailed(team)}",
        f"/console/cases/{case.id}",
        f"/console/cases/{packed.id}/data/access",
        f"/console/cases/{packed.id}/data/access/records/{data['data_set_id']}",
        f"/console/letters/{draft}",
        "/console/approvals",
        f"/console/approvals/{case.id}/{version}",
        "/console/matters",
        f"/console/matters/{matter}",
        f"/console/cases/{case.id}/do/add_note?note={MARKUP[:40]}",
    ]


def open_everything(page: Page) -> None:
    """Open, on record, what the page shows only then."""
    for box in page.locator("input[type=checkbox][name=versions]").all():
        box.check()
    ticked = page.locator("form:has(input[type=checkbox][name=versions]) button")
    others = page.locator("form[action$='/open'] button, form[action*='/records/'] button")
    button = (ticked if ticked.count() else others).first
    if button.count():
        button.click()
        page.wait_for_load_state()


def test_a_mark_that_reaches_further_than_its_text_would_be_found(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<p>From <b>Ada\u202e</b>, today</p><p>Only <i dir=auto>Ada\u202e</i></p><p>Ada\u202e</p>")
    assert page.evaluate(TURNED) == ["<p>From <b>Ada\u202e</b>, today</p>"]
    page.close()


def test_what_others_wrote_runs_nothing_and_turns_only_itself_around(team: Team, browser: Browser) -> None:
    # given
    carla = signed_in(team, "carla", Role.HANDLER, Role.APPROVER)
    pages = written_by_everybody(team)
    said: list[str] = []
    wrong: dict[str, Any] = {}
    seen = 0
    with serving(team.app) as site:
        page = at_a_screen(browser, site, carla, bypass_csp=False)
        page.on("console", lambda told: said.append(told.text))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        for path in pages:
            # when
            page.goto(site + path)
            open_everything(page)
            # then
            assert page.locator("x-hurt, img[src=x]").count() == 0, path
            seen += page.locator("body").inner_text().count("{{7*7}}")
            wrong[path] = page.evaluate(TURNED)
        page.context.close()
    assert said == []
    assert seen > len(pages), "there was much to read"
    assert {path: found for path, found in wrong.items() if found} == {}
