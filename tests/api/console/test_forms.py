"""Forms drawn from the schemas of commands: what a program can send, a form can send."""

import json
from typing import Any

from flask import Flask
from werkzeug.datastructures import MultiDict

from dsr.api.console.forms import values_of
from dsr.api.console.operations import COMMANDS
from dsr.api.examples import examples
from tests.api.team import Team

ZONE = "Europe/Berlin"
LINES = ("statements",)
"""Fields in which each line begins with a code."""


def typed(value: Any, name: str = "") -> list[tuple[str, str]]:
    """A body as somebody types it into the fields of a form."""
    if name in LINES:
        return [(name, "\n".join(f"{code}: {_text(said)}" for code, said in value.items()))]
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in typed(inner, f"{name}.{key}" if name else key)]
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [pair for number, inner in enumerate(value) for pair in typed(inner, f"{name}.{number}")]
    if isinstance(value, list):
        return [(name, _text(inner)) for inner in value]
    return [] if value is None else [(name, _text(value))]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def commands(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = app.extensions[COMMANDS]
    return found


def test_a_form_sends_what_a_program_sends(team: Team) -> None:
    differ = []
    for name, command in commands(team.app).items():
        sent = examples().get(name, {}).get("request")
        if not isinstance(sent, dict):
            continue
        schema = command.body()
        if schema.load(values_of(schema, MultiDict(typed(sent)), ZONE)) != schema.load(sent):
            differ.append(name)
    assert differ == []
