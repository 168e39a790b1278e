"""Decisions of people about a letter: approving an edit, releasing it, or discarding it."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from dsr.desk.caller import Call, is_service
from dsr.desk.dispatching.case_file import CaseFile
from dsr.desk.dispatching.compose import refresh, require_up_to_date
from dsr.desk.dispatching.content import Content, open_content
from dsr.desk.dispatching.letters import Letters, deciding
from dsr.desk.dispatching.only_one import LEAVING, require_only_one
from dsr.desk.idempotency import Answer
from dsr.desk.unit_of_work import retrying, use_case
from dsr.domain.acting import Acting
from dsr.domain.dispatch import Dispatch, DispatchState
from dsr.domain.dispatch.errors import DispatchNeedsPerson, DispatchStale, PublicUrlUnset
from dsr.domain.messages import MessageInDoubt
from dsr.domain.request.letters import LetterKind, is_blank
from dsr.domain.request.sender import require_no_doubt_about_sender
from dsr.domain.request.values import Channel
from dsr.domain.sealed import KeyDestroyed, Sealed
from dsr.projections.dispatches import acknowledgements_after
from dsr.vault import IndexPurpose

ACKNOWLEDGEMENT_SPACING: Final = timedelta(minutes=10)
"""Between two acknowledgements to one address. A person who writes often gets each of them, later. A machine that
answers ours, without a header that says it is one, gets six an hour and no flood."""


@use_case
def approve(letters: Letters, dispatch_id: UUID, call: Call) -> Answer:
    """Agree to what another person edited.

    Raises DispatchUnknown, VersionStale, Forbidden, FourEyes (also for a DPO), DispatchNotDraft,
    DispatchNeedsNoApproval.
    """
    call.caller.require_decision_maker()
    with deciding(letters, dispatch_id, call) as (work, dispatch, _):
        dispatch.approve(work.acting)
    return work.answer


class _Overtaken(Exception):
    """Another acknowledgement to the address was faster, so that this one may leave later only."""


def release(letters: Letters, dispatch_id: UUID, call: Call, *, not_before: datetime | None = None) -> Answer:
    """Let the letter leave, now or from `not_before` on. A paper letter waits until a person posts it.

    A letter that is out of date stays a draft; one that the service alone wrote and releases is refreshed instead.
    Acknowledgements to one address are spaced. The service releases no letter to an address that returned one before:
    a person decides that. Only a warning to the team is released all the same. Nobody
    releases mail to the address of a sender whom our own mail server refuted, until a handler confirms that sender.
    Raises DispatchUnknown, VersionStale, Forbidden, DispatchNotDraft, DispatchStale, LetterIncomplete,
    PublicUrlUnset, DispatchAddressMissing, DispatchNotApproved, DispatchNeedsPerson, DispatchAlreadyWritten,
    SenderDoubtful, ExtensionTooLate, KeyDestroyed.
    """
    return retrying(lambda: _released(letters, dispatch_id, call, not_before), on=_Overtaken)


@use_case
def _released(letters: Letters, dispatch_id: UUID, call: Call, not_before: datetime | None) -> Answer:
    with deciding(letters, dispatch_id, call) as (work, dispatch, file):
        acting, content = work.acting, open_content(letters.repository, dispatch)
        if call.caller.is_service and dispatch.kind is not LetterKind.STAFF_WARNING:
            _require_arriving(letters, content)
        _require_known_sender(file, dispatch, content)
        if dispatch.state is DispatchState.DRAFT:
            _refresh_or_refuse(letters, acting, file, dispatch, content)
            _require_public_url(letters, file, dispatch)
        wished = not_before or acting.at
        earliest = _earliest(letters, dispatch, content, wished)
        dispatch.release(acting, not_before=earliest)

        def queue() -> None:
            if _earliest(letters, dispatch, content, wished) > max(earliest, acting.at):
                raise _Overtaken()
            require_only_one(letters.repository, dispatch, file.case, standing=LEAVING)
            if dispatch.channel is Channel.EMAIL:
                letters.outbox.add(dispatch_id, not_before=max(earliest, acting.at))

        work.effect(queue)
    return work.answer


@use_case
def discard(letters: Letters, dispatch_id: UUID, call: Call, *, reason: str) -> Answer:
    """Decide not to send the letter. No reason is kept once the person was forgotten.

    A letter that may have left is not sent again; that it may have arrived stays on record (`message-in-doubt`).
    Raises DispatchUnknown, VersionStale, Forbidden, DispatchNotDraft, DispatchLeaving, ReasonRequired.
    """
    with deciding(letters, dispatch_id, call) as (work, dispatch, file):
        acting = work.acting
        sealed, forgotten = _sealed_reason(letters, file, dispatch_id, reason)
        in_doubt = bool(letters.outbox.in_doubt([dispatch_id]))
        if in_doubt and dispatch.state is DispatchState.QUEUED:
            dispatch.record_failed(acting, reason=MessageInDoubt.code)
        dispatch.discard(acting, reason=sealed, forgotten=forgotten)
        work.effect(lambda: letters.outbox.cancel(dispatch_id, acting.at, in_doubt=in_doubt))
    return work.answer


def _require_public_url(letters: Letters, file: CaseFile, dispatch: Dispatch) -> None:
    """Raise PublicUrlUnset where the letter lacks a link that was offered, because no letter can hold one."""
    lacks_link = {"copy", "export"} & set(dispatch.filling.missing)
    offered = any(file.case.item(each).offer is not None for each in dispatch.item_ids)
    if lacks_link and offered and not letters.public_url:
        raise PublicUrlUnset(missing=sorted(lacks_link))


def _require_known_sender(file: CaseFile, dispatch: Dispatch, content: Content) -> None:
    """Raise SenderDoubtful for mail to the address of a sender whom our own mail server refuted."""
    if not file.case.sender_doubtful or dispatch.channel is not Channel.EMAIL:
        return
    if content.given.address.email.casefold() == file.on_file.email.casefold():
        require_no_doubt_about_sender(file.case)


def _require_arriving(letters: Letters, content: Content) -> None:
    """Raise DispatchNeedsPerson for an address that returned a letter for good."""
    email = content.given.address.email
    if email and letters.repository.index.find(IndexPurpose.BOUNCED_EMAIL, email):
        raise DispatchNeedsPerson()


def _refresh_or_refuse(letters: Letters, acting: Acting, file: CaseFile, dispatch: Dispatch, content: Content) -> None:
    """Refresh a letter that is out of date.

    Raises DispatchStale where a person wrote, edited or releases it: they read it again before it leaves.
    """
    try:
        require_up_to_date(letters, file, dispatch, content)
    except DispatchStale:
        if not is_service(dispatch.prepared_by, *dispatch.edited_by, acting.actor):
            raise
        refresh(letters, acting, file, dispatch, content)


def _earliest(letters: Letters, dispatch: Dispatch, content: Content, wished: datetime) -> datetime:
    """When the letter may leave: an acknowledgement keeps its distance from every other one to the same address."""
    email = content.given.address.email
    if dispatch.kind is not LetterKind.ACKNOWLEDGEMENT or not email:
        return wished
    cases = letters.repository.index.matching(IndexPurpose.EMAIL, email)
    with letters.repository.database.glancing() as connection:
        others = acknowledgements_after(
            connection, cases, wished - ACKNOWLEDGEMENT_SPACING, besides=dispatch.request_id
        )
    earliest = wished
    for other in others:
        if other >= earliest + ACKNOWLEDGEMENT_SPACING:
            break
        earliest = other + ACKNOWLEDGEMENT_SPACING
    return earliest


def _sealed_reason(letters: Letters, file: CaseFile, dispatch_id: UUID, reason: str) -> tuple[Sealed | None, bool]:
    """The reason, sealed under the key of the case; and whether the person was forgotten, so that there is no key."""
    if is_blank(reason):
        return None, False
    repository = letters.repository
    try:
        key = repository.case_key(file.case)
    except KeyDestroyed:
        return None, True
    return repository.sealer.seal_json(reason.strip(), key=key, stream_id=dispatch_id, field="reason"), False
