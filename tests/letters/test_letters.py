"""Every letter in every language says what the law asks for, in words, and is refused where it can't (docs/law §5)."""

import shutil
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace

import dsr.letters
from dsr.domain.request.errors import LetterIncomplete
from dsr.domain.request.letters import ANSWER_OF, NOTHING_HELD_STATEMENTS, REQUIRED_STATEMENTS, LetterKind
from dsr.domain.rights import Right
from dsr.letters import LANGUAGES, LetterTemplateInvalid, Rendered, Templates, render, templating
from dsr.letters.fields import CalendarDate, Count, Entry, FreeText, LetterFields, Nothing, RefusedItem, Things
from dsr.letters.samples import sample_fields, sample_letters
from dsr.letters.sentences import FIXED, RIGHTS
from dsr.letters.words import Untranslated
from dsr.letters.words import words as words_in

from .expected import all_of, flat, translated

K = LetterKind
TEMPLATES = Templates()
EVERY = [(kind, language) for kind in LetterKind for language in LANGUAGES]
HEAD = {
    "case-reference": lambda fields: replace(fields, reference="\u200b"),
    "arrival-date": None,  # a letter without it can't be made
    "rights-understood": lambda fields: replace(fields, rights=()),
    "due-date": lambda fields: replace(fields, due_on=None),
    "contact": lambda fields: replace(fields, sender=replace(fields.sender, mailbox=" ")),
}
BLANK = FreeText("\u200b \u2060")


def required_of(fields: LetterFields) -> frozenset[str]:
    """What the domain asks of such a letter (`check_complete` in `record_answer`)."""
    nothing_held = fields.kind in ANSWER_OF.values() and "processed-or-not" in fields.statements
    nothing_held = nothing_held and not fields.statements["processed-or-not"].yes  # type: ignore[union-attr]
    required = NOTHING_HELD_STATEMENTS if nothing_held else REQUIRED_STATEMENTS[fields.kind]
    return required | (REQUIRED_STATEMENTS[K.REFUSAL] if fields.refused else frozenset())


