"""The OpenAPI document is valid, whole, and readable without a script or another host."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from openapi_spec_validator import validate

from dsr.api import create_app
from dsr.api.describing import inline, sentences
from dsr.api.docs import _document
from dsr.api.fields import WITH_ZONE
from dsr.api.operation import operation_of
from dsr.api.recurring import RECURRING
from dsr.api.statuses import statuses
from dsr.bootstrap import Service
from tests.api.team import Team

DOCUMENTED = ("/api/v1/", "/health/", "/metrics")
"""Where programs ask; everything else is for people and their browsers."""


def test_the_document_is_valid_openapi_3_1(team: Team) -> None:
    document = team.specification.document
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_an_application_that_starts_does_not_wait_for_its_document(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[None] = []

    def write(_: object) -> dict[str, object]:
        written.append(None)
        return {}

    monkeypatch.setattr("dsr.api.docs.write_document", write)
    monkeypatch.setattr("dsr.api.docs._document", cache(_document.__wrapped__))  # not that of an earlier test
    client = create_app(service).test_client()
    assert (client.get("/health/live").status_code, written) == (200, [])
    for _ in range(2):
        assert client.get("/api/v1/openapi.json").get_json() == {}
    assert written == [None]


def test_every_route_is_documented_with_roles_problems_and_words(team: Team) -> None:
    paths = team.specification.document["paths"]
    for rule in team.app.url_map.iter_rules():
        if not rule.rule.startswith(DOCUMENTED) or rule.rule.endswith("openapi.json"):
            continue
        said = operation_of(team.app.view_functions[rule.endpoint])
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            operation = paths[re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)][method.lower()]
            assert operation["summary"].endswith(".") or operation["summary"], rule.rule
            assert operation["x-roles"] == (["anyone"] if said.public else sorted(said.roles or ()))
            assert any(status.startswith("2") for status in operation["responses"])
            assert {"422", "500", "503"} <= set(operation["responses"])
            names = {parameter["name"] for parameter in operation.get("parameters", [])}
            assert ("If-Match" in names) == said.if_match
            assert ("Idempotency-Key" in names) == said.takes_key
            assert ("requestBody" in operation) == (method in ("POST", "PATCH")), (
                f"{rule.rule}: a POST or PATCH says what it takes, `@bp.takes(NoBody)` where that is nothing"
            )


def test_every_code_stands_in_the_response_of_its_status(team: Team) -> None:
    responses = team.specification.document["components"]["responses"]
    for error, status in statuses().items():
        schema = responses[f"Problem{status}"]["content"]["application/problem+json"]["schema"]
        assert error.code in schema["properties"]["code"]["enum"]


def test_the_pages_name_every_operation_and_schema_and_load_nothing_from_elsewhere(team: Team) -> None:
    document = team.specification.document
    names = ["", "/types", "/errors", *(f"/{tag['name']}" for tag in document["tags"])]
    pages = {name: team.get(f"/docs{name}", None) for name in names}
    for path, item in document["paths"].items():
        for operation in (each for method, each in item.items() if method != "parameters"):
            assert f"<code>{path}</code>" in pages[""].text
            assert f'id="{operation["operationId"]}"' in pages[f"/{operation['tags'][0]}"].text
    for name in document["components"]["schemas"]:
        assert f'id="{name}"' in pages["/types"].text
    targets = {name: set(re.findall(r'id="([^"]+)"', page.text)) for name, page in pages.items()}
    for name, page in pages.items():
        assert page.mimetype == "text/html"
        assert set(re.findall(r"<script[^>]*>", page.text)) <= {'<script src="/docs/search.js" defer>'}
        for link in re.findall(r'(?:src|href)="([^"]*)"', page.text):
            assert link.startswith(("/", "#")), link
            place, _, anchor = link.partition("#")
            if anchor:
                assert anchor in targets[place.removeprefix("/docs") if place else name], f"{name}: {link}"
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert team.get("/docs/style.css", None).mimetype == "text/css"
    assert team.get("/docs/search.js", None).mimetype == "text/javascript"
    team.refused(team.get("/docs/nothing", None), 404, "path-unknown")


def test_the_way_of_a_case_is_told_with_a_link_to_each_operation(team: Team) -> None:
    intro = team.get("/docs", None).text.partition('class="intro"')[2].partition("</details>")[0]
    for name, resource in (("enter_request", "requests"), ("offer_export", "exports"), ("close_request", "answers")):
        assert f'<a href="/docs/{resource}#{name}"><code>{name}</code></a>' in intro
    assert '<a href="/docs/openapi-python-client.yml">' in intro


def test_every_parameter_of_a_path_says_what_it_is(team: Team) -> None:
    for path, item in team.specification.document["paths"].items():
        for parameter in item.get("parameters", []):
            assert parameter["description"].endswith("."), f"{path}: {parameter['name']}"


def test_a_file_is_bytes_and_a_download_can_be_resumed(team: Team) -> None:
    document = team.specification.document
    paths, schemes = document["paths"], document["components"]["securitySchemes"]
    for path in ("items/{item_id}/data-sets", "identity-evidence", "messages", "messages/examined"):
        body = paths[f"/api/v1/requests/{{request_id}}/{path}"]["post"]["requestBody"]["content"]
        file = body["multipart/form-data"]["schema"]["properties"]["file"]
        assert (file["type"], file["format"]) == ("string", "binary")
    download = paths["/api/v1/exports/session/package"]["get"]
    assert {"Range", "If-Range"} <= {each["name"] for each in download["parameters"]}
    assert download["security"] == [{"session": []}, {"session-cookie": []}]
    assert set(schemes) == {"token", "staff-session", "session", "session-cookie"}


def test_an_operation_shows_its_codes_with_their_sentences_and_its_example(team: Team) -> None:
    page = team.get("/docs/items", None).text
    article = page.partition('id="grant_item"')[2].partition("</article>")[0]
    assert '<a href="/docs/errors#access-before-erasure"><code>access-before-erasure</code></a>' in article
    assert str(inline(sentences()["access-before-erasure"])) in article
    assert "DSR-7KQ4-M2X" in article
    assert '<a href="/docs/items#complete_item"><code>complete_item</code></a>' in article


def test_personal_data_is_kept_by_nobody_and_sniffed_by_no_browser(team: Team) -> None:
    case = team.arrived()
    for answer in (team.get(f"/requests/{case.id}"), team.get("/nothing"), team.get("/requests", None)):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def _fields_of(schema: dict[str, Any], named: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The fields of a schema and of those inside it, with their paths."""
    for name, field in schema.get("properties", {}).items():
        yield name, field
        for inner in (field, field.get("items", {}), *field.get("anyOf", ())):
            target = named[inner["$ref"].rpartition("/")[2]] if "$ref" in inner else {}
            for path, below in _fields_of(target, named):
                yield f"{name}/{path}", below


