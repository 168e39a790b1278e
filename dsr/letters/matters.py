"""Texts about matters: sentences on their dates for the team, and letters to complainants, to authorities and to people
whom an incident concerns (docs/law §13).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from dsr.domain.matter import MATTER_LETTERS, MatterDate, MatterDue, MatterLetterKind
from dsr.domain.ropa import Authority
from dsr.letters.sentences import FIXED, N_
from dsr.letters.words import LetterLanguage, words

# Dates, for the team --------------------------------------------------------------------------------------------

_APPROACHING: Final = {
    MatterDue.ACKNOWLEDGE: N_("Complaint %(reference)s has to be acknowledged by %(until)s."),
    MatterDue.NOTIFY: N_("The authorities have to be notified of incident %(reference)s by %(until)s."),
    MatterDue.REPLY: N_("The authority or court expects our reply in matter %(reference)s by %(until)s."),
}
_MISSED: Final = {
    MatterDue.ACKNOWLEDGE: N_("Complaint %(reference)s was not acknowledged by %(until)s. Do it now."),
    MatterDue.NOTIFY: N_(
        "Nobody recorded by %(until)s that the authorities were notified of incident %(reference)s. Notify them now, "
        "and state the reasons for the delay."
    ),
    MatterDue.REPLY: N_("No reply to the authority or court in matter %(reference)s was recorded by %(until)s."),
}


def matter_sentence(say: LetterLanguage, *, reference: str, date: MatterDate, missed: bool, zone: str) -> str:
    """The sentence that tells of the date of a matter. It names no person."""
    until = say.day(date.on)
    if date.due is MatterDue.NOTIFY:  # 72 hours end in the middle of a day
        until = f"{until}, {date.ends_at.astimezone(ZoneInfo(zone)):%H:%M}"
    return say((_MISSED if missed else _APPROACHING)[date.due], reference=reference, until=until)


# Letters -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class MatterLetter:
    """What a letter of a matter is made from. No `repr`, since its texts are personal data."""

    kind: MatterLetterKind
    reference: str
    received_on: date
    controller: str
    """Name of the controller that writes."""
    mailbox: str
    regime: str
    authority: Authority
    """To which the person can complain."""
    dpo_mailbox: str
    """Empty if the controller has none."""
    texts: Mapping[str, str]
    """What the team wrote, by code; it stands in the letter as it is."""

    def __repr__(self) -> str:
        return "<MatterLetter>"


_DEAR: Final = N_("Dear Sir or Madam,")
_KIND_REGARDS: Final = N_("Kind regards")
_ENGLISH_BELOW: Final = N_("You will find this letter in English below.")
_QUESTIONS: Final = N_("If you have questions, write to %(mailbox)s and state the reference %(reference)s.")
_AUTHORITY: Final = N_(
    "You have the right to lodge a complaint with a supervisory authority (%(provision)s), in particular with this one:"
)
_OTHER_AUTHORITIES: Final = N_(
    "You can also turn to the supervisory authority of the place where you live or work, or where you think the "
    "infringement took place."
)

_COMPLAINT: Final = N_("Your complaint (%(reference)s)")
_ARRIVED: Final = N_("Your complaint reached us on %(day)s. Its reference is %(reference)s.")
_EXAMINING: Final = N_(
    "We are examining it and will answer you without undue delay, with our reasons. If that takes longer, we will tell "
    "you how far we have come."
)
_FREE_TO_TURN: Final = N_("You do not have to wait for our answer to turn to an authority.")
_ANSWERED: Final = N_("We have examined the complaint that you sent us on %(day)s. This is our answer.")
_EXAMINED: Final = N_("What we examined, and what we found:")
_DONE: Final = N_("What we do about it:")

_TO_AUTHORITY: Final = N_("Our reply to your letter of %(day)s (%(reference)s)")
_YOUR_FILE: Final = N_("Your file number: %(number)s")
_REPLY: Final = N_("We received your letter on %(day)s. This is our reply:")
_STATE_REFERENCE: Final = N_("Please state the reference %(reference)s when you write to us: %(mailbox)s.")

_BREACH: Final = N_("What happened to your personal data (%(reference)s)")
_HAVE_TO_TELL: Final = N_(
    "The protection of your personal data has been breached. The law obliges us to tell you about it (%(provision)s)."
)
_WHAT_HAPPENED: Final = N_("What happened:")
_CONSEQUENCES: Final = N_("What this can mean for you:")
_MEASURES: Final = N_("What we have done about it, and what you can do:")
_DPO: Final = N_(
    "Our data protection officer answers your questions: %(mailbox)s. Please state the reference %(reference)s."
)


@dataclass(frozen=True, repr=False)
class MatterWording:
    """The wording of a letter. No `repr`, since it is personal data."""

    subject: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]
    """ISO 639-1 of each part, with its paragraphs; the second part, if any, is the English one."""

    @property
    def text(self) -> str:
        """The whole letter as plain text."""
        return f"\n{'_' * 40}\n\n".join(_joined(paragraphs) for _, paragraphs in self.parts)

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 of each part."""
        return tuple(language for language, _ in self.parts)


