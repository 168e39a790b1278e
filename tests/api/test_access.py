"""Roles × routes × ownership: each cell of docs/security/access.md is what happens."""

from collections.abc import Callable
from pathlib import Path

from dsr.settings import Settings
from tests.api.access import (
    COLUMNS,
    CONSOLE,
    NO_TOKEN,
    OF_STAFF,
    OPEN,
    PAGE,
    PAGES,
    WITH_TOKEN,
    asked,
    build_house,
    row_of,
    table,
)
from tests.api.routes import routes
from tests.api.team import Team
from tests.settable_clock import SettableClock


def test_every_route_has_one_row(team: Team) -> None:
    rows = [route for heading in (WITH_TOKEN, PAGES, OF_STAFF, CONSOLE, OPEN) for route in table(heading)]
    assert sorted(rows) == sorted(routes(team.app)), f"a route has one row in docs/security/{PAGE.name}"
    with_token = {name for name, (_, said) in routes(team.app).items() if not said.public and not said.page}
    assert set(table(WITH_TOKEN)) == with_token


def test_each_cell_is_what_happens(
    install: Callable[[str], Settings], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    # given
    house, app = build_house(install("sqlite"), SettableClock())
    known, calls, differ = table(WITH_TOKEN), 0, []
    # when
    for route, (_, said) in routes(app).items():
        if said.public or said.page:
            continue
        with asked(route, house, app, tmp_path / "copy") as this:
            found = this.everybody()
        calls += this.calls
        if known.get(route) != found:
            differ.append(row_of(route, found))
    # then
    record_property("counts", f"{len(known)} routes × {len(COLUMNS)} callers, {calls} calls")
    rows = "\n".join(differ)
    assert not differ, f"what happens differs from docs/security/{PAGE.name}; if it is right, write there:\n{rows}"


def test_what_is_open_to_everybody_is_the_same_for_all(team: Team) -> None:
    for route in (each for each in table(OPEN) if each.startswith("GET ")):
        path = route.removeprefix("GET ").replace("/docs/{}", "/docs/items").replace("{}", "callcentre-de")
        seen = []
        for headers in ({}, {"Authorization": f"Bearer {team.token('handler')}"}, {"Authorization": "Bearer dsr_none"}):
            place = path if path.startswith(NO_TOKEN) or path in ("/", "/request") else f"/api/v1{path}"
            answer = team.client.get(place, headers=headers)
            seen.append((answer.status_code, answer.mimetype, len(answer.data)))
        is_secret = path.endswith(".ics")  # an address that nobody was given is there for nobody
        assert seen[0][0] in ((404,) if is_secret else (200, 204)), f"{route}: {seen[0]}"
        assert len(set(seen)) == 1, route
