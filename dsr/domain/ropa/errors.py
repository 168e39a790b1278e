"""Errors of the record of processing, and of references into it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from dsr.domain.errors import Invalid, Refused, Unknown


@dataclass(frozen=True)
class RopaProblem:
    """One problem of the document."""

    code: str
    """Kebab-case name of the rule."""
    pointer: str
    """JSON Pointer (RFC 6901) to the place; empty for the document as a whole."""
    detail: str
    """A sentence with the remedy."""
    line: int | None = None
    """1-based; known if the document was read from a file."""
    column: int | None = None
    """1-based."""


class RopaInvalid(Invalid):
    """The record of processing can't be adopted: correct every problem listed, then adopt it again. Rules that need all
    fields are checked once no field is missing or of the wrong type.
    """

    code = "ropa-invalid"

    def __init__(self, problems: Iterable[RopaProblem]) -> None:
        """`problems` is never empty."""
        self.problems = tuple(problems)
        super().__init__(problems=[problem.code for problem in self.problems])


class RopaUnchanged(Refused):
    """This document, with these holidays, is the version in force: there is nothing to adopt."""

    code = "ropa-unchanged"


class RopaVersionUnknown(Unknown):
    """No version of the record of processing has this number."""

    code = "ropa-version-unknown"


class RopaMissing(Refused):
    """No record of processing has been adopted yet: adopt one first, with `dsr ropa adopt FILE`."""

    code = "ropa-missing"


class NotInRecord(Invalid):
    """The record of processing has nothing of this name."""

    def __init__(self, *, existing: Mapping[str, Collection[str]] | None = None, **facts: object) -> None:
        """`existing`: known ids of this kind, each with its controllers.

        An answer lists only those in the caller's scope.
        """
        self.existing = existing or {}
        super().__init__("", **facts)


class ControllerUnknown(NotInRecord):
    """The record of processing names no such controller."""

    code = "controller-unknown"


class ActivityUnknown(NotInRecord):
    """The record of processing has no processing activity of this name."""

    code = "activity-unknown"


class SystemUnknown(NotInRecord):
    """The record of processing names no such system."""

    code = "system-unknown"


class SystemElsewhere(Invalid):
    """According to the record of processing, this system holds no data of this controller."""

    code = "system-elsewhere"


class CategoryUnknown(Invalid):
    """The record of processing lists this category of data for no processing activity of this controller."""

    code = "category-unknown"


class RecipientUnknown(NotInRecord):
    """The record of processing names no such recipient."""

    code = "recipient-unknown"


class SubjectsUnknown(Invalid):
    """The record of processing has no such category of data subjects."""

    code = "subject-category-unknown"


class CalendarMissing(Refused):
    """Adopt the record of processing with the holidays of the country and zone of every controller."""

    code = "calendar-missing"
