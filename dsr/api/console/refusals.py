"""The refusals that the catalogue translates: those of a case, and those on pages of no case."""

from collections.abc import Iterator
from types import ModuleType
from typing import Final

from dsr.api.errors import (
    BodyTooLarge,
    FilesFull,
    IdempotencyKeyInvalid,
    IdempotencyKeyRequired,
    InputInvalid,
    InternalError,
    PathControllerUnknown,
    PathUnknown,
    PreconditionMalformed,
    PreconditionRequired,
    RateLimited,
    RequestMalformed,
)
from dsr.database.errors import DatabaseBusy, DatabaseUnavailable
from dsr.desk import errors as desk_errors
from dsr.desk.entry import PersonMissing
from dsr.desk.saved_filters import FilterNameTaken, FilterUnknown
from dsr.desk.telling.choices import TellingNeeded
from dsr.domain.deadlines import CalendarExhausted
from dsr.domain.email_address import EmailAddressInvalid
from dsr.domain.errors import DomainError, StorageFull, StorageUnavailable
from dsr.domain.policy_retry import NothingToRetry
from dsr.domain.quarantine import QuarantineSettled
from dsr.domain.request import errors as request_errors
from dsr.domain.retention_batch import BatchAwaitsDecision, BatchSettled, NotInBatch
from dsr.domain.ropa import errors as ropa_errors
from dsr.domain.scanning import MalwareFound, ScannerUnavailable
from dsr.domain.staff import errors as staff_errors
from dsr.domain.staff_session import StaffSessionOver, StaffSessionUnknown
from dsr.evidence.errors import (
    CheckpointCopyMissing,
    CheckpointCopyUnusable,
    CheckpointMissing,
    LogDiffersFromCheckpoint,
    LogShorterThanCheckpoint,
    NotInCheckpoint,
)
from dsr.policies.runner import CaseNotParked, PolicyUnknown
from dsr.projections.errors import CursorInvalid
from dsr.vault.known_messages import MessageKnown

_WHOLE: Final = (desk_errors, staff_errors, ropa_errors)
"""Modules whose errors pages of no case show."""

_OTHERS: Final[tuple[type[DomainError], ...]] = (
    *(BodyTooLarge, FilesFull, IdempotencyKeyInvalid, IdempotencyKeyRequired, InputInvalid, InternalError),
    *(PathControllerUnknown, PathUnknown, PreconditionMalformed, PreconditionRequired, RateLimited, RequestMalformed),
    *(BatchAwaitsDecision, BatchSettled, CalendarExhausted, CaseNotParked, CheckpointCopyMissing),
    *(CheckpointCopyUnusable, CheckpointMissing, CursorInvalid, DatabaseBusy, DatabaseUnavailable),
    *(EmailAddressInvalid, FilterNameTaken, FilterUnknown, LogDiffersFromCheckpoint, LogShorterThanCheckpoint),
    *(
        MalwareFound,
        MessageKnown,
        NotInBatch,
        NotInCheckpoint,
        NothingToRetry,
        PersonMissing,
        PolicyUnknown,
        QuarantineSettled,
    ),
    *(ScannerUnavailable, StaffSessionOver, StaffSessionUnknown, StorageFull, StorageUnavailable, TellingNeeded),
)


def refusals_of_cases() -> Iterator[str]:
    """Their public sentences."""
    return map(_public_sentence, _errors_of(request_errors))


def refusals_outside_cases() -> Iterator[str]:
    """Their public sentences. Some speak to programs, too; their translations speak to people alone."""
    for module in _WHOLE:
        yield from map(_public_sentence, _errors_of(module))
    yield from map(_public_sentence, _OTHERS)


def _errors_of(module: ModuleType) -> Iterator[type[DomainError]]:
    for each in vars(module).values():
        if isinstance(each, type) and issubclass(each, DomainError) and each.__module__ == module.__name__:
            yield each


def _public_sentence(error: type[DomainError]) -> str:
    return " ".join((error.__doc__ or "").split())
