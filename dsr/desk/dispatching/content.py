"""The sealed content of a letter: facts from the case, address, what a person put in, and the wording."""

from collections.abc import Mapping
from datetime import date
from typing import Final
from uuid import UUID

import msgspec
from msgspec import structs

from dsr.desk.kept import together
from dsr.desk.repository import Repository
from dsr.domain.dispatch import Dispatch
from dsr.domain.sealed import DataKey, Sealed
from dsr.letters import Rendered
from dsr.letters.document import said
from dsr.letters.fields import CalendarDate, FreeText, LetterFields, Package, RefusedItem, Statement

_FIELD = "letter"
_KEPT = "kept-and-why"

DAYS_TO_CHOOSE: Final = frozenset({"when", "without-answer"})
"""Codes of dates that the handler of the case may change."""


class Address(msgspec.Struct, frozen=True):
    """Address of a letter. Its `repr` shows no personal data."""

    name: str = ""
    """For the salutation."""
    email: str = ""
    postal: tuple[str, ...] = ()
    """One line each, without the name."""
    staff: str = ""
    """Identifier of a member of staff. Their address at work is looked up when the letter leaves, and not kept here."""

    @property
    def takes_mail(self) -> bool:
        """Whether a mail can go there, as far as is known when the letter is written."""
        return bool(self.email or self.staff)

    def __repr__(self) -> str:
        return "<Address>"


class Rewording(msgspec.Struct, frozen=True):
    """Other words for the reasons or facts of a refusal; None: as decided. Its `repr` shows no personal data."""

    reasons: FreeText | None = None
    facts: FreeText | None = None

    def __repr__(self) -> str:
        return "<Rewording>"


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """Facts that do not follow from the case. Its `repr` shows no personal data."""

    address: Address
    statements: Mapping[str, Statement] = {}
    """A person's edits, by statement code. The other statements come from the case."""
    rewordings: Mapping[int, Rewording] = {}
    """In a letter of refusal, by the place of the refused part, from 0 on."""
    due_on: date | None = None
    """The date that a warning is about."""
    in_reply_to: str | None = None
    """Message-ID of the mail that it answers, with its angle brackets."""

    def __repr__(self) -> str:
        return "<Given>"


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """All of a letter, sealed as one value."""

    standing: LetterFields
    """The facts of the case when the letter was written, without what a person put in."""
    given: Given
    wording: Rendered | None = None
    """The rendered letter; None while a statement is missing."""

    def __repr__(self) -> str:
        return "<Content>"

    @property
    def fields(self) -> LetterFields:
        """What the letter says: the facts of the case, replaced where a person put in something else."""
        standing, given = self.standing, self.given
        statements = {**standing.statements, **given.statements}
        kept = together(standing.statements.get(_KEPT), given.statements.get(_KEPT))
        if kept is not None:
            statements[_KEPT] = kept
        return structs.replace(
            standing,
            addressee=given.address.name or None,
            postal_address=given.address.postal,
            statements=statements,
            refused=tuple(
                _reworded(part, given.rewordings.get(place, Rewording())) for place, part in enumerate(standing.refused)
            ),
        )

    @property
    def links(self) -> frozenset[str | None]:
        """The links to packages that it holds."""
        return frozenset(said.link for said in self.standing.statements.values() if isinstance(said, Package))

    def outdated_by(self, now: LetterFields) -> tuple[str, ...]:
        """Codes of the parts in which the letter no longer agrees with the case.

        These are never out of date: the day on which it was written, a date in its head that it does not mention, and
        a date that a person chose.
        """
        then = self.standing
        changed = {
            "case-reference": then.reference != now.reference,
            "contact": then.sender != now.sender,
            "arrival-date": then.received_on != now.received_on,
            "rights-understood": then.rights != now.rights,
            "due-date": then.due_on != now.due_on and self._says("due-date"),
            "question": then.question_waits != now.question_waits,
            "sender": then.sender_doubtful != now.sender_doubtful,
            "refused": then.refused != now.refused,
        }
        chosen = {code for code in DAYS_TO_CHOOSE if isinstance(self.given.statements.get(code), CalendarDate)}
        stated = {code for code in _unlike(then, now) if code not in chosen}
        return tuple(sorted(stated | {code for code, is_so in changed.items() if is_so}))

    def said_now(self, now: LetterFields) -> dict[str, object]:
        """What the case says now of the parts in which the letter no longer agrees with it, as plain values, by code;
        None where it says nothing any more.
        """
        head: dict[str, object] = {
            "case-reference": now.reference,
            "contact": now.sender.mailbox,
            "arrival-date": now.received_on,
            "rights-understood": now.rights,
            "due-date": now.due_on,
            "question": now.question_waits,
            "sender": now.sender_doubtful,
            "refused": now.refused,
        }
        said: dict[str, object] = head | dict(now.statements)
        return {code: msgspec.to_builtins(said.get(code)) for code in self.outdated_by(now)}

    def still_given(self, now: LetterFields) -> Given:
        """A person's edits, minus those that replaced a value which has since changed on the case."""
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


def _reworded(part: RefusedItem, words: Rewording) -> RefusedItem:
    return structs.replace(part, reasons=words.reasons or part.reasons, facts=words.facts or part.facts)


def seal(repository: Repository, key: DataKey, dispatch_id: UUID, content: Content) -> Sealed:
    """Seal the content under the key of the case file, bound to the letter."""
    return repository.sealer.seal_json(content, key=key, stream_id=dispatch_id, field=_FIELD)


def open_content(repository: Repository, dispatch: Dispatch) -> Content:
    """Open what `seal` sealed. Raises KeyDestroyed once the person was forgotten."""
    plain = repository.sealer.open_json(dispatch.filling.content, stream_id=dispatch.id, field=_FIELD)
    return msgspec.convert(plain, Content, str_keys=True)
