"""Approvals: what waits for a second person, each with its facts, its law, and what the letter will say."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from flask import Response, request

from dsr.api.console.language import N_, _
from dsr.api.console.letter_parts import meaning_of, said_in_words
from dsr.api.console.operations import command_named
from dsr.api.console.site import console, page, page_of
from dsr.api.console.team import confirms
from dsr.api.console.words import code_as_words, within
from dsr.api.context import caller, desk, service
from dsr.api.disclosures import DisclosureBody, require_purpose
from dsr.api.enumerations import meanings
from dsr.api.errors import PathUnknown
from dsr.api.stepping_up import require_fresh
from dsr.desk.caller import Call
from dsr.desk.disclosures import Disclosure
from dsr.domain.quarantine import QuarantineStatus
from dsr.domain.request.dpo_opinion import DpoOpinionGiven
from dsr.domain.request.ending import EndProposed
from dsr.domain.request.extension import ExtensionProposed
from dsr.domain.request.forgetting import ForgettingProposed
from dsr.domain.request.grounds import RefusalGround
from dsr.domain.request.letters import LetterKind, required_of
from dsr.domain.request.refusal import RefusalProposed
from dsr.domain.request.restriction_exception import ExceptionProposed
from dsr.domain.request.standing import ExceptionGround, ForgettingGround
from dsr.domain.request.values import DisclosurePurpose, End, ExtensionGround
from dsr.domain.retention_batch import BatchStatus
from dsr.domain.roles import Role
from dsr.projections import DecisionKind, DecisionOutcome
from dsr.projections.decisions import decisions_of, proposal_list
from dsr.projections.dispatches import dispatch_list
from dsr.projections.items import items_of
from dsr.projections.matters import waiting_for_two
from dsr.projections.quarantine import quarantined_messages
from dsr.projections.queue import request_rows
from dsr.projections.retention_batches import batch_list
from dsr.projections.rows import Row
from dsr.projections.staff import unconfirmed_staff
from dsr.projections.timeline import events_named

_WHO: Final = (Role.APPROVER, Role.DPO)
"""Approvers decide; the data protection officer reads (GDPR Art. 39(1)(b))."""

_ROWS: Final = 50
"""Of each list."""

_CODE: Final = re.compile(r"[a-z]+(-[a-z]+)*", re.ASCII)


@dataclass(frozen=True)
class ProposalKind:
    """What can be proposed on a case, and what follows from it."""

    words: str
    decided_by: str
    """The command of the second person."""
    event: str
    """Name of the event that proposes it."""
    grounds: type[StrEnum]
    letter: LetterKind | None
    """The letter that tells the person of it."""
    follows: str
    """What happens if the second person agrees."""


PROPOSALS: Final[Mapping[DecisionKind, ProposalKind]] = {
    DecisionKind.REFUSAL: ProposalKind(
        N_("Refusal"),
        "decide_refusal",
        RefusalProposed.TOPIC,
        RefusalGround,
        LetterKind.REFUSAL,
        N_("If you agree, the right is refused. The letter tells the person why, and where they may complain."),
    ),
    DecisionKind.EXTENSION: ProposalKind(
        N_("Extension of the time"),
        "decide_extension",
        ExtensionProposed.TOPIC,
        ExtensionGround,
        LetterKind.EXTENSION,
        N_("If you agree, a letter tells the person of the new date. The date moves once it has left."),
    ),
    DecisionKind.END: ProposalKind(
        N_("End of the case"),
        "decide_end",
        EndProposed.TOPIC,
        End,
        LetterKind.ENDING,
        N_("If you agree, what is undecided ends. The letter tells the person why, unless the person died."),
    ),
    DecisionKind.RESTRICTION_EXCEPTION: ProposalKind(
        N_("Deletion of restricted data"),
        "decide_exception",
        ExceptionProposed.TOPIC,
        ExceptionGround,
        None,
        N_("If you agree, the restriction no longer prevents that the data is deleted in these systems."),
    ),
    DecisionKind.FORGETTING: ProposalKind(
        N_("Forgetting of the file"),
        "decide_forgetting",
        ForgettingProposed.TOPIC,
        ForgettingGround,
        None,
        N_("If you agree, the keys of the file are destroyed, and nobody can read it again."),
    ),
}
"""By the kind of decision."""


@console.get("/approvals")
@page_of(_WHO)
def show_approvals() -> Response:
    """List what waits for a second person, the soonest due first."""
    scope = caller().scope
    with service().database.reading() as connection:
        proposals = proposal_list(connection, PROPOSALS.keys(), limit=_ROWS, scope=scope).rows
        letters = dispatch_list(connection, needs_approval=True, limit=_ROWS, scope=scope).rows
        batches = batch_list(connection, status=BatchStatus.PROPOSED, limit=_ROWS, scope=scope).rows
        messages = quarantined_messages(connection, status=QuarantineStatus.WAITING, limit=_ROWS, scope=scope).rows
        matters = waiting_for_two(connection, scope=scope, limit=_ROWS)
        members = unconfirmed_staff(connection, scope) if Role.DPO in caller().roles else ()
        cases = request_rows(connection, (each["request_id"] for each in (*proposals, *letters)))

    def due(row: Row) -> Any:
        return cases[row["request_id"]]["due_on"]

    return page(
        "approvals.html",
        proposals=sorted(proposals, key=due),
        letters=sorted(letters, key=due),
        batches=batches,
        matters=matters,
        messages=[each for each in messages if each["discarding_proposed_by"]],
        members=[(each, confirms(each)) for each in members],
        cases=cases,
        ground=_ground,
        named=proposal_in_words,
    )


@console.get("/approvals/<uuid:request_id>/<int:version>")
@page_of(_WHO)
def show_proposal(request_id: UUID, version: int) -> Response:
    """Show a proposal without opening it. A member who may decide proves who they are before they type a reason."""
    found = _found(request_id, version)
    if _may_decide(found):
        require_fresh(caller(), _kind(found.row).decided_by)
    return _page(found, None)


@console.post("/approvals/<uuid:request_id>/<int:version>/open")
@page_of(_WHO)
def open_proposal(request_id: UUID, version: int) -> Response:
    """Open the reasons of a proposal, and any opinion of the data protection officer, on record."""
    body = DisclosureBody().load({"purpose": request.form.get("purpose", "")})
    require_purpose(body["purpose"])
    versions = tuple(each["version"] for each in _found(request_id, version).events if each["sealed"])
    disclosure = desk().disclosures.open(request_id, Call(caller()), purpose=body["purpose"], versions=versions)
    return _page(_found(request_id, version), disclosure)


def proposal_in_words(row: Row) -> str:
    """What is proposed: `Refusal of erasure`."""
    words = _(_kind(row).words)
    if not row["item_id"]:
        return words
    return _("%(proposal)s of %(right)s", proposal=words, right=within(code_as_words(row["item_id"])))


@dataclass(frozen=True)
class _Found:
    """A proposal with the facts of its case."""

    row: Row
    case: Row
    items: Sequence[Row]
    events: Sequence[Row]
    """The event that proposed it, and those of the opinions of the data protection officer."""


def _found(request_id: UUID, version: int) -> _Found:
    """The proposal, of a case in scope. Raises RequestUnknown, PathUnknown."""
    with service().database.reading() as connection:
        case = desk().history.request(request_id, caller())
        rows = decisions_of(connection, request_id)
        row = next((row for row in rows if row["version"] == version and row["kind"] in PROPOSALS), None)
        if row is None:
            raise PathUnknown()
        opinion = DpoOpinionGiven.TOPIC
        events = events_named(connection, request_id, {_kind(row).event, opinion})
        return _Found(
            row,
            case,
            items_of(connection, request_id),
            [each for each in events if each["version"] == version or each["name"] == opinion],
        )


def _page(found: _Found, disclosure: Disclosure | None) -> Response:
    row, kind = found.row, _kind(found.row)
    event = next(each for each in found.events if each["version"] == row["version"])
    opened = {} if disclosure is None else {each.version: each for each in disclosure.opened}
    proposed = opened.get(row["version"])
    fields = {} if proposed is None else proposed.fields
    return page(
        "approval.html",
        proposal=row,
        kind=kind,
        case=found.case,
        item=next((each for each in found.items if each["item_id"] == row["item_id"]), None),
        facts={name: said for name, said in event["facts"].items() if said not in (None, "", [], {}, False)},
        opened=None if disclosure is None else fields,
        has_sealed=any(each["sealed"] for each in found.events),
        forgotten=() if proposed is None else proposed.forgotten,
        opinions=[(each, opened.get(each["version"])) for each in found.events if each is not event],
        telling=_telling(row, kind, fields, event["facts"]),
        ground=_ground(row),
        name=proposal_in_words(row),
        said=said_in_words,
        fact=_fact_in_words,
        is_open=row["outcome"] == DecisionOutcome.PROPOSED,
        decides=_may_decide(found),
        is_own=row["opened_by"] == caller().actor,
        parameters={
            name: str(row[column])
            for name, column in (("item_id", "item_id"), ("hold_id", "about_id"))
            if row[column] is not None
        },
        purposes=(DisclosurePurpose.ASSESSMENT, DisclosurePurpose.ANSWERING, DisclosurePurpose.COMPLAINT),
    )


def _fact_in_words(value: object) -> str:
    """Facts that the log holds unsealed: codes, numbers, dates."""
    return code_as_words(value) if isinstance(value, str) and _CODE.fullmatch(value) else said_in_words(value)


def _may_decide(found: _Found) -> bool:
    """Whether a role of the caller decides this."""
    roles = command_named(_kind(found.row).decided_by, "request_id").operation.roles or frozenset()
    return not caller().roles.isdisjoint(roles)


def _kind(row: Row) -> ProposalKind:
    return PROPOSALS[DecisionKind(row["kind"])]


def _ground(row: Row) -> str:
    """What the ground means, with its law."""
    return meanings(_kind(row).grounds).get(row["ground"] or "", "")


def _telling(
    row: Row, kind: ProposalKind, fields: Mapping[str, object], facts: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """What the letter will tell: code, meaning with its law, and the words, if they are open."""
    if kind.letter is None:
        return []
    withheld = bool(facts.get("withheld_under"))
    words = {
        "reasons": "" if withheld else fields.get("reasons"),
        "facts": "" if withheld else fields.get("facts"),
        "why": fields.get("reasons"),
        "new-date": None if row["new_due"] is None else row["new_due"].isoformat(),
        "provision": row["provision"] if facts.get("tells_provision", True) else None,
        "ending": row["ground"],
    }
    codes = sorted(required_of(kind.letter, nothing_held=False, refuses=False, transmitted=False))
    return [(code, meaning_of(code), said_in_words(words[code]) if words.get(code) else "") for code in codes]
