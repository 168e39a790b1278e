"""Writing letters: composed from the case, completed by a person; never a second one about the same."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID, uuid4

from msgspec import structs

from dsr.desk.caller import Call, Caller
from dsr.desk.casebook import of_items, once, require_answering, require_version
from dsr.desk.dispatching.addressing import address_on_file, addressees, goes_to_who_asks, language_of
from dsr.desk.dispatching.case_file import CaseFile, Subject, subject_of
from dsr.desk.dispatching.content import Address, Content, Given, Rewording, open_content
from dsr.desk.dispatching.only_one import STANDING, require_only_one
from dsr.desk.dispatching.room import DispatchRoom
from dsr.desk.idempotency import Answer
from dsr.domain.acting import Acting
from dsr.domain.dispatch import Dispatch
from dsr.domain.request.errors import LetterKindWrong
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import Channel
from dsr.letters.fields import Statement


class Writing(DispatchRoom):
    """prepare; edit."""

    def addressees(self, request_id: UUID, caller: Caller, subject: Subject) -> tuple[AnswerTo, ...]:
        """Who gets such a letter, each of them one. Raises RequestUnknown, ItemUnknown."""
        case = self._book.request(request_id, caller)
        return addressees(CaseFile(self._book, case, self._book.now()), subject)

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
        statements: Mapping[str, Statement | None] | None = None,
        due_on: date | None = None,
    ) -> Answer:
        """Write a letter from what stands on the case; a draft that names what it still has to state.

        `concerns` is the id of the fee or restriction; questions and extensions find what asks for them by themselves.
        `addressee` None: as agreed with who acts for the person (where both get letters: the person; `addressees` names
        the other, who gets a letter of their own). `channel` None: mail where an address is on file, else post.
        `address` replaces the one on file, `due_on` the date of a warning. What a person puts in with `statements` or
        `address` is an edition of its own, so that it is approved where four eyes are needed.
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
        spoken = language or language_of(file, subject)
        to = addressee or addressees(file, subject)[0]
        given = self._given(file, subject, to, due_on)
        reached_by = channel or (Channel.EMAIL if (address or given.address).takes_mail else Channel.POST)
        standing = self._standing(file, subject, language=spoken, due_on=due_on)
        acting = Acting(call.caller.actor, at)
        dispatch = Dispatch.prepare(
            acting,
            dispatch_id=dispatch_id,
            request_id=request_id,
            kind=kind,
            item_ids=item_ids,
            concerns=subject.concerns,
            recipient=recipient,
            addressee=to,
            channel=reached_by,
            language=spoken,
            message_id=f"<{dispatch_id}@{standing.sender.mailbox.rpartition('@')[2]}>",
            filling=self._fill(file, dispatch_id, subject, Content(standing=standing, given=given), reached_by),
        )
        if statements or address is not None:
            content = Content(standing=standing, given=_changed(given, statements or {}, address, {}))
            filling = self._fill(file, dispatch_id, subject, content, reached_by)
            dispatch.edit(acting, channel=reached_by, filling=filling)
        return book.commit(
            dispatch,
            call=call,
            respond=lambda: self._answer(dispatch_id),
            effects=[lambda: require_only_one(book, dispatch, case, standing=STANDING)],
        )

    @once
    def edit(
        self,
        dispatch_id: UUID,
        call: Call,
        *,
        statements: Mapping[str, Statement | None] | None = None,
        rewordings: Mapping[int, Rewording] | None = None,
        address: Address | None = None,
        channel: Channel | None = None,
    ) -> Answer:
        """Put in what the case does not know, or change where the letter goes; the rest is filled in anew.

        What was put in before stays unless it is replaced, taken out again (None), or stood for something that the case
        says otherwise by now. `rewordings` are for a letter of refusal: other words for reasons and facts, by the place
        of what is refused. Where nothing is put in, the letter is brought up to date, and nobody has edited it. One
        that failed, or waits to be posted, is a draft again.
        Raises DispatchUnknown, VersionStale, Forbidden, DispatchNotDraft, LetterPartFixed, ExtensionTooLate,
        KeyDestroyed.
        """
        dispatch = self._to_decide(dispatch_id, call)
        file = CaseFile(self._book, self._case_of(dispatch, call.caller), self._book.now())
        content, actor, reached_by = open_content(self._book, dispatch), call.caller.actor, channel or dispatch.channel
        standing = self._now_standing(file, dispatch, content)
        still = content.still_given(standing)
        given = _changed(still, statements or {}, address, rewordings or {})
        if (given, reached_by) == (still, dispatch.channel):
            self._renew(file, dispatch, content, actor=actor)
        else:
            changed = Content(standing=standing, given=given)
            filling = self._fill(file, dispatch_id, subject_of(dispatch), changed, reached_by)
            dispatch.edit(Acting(actor, file.at), channel=reached_by, filling=filling)
        return self._book.commit(dispatch, call=call, respond=lambda: self._answer(dispatch_id))

    def _given(self, file: CaseFile, subject: Subject, addressee: AnswerTo, due_on: date | None) -> Given:
        known, to_who_asks = file.on_file, goes_to_who_asks(subject)
        return Given(
            address=address_on_file(file, subject, addressee),
            due_on=due_on,
            in_reply_to=f"<{known.message_id}>" if known.message_id and to_who_asks else None,
        )


def _changed(
    given: Given,
    statements: Mapping[str, Statement | None],
    address: Address | None,
    rewordings: Mapping[int, Rewording],
) -> Given:
    said = {**given.statements, **statements}
    return structs.replace(
        given,
        address=given.address if address is None else address,
        statements={code: statement for code, statement in said.items() if statement is not None},
        rewordings={**given.rewordings, **rewordings},
    )


def _require_recipient(subject: Subject) -> None:
    """A notice to a recipient names one, and what was done; no other letter does. Raises LetterKindWrong."""
    is_notice = subject.kind is LetterKind.RECIPIENT_NOTICE
    if is_notice and (subject.recipient is None or len(subject.item_ids) != 1):
        raise LetterKindWrong("A notice to a recipient names the recipient, and the one item that was carried out.")
    if not is_notice and subject.recipient is not None:
        raise LetterKindWrong("Recipients of the data get notices of what was done with it, and no other letters.")
