"""Disclosure to an authority: only on an express request, reviewed and documented (GDPR Art. 5(2), 6(1)(c), (3),
48).

The person who records the request can't review it. Data given never exceeds what the review allowed.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final, Self
from uuid import UUID

from dsr.domain.acting import Acting
from dsr.domain.deadlines.regime import EEA
from dsr.domain.errors import Refused
from dsr.domain.events import CreatedEvent, Event
from dsr.domain.matter import Matter
from dsr.domain.matter.guards import require_kind
from dsr.domain.matter.values import LETTERS
from dsr.domain.own_file import FileKind, OwnFile
from dsr.domain.request.errors import FourEyes, ReasonRequired, ReceiptInFuture
from dsr.domain.request.letters import is_blank
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.ropa import Ropa
from dsr.domain.sealed import KeyIntroduction, Sealed


class ExpressRequestRequired(Refused):
    """Authorities get data only on an express written request. Ask for one, and record what it says."""

    code = "express-request-required"


class LegalBasisRequired(Refused):
    """Name the provision of Union or national law that obliges or permits us to give this data (GDPR Art. 6(3))."""

    code = "legal-basis-required"


class InternationalAgreementRequired(Refused):
    """An authority of a third country gets data only under an international agreement in force: name it (GDPR Art.
    48).
    """

    code = "international-agreement-required"


class ExtentRequired(Refused):
    """Name the categories of data that may be given or were given; a refusal names none."""

    code = "extent-required"


class ReviewRequired(Refused):
    """An approver has to review the request and allow it before any data is given."""

    code = "review-required"


class ExtentExceeded(Refused):
    """The review allowed fewer categories of data. Give only those that it names."""

    code = "extent-exceeded"


class DeliveryInFuture(Refused):
    """The data can't have been handed over in the future. State the true time."""

    code = "delivery-in-future"


class AuthorityDisclosureSettled(Refused):
    """This request was decided already. Record a new one when the authority asks again."""

    code = "authority-disclosure-settled"


class DisclosureFinding(StrEnum):
    """Result of the review."""

    DISCLOSE = "disclose"
    """Everything asked for may be given."""
    DISCLOSE_IN_PART = "disclose-in-part"
    """Less than asked for: no more than the provision demands (GDPR Art. 5(1)(c))."""
    REFUSE = "refuse"
    """Nothing may be given."""

    @property
    def is_positive(self) -> bool:
        """Whether something may be given."""
        return self is not DisclosureFinding.REFUSE


class AuthorityDisclosureStatus(StrEnum):
    """Status of an authority's request."""

    REQUESTED = "requested"
    """The authority asked; the request is undecided."""
    ALLOWED = "allowed"
    """The review allows all or a part."""
    REFUSED = "refused"
    """The review allows nothing."""
    GIVEN = "given"
    """It was given to the authority."""


_BOUND_BY_ARTICLE_48: Final = frozenset({"eu-gdpr"})
"""Regimes with that article; the United Kingdom left it out of its own."""

_SPOKEN: Final = frozenset({Channel.TELEPHONE})
"""Channels that carry nothing written."""


