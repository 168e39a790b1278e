"""One look for all pages: the style sheets take their colours from the tokens, and all of them can be read."""

import re
from importlib.resources import files

import pytest

from dsr.look import TOKENS, colours, contrast

SHEETS = (
    ("dsr.api.console", "console.css"),
    ("dsr.api.my", "style.css"),
    ("dsr.api", "templates/style.css"),
    ("dsr.exports", "templates/head.html"),
)
SURFACES = ("paper", "desk")
ON_A_SURFACE = ("ink", "quiet", "accent", "late", "soon", "good")
PAIRS = (
    ("on-accent", "accent"),
    *((each, "wash") for each in ("ink", "accent", "quiet")),
    *(("ink", each) for each in ("mark", "late-wash", "soon-wash", "good-wash")),
    *((each, f"{each}-wash") for each in ("late", "soon", "good")),
)


def test_style_sheets_name_no_colour_of_their_own_and_no_token_that_does_not_exist() -> None:
    known = set(re.findall(r"--([a-z-]+):", TOKENS))
    for package, name in SHEETS:
        sheet = files(package).joinpath(name).read_text(encoding="utf-8")
        own = set(re.findall(r"--([a-z-]+):", sheet))
        assert re.findall(r"#[0-9a-f]{3,8}\b(?![^{]*\{)", sheet) == [], name
        assert set(re.findall(r"var\(--([a-z-]+)\)", sheet)) <= known | own, name


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_can_be_read_on_what_it_stands_on(*, dark: bool) -> None:
    """WCAG 2.2, 1.4.3, and 1.4.6 (AAA) for what everything is written in; borders of fields and the focus: 1.4.11."""
    of = colours(dark=dark)
    assert of.keys() == colours().keys()
    pairs = (*((text, surface) for text in ON_A_SURFACE for surface in SURFACES), *PAIRS)
    assert {pair: ratio for pair in pairs if (ratio := contrast(*map(of.__getitem__, pair))) < 4.5} == {}
    written = [(text, surface) for text in ("ink", "quiet", "accent") for surface in SURFACES]
    assert {pair: ratio for pair in written if (ratio := contrast(*map(of.__getitem__, pair))) < 7} == {}
    shapes = [(shape, surface) for shape in ("edge", "focus") for surface in SURFACES]
    assert {pair: ratio for pair in shapes if (ratio := contrast(*map(of.__getitem__, pair))) < 3} == {}
