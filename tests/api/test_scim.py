"""The organisation's directory ends the access of leavers (SCIM 2.0), asked by a client that is not ours."""

import json
import re
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

from dsr.api import create_app
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.roles import Role
from dsr.domain.staff import StaffLeft, staff_id
from tests.api.access import PAGE
from tests.api.team import Team

SECRET = "0123456789abcdef0123456789abcdef"
HOST = "https://dsr.example"


def standard() -> Any:
    """The resources and messages of RFC 7643 and 7644.

    Imported when a test asks: it takes seconds, and each process that collects tests would spend them.
    """
    return import_module("scim2_models")


def any_user() -> Any:
    return standard().User[Any]


@pytest.fixture
def house(team: Team) -> Team:
    """A team with Carla, whose service the directory knows."""
    service = replace(team.service, settings=replace(team.service.settings, scim_token=SECRET, public_url=HOST))
    housed = Team(service, team.clock, create_app(service))
    housed.token("operator")
    housed.enrol("carla", Role.HANDLER)
    return housed


@pytest.fixture
def directory(house: Team) -> Any:
    """A client that checks each answer against the standard."""
    return import_module("scim2_client.engines.wsgi").WSGISCIMClient(
        house.app,
        base_url=f"{HOST}/scim/v2",
        headers={"Authorization": f"Bearer {SECRET}"},
        provider=standard().ScimProvider(models=[standard().User]),
        raise_scim_errors=False,
    )


def ask(house: Team, method: str, path: str, secret: str = SECRET, **sent: Any) -> Any:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return house.client.open(f"/scim/v2{path}", method=method, headers=headers, **sent)


def patch(house: Team, path: str, operation: dict[str, Any]) -> Any:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
    return ask(house, "PATCH", path, data=json.dumps(body), content_type="application/scim+json")


def carla(directory: Any, name: str = "carla") -> Any:
    return directory.query(any_user(), query_parameters={"filter": f'userName eq "{name}"'})


def test_it_says_what_it_can_do(directory: Any) -> None:
    config: Any = directory.query(standard().ServiceProviderConfig)
    assert (config.patch.supported, config.filter.supported) == (True, True)
    assert (config.bulk.supported, config.etag.supported) == (False, False)
    types: Any = directory.query(standard().ResourceType)
    schemas: Any = directory.query(standard().Schema)
    assert [each.name for each in types.resources] == ["User"]
    assert [each.name for each in schemas.resources[0].attributes] == ["userName", "active"]


def test_a_member_is_found_by_name_and_id_without_any_address(house: Team, directory: Any) -> None:
    found = carla(directory, "Carla")
    assert (found.total_results, [each.user_name for each in found.resources]) == (1, ["carla"])
    [member] = found.resources
    shown: Any = directory.query(any_user(), member.id)
    assert (shown.id, shown.active) == (str(staff_id("carla")), True)
    assert shown.meta.location == f"{HOST}/scim/v2/Users/{shown.id}"
    assert "@" not in ask(house, "GET", "/Users").text
    assert carla(directory, "nobody").total_results == 0


def test_all_are_listed_in_pages(directory: Any) -> None:
    everybody: Any = directory.query(any_user())
    names = [each.user_name for each in everybody.resources]
    assert names == sorted(names)
    page: Any = directory.query(any_user(), query_parameters={"startIndex": 2, "count": 1})
    assert (page.total_results, [each.user_name for each in page.resources]) == (len(names), names[1:2])


@pytest.mark.parametrize(
    "sent",
    [
        {"op": "replace", "path": "active", "value": False},
        {"op": "Replace", "path": "active", "value": "False"},  # as Entra ID writes it
        {"op": "replace", "value": {"active": False}},
        None,
    ],
)
def test_whoever_is_deprovisioned_has_left(house: Team, directory: Any, sent: dict[str, Any] | None) -> None:
    # given
    [member] = carla(directory).resources
    path = f"/Users/{member.id}"
    assert house.get("/requests", "carla").status_code == 200
    # when
    if sent is None:
        assert ask(house, "DELETE", path).status_code == 204
    else:
        answer = patch(house, path, sent)
        assert (answer.status_code, answer.get_json(force=True)["active"]) == (200, False)
    # then: the token opens nothing, and the member is no resource any more
    house.refused(house.get("/requests", "carla"), 401, "token-invalid")
    [left] = [each.event for each in house.service.log.read() if isinstance(each.event, StaffLeft)]
    assert (left.identifier, left.actor) == ("carla", "service:scim")
    assert carla(directory).total_results == 0
    assert isinstance(directory.query(any_user(), member.id), standard().Error)
    assert ask(house, "DELETE", path).status_code == 404


