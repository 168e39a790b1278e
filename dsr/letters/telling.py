"""The text by which a person learns what waits for them: reference, articles, date and link, and no personal data."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final

from dsr.domain.matter import MatterDate
from dsr.domain.rights import Right
from dsr.domain.telling import WaitKind
from dsr.letters.matters import matter_sentence
from dsr.letters.sentences import CODED, N_, RIGHTS
from dsr.letters.words import LetterLanguage, words

SHOWN: Final = 50
"""Entries in one mail; it counts the others."""

_HELLO: Final = N_("Hello,")
_AUTOMATIC: Final = N_("This message was sent automatically.")
_SUBJECT: Final = N_("Waiting for you: %(number)s")
_MORE: Final = N_("Not listed here: %(number)s")

_SAID: Final = {
    "new": N_("This came in, and nobody has examined it yet."),
    WaitKind.ASSIGNMENT.value: N_("This was assigned to you."),
    WaitKind.APPROVAL.value: N_("A proposal waits for a second person to decide it."),
    WaitKind.DRAFT.value: N_("A letter waits to be released or posted."),
    WaitKind.TASK.value: N_("Systems have to be searched."),
    WaitKind.PARKED.value: N_("An automatic step failed and has to be tried again."),
    WaitKind.QUARANTINE.value: N_("A message that could not be read or placed waits in the quarantine."),
}
"""Sentences by code, besides those of dates."""


@dataclass(frozen=True)
class ToldWait:
    """One thing that a person is told."""

    reference: str
    """Empty for a message in the quarantine."""
    rights: tuple[Right, ...]
    due: date | None
    says: str
    """Code of its sentence; `matter` for the date of one."""
    page: str
    """Where it lies; empty without an address of the service."""
    matter_date: MatterDate | None = None
    missed: bool = False
    """Whether that date was missed."""
    zone: str = ""
    """The time zone of that date."""


@dataclass(frozen=True)
class TellingText:
    """Subject and body, without the name of the office."""

    subject: str
    body: str


def telling_text(language: str, told: Iterable[ToldWait], *, console: str, regime: str) -> TellingText:
    """What is told in one of LANGUAGES, what is due first first; once for each case, with everything that waits there.

    `console` is its address, for what is not listed; empty without one. Raises Untranslated.
    """
    say = words(language)
    entries = _gathered(told)
    listed = list(islice(entries.values(), SHOWN))
    parts = [say.gettext(_HELLO), *("\n".join(_lines(each, say, regime)) for each in listed)]
    if len(entries) > len(listed):
        more = say(_MORE, number=say.number(len(entries) - len(listed)))
        parts.append(f"{more}\n{console}".rstrip())
    parts.append(say.gettext(_AUTOMATIC))
    return TellingText(say(_SUBJECT, number=say.number(len(entries))), "\n\n".join(parts))


def _gathered(told: Iterable[ToldWait]) -> dict[str, list[ToldWait]]:
    """By case, matter or message, the earliest date first; what has no date last."""
    found: dict[str, list[ToldWait]] = {}
    for each in sorted(told, key=lambda one: (one.due is None, one.due or date.max, one.reference)):
        said = found.setdefault(each.reference or each.page, [])
        if each.says not in [one.says for one in said]:
            said.append(each)
    return found


def _lines(about: Sequence[ToldWait], say: LetterLanguage, regime: str) -> Iterator[str]:
    first = about[0]
    provisions = [RIGHTS[right].provision or "" for right in first.rights]
    cited = [say.provision(provisions[0], regime=regime)] if len(provisions) == 1 else []
    if len(provisions) > 1:
        articles = ", ".join(each.removeprefix("GDPR Art. ") for each in provisions)
        cited = [say.provision(f"GDPR Art. {articles}", regime=regime)]
    due = [] if first.due is None else [say.date_line(first.due)]
    head = " · ".join(filter(None, (first.reference, *cited, *due)))
    if head:
        yield head
    for each in about:
        yield _sentence(each, say, regime)
    if first.page:
        yield first.page


def _sentence(told: ToldWait, say: LetterLanguage, regime: str) -> str:
    if told.matter_date is not None:
        return matter_sentence(say, reference=told.reference, date=told.matter_date, missed=told.missed, zone=told.zone)
    if told.says in _SAID:
        return say.gettext(_SAID[told.says])
    known = CODED["warning"][told.says]
    if known.provision is None:
        return say.gettext(known.message)
    return say(known.message, provision=say.provision(known.provision, regime=regime))
