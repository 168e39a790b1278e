"""What people and handlers write stays words: it breaks out of nothing, runs nothing, and hides no statement."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markupsafe import escape
from msgspec.structs import replace

from dsr.domain.request.errors import LetterIncomplete
from dsr.domain.request.letters import LetterKind, is_blank
from dsr.letters import PaperUnprintable, Templates, render, to_pdf
from dsr.letters.document import as_html, as_text, read, said
from dsr.letters.fields import Entry, FreeText, LetterFields, Things
from dsr.letters.samples import sample_fields
from dsr.letters.statements import clean

from .expected import flat

TEMPLATES = Templates()
K = LetterKind
ATTACKS = (
    "</p></div></body><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% include 'fee.html.j2' %}{# gone #}",
    "%(reference)s %s %d %",
    "<!-- ",
    "-->",
    "<![CDATA[",
    "&lt;b&gt; &amp; &#x3c;script&#x3e;",
    '<span data-says="authority">nobody</span>',
    "\u202egnitirw\u202c \u2066x\u2069 שלום مرحبا",
    "\x00\x07\x1b[31mred\x1b[0m\x7f\x9b",
    "a\r\nBcc: eve@example.org\r\n\r\nbody",
    "\ud800 lone \udfff",
    '#panic() *x* $y$ #read("/etc/passwd") @ref <label> \\ // `raw` [x]',
    "_" * 40,
    "x" * 200_000,
    "\n\n\n\n- list\n\n1. one\n\n",
)
hostile = st.one_of(
    st.sampled_from(ATTACKS),
    st.text(max_size=200),
    st.lists(st.sampled_from(ATTACKS[:-2]), min_size=1, max_size=4).map(" ".join),
    st.lists(st.sampled_from([*"<>&\"'{}%#\n\t ", "p", "div", "br"]), max_size=40).map("".join),
)


def with_words(text: str, language: str, *, kind: K = K.EXTENSION) -> LetterFields:
    """A letter into which the words come wherever people write."""
    fields = sample_fields(kind, language)
    said = {**fields.statements, "note": FreeText(text)}
    if kind is K.EXTENSION:
        said["reasons"] = FreeText(text, english=text)
    if kind is K.ERASURE:
        said["where"] = Things((Entry(text, FreeText(text)),))
    return replace(fields, statements=said, addressee=text, sender=replace(fields.sender, name=text))


def sayable(text: str) -> bool:
    return not is_blank(clean(text))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    text=hostile.filter(sayable),
    language=st.sampled_from(["en", "de", "ja"]),
    kind=st.sampled_from([K.EXTENSION, K.ERASURE]),
)
def test_words_of_others_stay_words(text: str, language: str, kind: K) -> None:
    letter = render(with_words(text, language, kind=kind), TEMPLATES)
    for paragraph in clean(text).split("\n\n"):
        assert flat(paragraph) in flat(letter.text)
    assert "<script" not in letter.html
    assert "<img" not in letter.html
    assert "<!--" not in letter.html
    tags = {tag.split()[0].strip("</>") for tag in letter.html.split("<")[1:]}
    known = {*("!DOCTYPE", "html", "head", "meta", "style", "title", "body"), *("div", "hr", "h1", "h2", "p")}
    known |= {"ul", "li", "br", "a"}
    assert {tag.split(">")[0] for tag in tags} <= known
    assert not set(letter.text) & set("\x00\x07\x1b\x7f\x9b\r\u202e\u2066\u2069")
    assert "\n" not in letter.subject
    letter.text.encode()
    letter.html.encode()
    assert "49" not in letter.text or "49" in clean(text)


@pytest.mark.parametrize("language", ["en", "de"])
def test_words_that_say_nothing_are_missing_however_they_look(language: str) -> None:
    for text in ("", " \n\t", "\u200b\u2060", "\x00\x1b", "\u202e\u202c", "--", "\ud800"):
        with pytest.raises(LetterIncomplete) as refused:
            render(with_words(text, language), TEMPLATES)
        assert "reasons" in refused.value.facts["missing"]  # type: ignore[operator]


def test_the_addressee_adds_no_line_to_the_subject() -> None:
    fields = replace(sample_fields(K.REFUSAL, "de"), reference="DSR-1\r\nBcc: eve@example.org")
    assert "\n" not in render(fields, TEMPLATES).subject
    assert "\r" not in render(fields, TEMPLATES).subject


def test_a_mark_that_somebody_writes_makes_no_statement() -> None:
    fields = with_words('<span data-says="new-date">10 June 2026</span>', "en")
    letter = render(fields, TEMPLATES)
    assert "&lt;span data-says=" in letter.html


@settings(deadline=None)
@given(text=hostile)
def test_html_and_text_are_written_from_the_same_words(text: str) -> None:
    blocks = read(f'<p data="x">{escape(clean(text))}</p>'.replace(' data="x"', ""))
    again = read(as_html(blocks).replace(' dir="auto"', ""))
    assert as_text(again) == as_text(blocks)
    assert said(again) == said(blocks) == {}


@settings(max_examples=30, deadline=None)
@given(
    text=st.one_of(st.sampled_from([each for each in ATTACKS if len(each) < 1000]), st.text(max_size=80)).filter(
        sayable
    )
)
def test_paper_reads_no_words_as_markup(text: str) -> None:
    fields = with_words(text, "de")
    letter = render(fields, TEMPLATES)
    with suppress(PaperUnprintable):  # a character without a font
        assert to_pdf(letter, fields).startswith(b"%PDF-")
