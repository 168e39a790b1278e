"""How long a file that is no case is kept, and by whose days (GDPR Art. 5(1)(e); docs/law §7).

A controller states a period for each kind of file in its record of processing; `OwnFile.kept_until` says when it ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from dsr.domain.deadlines.calendar import WorkingCalendar
from dsr.domain.own_file import FileForgettingOrdered, FileKept, FileKind, OwnFile
from dsr.domain.request.forgetting import KeptBecause
from dsr.domain.request.recomputed import Dates, recomputes
from dsr.domain.request.standing import ForgettingGround
from dsr.domain.ropa import OwnRetention, RecordOfProcessing, RopaMissing, RopaVersion

F_co = TypeVar("F_co", bound=OwnFile, covariant=True)

_PERIODS: Final[Mapping[FileKind, str]] = MappingProxyType(
    {
        FileKind.CASE_FILE: "case_files",
        FileKind.MATTER: "matters",
        FileKind.QUARANTINE: "quarantine",
        FileKind.DISCLOSURE: "disclosures",
        FileKind.OWN_ERASURE: "own_erasures",
    }
)
"""The field of `OwnRetention` that holds the period."""


@dataclass(frozen=True)
class Terms:
    """How long a file is kept, and by whose days."""

    calendar: WorkingCalendar
    period: str
    """ISO 8601."""


@dataclass(frozen=True)
class FileBefore(Generic[F_co]):
    """The state of the log when an event of a file was recorded."""

    file: F_co
    """The file after the earlier events; for the first event, as that one opened it."""
    record: RecordOfProcessing | None
    """All versions adopted until then."""


def period_of(kind: FileKind, retention: OwnRetention) -> str:
    """How long a controller keeps files of this kind, ISO 8601."""
    period: str = attrgetter(_PERIODS[kind])(retention)
    return period


def terms_of(file: OwnFile, version: RopaVersion) -> Terms:
    """Those of its controller, by the version that counts for the file; where the controller is unknown, of the one
    that keeps such a file the longest. Raises ControllerUnknown.
    """
    document, whose = version.document, file.controller_id
    controllers = document.controllers if whose is None else (document.controller(whose),)
    terms = [Terms(version.calendar(each.id), period_of(file.file_kind, each.retention)) for each in controllers]
    return max(terms, key=lambda each: file.kept_until(each.calendar, each.period) or date.min)


def version_of(file: OwnFile, record: RecordOfProcessing | None) -> RopaVersion:
    """The version of the record that counts for the file: the one that it pinned. A message pins none, so the newest
    that knows its controller. Raises RopaMissing, RopaVersionUnknown.
    """
    if record is None:
        raise RopaMissing()
    if file.ropa_version is not None:
        return record.at_version(file.ropa_version)
    for version in reversed(record.versions):
        if file.controller_id in (None, *(each.id for each in version.document.controllers)):
            return version
    raise RopaMissing()


@recomputes(FileForgettingOrdered)
def _forgetting_ordered(event: FileForgettingOrdered, before: FileBefore[OwnFile]) -> Dates:
    """An order without another ground came after the period. Raises FileKept, RopaMissing, RopaVersionUnknown,
    ControllerUnknown.
    """
    file, terms = before.file, terms_of(before.file, version_of(before.file, before.record))
    until, ordered_on = file.kept_until(terms.calendar, terms.period), terms.calendar.local_date(event.timestamp)
    if event.ground is ForgettingGround.PERIOD and (until is None or ordered_on < until):
        raise FileKept(reasons=[KeptBecause.PERIOD.value])
    return {"closed_at": file.closed_at, "kept_until": until}
