"""Addressees of a letter: the person, their representative, or both; a recipient of the data; the team."""

from collections.abc import Iterator

from dsr.catalogues import Domain, reading_language
from dsr.desk.dispatching.case_file import CaseFile, Subject, as_id
from dsr.desk.dispatching.content import Address
from dsr.desk.on_file import OnFile, on_file
from dsr.domain.request.letters import TO_OTHERS, LetterKind
from dsr.domain.request.representation import RepresentationAccepted, getting_letters
from dsr.domain.request.standing import AnswerTo
from dsr.domain.rights import Right


def goes_to_who_asks(subject: Subject) -> bool:
    """Whether the letter goes to the person or their representative, not to a recipient of the data or to the team."""
    return subject.kind not in TO_OTHERS


def addressees_of(file: CaseFile, subject: Subject) -> tuple[AnswerTo, ...]:
    """The addressees of a letter, as agreed; if both get letters, each gets one.

    The representative who gets letters gets those about the rights that their authority covers, and the person gets all
    others.

    Raises ItemUnknown.
    """
    getting = getting_letters(file.case.representations, file.at, file.today)
    if not goes_to_who_asks(subject) or getting is None:
        return (AnswerTo.DATA_SUBJECT,)
    _, acting = getting
    if not acting.rights.issuperset(rights_of(file, subject)):
        return (AnswerTo.DATA_SUBJECT,)
    if acting.answer_to is AnswerTo.BOTH:
        return (AnswerTo.DATA_SUBJECT, AnswerTo.REPRESENTATIVE)
    return (acting.answer_to,)


def address_on_file(file: CaseFile, subject: Subject, addressee: AnswerTo) -> Address:
    """The address on file; parts that are not on file are empty. Raises RecipientUnknown, KeyDestroyed."""
    if subject.kind is LetterKind.PASSING_ON and subject.recipient is not None:
        served = file.document.served(subject.recipient)
        return Address(name=served.name, email=served.mailbox or "", postal=served.address)
    if subject.recipient is not None:
        added = file.added_recipient(subject.recipient)
        if added is not None:
            return Address(name=added.name, email=added.email, postal=added.postal)
        recipient = file.document.recipient(subject.recipient)
        return Address(name=recipient.name, email=recipient.mailbox or "")
    if subject.kind is LetterKind.STAFF_WARNING:
        return Address(email=file.controller(subject).dpo_mailbox or "")
    known = file.on_file if addressee is AnswerTo.DATA_SUBJECT else _representative(file)
    return Address(name=known.name, email=known.email, postal=known.postal)


def language_of(file: CaseFile, subject: Subject, *, asked_for: str | None = None) -> str:
    """The language that was asked for, or that of the person who gets the letter; where letters lack it, the first of
    the controller's languages that they have, else English.
    """
    person = file.case.language if goes_to_who_asks(subject) else None
    return reading_language(Domain.LETTERS, asked_for or person, file.controller(subject).languages)


def rights_of(file: CaseFile, subject: Subject) -> Iterator[Right]:
    """The rights that the letter is about."""
    case, concerns = file.case, as_id(subject.concerns)
    item_ids = subject.item_ids
    if subject.kind is LetterKind.FEE and concerns in case.fees:
        item_ids = case.fees[concerns].item_ids
    yield from (case.item(each).right for each in item_ids)
    if subject.kind is LetterKind.LIFTING:
        yield Right.RESTRICTION


def _representative(file: CaseFile) -> OnFile:
    """The contact of the representative who gets letters; of the last one, where nobody does."""
    accepted = tuple(reversed(tuple(file.all_of(RepresentationAccepted))))
    getting = getting_letters(file.case.representations, file.at, file.today)
    if not accepted:
        return OnFile()
    chosen = accepted[-1] if getting is None else accepted[getting[0] - 1]
    if chosen.contact is None:
        return OnFile()
    person = file.repository.sealer.open_json(chosen.contact, stream_id=file.case.id, field="contact")
    return on_file({"person": person})
