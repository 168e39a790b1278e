"""No English is left on a page in another language: each word of ours is translated, or is marked as English."""

import re
from gettext import NullTranslations
from html.parser import HTMLParser
from importlib.resources import files
from typing import Final

import pytest
from babel import Locale

from dsr.domain.roles import Role
from tests.api.routes import routes
from tests.api.team import Team
from tests.api.test_matters import complained

LETTERS: Final = r"[^\W\d_]{2,}"
TEMPLATES: Final = files("dsr.api.console").joinpath("templates", "console")
LAW: Final = re.compile(r"GDPR|DSGVO|Reg\. \(EEC\)|Art\.|Abs\.|lit\.|Buchst\.|PDF|CSV|XLSX|SHA-256")
REFERENCE: Final = re.compile(r"\b(DSR-…|dsr\.[a-z.]+|[A-Z]+-[A-Z0-9]{4}-[A-Z0-9]{4})")


class Bracketed(NullTranslations):
    """Says each message in brackets, which tell its words from those that nobody marked."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧"


class Unmarked(HTMLParser):
    """What a page says outside brackets, in texts and in the attributes that are read out."""

    _VOID: Final = frozenset({"meta", "link", "input", "br", "img", "rect", "path", "hr", "source"})
    _OF_OTHERS: Final = frozenset({"code", "kbd", "textarea", "pre"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._within: list[bool] = []
        self._depth = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        for name in ("aria-label", "title", "placeholder"):
            self._note(said.get(name) or "")
        if tag not in self._VOID:
            is_marked = tag != "html" and ("lang" in said or said.get("dir") == "auto")
            self._within.append(is_marked or tag in self._OF_OTHERS)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._VOID and self._within:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        outside, self._depth = unbracketed(data, self._depth)  # a sentence with code in it is one message
        if not any(self._within):
            self._found_in(outside)

    def _note(self, text: str) -> None:
        self._found_in(unbracketed(text)[0])

    def _found_in(self, text: str) -> None:
        text = LAW.sub(" ", REFERENCE.sub(" ", text))
        if re.search(LETTERS, text):
            self.found.append(" ".join(text.split()))


def unbracketed(text: str, depth: int = 0) -> tuple[str, int]:
    """What stands outside brackets, and how many are open at the end; `depth` are open at the beginning."""
    kept = []
    for each in text:
        depth += each == "⟦"
        kept.append(" " if depth else each)
        depth -= each == "⟧"
    return "".join(kept), depth


def test_no_page_says_a_word_that_nobody_marked(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    # given pages full of what they can show, for everybody whom they are for
    case, letter = team.registered("access", "erasure"), team.mailed()
    cleo = team.enrol("cleo", Role.HANDLER, Role.APPROVER)
    matter = complained(team).get_json()["matter_id"]
    draft = team.done(case, "dispatches", {"kind": "acknowledgement"}, key="a-letter")["dispatch_id"]
    team.done(case, "extension", {"ground": "complexity", "reasons": "Forty systems are searched."})
    proposed = str(team.get("/decisions?kind=extension").get_json()["items"][0]["version"])
    # when each message stands in brackets, and sentences of the interface have no translation
    monkeypatch.setattr("dsr.api.console.language.translations", lambda language: Bracketed())
    for name in ("translation_of", "_with_values"):
        monkeypatch.setattr(f"dsr.api.console.interface_words.{name}", lambda text: "")
    left, shown, data = {}, 0, _data(team)
    for route, (rule, said) in routes(team.app).items():
        if not said.page or not route.startswith("GET ") or rule.rule.endswith((".csv", ".ics", ".xlsx")):
            continue
        by_place = {"/triage/": letter.id, "/matters/": matter, "/letters/": draft}
        about = next((by_place[part] for part in by_place if part in rule.rule), case.id)
        name = {matter: "assign_matter", draft: "edit_dispatch"}.get(about, "propose_fee")
        path = rule.rule.replace("<name>", name).replace("<int:version>", proposed).replace("<int:number>", "1")
        path = path.replace("<item_id>", "access")
        path = re.sub("<[^>]*>", "cleo" if "/team/" in path else about, path)
        roles = said.roles or frozenset()
        who = "auditor" if roles == {Role.AUDITOR} else "operator" if roles == {Role.OPERATOR} else cleo
        answer = team.client.get(path, headers={"Authorization": f"Bearer {team.token(who)}", "Accept-Language": "de"})
        if answer.status_code == 200 and answer.mimetype == "text/html":
            shown += 1
            left[route] = [each for each in Unmarked(answer.text).found if re.search(LETTERS, data.sub(" ", each))]
    # then only names and dates are outside
    assert {route: found for route, found in left.items() if found} == {}
    assert shown > 25


def _data(team: Team) -> re.Pattern[str]:
    """What colleagues called things, and what the locale says."""
    document = team.service.desk.repository.ropa.current().document
    locale = Locale.parse("de_DE")
    data = [
        *("cleo", "operator", "gdpr-basics", *(f"one-{each}" for each in Role)),
        *(each.name for each in document.controllers),
        *(each.name for each in document.systems),
        *(each.id for each in document.controllers),
        *(
            name
            for kind in locale.months.values()
            for width in ("wide", "abbreviated")
            for name in kind[width].values()
        ),
        *(name for width in ("wide", "abbreviated") for name in locale.days["stand-alone"][width].values()),
        *(name for name in locale.days["format"]["abbreviated"].values()),
        *locale.languages.values(),
        *locale.territories.values(),
    ]
    return re.compile("|".join(map(re.escape, sorted(data, key=len, reverse=True))))


def test_every_word_of_a_template_is_marked() -> None:
    left = {}
    for template in TEMPLATES.iterdir():
        text = re.sub(r"\{\{.*?\}\}|<code>.*?</code>", "\x01", template.read_text(encoding="utf-8"), flags=re.S)
        text = re.sub(
            r"\{% block page %\}.*?\{% endblock %\}|\{% set said %\}.*?\{% endset %\}|\{%.*?%\}",
            "\x01",
            text,
            flags=re.S,
        )
        attributes = re.findall(r'(?:aria-label|title|placeholder)="([^"]*)"', text)
        texts = re.split(r"<[^>]*>|\x01", text)
        found = [
            each.strip() for each in (*attributes, *texts) if re.search(LETTERS, LAW.sub("", REFERENCE.sub("", each)))
        ]
        if found:
            left[template.name] = found
    assert left == {}
