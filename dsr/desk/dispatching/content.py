"""What is sealed of a letter on its way: its fields, whom it goes to, what a person put in, and how it reads."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import msgspec

from dsr.desk.casebook import Casebook
from dsr.domain.dispatch import Dispatch
from dsr.domain.sealed import DataKey, Sealed
from dsr.letters.fields import FreeText, LetterFields, Statement

_FIELD = "letter"


class Address(msgspec.Struct, frozen=True):
    """Where a letter goes. It does not show what it says."""

    name: str = ""
    """For the salutation."""
    email: str = ""
    postal: tuple[str, ...] = ()
    """One line each, without the name."""

    def __repr__(self) -> str:
        return "<Address>"


class Wording(msgspec.Struct, frozen=True):
    """How a complete letter reads."""

    subject: str
    text: str
    html: str

    def __repr__(self) -> str:
        return "<Wording>"


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

    fields: LetterFields
    given: Given
    wording: Wording | None = None
    """None while something is missing."""

    def __repr__(self) -> str:
        return "<Content>"


def seal(book: Casebook, key: DataKey, dispatch_id: UUID, content: Content) -> Sealed:
    """Under the key of the case file, bound to the letter."""
    return book.sealer.seal_json(content, key=key, stream_id=dispatch_id, field=_FIELD)


def open_content(book: Casebook, dispatch: Dispatch) -> Content:
    """What `seal` sealed. Raises KeyDestroyed once the person was forgotten."""
    plain = book.sealer.open_json(dispatch.content, stream_id=dispatch.id, field=_FIELD)
    return msgspec.convert(plain, Content, str_keys=True)
