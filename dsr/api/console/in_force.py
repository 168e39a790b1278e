"""The record of processing in force, read once for a page."""

from datetime import date

from flask import g

from dsr.api.context import caller, desk, service
from dsr.domain.deadlines import CalendarExhausted
from dsr.domain.ropa import CalendarMissing, ControllerUnknown, RopaMissing, RopaVersion


def record_in_force() -> RopaVersion:
    """Raises RopaMissing."""
    version: RopaVersion | None = g.get("record_in_force")
    if version is None:
        version = g.record_in_force = desk().repository.ropa.current()
    return version


def local_today(controller_id: str) -> date:
    """The date at the controller, found once for a page; where the record no longer knows it, in UTC."""
    found: dict[str, date] = g.setdefault("local_today", {})
    if controller_id not in found:
        now = service().clock.now()
        try:
            found[controller_id] = record_in_force().calendar(controller_id).local_date(now)
        except (ControllerUnknown, CalendarMissing, RopaMissing):
            found[controller_id] = now.date()
    return found[controller_id]


def zone_shown(controller_id: str) -> str:
    """The time zone (IANA) in which moments are shown; where the record no longer knows the controller, UTC."""
    try:
        return zone_of(controller_id)
    except (ControllerUnknown, CalendarMissing, RopaMissing):
        return "UTC"


def named_in_record(some_id: str) -> str:
    """The name of a system, a recipient or an activity; one that the record no longer has, by its id."""
    try:
        return record_in_force().document.name_of(some_id)
    except RopaMissing:
        return some_id


def controller_in_words(controller_id: str) -> str:
    """The name of a controller; its id where another has the same name, or where the record no longer knows it."""
    names: dict[str, str] | None = g.get("controller_names")
    if names is None:
        names = g.controller_names = _controller_names()
    return names.get(controller_id, controller_id)


def _controller_names() -> dict[str, str]:
    """Looked up once for a page."""
    try:
        return record_in_force().document.controller_names()
    except RopaMissing:
        return {}


def working_days_left(controller_id: str, until: date) -> int | None:
    """Working days after today at the controller, up to and including the date; None if its holidays are not known."""
    try:
        calendar = record_in_force().calendar(controller_id)
        return calendar.working_days_after(calendar.local_date(service().clock.now()), until=until)
    except (ControllerUnknown, CalendarMissing, RopaMissing, CalendarExhausted):
        return None


def zone_of(controller_id: str | None) -> str:
    """The time zone (IANA) of a controller, in which local times are typed; of the first in scope where none is named.

    Raises RopaMissing, ControllerUnknown.
    """
    version = record_in_force()
    if controller_id is None:
        scope = caller().scope
        seen = [each.id for each in version.document.controllers if scope is None or each.id in scope]
        controller_id = seen[0] if seen else version.document.controllers[0].id
    return version.calendar(controller_id).zone
