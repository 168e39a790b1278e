"""What people decide about a letter: reading it first, approving what was changed, letting it leave, or not."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.casebook import once
from dsr.desk.dispatching.content import Content, open_content
from dsr.desk.dispatching.room import DispatchRoom
from dsr.desk.errors import VersionStale
from dsr.desk.idempotency import Answer
from dsr.domain.dispatch import Dispatch
from dsr.domain.dispatch.errors import DispatchNeedsPerson
from dsr.domain.request.letters import LetterKind, is_blank
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.letters import render
from dsr.letters.fields import to_json
from dsr.letters.paper import to_pdf
from dsr.projections.dispatches import last_acknowledgement
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
            statements=statements,
            refused=list(refused),
            missing=dispatch.missing,
        )

    def paper(self, dispatch_id: UUID, call: Call, *, purpose: DisclosurePurpose) -> bytes:
        """The letter as PDF; that it was opened is recorded first.

        Raises DispatchUnknown, VersionStale, LetterIncomplete, PaperUnprintable, KeyDestroyed.
        """
        dispatch, content, _ = self._open(dispatch_id, call, purpose)
        return to_pdf(render(content.fields, self._templates, controller_id=dispatch.controller_id), content.fields)

    @once
    def approve(self, dispatch_id: UUID, call: Call) -> Answer:
        """Agree to what somebody else changed.

        Raises DispatchUnknown, VersionStale, Forbidden, FourEyes (also for a DPO), DispatchNotDraft,
        DispatchNeedsNoApproval.
        """
        call.caller.require_decision_maker()
        dispatch = self._to_decide(dispatch_id, call)
        dispatch.approve(at=self._book.now(), actor=call.caller.actor)
        return self._book.commit(dispatch, call=call, respond=lambda: self._answer(dispatch_id))

    @once
    def release(self, dispatch_id: UUID, call: Call, *, not_before: datetime | None = None) -> Answer:
        """Let the letter leave, now or from `not_before` on; one on paper waits until somebody posts it.

        Acknowledgements to one address are spaced. A part of the service releases nothing that would go to
        an address that a letter came back from: that a person decides. What a machine wrote starts no case at all.
        Raises DispatchUnknown, VersionStale, Forbidden, DispatchNotDraft, LetterIncomplete, DispatchAddressMissing,
        DispatchNotApproved, DispatchNeedsPerson, KeyDestroyed.
        """
        book, at = self._book, self._book.now()
        dispatch = self._to_decide(dispatch_id, call)
        content = open_content(book, dispatch)
        if call.caller.is_service:
            self._require_arriving(content)
        earliest = self._earliest(dispatch, content, not_before or at)
        dispatch.release(not_before=earliest, at=at, actor=call.caller.actor)

        def queue() -> None:
            if self._earliest(dispatch, content, not_before or at) > max(earliest, at):
                raise VersionStale()  # another acknowledgement was faster: look again when this one may leave
            if dispatch.channel is Channel.EMAIL:
                self.outbox.add(dispatch_id, not_before=max(earliest, at))

        return book.commit(dispatch, call=call, respond=lambda: self._answer(dispatch_id), effects=[queue])

    @once
    def discard(self, dispatch_id: UUID, call: Call, *, reason: str) -> Answer:
        """Do not send it. Raises DispatchUnknown, VersionStale, Forbidden, DispatchNotDraft, DispatchLeaving,
        ReasonRequired, KeyDestroyed."""
        book, at = self._book, self._book.now()
        dispatch = self._to_decide(dispatch_id, call)
        case = self._case_of(dispatch, call.caller)
        sealed = (
            None
            if is_blank(reason)
            else book.sealer.seal_json(reason.strip(), key=book.case_key(case), stream_id=dispatch_id, field="reason")
        )
        dispatch.discard(reason=sealed, at=at, actor=call.caller.actor)
        return book.commit(
            dispatch,
            call=call,
            respond=lambda: self._answer(dispatch_id),
            effects=[lambda: self.outbox.take_back(dispatch_id, at)],
        )

    def _open(self, dispatch_id: UUID, call: Call, purpose: DisclosurePurpose) -> tuple[Dispatch, Content, int]:
        """Record the opening, then open. What was forgotten is not shown, so nothing is recorded of it."""
        dispatch = self._load(dispatch_id, call.caller)
        content = open_content(self._book, dispatch)
        dispatch.open(purpose=purpose, at=self._book.now(), actor=call.caller.actor)
        self._book.commit(dispatch, call=Call(call.caller), respond=lambda: Answer(b"", dispatch.version))
        return dispatch, content, dispatch.version

    def _require_arriving(self, content: Content) -> None:
        """Raises DispatchNeedsPerson for an address that a letter came back from for good."""
        email = content.given.address.email
        if email and self._book.index.find(IndexPurpose.BOUNCED_EMAIL, email):
            raise DispatchNeedsPerson()

    def _earliest(self, dispatch: Dispatch, content: Content, wished: datetime) -> datetime:
        """When the letter may leave: an acknowledgement a while after the last one to the same address."""
        email = content.given.address.email
        if dispatch.kind is not LetterKind.ACKNOWLEDGEMENT or not email:
            return wished
        cases = self._book.index.matching(IndexPurpose.EMAIL, email)
        with self._book.database.glancing() as connection:
            last = last_acknowledgement(connection, cases, besides=dispatch.request_id)
        return wished if last is None else max(wished, last + ACKNOWLEDGEMENT_SPACING)
