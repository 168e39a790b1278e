"""Writing letters: composed from the case, completed by a person; never a second one about the same."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

import msgspec

from dsr.desk.caller import Call
from dsr.desk.casebook import of_items, once, require_answering, require_version
from dsr.desk.dispatching.case_file import CaseFile, Subject
from dsr.desk.dispatching.content import Address, Given, Rewording, open_content, seal
from dsr.desk.dispatching.room import DispatchRoom, Written
from dsr.desk.idempotency import Answer
from dsr.domain.dispatch import Dispatch, DispatchState
from dsr.domain.dispatch.errors import DispatchAlreadyWritten
from dsr.domain.request import Request
from dsr.domain.request.errors import LetterKindWrong
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import Channel
from dsr.letters.fields import Statement
from dsr.projections.dispatches import dispatches_of
from dsr.projections.rows import Row

_STANDING: Final = frozenset({DispatchState.DRAFT, DispatchState.QUEUED, DispatchState.SENT})
"""A letter that failed, came back or was discarded told nobody anything: another one may be written."""


class Writing(DispatchRoom):
    """prepare; edit."""

    @once
    def prepare(
        self,
        request_id: UUID,
        call: Call,
        *,
        kind: LetterKind,
        item_ids: tuple[str, ...] = (),
        concerns: str | None = None,
        recipient: str | None = None,
        addressee: AnswerTo | None = None,
        channel: Channel | None = None,
        language: str | None = None,
        address: Address | None = None,
        statements: Mapping[str, Statement] | None = None,
        due_on: date | None = None,
    ) -> Answer:
        """Write a letter from what stands on the case; a draft that names what it still has to state.

        `concerns` is the id of the fee or restriction; questions and extensions find what asks for them by themselves.
        `addressee` None: as agreed with who acts for the person (where both get letters: the person; write the other
        one by naming `representative`). `channel` None: mail where an address is on file, else post. `address`
        replaces the one on file, `due_on` the date of a warning. What a person puts in with `statements` or `address`
        is an edition of its own, so that it is approved where four eyes are needed.
        Raises RequestUnknown, VersionStale, Forbidden, ItemUnknown, FeeUnknown, RestrictionUnknown, RecipientUnknown,
        LetterKindWrong, LetterPartFixed, DispatchAlreadyWritten, ExtensionTooLate, KeyDestroyed.
        """
        book, at, dispatch_id = self._book, self._book.now(), uuid4()
        case = book.request(request_id, call.caller)
        require_version(case, call.expected)
        require_answering(case, call.caller, of_items(*item_ids) if item_ids else None)
        file = CaseFile(book, case, at)
        subject = self._subject(file, Subject(kind, item_ids, concerns, recipient))
        _require_recipient(subject)
        spoken = language or self._language(file, subject)
        to = addressee or self._addressee(file, subject)
        given = self._given(file, subject, to, due_on)
        reached_by = channel or (Channel.EMAIL if (address or given.address).email else Channel.POST)
        written = self._write(file, subject, given, language=spoken)
        fields = written.content.fields
        dispatch = Dispatch.prepare(
            dispatch_id=dispatch_id,
            request_id=request_id,
            controller_id=file.controller(subject).id,
            kind=kind,
            item_ids=item_ids,
            concerns=subject.concerns,
            recipient=recipient,
            addressee=to,
            channel=reached_by,
            language=spoken,
            message_id=f"<{dispatch_id}@{fields.sender.mailbox.rpartition('@')[2]}>",
            content=seal(book, book.case_key(case), dispatch_id, written.content),
            addressed=_is_addressed(given.address, reached_by),
            statements=written.statements,
            missing=written.missing,
            template_version=written.template_version,
            at=at,
            actor=call.caller.actor,
        )
        if statements or address is not None:
            changed = _changed(given, statements or {}, address, {})
            self._edit(dispatch, file, subject, changed, channel=reached_by, at=at, actor=call.caller.actor)
        return book.commit(
            dispatch,
            call=call,
            respond=lambda: self._answer(dispatch_id),
            effects=[lambda: self._require_only_one(dispatch, case)],
        )

    @once
    def edit(
        self,
        dispatch_id: UUID,
        call: Call,
        *,
        statements: Mapping[str, Statement] | None = None,
        rewordings: Mapping[int, Rewording] | None = None,
        address: Address | None = None,
        channel: Channel | None = None,
    ) -> Answer:
        """Put in what the case does not know, or change where the letter goes; the rest is filled in anew.

        What was put in before stays unless it is replaced. `rewordings` are for a letter of refusal: other words for
        reasons and facts, by the place of what is refused. A letter that failed is a draft again.
        Raises DispatchUnknown, VersionStale, Forbidden, DispatchNotDraft, LetterPartFixed, ExtensionTooLate,
        KeyDestroyed.
        """
        dispatch = self._to_decide(dispatch_id, call)
        case = self._case_of(dispatch, call.caller)
        at = self._book.now()
        given = open_content(self._book, dispatch).given
        changed = _changed(given, statements or {}, address, rewordings or {})
        self._edit(
            dispatch,
            CaseFile(self._book, case, at),
            _subject_of(dispatch),
            changed,
            channel=channel or dispatch.channel,
            at=at,
            actor=call.caller.actor,
        )
        return self._book.commit(dispatch, call=call, respond=lambda: self._answer(dispatch_id))

    def _edit(
        self,
        dispatch: Dispatch,
        file: CaseFile,
        subject: Subject,
        given: Given,
        *,
        channel: Channel,
        at: datetime,
        actor: str,
    ) -> None:
        book = self._book
        written: Written = self._write(file, subject, given, language=dispatch.language)
        dispatch.edit(
            channel=channel,
            content=seal(book, book.case_key(file.case), dispatch.id, written.content),
            addressed=_is_addressed(given.address, channel),
            statements=written.statements,
            missing=written.missing,
            template_version=written.template_version,
            at=at,
            actor=actor,
        )

    def _given(self, file: CaseFile, subject: Subject, addressee: AnswerTo, due_on: date | None) -> Given:
        known, to_who_asks = file.on_file, _goes_to_who_asks(subject)
        return Given(
            address=self._address(file, subject, addressee),
            due_on=due_on,
            in_reply_to=f"<{known.message_id}>" if known.message_id and to_who_asks else None,
        )

    def _addressee(self, file: CaseFile, subject: Subject) -> AnswerTo:
        if not _goes_to_who_asks(subject):
            return AnswerTo.DATA_SUBJECT
        return self._addressees(file, frozenset(item.right for item in file.items(subject)))[0]

    def _require_only_one(self, dispatch: Dispatch, case: Request) -> None:
        """Raise DispatchAlreadyWritten; asked inside the transaction, so that no two are written at once.

        What is decided anew, or asked anew, is told anew: a letter from before the decision does not stand against it.
        """
        if dispatch.kind is LetterKind.STAFF_WARNING:  # several dates are warned of
            return
        with self._book.database.glancing() as connection:
            others = [row for row in dispatches_of(connection, case.id) if row["dispatch_id"] != dispatch.id]
        for other in others:
            if _is_about_the_same(other, dispatch) and _tells_what_stands(other, case):
                raise DispatchAlreadyWritten(dispatch_id=str(other["dispatch_id"]))


def _changed(
    given: Given, statements: Mapping[str, Statement], address: Address | None, rewordings: Mapping[int, Rewording]
) -> Given:
    return msgspec.structs.replace(
        given,
        address=given.address if address is None else address,
        statements={**given.statements, **statements},
        rewordings={**given.rewordings, **rewordings},
    )


def _require_recipient(subject: Subject) -> None:
    """A notice to a recipient names one, and what was done; no other letter does. Raises LetterKindWrong."""
    is_notice = subject.kind is LetterKind.RECIPIENT_NOTICE
    if is_notice and (subject.recipient is None or len(subject.item_ids) != 1):
        raise LetterKindWrong("A notice to a recipient names the recipient, and the one item that was carried out.")
    if not is_notice and subject.recipient is not None:
        raise LetterKindWrong("Recipients of the data get notices of what was done with it, and no other letters.")


def _goes_to_who_asks(subject: Subject) -> bool:
    return subject.kind not in (LetterKind.RECIPIENT_NOTICE, LetterKind.STAFF_WARNING)


def _is_addressed(address: Address, channel: Channel) -> bool:
    return bool(address.email if channel is Channel.EMAIL else address.postal)


def _subject_of(dispatch: Dispatch) -> Subject:
    return Subject(dispatch.kind, dispatch.item_ids, dispatch.concerns, dispatch.recipient)


def _is_about_the_same(other: Row, dispatch: Dispatch) -> bool:
    items = set(other["item_ids"])
    return (
        other["state"] in _STANDING
        and (other["kind"], other["concerns"], other["recipient"], other["addressee"])
        == (dispatch.kind.value, dispatch.concerns, dispatch.recipient, dispatch.addressee.value)
        and (items == set(dispatch.item_ids) or bool(items & set(dispatch.item_ids)))
    )


def _tells_what_stands(other: Row, case: Request) -> bool:
    """Whether the letter was written after everything that it is about was decided."""
    prepared_at: datetime = other["prepared_at"]
    if other["kind"] == LetterKind.REFUSAL and not other["item_ids"]:
        return prepared_at >= case.unidentified_since
    return all(prepared_at >= case.decided_at.get(item_id, prepared_at) for item_id in other["item_ids"])
