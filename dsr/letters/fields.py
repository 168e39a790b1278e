"""Fields of a letter, which the desk fills in from the case before any sentence is rendered.

Filled in, they are personal data, so nothing here has a `repr`. `msgspec` converts `LetterFields` to JSON and back, so
that they can be sealed.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

import msgspec

from dsr.domain.request.kept import KeptGround
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.standing import CostLine
from dsr.domain.request.values import IdentityMethod
from dsr.domain.rights import Right
from dsr.domain.ropa import Authority

_PAGE: Final = re.compile(r"https?://[^\s<>\"]+", re.ASCII)


class _Field(msgspec.Struct, frozen=True):
    """Base of letter fields, without a telling `repr`."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class _Statement(_Field, frozen=True, tag=True, tag_field="says"):
    """Base of the values of a statement."""


class FreeText(_Statement, frozen=True, tag="text"):
    """Text by the handler, in the language of the letter; a blank line starts a new paragraph."""

    text: str
    english: str | None = None
    """The English translation for the English part; without it that part quotes the original and says so."""


class CalendarDate(_Statement, frozen=True, tag="day"):
    """A calendar date."""

    date: date


class Money(_Statement, frozen=True, tag="money"):
    """An amount."""

    amount: int
    """In the smallest unit of the currency, such as cents."""
    currency: str
    """ISO 4217."""


class Costs(_Statement, frozen=True, tag="costs"):
    """The costs of a fee (GDPR Art. 12(5)(a))."""

    lines: tuple[CostLine, ...]
    currency: str


class Coded(_Statement, frozen=True, tag="code"):
    """A code from a closed list, for which letters have a sentence: `dsr/letters/sentences.py`."""

    code: str


class Count(_Statement, frozen=True, tag="count"):
    """A number of things or days."""

    number: int


class ComplaintTo(_Statement, frozen=True, tag="authority"):
    """The supervisory authority (GDPR Art. 77), by name and address."""

    authority: Authority


class Entry(_Field, frozen=True):
    """One list entry: a system, purpose, category or recipient, by name."""

    name: str
    note: FreeText | None = None
    """Details: why it is kept, how long, under which safeguard."""
    on: date | None = None
    """A date, if relevant."""


class Things(_Statement, frozen=True, tag="list"):
    """A list, never empty."""

    entries: tuple[Entry, ...]
    english: tuple[Entry, ...] = ()
    """The same for the English part; empty: as in `entries`."""


class Nothing(_Statement, frozen=True, tag="nothing"):
    """A statement that nothing of the kind exists: nothing was kept, nobody had to be told, no automated decisions;
    `NOTHING` in `dsr/letters/sentences.py` has the sentence for each code.
    """


class Processed(_Statement, frozen=True, tag="processed"):
    """Whether data of the person is processed at all (GDPR Art. 15(1)). `False`, for any right: no data was found, so
    nothing had to be done.
    """

    yes: bool


class Methods(_Statement, frozen=True, tag="methods"):
    """Methods of proving identity (GDPR Art. 12(6)): the least that is asked, or alternatives."""

    methods: tuple[IdentityMethod, ...]
    note: FreeText | None = None
    """Details, such as which reference or number."""


class ClockEffect(_Statement, frozen=True, tag="clock"):
    """Whether the clock is suspended until the question is answered."""

    stands_still: bool


class Package(_Statement, frozen=True, tag="package"):
    """How a copy or an export reaches the person: by a link and a password, or enclosed."""

    link: str | None = None
    """`https://…`; empty: the package is enclosed."""
    until: date | None = None
    """The last day on which the link works."""

    def __post_init__(self) -> None:
        """Raises ValueError for a link that is not a web address; the message does not quote it."""
        if self.link is not None and not _PAGE.fullmatch(self.link):
            raise ValueError("A link starts with https:// or http:// and has no spaces.")


class KeptEntry(_Field, frozen=True):
    """One thing that was kept, and why."""

    ground: KeptGround
    what: str = ""
    """What it is, in the language of the letter; empty for what the service states by itself."""
    english: str | None = None
    """The same for the English part."""
    extent: str = ""
    """The refused field or category, for `refused-part`."""
    activity: str = ""
    """Id in the record of processing, for `other-activity`."""
    purpose: str = ""
    """What that activity is called; filled in by the service."""
    provision: str = ""
    """Its legal basis; filled in by the service."""
    until: date | None = None
    """The last day in backups, for `backup-until`."""


class KeptData(_Statement, frozen=True, tag="kept"):
    """What was kept, each thing on a ground of its own (docs/law §11)."""

    entries: tuple[KeptEntry, ...] = ()
    may_be_more: bool = False
    """Whether a person still has to say what else was kept, or that nothing was; filled in by the service."""


