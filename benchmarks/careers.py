"""Lives of cases, made by the real commands: arrival, triage, work, answer. Personal data is made up and not sealed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.deadlines.regime import REGIMES
from dsr.domain.events import Event
from dsr.domain.request import Request
from dsr.domain.request.letters import ANSWER_OF, NOTHING_HELD_STATEMENTS, REQUIRED_STATEMENTS, Letter, LetterKind
from dsr.domain.request.reference import new_reference
from dsr.domain.request.search_list import Listed, SearchResult
from dsr.domain.request.searching import SystemAccount
from dsr.domain.request.values import AssuranceLevel, Channel, DismissalKind, IdentityMethod
from dsr.domain.rights import Right
from dsr.domain.sealed import BlobRef, KeyIntroduction, KeyPurpose, Sealed

T = TypeVar("T")

CONTROLLERS = tuple(f"callcentre-{country}" for country in ("de", "fr", "pl", "es", "nl", "it", "se", "ro"))
"""One of each is as likely as the next."""

_STAFF = ("ann", "bob", "cho", "dan")
_SYSTEMS = ("crm", "recordings", "quality")
_RIGHTS = (Right.ACCESS, Right.ACCESS, Right.ERASURE, Right.PORTABILITY, Right.RECTIFICATION, Right.OBJECTION)


class Careers:
    """The same cases in every run."""

    def __init__(self, seed: int, calendar: WorkingCalendar) -> None:
        self._random = Random(seed)  # noqa: S311 - reproducible, not secret
        self._calendar = calendar

    def career(self, at: datetime) -> Sequence[Event]:
        """All events of one case that arrives at `at`: four of ten are no request, three stay open."""
        case = self._receive(at)
        if self._random.random() < 0.4:
            at += timedelta(hours=self._random.randrange(1, 60))
            case.dismiss(
                CaseActing(self._one_of(_STAFF), at, self._calendar),
                kind=self._one_of(tuple(DismissalKind)),
                reason=self._sealed(60),
            )
            return case.collect_events()
        steps = [self._register, self._assign, self._acknowledge, self._decide, self._answer, self._close]
        if self._random.random() < 0.2:
            steps.insert(3, self._identify)
        if self._random.random() < 0.5:  # of six in ten
            steps = steps[: self._random.randrange(len(steps))]
        for step in steps:
            at += timedelta(hours=self._random.randrange(1, 72))
            step(case, at)
        return case.collect_events()

    def _receive(self, at: datetime) -> Request:
        right = self._one_of(_RIGHTS)
        return Request.receive(
            CaseActing("service:intake", at, self._calendar),
            request_id=self._uuid(),
            reference=new_reference(self._one_of),
            controller_id=self._one_of(CONTROLLERS),
            channel=Channel.EMAIL,
            received_at=at,
            ropa_version=1,
            regime=REGIMES["eu-gdpr"],
            keys=(
                KeyIntroduction(self._uuid(), KeyPurpose.CASE_FILE, "cd" * 32),
                KeyIntroduction(self._uuid(), KeyPurpose.BLOB, "cd" * 32),
            ),
            message=self._sealed(1500),
            original=BlobRef(self._uuid(), self._uuid(), 1800, "message/rfc822", "ab" * 32),
            claimed_at=at,
            language=self._one_of(("de", "fr", "en", "pl")),
            suggested_rights=(right,),
        )

    def _register(self, case: Request, at: datetime) -> None:
        also = (self._one_of(_RIGHTS),) if self._random.random() < 0.3 else ()
        rights = tuple(dict.fromkeys((*case.suggested_rights, *also)))
        listed = (Listed(case.controller_id, _SYSTEMS, (), "case-files"),)
        case.register(CaseActing(self._one_of(_STAFF), at, self._calendar), rights=rights, listed=listed)

    def _assign(self, case: Request, at: datetime) -> None:
        case.assign(CaseActing(self._one_of(_STAFF), at, self._calendar), assignee=self._one_of(_STAFF))

    def _acknowledge(self, case: Request, at: datetime) -> None:
        case.record_answer(
            CaseActing(self._one_of(_STAFF), at, self._calendar),
            letter=self._letter(LetterKind.ACKNOWLEDGEMENT, at),
            item_ids=(),
        )

    def _identify(self, case: Request, at: datetime) -> None:
        case.ask_identity(
            CaseActing(self._one_of(_STAFF), at, self._calendar),
            doubt=self._sealed(60),
            method=IdentityMethod.CALL_BACK,
            asked_at=at,
        )
        later = at + timedelta(minutes=30)
        case.confirm_identity(
            CaseActing(self._one_of(_STAFF), later, self._calendar),
            method=IdentityMethod.CALL_BACK,
            assurance=AssuranceLevel.SUBSTANTIAL,
            answered_at=later,
            evidence_destroyed=case.identity.evidence_keys,
        )

    def _decide(self, case: Request, at: datetime) -> None:
        for item_id in _copies_first(case):
            acting = CaseActing(self._one_of(_STAFF), at, self._calendar)
            accounts = tuple(
                SystemAccount(each, SearchResult.NOTHING, identifiers=self._sealed(60)) for each in _SYSTEMS
            )
            listed = Listed(case.item(item_id).controller_id, _SYSTEMS, (), "case-files")
            case.account_for_systems(acting, item_id=item_id, accounts=accounts, listed=listed)
            case.record_nothing_held(acting, item_id=item_id)

    def _answer(self, case: Request, at: datetime) -> None:
        for item_id, item in case.items.items():
            letter = self._letter(ANSWER_OF[item.right], at)
            case.record_answer(CaseActing(self._one_of(_STAFF), at, self._calendar), letter=letter, item_ids=(item_id,))

    def _close(self, case: Request, at: datetime) -> None:
        case.close(CaseActing(self._one_of(_STAFF), at, self._calendar), unidentified=False, evidence_destroyed=())

    def _letter(self, kind: LetterKind, at: datetime) -> Letter:
        statements = REQUIRED_STATEMENTS[kind] | NOTHING_HELD_STATEMENTS
        return Letter(kind, Channel.EMAIL, at, "de", self._sealed(1200), tuple(sorted(statements)))

    def _sealed(self, size: int) -> Sealed:
        return Sealed(self._uuid(), self._uuid(), self._random.randbytes(12), self._random.randbytes(size))

    def _uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def _one_of(self, choices: Sequence[T]) -> T:
        return choices[self._random.randrange(len(choices))]


def _copies_first(case: Request) -> list[str]:
    """Erasure waits until copies were given."""
    return sorted(case.items, key=lambda item_id: case.items[item_id].right is Right.ERASURE)
