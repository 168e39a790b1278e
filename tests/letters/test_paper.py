"""The letter on paper: the same words, read aloud by who needs it, in every language, made in memory."""

import dataclasses
import json
import re
import zlib
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
import typst
from msgspec.structs import replace

from dsr.domain.request.letters import LetterKind
from dsr.letters import LANGUAGES, PaperUnprintable, Templates, matter_letter, render, to_pdf
from dsr.letters import paper as room
from dsr.letters.fields import FreeText, LetterFields, RefusedItem
from dsr.letters.paper import matter_to_pdf
from dsr.letters.samples import sample_fields, sample_letters
from tests.letters.test_matter_letters import LETTER

TEMPLATES = Templates()
K = LetterKind


def shown(fields: LetterFields) -> str:
    """Every word that typst sets, in order, as it exports them to HTML."""
    inputs = {"letter": json.dumps(room._content(render(fields, TEMPLATES), fields))}
    plain = re.sub(rb"(?m)^(#set page|#align).*$", b"", room._source())  # HTML has no pages
    plain = re.sub(rb"#v\(8mm\)|#if number > 0 \{ pagebreak\(\) \}", b"", plain)
    page = typst.Compiler(plain, font_paths=room.fonts(), ignore_system_fonts=True, sys_inputs=inputs).compile(
        format="html"
    )
    assert isinstance(page, bytes)
    return page.decode()


def streams(pdf: bytes) -> bytes:
    """The file with its compressed parts opened."""
    opened = [pdf]
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            opened.append(zlib.decompress(found[1]))
        except zlib.error:
            continue  # a font
    return b"\n".join(opened)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [K.REFUSAL, K.ACCESS, K.FEE])
def test_every_language_is_printed_tagged_with_title_and_language(kind: LetterKind, language: str) -> None:
    fields = sample_fields(kind, language)
    pdf = to_pdf(render(fields, TEMPLATES), fields)
    opened = streams(pdf)
    assert pdf.startswith(b"%PDF-1.7")
    assert b"/StructTreeRoot" in opened
    assert b"pdfuaid" in opened
    assert re.search(rf"/Lang ?\({language}".encode(), opened)
    assert fields.reference.encode() in opened, "the title"


@pytest.mark.parametrize("kind", LetterKind)
def test_every_letter_is_printed(kind: LetterKind) -> None:
    for fields in sample_letters(kind, "de"):
        assert to_pdf(render(fields, TEMPLATES), fields).startswith(b"%PDF-")


def test_the_same_letter_is_the_same_file() -> None:
    fields = sample_fields(K.REFUSAL, "de")
    first, second = (to_pdf(render(fields, TEMPLATES), fields) for _ in range(2))
    assert first == second


def test_no_reference_is_broken_at_the_end_of_a_line() -> None:
    fields = sample_fields(K.REFUSAL, "de")
    _, _, page = shown(fields).partition("<body")
    whole = f'<span style="display: inline-block">{fields.reference}</span>'
    assert page.count(whole) == page.count(fields.reference) > 1


def test_paper_bears_both_addresses_and_the_date() -> None:
    fields = sample_fields(K.REFUSAL, "de")
    content = room._content(render(fields, TEMPLATES), fields)
    assert content["sender"] == [
        "Sample Controller & Sons",
        "Sample Road 2",
        "11111 Sampletown",
        "privacy@controller.example",
    ]
    assert content["reader"] == ["Sam O'Sample", "Sample Lane 3", "22222 Samplefield", "France"]
    assert content["date"] == "20. März 2026"
    assert content["paper"] == "a4"


def test_a_letter_to_a_person_without_name_or_address_is_printed() -> None:
    fields = replace(sample_fields(K.REFUSAL, "de"), addressee=None, postal_address=())
    assert to_pdf(render(fields, TEMPLATES), fields).startswith(b"%PDF-")


def test_headings_step_down_one_level_at_a_time() -> None:
    fields = sample_fields(K.REFUSAL, "en")
    unknown = RefusedItem(None, "GDPR Art. 12(2)", FreeText("No answer."), FreeText("None came."))
    fields = replace(fields, refused=(unknown,))
    content = room._content(render(fields, TEMPLATES), fields)
    levels = [block["level"] for part in content["parts"] for group in part["groups"] for block in group["blocks"]]
    headings = [level for level in levels if level]
    assert headings[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))
    assert to_pdf(render(fields, TEMPLATES), fields).startswith(b"%PDF-")


HOSTILE = '#panic("x") *a* $y$ #read("/etc/passwd") @ref <label> \\ // c `raw` [z] = no heading'


def test_words_are_never_read_as_markup() -> None:
    fields = sample_fields(K.EXTENSION, "en")
    said = {**fields.statements, "reasons": FreeText(HOSTILE)}
    page = shown(replace(fields, addressee=HOSTILE, statements=said))
    written = HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert written in page or written.replace("&gt;", ">") in page
    assert "root:" not in page


@pytest.mark.parametrize("words", ["नमस्ते", "สวัสดี", "🦄"])
def test_a_character_without_a_font_is_said_and_not_printed_as_a_box(words: str) -> None:
    fields = replace(sample_fields(K.REFUSAL, "de"), addressee=words)
    with pytest.raises(PaperUnprintable) as refused:
        to_pdf(render(fields, TEMPLATES), fields)
    assert words not in f"{refused.value!r}{refused.value.__cause__!r}"


@pytest.mark.parametrize(
    "words", ["Комисия за защита на личните данни", "Αρχή Προστασίας", "漢字かなカナ", "Łódź șț", "مرحبا بالعالم"]
)
def test_scripts_of_the_union_and_japanese_are_printed(words: str) -> None:
    fields = replace(sample_fields(K.REFUSAL, "de"), addressee=words)
    assert to_pdf(render(fields, TEMPLATES), fields).startswith(b"%PDF-")


def test_nothing_of_a_letter_is_written_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMPDIR", "TEMP", "TMP", "HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    fields = sample_fields(K.REFUSAL, "ja")
    to_pdf(render(fields, TEMPLATES), fields)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("language", ["en", "el", "bg", "ja"])
def test_a_letter_of_a_matter_stands_under_its_subject_and_blank_lines_part_its_paragraphs(language: str) -> None:
    # given
    said = {**LETTER.texts, "reasons": "We searched twice.\n\nThe second search found it."}
    wording = matter_letter(dataclasses.replace(LETTER, texts=said), language)
    fields = sample_fields(K.REFUSAL, "de")
    # when
    content = room._content_of_matter(wording, fields.sender, ["Ada Lovelace"], date(2026, 7, 8))
    # then
    (first, *others), *english = [part["groups"][0]["blocks"] for part in content["parts"]]
    assert (first["level"], first["runs"][0]["text"]) == (1, wording.subject)
    texts = [block["runs"][0]["text"] for blocks in (others, *english) for block in blocks]
    assert texts.count("We searched twice.") == texts.count("The second search found it.") == len(wording.languages)
    assert matter_to_pdf(wording, fields.sender, reader=["Ada"], written_on=date(2026, 7, 8)).startswith(b"%PDF-1.7")
