"""Whom a letter goes to: the person, who acts for them, or each of them one; a recipient; who works on the case."""

from collections.abc import Iterator

from dsr.desk.dispatching.case_file import CaseFile, Subject, as_id
from dsr.desk.dispatching.content import Address
from dsr.desk.on_file import OnFile, on_file
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.representation import RepresentationAccepted
from dsr.domain.request.standing import AnswerTo
from dsr.domain.rights import Right


def goes_to_who_asks(subject: Subject) -> bool:
    """Rather than to a recipient of the data, or to the team."""
    return subject.kind not in (LetterKind.RECIPIENT_NOTICE, LetterKind.STAFF_WARNING)


def addressees(file: CaseFile, subject: Subject) -> tuple[AnswerTo, ...]:
    """Who of those who ask gets the letter, as agreed: a representative what their authority covers, the person all
    the rest; where both get letters, each of them one.

    Raises ItemUnknown.
    """
    acting = file.case.representation
    if not goes_to_who_asks(subject) or acting is None or not acting.held(file.at, file.today):
        return (AnswerTo.DATA_SUBJECT,)
    if not acting.rights.issuperset(rights_of(file, subject)):
        return (AnswerTo.DATA_SUBJECT,)
    if acting.answer_to is AnswerTo.BOTH:
        return (AnswerTo.DATA_SUBJECT, AnswerTo.REPRESENTATIVE)
    return (acting.answer_to,)


def address_on_file(file: CaseFile, subject: Subject, addressee: AnswerTo) -> Address:
    """Where the letter goes; empty parts where nothing is on file. Raises RecipientUnknown, KeyDestroyed."""
    if subject.recipient is not None:
        recipient = file.document.recipient(subject.recipient)
        return Address(name=recipient.name, email=recipient.mailbox or "")
    if subject.kind is LetterKind.STAFF_WARNING:
        return Address(email=file.controller(subject).dpo_mailbox or "")
    known = file.on_file if addressee is AnswerTo.DATA_SUBJECT else _representative(file)
    return Address(name=known.name, email=known.email, postal=known.postal)


def language_of(file: CaseFile, subject: Subject) -> str:
    """Of who asks, where it is known and they are written to; else the one that the controller prefers."""
    preferred = file.controller(subject).languages
    return (file.case.language if goes_to_who_asks(subject) else "") or next(iter(preferred), "en")


def rights_of(file: CaseFile, subject: Subject) -> Iterator[Right]:
    """What the letter tells about."""
    case, concerns = file.case, as_id(subject.concerns)
    item_ids = subject.item_ids
    if subject.kind is LetterKind.FEE and concerns in case.fees:
        item_ids = case.fees[concerns].item_ids
    yield from (case.item(each).right for each in item_ids)
    if subject.kind is LetterKind.LIFTING:
        yield Right.RESTRICTION


def _representative(file: CaseFile) -> OnFile:
    accepted = file.last(RepresentationAccepted)
    if accepted is None or accepted.contact is None:
        return OnFile()
    person = file.book.sealer.open_json(accepted.contact, stream_id=file.case.id, field="contact")
    return on_file({"person": person})