class AuthorityDisclosureRequested(CreatedEvent):
    """An authority asked expressly and in writing for personal data (GDPR Art. 6(1)(c))."""

    TOPIC: ClassVar[str] = "dsr.authority-disclosure.requested"
    class_version: ClassVar[int] = 2
    controller_id: str
    authority: str
    """Name of the authority: an organisation, never a person."""
    country: str
    """ISO 3166-1 alpha-2 of the authority."""
    third_country: bool
    """Whether GDPR Art. 48 applies, by the regime of the controller and the country of the authority."""
    received_at: datetime
    channel: Channel
    provision: str
    """The provision that the authority cites; if empty, the review has to find one or refuse."""
    request_id: UUID | None
    """The case in which its letter was first registered, if any."""
    matter_id: UUID | None
    """The matter in which the authority asks, if any."""
    ropa_version: int
    """Version of the record of processing that names controller, systems and categories of data."""
    keys: tuple[KeyIntroduction, ...]
    reference: Sealed | None
    """File number of the authority's letter: it may identify a person there."""
    request: Sealed
    """Content of the letter."""

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Under version 1 no disclosure named a matter."""
        state["matter_id"] = None

    def apply(self, disclosure: "AuthorityDisclosure") -> None:
        disclosure.controller_id = self.controller_id
        disclosure.third_country = self.third_country
        disclosure.request_id = self.request_id
        disclosure.matter_id = self.matter_id
        disclosure.ropa_version = self.ropa_version
        disclosure.recorded_by = self.actor
        disclosure.keys = {key.purpose.value: key.key_id for key in self.keys}


class AuthorityDisclosureReviewed(Event):
    """A second person decided what may be given, on which provision; `actor` is the reviewer (GDPR Art. 5(2), 6(3))."""

    TOPIC: ClassVar[str] = "dsr.authority-disclosure.reviewed"
    finding: DisclosureFinding
    provision: str
    """The provision that obliges or permits us; empty if none does and the request is refused."""
    agreement: str
    """The international agreement (Art. 48); empty inside the EEA."""
    extent: tuple[str, ...]
    """Categories of data that may be given, by their ids in the record of processing."""
    reasons: Sealed

    def apply(self, disclosure: "AuthorityDisclosure") -> None:
        disclosure.reviewed_at = self.timestamp
        disclosure.extent = frozenset(self.extent)
        disclosure.status = AuthorityDisclosureStatus.ALLOWED
        if not self.finding.is_positive:
            disclosure.end(AuthorityDisclosureStatus.REFUSED.value, at=self.timestamp)


class AuthorityDisclosureGiven(Event):
    """Data was given to the authority: which, from which systems, to whom (GDPR Art. 5(2))."""

    TOPIC: ClassVar[str] = "dsr.authority-disclosure.given"
    given_at: datetime
    channel: Channel
    systems: tuple[str, ...]
    """Ids of the source systems."""
    categories: tuple[str, ...]
    content: Sealed
    """Which data was given, and whose."""
    contact: Sealed
    """Who received it at the authority."""

    def apply(self, disclosure: "AuthorityDisclosure") -> None:
        disclosure.end(AuthorityDisclosureStatus.GIVEN.value, at=self.timestamp)


class AuthorityDisclosureOpened(Event):
    """A person opened its sealed parts. One event records one opening (GDPR Art. 5(2), 32)."""

    TOPIC: ClassVar[str] = "dsr.authority-disclosure.opened"
    purpose: DisclosurePurpose
    versions: tuple[int, ...]
    """Versions of the events whose sealed parts were opened."""

    def apply(self, disclosure: "AuthorityDisclosure") -> None:
        """Reading changes no state."""


class AuthorityDisclosure(OwnFile):
    """One request of an authority, from its letter to what was given or refused."""

    TOPIC = "dsr.authority-disclosure"

    def __init__(self) -> None:
        super().__init__(FileKind.DISCLOSURE)
        self.controller_id: str = ""
        self.third_country = False
        self.request_id: UUID | None = None
        self.matter_id: UUID | None = None
        self.ropa_version: int = 0
        self.recorded_by = ""
        self.reviewed_at: datetime | None = None
        self.extent: frozenset[str] = frozenset()
        self.status = AuthorityDisclosureStatus.REQUESTED

    def end(self, ended_as: str, *, at: datetime) -> None:
        """It was refused, or given."""
        super().end(ended_as, at=at)
        self.status = AuthorityDisclosureStatus(ended_as)

    @classmethod
    def record_request(
        cls,
        acting: Acting,
        *,
        disclosure_id: UUID,
        controller_id: str,
        authority: str,
        country: str,
        received_at: datetime,
        channel: Channel,
        provision: str,
        request_id: UUID | None,
        matter: Matter | None,
        document: Ropa,
        ropa_version: int,
        keys: tuple[KeyIntroduction, ...],
        reference: Sealed | None,
        request: Sealed | None,
    ) -> Self:
        """Keep what an authority asks for; `document` is the record of processing in force, `matter` the inquiry, order
        or claim in which it asks (docs/law §13).

        Raises ExpressRequestRequired (nothing written), ReceiptInFuture, ControllerUnknown, MatterOfOtherKind.
        """
        regime = document.controller(controller_id).regime
        if received_at > acting.at:
            raise ReceiptInFuture(received_at=received_at.isoformat())
        if request is None or channel in _SPOKEN:
            raise ExpressRequestRequired()
        if is_blank(authority):
            raise ExpressRequestRequired("Name the authority that asks.")
        if matter is not None:
            require_kind(matter, *LETTERS)
        return cls.create(
            acting,
            AuthorityDisclosureRequested,
            stream_id=disclosure_id,
            controller_id=controller_id,
            authority=authority.strip(),
            country=country,
            third_country=regime in _BOUND_BY_ARTICLE_48 and country not in EEA,
            received_at=received_at,
            channel=channel,
            provision=provision.strip(),
            request_id=request_id,
            matter_id=None if matter is None else matter.id,
            ropa_version=ropa_version,
            keys=keys,
            reference=reference,
            request=request,
        )

    def review(
        self,
        acting: Acting,
        *,
        finding: DisclosureFinding,
        provision: str,
        agreement: str,
        extent: tuple[str, ...],
        document: Ropa,
        reasons: Sealed | None,
    ) -> None:
        """Decide what may be given; `document` is the version that the request pinned.

        Raises AuthorityDisclosureSettled, FourEyes, ReasonRequired, ExtentRequired, CategoryUnknown,
        LegalBasisRequired, InternationalAgreementRequired. A refusal needs neither provision nor agreement.
        """
        if self.status is not AuthorityDisclosureStatus.REQUESTED:
            raise AuthorityDisclosureSettled()
        if acting.actor == self.recorded_by:
            raise FourEyes("The person who recorded the request can't review it.")
        if reasons is None:
            raise ReasonRequired()
        if finding.is_positive != bool(extent):
            raise ExtentRequired()
        document.require_categories(self.controller_id, extent)
        if finding.is_positive and is_blank(provision):
            raise LegalBasisRequired()
        if finding.is_positive and self.third_country and is_blank(agreement):
            raise InternationalAgreementRequired()
        self.record(
            acting,
            AuthorityDisclosureReviewed,
            finding=finding,
            provision=provision.strip(),
            agreement=agreement.strip(),
            extent=extent,
            reasons=reasons,
        )

    def give(
        self,
        acting: Acting,
        *,
        given_at: datetime,
        channel: Channel,
        systems: tuple[str, ...],
        categories: tuple[str, ...],
        document: Ropa,
        content: Sealed | None,
        contact: Sealed | None,
    ) -> None:
        """Record what was given after a positive review, from which systems, and to whom.

        Raises AuthorityDisclosureSettled, ReviewRequired (none yet, or given before it), DeliveryInFuture,
        ExtentRequired, ExtentExceeded, SystemUnknown, SystemElsewhere, ReasonRequired (what, from where, to whom).
        """
        if self.status in (AuthorityDisclosureStatus.REFUSED, AuthorityDisclosureStatus.GIVEN):
            raise AuthorityDisclosureSettled()
        if self.reviewed_at is None or given_at < self.reviewed_at:
            raise ReviewRequired()
        if given_at > acting.at:
            raise DeliveryInFuture(given_at=given_at.isoformat())
        self._require_within_extent(categories)
        document.require_systems(self.controller_id, systems)
        if content is None or contact is None or not systems:
            raise ReasonRequired("Say what was given, from which systems, and to whom at the authority.")
        self.record(
            acting,
            AuthorityDisclosureGiven,
            given_at=given_at,
            channel=channel,
            systems=systems,
            categories=categories,
            content=content,
            contact=contact,
        )

    def open(self, acting: Acting, *, purpose: DisclosurePurpose, versions: tuple[int, ...]) -> None:
        """Record that these events were opened, before their content is shown."""
        self.record(acting, AuthorityDisclosureOpened, purpose=purpose, versions=versions)

    def _require_within_extent(self, categories: Collection[str]) -> None:
        if not categories:
            raise ExtentRequired()
        exceeding = sorted(set(categories) - self.extent)
        if exceeding:
            raise ExtentExceeded(categories=exceeding)
