"""Refusals of daily work on a German page: all that they say is German, with the right, ground, letter or day of the
case; the English sentence of the rule is seen on an English page only.
"""

import ast
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import marshmallow
import pytest

from dsr.api.console.daily_refusals import DAILY
from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.console.test_commands import give, give_at
from tests.api.console.test_data import RECORDS, send
from tests.api.console.test_newcomers import ORDER
from tests.api.team import Team

DSR = Path(__file__).parents[3] / "dsr"
SOURCES = (DSR / "api", DSR / "desk", DSR / "domain", DSR / "exports", Path(marshmallow.__file__).parent)
GERMAN = "de"


@pytest.fixture
def carla(team: Team) -> Colleague:
    carla = signed_in(team, "carla", Role.HANDLER)
    carla.language = GERMAN
    return carla


def said(page: str) -> str:
    """What a page says where it refuses, as it is read."""
    alerts = re.findall(r'role="alert">(.*?)</(?:div|main)>', page, re.S)
    refusal = " ".join((*alerts, *re.findall(r'class="wrong"[^>]*>(.*?)</p>', page, re.S)))
    assert refusal
    assert '<span lang="en">' not in refusal, refusal
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", refusal)).split())


REFUSING: dict[str, Any] = {"reasons": "So steht es im Gesetz.", "facts": "Die Rechnungen von 2024."}
EXCESS = REFUSING | {"ground": "manifestly-excessive"}

FORMS: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "a missing field": ("access", "add_note", {}, "Dieses Feld fehlt."),
    "a missing choice": (
        "access",
        "record_misdelivery",
        {"account": "Ein fremder Brief."},
        "Dieses Feld fehlt. Möglich ist: Paket, Schreiben, Passwort.",
    ),
    "a choice that there is not": (
        "access",
        "record_misdelivery",
        {"account": "Ein fremder Brief.", "what": "post"},
        "Möglich ist: Paket, Schreiben, Passwort.",
    ),
    "a wrong date": (
        "access",
        "propose_refusal",
        EXCESS | {"previous_request_on": "31.2.2026"},
        "Schreiben Sie das Datum als Jahr, Monat und Tag",
    ),
    "a wrong time": (
        "access",
        "record_misdelivery",
        {"account": "Ein fremder Brief.", "what": "letter", "noticed_at": "heute"},
        "Schreiben Sie Datum und Uhrzeit",
    ),
    "a year of long ago": (
        "access",
        "propose_refusal",
        EXCESS | {"previous_request_on": "0026-02-01"},
        "Das Jahr muss zwischen 1990 und 2200 liegen.",
    ),
    "a time in the future": (
        "access",
        "record_misdelivery",
        {"account": "Ein fremder Brief.", "what": "letter", "noticed_at": "2027-01-01T10:00"},
        "nichts liegt in der Zukunft",
    ),
    "a missing ground": (
        "erasure",
        "grant_item",
        {},
        "Nennen Sie einen Grund für die Löschung: Nicht mehr notwendig, Einwilligung widerrufen, ",
    ),
    "a ground of another right": (
        "access",
        "propose_refusal",
        REFUSING | {"ground": "legal-obligation"},
        "„Rechtliche Verpflichtung“ (Art. 17 Abs. 3 Buchst. b DSGVO) ist kein Grund, „Auskunft“ abzulehnen.",
    ),
    "a missing provision": (
        "erasure",
        "propose_refusal",
        REFUSING | {"ground": "legal-obligation"},
        "braucht den Namen der Vorschrift des Unionsrechts oder des nationalen Rechts in „Vorschrift“.",
    ),
    "a missing extent": (
        "erasure",
        "propose_refusal",
        REFUSING | {"ground": "legal-obligation", "provision": "§ 147 AO"},
        "gilt nur, soweit es nötig ist",
    ),
    "an excess without a claim": (
        "access",
        "propose_refusal",
        EXCESS,
        "Nennen Sie in „Ansprüche“, was „Offenkundig exzessiv“ trägt: Wiederholt, Missbräuchlich.",
    ),
    "repetition alone": (
        "access",
        "propose_refusal",
        EXCESS | {"claims": "repetitive", "previous_request_on": "2026-02-01"},
        "Wiederholung allein macht einen Antrag nicht exzessiv.",
    ),
    "an unfinished search": ("access", "find_nothing_held", {}, "Einige Systeme der Suchliste sind noch offen."),
    "an end before the decision": (
        "access",
        "close_request",
        {},
        "Noch zu entscheiden oder auszuführen: Auskunft.",
    ),
    "an identity that nobody asked for": (
        "access",
        "close_request",
        {"unidentified": "true"},
        "wenn nach der Identität gefragt wurde; das ist nicht geschehen.",
    ),
    "a letter without its rights": (
        "access",
        "prepare_dispatch",
        {"kind": "access"},
        "Eine Antwort nennt in „Recht des Antrags“ die Rechte, die sie beantwortet.",
    ),
    "a stale version": ("access", "add_note", {"note": "Sie rief an.", "version": 1}, "während Sie schrieben"),
}
"""What is wrong: the right that was asked for, the form, what was typed, and what the page says."""


