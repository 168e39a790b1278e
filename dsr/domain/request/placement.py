"""Placement: the case to which an arriving message belongs (docs/law §3, `receive` and `attach follow-up`; §9).

Pure functions; the desk looks the facts up.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from dsr.domain.rights import Right

OTHER_ADDRESS: Final = "other-address"
ALTERED_MESSAGE: Final = "altered-message"
REFUTED_SENDER: Final = "refuted-sender"
CLAIMS: Final = (OTHER_ADDRESS, ALTERED_MESSAGE, REFUTED_SENDER)
"""Reasons for a link of a letter that claims the thread of a case, and became a case of its own."""


class Placement(StrEnum):
    """What happens with a message."""

    NEW = "new"
    """A case of its own."""
    DUPLICATE = "duplicate"
    """The same message has a case already: nothing is recorded twice."""
    FOLLOW_UP = "follow-up"
    """Joins the case of its thread, whatever its text suggests: a person examines it and says what it is."""
    TRIAGE = "triage"
    """Claims a thread but comes from another address, or not from the address that it names, or repeats a Message-ID
    with other content: a case of its own that a person looks at, so that nobody writes into another person's file."""
    ASIDE = "aside"
    """Sent automatically, and belongs to no case's thread: no case, and no answer. A person sees it in the quarantine,
    since a form or a mistake may mark a person's letter as automatic.
    """


@dataclass(frozen=True)
class EarlierMessage:
    """A message seen before under the same Message-ID."""

    request_id: UUID
    same_content: bool


@dataclass(frozen=True)
class Thread:
    """The case that the message says it belongs to."""

    request_id: UUID
    same_sender: bool
    refuted: bool
    """Our own mail server found that the message did not come from the address that it names."""
    rights: frozenset[Right]
    """Rights of the case: its items, or before registration what was suggested."""

    @property
    def is_of_its_person(self) -> bool:
        """Whether nothing speaks against the person of the case as the sender."""
        return self.same_sender and not self.refuted


@dataclass(frozen=True)
class Place:
    """The decision, with the case it refers to and the reason for a link."""

    placement: Placement
    request_id: UUID | None = None
    link_reason: str = ""


def place(
    *, known: EarlierMessage | None, thread: Thread | None, rights: frozenset[Right], automatic: bool = False
) -> Place:
    """Place a message by the guards of docs/law §3, the most cautious first.

    `rights` are those that its text suggests: suggestions open no case in a thread (docs/law §9). `automatic`: it was
    sent automatically. An out-of-office reply is neither answer nor request: it joins the case of its thread, where it
    moves no date, and never makes a case; one that suggests a right that the case lacks is left to a person.
    """
    if known is not None and known.same_content:
        return Place(Placement.DUPLICATE, known.request_id)
    if automatic:
        if known is None and thread is not None and thread.is_of_its_person and not rights - thread.rights:
            return Place(Placement.FOLLOW_UP, thread.request_id)
        return Place(Placement.ASIDE)
    if known is not None:
        return Place(Placement.TRIAGE, known.request_id, ALTERED_MESSAGE)
    if thread is None:
        return Place(Placement.NEW)
    if not thread.same_sender:
        return Place(Placement.TRIAGE, thread.request_id, OTHER_ADDRESS)
    if thread.refuted:
        return Place(Placement.TRIAGE, thread.request_id, REFUTED_SENDER)
    return Place(Placement.FOLLOW_UP, thread.request_id)