class SearchEntry(_Field, frozen=True):
    """How one system on the search list ended."""

    name: str
    """Empty: the file on the request."""
    result: SearchResult
    on: date | None = None
    reason: FreeText | None = None
    """Why it was left out; None for the case files, which stay as proof of the request (GDPR Art. 17(3)(b), (e))."""


class Searched(_Statement, frozen=True, tag="searched"):
    """Which systems were searched, and what was left out of that (docs/law §11)."""

    systems: tuple[SearchEntry, ...]
    groups_not_searched: tuple[str, ...] = ()
    """Groups of people that the person does not belong to, as the record of processing calls them."""
    copy_is_whole: bool = True
    """Whether all that was collected is in the package, which otherwise lists what is not."""
    is_whole: bool = False
    """Whether nothing was left out, neither of the search nor of what it found."""


Statement = (
    FreeText
    | CalendarDate
    | Money
    | Costs
    | Coded
    | Count
    | ComplaintTo
    | Things
    | Nothing
    | Processed
    | Methods
    | ClockEffect
    | Package
    | Searched
    | KeptData
)


class RefusedItem(_Field, frozen=True):
    """One refused item, or the part of one (GDPR Art. 12(4)); makes the statements `reasons`, `provision`, `facts`."""

    right: Right | None
    """None: the person could not be identified, so no right was examined."""
    provision: str
    """As in the event: `GDPR Art. 17(3)(e); § 147 AO`."""
    reasons: FreeText
    facts: FreeText
    extent: tuple[str, ...] = ()
    """Fields or categories, if only a part is refused."""
    withheld: bool = False
    """A law forbids telling the reasons (GDPR Art. 23(2)(h)): a sentence says that there are none to read, in their
    place; `reasons` and `facts` are blank.
    """


class Sender(_Field, frozen=True):
    """The controller that answers."""

    name: str
    mailbox: str
    """Its privacy mailbox, for replies with the reference."""
    country: str
    """ISO 3166-1 alpha-2."""
    address: tuple[str, ...] = ()
    """Postal address, one line each, without the name; printed on paper letters."""
    regime: str = "eu-gdpr"
    """Id of its deadline regime, which decides which law the letter cites."""


class RecordTexts(_Field, frozen=True):
    """The texts of the record of processing that a letter uses, in other languages (docs/law §14)."""

    language: str = ""
    """ISO 639-1, of the record; empty if it does not state it."""
    others: Mapping[str, Mapping[str, str]] = {}
    """Text in the record's language → other language → text."""


class LetterFields(_Field, frozen=True, kw_only=True):
    """All fields of a letter."""

    kind: LetterKind
    language: str
    """ISO 639-1 language of the reader; the letter is English only if letters do not exist in it."""
    reference: str
    written_on: date
    sender: Sender
    addressee: str | None = None
    """Name of the reader, for the salutation."""
    postal_address: tuple[str, ...] = ()
    """Postal address of the reader, one line each, without the name; printed on paper letters."""
    received_on: date
    """R: the local date of arrival."""
    due_on: date | None = None
    """The date by which an answer is due; in a warning, the date concerned."""
    question_waits: bool = False
    """In an acknowledgement: whether the person was asked something, or is about to be, and has not answered."""
    sender_doubtful: bool = False
    """In a letter that passes a request on: our own mail server refuted its sender, and nobody has confirmed them."""
    transmitted: bool = False
    """In an answer to portability: the data was sent to another controller, and no package is offered (Art. 20(2))."""
    rights: tuple[Right, ...] = ()
    """The rights the request was understood to exercise, or those that this letter answers."""
    statements: Mapping[str, Statement] = {}
    """Statements keyed by the codes of `REQUIRED_STATEMENTS` and by other codes of the template, such as `note`. A code
    in `FIXED` (`dsr/letters/sentences.py`) needs no value; a `FreeText` value is added to its sentence.
    """
    refused: tuple[RefusedItem, ...] = ()
    """The items, or parts of items, that this letter refuses; an answer also tells what was done."""

    record: RecordTexts = RecordTexts()
    """Translations of names and texts that the other fields quote from the record of processing."""

    @property
    def nothing_held(self) -> bool:
        """Whether the letter answers that no data was found."""
        return self.statements.get("processed-or-not") == Processed(yes=False)


FROM_HEAD: Final = frozenset({"case-reference", "arrival-date", "rights-understood", "due-date", "contact"})
"""Codes of statements made from the fields above instead of `statements`."""


def to_json(fields: LetterFields) -> dict[str, object]:
    """Plain values, to be sealed."""
    plain: dict[str, object] = msgspec.to_builtins(fields)
    return plain


def from_json(plain: object) -> LetterFields:
    """Read the output of `to_json`. Raises msgspec.ValidationError, which quotes codes and places, no text."""
    return msgspec.convert(plain, LetterFields)
