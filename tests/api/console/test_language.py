"""The language of the console: who chooses it, and how long the choice holds."""

from uuid import uuid4

import pytest
from markupsafe import escape

from dsr.api.console.language import LANGUAGES, translations
from dsr.domain.roles import Role
from tests.api.colleague import signed_in
from tests.api.console.test_commands import give
from tests.api.team import Team


def test_a_page_is_in_the_language_that_was_chosen_else_in_the_browsers_else_in_english(team: Team) -> None:
    # given
    carla = signed_in(team, "carla", Role.HANDLER)

    def language(path: str = "/console/queue", asked_for: str = "fr-CA, de;q=0.5") -> str | None:
        carla.language = asked_for
        said = carla.open(path).headers["Content-Language"]
        assert f'<html lang="{said}">' in carla.text
        return said

    # when the browser asks for a language, then the first that the console has is taken
    assert [language(asked_for=each) for each in ("pl", "it, es;q=0.1", "it, fi")] == ["pl", "es", "en"]
    # when another is chosen at the foot of a page
    language("/console/queue?status=closed&sort=due")
    for each, name in LANGUAGES.items():
        here = "/console/queue?status=closed&amp;sort=due"
        assert f'<a href="{here}&amp;page_language={each}" hreflang="{each}" lang="{each}"' in carla.text
        assert f">{name}</a>" in carla.text
    answer = carla.open("/console/queue?status=closed&sort=due&page_language=de")
    # then it leads back to the page as it was, and stays, on pages of errors too
    assert (answer.status_code, answer.location) == (303, "/console/queue?status=closed&sort=due")
    assert [language(), language("/console/cases/00000000-0000-4000-8000-000000000000")] == ["de", "de"]
    # and one that the console does not have changes nothing
    assert carla.open("/console?page_language=it").location == "/console"
    assert language() == "de"
    # nor does a link that somebody else made lead anywhere else
    assert carla.open("/console/queue?page_language=de&next=//evil.example").location == (
        "/console/queue?next=%2F%2Fevil.example"
    )


def test_a_case_explains_its_date_and_its_refusals_in_the_language_of_the_page(team: Team) -> None:
    # given
    case = team.registered("access")
    carla = signed_in(team, "carla", Role.HANDLER)
    carla.language = "de"
    # when
    text = carla.open(f"/console/cases/{case.id}").text
    # then
    why = text.partition('<details class="why">')[2].partition("</details>")[0]
    assert "Der Antrag ging am 5. März 2026 ein (Europe/Berlin)" in why
    assert "5. Apr. 2026 ist ein Sonntag, daher endet die Frist am nächsten Arbeitstag." in why
    assert "Art. 12 Abs. 3 DSGVO" in why
    assert 'lang="en"' not in why
    assert "Entscheiden Sie zuerst über „Auskunft“, dann antworten Sie." in text
    # and what has no translation says that it is English
    refused = carla.send(f"/console/cases/{case.id}/do/examine_messages", message_ids="x").text
    assert '<span lang="en">' in refused


def test_refusals_on_pages_of_no_case_are_in_the_language_of_the_reader(team: Team) -> None:
    # given
    carla, oona = signed_in(team, "carla", Role.HANDLER), signed_in(team, "oona", Role.OPERATOR)
    refused = [
        (carla, f"/console/cases/{uuid4()}"),
        (carla, f"/console/letters/{uuid4()}"),
        (carla, f"/console/matters/{uuid4()}"),
        (carla, "/console/audit"),
        (carla, "/console/quarantine?cursor=none"),
        (carla, f"/console/quarantine/{uuid4()}/do/discard_quarantined"),
        (oona, "/console/team/nobody"),
        (oona, "/console/staff/nobody/do/change_roles"),
        (oona, "/console/record/99"),
        (oona, "/console/controllers/nobody/do/rotate_log_key"),
    ]
    english = {}
    for who, path in refused:
        for language in ("de", "fr", "es", "pl"):
            # when
            who.language = language
            answer = who.open(path)
            # then
            assert answer.status_code >= 400, path
            said = answer.text.partition("<body")[2].partition("<footer")[0]
            if 'lang="en"' in said:
                english[path, language] = said
    assert english == {}


@pytest.mark.parametrize("language", ["de", "fr", "es", "pl"])
def test_a_refusal_with_a_sentence_of_its_own_begins_with_that_of_its_kind(team: Team, language: str) -> None:
    # given
    carla, case = signed_in(team, "carla", Role.HANDLER), team.registered("access")
    carla.language = language
    own = "A refusal covers either a part or everything that is asked: choose one of the two."
    kind = "This ground does not exist for this right, or a condition of the law for it is not met."
    # when
    refused = give(
        carla,
        case,
        "propose_refusal",
        query="?item_id=access",
        ground="manifestly-excessive",
        reasons="Each week.",
        in_part="true",
        covers_all="true",
    )
    # then
    assert refused.status_code == 409
    assert kind not in refused.text
    translated = escape(translations(language).gettext(kind))
    assert translated != kind
    assert f'{translated} <span lang="en">{own}</span>' in refused.text
