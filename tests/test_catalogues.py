"""The catalogues: complete, nothing unsure, nothing left over, every value in its place. A gap fails the build."""

import gettext
import re
from collections.abc import Iterable
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Message
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

from docs import catalogues
from docs.catalogues import gaps, texts, translated
from dsr.api.console.codes import said_codes
from dsr.api.console.words import code_in_english
from dsr.catalogues import (
    ENGLISH,
    LOCALES,
    OWN_NAMES,
    Domain,
    catalogue,
    formats,
    keyed,
    languages_of,
    reading_language,
    source,
)
from dsr.domain.events import Event

EVERY = [(domain, language) for domain in Domain for language in translated(domain)]
PLACE = re.compile(r"%\((\w+)\)s")
WITH_GAPS = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Kept"
msgstr "Behalten"

msgid "Empty"
msgstr " "

#, fuzzy
msgid "Unsure"
msgstr "Unsicher"

msgid "Old"
msgstr "Alt"

msgctxt "page.old"
msgid "Kept"
msgstr "Behalten"

msgid "One"
msgid_plural "Many"
msgstr[0] "Eins"
msgstr[1] ""
"""


def messages(domain: Domain, language: str) -> list[Message]:
    return [message for message in catalogue(domain, language) if message.id]


def forms(text: str | Iterable[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def test_every_text_is_translated_for_sure_and_no_translation_is_left_over() -> None:
    assert catalogues.main(["--check"]) == 0


def test_an_event_of_another_program_needs_no_translation() -> None:
    class Sung(Event):
        TOPIC = "choir.song.sung-out"

    assert code_in_english(Sung.TOPIC.rpartition(".")[2]) not in said_codes()


def test_a_gap_of_a_catalogue_is_named_by_its_kind() -> None:
    found = read_po(BytesIO(WITH_GAPS.encode()), locale="de")
    sentences = ("Kept", "Empty", "Unsure", "New", ("One", "Many"))
    assert gaps(found, [("", each) for each in sentences]) == [
        ("empty", ("", "Empty")),
        ("empty", ("", ("One", "Many"))),
        ("fuzzy", ("", "Unsure")),
        ("left over", ("", "Old")),
        ("left over", ("page.old", "Kept")),
        ("missing", ("", "New")),
    ]


def test_a_new_english_text_fails_the_check_of_lint_with_its_languages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert catalogues.main(["--check"]) == 0
    new = {
        Domain.LETTERS: ("", "Nobody translated this."),
        Domain.PAGES: ("page.new", "Nor this."),
        Domain.PACKAGES: ("data.new", ("One new thing.", "New things.")),
        Domain.CONSOLE: ("", "Nor what staff read."),
    }
    known = {domain: texts(domain) for domain in Domain}
    monkeypatch.setattr(catalogues, "texts", lambda domain: (*known[domain], new[domain]))
    assert catalogues.main(["--check"]) == 1
    *named, remedy = capsys.readouterr().err.splitlines()
    said = {domain: key or sentence for domain, (key, sentence) in new.items()}
    assert named == [f"{domain} in {language}: missing: {said[domain]}" for domain, language in EVERY]
    assert "make catalogues" in remedy


@pytest.mark.parametrize("domain", Domain)
def test_bringing_a_complete_catalogue_up_to_date_changes_nothing(domain: Domain) -> None:
    wanted = texts(domain)
    for language in translated(domain):
        held = source(domain, language)
        assert catalogues.updated(language, held, wanted) == held.decode()


def test_a_changed_english_text_loses_its_translation() -> None:
    (first, sentence), *_ = texts(Domain.PAGES)
    changed = catalogues.updated("de", source(Domain.PAGES, "de"), [(first, f"{sentence}, at last")])
    [message] = [each for each in read_po(BytesIO(changed.encode()), locale="de") if each.id]
    assert (message.context, message.string) == (first, "")


@pytest.mark.parametrize("language", translated(Domain.CONSOLE))
def test_every_documented_error_has_a_sentence_in_each_language_of_the_console(language: str) -> None:
    page = (Path(__file__).parents[1] / "docs" / "errors.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `([a-z0-9-]+)` \| \d{3} \| (.+) \|$", page, re.M)
    said = {message.id: message.string for message in messages(Domain.CONSOLE, language) if not message.context}
    assert len(documented) > 400
    assert [code for code, sentence in documented if not said.get(sentence)] == []


@pytest.mark.parametrize(("domain", "language"), EVERY)
def test_every_value_has_its_place_in_the_translation(domain: Domain, language: str) -> None:
    number_of_form = gettext.c2py(catalogue(domain, language).plural_expr)
    for message in messages(domain, language):
        wanted = set(PLACE.findall(forms(message.id)[-1]))
        for number, form in enumerate(forms(message.string)):
            counts = [each for each in range(2, 200) if number_of_form(each) == number]
            used = PLACE.findall(form)
            assert len(used) == len(set(used)), message.id
            assert set(used) == wanted or (len(forms(message.id)) > 1 and not used and not counts), message.id
            assert "%" not in PLACE.sub("", form), message.id


@pytest.mark.parametrize(("domain", "language"), EVERY)
def test_every_number_has_a_form(domain: Domain, language: str) -> None:
    plural = get_plural(Locale.parse(LOCALES[language]))
    assert catalogue(domain, language).num_plurals == plural.num_plurals
    for message in messages(domain, language):
        if not isinstance(message.id, str):
            assert len(forms(message.string)) == plural.num_plurals


@pytest.mark.parametrize(("domain", "language"), EVERY)
def test_a_translation_is_none_that_copies_the_english(domain: Domain, language: str) -> None:
    copied = [
        message.context
        for message in messages(domain, language)
        if forms(message.id) == forms(message.string) and len(PLACE.sub("", forms(message.id)[0])) > 20
    ]
    assert copied == []


@pytest.mark.parametrize("domain", Domain)
def test_nobody_reads_a_date_that_ends_with_two_full_stops(domain: Domain) -> None:
    """Some languages end every date with one: `1 kwietnia 2026 r.`"""
    days = re.compile(r"%\((?:date|day|received|until)\)s\.")
    for language in translated(domain):
        if formats(language).date_line(date(2026, 4, 1)).endswith("."):
            assert not [
                form for message in messages(domain, language) for form in forms(message.string) if days.search(form)
            ], language


def test_an_unsure_or_empty_text_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = 'msgctxt "a"\nmsgid "A"\nmsgstr ""\n\n#, fuzzy\nmsgctxt "b"\nmsgid "B"\nmsgstr "Be"\n'
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    monkeypatch.setattr("dsr.catalogues.source", lambda domain, language: f"{head}{texts}".encode())
    keyed.cache_clear()
    assert keyed(Domain.PAGES, "de").keys() == frozenset()
    keyed.cache_clear()


@pytest.mark.parametrize(
    ("asked_for", "others", "read"),
    [
        ("de", ["fr"], "de"),
        ("de-AT", [], "de"),
        ("xx", ["fr", "de"], "fr"),
        ("xx", ["zz", "de"], "de"),
        ("xx", [], ENGLISH),
        (None, ["it"], "it"),
        ("", ["en", "de"], ENGLISH),
    ],
)
def test_people_are_written_to_in_their_language_else_the_controllers_first_else_english(
    asked_for: str | None, others: list[str], read: str
) -> None:
    assert reading_language(Domain.LETTERS, asked_for, others) == read


@pytest.mark.parametrize("domain", Domain)
def test_a_language_is_offered_once_it_has_a_catalogue(domain: Domain) -> None:
    assert languages_of(domain)[0] == ENGLISH
    assert set(languages_of(domain)) <= set(LOCALES)


def test_the_page_of_languages_says_of_each_how_it_was_checked() -> None:
    page = (Path(__file__).parents[1] / "docs" / "languages.md").read_text(encoding="utf-8")
    rows = {match[1]: match[0] for match in re.finditer(r"^\| [A-Z][^|]* \(`([a-z]{2})`\) \|.*$", page, re.M)}
    assert rows.keys() == set(LOCALES)
    assert "No native speaker is on record as having read any of these translations." in page
    for domain in Domain:
        if domain is not Domain.CONSOLE:
            assert set(languages_of(domain)) == set(LOCALES), "else its column says so"
    names = [formats(ENGLISH).name_of(language) for language in languages_of(Domain.CONSOLE)]
    assert f"The console is in {', '.join(names[:-1])} and {names[-1]}." in page


def test_a_language_is_named_in_itself_as_cldr_does() -> None:
    names = {language: formats(language).name_of(language) for language in LOCALES}
    assert {language: name[0].upper() + name[1:] for language, name in names.items()} == OWN_NAMES
