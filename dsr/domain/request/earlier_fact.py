"""A fact that a person recorded by hand on a later day than it happened (docs/law §10; GDPR Art. 5(2))."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from dsr.domain.deadlines import SuspensionKind
from dsr.domain.request.letters import Letter
from dsr.domain.sealed import Sealed


class EarlierFactKind(StrEnum):
    """What was recorded by hand on a later day; codes are public."""

    IDENTITY_QUESTION = "identity-question"
    """The person was asked for proof of identity."""
    CLARIFICATION_QUESTION = "clarification-question"
    """The person was asked which data they mean."""
    ACKNOWLEDGEMENT = "acknowledgement"
    """The arrival was confirmed to the person."""
    ANSWER = "answer"
    """The person was answered, or refused."""
    EXTENSION_NOTICE = "extension-notice"
    """The person was told of the extension."""
    FEE_NOTICE = "fee-notice"
    """The person was told of the fee."""
    PAYMENT = "payment"
    """The fee was paid."""
    RECIPIENT_NOTICE = "recipient-notice"
    """A recipient of the data was told (GDPR Art. 19)."""
    ARRIVAL = "arrival"
    """The request arrived on a later day than on record."""


QUESTION_OF: dict[SuspensionKind, EarlierFactKind] = {
    SuspensionKind.IDENTITY: EarlierFactKind.IDENTITY_QUESTION,
    SuspensionKind.CLARIFICATION: EarlierFactKind.CLARIFICATION_QUESTION,
    SuspensionKind.FEE: EarlierFactKind.FEE_NOTICE,
}
"""The fact by which the clock would be suspended, by the kind of the suspension."""


@dataclass(frozen=True)
class EarlierFact:
    """It would move a date later or make something punctual, so it counts from the day of its entry until an approver
    other than the recorder confirms it.
    """

    version: int
    """The version of the case whose event recorded it; names the fact."""
    kind: EarlierFactKind
    happened_at: datetime | None
    """The stated moment; None where only its day is on record."""
    happened_on: date
    """The stated local date."""
    recorded_at: datetime
    recorded_by: str
    item_ids: tuple[str, ...] = ()
    """The items that an answer answers."""
    fee_id: UUID | None = None
    letter: Letter | None = None
    """The answer, the acknowledgement or the notice of extension."""
    reason: Sealed | None = None
    """Why an arrival is corrected."""
    ended_at: datetime | None = None
    """When a question was answered, or waited for no longer; None while it is open."""
    confirmed_at: datetime | None = None
    confirmed_by: str = ""

    @property
    def pending(self) -> bool:
        """Whether it waits for confirmation."""
        return self.confirmed_at is None


class StatedEvent:
    """An event of a fact that may be recorded by hand on a later day.

    The second shape says whether it waits for confirmation. What was recorded in the first one counts as it was stated.
    """

    class_version = 2

    @staticmethod
    def upcast_v1_v2(state: MutableMapping[str, Any]) -> None:
        """Before this rule, nothing waited for confirmation, whatever its day: None, so that no audit asks for it."""
        state["unconfirmed"] = None
