"""What the pages show, and what can be done there."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest

from dsr.api.my.words import LANGUAGES, SiteLanguage
from dsr.api.views import SubjectItemView
from dsr.catalogues import Domain, languages_of
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import Outcome
from dsr.domain.rights import Right
from dsr.mailbox.language import OFFICIAL_LANGUAGES
from tests.api.my.texts import pages_in
from tests.api.team import Team


def seen_anew(team: Team, case: Any) -> Any:
    """The case as it is now: signing in is an event, too."""
    case.etag = team.get(f"/requests/{case.id}").headers["ETag"]
    return case


def test_every_code_has_its_text() -> None:
    keys = pages_in("en").keys()
    assert {f"right.{each}" for each in Right} == {each for each in keys if each.startswith("right.")}
    assert {f"outcome.{each}" for each in Outcome} == {each for each in keys if each.startswith("outcome.")}
    states = SubjectItemView().fields["state"].metadata["enum"]
    assert {f"state.{each}" for each in states} == {each for each in keys if each.startswith("state.")}


def test_status_and_due_date_are_in_the_language_that_the_browser_prefers(
    team: Team, make_person: Any, reference: Any
) -> None:
    person = make_person()
    person.sign_in(reference(team.registered("access")))
    for language in LANGUAGES:
        person.language = language
        shown = person.open("/my/request")
        assert f'<html lang="{language}">' in shown.text
        assert shown.headers["Content-Language"] == language
        assert SiteLanguage(language).day(date(2026, 4, 4)) in shown.text
        assert pages_in(language)["right.access"] in unescape(shown.text)


def test_the_pages_speak_the_official_languages_of_the_union_and_those_of_letters() -> None:
    assert set(LANGUAGES) == set(languages_of(Domain.LETTERS)) == set(languages_of(Domain.PACKAGES))
    assert set(LANGUAGES) >= set(OFFICIAL_LANGUAGES)


def test_a_language_chosen_by_link_stays(team: Team, person: Any, reference: Any) -> None:
    person.sign_in(reference(team.registered("access")))
    assert '<html lang="de">' in person.open("/my/request?language=de").text
    assert '<html lang="de">' in person.open("/my/request").text
    assert '<html lang="de">' in person.open("/my/request?language=xx").text


def test_what_was_decided_is_not_shown_before_its_letter_left(team: Team, person: Any, reference: Any) -> None:
    case = team.registered("access")
    team.search(case, "access")
    team.done(case, "items/access/nothing-held", {})
    words = pages_in("en")
    shown = person.sign_in(reference(case))
    assert words["state.in-progress"] in shown.text
    assert words["state.nothing-held"] not in shown.text


@pytest.mark.parametrize(
    ("name", "body", "kind"),
    [
        (
            "identity-question",
            {"doubt": "Another address than the one we know.", "method": "call-back"},
            "identity",
        ),
        ("clarification", {"quantity": "Forty thousand calls."}, "clarification"),
    ],
)
def test_the_page_says_what_we_wait_for_once_the_question_left(
    team: Team, person: Any, reference: Any, *, name: str, body: dict[str, Any], kind: str
) -> None:
    case = team.registered("access")
    words = pages_in("en")
    assert words["request.nothing_waits"] in person.sign_in(reference(case)).text.replace("&#39;", "'")
    team.done(seen_anew(team, case), name, body)
    assert words[f"waiting.{kind}"] not in person.open("/my/request").text
    team.done(seen_anew(team, case), "answers", team.letter(LetterKind(name)))
    shown = person.open("/my/request").text
    assert words[f"waiting.{kind}"] in shown
    assert words["request.provisional"] in shown


@pytest.mark.parametrize("language", ["en", "de", "el", "ja"])
def test_the_page_repeats_what_was_asked_since_when_and_how_to_answer(
    team: Team, make_person: Any, reference: Any, language: str
) -> None:
    # given
    case = team.registered("access")
    person, words = make_person(language=language), pages_in(language)
    shown = person.sign_in(reference(case)).text
    assert "<blockquote" not in shown
    # when
    by_telephone = {"question": "Which of the three <accounts>?", "put_by": "telephone"}
    team.done(seen_anew(team, case), "questions", by_telephone)
    team.done(seen_anew(team, case), "questions", {"question": "Is it about the call of May?"})
    # then
    shown = unescape(person.open("/my/request").text)
    day = SiteLanguage(language).local_day(team.clock.now(), "Europe/Berlin")
    assert words["waiting.question"] % {"day": day} in shown
    assert "Which of the three <accounts>?" in shown
    assert "the call of May" not in shown, "its letter has not left"
    mailbox = re.search(r"mailto:([^\"]+)", shown)
    assert mailbox is not None
    assert words["waiting.question_how"] % {"mailbox": mailbox[1], "reference": reference(case)} in shown
    # when
    [question, _] = team.get(f"/requests/{case.id}/questions").get_json()["items"]
    team.done(seen_anew(team, case), f"questions/{question['question_id']}/answer", {"answer": "The second."})
    # then
    assert "<blockquote" not in person.open("/my/request").text


def test_the_authority_is_named_with_address_and_website(team: Team, person: Any, reference: Any) -> None:
    shown = person.sign_in(reference(team.registered("access"))).text
    assert "Berliner Beauftragte" in shown
    assert re.search(r'href="https://www\.datenschutz-berlin\.de/?"', shown)
    assert "Berlin" in shown


def test_taking_back_a_part_is_asked_twice_and_leaves_the_rest(team: Team, person: Any, reference: Any) -> None:
    case = team.registered("access", "erasure")
    person.sign_in(reference(case))
    person.open("/my/withdrawal")
    asked = person.send("/my/withdrawal/confirmation", part="access")
    assert pages_in("en")["right.access"] in asked.text
    assert team.get(f"/requests/{case.id}").get_json()["items_open"] == 2, "nothing was taken back yet"
    assert person.send("/my/withdrawal", part="access").status_code == 303
    items = {each["item_id"]: each["status"] for each in team.get(f"/requests/{case.id}").get_json()["items"]}
    assert items == {"access": "withdrawn", "erasure": "open"}
    assert pages_in("en")["withdrawal.done"] in person.open("/my/request?done=withdrawal").text


def test_taking_back_all_that_is_left_closes_the_request(team: Team, person: Any, reference: Any) -> None:
    case = team.registered("access", "erasure")
    person.sign_in(reference(case))
    person.send("/my/withdrawal", part=["access", "erasure"])
    assert team.get(f"/requests/{case.id}").get_json()["outcome"] == "withdrawn"
    assert pages_in("en")["outcome.withdrawn"] in person.open("/my/request").text
    assert pages_in("en")["withdrawal.nothing"] in person.open("/my/withdrawal").text


def test_a_request_that_nobody_has_read_yet_can_be_taken_back(team: Team, person: Any, reference: Any) -> None:
    case = team.arrived()
    person.sign_in(reference(case))
    assert person.send("/my/withdrawal", part="request").status_code == 303
    assert team.get(f"/requests/{case.id}").get_json()["outcome"] == "withdrawn"


@pytest.mark.parametrize("path", ["withdrawal", "withdrawal/confirmation"])
def test_nothing_is_taken_back_unless_it_is_named(team: Team, person: Any, reference: Any, path: str) -> None:
    person.sign_in(reference(team.registered("access")))
    parts: tuple[list[str] | str, ...] = ([], "erasure", "request")
    for part in parts:
        answer = person.send(f"/my/{path}", part=part)
        assert answer.status_code == 422
        assert pages_in("en")["withdrawal.choose"] in answer.text


def test_what_was_decided_already_is_not_taken_back(team: Team, person: Any, reference: Any) -> None:
    case = team.registered("access", "erasure")
    team.search(case, "access")
    team.done(case, "items/access/nothing-held", {})
    person.sign_in(reference(case))
    answer = person.send("/my/withdrawal", part="access")
    assert answer.status_code == 409
    assert pages_in("en")["withdrawal.refused"] in answer.text


def test_consent_is_withdrawn_at_once(team: Team, person: Any, reference: Any) -> None:
    case = team.registered("access")
    person.sign_in(reference(case))
    assert pages_in("en")["consent.intro"] in person.open("/my/consent").text
    assert person.send("/my/consent").status_code == 303
    items = [each["right"] for each in team.get(f"/requests/{case.id}").get_json()["items"]]
    assert items == ["access", "consent-withdrawal"]


def test_how_a_closed_request_ended_is_still_shown(team: Team, person: Any, reference: Any) -> None:
    case = team.registered("access")
    team.search(case, "access")
    team.done(case, "items/access/nothing-held", {})
    team.done(case, "answers", team.letter(LetterKind.ACCESS, "access"))
    team.done(case, "closing", {})
    shown = person.sign_in(reference(case)).text
    assert pages_in("en")["request.closed"] in shown
    assert pages_in("en")["state.nothing-held"] in shown


@pytest.mark.parametrize("path", ["/my", "/my/request", "/my/withdrawal", "/my/consent"])
def test_pages_run_no_script_and_load_nothing_from_elsewhere(
    team: Team, person: Any, reference: Any, path: str
) -> None:
    told = reference(team.registered("access"))
    first = person.open("/my")
    person.sign_in(told)
    page = first if path == "/my" else person.open(path)
    assert page.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    )
    assert page.headers["Cache-Control"] == "no-store"
    assert "<script" not in page.text
    assert " style=" not in page.text
    assert re.findall(r'(?:src|<link[^>]*href)="([^"]*)"', page.text) == ["/my/style.css"]
    assert told not in "".join(re.findall(r'href="([^"]*)"', page.text))


def test_what_a_visitor_typed_is_shown_as_text(person: Any) -> None:
    shown = person.ask_for_code('"><script>alert(1)</script>').text
    assert "<script" not in shown


def test_errors_are_pages_too(person: Any) -> None:
    for answer in (person.open("/my/request"), person.open("/my/consent?x=1"), person.send("/my/code")):
        assert answer.mimetype == "text/html"
        assert answer.status_code in (401, 403)
