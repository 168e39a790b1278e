"""Texts of the mails to an address that was typed into the form: the link that confirms it, and a copy of what was
asked.
"""

from datetime import date
from typing import Final

from dsr.letters.sentences import N_
from dsr.letters.words import words

_HELLO: Final = N_("Hello,")
_AUTOMATIC: Final = N_("This message was sent automatically.")

_CONFIRM_SUBJECT: Final = N_("Please confirm your e-mail address")
_CONFIRM: Final = N_(
    "Somebody entered this address in a form of %(controller)s. If it was you, open this page and confirm the address:"
)
_CONFIRM_ENDS: Final = N_("The link works until %(day)s. If it was not you, you need not do anything.")

_COPY_SUBJECT: Final = N_("Your request %(reference)s")
_COPY: Final = N_("This is a copy of your request. It reached us on %(day)s, and our answer is due by %(due)s.")


def address_confirmation(language: str, *, page: str, ends_on: date, controller: str) -> tuple[str, str]:
    """Subject and text in one of LANGUAGES of the mail with the link; it says nothing of what the form said."""
    say = words(language)
    parts = (
        say.gettext(_HELLO),
        say(_CONFIRM, controller=controller),
        page,
        say(_CONFIRM_ENDS, day=say.day(ends_on)),
        say.gettext(_AUTOMATIC),
        controller,
    )
    return say.gettext(_CONFIRM_SUBJECT), _text(*parts)


def copy_of_request(
    language: str, *, reference: str, received_on: date, due: date, said: str, controller: str
) -> tuple[str, str]:
    """Subject and text in one of LANGUAGES of the mail with a copy, to the address that was confirmed."""
    say = words(language)
    parts = (
        say.gettext(_HELLO),
        say(_COPY, day=say.day(received_on), due=say.day(due)),
        said,
        say.gettext(_AUTOMATIC),
        controller,
    )
    return say(_COPY_SUBJECT, reference=reference), _text(*parts)


def _text(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"
