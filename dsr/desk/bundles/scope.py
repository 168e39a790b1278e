"""What an audit bundle is about: cases, matters, controllers, a period of arrival, or everything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from dsr.domain.errors import Invalid

_KINDS = "`all`, `case:ID`, `matter:ID`, `controller:ID`, `period:FROM..UNTIL`"


class BundleScopeInvalid(Invalid):
    """This is not a scope of an audit bundle. Give one or more of: `all`, `case:ID`, `matter:ID` (with its cases),
    `controller:ID`, `period:FROM..UNTIL` (days of arrival, such as `period:2026-01-01..2026-03-31`).
    """

    code = "bundle-scope-invalid"


@dataclass(frozen=True)
class Period:
    """Days of arrival, the first and the last one included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True)
class BundleScope:
    """The cases and matters that any part of the scope names."""

    written: tuple[str, ...]
    """As it was given, for the manifest."""
    everything: bool = False
    cases: frozenset[UUID] = frozenset()
    matters: frozenset[UUID] = frozenset()
    controllers: frozenset[str] = frozenset()
    periods: tuple[Period, ...] = ()

    def holds_case(self, case_id: UUID, controllers: Iterable[str], received_on: date) -> bool:
        """Whether a case that these controllers had, and that arrived on that day, is in scope by itself."""
        return (
            self.everything
            or case_id in self.cases
            or not self.controllers.isdisjoint(controllers)
            or any(received_on in each for each in self.periods)
        )

    def holds_matter(self, matter_id: UUID, controller_id: str, received_on: date) -> bool:
        """Whether a matter is in scope."""
        return (
            self.everything
            or matter_id in self.matters
            or controller_id in self.controllers
            or any(received_on in each for each in self.periods)
        )


def parse_scope(parts: Iterable[str]) -> BundleScope:
    """Read the parts of a scope, which add up. Raises BundleScopeInvalid."""
    written = tuple(parts)
    if not written:
        raise BundleScopeInvalid()
    cases, matters, controllers, periods = set[UUID](), set[UUID](), set[str](), list[Period]()
    for part in written:
        kind, _, value = part.partition(":")
        match kind:
            case "all" if part == "all":
                pass
            case "case":
                cases.add(_id(part, value))
            case "matter":
                matters.add(_id(part, value))
            case "controller" if value:
                controllers.add(value)
            case "period":
                periods.append(_period(part, value))
            case _:
                raise _invalid(part)
    return BundleScope(
        written,
        everything="all" in written,
        cases=frozenset(cases),
        matters=frozenset(matters),
        controllers=frozenset(controllers),
        periods=tuple(periods),
    )


def _id(part: str, value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise _invalid(part) from None


def _period(part: str, value: str) -> Period:
    first, _, last = value.partition("..")
    try:
        period = Period(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        raise _invalid(part) from None
    if period.first > period.last:
        raise BundleScopeInvalid(f"The period in `{part}` ends before it begins. Give the earlier day first.")
    return period


def _invalid(part: str) -> BundleScopeInvalid:
    return BundleScopeInvalid(f"`{part[:80]}` is no scope of an audit bundle. Give one or more of: {_KINDS}.")
