"""The target of a command's form: a case, a letter, a matter; where its page is, and what happened to it since."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec

from dsr.api.console.choices import choosing_at, choosing_for
from dsr.api.console.forms import Choosing
from dsr.api.console.in_force import controller_in_words, record_in_force, zone_of
from dsr.api.console.language import N_, _, ngettext
from dsr.api.console.words import code_as_words, full_day
from dsr.api.context import caller, desk, service
from dsr.api.matters import matter_in_scope
from dsr.api.quarantine import message_in_scope
from dsr.api.roles import SEES_STAFF
from dsr.desk.errors import DispatchUnknown, RequestUnknown, RetentionBatchUnknown
from dsr.domain.matter.values import MATTER_LETTERS, OUTCOMES, MatterOutcome
from dsr.domain.roles import Role
from dsr.domain.staff.errors import StaffUnknown
from dsr.projections.dispatches import dispatch_row
from dsr.projections.retention_batches import batch_row
from dsr.projections.rows import Row
from dsr.projections.staff import staff_row


@dataclass(frozen=True)
class CommandTarget:
    """A case, letter, matter … that commands change."""

    what: str
    """What it is: a key of `_SENTENCES`."""
    words: str
    """What it is called on the form."""
    page: str
    """Where it is shown, and where its commands lead back to."""
    version: int
    zone: str
    """IANA, of the local times that are typed."""
    case: Row | None
    """The case that it is, or belongs to."""
    choosing: Choosing
    stream_id: UUID | None = None
    """Of its events, where a form that is stale says what happened."""
    narrowed: Mapping[str, Collection[str]] = field(default_factory=dict)
    """The only codes that make sense for it, by the name of their field."""

    @property
    def changed(self) -> str:
        """The sentence on a form that was written on an earlier state of it."""
        return _(_SENTENCES[self.what][0])

    @property
    def back(self) -> str:
        """The link that leads back to it."""
        return _(_SENTENCES[self.what][1])


_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "case": (N_("The case changed while you wrote. Nothing you typed is lost."), N_("Back to the case")),
    "letter": (N_("The letter changed while you wrote. Nothing you typed is lost."), N_("Back to the letter")),
    "matter": (N_("The matter changed while you wrote. Nothing you typed is lost."), N_("Back to the matter")),
    "package": (N_("The package changed while you wrote. Nothing you typed is lost."), N_("Back to the package")),
    "member of staff": (
        N_("The member of staff changed while you wrote. Nothing you typed is lost."),
        N_("Back to the member of staff"),
    ),
    "service": (N_("The service changed while you wrote. Nothing you typed is lost."), N_("Back to the service")),
    "list": (N_("The list changed while you wrote. Nothing you typed is lost."), N_("Back to the list")),
}
"""The sentence when it changed in the meantime, and the words of the link back."""


def target_of(about: Mapping[str, Any]) -> CommandTarget:
    """The target that the path names, for a caller who sees it; of a command that begins something, the desk itself.

    Raises RequestUnknown, DispatchUnknown, MatterUnknown, RetentionBatchUnknown, QuarantineUnknown,
    StaffUnknown, ControllerUnknown, PolicyUnknown, Forbidden.
    """
    if not about:
        return _nothing_yet()
    [(parameter, id)] = about.items()
    return _FOUND_BY[parameter](id)


def letter_of(dispatch_id: UUID) -> tuple[Row, Row]:
    """A letter and its case, for a caller who sees the case. Raises DispatchUnknown."""
    with service().database.reading() as connection:
        row = dispatch_row(connection, dispatch_id)
    if row is None:
        raise DispatchUnknown()
    try:
        return row, desk().history.request(row["request_id"], caller())
    except RequestUnknown:
        raise DispatchUnknown() from None


def _case(request_id: UUID) -> CommandTarget:
    row = desk().history.request(request_id, caller())

    return CommandTarget(
        what="case",
        words=row["reference"],
        page=f"/console/cases/{request_id}",
        version=row["version"],
        zone=row["zone"],
        case=row,
        choosing=choosing_for(request_id, row),
        stream_id=request_id,
    )


def _letter(dispatch_id: UUID) -> CommandTarget:
    row, case = letter_of(dispatch_id)
    return CommandTarget(
        what="letter",
        words=_("%(letter)s of %(case)s", letter=code_as_words(row["kind"]), case=case["reference"]),
        page=f"/console/letters/{dispatch_id}",
        version=row["version"],
        zone=case["zone"],
        case=case,
        choosing=choosing_for(row["request_id"], case),
        stream_id=dispatch_id,
    )


def _matter(matter_id: UUID) -> CommandTarget:
    row = matter_in_scope(matter_id)
    return CommandTarget(
        what="matter",
        words=row["reference"],
        page=f"/console/matters/{matter_id}",
        version=row["version"],
        zone=zone_of(row["controller_id"]),
        case=None,
        choosing=choosing_at(row["controller_id"]),
        stream_id=matter_id,
        narrowed={
            "kind": [letter for letter, rule in MATTER_LETTERS.items() if row["kind"] in rule.kinds],
            "outcome": OUTCOMES.get(row["kind"], tuple(MatterOutcome)),
        },
    )


def _batch(batch_id: UUID) -> CommandTarget:
    with service().database.reading() as connection:
        row = batch_row(connection, batch_id)
    if row is None or not caller().sees(batch_id, row["controller_id"]):
        raise RetentionBatchUnknown()
    files = len(row["files"]) - len(row["left_out"])
    return CommandTarget(
        what="list",
        words=ngettext(
            "%(num)s file of %(controller)s, drawn up on %(day)s",
            "%(num)s files of %(controller)s, drawn up on %(day)s",
            files,
            controller=controller_in_words(row["controller_id"]),
            day=full_day(row["drawn_up_at"]),
        ),
        page="/console/approvals",
        version=row["version"],
        zone=zone_of(row["controller_id"]),
        case=None,
        choosing=choosing_at(row["controller_id"]),
    )


def _quarantined(quarantine_id: UUID) -> CommandTarget:
    row = message_in_scope(quarantine_id)
    return CommandTarget(
        what="list",
        words=_("Message of %(day)s", day=full_day(row["received_at"])),
        page="/console/quarantine",
        version=row["version"],
        zone=zone_of(row["controller_id"]),
        case=None,
        choosing=choosing_at(row["controller_id"]),
    )


def _package(export_id: UUID) -> CommandTarget:
    answer = desk().exports.view(export_id, caller())
    shown = msgspec.json.decode(answer.body)
    row = desk().history.request(UUID(shown["request_id"]), caller())
    assert answer.version is not None  # noqa: S101 - a package has a version
    return CommandTarget(
        what="package",
        words=_("Package of %(case)s", case=row["reference"]),
        page=f"/console/cases/{row['request_id']}/data/{shown['item_id']}",
        version=answer.version,
        zone=row["zone"],
        case=row,
        choosing=choosing_for(row["request_id"], row),
    )


def _member(identifier: str) -> CommandTarget:
    if identifier != caller().actor:  # who may not know who is there, does not learn it here
        caller().require(*SEES_STAFF)
    with service().database.reading() as connection:
        row = staff_row(connection, identifier, caller().scope)
    if row is None:
        raise StaffUnknown()
    return CommandTarget(
        what="member of staff",
        words=identifier,
        page=f"/console/team/{identifier}",
        version=row["version"],
        zone=zone_of(None),
        case=None,
        choosing=choosing_at(None),
    )


def _controller(controller_id: str) -> CommandTarget:
    caller().require_controller(controller_id)
    record_in_force().document.controller(controller_id)
    return CommandTarget(
        what="service",
        words=controller_in_words(controller_id),
        page="/console/service",
        version=1,
        zone=zone_of(controller_id),
        case=None,
        choosing=choosing_at(controller_id),
    )


def _policy(policy: str) -> CommandTarget:
    caller().require(Role.OPERATOR)
    service().runner_of(policy)
    return CommandTarget(
        what="service",
        words=code_as_words(policy),
        page="/console/service",
        version=1,
        zone=zone_of(None),
        case=None,
        choosing=choosing_at(None),
    )


def _nothing_yet() -> CommandTarget:
    return CommandTarget(
        what="list",
        words=_("Today"),
        page="/console",
        version=1,
        zone=zone_of(None),
        case=None,
        choosing=choosing_at(None),
    )


_FOUND_BY: Final[Mapping[str, Callable[[Any], CommandTarget]]] = {
    "request_id": _case,
    "dispatch_id": _letter,
    "matter_id": _matter,
    "batch_id": _batch,
    "quarantine_id": _quarantined,
    "identifier": _member,
    "export_id": _package,
    "controller_id": _controller,
    "policy": _policy,
}
"""By the parameter of the path that names it."""
