"""One letter on its way (GDPR Art. 12(1), 5(2)): prepared, perhaps edited and approved, queued, sent; or it came back.

What it says is sealed under the key of its case, with the version of the template that it was made from. That it left
is proof of dispatch; what that means for the case (an answer given, a deadline extended) stands in the case.
"""

from datetime import datetime
from typing import Final, Self
from uuid import UUID

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
from dsr.domain.request.letters import LetterKind, check_complete, check_nothing_missing, required_of
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.sealed import Sealed

_DECIDED_BY_TWO: Final = frozenset({LetterKind.REFUSAL, LetterKind.FEE, LetterKind.EXTENSION})
"""What these say was proposed by one person and decided by another; whoever changes it afterwards is checked again."""


def is_decided_by_two(kind: LetterKind, *, refuses: bool) -> bool:
    """Whether two people decided what the letter says; of an answer, where it refuses a part (law.md §3)."""
    return refuses or kind in _DECIDED_BY_TWO


class Dispatch(DispatchRecord):
    """One letter, to one addressee."""

    TOPIC = "dsr.dispatch"

    @classmethod
    def prepare(
        cls,
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
        at: datetime,
        actor: str,
    ) -> Self:
        """Write a letter; it leaves once it is released."""
        return cls._create(
            DispatchPrepared,
            id=dispatch_id,
            timestamp=at,
            actor=actor,
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

    def edit(self, *, channel: Channel, filling: Filling, at: datetime, actor: str) -> None:
        """Change what it says, or where it goes; one that failed, or waits to be posted, is a draft again.

        Raises DispatchNotDraft.
        """
        self._require_changeable()
        self.trigger_event(
            DispatchEdited,
            timestamp=at,
            actor=actor,
            request_id=self.request_id,
            channel=channel,
            message_id=self._message_id(),
            filling=filling,
        )

    def renew(self, *, filling: Filling, at: datetime, actor: str) -> None:
        """Say what stands on the case now, as a draft; one that somebody had changed is approved again.

        Raises DispatchNotDraft.
        """
        self._require_changeable()
        self.trigger_event(
            DispatchRenewed,
            timestamp=at,
            actor=actor,
            request_id=self.request_id,
            message_id=self._message_id(),
            filling=filling,
        )

    @property
    def needs_approval(self) -> bool:
        """Whether somebody other than who edited it has to look at it still (law.md §3, four eyes)."""
        by_two = is_decided_by_two(self.kind, refuses=self.filling.refuses)
        return by_two and bool(self.edited_by) and not self.approved_by

    def approve(self, *, at: datetime, actor: str) -> None:
        """Agree to what was changed. Raises DispatchNotDraft, DispatchNeedsNoApproval, FourEyes."""
        self._require_draft()
        if not self.needs_approval:
            raise DispatchNeedsNoApproval()
        if actor in self.edited_by:
            raise FourEyes()
        self.trigger_event(DispatchApproved, timestamp=at, actor=actor, request_id=self.request_id)

    def release(self, *, not_before: datetime, at: datetime, actor: str) -> None:
        """Let it leave, from `not_before` on.

        Raises DispatchNotDraft, LetterIncomplete (naming what it still has to state), DispatchAddressMissing,
        DispatchNotApproved.
        """
        self._require_draft()
        self.require_complete()
        if not self.filling.addressed:
            raise DispatchAddressMissing()
        if self.needs_approval:
            raise DispatchNotApproved()
        self.trigger_event(
            DispatchQueued,
            timestamp=at,
            actor=actor,
            request_id=self.request_id,
            not_before=max(not_before, at),
        )

    def open(self, *, purpose: DisclosurePurpose, at: datetime, actor: str) -> None:
        """Record that somebody reads what it says, before it is shown."""
        self.trigger_event(DispatchOpened, timestamp=at, actor=actor, request_id=self.request_id, purpose=purpose)

    def discard(self, *, reason: Sealed | None, at: datetime, actor: str, forgotten: bool = False) -> None:
        """Do not send it; `forgotten`: the person was, so that there is nothing to seal the reason with.

        Raises DispatchNotDraft (it left, or was discarded before), ReasonRequired.
        """
        if self.state not in (DispatchState.DRAFT, DispatchState.QUEUED, DispatchState.FAILED):
            raise DispatchNotDraft()
        if reason is None and not forgotten:
            raise ReasonRequired()
        self.trigger_event(DispatchDiscarded, timestamp=at, actor=actor, request_id=self.request_id, reason=reason)

    def record_sent(
        self, *, sent_at: datetime, transport: str, unrecorded: str | None, at: datetime, actor: str
    ) -> None:
        """Record that it left; that is a fact also where somebody discarded it while it was leaving.

        Raises DispatchNotQueued (never released, or recorded before), DispatchDatesInvalid.
        """
        if self.queued_at is None or self.state in (DispatchState.DRAFT, DispatchState.SENT, DispatchState.BOUNCED):
            raise DispatchNotQueued()
        if not self.queued_at <= sent_at <= at:
            raise DispatchDatesInvalid()
        self.trigger_event(
            DispatchSent,
            timestamp=at,
            actor=actor,
            request_id=self.request_id,
            sent_at=sent_at,
            transport=transport,
            unrecorded=unrecorded,
        )

    def require_on_paper(self) -> None:
        """Raise DispatchNotByPost for a letter that leaves by mail; DispatchNotQueued."""
        self._require_queued()
        if self.channel is not Channel.POST:
            raise DispatchNotByPost()

    def record_failed(self, *, reason: str, at: datetime, actor: str) -> None:
        """Record that it does not leave; `reason` is a code. Raises DispatchNotQueued."""
        self._require_queued()
        self.trigger_event(DispatchFailed, timestamp=at, actor=actor, request_id=self.request_id, reason=reason)

    def record_bounced(self, *, status: str, permanent: bool, at: datetime, actor: str) -> None:
        """Record that a server gave it back, or is late with it, each once; a report on what never left, or came back
        before, says nothing."""
        if self.state is DispatchState.SENT and (permanent or not self.is_late):
            self.trigger_event(
                DispatchBounced,
                timestamp=at,
                actor=actor,
                request_id=self.request_id,
                status=status,
                permanent=permanent,
            )

    def require_complete(self) -> None:
        """Raise LetterIncomplete, naming what it still has to state."""
        filling = self.filling
        check_nothing_missing(self.kind, filling.missing)
        required = required_of(self.kind, nothing_held=filling.nothing_held, refuses=filling.refuses)
        check_complete(self.kind, filling.statements, required)

    def _message_id(self) -> str:
        """The one that it has, until it may have left under that."""
        if self.state is DispatchState.DRAFT:
            return self.message_id
        return f"<{self.id}.{self.version + 1}@{self.message_id.rpartition('@')[2]}"

    def _require_changeable(self) -> None:
        waits_for_person = self.state is DispatchState.QUEUED and self.channel is Channel.POST
        if self.state not in (DispatchState.DRAFT, DispatchState.FAILED) and not waits_for_person:
            raise DispatchNotDraft()

    def _require_draft(self) -> None:
        if self.state is not DispatchState.DRAFT:
            raise DispatchNotDraft()

    def _require_queued(self) -> None:
        if self.state is not DispatchState.QUEUED:
            raise DispatchNotQueued()
