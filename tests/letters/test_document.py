"""The small part of HTML that letters are made of, and the plain text of it."""

import pytest

from dsr.letters.document import MarkupRefused, as_html, as_text, read, said


def test_blocks_are_parted_by_blank_lines_and_lists_are_kept_together() -> None:
    markup = "<h1>A</h1><p>b\n  c</p><ul><li>d<br>e</li><li>f</li></ul><h2>G</h2><address>h<br>i</address>"
    assert as_text(read(markup)) == "A\n\nb c\n\n- d\n  e\n- f\n\n\nG\n\nh\ni\n"


def test_a_link_shows_its_address_unless_its_words_do() -> None:
    markup = '<p><a href="https://a.example/">https://a.example/</a>, <a href="https://b.example/">here</a></p>'
    assert as_text(read(markup)) == "https://a.example/, here <https://b.example/>\n"
    assert as_text(read('<p><a href="mailto:a@b.example">a@b.example</a></p>')) == "a@b.example\n"


def test_spaces_of_the_template_are_none_of_the_letter() -> None:
    assert as_text(read("<p>\n  a <strong> b </strong>\n c <br> d </p>")) == "a b c\nd\n"
    assert as_text(read("<p>年。\n  月。</p>")) == "年。月。\n"
    assert as_text(read("<p>1\u00a0234,50\u00a0€</p>")) == "1\u00a0234,50\u00a0€\n"


def test_marks_tell_what_stands_under_a_code_and_do_not_leave() -> None:
    markup = '<div data-says="why"><p>a</p><p>b</p></div><p>On <span data-says="when">Monday</span>.</p>'
    assert said(read(markup)) == {"why": "a b", "when": "Monday"}
    assert "data-says" not in as_html(read(markup))


def test_an_empty_paragraph_is_none() -> None:
    assert read("<p> </p><p><br></p><ul><li></li></ul>") == ()


def test_the_language_of_a_quotation_is_kept() -> None:
    assert as_html(read('<div lang="de"><p>Guten Tag</p></div>')) == '<p lang="de" dir="auto">Guten Tag</p>\n'


@pytest.mark.parametrize(
    "markup",
    [
        "words",
        "<b>x</b>",
        "<p>x",
        "<p><p>x</p></p>",
        "<p>x</div>",
        "</p>",
        "<li>x</li>",
        "<ul><p>x</p></ul>",
        "<ul>x</ul>",
        "<table></table>",
        '<p style="x">x</p>',
        '<p class="x">x</p>',
        '<div onclick="x"><p>x</p></div>',
        "<p><script>x</script></p>",
        "<p><style>x</style></p>",
        '<p><a href="javascript:x">x</a></p>',
        '<p><a href="//evil.example">x</a></p>',
        "<p><a>x</a></p>",
        '<p><a href="https://a.example/"><a href="https://b.example/">x</a></a></p>',
        "<p><br clear='all'></p>",
        "<!DOCTYPE html>",
        "<?php x ?>",
        "<!-- x -->",
        "<![CDATA[x]]>",
        '<p><iframe src="https://a.example/"></iframe></p>',
    ],
)
def test_anything_else_is_refused(markup: str) -> None:
    with pytest.raises(MarkupRefused):
        read(markup)
