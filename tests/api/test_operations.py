"""Every operation has a public name, what its codes mean, and what can follow it."""

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import pytest

from dsr.api.enumerations import ENUMERATION, meanings, name_enumerations
from dsr.api.links import LINKS
from dsr.domain.request.grounds import RefusalGround
from dsr.domain.request.letters import REQUIRED_STATEMENTS, LetterKind, statements_about
from dsr.domain.request.reference import reference_in
from dsr.domain.request.standing import Copy, CopyKind, FeeGround
from dsr.domain.request.statement_code import StatementCode
from dsr.domain.request.values import Channel
from dsr.letters.fields import FROM_HEAD
from dsr.letters.statements import FITTING
from tests.api.team import Team

PUBLISHED: Final = Path(__file__).with_name("published_operations.txt")
"""Method, path and name of each operation, as clients were generated from them: what stands here stays."""

_VERBS: Final = """
accept account add adopt announce append approve ask assess assign balance begin cancel change check close
collect complete confirm correct decide decline delete deliver discard dismiss download edit end enrol enter
examine excuse expire explain find finish forward give grant hand invite issue join lift link list offer open place
post prepare preview print propose prove raise reassign receive record rectify redact redeem register release renew
reopen report require restrict retry review revise revoke rotate save search send set show sign split stop suggest
take tell treat unlink use verify waive withdraw write
"""
VERBS: Final = frozenset(_VERBS.split())
"""With which names begin: what somebody does."""


@pytest.fixture
def document(team: Team) -> dict[str, Any]:
    return team.specification.document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield f"{method.upper()} {path}", operation


def test_every_operation_has_the_name_that_it_was_published_with(document: dict[str, Any]) -> None:
    now = {f"{route} {operation['operationId']}" for route, operation in operations(document)}
    published = set(PUBLISHED.read_text(encoding="utf-8").splitlines())
    assert published <= now, "a client that was generated before calls these"
    new = "\n".join(sorted(now - published))
    assert not new, f"publish what is new: add these lines, in their order, to tests/api/{PUBLISHED.name}:\n{new}"


def test_names_are_unique_and_say_who_does_what_to_what(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert sorted(names) == sorted(set(names))
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)+", name) or len(name) > 32] == []
    assert sorted({name.split("_")[0] for name in names} - VERBS) == []


def test_tags_are_spelled_in_one_way_and_described(document: dict[str, Any]) -> None:
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    assert [name for name in tags if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name)] == []
    assert all(description.endswith(".") for description in tags.values())
    assert {tag for _, operation in operations(document) for tag in operation["tags"]} == set(tags)


def test_every_code_of_every_enumeration_has_its_meaning(document: dict[str, Any]) -> None:
    enumerations = {
        name: schema for name, schema in document["components"]["schemas"].items() if "x-enumDescriptions" in schema
    }
    assert {"Right", "Role", "RefusalGround", "FeeGround", "StatementCode", "Outcome", "LetterKind"} <= set(
        enumerations
    )
    silent = {name: set(its["enum"]) - set(its["x-enumDescriptions"]) for name, its in enumerations.items()}
    assert {name: codes for name, codes in silent.items() if codes} == {}
    assert all(f"- `{code}`: " in its["description"] for its in enumerations.values() for code in its["enum"])


