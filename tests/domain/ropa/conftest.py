"""A small record of processing that satisfies every rule; tests break one thing at a time."""

from datetime import UTC, date, datetime

import pytest

from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.ropa import (
    Controller,
    DataCategory,
    DataSource,
    JointArrangement,
    LegalBasis,
    Notice,
    ProcessingActivity,
    Recipient,
    RecipientKind,
    Retention,
    Ropa,
    Safeguard,
    SubProcessor,
    System,
    Transfer,
)


@pytest.fixture
def german() -> Controller:
    return Controller(
        id="callcentre-de",
        name="Callcentre Deutschland GmbH",
        country="DE",
        zone="Europe/Berlin",
        regime="eu-gdpr",
        authority="de-berlin",
        address=("Beispielstraße 1", "10115 Berlin"),
        languages=("de", "en"),
        child_age=16,
        mailboxes=("privacy@callcentre.example", "privacy@de.callcentre.example"),
    )


@pytest.fixture
def american() -> Controller:
    return Controller(
        id="callcentre-us",
        name="Callcentre US Inc.",
        country="US",
        zone="America/New_York",
        regime="eu-gdpr",
        authority="de-berlin",
        address=("1 Example Avenue", "New York, NY 10001"),
        languages=("en",),
        child_age=16,
        mailbox_of="callcentre-de",
    )


@pytest.fixture
def calls() -> ProcessingActivity:
    return ProcessingActivity(
        id="customer-calls",
        name="Recording of customers' calls",
        controllers=("callcentre-de", "callcentre-us"),
        purpose="To train staff.",
        legal_basis=LegalBasis.CONSENT,
        subjects=("customers",),
        data=(DataCategory(id="recording", name="Recording", source=DataSource.OBSERVED),),
        retention=Retention(period="P30D", words="From the day of the call."),
        systems=("recordings",),
        recipients=("telephony",),
        transfers=(
            Transfer(to="callcentre-us", country="US", safeguard=Safeguard.STANDARD_CONTRACTUAL_CLAUSES),
            Transfer(to="telephony", country="IN", safeguard=Safeguard.STANDARD_CONTRACTUAL_CLAUSES),
        ),
    )


@pytest.fixture
def ropa(german: Controller, american: Controller, calls: ProcessingActivity) -> Ropa:
    return Ropa(
        name="Callcentre group",
        notice=Notice(children_under=16),
        controllers=(german, american),
        joint_arrangement=JointArrangement(summary="Each answers for all.", contact="callcentre-de"),
        recipients=(
            Recipient(
                id="telephony",
                name="Example Telephony Ltd",
                kind=RecipientKind.PROCESSOR,
                country="IE",
                sub_processors=(SubProcessor(name="Example Transcription", country="IN", service="Transcription"),),
            ),
        ),
        systems=(System(id="recordings", name="Recordings", kind="telephony-recordings", operator="telephony"),),
        activities=(calls,),
    )


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 5, 9, 0, tzinfo=UTC)


@pytest.fixture
def berlin() -> WorkingCalendar:
    return WorkingCalendar(
        country="DE",
        zone="Europe/Berlin",
        version="holidays 0.109",
        first_year=2023,
        last_year=2032,
        holidays=(date(2026, 4, 3), date(2026, 4, 6), date(2026, 12, 25)),
    )
