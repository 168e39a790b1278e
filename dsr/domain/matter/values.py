"""Kinds, states and dates of matters; codes are public."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from dsr.domain.dispatch import DispatchState
from dsr.domain.request.values import Channel


class MatterKind(StrEnum):
    """What a matter is about."""

    COMPLAINT = "complaint"
    """A complaint to us about how data is used or a request was handled (GDPR Art. 12, 24; DPA 2018 s. 164A)."""
    INCIDENT = "incident"
    """A personal data breach: a misdelivery, or an unlawful disclosure (GDPR Art. 4(12), 33, 34)."""
    INQUIRY = "inquiry"
    """A supervisory authority asks for information (GDPR Art. 58(1))."""
    ORDER = "order"
    """A supervisory authority orders something (GDPR Art. 58(2))."""
    COURT_CLAIM = "court-claim"
    """Somebody sued, or announces it (GDPR Art. 79, 82)."""


LETTERS: Final = (MatterKind.INQUIRY, MatterKind.ORDER, MatterKind.COURT_CLAIM)
"""Matters that a letter of an authority or a court begins, which sets their date."""


class MatterStatus(StrEnum):
    """Status of a matter."""

    OPEN = "open"
    """Not answered yet."""
    ANSWERED = "answered"
    """The answer has left; its outcome is not recorded yet."""
    CLOSED = "closed"
    """Answered, with an outcome."""


class MatterDue(StrEnum):
    """What has to be done by the date of a matter."""

    ACKNOWLEDGE = "acknowledge"
    """To tell the sender that it arrived."""
    NOTIFY = "notify"
    """To notify the supervisory authorities of an incident, or to say why none is notified (GDPR Art. 33)."""
    REPLY = "reply"
    """To reply to the authority or court, or to appear at the hearing."""


class MatterOutcome(StrEnum):
    """How a matter ended."""

    UPHELD = "upheld"
    """The complaint, or the claim, was right."""
    UPHELD_IN_PART = "upheld-in-part"
    """It was right in part."""
    REJECTED = "rejected"
    """The complaint, or the claim, was wrong."""
    WITHDRAWN = "withdrawn"
    """Its sender withdrew it."""
    NOTIFIED = "notified"
    """The authorities were notified of the incident."""
    NOT_NOTIFIED = "not-notified"
    """The incident is on record, with the reasons why no authority was notified (GDPR Art. 33(5))."""
    CONTROLLER_TOLD = "controller-told"
    """The controller for which we process was told of the incident (GDPR Art. 33(2))."""
    COMPLIED = "complied"
    """We did what the authority asked or ordered."""
    CONTESTED = "contested"
    """We contested it before a court (GDPR Art. 78)."""
    SETTLED = "settled"
    """The parties settled the claim."""


_JUDGED: Final = (
    MatterOutcome.UPHELD,
    MatterOutcome.UPHELD_IN_PART,
    MatterOutcome.REJECTED,
    MatterOutcome.WITHDRAWN,
)

OUTCOMES: Final[Mapping[MatterKind, tuple[MatterOutcome, ...]]] = {
    MatterKind.COMPLAINT: _JUDGED,
    MatterKind.INQUIRY: (MatterOutcome.COMPLIED, MatterOutcome.CONTESTED, MatterOutcome.WITHDRAWN),
    MatterKind.ORDER: (MatterOutcome.COMPLIED, MatterOutcome.CONTESTED, MatterOutcome.WITHDRAWN),
    MatterKind.COURT_CLAIM: (*_JUDGED, MatterOutcome.SETTLED),
}
"""How an answered matter of each kind can end."""


class IncidentRisk(StrEnum):
    """The risk of an incident for the rights and freedoms of people (GDPR Art. 33(1), 34(1))."""

    UNLIKELY = "unlikely"
    """Unlikely to be a risk: no authority has to be notified, and the record says why."""
    RISK = "risk"
    """A risk: the authorities are notified."""
    HIGH = "high"
    """A high risk: the authorities are notified, and the people are told."""


class TellingException(StrEnum):
    """Why people are not told of an incident with a high risk (GDPR Art. 34(3))."""

    UNINTELLIGIBLE = "unintelligible"
    """The data is unintelligible to whoever got it, such as by encryption (Art. 34(3)(a))."""
    RISK_REMOVED = "risk-removed"
    """Measures taken since then make the high risk no longer likely (Art. 34(3)(b))."""
    DISPROPORTIONATE = "disproportionate"
    """Disproportionate effort: the people are told by a public communication instead (Art. 34(3)(c))."""


class MatterLetterKind(StrEnum):
    """A letter that the service writes for a matter."""

    ACKNOWLEDGEMENT = "acknowledgement"
    """To whoever complains: the complaint arrived (DPA 2018 s. 164A(3))."""
    ANSWER = "answer"
    """To whoever complains: what was examined, what is put right, where else they can turn."""
    AUTHORITY_REPLY = "authority-reply"
    """To the authority that asks or orders something (GDPR Art. 31, 58)."""
    INCIDENT_NOTICE = "incident-notice"
    """To the people whom an incident concerns (GDPR Art. 34(2))."""


class MatterAttention(StrEnum):
    """Why somebody has to act on a matter."""

    OVERDUE = "overdue"
    """Its date has passed, and what was due is not done."""
    MESSAGE = "message"
    """A message on it is not examined, also after it was closed."""
    DRAFT = "draft"
    """A letter waits for its release."""
    UNDELIVERED = "undelivered"
    """A letter failed or came back, and no other one of its kind was written since."""
    FORGETTING = "forgetting"
    """Somebody proposed to forget its file, and nobody has decided."""


class MatterSender(StrEnum):
    """Who a message on a matter comes from, as far as the service can tell."""

    KNOWN = "known"
    """An address to which a letter of the matter went, or another one of the same authority."""
    OTHER_ADDRESS = "other-address"
    """Another address: whoever examines it finds out who writes."""
    REFUTED = "refuted"
    """Our own mail server found that it did not come from the address that it names."""


@dataclass(frozen=True)
class MatterLetterRule:
    """For which matters a letter is written, and what it has to say besides what is on record."""

    kinds: tuple[MatterKind, ...]
    texts: tuple[str, ...]
    """Codes of the texts that the team writes."""

    @property
    def is_decided_by_two(self) -> bool:
        """Whether a second person reads it before it leaves: it says more than what is on record."""
        return bool(self.texts)


MATTER_LETTERS: Final[Mapping[MatterLetterKind, MatterLetterRule]] = {
    MatterLetterKind.ACKNOWLEDGEMENT: MatterLetterRule((MatterKind.COMPLAINT,), ()),
    MatterLetterKind.ANSWER: MatterLetterRule((MatterKind.COMPLAINT,), ("reasons", "remedies")),
    MatterLetterKind.AUTHORITY_REPLY: MatterLetterRule((MatterKind.INQUIRY, MatterKind.ORDER), ("reply",)),
    MatterLetterKind.INCIDENT_NOTICE: MatterLetterRule(
        (MatterKind.INCIDENT,), ("what_happened", "consequences", "measures")
    ),
}


@dataclass(frozen=True)
class LetterOnItsWay:
    """A letter of a matter, and how far it has come."""

    kind: MatterLetterKind
    channel: Channel
    message_id: str
    written_by: str
    state: DispatchState = DispatchState.DRAFT
    version: int = 0
    """Version of the event that holds its content."""
    notice_id: UUID | None = None
    """The notice to many people that it is part of."""
    released_at: datetime | None = None
    not_before: datetime | None = None

    @property
    def is_mailed(self) -> bool:
        """Whether the service sends it, rather than a person who posts it."""
        return self.channel is Channel.EMAIL


@dataclass(frozen=True)
class MatterHold:
    """A legal hold that lies on a case for a matter."""

    request_id: UUID
    hold_id: UUID


@dataclass(frozen=True)
class MatterDate:
    """The date of a matter, computed once by the command that sets it."""

    due: MatterDue
    on: date
    """The last day, in the zone of the controller."""
    ends_at: datetime
    """The first instant that is too late."""
    warn_at: datetime
    """When the team is warned that it approaches."""
    latest_on: date | None
    """The later day by the counting of the authority, where the source can be read in two ways; the earlier holds."""
    source: str
    """The provision that sets it, in the usual citation."""