class Words(HTMLParser):
    """The words of a page, as a browser shows them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)
        self.close()

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(" " if tag in ("p", "li", "h1", "h2", "h3", "br", "address") else "")


def parts(language: str) -> tuple[str, ...]:
    return (language,) if language == "en" else (language, "en")


def without_a_translation(monkeypatch: pytest.MonkeyPatch, sentence: str) -> None:
    """As after an English sentence was added: no catalogue has it."""
    known = words_in("de").gettext

    def gettext(message: str) -> str:
        if message == sentence:
            raise Untranslated(message)
        return known(message)

    monkeypatch.setattr(words_in("de"), "gettext", gettext)


@pytest.mark.parametrize(
    "sentence", ["Access to your personal data: our answer (%(reference)s)", RIGHTS[Right.ACCESS].message]
)
def test_a_letter_with_an_untranslated_sentence_fails_and_is_english_only_in_development(
    sentence: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # given: a sentence of a template, or one of the program that is said outside it
    without_a_translation(monkeypatch, sentence)
    fields = sample_fields(K.ACCESS, "de")
    # when, then
    with pytest.raises(LetterTemplateInvalid, match="without translation into 'de'") as failed:
        render(fields, Templates())
    assert sentence in failed.value.detail
    letter = render(fields, Templates(english_if_untranslated=True))
    english = render(replace(fields, language="en"), TEMPLATES)
    assert [part.language for part in letter.parts] == ["en"]
    assert (letter.language, letter.subject) == ("en", english.subject)
    assert (letter.text, letter.html) == (english.text, english.html)
    assert len([each for each in caplog.messages if sentence in each and "'de'" in each]) == 1
    # then: once it is translated, the letter is out of date
    assert letter.template_version == TEMPLATES.version(K.ACCESS, controller_id=None, language="de")


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_a_letter_says_all_that_the_law_asks_in_each_of_its_languages(kind: LetterKind, language: str) -> None:
    for fields in sample_letters(kind, language):
        letter = render(fields, TEMPLATES)
        assert required_of(fields) <= set(letter.statements)
        texts = letter.text.split("_" * 40)
        pages = letter.html.split("<hr ")
        expected = ("en",) if kind is K.STAFF_WARNING and language == "en" else parts(language)
        expected = (language,) if kind is K.STAFF_WARNING else expected
        assert len(texts) == len(pages) == len(expected)
        for spoken, text, page in zip(expected, texts, pages, strict=True):
            shown = flat("".join(Words(page).found))
            for code, words in all_of(spoken, fields, required_of(fields)):
                assert flat(words) in flat(text), (spoken, code)
                assert flat(words) in shown, (spoken, code)
        assert fields.reference in letter.subject
        assert f'<html lang="{language}">' in letter.html


@pytest.mark.parametrize(
    ("kind", "language"), [(kind, language) for kind in LetterKind for language in ("en", "de", "ja")]
)
def test_a_letter_with_one_field_missing_is_refused_by_name(kind: LetterKind, language: str) -> None:
    for fields in sample_letters(kind, language):
        for code in sorted(required_of(fields) - FIXED.keys()):
            for incomplete in without(fields, code):
                with pytest.raises(LetterIncomplete) as refused:
                    render(incomplete, TEMPLATES)
                # Without the word that nothing was found, it is an answer that has to tell what was done.
                if code != "processed-or-not":
                    assert refused.value.facts == {"kind": kind.value, "missing": [code]}


def without(fields: LetterFields, code: str) -> list[LetterFields]:
    """The letter with that one statement gone, blank, or of a kind that does not say it."""
    if code in HEAD and code not in fields.statements:
        change = HEAD[code]
        return [change(fields)] if change else []
    if code in ("reasons", "facts", "provision") and fields.refused:
        [refused] = fields.refused
        blank = "\u200b" if code == "provision" else BLANK
        return [replace(fields, refused=(replace(refused, **{code: blank}),))]
    left = {each: said for each, said in fields.statements.items() if each != code}
    made = [left, {**left, code: BLANK}, {**left, code: Things(())}]
    return [replace(fields, statements=statements) for statements in made]


@pytest.mark.parametrize("code", ["amount", "new-date", "authority", "effect-on-clock", "ground"])
def test_words_do_not_stand_for_what_has_a_form_of_its_own(code: str) -> None:
    kind = next(
        kind for kind in (K.FEE, K.EXTENSION, K.IDENTITY_QUESTION) if code in sample_fields(kind, "de").statements
    )
    fields = sample_fields(kind, "de")
    with pytest.raises(LetterIncomplete) as refused:
        render(replace(fields, statements={**fields.statements, code: FreeText("soon")}), TEMPLATES)
    assert refused.value.facts["missing"] == [code]


def test_that_there_is_nothing_is_said_only_where_it_makes_sense() -> None:
    fields = sample_fields(K.ERASURE, "de")
    with pytest.raises(LetterIncomplete) as refused:
        render(replace(fields, statements={**fields.statements, "what-was-done": Nothing()}), TEMPLATES)
    assert refused.value.facts["missing"] == ["what-was-done"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (K.ERASURE, "We kept nothing of it."),
        (K.CONSENT_WITHDRAWAL, "We no longer carry out any processing that relied on this consent."),
        (K.RECTIFICATION, "We go on storing this data as corrected; none of it stays as it was."),
        (K.RESTRICTION, "We go on storing all of this data; its processing is restricted without exception."),
        (K.OBJECTION, "We no longer carry out any of the processing to which you objected."),
    ],
)
def test_a_letter_says_that_nothing_was_kept_only_where_data_went(kind: LetterKind, said: str) -> None:
    fields = sample_fields(kind, "en")
    text = render(replace(fields, statements={**fields.statements, "kept-and-why": Nothing()}), TEMPLATES).text
    assert said in text
    assert ("kept nothing" in text) == ("kept nothing" in said)


@pytest.mark.parametrize(
    ("language", "firm", "person"),
    [("ja", "Sample Ltd 御中", "Sample Ltd 様"), ("pt", "À atenção de Sample Ltd,", "Exmo.(a) Senhor(a) Sample Ltd,")],
)
def test_a_firm_is_not_addressed_as_a_person(language: str, firm: str, person: str) -> None:
    for kind, said in ((K.RECIPIENT_NOTICE, firm), (K.ACKNOWLEDGEMENT, person)):
        assert said in render(replace(sample_fields(kind, language), addressee="Sample Ltd"), TEMPLATES).text


def test_what_is_given_and_has_no_place_in_the_letter_is_not_dropped_in_silence() -> None:
    fields = sample_fields(K.ERASURE, "de")
    with pytest.raises(LetterIncomplete) as refused:
        render(replace(fields, statements={**fields.statements, "thanks": FreeText("Danke")}), TEMPLATES)
    assert refused.value.facts["missing"] == ["thanks"]


@pytest.mark.parametrize("kind", sorted(set(LetterKind) - {K.STAFF_WARNING}))
def test_every_letter_takes_a_note_of_who_handles_the_case(kind: LetterKind) -> None:
    fields = sample_fields(kind, "de")
    noted = render(replace(fields, statements={**fields.statements, "note": FreeText("Danke, Frau A.")}), TEMPLATES)
    assert noted.text.count("Danke, Frau A.") == 2


def test_a_language_that_letters_are_not_written_in_gets_english_only() -> None:
    letter = render(sample_fields(K.REFUSAL, "zh"), TEMPLATES)
    assert letter.language == "en"
    assert letter.text.count("Dear Sam O'Sample,") == 1
    assert [part.language for part in letter.parts] == ["en"]
    assert "Original wording (Chinese):" in letter.text, "what the handler wrote is not English"


def test_words_that_were_put_into_english_stand_in_english_below() -> None:
    fields = sample_fields(K.EXTENSION, "de")
    reasons = FreeText("Wir suchen in drei Archiven.", english="We search three archives.")
    letter = render(replace(fields, statements={**fields.statements, "reasons": reasons}), TEMPLATES)
    german, english = letter.text.split("_" * 40)
    assert "Wir suchen in drei Archiven." in german
    assert "We search three archives." in english
    assert "Original wording" not in english


def test_words_that_nobody_put_into_english_are_quoted_and_said_to_be_german() -> None:
    letter = render(sample_fields(K.EXTENSION, "de"), TEMPLATES)
    assert "Original wording (German):\n\nSample text about reasons" in letter.text
    assert '<p lang="de" dir="auto" style="margin: 0 0 16px">Sample text about reasons' in letter.html


def test_a_letter_to_the_team_holds_no_name_and_no_english_text_below() -> None:
    letter = render(sample_fields(K.STAFF_WARNING, "pl"), TEMPLATES)
    assert "Sample" not in letter.text
    assert [part.language for part in letter.parts] == ["pl"]


@pytest.mark.parametrize(
    ("language", "left"),
    [("pl", {1: "dzień", 3: "dni robocze", 5: "dni roboczych"}), ("ro", {1: "zi ", 20: "de zile"})],
)
def test_numbers_take_the_form_of_the_language(language: str, left: dict[int, str]) -> None:
    fields = sample_fields(K.STAFF_WARNING, language)
    for number, form in left.items():
        said = {**fields.statements, "working-days": Count(number)}
        assert form in render(replace(fields, statements=said), TEMPLATES).text


def test_a_person_who_stays_unidentified_is_told_so_with_all_that_a_refusal_says() -> None:
    fields = sample_fields(K.REFUSAL, "fr")
    unknown = RefusedItem(None, "GDPR Art. 12(2)", FreeText("Nous ne savons pas."), FreeText("Aucune réponse."))
    letter = render(replace(fields, refused=(unknown,)), TEMPLATES)
    assert "Nous n’avons pas pu établir qui présente la demande" in letter.text
    assert "article 12, paragraphe 2, du RGPD" in letter.text
    assert "We have examined it" not in letter.text, "nothing was examined"


def test_each_refused_item_has_its_own_reasons() -> None:
    fields = sample_fields(K.REFUSAL, "en")
    made = tuple(
        RefusedItem(right, "GDPR Art. 12(5)(b)", FreeText(f"Reason {right}"), FreeText(f"Fact {right}"))
        for right in (Right.ACCESS, Right.ERASURE)
    )
    text = render(replace(fields, refused=made), TEMPLATES).text
    assert text.index("Refused: access") < text.index("Reason access") < text.index("Refused: erasure")
    one_blank = (made[0], replace(made[1], facts=BLANK))
    with pytest.raises(LetterIncomplete) as refused:
        render(replace(fields, refused=one_blank), TEMPLATES)
    assert refused.value.facts["missing"] == ["facts"]


@pytest.mark.parametrize("provision", ["GDPR Art. 23; § 29 BDSG", ""])
def test_reasons_that_a_law_forbids_to_tell_are_not_told_and_the_remedies_are(provision: str) -> None:
    fields = sample_fields(K.REFUSAL, "en")
    withheld = RefusedItem(Right.ACCESS, provision, FreeText("Secret reason"), FreeText("Secret fact"), withheld=True)
    letter = render(replace(fields, refused=(withheld,)), TEMPLATES)
    assert letter.text.count("The law does not allow us to give you the reasons for this (Art. 23(2)(h) GDPR).") == 1
    assert "Secret" not in letter.text
    assert "The facts they rest on" not in letter.text
    assert ("§ 29 BDSG" in letter.text) is bool(provision)
    assert ("Legal provision" in letter.text) is bool(provision)
    assert "lodge a complaint" in letter.text


def test_uk_letters_cite_the_law_of_the_united_kingdom() -> None:
    fields = sample_fields(K.REFUSAL, "en")
    text = render(replace(fields, sender=replace(fields.sender, regime="uk-gdpr")), TEMPLATES).text
    assert "(Art. 77 UK GDPR)" in text
    assert "(Art. 77 GDPR)" not in text


@pytest.mark.parametrize(
    ("language", "cited"),
    [
        ("de", "Art. 17 Abs. 3 Buchst. e DSGVO; § 147 AO"),
        ("fr", "article 17, paragraphe 3, point e), du RGPD ; § 147 AO"),
        ("pl", "art. 17 ust. 3 lit. e) RODO; § 147 AO"),
        ("ja", "GDPR第17条第3項（e）；§ 147 AO"),
    ],
)
def test_provisions_are_cited_as_the_language_does(language: str, cited: str) -> None:
    assert cited in render(sample_fields(K.REFUSAL, language), TEMPLATES).text


@pytest.mark.parametrize("kind", [kind for kind in ANSWER_OF.values() if kind is not K.ACCESS])
def test_an_answer_that_found_nothing_says_so_and_describes_no_copy(kind: LetterKind) -> None:
    [nothing] = [each for each in sample_letters(kind, "de") if "processed-or-not" in each.statements]
    text = render(nothing, TEMPLATES).text
    assert "keine gefunden" in text
    assert "Was wir getan haben" not in text


def test_a_letter_shows_nothing_of_itself_in_logs() -> None:
    fields = sample_fields(K.REFUSAL, "de")
    letter: Rendered = render(fields, TEMPLATES)
    assert "Sample" not in f"{fields!r}{letter!r}{letter.parts!r}{fields.statements!r}{fields.refused!r}"


def test_the_version_stands_for_template_catalogue_and_program() -> None:
    german = render(sample_fields(K.FEE, "de"), TEMPLATES).template_version
    assert render(replace(sample_fields(K.FEE, "de"), addressee="Else"), Templates()).template_version == german
    others = [
        render(sample_fields(K.FEE, "fr"), TEMPLATES).template_version,
        render(sample_fields(K.REFUSAL, "de"), TEMPLATES).template_version,
    ]
    assert german not in others
    assert german.startswith("fee-")


def test_the_date_of_an_extension_is_no_other_than_the_one_given() -> None:
    fields = sample_fields(K.EXTENSION, "en")
    [new_date] = [said for code, said in fields.statements.items() if code == "new-date"]
    assert isinstance(new_date, CalendarDate)
    assert translated("en", "%(provision)s") == []
    assert "by 10 June 2026 at the latest" in render(fields, TEMPLATES).text


@pytest.mark.parametrize(
    ("file", "sentence"), [("sentences.py", "That costs you nothing."), ("statements.py", "It comes with this letter.")]
)
def test_a_changed_sentence_makes_another_version_of_every_letter(
    file: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    program = Path(dsr.letters.__file__).parent
    shutil.copytree(program, tmp_path / "letters")
    before = TEMPLATES.version(K.REFUSAL, controller_id=None, language="en")
    monkeypatch.setattr(templating, "files", lambda _: tmp_path / "letters")
    assert TEMPLATES.version(K.REFUSAL, controller_id=None, language="en") == before
    # when
    changed = (program / file).read_text().replace(sentence, "Other words.")
    assert "Other words." in changed
    (tmp_path / "letters" / file).write_text(changed)
    # then
    assert TEMPLATES.version(K.REFUSAL, controller_id=None, language="en") != before


def test_an_answer_after_a_direct_transfer_needs_no_package() -> None:
    whole = sample_fields(K.PORTABILITY, "de")
    sent = {code: said for code, said in whole.statements.items() if code != "export"}
    sent["direct-transfer"] = Things((Entry("Other Controller Ltd", on=date(2026, 3, 20)),))
    letter = render(replace(whole, statements=sent, transmitted=True), TEMPLATES)
    assert "Other Controller Ltd" in letter.text
    assert "JSON" not in letter.text, "there is no package to describe"
    with pytest.raises(LetterIncomplete):
        render(replace(whole, statements=sent), TEMPLATES)
