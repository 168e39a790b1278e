"""Processing activities, their data, legal bases and systems (GDPR Art. 30(1))."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class LegalBasis(StrEnum):
    """GDPR Art. 6(1); decides which rights exist."""

    CONSENT = "consent"
    """GDPR Art. 6(1)(a): consent."""
    CONTRACT = "contract"
    """GDPR Art. 6(1)(b): a contract with the person."""
    LEGAL_DUTY = "legal-duty"
    """GDPR Art. 6(1)(c): a legal obligation."""
    VITAL_INTERESTS = "vital-interests"
    """GDPR Art. 6(1)(d): vital interests."""
    PUBLIC_TASK = "public-task"
    """GDPR Art. 6(1)(e): a task in the public interest."""
    LEGITIMATE_INTERESTS = "legitimate-interests"
    """GDPR Art. 6(1)(f): legitimate interests."""


class DataSource(StrEnum):
    """Origin of data: portability covers provided and observed data, never inferred data."""

    PROVIDED = "provided"
    OBSERVED = "observed"
    INFERRED = "inferred"
    THIRD_PARTY = "third-party"


@dataclass(frozen=True)
class DataCategory:
    """A category of personal data; its id is unique within its activity."""

    id: str
    name: str
    source: DataSource
    special: bool = False
    """GDPR Art. 9."""


@dataclass(frozen=True)
class Retention:
    """How long data is kept (GDPR Art. 30(1)(f))."""

    period: str
    """ISO 8601 duration in years, months, weeks or days: `P30D`, `P3Y`."""
    words: str
    """Start of the period and reasons that prolong it, worded for a letter."""


class Safeguard(StrEnum):
    """Basis of a transfer to a third country (GDPR Art. 45-49, UK GDPR Art. 46)."""

    ADEQUACY = "adequacy"
    STANDARD_CONTRACTUAL_CLAUSES = "standard-contractual-clauses"
    BINDING_CORPORATE_RULES = "binding-corporate-rules"
    CODE_OF_CONDUCT = "code-of-conduct"
    CERTIFICATION = "certification"
    DEROGATION = "derogation"
    """Art. 49: explicit consent, contract, claims; never systematic."""
    UK_IDTA = "uk-idta"
    UK_ADDENDUM = "uk-addendum"


@dataclass(frozen=True)
class Transfer:
    """A transfer to a third country (GDPR Art. 30(1)(e))."""

    to: str
    """Id of the recipient or of the joint controller."""
    country: str
    """Destination: the recipient's country, or that of one of its sub-processors."""
    safeguard: Safeguard | None = None
    """May be omitted if the country as a whole is found adequate."""
    copy_at: str | None = None
    """Where a copy of the clauses can be had (GDPR Art. 13(1)(f))."""


@dataclass(frozen=True)
class AutomatedDecisions:
    """Decisions by automated means alone, with legal or similar effect (GDPR Art. 15(1)(h), 22)."""

    logic: str
    """Meaningful information about the logic involved."""
    consequences: str
    ground: str
    """Art. 22(2): `contract`, `law` or `explicit-consent`."""


@dataclass(frozen=True)
class ProcessingActivity:
    """One purpose, with everything an access letter has to state about it (GDPR Art. 15(1), 30(1))."""

    id: str
    name: str
    controllers: tuple[str, ...]
    purpose: str
    legal_basis: LegalBasis
    subjects: tuple[str, ...]
    """Categories of data subjects, as slugs: `customers`, `employees`."""
    data: tuple[DataCategory, ...]
    retention: Retention
    systems: tuple[str, ...]
    """Ids of the systems that hold the data; each is searched for a request."""
    recipients: tuple[str, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    interests: str | None = None
    """The legitimate interests pursued (GDPR Art. 13(1)(d)); required on that basis."""
    provision: str | None = None
    """The law that imposes the duty or task (GDPR Art. 6(3)); required on those bases."""
    automated: bool = True
    """Processing by automated means: portability exists only then (GDPR Art. 20(1)(b))."""
    automated_decisions: AutomatedDecisions | None = None
    """None: no such decision is made."""

    def texts(self) -> Iterator[tuple[str, str]]:
        """Its texts that data subjects may read, each with its place within the activity."""
        yield "/name", self.name
        yield "/purpose", self.purpose
        yield from (("/interests", each) for each in [self.interests] if each)
        yield from (("/provision", each) for each in [self.provision] if each)
        yield from ((f"/data/{i}/name", category.name) for i, category in enumerate(self.data))
        yield "/retention/words", self.retention.words
        if self.automated_decisions is not None:
            yield "/automated_decisions/logic", self.automated_decisions.logic
            yield "/automated_decisions/consequences", self.automated_decisions.consequences


@dataclass(frozen=True)
class SystemField:
    """One field of a system's data, as its data dictionary describes it (GDPR Art. 12(1), 20(1))."""

    name: str
    """As in the data; `history.amount` for a field within another."""
    meaning: str
    """In words for the data subject."""
    provenance: str
    """`provided`, `observed` or `inferred`."""
    unit: str | None = None
    """Unit of its numbers: `s`, `EUR`, `km/h`."""
    zone: str | None = None
    """IANA time zone of its times, unless they name one themselves."""
    term: str | None = None
    """Address of its term in a common vocabulary, such as schema.org or the W3C's DPV."""


@dataclass(frozen=True)
class System:
    """A system that holds personal data, and who runs it."""

    id: str
    name: str
    kind: str
    """Slug of what it is: `telephony-recordings`, `crm`, `quality-evaluation`, `hr`."""
    operator: str
    """Id of the controller or processor that runs it."""
    fields: tuple[SystemField, ...] = ()
    """Its data dictionary."""


@dataclass(frozen=True)
class SubjectGroup:
    """A category of data subjects, by the name that letters give it."""

    id: str
    """As in `subjects` of the activities."""
    name: str