def matter_letter(letter: MatterLetter, language: str) -> MatterWording:
    """The letter in one of LANGUAGES. Its English text is below where the service wrote all of it: what the team wrote
    stands in one language only, so that no half mixes languages (docs/law §5). Raises Untranslated.
    """
    below = not MATTER_LETTERS[letter.kind].texts and language != "en"
    return _wording(letter, language, letter if below else None)


def notice_to_many(letter: MatterLetter, language: str, texts: Mapping[str, Mapping[str, str]]) -> MatterWording:
    """A notice of an incident in one of LANGUAGES, with what the team wrote in that language; its English text is below
    where the team wrote in English too, so that no half mixes languages. Raises Untranslated.
    """
    below = replace(letter, texts=texts["en"]) if language != "en" and "en" in texts else None
    return _wording(replace(letter, texts=texts[language]), language, below)


def _wording(letter: MatterLetter, language: str, english: MatterLetter | None) -> MatterWording:
    say = words(language)
    subject, part = _PARTS[letter.kind]
    parts = [(language, (*part(letter, say), *([] if english is None else [say.gettext(_ENGLISH_BELOW)])))]
    if english is not None:
        parts.append(("en", tuple(part(english, words("en")))))
    return MatterWording(say(subject, reference=letter.reference, day=say.day(letter.received_on)), tuple(parts))


def _acknowledgement(letter: MatterLetter, say: LetterLanguage) -> Iterator[str]:
    yield say.gettext(_DEAR)
    yield say(_ARRIVED, day=say.day(letter.received_on), reference=letter.reference)
    yield say.gettext(_EXAMINING)
    yield say.gettext(_FREE_TO_TURN)
    yield from _where_to_complain(letter, say)
    yield from _closing(letter, say)


def _answer(letter: MatterLetter, say: LetterLanguage) -> Iterator[str]:
    yield say.gettext(_DEAR)
    yield say(_ANSWERED, day=say.day(letter.received_on))
    yield say.gettext(_EXAMINED)
    yield letter.texts["reasons"]
    yield say.gettext(_DONE)
    yield letter.texts["remedies"]
    yield from _where_to_complain(letter, say)
    court = FIXED["judicial-remedy"]
    assert court.provision is not None  # noqa: S101 - as it stands in the table
    yield say(court.message, provision=say.provision(court.provision, regime=letter.regime))
    yield from _closing(letter, say)


def _authority_reply(letter: MatterLetter, say: LetterLanguage) -> Iterator[str]:
    yield say.gettext(_DEAR)
    if letter.texts.get("file_number"):
        yield say(_YOUR_FILE, number=letter.texts["file_number"])
    yield say(_REPLY, day=say.day(letter.received_on))
    yield letter.texts["reply"]
    yield say(_STATE_REFERENCE, reference=letter.reference, mailbox=letter.dpo_mailbox or letter.mailbox)
    yield f"{say.gettext(_KIND_REGARDS)}\n{letter.controller}"


def _notice_of_incident(letter: MatterLetter, say: LetterLanguage) -> Iterator[str]:
    yield say.gettext(_DEAR)
    yield say(_HAVE_TO_TELL, provision=say.provision("GDPR Art. 34", regime=letter.regime))
    yield say.gettext(_WHAT_HAPPENED)
    yield letter.texts["what_happened"]
    yield say.gettext(_CONSEQUENCES)
    yield letter.texts["consequences"]
    yield say.gettext(_MEASURES)
    yield letter.texts["measures"]
    if letter.dpo_mailbox:
        yield say(_DPO, mailbox=letter.dpo_mailbox, reference=letter.reference)
    yield from _where_to_complain(letter, say)
    yield from _closing(letter, say)


_Part = Callable[[MatterLetter, LetterLanguage], Iterator[str]]

_PARTS: Final[dict[MatterLetterKind, tuple[str, _Part]]] = {
    MatterLetterKind.ACKNOWLEDGEMENT: (_COMPLAINT, _acknowledgement),
    MatterLetterKind.ANSWER: (_COMPLAINT, _answer),
    MatterLetterKind.AUTHORITY_REPLY: (_TO_AUTHORITY, _authority_reply),
    MatterLetterKind.INCIDENT_NOTICE: (_BREACH, _notice_of_incident),
}


def _where_to_complain(letter: MatterLetter, say: LetterLanguage) -> Iterator[str]:
    yield say(_AUTHORITY, provision=say.provision("GDPR Art. 77", regime=letter.regime))
    authority = letter.authority
    yield "\n".join([authority.name, *authority.address[:-1], say.country(authority.country)])
    if letter.regime == "eu-gdpr":
        yield say.gettext(_OTHER_AUTHORITIES)


def _closing(letter: MatterLetter, say: LetterLanguage) -> Iterator[str]:
    yield say(_QUESTIONS, mailbox=letter.mailbox, reference=letter.reference)
    yield f"{say.gettext(_KIND_REGARDS)}\n{letter.controller}"


def _joined(*parts: Iterator[str] | tuple[str, ...] | str) -> str:
    paragraphs: list[str] = []
    for part in parts:
        paragraphs += [part] if isinstance(part, str) else part
    return "\n\n".join(paragraphs) + "\n"
