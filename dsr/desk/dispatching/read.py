"""Reading a letter: its state, content and print. Each opening is recorded first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from dsr.desk.caller import Call, Caller
from dsr.desk.dispatching.case_file import CaseFile
from dsr.desk.dispatching.compose import require_up_to_date, standing_now
from dsr.desk.dispatching.content import Content, open_content
from dsr.desk.dispatching.letters import Letters, answer, find, find_for
from dsr.desk.idempotency import Answer
from dsr.desk.unit_of_work import unit_of_work
from dsr.domain.dispatch import Dispatch, DispatchState
from dsr.domain.errors import DomainError, ServiceWide
from dsr.domain.request import Request
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.ropa import Ropa
from dsr.exports.information import bare
from dsr.letters import Rendered
from dsr.letters.document import as_text
from dsr.letters.fields import to_json
from dsr.letters.paper import to_pdf
from dsr.projections.dispatches import dispatches_of

_MAY_LEAVE: Final = (DispatchState.DRAFT, DispatchState.QUEUED, DispatchState.FAILED)


@dataclass(frozen=True, repr=False)
class Preview:
    """A letter as its reader sees it. It has no `repr`, because it is personal data."""

    dispatch_id: UUID
    version: int
    """After the opening was recorded."""
    subject: str | None
    """None while a statement is missing; `text` and `html`, too."""
    text: str | None
    html: str | None
    texts: dict[str, str]
    """The text by language (ISO 639-1), the letter's own first; empty while a statement is missing."""
    name: str
    email: str
    postal_address: tuple[str, ...]
    staff: str
    """Identifier of the member of staff it goes to. Their address at work is not shown."""
    statements: dict[str, object]
    """By code, as they are edited."""
    refused: list[object]
    missing: tuple[str, ...]
    other_languages: tuple[str, ...]
    """Texts of the record of processing that it quotes in another language than its own, for want of a translation."""
    outdated: dict[str, object]
    """What its case says now, by code, of the parts in which it no longer agrees with the letter."""
    refused_with: str | None
    """Code of the refusal with which its case answers a letter like this one now; None: it does not."""


@dataclass(frozen=True, repr=False)
class PassedOn:
    """A letter that passed a request on to another controller. It has no `repr`, because it is personal data."""

    controller_id: str
    """Its id in the record of processing."""
    channel: Channel
    text: str
    """As it left."""
    left_at: datetime


def passed_on(letters: Letters, case: Request) -> PassedOn | None:
    """The letter that passed the request on since it was last opened, for the file of its case; None if there is none,
    or it came back. Nobody sees it here. Raises KeyDestroyed.
    """
    with letters.repository.database.glancing() as connection:
        rows = dispatches_of(connection, case.id)
    for row in rows:
        left_at: datetime | None = row["sent_at"]
        if row["kind"] != LetterKind.PASSING_ON or row["state"] != DispatchState.SENT or left_at is None:
            continue
        if case.passing_on.counts(left_at):
            dispatch = find(letters, row["dispatch_id"])
            wording = open_content(letters.repository, dispatch).wording
            text = "" if wording is None else wording.text
            return PassedOn(dispatch.recipient or "", dispatch.channel, text, left_at)
    return None


def view(letters: Letters, dispatch_id: UUID, caller: Caller) -> Answer:
    """The state of the letter; its content stays sealed. Raises DispatchUnknown."""
    find_for(letters, dispatch_id, caller)
    return answer(letters, dispatch_id)


def refusals(letters: Letters, dispatch_id: UUID, caller: Caller) -> dict[str, DomainError | None]:
    """By the verb of each command: what the state of the letter refuses it with; None: it may be given.

    The case is not asked: whether a letter is out of date is seen once it is opened. Raises DispatchUnknown.
    """
    dispatch, _ = find_for(letters, dispatch_id, caller)
    acting = caller.acting(letters.repository.now())
    guards: dict[str, Callable[[], object]] = {
        "edit": dispatch.may_edit,
        "approve": lambda: dispatch.may_approve(acting),
        "release": dispatch.may_release,
        "post": dispatch.require_on_paper,
        "discard": dispatch.may_discard,
    }
    return {verb: _refusal(guard) for verb, guard in guards.items()}