def _says(field: dict[str, Any], named: dict[str, Any]) -> bool:
    """It has words of its own, not only how a time is written, or codes with a meaning each."""
    targets = [named[each["$ref"].rpartition("/")[2]] for each in (field, *field.get("anyOf", ())) if "$ref" in each]
    return field.get("description", "") not in ("", WITH_ZONE) or any("enum" in each for each in targets)


def test_every_field_of_an_answer_says_what_it_means(team: Team) -> None:
    # given
    document = team.specification.document
    named, responses = document["components"]["schemas"], document["components"]["responses"]
    answered = [
        answer["content"].values()
        for path in document["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
        for answer in operation["responses"].values()
        if "content" in answer
    ]
    answered += [answer["content"].values() for answer in responses.values()]
    # when
    waiting = [name for contents in answered for each in contents for name in _named_in(each["schema"])]
    shown = set[str]()
    while waiting:
        if (name := waiting.pop()) not in shown:
            shown.add(name)
            waiting += _named_in(named[name])
    # then
    silent = [
        f"{name}: {field}"
        for name in sorted(shown)
        for field, schema in named[name].get("properties", {}).items()
        if not _says(schema, named)
    ]
    assert {"RequestView", "ProblemView", "RequestPageView"} <= shown
    assert silent == []


def _named_in(node: Any) -> list[str]:
    """The schemas that a part of the document refers to."""
    if isinstance(node, list):
        return [name for each in node for name in _named_in(each)]
    if not isinstance(node, dict):
        return []
    here = [node["$ref"].rpartition("/")[2]] if "schemas" in str(node.get("$ref", "")) else []
    return here + [name for each in node.values() for name in _named_in(each)]


def test_a_shared_meaning_is_shared(team: Team) -> None:
    """A meaning that one view has stands in that view."""
    schemas = team.specification.document["components"]["schemas"].items()
    for field, meaning in RECURRING.items():
        users = [
            name
            for name, schema in schemas
            if meaning in schema.get("properties", {}).get(field, {}).get("description", "")
        ]
        assert len(users) > 1, f"{field}: {users}"


def test_every_field_that_a_caller_sends_says_what_it_means(team: Team) -> None:
    """Of the two parts of an upload, `metadata` is the object whose fields speak for it."""
    document = team.specification.document
    named = document["components"]["schemas"]

    bodies = [
        (operation["operationId"], content["schema"])
        for path in document["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and "requestBody" in operation
        for content in operation["requestBody"]["content"].values()
    ]
    silent = [
        f"{name}: {path}"
        for name, body in bodies
        for path, field in _fields_of(named[body["$ref"].rpartition("/")[2]] if "$ref" in body else body, named)
        if path != "metadata" and not _says(field, named)
    ]
    assert bodies
    assert silent == []
