"""Writing letters: composed from the case, completed by a person, and never two about the same subject."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID, uuid4

from msgspec import structs

from dsr.desk.caller import Call, Caller
from dsr.desk.dispatching.addressing import address_on_file, addressees_of, goes_to_who_asks, language_of
from dsr.desk.dispatching.case_file import CaseFile, Subject, subject_of
from dsr.desk.dispatching.compose import completed, fill, refresh, standing_fields, standing_now
from dsr.desk.dispatching.content import Address, Content, Given, Rewording, open_content
from dsr.desk.dispatching.letters import Letters, answer, deciding
from dsr.desk.dispatching.only_one import STANDING, require_only_one
from dsr.desk.idempotency import Answer
from dsr.desk.repository import of_items, require_answering, require_version
from dsr.desk.unit_of_work import unit_of_work, use_case
from dsr.domain.dispatch import Dispatch
from dsr.domain.request.errors import LetterKindWrong
from dsr.domain.request.letters import TO_RECIPIENTS, LetterKind
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import Channel
from dsr.letters.fields import Statement


def addressees(letters: Letters, request_id: UUID, caller: Caller, subject: Subject) -> tuple[AnswerTo, ...]:
    """The addressees of letters about this subject; each gets a letter of their own. Raises RequestUnknown,
    ItemUnknown.
    """
    case = letters.repository.request(request_id, caller)
    return addressees_of(CaseFile(letters.repository, case, letters.repository.now()), subject)


@use_case
def prepare(
    letters: Letters,
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
    """Write a letter from its case, as a draft that names the statements it still needs.

    `concerns` is the id of the fee, restriction or question; for questions about identity or scope, and for extensions,
    the service finds the event that asks for the letter. `addressee` None: as agreed with the representative; where
    both get letters, the person, and `addressees` names the other, who gets a letter of their own. `channel` None:
    e-mail where an address is on file, else post; a password goes by post. `address` replaces the one on file,
    `due_on` the date of a warning. `statements` and `address` are recorded as an edit by the caller, so that the letter
    is approved where four eyes are needed.
    Raises RequestUnknown, VersionStale, Forbidden, ItemUnknown, FeeUnknown, RestrictionUnknown, QuestionUnknown,
    RecipientUnknown, NoPackageOffered, PasswordSameChannel, LetterKindWrong, LetterPartFixed, DispatchAlreadyWritten,
    ExtensionTooLate, KeyDestroyed.
    """
    repository, dispatch_id = letters.repository, uuid4()
    with unit_of_work(repository, call) as work:
        case = repository.request(request_id, call.caller)
        require_version(case, call.expected)
        require_answering(case, call.caller, of_items(*item_ids) if item_ids else None)
        file = CaseFile(repository, case, work.acting.at)
        subject = completed(file, Subject(kind, item_ids, concerns, recipient))
        _require_recipient(subject)
        spoken = language_of(file, subject, asked_for=language)
        to = addressee or addressees_of(file, subject)[0]
        given = _given(file, subject, to, due_on)
        by_mail = (address or given.address).takes_mail and kind is not LetterKind.PASSWORD
        reached_by = channel or (Channel.EMAIL if by_mail else Channel.POST)
        standing = standing_fields(letters, file, subject, language=spoken, due_on=due_on)
        written = Content(standing=standing, given=given)
        dispatch = Dispatch.prepare(
            work.acting,
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
            filling=fill(letters, file, subject, written, dispatch_id=dispatch_id, channel=reached_by),
        )
        if statements or address is not None:
            edited = Content(standing=standing, given=_edited(given, statements or {}, address, {}))
            filling = fill(letters, file, subject, edited, dispatch_id=dispatch_id, channel=reached_by)
            dispatch.edit(work.acting, channel=reached_by, filling=filling)
        work.add(dispatch)
        work.effect(lambda: require_only_one(repository, dispatch, case, standing=STANDING))
        work.respond(lambda: answer(letters, dispatch_id))
    return work.answer


@use_case
def edit(
    letters: Letters,
    dispatch_id: UUID,
    call: Call,
    *,
    statements: Mapping[str, Statement | None] | None = None,
    rewordings: Mapping[int, Rewording] | None = None,
    address: Address | None = None,
    channel: Channel | None = None,
) -> Answer:
    """Add what the case does not know, or change where the letter goes; the rest is filled in from the case again.

    An earlier edit stays, unless the caller replaces it, takes it out (None), or the case has changed what it replaced.
    `rewordings` are for a letter of refusal: other words for reasons and facts, by the place of the refused part. An
    edit that changes nothing refreshes the letter, and does not count as an edit. A letter that failed, or waits to be
    posted, is a draft again.
    Raises DispatchUnknown, VersionStale, Forbidden, DispatchNotDraft, LetterPartFixed, PasswordSameChannel,
    ExtensionTooLate, KeyDestroyed.
    """
    with deciding(letters, dispatch_id, call) as (work, dispatch, file):
        reached_by = channel or dispatch.channel
        content = open_content(letters.repository, dispatch)
        standing = standing_now(letters, file, dispatch, content)
        still_given = content.still_given(standing)
        given = _edited(still_given, statements or {}, address, rewordings or {})
        if (given, reached_by) == (still_given, dispatch.channel):
            refresh(letters, work.acting, file, dispatch, content)
        else:
            edited = Content(standing=standing, given=given)
            filling = fill(letters, file, subject_of(dispatch), edited, dispatch_id=dispatch_id, channel=reached_by)
            dispatch.edit(work.acting, channel=reached_by, filling=filling)
    return work.answer


def _given(file: CaseFile, subject: Subject, addressee: AnswerTo, due_on: date | None) -> Given:
    known, to_who_asks = file.on_file, goes_to_who_asks(subject)
    return Given(
        address=address_on_file(file, subject, addressee),
        due_on=due_on,
        in_reply_to=f"<{known.message_id}>" if known.message_id and to_who_asks else None,
    )


def _edited(
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
    """A notice to a recipient names one, and what was done; a request is passed on to a controller; no other letter
    names one. Raises LetterKindWrong.
    """
    if subject.kind is LetterKind.PASSING_ON:
        if subject.recipient is None or subject.item_ids:
            raise LetterKindWrong(
                "A letter that passes a request on names in `recipient` the controller, by its id in `processing_for`, "
                "and no items."
            )
        return
    is_notice = subject.kind in TO_RECIPIENTS
    if is_notice and (subject.recipient is None or len(subject.item_ids) != 1):
        raise LetterKindWrong("A notice to a recipient names the recipient, and the one item that was carried out.")
    if not is_notice and subject.recipient is not None:
        raise LetterKindWrong("Recipients of the data get notices of what was done with it, and no other letters.")
