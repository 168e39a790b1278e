"""The report of a case, as an auditor sees it in a browser."""

from playwright.sync_api import Browser

from dsr.domain.roles import Role
from dsr.look import colours
from tests.api.colleague import signed_in
from tests.api.console.test_in_browser import at_a_screen
from tests.api.my.test_in_browser import serving
from tests.api.team import Team
from tests.chromium import browser

__all__ = ["browser"]

COLOUR = "(name) => getComputedStyle(document.querySelector(name)).color"


def test_a_browser_draws_the_report_in_the_colours_of_all_pages(team: Team, browser: Browser) -> None:
    # given
    case, audra = team.registered("access"), signed_in(team, "audra", Role.AUDITOR)
    with serving(team.app) as site:
        page = at_a_screen(browser, site, audra, bypass_csp=False, color_scheme="light")
        # when
        page.goto(f"{site}/api/v1/requests/{case.id}/report.html")
        drawn = {name: page.evaluate(COLOUR, name) for name in ("body", ".controller", "nav a")}
        page.context.close()
    # then
    of = {
        name: f"rgb({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))})"
        for name, colour in colours().items()
    }
    assert drawn == {"body": of["ink"], ".controller": of["quiet"], "nav a": of["accent"]}
