"""Disclosure to an authority: express request, review by a second person, never more than allowed (Art. 6(3), 48)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.domain.acting import Acting
from dsr.domain.authority_disclosure import (
    AuthorityDisclosure,
    AuthorityDisclosureGiven,
    AuthorityDisclosureRequested,
    AuthorityDisclosureReviewed,
    AuthorityDisclosureSettled,
    AuthorityDisclosureStatus,
    DeliveryInFuture,
    DisclosureFinding,
    ExpressRequestRequired,
    ExtentExceeded,
    ExtentRequired,
    InternationalAgreementRequired,
    LegalBasisRequired,
    ReviewRequired,
)
from dsr.domain.deadlines.regime import EEA
from dsr.domain.errors import DomainError
from dsr.domain.matter import MatterKind
from dsr.domain.matter.errors import MatterOfOtherKind
from dsr.domain.request.errors import FourEyes, ReasonRequired, ReceiptInFuture
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.ropa import CategoryUnknown, ControllerUnknown, Ropa, SystemElsewhere, SystemUnknown
from dsr.domain.sealed import KeyIntroduction, KeyPurpose, Sealed
from dsr.ropa import load
from tests.domain.matter.a_matter import complaint
from tests.domain.matter.test_letter import letter

RECEIVED = datetime(2026, 3, 2, 9, tzinfo=UTC)
REVIEWED = RECEIVED + timedelta(days=1)
GIVEN = RECEIVED + timedelta(days=2)
RECORD: Ropa = load(Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml").document
CATEGORIES = sorted({each.id for activity in RECORD.activities_of("callcentre-de") for each in activity.data})
KEY = UUID("6f1d2f6e-4a53-4e7c-9a53-3a3c5d2f6b10")
SEALED = Sealed(key_id=KEY, seal_id=KEY, nonce=b"\0" * 12, ciphertext=b"secret")


def record(at: datetime = RECEIVED, actor: str = "ann", **facts: Any) -> AuthorityDisclosure:
    """A public prosecutor asks in writing."""
    lawful: dict[str, Any] = {
        "disclosure_id": uuid4(),
        "controller_id": "callcentre-de",
        "authority": "Staatsanwaltschaft Berlin",
        "country": "DE",
        "received_at": RECEIVED,
        "channel": Channel.POST,
        "provision": "§ 95 StPO",
        "request_id": None,
        "matter": None,
        "document": RECORD,
        "ropa_version": 1,
        "keys": (KeyIntroduction(KEY, KeyPurpose.CASE_FILE, "cd" * 32),),
        "reference": SEALED,
        "request": SEALED,
    }
    return AuthorityDisclosure.record_request(Acting(actor, at), **(lawful | facts))


def review(disclosure: AuthorityDisclosure, at: datetime = REVIEWED, actor: str = "bob", **facts: Any) -> None:
    """An approver allows call details and the recording."""
    lawful: dict[str, Any] = {
        "finding": DisclosureFinding.DISCLOSE_IN_PART,
        "provision": "§ 95 StPO",
        "agreement": "",
        "extent": ("recording", "call-details"),
        "document": RECORD,
        "reasons": SEALED,
    }
    disclosure.review(Acting(actor, at), **(lawful | facts))


def refuse(disclosure: AuthorityDisclosure, **facts: Any) -> None:
    """An approver refuses, since nothing obliges us."""
    review(disclosure, **({"finding": DisclosureFinding.REFUSE, "provision": "", "extent": ()} | facts))


def give(disclosure: AuthorityDisclosure, at: datetime = GIVEN, actor: str = "otto", **facts: Any) -> None:
    """The recording is handed over."""
    lawful: dict[str, Any] = {
        "given_at": GIVEN,
        "channel": Channel.IN_PERSON,
        "systems": ("recordings",),
        "categories": ("recording",),
        "document": RECORD,
        "content": SEALED,
        "contact": SEALED,
    }
    disclosure.give(Acting(actor, at), **(lawful | facts))


def refused(
    disclosure: AuthorityDisclosure, error: type[DomainError], command: Callable[..., None], **facts: Any
) -> None:
    """It is refused with this error and leaves no event."""
    before = len(disclosure.pending_events)
    with pytest.raises(error):
        command(disclosure, **facts)
    assert len(disclosure.pending_events) == before


@pytest.fixture
def disclosure() -> AuthorityDisclosure:
    return record()


@pytest.fixture
def allowed(disclosure: AuthorityDisclosure) -> AuthorityDisclosure:
    review(disclosure)
    return disclosure


def survives_replay(disclosure: AuthorityDisclosure) -> bool:
    """Whether its events, read back from JSON, give the same state."""
    copy = None
    for event in disclosure.collect_events():
        copy = msgspec.json.decode(msgspec.json.encode(event), type=type(event)).mutate(copy)
    return copy == disclosure


def test_request_basis_reviewer_and_what_was_given_are_on_record(disclosure: AuthorityDisclosure) -> None:
    # when
    review(disclosure)
    give(disclosure)
    # then
    asked, decided, handed_over = disclosure.pending_events
    assert isinstance(asked, AuthorityDisclosureRequested)
    assert isinstance(decided, AuthorityDisclosureReviewed)
    assert isinstance(handed_over, AuthorityDisclosureGiven)
    assert (asked.authority, asked.provision, asked.actor) == ("Staatsanwaltschaft Berlin", "§ 95 StPO", "ann")
    assert (decided.actor, decided.provision, decided.extent) == ("bob", "§ 95 StPO", ("recording", "call-details"))
    assert (handed_over.systems, handed_over.categories) == (("recordings",), ("recording",))
    assert (handed_over.given_at, handed_over.channel) == (GIVEN, Channel.IN_PERSON)
    assert disclosure.status is AuthorityDisclosureStatus.GIVEN
    assert survives_replay(disclosure)


# The request -------------------------------------------------------------------------------------------------------


def test_an_express_request_is_written_down() -> None:
    with pytest.raises(ExpressRequestRequired):
        record(request=None)


def test_what_is_said_on_the_telephone_is_no_express_request() -> None:
    with pytest.raises(ExpressRequestRequired):
        record(channel=Channel.TELEPHONE)


def test_an_express_request_has_a_sender() -> None:
    with pytest.raises(ExpressRequestRequired):
        record(authority=" \n")


def test_a_letter_did_not_arrive_in_the_future() -> None:
    with pytest.raises(ReceiptInFuture):
        record(received_at=RECEIVED + timedelta(microseconds=1))


def test_the_controller_is_one_of_the_record() -> None:
    with pytest.raises(ControllerUnknown):
        record(controller_id="nobody")


# The review --------------------------------------------------------------------------------------------------------


def test_who_recorded_the_request_does_not_review_it(disclosure: AuthorityDisclosure) -> None:
    refused(disclosure, FourEyes, review, actor="ann")


@pytest.mark.parametrize("decide", [review, refuse])
def test_a_review_gives_its_reasons(disclosure: AuthorityDisclosure, decide: Callable[..., None]) -> None:
    refused(disclosure, ReasonRequired, decide, reasons=None)


@pytest.mark.parametrize("finding", [DisclosureFinding.DISCLOSE, DisclosureFinding.DISCLOSE_IN_PART])
def test_nothing_is_allowed_without_a_provision(disclosure: AuthorityDisclosure, finding: DisclosureFinding) -> None:
    refused(disclosure, LegalBasisRequired, review, finding=finding, provision="  ")


def test_the_lack_of_a_provision_is_a_reason_to_refuse() -> None:
    disclosure = record(provision="")
    refuse(disclosure)
    assert disclosure.status is AuthorityDisclosureStatus.REFUSED


def test_what_is_allowed_has_an_extent_and_what_is_refused_has_none(disclosure: AuthorityDisclosure) -> None:
    refused(disclosure, ExtentRequired, review, extent=())
    refused(disclosure, ExtentRequired, refuse, extent=("recording",))


def test_the_extent_is_named_in_categories_of_the_record(disclosure: AuthorityDisclosure) -> None:
    refused(disclosure, CategoryUnknown, review, extent=("recording", "everything"))
    french = record(controller_id="callcentre-fr")
    refused(french, CategoryUnknown, review, extent=("wages",))


@pytest.mark.parametrize(
    ("controller_id", "country", "third"),
    [
        ("callcentre-de", "DE", False),
        ("callcentre-de", "FR", False),
        ("callcentre-de", "NO", False),
        ("callcentre-de", "US", True),
        ("callcentre-de", "GB", True),
        ("callcentre-de", "CH", True),
        ("callcentre-us", "US", True),
        ("callcentre-gb", "GB", False),
        ("callcentre-gb", "US", False),
    ],
)
def test_a_third_country_under_the_gdpr_needs_an_international_agreement(
    controller_id: str, country: str, third: bool
) -> None:
    disclosure = record(controller_id=controller_id, country=country)
    assert disclosure.third_country is third
    if third:
        refused(disclosure, InternationalAgreementRequired, review)
        review(disclosure, agreement="Agreement on mutual legal assistance, OJ L 181, 19.7.2003")
    else:
        review(disclosure)
    assert disclosure.status is AuthorityDisclosureStatus.ALLOWED


def test_a_third_country_is_refused_without_an_agreement() -> None:
    disclosure = record(country="US")
    refuse(disclosure)
    assert disclosure.status is AuthorityDisclosureStatus.REFUSED


@given(country=st.text(st.characters(min_codepoint=65, max_codepoint=90), min_size=2, max_size=2))
def test_article_48_applies_to_every_country_outside_the_eea(country: str) -> None:
    assert record(country=country).third_country is (country not in EEA)
    assert record(country=country, controller_id="callcentre-gb").third_country is False


@pytest.mark.parametrize("decide", [review, refuse])
def test_a_request_is_reviewed_once(disclosure: AuthorityDisclosure, decide: Callable[..., None]) -> None:
    decide(disclosure)
    for again in (review, refuse):
        refused(disclosure, AuthorityDisclosureSettled, again)


# What is given -----------------------------------------------------------------------------------------------------


def test_nothing_is_given_before_a_review(disclosure: AuthorityDisclosure) -> None:
    refused(disclosure, ReviewRequired, give)


def test_nothing_is_given_at_a_time_before_the_review(allowed: AuthorityDisclosure) -> None:
    refused(allowed, ReviewRequired, give, given_at=REVIEWED - timedelta(microseconds=1))
    give(allowed, given_at=REVIEWED)


def test_nothing_is_given_in_the_future(allowed: AuthorityDisclosure) -> None:
    refused(allowed, DeliveryInFuture, give, given_at=GIVEN + timedelta(microseconds=1))


def test_nothing_is_given_after_a_refusal(disclosure: AuthorityDisclosure) -> None:
    refuse(disclosure)
    refused(disclosure, AuthorityDisclosureSettled, give)


def test_one_request_is_answered_once(allowed: AuthorityDisclosure) -> None:
    give(allowed)
    refused(allowed, AuthorityDisclosureSettled, give)
    refused(allowed, AuthorityDisclosureSettled, review)


@given(extent=st.sets(st.sampled_from(CATEGORIES), min_size=1), given_=st.sets(st.sampled_from(CATEGORIES)))
def test_no_more_is_given_than_the_review_allowed(extent: set[str], given_: set[str]) -> None:
    disclosure = record()
    review(disclosure, extent=tuple(sorted(extent)))
    categories = tuple(sorted(given_))
    if not categories:
        refused(disclosure, ExtentRequired, give, categories=categories)
    elif not given_ <= extent:
        refused(disclosure, ExtentExceeded, give, categories=categories)
    else:
        give(disclosure, categories=categories)
        assert disclosure.status is AuthorityDisclosureStatus.GIVEN


@pytest.mark.parametrize("missing", [{"content": None}, {"contact": None}, {"systems": ()}])
def test_what_is_given_is_documented(allowed: AuthorityDisclosure, missing: dict[str, Any]) -> None:
    refused(allowed, ReasonRequired, give, **missing)


def test_it_comes_from_systems_where_data_of_the_controller_lies(allowed: AuthorityDisclosure) -> None:
    refused(allowed, SystemUnknown, give, systems=("attic",))
    french = record(controller_id="callcentre-fr")
    review(french)
    refused(french, SystemElsewhere, give, systems=("hr",))


def test_opening_is_on_record_at_any_time_and_changes_nothing(allowed: AuthorityDisclosure) -> None:
    status = allowed.status
    allowed.open(Acting("dana", GIVEN), purpose=DisclosurePurpose.AUDIT, versions=(1, 2))
    assert allowed.status is status
    opened: Any = allowed.pending_events[-1]
    assert opened.TOPIC == "dsr.authority-disclosure.opened"
    assert survives_replay(allowed)


def test_a_disclosure_names_the_letter_of_an_authority_in_which_it_is_asked_for() -> None:
    inquiry = letter(MatterKind.INQUIRY)
    disclosure = record(matter=inquiry)
    [event] = [each for each in disclosure.pending_events if isinstance(each, AuthorityDisclosureRequested)]
    assert event.matter_id == inquiry.id
    with pytest.raises(MatterOfOtherKind):
        record(matter=complaint())
