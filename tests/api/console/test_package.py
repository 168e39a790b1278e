"""The package of an item: seen as the person will see it, then prepared, and given by a link."""

import re
from html import unescape
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.console.test_data import page_of
from tests.api.my.conftest import Person
from tests.api.team import Case, Team


@pytest.fixture
def carla(team: Team) -> Colleague:
    return signed_in(team, "carla", Role.HANDLER)


def hidden(text: str, action: str) -> dict[str, str]:
    form = text.partition(action)[2].partition("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))


def preview(who: Colleague, case: Case, path: str) -> Any:
    page = page_of(case)
    fields = hidden(who.open(page).text, f'action="{page}/preview"')
    return who.send(f"{page}/preview", **fields, document=path)


def prepare(who: Colleague, case: Case) -> str:
    """Prepare the package by its form; its id."""
    path = f"/console/cases/{case.id}/do/prepare_export"
    form = who.open(f"{path}?item_id=access").text
    answer = who.send(path, **hidden(form, 'class="command"'))
    assert answer.status_code == 303, answer.text
    found = re.search(r"/console/packages/([0-9a-f-]{36})/link", who.open(page_of(case)).text)
    assert found is not None
    return found[1]


def lasting(page: bytes | str) -> str:
    """A page without when it was made, and without the size of the file on the request, which grows meanwhile."""
    text = page.decode() if isinstance(page, bytes) else page
    return re.sub(r"<time [^>]*>[^<]*</time>|\(\d+ records, [^)]*\)", "", text)


def test_a_preview_is_the_page_of_the_package(team: Team, carla: Colleague) -> None:
    # given
    case = team.collected()
    team.search(case, "access")
    # when
    seen = {path: preview(carla, case, path).text for path in ("index.html", "pages/calls.html")}
    export_id = prepare(carla, case)
    made = carla.send(
        f"/console/packages/{export_id}/link",
        **hidden(carla.open(f"/console/packages/{export_id}/link").text, 'id="content"'),
    )
    url, password = map(unescape, re.findall(r"<dd><code>([^<]*)</code></dd>", made.text))
    person = Person(team)
    person.open("/x")
    person.send("/x", token=url.partition("#")[2], password=password)
    package = ZipFile(BytesIO(person.open(f"/x/{export_id}/package").data))
    # then
    for path, text in seen.items():
        assert lasting(text) == lasting(package.read(path)), path


def test_a_preview_is_on_record_and_does_nothing(team: Team, carla: Colleague) -> None:
    case = team.collected()
    answer = preview(carla, case, "pages/calls.html")
    assert "0301234567" in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    names = [each["name"] for each in team.get(f"/requests/{case.id}/timeline").get_json()["items"]]
    assert names[-1] == "dsr.request.personal-data-disclosed"


def test_each_look_at_a_preview_is_on_record_though_the_form_is_the_same(team: Team, carla: Colleague) -> None:
    case = team.collected()
    form = {"document": "pages/calls.html", "form_token": "", "key": "k", "version": "1"}
    carla.open(f"/console/cases/{case.id}/data/access")
    form["form_token"] = hidden(carla.text, 'class="pages"')["form_token"]
    for _ in range(2):
        shown = carla.client.post(f"/console/cases/{case.id}/data/access/preview", data=form)
        assert "0301234567" in shown.text
    names = [each["name"] for each in team.get(f"/requests/{case.id}/timeline").get_json()["items"]]
    assert names.count("dsr.request.personal-data-disclosed") == 2


def test_a_redaction_shows_in_the_preview_before_anybody_confirms_it(team: Team, carla: Colleague) -> None:
    # given
    case = team.collected()
    (found,) = team.get(f"/requests/{case.id}/items/access/data-sets").get_json()["items"]
    part = {"target_id": found["data_set_id"], "kind": "json-pointer", "place": "/0/number"}
    team.done(case, "items/access/redactions", part | {"right": "privacy-of-another", "reason": "Her sister's."})
    # then
    assert "0301234567" not in preview(carla, case, "pages/calls.html").text


def test_a_page_that_the_package_will_not_have_is_none(team: Team, carla: Colleague) -> None:
    assert preview(carla, team.collected(), "pages/others.html").status_code == 404


def test_an_empty_package_has_no_preview_and_says_why(team: Team, carla: Colleague) -> None:
    case = team.granted("access")
    page = page_of(case)
    version = str(team.get(f"/requests/{case.id}").get_json()["version"])
    carla.open(page)
    answer = carla.send(f"{page}/preview", version=version, key="k", document="index.html")
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text


def test_a_link_is_shown_once_and_can_be_revoked(team: Team, carla: Colleague) -> None:
    # given
    case = team.collected()
    team.search(case, "access")
    export_id = prepare(carla, case)
    path = f"/console/packages/{export_id}/link"
    # when
    made = carla.send(path, **hidden(carla.open(path).text, 'id="content"'))
    # then
    assert "<dt>Password</dt>" in made.text
    assert "<dt>Password</dt>" not in carla.open(path).text
    assert "Nobody has opened it." in carla.open(page_of(case)).text
    # and when
    command = f"/console/packages/{export_id}/do/revoke_export"
    answer = carla.send(command, **hidden(carla.open(command).text, 'class="command"'), reason="wrong-recipient")
    # then
    assert answer.status_code == 303, answer.text
    assert "The link was revoked" in carla.open(page_of(case)).text


def test_a_link_needs_a_fresh_proof(team: Team, carla: Colleague) -> None:
    case = team.collected()
    team.search(case, "access")
    export_id = prepare(carla, case)
    team.clock.advance(minutes=10)
    answer = carla.open(f"/console/packages/{export_id}/link")
    assert answer.location == f"/account/step-up?next=/console/packages/{export_id}/link"
