"""A letter as the HTML of a mail: quiet, readable in every mail program, and without anything from elsewhere.

Many programs drop style sheets, so each element carries its style. The one style sheet only says what differs in the
dark, for programs that follow it; others turn colours round by themselves, which text and paper of their own allow.
"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

from dsr.letters.document import Block, as_html
from dsr.look import colours

_FONT: Final = "font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def _styles(of: Mapping[str, str]) -> dict[str, str]:
    """What each element of a letter looks like in these colours."""
    return {
        "h1": "margin: 0 0 24px; font-size: 20px; line-height: 1.35; font-weight: 600; text-wrap: balance",
        "h2": "margin: 32px 0 8px; font-size: 18px; line-height: 1.3; font-weight: 600",
        "h3": "margin: 24px 0 8px; font-size: 16px; line-height: 1.4; font-weight: 600",
        "p": "margin: 0 0 16px",
        "ul": "margin: 0 0 16px; padding: 0 0 0 24px",
        "li": "margin: 0 0 6px",
        "address": f"margin: 0 0 16px; padding: 0 0 0 16px; border-left: 3px solid {of['line']}; font-style: normal",
        "a": f"color: {of['accent']}",
    }


_LIGHT: Final = colours()
_DARK: Final = colours(dark=True)
_IN_THE_DARK: Final = (
    ":root { color-scheme: light dark; supported-color-schemes: light dark; }\n"
    "@media (prefers-color-scheme: dark) {\n"
    f"body, .letter {{ color: {_DARK['ink']} !important; background-color: {_DARK['paper']} !important; }}\n"
    f".letter {{ border-color: {_DARK['accent']} !important; }}\n"
    f".letter a {{ color: {_DARK['accent']} !important; }}\n"
    f".letter address, hr {{ border-color: {_DARK['line']} !important; }}\n"
    "}\n"
)
_PAGE: Final = f"margin: 0; padding: 0; color: {_LIGHT['ink']}; background-color: {_LIGHT['paper']}"
_LETTER: Final = (
    f"max-width: 640px; margin: 0 auto; padding: 24px 20px 32px; border-top: 4px solid {_LIGHT['accent']}; "
    f"color: {_LIGHT['ink']}; background-color: {_LIGHT['paper']}; {_FONT}; font-size: 16px; line-height: 1.6; "
    "overflow-wrap: break-word"
)
_RULE: Final = f"max-width: 640px; margin: 0 auto; border: 0; border-top: 1px solid {_LIGHT['line']}"


def as_mail_page(subject: str, versions: Iterable[tuple[str, Iterable[Block]]]) -> str:
    """A complete page; `versions` are the letter in its languages (ISO 639-1), that of the reader first."""
    written = [(language, as_html(blocks, _styles(_LIGHT))) for language, blocks in versions]
    # The rule on top stands once, above the language of the reader.
    again = _LETTER.replace("4px solid", "0 solid")
    letters = [
        f'<div class="letter" lang="{language}" style="{_LETTER if number == 0 else again}">\n{body}</div>\n'
        for number, (language, body) in enumerate(written)
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="{written[0][0]}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="supported-color-schemes" content="light dark">\n'
        f"<title>{escape(subject)}</title>\n<style>\n{_IN_THE_DARK}</style>\n</head>\n"
        f'<body style="{_PAGE}">\n<div role="main">\n'
        + f'<hr style="{_RULE}">\n'.join(letters)
        + "</div>\n</body>\n</html>\n"
    )
