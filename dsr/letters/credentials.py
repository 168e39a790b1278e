"""Texts of the mails that bring a credential to its holder, and of those that tell a data protection officer of one."""

from datetime import date
from enum import StrEnum
from typing import Final

from dsr.letters.sentences import N_
from dsr.letters.words import words

_AUTOMATIC: Final = N_("This message was sent automatically.")
_HELLO: Final = N_("Hello,")

_TOKEN_SUBJECT: Final = N_("Your token for request %(reference)s")
_TOKEN: Final = N_("With this token a program of yours can follow request %(reference)s, and withdraw it:")
_TOKEN_ENDS: Final = N_(
    "It works until %(day)s, and ends earlier if your request is closed before. Please do not pass it on. We never ask "
    "for it by telephone or e-mail."
)

_INVITATION_SUBJECT: Final = N_("Your invitation to the service for data protection requests")
_INVITATION: Final = N_("You are invited to work in the service for data protection requests, as %(identifier)s.")
_INVITATION_PAGE: Final = N_(
    "Open this page and enter the code below. There you create the passkey with which you sign in:"
)
_INVITATION_ENDS: Final = N_(
    "The code works once, until %(day)s. Please do not pass it on: whoever has it works in your name."
)


class NoticeOf(StrEnum):
    """What a data protection officer is told of."""

    INVITATION = "invitation"
    TOKEN = "token"  # noqa: S105 - the name of a kind
    ACCOUNT = "account"
    """An account at the organisation's provider, with which another member signs in."""
    ADDRESS = "address"
    """Another work address of a member of staff, to which invitations go."""
    MAILBOX = "mailbox"
    """Another mailbox of the data protection officer, in the record of processing."""
    ROLE = "role"
    """Somebody is no longer the data protection officer."""


_NOTICE_SUBJECT: Final = N_("A credential for %(identifier)s")
_INVITED: Final = N_("%(issuer)s invited %(identifier)s to work in the service for data protection requests.")
_ISSUED: Final = N_("%(issuer)s issued a token for %(identifier)s in the service for data protection requests.")
_LINKED: Final = N_(
    "%(issuer)s linked an account of your organisation to %(identifier)s in the service for data protection requests. "
    "Whoever signs in with that account works under this name."
)
_ADDRESS_SUBJECT: Final = N_("Another address in the service for data protection requests")
_ADDRESS_CHANGED: Final = N_(
    "%(issuer)s replaced the e-mail address of %(identifier)s in the service for data protection requests. Invitations "
    "and notices go to the new address from now on."
)
_MAILBOX_CHANGED: Final = N_(
    "%(issuer)s replaced your address as data protection officer in the record of processing. Notices like this one go "
    "to the new address from now on."
)
_ROLE_SUBJECT: Final = N_("A data protection officer no longer has this role")
_ROLE_ENDED: Final = N_(
    "%(issuer)s ended the role of %(identifier)s as data protection officer in the service for data protection "
    "requests."
)
_GIVEN: Final = {
    NoticeOf.INVITATION: _INVITED,
    NoticeOf.TOKEN: _ISSUED,
    NoticeOf.ACCOUNT: _LINKED,
    NoticeOf.ADDRESS: _ADDRESS_CHANGED,
    NoticeOf.MAILBOX: _MAILBOX_CHANGED,
    NoticeOf.ROLE: _ROLE_ENDED,
}
_NOTICE: Final = N_(
    "You get this message as data protection officer. The service lists all credentials that somebody issued for "
    "another person."
)


_ENDS_SUBJECT: Final = N_("Your token ends on %(day)s")
_NAMED_ENDS: Final = N_(
    "Your token %(name)s for the service for data protection requests ends on %(day)s. If a program still needs it, "
    "issue a new one in time and replace it there."
)
_ENDS: Final = N_(
    "The token with which you work in the service for data protection requests ends on %(day)s. Issue a new one in "
    "time."
)


def subject_token(language: str, *, token: str, reference: str, ends_on: date, controller: str) -> tuple[str, str]:
    """Subject and text in one of LANGUAGES of the mail with a token for the data subject."""
    say = words(language)
    parts = (
        say.gettext(_HELLO),
        say(_TOKEN, reference=reference),
        token,
        say(_TOKEN_ENDS, day=say.day(ends_on)),
        say.gettext(_AUTOMATIC),
    )
    return say(_TOKEN_SUBJECT, reference=reference), _text(*parts, controller)


def invitation(
    language: str, *, code: str, page: str, identifier: str, ends_on: date, controller: str
) -> tuple[str, str]:
    """Subject and text in one of LANGUAGES of the mail that invites a member of staff; `page` is where to enter the
    code.
    """
    say = words(language)
    parts = (
        say.gettext(_HELLO),
        say(_INVITATION, identifier=identifier),
        say.gettext(_INVITATION_PAGE),
        f"{page}\n\n{code}",
        say(_INVITATION_ENDS, day=say.day(ends_on)),
        say.gettext(_AUTOMATIC),
    )
    return say.gettext(_INVITATION_SUBJECT), _text(*parts, controller)


def credential_notice(
    language: str, *, what: NoticeOf, issuer: str, identifier: str, controller: str
) -> tuple[str, str]:
    """Subject and text in one of LANGUAGES of the mail that tells a DPO of a credential or of another way to one; names
    are identifiers.
    """
    say = words(language)
    moved = what in (NoticeOf.ADDRESS, NoticeOf.MAILBOX)
    subject = say.gettext(_ADDRESS_SUBJECT) if moved else say(_NOTICE_SUBJECT, identifier=identifier)
    if what is NoticeOf.ROLE:
        subject = say.gettext(_ROLE_SUBJECT)
    parts = (
        say.gettext(_HELLO),
        say(_GIVEN[what], issuer=issuer, identifier=identifier),
        say.gettext(_NOTICE),
        say.gettext(_AUTOMATIC),
    )
    return subject, _text(*parts, controller)


def expiry_notice(language: str, *, name: str | None, ends_on: date, controller: str) -> tuple[str, str]:
    """Subject and text in one of LANGUAGES of the mail that tells a member of staff that a token of theirs ends."""
    say = words(language)
    day = say.day(ends_on)
    parts = (
        say.gettext(_HELLO),
        say(_ENDS, day=day) if name is None else say(_NAMED_ENDS, name=name, day=day),
        say.gettext(_AUTOMATIC),
    )
    return say(_ENDS_SUBJECT, day=day), _text(*parts, controller)


def _text(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"