@pytest.mark.parametrize("wrong", FORMS)
def test_a_form_says_in_german_what_is_wrong(team: Team, carla: Colleague, wrong: str) -> None:
    right, command, typed, expected = FORMS[wrong]
    case = team.registered(right)
    answer = give(carla, case, command, query=f"?item_id={right}", **typed)
    assert answer.status_code in (409, 412, 422), answer.text
    assert expected in said(answer.text)


def test_a_closed_case_says_in_german_why_nothing_can_be_done(team: Team, carla: Colleague) -> None:
    case = team.registered("access")
    team.done(case, "withdrawal", {"confirmed": True})
    shown = carla.open(f"/console/cases/{case.id}").text
    assert shown
    assert '<span lang="en">' not in shown.partition('class="not-now"')[2].partition("</details>")[0]


def test_a_case_says_in_german_what_is_not_possible_now_and_why(team: Team, carla: Colleague) -> None:
    for case in (team.registered("access", "erasure"), team.granted("access"), team.collected()):
        shown = carla.open(f"/console/cases/{case.id}").text.partition('class="not-now"')[2].partition("</details>")[0]
        assert "<dd>" in shown
        assert re.findall('<span lang="en">(.*?)</span>', shown) == []


def test_the_role_that_is_needed_is_named_in_german(team: Team, carla: Colleague) -> None:
    refused = carla.open(f"/console/cases/{team.registered('access').id}/do/decide_refusal")
    assert refused.status_code == 403
    assert "Das braucht eine der Rollen: Freigebende Person." in said(refused.text)


def test_four_eyes_speak_german(team: Team, make_refusal: Any) -> None:
    # given
    case = team.registered("erasure")
    ada = signed_in(team, "ada", Role.HANDLER, Role.APPROVER)
    ada.language = GERMAN
    team.done(case, "items/erasure/refusal", make_refusal(), "ada")
    # when
    refused = give(ada, case, "decide_refusal", query="?item_id=erasure", approve="true")
    # then
    assert refused.status_code == 409
    assert "Wer das vorgeschlagen hat" in said(refused.text)


def test_a_file_beyond_the_limit_names_the_limit_in_german(
    team: Team, carla: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(team.service.desk.collection, "_max_upload_bytes", 3 << 19)
    large = b"nummer\n" + b"1234567\n" * (1 << 18)
    refused = send(carla, team.granted("access"), "records", file=(large, "anrufe.csv"), **RECORDS)
    assert refused.status_code == 413
    assert "Die Datei ist größer als 1,5 MiB" in said(refused.text)


def test_a_reference_that_nobody_has_is_named_in_german(team: Team, carla: Colleague) -> None:
    refused = give_at(carla, "/console", "open_authority_letter", **ORDER, request_ids="DSR-7KQ4-M2XN")
    assert refused.status_code == 404
    assert "Einen Antrag mit diesem Aktenzeichen gibt es in Ihrem Bereich nicht." in said(refused.text)


# The sentences ----------------------------------------------------------------------------------------------------


def made() -> Iterator[re.Pattern[str]]:
    """What rules, forms and the library of forms say in English: each text in their code, with any value where one is
    written in.
    """
    for path in (each for folder in SOURCES for each in folder.rglob("*.py") if "console" not in each.parts):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts = [node] if isinstance(node, ast.Constant) else node.values if isinstance(node, ast.JoinedStr) else []
            texts = [each.value if isinstance(each, ast.Constant) else None for each in parts]
            if sum(len(each) for each in texts if isinstance(each, str)) > 15:
                said = "".join("{}" if each is None else str(each) for each in texts)
                yield re.compile(".+".join(map(re.escape, re.split(r"\{\w*\}", said))), re.S)


def test_each_sentence_is_one_that_a_rule_makes() -> None:
    patterns = list(made())
    said = [re.sub(r"%\(\w+\)s", "x", each) for each in DAILY]
    assert said
    assert [each for each in said if not any(pattern.fullmatch(each) for pattern in patterns)] == []
