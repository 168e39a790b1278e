"""One letter, from its first draft until it was sent or returned (GDPR Art. 12(1), 5(2)).

The wording is sealed under the key of the case, and the version of its template is kept with it. That the letter left
is proof of dispatch. The case itself records what this means for it: an answer was given, a deadline was extended.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final, Self
from uuid import UUID

from dsr.domain.acting import Acting
from dsr.domain.dispatch.errors import (
    DispatchAddressMissing,
    DispatchDatesInvalid,
    DispatchNeedsNoApproval,
    DispatchNotApproved,
    DispatchNotByPost,
    DispatchNotDraft,
    DispatchNotQueued,
)
from dsr.domain.dispatch.events import (
    DispatchApproved,
    DispatchBounced,
    DispatchDiscarded,
    DispatchEdited,
    DispatchFailed,
    DispatchOpened,
    DispatchPrepared,
    DispatchQueued,
    DispatchRenewed,
    DispatchSent,
)
from dsr.domain.dispatch.state import DispatchRecord, DispatchState, Filling
from dsr.domain.request.errors import FourEyes, ReasonRequired
from dsr.domain.request.letters import OF_AN_EXPORT, LetterKind, check_complete, check_nothing_missing, required_of
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.sealed import Sealed

_DECIDED_BY_TWO: Final = frozenset({LetterKind.REFUSAL, LetterKind.ENDING, LetterKind.FEE, LetterKind.EXTENSION})
"""One person proposed what these letters say, and another decided it. A later edit has to be approved again."""

_BY_LINK: Final = frozenset({"copy", "export"})
"""Statements that come with the link of a package."""

_UNDECIDED: Final = frozenset({DispatchState.DRAFT, DispatchState.QUEUED, DispatchState.FAILED})
"""States in which a person can still decide not to send the letter."""

_NOT_LEAVING: Final = frozenset({DispatchState.DRAFT, DispatchState.SENT, DispatchState.BOUNCED})
"""States in which the service never learns that the letter was sent."""


_ANOTHER: Final = "prepare another one (`POST /requests/{request_id}/dispatches`)"

_WHAT_NEXT: Final = {
    DispatchState.QUEUED: "This letter is queued: the service sends it within seconds, or from its `not_before` on. To "
    f"stop it, discard it (`POST /dispatches/{{dispatch_id}}/discarding`), then {_ANOTHER}.",
    DispatchState.SENT: "This letter was sent, so it stays as it is. If it came back, record that (`POST "
    "/requests/{request_id}/returned-letters`). To add something, write a `reply` or, after a new decision, the letter "
    "that tells it (`POST /requests/{request_id}/dispatches`).",
    DispatchState.BOUNCED: f"This letter was sent and came back, so it stays as it is. To try again, {_ANOTHER} to "
    "another address.",
    DispatchState.FAILED: "This letter could not be sent. Edit it (`POST /dispatches/{dispatch_id}/edition`; an empty "
    "edit is enough), which makes it a draft again, or discard it.",
    DispatchState.DISCARDED: f"This letter was discarded, and stays so. If the person has to be told, {_ANOTHER}.",
}
"""By the state of a letter: why it is not changed, and what can be done in it."""

_TO_BE_POSTED: Final = (
    "This letter is queued and waits for a person to post it. Record that it was posted (`POST "
    "/dispatches/{dispatch_id}/posting`); edit it (`…/edition`), which makes it a draft again; or discard it "
    "(`…/discarding`)."
)


def is_decided_by_two(kind: LetterKind, *, refuses: bool) -> bool:
    """Whether two people decided what the letter says. An answer counts where it refuses a part (docs/law §3)."""
    return refuses or kind in _DECIDED_BY_TWO


class Dispatch(DispatchRecord):
    """One letter to one addressee: its commands, then their guards."""

    TOPIC = "dsr.dispatch"

    @classmethod
    def prepare(
        cls,
        acting: Acting,
        *,
        dispatch_id: UUID,
        request_id: UUID,
        kind: LetterKind,
        item_ids: tuple[str, ...],
        concerns: str | None,
        recipient: str | None,
        addressee: AnswerTo,
        channel: Channel,
        language: str,
        message_id: str,
        filling: Filling,
    ) -> Self:
        """Create a letter as a draft. It is sent only after it was released."""
        return cls.create(
            acting,
            DispatchPrepared,
            stream_id=dispatch_id,
            request_id=request_id,
            kind=kind,
            item_ids=item_ids,
            concerns=concerns,
            recipient=recipient,
            addressee=addressee,
            channel=channel,
            language=language,
            message_id=message_id,
            filling=filling,
        )

    def edit(self, acting: Acting, *, channel: Channel, filling: Filling) -> None:
        """Change the wording, the address or the channel. A letter that failed or waits to be posted is a draft again.

        Raises DispatchNotDraft.
        """
        self.may_edit()
        self.record(
            acting,
            DispatchEdited,
            request_id=self.request_id,
            channel=channel,
            message_id=self._next_message_id(),
            filling=filling,
        )

    def renew(self, acting: Acting, *, filling: Filling) -> None:
        """Bring the letter up to date with its case, as a draft. An edited letter has to be approved again.

        Raises DispatchNotDraft.
        """
        self.may_renew()
        self.record(
            acting,
            DispatchRenewed,
            request_id=self.request_id,
            message_id=self._next_message_id(),
            filling=filling,
        )

    def approve(self, acting: Acting) -> None:
        """Approve another person's edit. Raises DispatchNotDraft, DispatchNeedsNoApproval, FourEyes."""
        self.may_approve(acting)
        self.record(acting, DispatchApproved, request_id=self.request_id)

    def release(self, acting: Acting, *, not_before: datetime) -> None:
        """Let the letter leave, from `not_before` on.

        Raises DispatchNotDraft, LetterIncomplete (naming the missing statements), DispatchAddressMissing,
        DispatchNotApproved.
        """
        self.may_release()
        self.record(acting, DispatchQueued, request_id=self.request_id, not_before=max(not_before, acting.at))

    def open(self, acting: Acting, *, purpose: DisclosurePurpose) -> None:
        """Record that a person opens the letter, before it is shown."""
        self.record(acting, DispatchOpened, request_id=self.request_id, purpose=purpose)

    def discard(self, acting: Acting, *, reason: Sealed | None, forgotten: bool = False) -> None:
        """Decide not to send the letter.

        `forgotten`: the person's keys were destroyed, so no reason can be sealed and none is needed. Raises
        DispatchNotDraft (the letter was sent or discarded before), ReasonRequired.
        """
        self.may_discard()
        if reason is None and not forgotten:
            raise ReasonRequired()
        self.record(acting, DispatchDiscarded, request_id=self.request_id, reason=reason)

    def record_sent(self, acting: Acting, *, sent_at: datetime, transport: str, unrecorded: str | None) -> None:
        """Record that the letter was sent, which counts even if a person discarded it meanwhile.

        `unrecorded` is the code of the error with which the case refused to record it. Raises DispatchNotQueued (never
        released, or recorded before), DispatchDatesInvalid.
        """
        queued_at = self.may_record_sent()
        if not queued_at <= sent_at <= acting.at:
            raise DispatchDatesInvalid()
        self.record(
            acting,
            DispatchSent,
            request_id=self.request_id,
            sent_at=sent_at,
            transport=transport,
            unrecorded=unrecorded,
        )

    def record_failed(self, acting: Acting, *, reason: str) -> None:
        """Record that the letter will not leave; `reason` is a code. Raises DispatchNotQueued."""
        self.may_record_failed()
        self.record(acting, DispatchFailed, request_id=self.request_id, reason=reason)

    def record_bounced(self, acting: Acting, *, status: str, permanent: bool) -> None:
        """Record that a mail server returned the letter or reported a delay; once each.

        Does nothing if the letter was never sent or was returned before.
        """
        if self.state is DispatchState.SENT and (permanent or not self.is_late):
            self.record(acting, DispatchBounced, request_id=self.request_id, status=status, permanent=permanent)

    # Guards: a command calls `may_<command>` first, which calls conditions, `require_<condition>` ------------

    @property
    def needs_approval(self) -> bool:
        """Whether a second person still has to approve an edit (docs/law §3, four eyes)."""
        by_two = is_decided_by_two(self.kind, refuses=self.filling.refuses)
        return by_two and bool(self.edited_by) and not self.approved_by

    def may_edit(self) -> None:
        """Raise DispatchNotDraft, unless the letter is a draft, failed, or waits for a person to post it."""
        waits_for_person = self.state is DispatchState.QUEUED and self.channel is Channel.POST
        if self.state not in (DispatchState.DRAFT, DispatchState.FAILED) and not waits_for_person:
            raise self._not_draft()

    def may_renew(self) -> None:
        """Raise DispatchNotDraft, unless the letter may be edited."""
        self.may_edit()

    def may_approve(self, acting: Acting) -> None:
        """Raise DispatchNotDraft, DispatchNeedsNoApproval, FourEyes."""
        self.require_draft()
        if not self.needs_approval:
            raise DispatchNeedsNoApproval()
        if acting.actor in self.edited_by:
            raise FourEyes()

    def may_release(self) -> None:
        """Raise DispatchNotDraft, LetterIncomplete, DispatchAddressMissing, DispatchNotApproved."""
        self.require_draft()
        self.require_complete()
        if not self.filling.addressed:
            raise DispatchAddressMissing()
        if self.needs_approval:
            raise DispatchNotApproved()

    def may_discard(self) -> None:
        """Raise DispatchNotDraft if the letter was sent or discarded before."""
        if self.state not in _UNDECIDED:
            raise self._not_draft()

    def may_record_sent(self) -> datetime:
        """When the letter was released. Raises DispatchNotQueued if it was never released or is already sent."""
        if self.queued_at is None or self.state in _NOT_LEAVING:
            raise DispatchNotQueued()
        return self.queued_at

    def may_record_failed(self) -> None:
        """Raise DispatchNotQueued."""
        self.require_queued()

    def require_draft(self) -> None:
        """Raise DispatchNotDraft."""
        if self.state is not DispatchState.DRAFT:
            raise self._not_draft()

    def require_complete(self) -> None:
        """Raise LetterIncomplete with the missing statements."""
        filling = self.filling
        check_nothing_missing(self.kind, filling.missing, remedy=_remedy_of(filling.missing))
        required = required_of(
            self.kind,
            nothing_held=filling.nothing_held,
            refuses=filling.refuses,
            transmitted=OF_AN_EXPORT.isdisjoint((*filling.statements, *filling.missing)),
        )
        check_complete(self.kind, filling.statements, required)

    def require_queued(self) -> None:
        """Raise DispatchNotQueued."""
        if self.state is not DispatchState.QUEUED:
            raise DispatchNotQueued()

    def require_on_paper(self) -> None:
        """Raise DispatchNotQueued, or DispatchNotByPost for a letter that is sent by e-mail."""
        self.require_queued()
        if self.channel is not Channel.POST:
            raise DispatchNotByPost()

    def _not_draft(self) -> DispatchNotDraft:
        """The state of the letter, and what can be done in it."""
        on_paper = self.state is DispatchState.QUEUED and self.channel is Channel.POST
        return DispatchNotDraft(_TO_BE_POSTED if on_paper else _WHAT_NEXT[self.state], state=self.state.value)

    def _next_message_id(self) -> str:
        """The next Message-ID: a new one for an edited letter that may have left; a draft keeps its own."""
        if self.state is DispatchState.DRAFT:
            return self.message_id
        return f"<{self.id}.{self.version + 1}@{self.message_id.rpartition('@')[2]}"


def _remedy_of(missing: Collection[str]) -> str:
    """How these statements get into a draft."""
    sentences = []
    if _BY_LINK & set(missing):
        sentences.append("Offer the link of the package (`POST /exports/{export_id}/link`), then refresh the draft.")
    if set(missing) - _BY_LINK:
        sentences.append("Add what only you can say with `POST /dispatches/{dispatch_id}/edition`.")
    return " ".join(sentences)
