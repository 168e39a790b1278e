"""One look for everything that people see: the console, the pages of data subjects, the documentation, the pages in a
package, and letters by mail. All take their colours, type and spacing from `tokens.css`.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

TOKENS: Final = files(__package__).joinpath("tokens.css").read_text(encoding="utf-8")
"""The tokens as CSS: the beginning of every style sheet of ours."""

SIGN: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b4f9e"/>\
<path d="M8 9h16v14H8z" fill="none" stroke="#fff" stroke-width="2.2"/>\
<path d="M8 10l8 7 8-7" fill="none" stroke="#fff" stroke-width="2.2"/></svg>
"""
"""The sign of the service, as SVG."""

_COLOUR: Final = re.compile(r"--([a-z-]+): (#[0-9a-f]{6});")


def style_sheet(package: str, name: str) -> bytes:
    """A style sheet of this package, after the tokens."""
    return f"{TOKENS}{files(package).joinpath(name).read_text(encoding='utf-8')}".encode()


@cache
def colours(*, dark: bool = False) -> Mapping[str, str]:
    """The colours by name, for what can't use a style sheet: the programs that show mails."""
    light, _, in_the_dark = TOKENS.partition("@media")
    return dict(_COLOUR.findall(in_the_dark if dark else light))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours by WCAG 2.2, from 1 to 21."""
    lighter, darker = sorted(map(_luminance, (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
