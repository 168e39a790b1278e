"""Requests that Schemathesis makes of the OpenAPI document, and what every answer to one has to hold."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from uuid import uuid4

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, CheckFunction, GenerationMode, Response, checks
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from tests.api.document import document
from tests.api.team import mail
from tests.proving import PROVES, in_ci

PROMISES: Final = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
)
"""What an answer has to hold, whatever was asked."""

UNSAYABLE: Final = (
    "Give one of email, phone, name, identifier, reference.",
    "Name the letter by its `dispatch_id` or by its `version`.",
    "This lies before `received_from`.",
    "Ask for one assignee, or for unassigned requests.",
    "Use words of letters and digits, with single spaces or hyphens between.",
    "This is not a statement that a letter can make.",
    "A text can't hold the character NUL.",
    "Ask for a reference without any filter.",
    "A letter leaves by `email` or by `post`.",
)
"""Rules about several fields, about letters of all languages, and about statements: the document tells them in words.

A pattern for texts without NUL would be right, but tools take minutes over one that is 100,000 characters long.
"""

WRONG_IN_FORM: Final = frozenset({"input-invalid", "request-malformed", "precondition-malformed"})

Generated = Case[Any]
"""One request."""

Made = APIOperation[Any, Any, Any, Any]
"""One operation of the document."""

schemathesis.openapi.media_type("message/rfc822", st.text().map(mail))
schemathesis.openapi.media_type("application/yaml", st.binary())


@dataclass(frozen=True)
class Link:
    """Where an answer leads."""

    operation_id: str
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """A request that was answered, and where it leads."""

    operation_id: str
    path: Mapping[str, str]
    answer: Response
    links: tuple[Link, ...]
    is_plain: bool
    """It asked for nothing but what the link said."""

    def value(self, expression: str) -> str:
        """What a runtime expression of OpenAPI says; empty where the answer has no such thing."""
        if expression.startswith("$request.path."):
            return self.path[expression.removeprefix("$request.path.")]
        if expression == "$response.header.ETag":
            return (self.answer.headers.get("etag") or [""])[0]
        found = self.answer.json()
        for name in expression.removeprefix("$response.body#/").split("/"):
            if isinstance(found, list):
                found = found[int(name)] if int(name) < len(found) else None
            elif found is not None:
                found = found.get(name)
        return "" if found is None else str(found)


@dataclass
class GeneratedRequests:
    """Makes requests for an application, sends them, and counts."""

    app: Flask
    statuses: Counter[int] = field(default_factory=Counter)
    _made: dict[str, list[Generated]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.document = deepcopy(document())  # of its own: schemathesis may change it
        schema = schemathesis.openapi.from_dict(self.document)
        refuses = schema.config.checks.negative_data_rejection
        refuses.expected_statuses = [*refuses.expected_statuses, "413"]
        found = (each.ok() for each in schema.get_all_operations() if isinstance(each, Ok))
        self.operations: dict[str, Made] = {each.definition.raw["operationId"]: each for each in found}

    def for_each(
        self, operation: Made, mode: GenerationMode, use: Callable[[Generated], object], *, count: int
    ) -> None:
        """Use so many requests of an operation, or fewer where there are no more: others each time, where it proves."""

        @settings(
            max_examples=count,
            phases=[Phase.generate],
            deadline=None,
            database=None,
            derandomize=not PROVES,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def each(case: Generated) -> None:
            use(case)

        try:
            each()
        except Unsatisfiable:  # nothing of it can be wrong
            assert mode is GenerationMode.NEGATIVE, operation.label

    def send(self, case: Generated, headers: Mapping[str, str], further: Sequence[CheckFunction] = ()) -> Response:
        """Send a request; its answer holds what the document promises, and what `further` checks ask for."""
        response = case.call(app=self.app, headers=dict(headers), environ_base={"REMOTE_ADDR": _network()})
        self.statuses[response.status_code] += 1
        case.validate_response(response, checks=[*PROMISES, *further], headers=dict(headers))
        return response

    def as_its_example(self, operation_id: str, token: Callable[[str], str]) -> Step:
        """Make something as the example of the document makes it."""
        operation = self.operations[operation_id]
        return self._taken(operation.Case(body=self._example(operation), media_type="application/json"), {}, token)

    def follow(self, step: Step, link: Link, random: Random, token: Callable[[str], str]) -> Step:
        """Send what a link leads to, with a body of the example or one that was generated."""
        operation = self.operations[link.operation_id]
        made = random.choice(self._some(operation))
        values = {name: step.value(expression) for name, expression in link.parameters.items()}
        if_match = values.pop("header.If-Match", "")
        is_example = made.media_type == "application/json" and self._example(operation) and random.random() < 0.5
        case = operation.Case(
            path_parameters={**made.path_parameters, **{name: it for name, it in values.items() if it}},
            headers=made.headers,
            query=made.query,
            body=self._example(operation) if is_example else made.body,
            media_type=made.media_type,
        )
        return self._taken(case, {"If-Match": if_match} if if_match else {}, token)

    def _some(self, operation: Made) -> list[Generated]:
        """Requests of an operation, generated once."""
        if operation.label not in self._made:
            made: list[Generated] = []
            self.for_each(operation, GenerationMode.POSITIVE, made.append, count=in_ci(1, proving=40))
            self._made[operation.label] = made
        return self._made[operation.label]

    def _example(self, operation: Made) -> Any:
        content = operation.definition.raw.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("example")

    def _taken(self, case: Generated, headers: dict[str, str], token: Callable[[str], str]) -> Step:
        raw = case.operation.definition.raw
        if (role := _one_of(raw["x-roles"])) is not None:
            headers["Authorization"] = f"Bearer {token(role)}"
        if any(each["name"] == "Idempotency-Key" for each in raw["parameters"]):
            headers["Idempotency-Key"] = str(uuid4())
        answer = self.send(case, headers)
        said = raw["responses"].get(str(answer.status_code), {}).get("links", {}) if answer.status_code < 300 else {}
        links = tuple(Link(each["operationId"], each["parameters"]) for each in said.values())
        is_plain = not case.query and not isinstance(case.body, dict)
        return Step(raw["operationId"], case.path_parameters, answer, links, is_plain)

    @property
    def counted(self) -> str:
        """How many requests got which status."""
        told = ", ".join(f"{number} × {status}" for status, number in sorted(self.statuses.items()))
        return f"{self.statuses.total()} requests: {told}"


def refusals_of_form(response: Response) -> list[str]:
    """Why a request was refused that the document allows, but for the rules that it tells in words."""
    if response.status_code not in (400, 415, 422):
        return []
    problem = response.json()
    if problem["code"] not in WRONG_IN_FORM:
        return []
    told = [each["detail"] for each in problem["errors"]] or [problem["detail"]]
    return [each for each in told if each not in UNSAYABLE]


def is_lost(step: Step, link: Link, answer: Step) -> bool:
    """Whether a link led by ids of the answer to where there is nothing, although nothing else was asked for."""
    by_answer = [it for name, it in link.parameters.items() if "." not in name]
    return answer.answer.status_code == 404 and answer.is_plain and all(map(step.value, by_answer))


def _one_of(roles: Sequence[str]) -> str | None:
    """Who asks: a handler where one may."""
    if "anyone" in roles:
        return None
    return "handler" if "handler" in roles else roles[0]


def _network() -> str:
    """Of somebody who has all tries of codes and links."""
    number = uuid4().int
    return f"198.{18 + number % 2}.{number // 2 % 256}.{number // 512 % 254 + 1}"
