"""What people decide about a letter: reading it first, approving what was changed, letting it leave, or not."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from dsr.desk.caller import Call, Caller, is_service
from dsr.desk.casebook import once
from dsr.desk.dispatching.case_file import CaseFile
from dsr.desk.dispatching.content import Content, open_content
from dsr.desk.dispatching.only_one import LEAVING, require_only_one
from dsr.desk.dispatching.room import DispatchRoom
from dsr.desk.errors import VersionStale
from dsr.desk.idempotency import Answer
from dsr.domain.acting import Acting
from dsr.domain.dispatch import Dispatch, DispatchState
from dsr.domain.dispatch.errors import DispatchNeedsPerson, DispatchStale
from dsr.domain.messages import MessageInDoubt
from dsr.domain.request.letters import LetterKind, is_blank
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.sealed import KeyDestroyed
from dsr.letters.fields import to_json
from dsr.letters.paper import to_pdf
from dsr.projections.dispatches import acknowledgements_after
from dsr.vault import IndexPurpose

ACKNOWLEDGEMENT_SPACING: Final = timedelta(minutes=10)
"""Between two acknowledgements to one address. Whoever writes often gets each of them, later; a machine that answers
ours without saying that it is one gets six an hour, and no flood."""


@dataclass(frozen=True, repr=False)
class Preview:
    """A letter as whoever opened it reads it. It has no `repr`: it is personal data."""

    dispatch_id: UUID
    version: int
    """After the opening."""
    subject: str | None
    """None, as the next two, while something is missing."""
    text: str | None
    html: str | None
    name: str
    email: str
    postal_address: tuple[str, ...]
    staff: str
    """Identifier of the member of staff it goes to; where they are written to at work is not shown."""
    statements: dict[str, object]
    """By code, as they are edited."""
    refused: list[object]
    missing: tuple[str, ...]


class Deciding(DispatchRoom):
    """preview, print; approve, release, discard."""

    def preview(self, dispatch_id: UUID, call: Call, *, purpose: DisclosurePurpose) -> Preview:
        """What the letter says, sent or not; that it was opened is recorded first.

        Raises DispatchUnknown, VersionStale, KeyDestroyed.
        """
        dispatch, content, version = self._open(dispatch_id, call, purpose)
        plain, wording = to_json(content.fields), content.wording
        address = content.given.address
        statements, refused = plain["statements"], plain["refused"]
        assert isinstance(statements, dict)  # noqa: S101 - as the fields say
        assert isinstance(refused, tuple | list)  # noqa: S101
        return Preview(
            dispatch_id=dispatch_id,
            version=version,
            subject=None if wording is None else wording.subject,
            text=None if wording is None else wording.text,
            html=None if wording is None else wording.html,
            name=address.name,
            email=address.email,
            postal_address=address.postal,
            staff=address.staff,
            statements=statements,
            refused=list(refused),
            missing=dispatch.filling.missing,
        )

    def paper(self, dispatch_id: UUID, call: Call, *, purpose: DisclosurePurpose) -> bytes:
        """The letter as PDF, in the words that are kept; that it was opened is recorded first.

        One that was released and says what holds no longer is not printed: bring it up to date with an edition.
        Raises DispatchUnknown, VersionStale, LetterIncomplete, DispatchStale, ExtensionTooLate, PaperUnprintable,
        KeyDestroyed.
        """
        self._require_printable(self._load(dispatch_id, call.caller), call.caller)
        dispatch, content, _ = self._open(dispatch_id, call, purpose)
        if content.wording is None:
            dispatch.require_complete()
            raise AssertionError("unreachable: what is complete has its wording")
        return to_pdf(content.wording, content.fields)

    @once
    def approve(self, dispatch_id: UUID, call: Call) -> Answer:
        """Agree to what somebody else changed.

        Raises DispatchUnknown, VersionStale, Forbidden, FourEyes (also for a DPO), DispatchNotDraft,
        DispatchNeedsNoApproval.
        """
        call.caller.require_decision_maker()
        dispatch = self._to_decide(dispatch_id, call)
        dispatch.approve(Acting(call.caller.actor, self._book.now()))
        return self._book.commit(dispatch, call=call, respond=lambda: self._answer(dispatch_id))

    @once
    def release(self, dispatch_id: UUID, call: Call, *, not_before: datetime | None = None) -> Answer:
        """Let the letter leave, now or from `not_before` on; one on paper waits until somebody posts it.

        What would say what holds no longer stays a draft; a letter that no person wrote or changed, and that none
        releases, is brought up to date instead. Acknowledgements to one address are spaced. A part of the service
        releases nothing that would go to an address that a letter came back from: that a person decides; the team is
        warned all the same. What a machine wrote starts no case at all.
        Raises DispatchUnknown, VersionStale, Forbidden, DispatchNotDraft, DispatchStale, LetterIncomplete,
        DispatchAddressMissing, DispatchNotApproved, DispatchNeedsPerson, DispatchAlreadyWritten, ExtensionTooLate,
        KeyDestroyed.
        """
        book, at = self._book, self._book.now()
        dispatch = self._to_decide(dispatch_id, call)
        case = self._case_of(dispatch, call.caller)
        content = open_content(book, dispatch)
        if call.caller.is_service and dispatch.kind is not LetterKind.STAFF_WARNING:
            self._require_arriving(content)
        if dispatch.state is DispatchState.DRAFT:
            self._bring_up_to_date(CaseFile(book, case, at), dispatch, content, call.caller)
        earliest = self._earliest(dispatch, content, not_before or at)
        dispatch.release(Acting(call.caller.actor, at), not_before=earliest)

        def queue() -> None:
            if self._earliest(dispatch, content, not_before or at) > max(earliest, at):
                raise VersionStale()  # another acknowledgement was faster: look again when this one may leave
            require_only_one(book, dispatch, case, standing=LEAVING)
            if dispatch.channel is Channel.EMAIL:
                self.outbox.add(dispatch_id, not_before=max(earliest, at))

        return book.commit(dispatch, call=call, respond=lambda: self._answer(dispatch_id), effects=[queue])

    @once
    def discard(self, dispatch_id: UUID, call: Call, *, reason: str) -> Answer:
        """Do not send it; of a person who was forgotten, no reason is kept.

        What may have left is not sent again: that it may have arrived stays on record (`message-in-doubt`).
        Raises DispatchUnknown, VersionStale, Forbidden, DispatchNotDraft, DispatchLeaving, ReasonRequired.
        """
        book, acting = self._book, Acting(call.caller.actor, self._book.now())
        dispatch = self._to_decide(dispatch_id, call)
        case = self._case_of(dispatch, call.caller)
        sealed, forgotten = None, False
        if not is_blank(reason):
            try:
                key = book.case_key(case)
                sealed = book.sealer.seal_json(reason.strip(), key=key, stream_id=dispatch_id, field="reason")
            except KeyDestroyed:
                forgotten = True
        in_doubt = bool(self.outbox.in_doubt([dispatch_id]))
        if in_doubt and dispatch.state is DispatchState.QUEUED:
            dispatch.record_failed(acting, reason=MessageInDoubt.code)
        dispatch.discard(acting, reason=sealed, forgotten=forgotten)
        return book.commit(
            dispatch,
            call=call,
            respond=lambda: self._answer(dispatch_id),
            effects=[lambda: self.outbox.take_back(dispatch_id, acting.at, in_doubt=in_doubt)],
        )

    def _bring_up_to_date(self, file: CaseFile, dispatch: Dispatch, content: Content, caller: Caller) -> None:
        """Raises DispatchStale where a person wrote, changed or releases it: they read it again before it leaves."""
        try:
            self._require_up_to_date(file, dispatch, content)
        except DispatchStale:
            if not is_service(dispatch.prepared_by, *dispatch.edited_by, caller.actor):
                raise
            self._renew(file, dispatch, content, actor=caller.actor)

    def _require_printable(self, dispatch: Dispatch, caller: Caller) -> None:
        """Raises DispatchStale, ExtensionTooLate for a letter that is printed to be posted."""
        if dispatch.state is DispatchState.QUEUED:
            file = CaseFile(self._book, self._case_of(dispatch, caller), self._book.now())
            self._require_up_to_date(file, dispatch, open_content(self._book, dispatch))

    def _open(self, dispatch_id: UUID, call: Call, purpose: DisclosurePurpose) -> tuple[Dispatch, Content, int]:
        """Record the opening, then open. What was forgotten is not shown, so nothing is recorded of it."""
        dispatch = self._load(dispatch_id, call.caller)
        content = open_content(self._book, dispatch)
        dispatch.open(Acting(call.caller.actor, self._book.now()), purpose=purpose)
        self._book.commit(dispatch, call=Call(call.caller), respond=lambda: Answer(b"", dispatch.version))
        return dispatch, content, dispatch.version

    def _require_arriving(self, content: Content) -> None:
        """Raises DispatchNeedsPerson for an address that a letter came back from for good."""
        email = content.given.address.email
        if email and self._book.index.find(IndexPurpose.BOUNCED_EMAIL, email):
            raise DispatchNeedsPerson()

    def _earliest(self, dispatch: Dispatch, content: Content, wished: datetime) -> datetime:
        """When the letter may leave: an acknowledgement a while before or after any other to the same address."""
        email = content.given.address.email
        if dispatch.kind is not LetterKind.ACKNOWLEDGEMENT or not email:
            return wished
        cases = self._book.index.matching(IndexPurpose.EMAIL, email)
        with self._book.database.glancing() as connection:
            others = acknowledgements_after(
                connection, cases, wished - ACKNOWLEDGEMENT_SPACING, besides=dispatch.request_id
            )
        earliest = wished
        for other in others:
            if other >= earliest + ACKNOWLEDGEMENT_SPACING:
                break
            earliest = other + ACKNOWLEDGEMENT_SPACING
        return earliest
