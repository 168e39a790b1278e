"""Every letter in every language, with the example record: each half is in one language (docs/law §14)."""

import dataclasses
import re
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from itertools import cycle, islice

import pytest
from babel.messages.pofile import read_po
from msgspec.structs import replace
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from dsr.catalogues import ENGLISH, LOCALES
from dsr.desk.dispatching.answers import TOLD, points_of
from dsr.desk.dispatching.compose import record_texts
from dsr.domain.request.letters import LetterKind
from dsr.domain.ropa import Ropa, TextTranslations, Wording
from dsr.exports import Information, language_of
from dsr.letters import LANGUAGES, Templates, render
from dsr.letters.document import as_text
from dsr.letters.fields import (
    Entry,
    FreeText,
    KeptData,
    LetterFields,
    Methods,
    Nothing,
    RefusedItem,
    Searched,
    Statement,
    Things,
)
from dsr.letters.samples import sample_fields
from dsr.letters.sentences import PROCESSED
from dsr.letters.words import words
from dsr.ropa import EXAMPLE, authority, load
from dsr.ropa.example import TRANSLATIONS

TEMPLATES = Templates()
TEN = ["en", "de", "fr", "es", "it", "nl", "pl", "ro", "pt", "ja"]
SURE = 0.999
LONG = 60
"""Letters that a paragraph needs for its language to be told."""
LONG_JAPANESE = 25

OF_NOBODY = re.compile(r"\S*[@/]\S*|DSR-\S+|§ 147 AO|[A-Z]{4}-[0-9]{4}|Sam O'Sample|Sampl\S+|Original wording.*")
"""Names, addresses and codes, which are in no language."""


@cache
def record() -> Ropa:
    """The example record, with the other languages of letters beside its own ten."""
    document = load(EXAMPLE).document
    others = {path.stem: read_po(BytesIO(path.read_bytes())) for path in TRANSLATIONS.glob("*.po")}
    return dataclasses.replace(
        document,
        translations=tuple(
            TextTranslations(
                each.text,
                (*each.others, *(Wording(code, str(found[each.text].string)) for code, found in others.items())),
            )
            for each in document.translations
        ),
    )


@cache
def identifier() -> LanguageIdentifier:
    made = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    made.set_languages(list(LOCALES))
    return made


@cache
def told(text: str) -> tuple[str, float]:
    """The language of a text, and how sure that is."""
    language, sureness = identifier().classify(text)
    return str(language), float(sureness)


def paragraphs(text: str) -> list[str]:
    return [" ".join(OF_NOBODY.sub(" ", each).split()) for each in re.split(r"\n\s*\n|\n- ", text)]


def said(language: str) -> FreeText:
    """What a handler writes, with its translation."""
    return FreeText(words(language)(PROCESSED[True]), english=PROCESSED[True])


def filled(kind: LetterKind, language: str) -> LetterFields:
    """The sample letter, with the names of the example record and the words of a handler who writes the language."""
    names = cycle(dict.fromkeys([*(each.name for each in record().systems), *(a.name for a in record().activities)]))
    own = said(language)

    def of_record(given: Statement) -> Statement:
        match given:
            case FreeText():
                return own
            case Things(entries):
                return Things(tuple(replace(each, name=next(names), note=None) for each in entries))
            case Methods():
                return replace(given, note=own if given.note else None)
            case KeptData(entries):
                return KeptData(
                    tuple(
                        replace(each, what=each.what and next(names), purpose=each.purpose and next(names))
                        for each in entries
                    )
                )
            case Searched(systems):
                named = [
                    replace(each, name=each.name and name, reason=None if each.reason is None else own)
                    for each, name in zip(systems, islice(names, len(systems)), strict=True)
                ]
                return replace(given, systems=tuple(named), groups_not_searched=("Employees",))
        return given

    def of_refusal(part: RefusedItem) -> RefusedItem:
        return replace(part, reasons=own, facts=own, extent=(next(names),))

    fields = sample_fields(kind, language)
    statements: Mapping[str, Statement] = {
        code: given if code == "password" else of_record(given) for code, given in fields.statements.items()
    }
    if kind is LetterKind.ACCESS:
        statements = {**statements, **art_15(language)}
    fields = replace(fields, statements=statements, refused=tuple(map(of_refusal, fields.refused)))
    return replace(fields, record=record_texts(record(), fields))


def art_15(language: str) -> dict[str, Statement]:
    """GDPR Art. 15(1): what the record says of customers and employees."""
    information = Information(record(), "callcentre-de", (), authority("de-berlin"))
    own, english = points_of(information, language_of(language)), points_of(information, language_of(ENGLISH))
    told: dict[str, Statement] = {
        code: Things(tuple(map(Entry, own[point])), tuple(map(Entry, english[point]))) for code, point in TOLD.items()
    }
    return {**told, "automated-decisions": Nothing()}


def test_the_example_record_is_complete_in_the_ten_languages_it_was_written_for() -> None:
    example = load(EXAMPLE).document
    assert [each for each in LANGUAGES if not example.gaps(each)] == TEN
    assert [each for each in LANGUAGES if record().gaps(each)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_half_of_every_letter_is_in_one_language(language: str) -> None:
    for kind in LetterKind:
        letter = render(filled(kind, language), TEMPLATES)
        for part in letter.parts:
            text = as_text(part.blocks)
            whole, _ = told("\n".join(paragraphs(text)))
            assert whole == part.language, (kind, whole)
            for paragraph in paragraphs(text):
                if sum(map(str.isalpha, paragraph)) < (LONG_JAPANESE if part.language == "ja" else LONG):
                    continue
                found, sure = told(paragraph)
                is_english = found == ENGLISH and sure > SURE
                if part.language == ENGLISH:
                    assert found == ENGLISH or sure <= SURE, (kind, found, paragraph)
                else:
                    assert not is_english, (kind, paragraph)


def test_a_half_in_two_languages_is_noticed() -> None:
    """What the English half of a German letter said once."""
    mixed = (
        "To improve the service and to train staff. Was es erlaubt: Ihre Einwilligung (Art. 6 Abs. 1 Buchst. a DSGVO)."
    )
    assert told(mixed)[0] != ENGLISH
