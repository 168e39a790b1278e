"""What people type stays text, in each field of each form: markup, marks of direction, NUL, a million characters."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import quote, urlencode

import pytest
from marshmallow import Schema, fields
from werkzeug.datastructures import MultiDict

from dsr.api import create_app
from dsr.api.console.operations import COMMANDS, Command
from dsr.api.fields import Text
from dsr.bootstrap import build
from dsr.mailbox.rules_reader import RulesReader
from dsr.settings import Settings
from tests.api.colleague import Colleague
from tests.api.console.every_page import every_page, readers
from tests.api.console.test_forms import typed
from tests.api.examples import operations, prepared
from tests.api.team import Team
from tests.desk.office import Office
from tests.proving import in_ci
from tests.settable_clock import SettableClock

MARKUP: Final = "\"'></textarea></title><x-hurt onclick=hurt()><img src=x onerror=hurt()>{{7*7}}\u202e\u2066"
"""It breaks out of attributes, fields and the title, is never closed, and turns around what follows it."""

HOSTILE: Final = {"markup": MARKUP, "NUL": "a\x00b", "a million": "x" * 1_000_000}

LONGEST_ADDRESS: Final = 8_000

PLACES: Final = {
    "": "/console/do/",
    "batch_id": "/console/batches/{}/do/",
    "controller_id": "/console/controllers/{}/do/",
    "dispatch_id": "/console/letters/{}/do/",
    "export_id": "/console/packages/{}/do/",
    "identifier": "/console/staff/{}/do/",
    "matter_id": "/console/matters/{}/do/",
    "policy": "/console/policies/{}/do/",
    "quarantine_id": "/console/quarantine/{}/do/",
    "request_id": "/console/cases/{}/do/",
}
"""Where the form of a command is, by what the command is about."""


@dataclass(frozen=True)
class FormShown:
    """A form of a page, as a browser would send it."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)

    def sent_by(self, who: Colleague, name: str, value: str) -> Any:
        """The answer to the form with this value in one field."""
        typed = self.fields | {name: value}
        if self.method == "post":
            return who.send(self.action, **typed)
        return who.open(f"{self.action.partition('?')[0]}?{urlencode(typed)}"[:LONGEST_ADDRESS])

    @property
    def shape(self) -> str:
        """What it has in common with forms about something else."""
        return f"{self.method} {re.sub('[0-9a-f]{8}-[0-9a-f-]{27}', '{}', self.action)} {' '.join(self.fields)}"


class Markup(HTMLParser):
    """The forms of a page, and the typed text that became markup."""

    def __init__(self, text: str, path: str = "") -> None:
        super().__init__()
        self.path = path
        self.forms: list[FormShown] = []
        self.hurt: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append(FormShown(said.get("method", "get"), said.get("action", self.path)))
        elif tag in ("input", "select", "textarea", "button") and said.get("name") and self.forms:
            self.forms[-1].fields.setdefault(said["name"], said.get("value", ""))
        if tag == "x-hurt" or any(name.startswith("on") for name in said):
            self.hurt.append(f"{tag} {said}")


def require_inert(answer: Any, where: str) -> None:
    """No failure, no markup that somebody typed, nothing that a template computed."""
    assert answer.status_code < 500, f"{where}: {answer.text}"
    if answer.mimetype == "text/html":
        assert Markup(answer.text).hurt == [], where
        assert "49\u202e" not in answer.text, f"{where}: a template computed it"


def hostile_body(schema: Schema, body: Mapping[str, Any]) -> dict[str, Any]:
    """A lawful body, in which each free text is markup."""
    return {name: _hostile(schema.load_fields[_named(schema, name)], value) for name, value in body.items()}


def _named(schema: Schema, name: str) -> str:
    return next(each for each, known in schema.load_fields.items() if name in (each, known.data_key))


def _hostile(known: Any, value: Any) -> Any:
    if isinstance(known, fields.List):
        return [_hostile(known.inner, each) for each in value]
    if isinstance(known, fields.Nested) and isinstance(value, list):
        return [hostile_body(known.schema, each) for each in value]
    if isinstance(known, fields.Nested):
        return hostile_body(known.schema, value)
    return MARKUP if type(known) is Text and isinstance(value, str) else value


@pytest.fixture
def backend() -> str:
    """PostgreSQL, which holds no NUL."""
    return "postgresql"


def test_no_form_of_a_page_takes_hostile_input_for_anything_but_text(
    team: Team, record_property: Callable[[str, object], None]
) -> None:
    # given
    pages, who = every_page(team), readers(team)
    forms = {
        form.shape: (each.reader, form)
        for each in pages
        for form in Markup(who[each.reader].open(each.path).text, each.path).forms
    }
    answers: Counter[int] = Counter()
    for reader, form in list(forms.values())[:: in_ci(8, proving=1)]:
        for name in form.fields.keys() - {"form_token"}:
            for kind, value in HOSTILE.items():
                # when
                answer = form.sent_by(who[reader], name, value)
                # then
                require_inert(answer, f"{form.method} {form.action}: {name} {kind}")
                answers[answer.status_code] += 1
    for each in pages:
        require_inert(who[each.reader].open(each.path), each.path)
    assert answers.total() >= len(HOSTILE), "no field was tried"
    record_property("counts", f"{len(forms)} forms of {len(pages)} pages, answers: {dict(sorted(answers.items()))}")


