"""Forms drawn from the schemas of commands: what a program can send, a form can send."""

import json
import re
from typing import Any

from flask import Flask
from werkzeug.datastructures import MultiDict

from dsr.api.console.forms import values_of
from dsr.api.console.operations import COMMANDS
from dsr.api.examples import examples
from dsr.api.fields import Language
from dsr.catalogues import LOCALES
from dsr.domain.roles import Role
from tests.api.colleague import signed_in
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


def test_a_name_is_typed_into_one_line(team: Team) -> None:
    # when
    form = signed_in(team, "carla", Role.HANDLER).open("/console/do/enter_request").text
    # then: names and numbers have a line, texts and addresses have several
    assert re.findall(r'<input [^>]*name="(person\.[^"]+)"', form) == ["person.name", "person.email", "person.phone"]
    assert re.findall(r'<textarea [^>]*name="([^"]+)"', form) == ["person.identifiers", "person.address", "text"]


def test_a_language_is_chosen_by_its_name(team: Team) -> None:
    carla = signed_in(team, "carla", Role.HANDLER)
    for language, names in (("en", ("Bulgarian", "Greek", "Russian")), ("fr", ("Bulgare", "Grec", "Russe"))):
        # when
        form = carla.open(f"/console/do/enter_request?page_language={language}", follow_redirects=True).text
        # then: what letters are written in comes first
        [menu] = re.findall(r'<select [^>]*name="language"[^>]*>(.*?)</select>', form, re.DOTALL)
        offered = dict(re.findall(r'<option value="(..)">([^<]+)<', menu))
        assert [offered[code] for code in ("bg", "el", "ru")] == list(names)
        assert set(list(offered)[: len(LOCALES)]) == set(LOCALES)
        assert "ISO 639" not in form
        # and each hint that a field names stands there
        named = {each for ids in re.findall(r'aria-describedby="([^"]+)"', form) for each in ids.split()}
        assert named <= set(re.findall(r'id="([^"]+)"', form))
        # and it is one that programs send
        assert [code for code in offered if Language().deserialize(code) != code] == []


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
