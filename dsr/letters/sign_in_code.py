"""Text of the mail with a one-time code."""

from typing import Final

from dsr.letters.sentences import N_
from dsr.letters.words import words

_ABOVE: Final = (
    N_("Hello,"),
    N_("Somebody asked for a code to look at request %(reference)s."),
    N_("Your code: %(code)s"),
)

_BELOW: Final = (
    N_("Enter it on the page where you asked for it."),
    N_(
        "If you did not ask for it, you need not do anything: without the code nobody sees your request. Please do not "
        "pass it on. We never ask for it by telephone or e-mail."
    ),
    N_("This message was sent automatically."),
)

_SUBJECT: Final = N_("Your code for request %(reference)s")


def sign_in_code(language: str, *, code: str, reference: str, minutes: int, controller: str) -> tuple[str, str]:
    """Subject and text in one of LANGUAGES; `minutes` is how long the code is valid."""
    spoken = words(language)
    values = {"code": f"{code[:4]} {code[4:]}", "reference": reference}
    holds = spoken.ngettext(
        "It works once and for one minute.", "It works once and for %(minutes)s minutes.", minutes
    ) % {"minutes": minutes}
    above, below = ([spoken.gettext(message) % values for message in part] for part in (_ABOVE, _BELOW))
    text = "\n\n".join([*above, f"{holds} {below[0]}", *below[1:], controller])
    return spoken.gettext(_SUBJECT) % values, f"{text}\n"
