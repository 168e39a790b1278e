"""What a letter is made of: fields that the desk fills in from the case, before any sentence is written.

All of it is personal data once filled in: nothing here has a `repr`. `msgspec` turns `LetterFields` into JSON and back,
so that it can be sealed as it is.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

import msgspec

from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import CostLine
from dsr.domain.request.values import IdentityMethod
from dsr.domain.rights import Right
from dsr.domain.ropa import Authority

_PAGE: Final = re.compile(r"https?://[^\s<>\"]+", re.ASCII)


class _Field(msgspec.Struct, frozen=True):
    """Part of a letter; it does not show what it says."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class _Statement(_Field, frozen=True, tag=True, tag_field="says"):
    """What a letter states under one code."""


class FreeText(_Statement, frozen=True, tag="text"):
    """Words of who handles the case, in the language of the letter; a blank line starts a new paragraph."""

    text: str
    english: str | None = None
    """The same in English, for the English text below; without it that part quotes the original, and says so."""


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
    """What a fee is made of (GDPR Art. 12(5)(a))."""

    lines: tuple[CostLine, ...]
    currency: str


class Coded(_Statement, frozen=True, tag="code"):
    """One of a closed list of codes that letters have a sentence for: `dsr/letters/sentences.py`."""

    code: str


class Count(_Statement, frozen=True, tag="count"):
    """A number of things or days."""

    number: int


class ComplaintTo(_Statement, frozen=True, tag="authority"):
    """The supervisory authority (GDPR Art. 77), by name and address."""

    authority: Authority


class Entry(_Field, frozen=True):
    """One line of a list: a system, a purpose, a category, a recipient by name."""

    name: str
    note: FreeText | None = None
    """What is said of it: why it is kept, how long, under which safeguard."""
    on: date | None = None
    """When, where that matters."""


class Things(_Statement, frozen=True, tag="list"):
    """A list, never empty."""

    entries: tuple[Entry, ...]


class Nothing(_Statement, frozen=True, tag="nothing"):
    """There is nothing of the kind, and the letter says so: nothing was kept, nobody had to be told, nobody decides by
    machine; `NOTHING` in `dsr/letters/sentences.py` has the sentence for each code."""


class Processed(_Statement, frozen=True, tag="processed"):
    """Whether data of the person is processed at all (GDPR Art. 15(1)). `False` in the answer to any right: no data was
    found, so that nothing was to be done."""

    yes: bool


class Methods(_Statement, frozen=True, tag="methods"):
    """Ways to settle who asks (GDPR Art. 12(6)): the least that is asked, or what would do as well."""

    methods: tuple[IdentityMethod, ...]
    note: FreeText | None = None
    """What exactly: which reference, which number."""


class ClockEffect(_Statement, frozen=True, tag="clock"):
    """Whether the deadline stands still until the question is answered."""

    stands_still: bool


class Package(_Statement, frozen=True, tag="package"):
    """How a copy or an export reaches the person: by a link and a second secret, or enclosed."""

    link: str | None = None
    """`https://…`; without one, the package comes with the letter."""
    until: date | None = None
    """The last day on which the link works."""

    def __post_init__(self) -> None:
        """Raises ValueError for a link that leads elsewhere than to a page; it is not quoted."""
        if self.link is not None and not _PAGE.fullmatch(self.link):
            raise ValueError("A link starts with https:// or http:// and has no spaces.")


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
)


class RefusedItem(_Field, frozen=True):
    """One refused item, or the part of one (GDPR Art. 12(4)); makes the statements `reasons`, `provision`, `facts`."""

    right: Right | None
    """None: the person could not be identified, so nothing was looked at."""
    provision: str
    """As the event has it: `GDPR Art. 17(3)(e); § 147 AO`."""
    reasons: FreeText
    facts: FreeText
    extent: tuple[str, ...] = ()
    """Fields or categories, where only a part is refused."""


class Sender(_Field, frozen=True):
    """The controller that answers."""

    name: str
    mailbox: str
    """Its privacy mailbox; with the reference it is how to reach us."""
    country: str
    """ISO 3166-1 alpha-2."""
    address: tuple[str, ...] = ()
    """Postal address, one line each, without the name; stands on paper."""
    regime: str = "eu-gdpr"
    """Id of the rules it answers under: which law the letter cites."""


class LetterFields(_Field, frozen=True, kw_only=True):
    """Everything that a letter is written from."""

    kind: LetterKind
    language: str
    """ISO 639-1 of the reader; where letters are not written in it, the letter is English only."""
    reference: str
    written_on: date
    sender: Sender
    addressee: str | None = None
    """Name of the reader, for the salutation."""
    postal_address: tuple[str, ...] = ()
    """Of the reader, one line each, without the name; stands on paper."""
    received_on: date
    """R: the local date of arrival."""
    due_on: date | None = None
    """The date by which an answer is due; in a warning, the date it is about."""
    rights: tuple[Right, ...] = ()
    """What the request was understood to ask, or what this letter answers."""
    statements: Mapping[str, Statement] = {}
    """By the codes of `REQUIRED_STATEMENTS`, and any others that the template has a place for, `note` among them. A
    code in `FIXED` (`dsr/letters/sentences.py`) needs none; `FreeText` there is said besides."""
    refused: tuple[RefusedItem, ...] = ()
    """The items, or parts of items, that this letter refuses; in an answer, besides what was done."""

    @property
    def nothing_held(self) -> bool:
        """It answers that no data was found."""
        return self.statements.get("processed-or-not") == Processed(yes=False)


FROM_HEAD: Final = frozenset({"case-reference", "arrival-date", "rights-understood", "due-date", "contact"})
"""Statements that a letter makes from the fields above, not from `statements`."""


def to_json(fields: LetterFields) -> dict[str, object]:
    """Plain values, to be sealed."""
    plain: dict[str, object] = msgspec.to_builtins(fields)
    return plain


def from_json(plain: object) -> LetterFields:
    """What `to_json` made. Raises msgspec.ValidationError, which quotes codes and places, no words."""
    return msgspec.convert(plain, LetterFields)