def test_nobody_is_enrolled_reactivated_or_renamed(house: Team, directory: Any) -> None:
    # given
    [member] = carla(directory).resources
    before = house.service.log.head()
    # when, then
    refused: Any = directory.create(any_user()(user_name="mallory", active=True))
    assert (refused.status, "operator" in str(refused.detail)) == (501, True)
    for path, value in (("userName", "root"), ("displayName", "Carla"), ("roles", [{"value": "operator"}])):
        answer = patch(house, f"/Users/{member.id}", {"op": "replace", "path": path, "value": value})
        error = standard().Error.model_validate_json(answer.data)
        assert (error.status, error.scim_type) == (400, "mutability"), path
    same = patch(house, f"/Users/{member.id}", {"op": "replace", "path": "active", "value": True})
    assert same.status_code == 200
    assert house.service.log.head() == before


def test_an_error_quotes_nothing_that_was_sent(house: Team) -> None:
    for value in ([{"value": "canary"}], "canary", {"canary": "canary"}):
        answer = patch(house, f"/Users/{staff_id('carla')}", {"op": "add", "path": "emails", "value": value})
        assert (answer.status_code, "canary" in answer.text) == (400, False)


def test_the_last_operator_stays(house: Team, directory: Any) -> None:
    house.service.desk.staff.leave("operator", Call(part("test")))
    [operator] = carla(directory, "one-operator").resources
    answer = ask(house, "DELETE", f"/Users/{operator.id}")
    assert (answer.status_code, answer.get_json(force=True)["status"]) == (409, "409")


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("GET", '/Users?filter=emails eq "a@b.example"', None, (400, "invalidFilter")),
        ("GET", "/Users?count=many", None, (400, "invalidValue")),
        ("PATCH", "/Users/{}", "no json", (400, "invalidSyntax")),
        ("PATCH", "/Users/{}", '{"schemas": [], "Operations": []}', (400, None)),
        ("GET", "/Users/nobody", None, (404, None)),
    ],
)
def test_what_is_not_understood_is_an_error_of_the_standard(
    house: Team, method: str, path: str, body: str | None, said: tuple[int, str | None]
) -> None:
    answer = ask(house, method, path.format(staff_id("carla")), data=body, content_type="application/scim+json")
    error = standard().Error.model_validate_json(answer.data)
    assert (answer.status_code, answer.mimetype) == (said[0], "application/scim+json")
    assert error.status == said[0]
    assert said[1] is None or error.scim_type == said[1]


def test_a_body_that_is_too_large_is_an_error_of_the_standard(house: Team) -> None:
    """It was answered as the rest of the interface answers, which no client of SCIM reads."""
    answer = ask(house, "PATCH", f"/Users/{staff_id('carla')}", data=b"x" * 30_000_000)
    assert answer.status_code == 413
    assert answer.mimetype == "application/scim+json"
    error = standard().Error.model_validate(answer.get_json())
    assert (error.status, error.detail) == (413, "The body is too large. Send one change of one member.")
    assert ask(house, "GET", f"/Users/{staff_id('carla')}").status_code == 200


def test_its_secret_opens_nothing_else_and_nothing_else_opens_it(house: Team) -> None:
    """Each cell of the table in docs/security/access.md."""
    # given
    rows = re.findall(r"^\| `(\w+) (/scim/v2/\S*)` \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", PAGE.read_text(), re.M)
    known = {f"{method} {path}": tuple(map(int, cells)) for method, path, *cells in rows}
    routes = {
        f"{method} {re.sub('<[^>]*>', '{}', rule.rule)}"
        for rule in house.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/scim/")
    }
    assert set(known) == routes
    # when
    for name, cells in known.items():
        method, _, path = name.partition(" ")
        place = path.removeprefix("/scim/v2").replace("{}", str(staff_id("carla")))
        body = None if method in ("GET", "DELETE") else "{}"
        secrets = ("", "dsr_wrong", house.token("operator"), SECRET)
        seen = [ask(house, method, place, each, data=body).status_code for each in secrets]
        # then
        assert tuple(seen) == cells, name
    house.refused(house.get("/staff", None, headers={"Authorization": f"Bearer {SECRET}"}), 401, "token-invalid")


def test_without_the_setting_there_is_nothing(team: Team) -> None:
    assert team.client.get("/scim/v2/Users", headers={"Authorization": "Bearer "}).status_code == 404