def test_no_address_takes_hostile_input_for_anything_but_text(team: Team) -> None:
    pages, who, tried = every_page(team), readers(team), 0
    for each in pages:
        parts = each.path.partition("?")[0].split("/")
        for number in range(3, len(parts)):
            for kind, value in HOSTILE.items():
                # when
                typed = quote(value[:LONGEST_ADDRESS], safe="")
                path = "/".join([*parts[:number], typed, *parts[number + 1 :]])
                # then
                require_inert(who[each.reader].open(path), f"{each.route} {number} {kind}")
                tried += 1
    assert tried >= len(HOSTILE), "no part of an address was tried"


@dataclass(frozen=True)
class Giving:
    """A command that would be lawful now, and whoever gives it by its form."""

    team: Team
    who: str
    path: str
    typed: list[tuple[str, str]]
    """What its form sends, besides hidden fields and the body."""

    def read(self, path: str) -> Any:
        return self.team.client.get(path, headers=self._headers)

    def send(self, path: str, sent: list[tuple[str, str]]) -> Any:
        return self.team.client.post(path, data=MultiDict(sent), headers=self._headers)

    def form(self) -> FormShown:
        """As it is shown now."""
        answer = self.read(self.path)
        assert answer.status_code == 200, f"{self.path}: {answer.text}"
        return next(each for each in Markup(answer.text, self.path).forms if "key" in each.fields)

    def hidden(self) -> list[tuple[str, str]]:
        found = self.form().fields
        return [(name, found[name]) for name in ("form_token", "key", "version") if name in found] + self.typed

    def require_inert_after(self, path: str) -> None:
        """What is shown after the command, and each sealed part that is opened there, stays text."""
        shown = self.read(path)
        require_inert(shown, path)
        for form in Markup(shown.text, path).forms:
            if form.action.endswith("/open"):
                versions = re.findall(r'name="versions" value="(\d+)"', shown.text)
                ticked = [("versions", each) for each in versions]
                sent = [*form.fields.items(), ("purpose", "assessment"), *ticked]
                opened = self.send(form.action, sent)
                require_inert(opened, form.action)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.team.token(self.who)}"}


def giving(name: str, team: Team) -> tuple[Giving, Command, dict[str, Any]]:
    """All that a command needs has happened; with the body of its example."""
    command: Command = team.app.extensions[COMMANDS][name]
    call = prepared(operations()[name], team, Office(team.service, team.clock))
    about = command.parameters[:1]
    place = PLACES["".join(about)].replace("{}", "".join(call.ids[: len(about)]))
    further = zip(command.parameters[len(about) :], call.ids[len(about) :], strict=True)
    typed = [(f"of.{name}", each) for name, each in further]
    return Giving(team, str(call.role), f"{place}{name}", typed), command, call.sent.get("json", {})


def test_no_command_takes_hostile_input_for_anything_but_text(
    install: Callable[[str], Settings], record_property: Callable[[str, object], None]
) -> None:
    app = create_app(build(install("sqlite"), clock=SettableClock(), reader=RulesReader()))
    names = [name for name, each in sorted(app.extensions[COMMANDS].items()) if "".join(each.parameters[:1]) in PLACES]
    answers: Counter[int] = Counter()
    taken = 0
    for name in names[:: in_ci(25, proving=1)]:
        service = build(install("sqlite"), clock=(clock := SettableClock()), reader=RulesReader())
        by, command, body = giving(name, Team(service, clock, app))
        # when one field is hostile
        hidden, schema = by.hidden(), command.body()
        lawful = typed(body)
        for field_name in {each for each, _ in hidden + lawful} | by.form().fields.keys() - {"form_token"}:
            for kind, value in HOSTILE.items():
                sent = [each for each in hidden + lawful if each[0] != field_name]
                answer = by.send(by.path, [*sent, (field_name, value)])
                # then
                require_inert(answer, f"{name}: {field_name} {kind}")
                answers[answer.status_code] += 1
        # when every free text is hostile
        answer = by.send(by.path, by.hidden() + typed(hostile_body(schema, body)))
        # then
        require_inert(answer, name)
        answers[answer.status_code] += 1
        taken += answer.status_code < 400
        by.require_inert_after(answer.location or f"{by.path.partition('/do/')[0]}")
        service.close()
    assert taken, "no command was given, so nothing was read again"
    record_property("counts", f"{len(names)} commands, answers: {dict(sorted(answers.items()))}, {taken} were given")
