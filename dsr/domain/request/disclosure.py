"""Disclosures: each opening of personal data is recorded with who, what and why (GDPR Art. 5(2), 32)."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.guards import require_not_closed
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import DisclosurePurpose


class PersonalDataDisclosed(RequestEvent):
    """Somebody opened sealed data of this case. One event records one opening."""

    TOPIC: ClassVar[str] = "dsr.request.personal-data-disclosed"
    purpose: DisclosurePurpose
    versions: tuple[int, ...]
    """Versions of the events whose sealed parts were opened."""

    def apply(self, case: Case) -> None:
        """Reading changes no state."""


class SubjectTokenIssued(RequestEvent):
    """A token bound to this case is mailed to the address on file; only its hash is kept, elsewhere.

    Before 0.3.0, a handler was shown the token and passed it on.
    """

    TOPIC: ClassVar[str] = "dsr.request.subject-token-issued"
    token_id: UUID
    expires_at: datetime

    def apply(self, case: Case) -> None:
        """The token table records whether the token is still valid."""


class SubjectAccessEnded(RequestEvent):
    """Every token and every session of the data subject was ended, such as after a mail reached the wrong person."""

    TOPIC: ClassVar[str] = "dsr.request.subject-access-ended"

    def apply(self, case: Case) -> None:
        """The tables of tokens and sessions record what is still valid."""


@state_guard
def may_disclose(_: Case) -> None:
    """Always allowed: a closed case may be opened for a complaint or an audit."""


@state_guard
def may_issue_subject_token(case: Case) -> None:
    """Raises RequestIsClosed, as a death does too."""
    require_not_closed(case)


@state_guard
def may_end_subject_access(_: Case) -> None:
    """Always allowed: a session may be open on a closed case too."""


class DisclosureCommands(Case):
    """open personal data; issue a token to the data subject; end their access."""

    def disclose(self, acting: CaseActing, *, purpose: DisclosurePurpose, versions: tuple[int, ...]) -> None:
        """Record that these events were opened, before their content is shown."""
        may_disclose(self)
        self.record(acting, PersonalDataDisclosed, purpose=purpose, versions=versions)

    def issue_subject_token(self, acting: CaseActing, *, token_id: UUID, expires_at: datetime) -> None:
        """Issue a token with which the data subject can follow and withdraw the case until it is closed.

        Nobody but the person at the address on file gets it (GDPR Art. 5(1)(f), 32). Raises RequestIsClosed.
        """
        may_issue_subject_token(self)
        self.record(acting, SubjectTokenIssued, token_id=token_id, expires_at=expires_at)

    def end_subject_access(self, acting: CaseActing) -> None:
        """End every token and session of the data subject (GDPR Art. 32(1)(b)); they can sign in anew."""
        may_end_subject_access(self)
        self.record(acting, SubjectAccessEnded)