def test_an_enumeration_stands_once_and_fields_refer_to_it(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["RefusalBody"]["properties"]["ground"] == {"$ref": "#/components/schemas/RefusalGround"}
    assert schemas["RefusalGround"]["enum"] == [ground.value for ground in RefusalGround]
    assert schemas["FeeBody"]["properties"]["ground"] == {"$ref": "#/components/schemas/FeeGround"}
    assert schemas["FeeGround"]["x-enumDescriptions"] == dict(meanings(FeeGround))
    outcome = schemas["RequestView"]["properties"]["outcome"]
    assert outcome == {"anyOf": [{"$ref": "#/components/schemas/Outcome"}, {"type": "null"}]}


def test_a_meaning_is_read_where_the_code_stands() -> None:
    assert meanings(Channel)[Channel.INTERFACE] == "From one program to another."


def test_every_statement_that_a_letter_can_make_is_documented(document: dict[str, Any]) -> None:
    clauses = Copy(CopyKind.CONTRACT_CLAUSES, "dialler", redacted=True)
    required = {code for codes in REQUIRED_STATEMENTS.values() for code in codes} | statements_about([clauses])
    assert required | set(FITTING) | FROM_HEAD <= set(StatementCode)
    for name in ("AnswerBody", "LetterBody", "RefusalBody", "FeeBody", "EditionBody", "LetterRequestBody"):
        statements = document["components"]["schemas"][name]["properties"]["statements"]
        assert statements["propertyNames"] == {"$ref": "#/components/schemas/StatementCode"}
    asked = document["components"]["schemas"]["FeeBody"]["properties"]["statements"]["description"]
    assert "`right-to-withdraw`" in asked
    said = document["components"]["schemas"]["AnswerBody"]["properties"]["statements"]["description"]
    assert all(f"`{code}`" in said for code in REQUIRED_STATEMENTS[LetterKind.ACCESS])


def test_links_lead_to_operations_that_the_answer_tells_how_to_ask(document: dict[str, Any]) -> None:
    known = dict(operations(document))
    named = {operation["operationId"]: operation for operation in known.values()}
    for source, targets in LINKS.items():
        made = {
            target: link
            for status, response in named[source]["responses"].items()
            if status.startswith("2")
            for target, link in response.get("links", {}).items()
        }
        assert set(made) == set(targets), source
    link = named["propose_refusal"]["responses"]["200"]["links"]["decide_refusal"]
    assert link["parameters"] == {
        "request_id": "$request.path.request_id",
        "item_id": "$request.path.item_id",
        "header.If-Match": "$response.header.ETag",
    }
    received = named["receive_message"]["responses"]["201"]["links"]["show_request"]
    assert received["parameters"] == {"request_id": "$response.body#/request_id"}


def test_a_version_is_handed_on_only_to_what_has_the_same(document: dict[str, Any]) -> None:
    named = {operation["operationId"]: operation for _, operation in operations(document)}
    links = named["prepare_export"]["responses"]["201"]["links"]
    assert (
        "header.If-Match" in links["offer_export"]["parameters"]
        or "header.If-Match" not in links["hand_over_export"]["parameters"]
    )
    assert "header.If-Match" not in links["hand_over_export"]["parameters"]


def test_two_enumerations_of_one_name_are_refused() -> None:
    fields = {"one": {"type": "string", ENUMERATION: Channel}, "two": {"type": "string", ENUMERATION: _another()}}
    with pytest.raises(LookupError, match="two enumerations are called Channel"):
        name_enumerations({"components": {"schemas": {"Some": {"properties": fields}}}})


def _another() -> type[StrEnum]:
    class Channel(StrEnum):
        TUNNEL = "tunnel"

    return Channel


@pytest.mark.parametrize("cursor", ["a b", "x=", "%2B", "ä"])
def test_a_cursor_that_is_none_is_refused_by_its_pattern(team: Team, cursor: str) -> None:
    problem = team.refused(team.get("/requests", query_string={"cursor": cursor}), 422, "input-invalid")
    assert problem["errors"] == [{"parameter": "cursor", "detail": "Send `next` of the previous page, unchanged."}]


def test_questions_have_patterns_and_no_null(document: dict[str, Any]) -> None:
    for route, operation in operations(document):
        for parameter in operation.get("parameters", []):
            schema = parameter["schema"]
            assert "null" not in str(schema), f"{route}: nobody can send null in a query string"
            if parameter["name"] == "cursor":
                assert schema["pattern"] == "^[A-Za-z0-9_-]+$"
            if parameter["name"] in ("as_of", "received_at"):
                assert re.fullmatch(schema["pattern"], "2026-03-05T10:00:00+01:00")
                for wrong in ("2026-03-05T10:00:00", "1989-03-05T10:00:00Z", "2201-03-05T10:00:00Z"):
                    assert re.fullmatch(schema["pattern"], wrong) is None, wrong


def test_headers_of_commands_have_the_patterns_by_which_they_are_read(document: dict[str, Any]) -> None:
    parameters = {
        each["name"]: each["schema"]
        for _, operation in operations(document)
        for each in operation.get("parameters", [])
    }
    for right, wrong in (('"1"', '"0"'), ('"999999999"', '"1000000000"')):
        assert re.fullmatch(parameters["If-Match"]["pattern"], right)
        assert not re.fullmatch(parameters["If-Match"]["pattern"], wrong)
    assert re.fullmatch(parameters["Idempotency-Key"]["pattern"], "4f1c-~!")
    assert not re.search(parameters["Idempotency-Key"]["pattern"], "a b")


@pytest.mark.parametrize("typed", ["DSR-7KQ4-M2XN", "dsr 7kq4 m2xn", "7KQ4M2XN"])
def test_a_reference_is_written_in_the_document_as_people_type_it(document: dict[str, Any], typed: str) -> None:
    field = document["components"]["schemas"]["SearchBody"]["properties"]["reference"]
    assert re.search(field["pattern"], typed)
    assert not re.search(field["pattern"], "DSR-0000-M2XN")
    assert reference_in(typed) == "DSR-7KQ4-M2XN"
