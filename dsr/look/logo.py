"""A logo as it is shown: a small PNG or SVG, which draws and does nothing else.

An SVG is a document that can hold scripts and fetch from elsewhere. Pages show it as a picture, and it is served with a
policy that forbids both; what would need them is refused all the same, with its name.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

LARGEST: Final = 100_000
"""Bytes."""
WIDEST: Final = 2_000
"""Pixels of a PNG, in each direction."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_DRAWS: Final = re.compile(
    "svg|g|path|rect|circle|ellipse|line|polyline|polygon|text|tspan|defs|use|lineargradient|radialgradient|stop|"
    "clippath|mask|pattern|symbol|title|desc|style"
)
"""Elements, in the lower case in which the parser names them."""
_ELSEWHERE: Final = re.compile(r"@import|javascript:|data:|url\(\s*['\"]?(?!#)", re.IGNORECASE)


class LogoRefused(Exception):
    """The file can't be a logo; the message says why, and what to do."""


@dataclass(frozen=True)
class Logo:
    """A picture and its type."""

    content: bytes = field(repr=False)
    media_type: str


def read_logo(path: Path) -> Logo:
    """Raises LogoRefused."""
    try:
        content = path.read_bytes() if path.stat().st_size <= LARGEST else None
    except OSError as error:
        raise LogoRefused(f"{path} can't be read ({error.strerror}). Put the file beside that of DSR_LOOK.") from None
    if content is None:
        raise LogoRefused(
            f"{path.name} is larger than {LARGEST // 1000} kB. Make it smaller; it is shown 32 pixels high."
        )
    if content.startswith(_PNG) and content[12:16] == b"IHDR":
        width, height = (int.from_bytes(content[place : place + 4]) for place in (16, 20))
        if max(width, height) > WIDEST:
            raise LogoRefused(f"{path.name} is {width} by {height} pixels. Make it {WIDEST} at most in each direction.")
        return Logo(content, "image/png")
    try:
        reader = _Drawing()
        reader.feed(content.decode())
        reader.close()
    except UnicodeDecodeError:
        raise LogoRefused(f"{path.name} is neither PNG nor SVG. Save it as one of these.") from None
    if "svg" not in reader.seen:
        raise LogoRefused(f"{path.name} is neither PNG nor SVG. Save it as one of these.")
    return Logo(content, "image/svg+xml")


class _Drawing(HTMLParser):
    """Looks at an SVG. Raises LogoRefused for anything that does not draw."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: set[str] = set()

    def set_cdata_mode(self, *_: Any, **__: Any) -> None:
        """Nothing is read as bare text, as HTML reads a style: in XML, what looks like an element is one."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not _DRAWS.fullmatch(tag):
            raise LogoRefused(f"its <{tag}> is not part of a drawing. Export the logo as plain SVG.")
        self.seen.add(tag)
        for name, value in attrs:
            outside = name.rpartition(":")[2] == "href" and not (value or "").startswith("#")
            if name.startswith("on") or outside or _ELSEWHERE.search(value or ""):
                raise LogoRefused(f"its {name} runs or fetches something. Export the logo as plain SVG.")

    def handle_data(self, data: str) -> None:
        if _ELSEWHERE.search(data):
            raise LogoRefused("its style fetches something. Export the logo as plain SVG.")

    def handle_pi(self, data: str) -> None:
        if not data.startswith("xml "):
            raise LogoRefused("its processing instruction is not needed. Export the logo as plain SVG.")

    def handle_decl(self, decl: str) -> None:  # noqa: ARG002 - the library's signature, here and below
        raise LogoRefused("its <!DOCTYPE> is not needed. Export the logo as plain SVG.")

    def unknown_decl(self, data: str) -> None:  # noqa: ARG002
        raise LogoRefused("its CDATA is not needed. Export the logo as plain SVG.")
