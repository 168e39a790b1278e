"""One look for all pages: the style sheets take their colours from the tokens, and all of them can be read."""

import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from dsr.api import create_app
from dsr.bootstrap import build
from dsr.look import TOKENS, colours, contrast
from dsr.look.controllers import Looks, read_looks
from dsr.settings import Settings, SettingsInvalid
from tests.settable_clock import SettableClock

SHEETS = (
    ("dsr.api.console", "console.css"),
    ("dsr.api.my", "style.css"),
    ("dsr.api", "templates/style.css"),
    ("dsr.exports", "templates/head.html"),
    ("dsr.desk.case_reports", "report.html"),
    ("dsr.desk.case_reports", "report.typ"),
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


@pytest.fixture
def backend() -> str:
    """Nothing here depends on the database."""
    return "sqlite"


LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#7a1fa2"/></svg>'


def looks_in(folder: Path, text: str, **logos: str | bytes) -> Looks:
    for name, content in logos.items():
        folder.joinpath(name.replace("_", ".")).write_bytes(content if isinstance(content, bytes) else content.encode())
    path = folder / "look.toml"
    path.write_text(text, encoding="utf-8")
    return read_looks(path)


def test_a_controller_takes_over_from_the_organisation_what_it_does_not_set(tmp_path: Path) -> None:
    looks = looks_in(
        tmp_path,
        '[organisation]\nname = "The Group"\ncolour = "#0B5D3B"\nlogo = "a.svg"\n'
        '[controllers.acme]\ncolour = "#7a1fa2"\n',
        a_svg=LOGO,
    )
    assert (looks.of(None).name, looks.of("other").colour) == ("The Group", "#0b5d3b")
    acme = looks.of("acme")
    assert (acme.name, acme.colour, acme.logo) == ("The Group", "#7a1fa2", looks.of(None).logo)
    assert "--accent: #7a1fa2;" in acme.style
    assert read_looks(None).of("acme").style == ""


def test_a_colour_can_be_read_by_day_and_by_night_or_is_refused_with_one_that_can(tmp_path: Path) -> None:
    for colour in ("#000000", "#0b4f9e", "#7a1fa2", "#9c1c1c", "#00695c", "#5d4037"):
        style = looks_in(tmp_path, f'[organisation]\ncolour = "{colour}"\n').of(None).style
        for shown, dark in zip(re.findall(r":root \{([^}]*)\}", style), (False, True), strict=True):
            of = {**colours(dark=dark), **dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", shown))}
            for pair in (("accent", "paper"), ("accent", "desk"), ("accent", "wash"), ("on-accent", "accent")):
                assert contrast(*map(of.__getitem__, pair)) >= 4.5, (colour, dark, pair)
    with pytest.raises(
        SettingsInvalid, match=r"\[organisation\] colour: #ffcc00 has a contrast of 1\.\d to 1.*"
    ) as bad:
        looks_in(tmp_path, '[organisation]\ncolour = "#ffcc00"\n')
    [proposed] = re.findall(r"such as (#[0-9a-f]{6})", str(bad.value))
    looks_in(tmp_path, f'[organisation]\ncolour = "{proposed}"\n')


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("<svg><script>alert(1)</script></svg>", "<script>"),
        ("<svg><style><script>alert(1)</script></style></svg>", "<script>"),
        ("<svg><title><script>alert(1)</script></title></svg>", "<script>"),
        ('<?xml-stylesheet href="https://evil.example"?><svg/>', "processing instruction"),
        ('<svg onload="alert(1)"/>', "its onload"),
        ('<svg><use xlink:href="https://evil.example/#a"/></svg>', "its xlink:href"),
        ('<svg><a href="#x"/></svg>', "<a>"),
        ("<svg><style>@import 'https://evil.example'</style></svg>", "its style"),
        ('<svg><rect fill="url(https://evil.example)"/></svg>', "its fill"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "DOCTYPE"),
        ("<html></html>", "<html>"),
        ("GIF89a", "neither PNG nor SVG"),
        (b"\xff\xd8\xff", "neither PNG nor SVG"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x10\0\0\0\0\1", "4096 by 1 pixels"),
        ("<svg>" + " " * 100_000, "larger than 100 kB"),
    ],
)
def test_a_logo_draws_and_does_nothing_else(tmp_path: Path, content: str | bytes, why: str) -> None:
    with pytest.raises(SettingsInvalid, match=re.escape(why)):
        looks_in(tmp_path, '[organisation]\nlogo = "a.svg"\n', a_svg=content)


def test_what_the_file_can_not_say_is_named(tmp_path: Path) -> None:
    for text, problem in (
        ("[organization]\n", "there is no table organization"),
        ('[organisation]\ncolor = "#000000"\n', "has no setting color"),
        ("[organisation]\ncolour = 7\n", "must be text"),
        ('[organisation]\ncolour = "blue"\n', "write it as #rrggbb"),
        ('[organisation]\nlogo = "none.svg"\n', "can't be read"),
        ("[organisation\n", "is not TOML"),
    ):
        with pytest.raises(SettingsInvalid, match=problem):
            looks_in(tmp_path, text)
    with pytest.raises(SettingsInvalid, match="can't be read"):
        read_looks(tmp_path / "nowhere.toml")


def test_the_pages_of_a_controller_have_its_look_and_others_that_of_the_organisation(
    settings: Settings, clock: SettableClock, tmp_path: Path
) -> None:
    # given
    tmp_path.joinpath("a.svg").write_text(LOGO)
    path = tmp_path / "look.toml"
    path.write_text(
        '[organisation]\nname = "The Group"\ncolour = "#0b5d3b"\n'
        '[controllers.callcentre-de]\nname = "Call <us>"\nlogo = "a.svg"\n[controllers.nobody]\n'
    )
    service = build(replace(settings, look=path), clock=clock)
    browser = create_app(service).test_client()
    # when
    front, form = (browser.get(each, headers={"Accept": "text/html"}) for each in ("/", "/request/callcentre-de"))
    # then
    assert '<span class="name">The Group</span>' in front.text
    assert 'href="/look/style.css"' in front.text
    assert 'src="/look/logo?controller=callcentre-de" alt="Call &lt;us&gt;"' in form.text
    assert "--accent: #0b5d3b;" in browser.get("/look/style.css?controller=callcentre-de").text
    assert browser.get("/look/logo").text == browser.get("/favicon.ico").text
    logo = browser.get("/look/logo?controller=callcentre-de")
    assert (logo.text, logo.mimetype) == (LOGO, "image/svg+xml")
    assert logo.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    service.close()