def _refusal(guard: Callable[[], object]) -> DomainError | None:
    try:
        guard()
    except DomainError as refusal:
        return refusal
    return None


def preview(letters: Letters, dispatch_id: UUID, call: Call, *, purpose: DisclosurePurpose) -> Preview:
    """The content of the letter, sent or not. Raises DispatchUnknown, VersionStale, KeyDestroyed."""
    dispatch, case = find_for(letters, dispatch_id, call.caller)
    content = _open(letters, dispatch, call, purpose)
    document = letters.repository.ropa.at_version(case.ropa_version).document
    plain, wording, address = to_json(content.fields), content.wording, content.given.address
    statements, refused = plain["statements"], plain["refused"]
    assert isinstance(statements, dict)  # noqa: S101 - as the fields say
    assert isinstance(refused, tuple | list)  # noqa: S101
    outdated, refused_with = _compared(letters, dispatch, case, content)
    return Preview(
        dispatch_id=dispatch_id,
        version=dispatch.version,
        subject=None if wording is None else wording.subject,
        text=None if wording is None else wording.text,
        html=None if wording is None else wording.html,
        texts={} if wording is None else {part.language: as_text(part.blocks) for part in wording.parts},
        name=address.name,
        email=address.email,
        postal_address=address.postal,
        staff=address.staff,
        statements=statements,
        refused=list(refused),
        missing=dispatch.filling.missing,
        other_languages=() if wording is None else _in_other_languages(wording, document),
        outdated=outdated,
        refused_with=refused_with,
    )


def _compared(
    letters: Letters, dispatch: Dispatch, case: Request, content: Content
) -> tuple[dict[str, object], str | None]:
    """What the case says otherwise now, or the code with which it refuses the letter. What left is not compared."""
    if dispatch.state not in _MAY_LEAVE:
        return {}, None
    file = CaseFile(letters.repository, case, letters.repository.now())
    try:
        return content.said_now(standing_now(letters, file, dispatch, content)), None
    except ServiceWide:
        raise
    except DomainError as refusal:
        return {}, refusal.code


def _in_other_languages(wording: Rendered, document: Ropa) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for part in wording.parts:
        words = as_text(part.blocks)
        for _, text in document.texts():
            said = document.wording(text, part.language)
            if said.language not in ("", part.language) and bare(said.text) in words:
                found[said.text] = None
    return tuple(found)


def paper(letters: Letters, dispatch_id: UUID, call: Call, *, purpose: DisclosurePurpose) -> bytes:
    """The letter as PDF, in the stored wording.

    A letter that was released and is out of date is not printed: edit it to refresh it.
    Raises DispatchUnknown, VersionStale, LetterIncomplete, DispatchStale, ExtensionTooLate, PaperUnprintable,
    KeyDestroyed.
    """
    dispatch, case = find_for(letters, dispatch_id, call.caller)
    if dispatch.state is DispatchState.QUEUED:
        file = CaseFile(letters.repository, case, letters.repository.now())
        require_up_to_date(letters, file, dispatch, open_content(letters.repository, dispatch))
    content = _open(letters, dispatch, call, purpose)
    if content.wording is None:
        dispatch.require_complete()
        raise AssertionError("unreachable: a complete letter has its wording")
    return to_pdf(content.wording, content.fields)


def _open(letters: Letters, dispatch: Dispatch, call: Call, purpose: DisclosurePurpose) -> Content:
    """Open the letter and record that, before the content is shown. A letter whose key is gone records nothing."""
    content = open_content(letters.repository, dispatch)
    with unit_of_work(letters.repository, Call(call.caller)) as work:
        dispatch.open(work.acting, purpose=purpose)
        work.add(dispatch)
    return content
