"""What is sealed of a letter on its way: its fields, whom it goes to, what a person put in, and how it reads."""

from collections.abc import Mapping
from datetime import date
from typing import Final
from uuid import UUID

import msgspec
from msgspec import structs

from dsr.desk.casebook import Casebook
from dsr.domain.dispatch import Dispatch
from dsr.domain.sealed import DataKey, Sealed
from dsr.letters import Rendered
from dsr.letters.document import said
from dsr.letters.fields import Day, FreeText, LetterFields, Package, Refused, Statement

_FIELD = "letter"

DAYS_TO_CHOOSE: Final = frozenset({"when", "without-answer"})
"""Dates that who handles the case may set otherwise."""


class Address(msgspec.Struct, frozen=True):
    """Where a letter goes. It does not show what it says."""

    name: str = ""
    """For the salutation."""
    email: str = ""
    postal: tuple[str, ...] = ()
    """One line each, without the name."""
    staff: str = ""
    """Identifier of a member of staff: their address at work is asked for when the letter leaves, and not kept here."""

    @property
    def takes_mail(self) -> bool:
        """Whether a mail can go there, as far as is known when it is written."""
        return bool(self.email or self.staff)

    def __repr__(self) -> str:
        return "<Address>"


class Rewording(msgspec.Struct, frozen=True):
    """Other words for why something is refused; None: as it was decided. It does not show what it says."""

    reasons: FreeText | None = None
    facts: FreeText | None = None

    def __repr__(self) -> str:
        return "<Rewording>"


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What does not follow from the case. It does not show what it says."""

    address: Address
    statements: Mapping[str, Statement] = {}
    """What a person put in, by code; the rest is from the case."""
    rewordings: Mapping[int, Rewording] = {}
    """Of a letter of refusal, by the place of what is refused, from 0 on."""
    due_on: date | None = None
    """The date that a warning is about."""
    in_reply_to: str | None = None
    """Message-ID, with its angle brackets."""

    def __repr__(self) -> str:
        return "<Given>"


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, as one sealed value."""

    standing: LetterFields
    """What stood on the case when the letter was written, without anything that a person put in."""
    given: Given
    wording: Rendered | None = None
    """How it reads; None while something is missing."""

    def __repr__(self) -> str:
        return "<Content>"

    @property
    def fields(self) -> LetterFields:
        """What the letter says: what stands on the case, and over it what a person put in."""
        standing, given = self.standing, self.given
        return structs.replace(
            standing,
            addressee=given.address.name or None,
            postal_address=given.address.postal,
            statements={**standing.statements, **given.statements},
            refused=tuple(
                _reworded(part, given.rewordings.get(place, Rewording())) for place, part in enumerate(standing.refused)
            ),
        )

    @property
    def links(self) -> frozenset[str | None]:
        """Where it leads to packages."""
        return frozenset(said.link for said in self.standing.statements.values() if isinstance(said, Package))

    def outdated_by(self, now: LetterFields) -> tuple[str, ...]:
        """Codes of what the case says otherwise now, so that the letter says what holds no longer.

        Not the day on which it was written, nor a date of the head that it does not name, nor one that was chosen.
        """
        then = self.standing
        changed = {
            "case-reference": then.reference != now.reference,
            "contact": then.sender != now.sender,
            "arrival-date": then.received_on != now.received_on,
            "rights-understood": then.rights != now.rights,
            "due-date": then.due_on != now.due_on and self._says("due-date"),
            "refused": then.refused != now.refused,
        }
        chosen = {code for code in DAYS_TO_CHOOSE if isinstance(self.given.statements.get(code), Day)}
        stated = {code for code in _unlike(then, now) if code not in chosen}
        return tuple(sorted(stated | {code for code, is_so in changed.items() if is_so}))

    def still_given(self, now: LetterFields) -> Given:
        """What a person put in, less what they put over something that stands otherwise on the case by now."""
        then, given = self.standing, self.given
        gone = _unlike(then, now) - DAYS_TO_CHOOSE
        return structs.replace(
            given,
            statements={code: statement for code, statement in given.statements.items() if code not in gone},
            rewordings=given.rewordings if then.refused == now.refused else {},
        )

    def _says(self, code: str) -> bool:
        return self.wording is None or any(code in said(part.blocks) for part in self.wording.parts)


def _unlike(then: LetterFields, now: LetterFields) -> set[str]:
    codes = then.statements.keys() | now.statements.keys()
    return {code for code in codes if then.statements.get(code) != now.statements.get(code)}


def _reworded(part: Refused, words: Rewording) -> Refused:
    return structs.replace(part, reasons=words.reasons or part.reasons, facts=words.facts or part.facts)


def seal(book: Casebook, key: DataKey, dispatch_id: UUID, content: Content) -> Sealed:
    """Under the key of the case file, bound to the letter."""
    return book.sealer.seal_json(content, key=key, stream_id=dispatch_id, field=_FIELD)


def open_content(book: Casebook, dispatch: Dispatch) -> Content:
    """What `seal` sealed. Raises KeyDestroyed once the person was forgotten."""
    plain = book.sealer.open_json(dispatch.filling.content, stream_id=dispatch.id, field=_FIELD)
    return msgspec.convert(plain, Content, str_keys=True)
