"""The page of a link: it works without script, shows no secret, and no other site can send its form."""

import logging
import re
from html import unescape
from typing import Any

import pytest

from dsr.api.my.words import LANGUAGES
from tests.api.my.texts import pages_in
from tests.api.team import Team

WORDS = pages_in("en")


def test_the_page_is_in_the_language_that_the_browser_prefers(make_person: Any) -> None:
    for language in LANGUAGES:
        page = make_person(language=f"{language}-XX,{language};q=0.9").open("/x")
        assert f'<html lang="{language}">' in page.text
        assert page.headers["Content-Language"] == language
        assert pages_in(language)["link.title"] in unescape(page.text)


def test_a_language_that_the_pages_lack_gives_the_next_that_the_browser_prefers_or_english(make_person: Any) -> None:
    assert '<html lang="fi">' in make_person(language="is, fi;q=0.8, en;q=0.5").open("/x").text
    assert '<html lang="en">' in make_person(language="is, zh;q=0.8").open("/x").text


def test_a_language_chosen_at_one_page_holds_at_all_also_for_who_comes_from_a_mail(person: Any) -> None:
    chosen = person.open("/x?language=fr")
    [cookie] = [each for each in chosen.headers.getlist("Set-Cookie") if each.startswith("dsr_language")]
    assert {"SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    for path in ("/x", "/my"):
        assert '<html lang="fr">' in person.open(path).text


def test_the_page_runs_our_script_and_nothing_of_others(person: Any) -> None:
    page = person.open("/x")
    assert page.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'; script-src 'self'"
    )
    assert re.findall(r'(?:src|<link[^>]*href)="([^"]*)"', page.text) == ["/my/style.css", "/x/link.js"]
    assert " style=" not in page.text
    assert person.open("/x/link.js").mimetype == "text/javascript"


def test_token_and_password_open_the_package_until_it_was_downloaded(
    person: Any, make_person: Any, offered: Any
) -> None:
    # when
    wrong = person.open_link(offered, password="2222-2222")
    right = person.open_link(offered)
    elsewhere = make_person().open_link(offered)
    # then
    assert (wrong.status_code, right.status_code, elsewhere.status_code) == (403, 303, 303)
    assert 'role="alert"' in wrong.text
    assert offered.token in wrong.text, "nobody has to type it twice"
    assert offered.password not in wrong.text
    assert right.headers["Location"] == offered.page
    assert person.open(f"{offered.page}/package").data.startswith(b"PK")
    used = make_person().open_link(offered)
    assert (used.status_code, WORDS["package.used"] in used.text) == (410, True)


@pytest.mark.parametrize("token", ["", "dsrx_no", "x" * 300])
def test_a_link_that_does_not_exist_is_said_to_be_none(person: Any, offered: Any, token: str) -> None:
    answer = person.open_link(offered, token=token)
    assert (answer.status_code, WORDS["package.unknown"] in answer.text) == (404, True)


def test_a_form_that_another_site_sends_opens_nothing_and_uses_no_try(team: Team, person: Any, offered: Any) -> None:
    person.open("/x")
    before = team.get(f"/exports/{offered.export_id}").get_json()
    for form_token in ("", "0" * 64, team.service.desk.my.form_token("of another browser")):
        for secret in (offered.password, "2222-2222"):
            answer = person.send("/x", form_token=form_token, token=offered.token, password=secret)
            assert (answer.status_code, WORDS["link.form"] in answer.text) == (403, True)
            assert offered.token not in answer.text, "what a stranger sent is not put into the form"
    assert team.get(f"/exports/{offered.export_id}").get_json() == before
    assert person.open_link(offered).status_code == 303


def test_what_a_visitor_typed_is_shown_as_text(person: Any, offered: Any) -> None:
    shown = person.open_link(offered, token=offered.token + '"><script>alert(1)</script>').text
    assert "alert(1)" not in shown


def test_neither_token_nor_secret_nor_session_is_logged(
    person: Any, offered: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    person.open_link(offered, password="WRNGWRNG")
    person.open_link(offered)
    person.open(f"{offered.page}/package")
    session = person.client.get_cookie("dsr_package", path=offered.page).value
    logged = "\n".join(f"{each.getMessage()} {each.args}" for each in caplog.records)
    assert "/x/<uuid:export_id>/package" in logged
    for secret in (offered.token, offered.password, session, "WRNGWRNG", person.form_token):
        assert secret not in logged
