"""Every opening of personal data is itself a fact: who, what, why (GDPR Art. 5(2), 32)."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.sealed import KeyIntroduction


class PersonalDataDisclosed(RequestEvent):
    """Somebody opened sealed data of this case. One event records one opening."""

    TOPIC: ClassVar[str] = "dsr.request.personal-data-disclosed"
    purpose: DisclosurePurpose
    versions: tuple[int, ...]
    """Versions of the events whose sealed parts were opened."""

    def apply(self, case: Case) -> None:
        """Reading changes nothing."""


class KeyIntroduced(RequestEvent):
    """A further key of this case is in use from here on."""

    TOPIC: ClassVar[str] = "dsr.request.key-introduced"
    key: KeyIntroduction

    def apply(self, case: Case) -> None:
        case.keys[self.key.purpose.value] = self.key.key_id


class SubjectTokenIssued(RequestEvent):
    """The data subject was given a token bound to this case; only its hash is kept, elsewhere."""

    TOPIC: ClassVar[str] = "dsr.request.subject-token-issued"
    token_id: UUID
    expires_at: datetime

    def apply(self, case: Case) -> None:
        """The token table says whether it still holds."""


class DisclosureCommands(Case):
    """open personal data; introduce a key; issue a token to the data subject."""

    def disclose(self, *, purpose: DisclosurePurpose, versions: tuple[int, ...], at: datetime, actor: str) -> None:
        """Record that these events were opened, before what they say is shown."""
        self.trigger_event(PersonalDataDisclosed, timestamp=at, actor=actor, purpose=purpose, versions=versions)

    def introduce_key(self, *, key: KeyIntroduction, at: datetime, actor: str) -> None:
        """Record a key before the first event that uses it. Raises RequestIsClosed."""
        self._require_not_closed()
        self.trigger_event(KeyIntroduced, timestamp=at, actor=actor, key=key)

    def issue_subject_token(self, *, token_id: UUID, expires_at: datetime, at: datetime, actor: str) -> None:
        """Let the data subject follow and withdraw the case. Raises RequestIsClosed."""
        self._require_not_closed()
        self.trigger_event(SubjectTokenIssued, timestamp=at, actor=actor, token_id=token_id, expires_at=expires_at)
