"""What the desk seals and what systems return, made for tests: lawful in itself, where a test changes nothing."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID, uuid4

from dsr.calendars import resolve
from dsr.domain.deadlines import JointCalendar, WorkingCalendar
from dsr.domain.request.attachment import Attachment
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.data_set import DataSet, FieldDescription
from dsr.domain.request.fee_rules import FeeCase
from dsr.domain.request.grounds import ExcessClaim, RefusalCase, RefusalGround
from dsr.domain.request.letters import REQUIRED_STATEMENTS, Letter, LetterKind
from dsr.domain.request.search_list import Listed, SearchResult
from dsr.domain.request.searching import SystemAccount
from dsr.domain.request.standing import CostKind, CostLine, FeeGround
from dsr.domain.request.values import Channel, Provenance
from dsr.domain.ropa import LegalBasis
from dsr.domain.sealed import BlobRef, KeyIntroduction, KeyPurpose, Sealed

HANDLER, APPROVER, DPO, SYSTEM_OWNER = "ann", "bob", "dora", "sam"

BASES: Final = (
    ActivityBasis("recorded-calls", LegalBasis.CONSENT),
    ActivityBasis("quality", LegalBasis.LEGITIMATE_INTERESTS),
)
"""What a customer consents to, and what employees may object to."""

ZONES: Final = {"DE": "Europe/Berlin", "FR": "Europe/Paris", "GB": "Europe/London"}


@cache
def calendar_of(country: str) -> WorkingCalendar:
    """The real holidays of the country."""
    return resolve(country, ZONES[country], 2025, 2028)


_DAYS_KNOWN_OTHERWISE: Final = {date(2026, 1, 5) + timedelta(days=each) for each in range(0, 700, 11)}


@cache
def as_known_later(calendar: WorkingCalendar) -> WorkingCalendar:
    """The calendar with other public holidays; of that one, the first one again."""
    if isinstance(calendar, JointCalendar):
        first, *others = map(as_known_later, calendar.each())
        return JointCalendar.joining(first, others)
    return replace(calendar, holidays=tuple({*calendar.holidays} ^ _DAYS_KNOWN_OTHERWISE))


class Maker:
    """Makes sealed values, keys, copies, letters, refusals and fees."""

    CIPHERTEXT: bytes = b"\x02\xff\x03"

    def uuid(self) -> UUID:
        """A new id."""
        return uuid4()

    def sealed(self) -> Sealed:
        """Something that the desk sealed."""
        return Sealed(key_id=self.uuid(), seal_id=self.uuid(), nonce=b"\x01" * 12, ciphertext=self.CIPHERTEXT)

    def key(self, purpose: KeyPurpose = KeyPurpose.IDENTITY_EVIDENCE) -> KeyIntroduction:
        """A key that the desk made."""
        return KeyIntroduction(key_id=self.uuid(), purpose=purpose, commitment="ab" * 32)

    def blob(self, size: int = 10, media_type: str = "application/json") -> BlobRef:
        """A file that the desk encrypted."""
        return BlobRef(self.uuid(), self.uuid(), size=size, media_type=media_type, ciphertext_sha256="cd" * 32)

    def data_set(self, item_id: str, collected_at: datetime) -> DataSet:
        """What a telephony system returned for the item."""
        return DataSet(
            data_set_id=self.uuid(),
            item_id=item_id,
            name="calls",
            system="telephony",
            controller_id="acme-de",
            purpose="customer service",
            provenance=Provenance.OBSERVED,
            fields=(FieldDescription("started_at", "when the call began", Provenance.OBSERVED),),
            collected_at=collected_at,
            content=self.blob(3, "text/csv"),
        )

    def attachment(self, item_id: str, collected_at: datetime) -> Attachment:
        """A recording that a telephony system returned for the item."""
        return Attachment(
            attachment_id=self.uuid(),
            item_id=item_id,
            name="call.wav",
            media_type="audio/wav",
            size=44,
            system="telephony",
            controller_id="acme-de",
            purpose="customer service",
            provenance=Provenance.OBSERVED,
            description="Your call of 2 March.",
            collected_at=collected_at,
            content=self.blob(44, "audio/wav"),
        )

    def listed(self, *controllers: str) -> tuple[Listed, ...]:
        """What the record says of these controllers, or of all that tests know: two systems, and the case files."""
        known = controllers or tuple(f"acme-{country}" for country in ("de", "fr", "gb", "es", "it", "pl", "se"))
        return tuple(Listed(each, ("telephony", "crm"), (), "case-files") for each in known)

    def accounts(
        self, *systems: str, result: SearchResult = SearchResult.NOTHING, **changes: Any
    ) -> tuple[SystemAccount, ...]:
        """What is said about these systems, complete."""
        said: dict[str, Any] = {"identifiers": self.sealed(), "reason": self.sealed()}
        return tuple(SystemAccount(each, result, **(said | changes)) for each in systems)

    def refusal(self, **changes: Any) -> RefusalCase:
        """A refusal that holds for every right but the absolute ones."""
        holding: dict[str, Any] = {
            "ground": RefusalGround.MANIFESTLY_UNFOUNDED,
            "reasons": self.sealed(),
            "facts": self.sealed(),
            "intent": self.sealed(),
            "claims": (ExcessClaim.NO_RIGHT_AT_ALL,),
        }
        return RefusalCase(**(holding | changes))

    def fee(self, **changes: Any) -> FeeCase:
        """A fee of ten euros for what costs twelve, until the end of March."""
        asked: dict[str, Any] = {
            "ground": FeeGround.MANIFESTLY_EXCESSIVE.value,
            "facts": self.sealed(),
            "amount": 10_00,
            "currency": "EUR",
            "cost_basis": (CostLine(CostKind.COPYING, 8_00), CostLine(CostKind.POSTAGE, 4_00)),
            "offer_ends_on": date(2026, 3, 31),
            "claims": (ExcessClaim.ABUSIVE,),
        }
        return FeeCase(**(asked | changes))

    def complete_letter(self, kind: LetterKind, left_at: datetime) -> Letter:
        """A letter of this kind that says all it must."""
        statements = tuple(sorted(REQUIRED_STATEMENTS[kind]))
        return Letter(kind, Channel.EMAIL, left_at, "de", self.sealed(), statements)
