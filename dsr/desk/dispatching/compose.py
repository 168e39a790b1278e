"""Composes a letter: the facts of its case, a person's edits, and the wording of both.

A letter is composed again whenever it is edited or refreshed. Before it leaves, it is compared with its case.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Final
from uuid import UUID

from msgspec import structs

from dsr.catalogues import ENGLISH, Domain, reading_language
from dsr.desk.dispatching.answers import ANSWERS, nothing_held, refused
from dsr.desk.dispatching.case_file import CaseFile, Subject, as_id, subject_of
from dsr.desk.dispatching.content import DAYS_TO_CHOOSE, Content, seal
from dsr.desk.dispatching.letters import Letters
from dsr.desk.dispatching.notices import NOTICES, Filled
from dsr.desk.exports.packages import is_deliverable
from dsr.desk.kept import checked
from dsr.domain.acting import Acting
from dsr.domain.dispatch import Dispatch, Filling
from dsr.domain.dispatch.errors import DispatchStale, LetterPartFixed
from dsr.domain.request.clarification import ClarificationRequested
from dsr.domain.request.errors import LetterIncomplete, LetterKindWrong
from dsr.domain.request.extension import ExtensionProposed
from dsr.domain.request.fees import FeeUnknown
from dsr.domain.request.forwarding import NotProcessor, may_forward
from dsr.domain.request.identity import IdentityInsufficient, IdentityRequested
from dsr.domain.request.letters import ANSWER_OF, MAY_REFUSE, LetterKind
from dsr.domain.request.package_offer import PackageOffer
from dsr.domain.request.password import NoPackageOffered, require_other_channel
from dsr.domain.request.questions import QuestionUnknown
from dsr.domain.request.recipients import require_heard, require_not_lifted
from dsr.domain.request.restriction import RestrictionUnknown
from dsr.domain.request.values import Channel, ItemStatus
from dsr.domain.rights import Right
from dsr.domain.ropa import Ropa
from dsr.domain.sealed import KeyDestroyed
from dsr.letters import render
from dsr.letters.fields import (
    CalendarDate,
    ClockEffect,
    Coded,
    ComplaintTo,
    Costs,
    Count,
    FreeText,
    LetterFields,
    Money,
    Nothing,
    Package,
    Processed,
    RecordTexts,
    Searched,
    Sender,
    Statement,
    to_json,
)

_ASKED_BY: Final = {
    LetterKind.IDENTITY_QUESTION: (IdentityRequested, IdentityInsufficient),
    LetterKind.REMINDER: (IdentityRequested, IdentityInsufficient),
    LetterKind.CLARIFICATION: (ClarificationRequested,),
    LetterKind.EXTENSION: (ExtensionProposed,),
}
"""The events that ask for a letter of this kind. Each of them asks for one letter."""

_FIXED_BY_CODE: Final = frozenset({"password"})
"""Texts that no person edits: another password opens nothing."""

_QUOTED: Final = frozenset({"question", "request-text"})
"""Words that are on record: the person reads the question again at `/my`, and the controller gets what the person
wrote. A handler may add a translation; to what the person wrote first, also what they wrote later.
"""

_OF_THE_CASE: Final = (Money, Costs, Coded, ComplaintTo, ClockEffect, Processed, Count, Searched)
"""Statements that say what was decided or computed. They follow from the case, and no person edits them."""


# What the case gives ------------------------------------------------------------------------------------------------


def completed(file: CaseFile, subject: Subject) -> Subject:
    """The subject, with the event that asks for the letter where the caller named none; of a password, with its link.

    Raises FeeUnknown, RestrictionUnknown, QuestionUnknown, NoPackageOffered, NotProcessor, LetterKindWrong,
    NothingToTell, ItemUnknown, and what `may_forward` raises.
    """
    if not file.items(subject) and subject.kind in ANSWER_OF.values():
        raise LetterKindWrong("An answer names in `item_ids` the items that it answers.")
    case, concerns = file.case, subject.concerns
    if subject.kind is LetterKind.FEE and as_id(concerns) not in case.fees:
        raise FeeUnknown()
    if subject.kind is LetterKind.PASSWORD:
        concerns = str(_offer_of(file, subject).token_id)
    if subject.kind in (LetterKind.LIFTING, LetterKind.RECIPIENT_LIFTING) and as_id(concerns) not in case.restrictions:
        raise RestrictionUnknown()
    if subject.kind is LetterKind.RECIPIENT_LIFTING:
        require_heard(case, file.events, UUID(concerns), subject.recipient)
    if subject.kind is LetterKind.RECIPIENT_NOTICE:
        for item_id in subject.item_ids:
            require_not_lifted(case, item_id)
    if subject.kind in (LetterKind.QUESTION, LetterKind.QUESTION_REMINDER) and as_id(concerns) not in case.questions:
        raise QuestionUnknown()
    if subject.kind is LetterKind.PASSING_ON and subject.recipient is not None:
        may_forward(case)
        if not file.document.processes_for(case.controller_id, subject.recipient):
            raise NotProcessor(controller=subject.recipient)
    if concerns is None and subject.kind in _ASKED_BY:
        asking = next((e for e in reversed(file.events) if isinstance(e, _ASKED_BY[subject.kind])), None)
        concerns = None if asking is None else str(asking.originator_version)
    return Subject(subject.kind, subject.item_ids, concerns, subject.recipient)


def standing_fields(
    letters: Letters,
    file: CaseFile,
    subject: Subject,
    *,
    language: str,
    due_on: date | None,
    held_links: AbstractSet[str | None] = frozenset(),
) -> LetterFields:
    """The facts that the case gives for this letter.

    `due_on`: the date that a warning is about. `held_links`: links that the letter holds already; they stay, even if
    the person has used one of them since.
    Raises ExtensionTooLate, AuthorityUnknown, KeyDestroyed.
    """
    case, controller = file.case, file.controller(subject)
    due = case.clock.deadline.effective_due if case.clock.deadline is not None else None
    rights = {item.right for item in file.items(subject)} or case.rights
    filled = _filled(letters, file.speaking(language), subject, held_links)
    return LetterFields(
        kind=subject.kind,
        language=language,
        reference=case.reference,
        written_on=file.today,
        sender=Sender(
            name=controller.name,
            mailbox=file.document.mailbox_of(controller.id),
            country=controller.country,
            address=controller.address,
            regime=case.clock.regime_id,
        ),
        received_on=case.received_on,
        due_on=due_on or due,
        question_waits=subject.kind is LetterKind.ACKNOWLEDGEMENT and case.awaits_person,
        sender_doubtful=subject.kind is LetterKind.PASSING_ON and case.sender_doubtful,
        transmitted=_was_transmitted(file, subject),
        rights=tuple(right for right in Right if right in rights),
        statements={code: said for code, said in filled.items() if said is not None},
        refused=refused(file, subject) if subject.kind in MAY_REFUSE else (),
    )


def standing_now(letters: Letters, file: CaseFile, dispatch: Dispatch, content: Content) -> LetterFields:
    """The facts that the case gives now for a letter that exists. Raises as `standing_fields`."""
    return standing_fields(
        letters,
        file,
        subject_of(dispatch),
        language=dispatch.language,
        due_on=content.given.due_on,
        held_links=content.links,
    )


def _filled(letters: Letters, file: CaseFile, subject: Subject, held_links: AbstractSet[str | None]) -> Filled:
    if subject.kind in NOTICES:
        return NOTICES[subject.kind](file, subject)
    if subject.kind is LetterKind.PASSWORD:
        return _password(letters, file, subject)
    items = file.items(subject)
    is_right = subject.kind in ANSWER_OF.values()
    if is_right and items and all(item.status is ItemStatus.NOTHING_HELD for item in items):
        return nothing_held(file, subject)
    filled = ANSWERS[subject.kind](file, subject, lambda item_id: _link(letters, file, item_id, held_links))
    if is_right and any(item.refused_in_part for item in items):
        return {**filled, "authority": file.complaint_to(file.controller(subject))}
    return filled


def _was_transmitted(file: CaseFile, subject: Subject) -> bool:
    items = file.items(subject)
    return subject.kind is LetterKind.PORTABILITY and bool(items) and all(item.was_transmitted for item in items)


def _link(letters: Letters, file: CaseFile, item_id: str, held_links: AbstractSet[str | None]) -> Package | None:
    """The link to the item's package that was offered last and worked then. Its password takes another way."""
    if not letters.public_url:
        return None
    offers = [export.offer_made for export in file.packages(item_id) if is_deliverable(export, file.case)]
    valid = [each for each in offers if each and not each.revoked and each.expires_at > file.stood_at]
    for offer in sorted(valid, key=lambda each: each.expires_at, reverse=True):
        link = f"{letters.public_url}/x#{letters.links.link(offer.token_id).token}"
        if offer.redeemed_at is None or link in held_links:
            return Package(link, file.local_date(offer.expires_at))
    return None


def _offer_of(file: CaseFile, subject: Subject) -> PackageOffer:
    """The offered package that a letter with a password is about. Raises NoPackageOffered, LetterKindWrong."""
    if len(subject.item_ids) != 1:
        raise LetterKindWrong("A letter with a password names the one item whose package it opens.")
    offer = file.items(subject)[0].offer
    if offer is None:
        raise NoPackageOffered(item_id=subject.item_ids[0])
    return offer


def _password(letters: Letters, file: CaseFile, subject: Subject) -> Filled:
    """The password of the link that the letter was written for, unless that link was replaced (docs/law §12)."""
    offer = file.items(subject)[0].offer
    if offer is None or str(offer.token_id) != subject.concerns:
        return {}
    try:
        password = letters.links.link(offer.token_id).password
    except KeyDestroyed:  # the package was purged, and the password opens nothing
        return {}
    return {
        "password": FreeText(password, english=password),
        "link-ends": CalendarDate(file.local_date(offer.expires_at)),
    }


# Wording ------------------------------------------------------------------------------------------------------------


def fill(
    letters: Letters, file: CaseFile, subject: Subject, content: Content, *, dispatch_id: UUID, channel: Channel
) -> Filling:
    """Render the letter and seal it.

    Raises LetterPartFixed, KeptWithoutGround, PasswordSameChannel, LetterTemplateInvalid, KeyDestroyed.
    """
    _require_editable_parts(content)
    content = _with_grounds(letters, file, subject, content)
    if subject.kind is LetterKind.PASSWORD:
        require_other_channel(file.items(subject)[0].offer, channel)
    controller = file.controller(subject)
    fields = structs.replace(content.fields, record=record_texts(file.document, content.fields))
    statements, missing = set(fields.statements), _not_enclosed(fields, channel)
    language = reading_language(Domain.LETTERS, fields.language)
    version = letters.templates.version(fields.kind, controller_id=controller.id, language=language)
    try:
        rendered = render(fields, letters.templates, controller_id=controller.id)
    except LetterIncomplete as incomplete:
        named = incomplete.facts["missing"]
        assert isinstance(named, list)  # noqa: S101 - how rendering says it
        missing |= set(named)
    else:
        statements = set(rendered.statements)
        content = structs.replace(content, wording=None if missing else rendered)
    return Filling(
        controller_id=controller.id,
        content=seal(letters.repository, letters.repository.case_key(file.case), dispatch_id, content),
        addressed=bool(fields.postal_address) if channel is Channel.POST else content.given.address.takes_mail,
        statements=tuple(sorted(statements - missing)),
        missing=tuple(sorted(missing)),
        nothing_held=fields.nothing_held,
        refuses=bool(fields.refused),
        template_version=version,
    )


def _require_editable_parts(content: Content) -> None:
    """Raise LetterPartFixed where a person put in what follows from the case, or a link: only the service offers links.

    Other words for reasons and facts are allowed in a letter of refusal alone, which is approved again; not where the
    law forbids telling them.
    """
    standing, given = content.standing, content.given
    is_warning = standing.kind is LetterKind.STAFF_WARNING
    if given.due_on is not None and not is_warning:
        raise LetterPartFixed(part="due-date")
    for code, said in given.statements.items():
        filled = standing.statements.get(code)
        fixed = (
            code in _FIXED_BY_CODE
            or isinstance(filled, _OF_THE_CASE)
            or (code in _QUOTED and isinstance(filled, FreeText) and not _quotes(code, said, filled))
            or (isinstance(filled, CalendarDate) and code not in DAYS_TO_CHOOSE)
        )
        only_by_case = (isinstance(said, _OF_THE_CASE) and not is_warning) or _is_unproven(code, said, filled)
        if fixed or only_by_case or (isinstance(said, Package) and said.link is not None):
            raise LetterPartFixed(part=code)
    places = len(standing.refused) if standing.kind is LetterKind.REFUSAL else 0
    if any(place >= places or standing.refused[place].withheld for place in given.rewordings):
        raise LetterPartFixed(part="refused")


def record_texts(document: Ropa, fields: LetterFields) -> RecordTexts:
    """The translations of what the letter quotes from the record of processing, in its language and in English."""
    wanted = {fields.language, ENGLISH} - {document.language}
    quoted = set(_strings(to_json(fields)))
    return RecordTexts(
        document.language,
        {
            text: {each.language: each.text for each in document.translations_of(text) if each.language in wanted}
            for text in {text for _, text in document.texts()} & quoted
        },
    )


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for inner in value.values():
                yield from _strings(inner)
        case list() | tuple():
            for inner in value:
                yield from _strings(inner)


def _quotes(code: str, said: Statement, filled: FreeText) -> bool:
    """Whether a person left the words on record as they are."""
    if not isinstance(said, FreeText):
        return False
    return filled.text in said.text if code == "request-text" else said.text.strip() == filled.text.strip()


def _with_grounds(letters: Letters, file: CaseFile, subject: Subject, content: Content) -> Content:
    """The letter, with the facts of what a person says was kept. Raises KeptWithoutGround."""
    said = content.given.statements.get("kept-and-why")
    if said is None:
        return content
    kept = checked(letters.repository, file.case, file.items(subject), said, today=file.today)
    statements = {**content.given.statements, "kept-and-why": kept}
    return structs.replace(content, given=structs.replace(content.given, statements=statements))


def _is_unproven(code: str, said: Statement, filled: Statement | None) -> bool:
    """Whether a person says that data was passed on to nobody, where the record of processing names a recipient."""
    return code == "recipients-told" and isinstance(said, Nothing) and not isinstance(filled, Nothing)


def _not_enclosed(fields: LetterFields, channel: Channel) -> set[str]:
    """Codes of what the letter calls enclosed, although a mail encloses nothing. On paper, a person encloses it."""
    if channel is Channel.POST:
        return set()
    unlinked = {code for code, said in fields.statements.items() if isinstance(said, Package) and said.link is None}
    return unlinked | ({"clauses"} if fields.kind is LetterKind.CONTRACT_CLAUSES else set())


# Comparing with the case --------------------------------------------------------------------------------------------


def require_up_to_date(letters: Letters, file: CaseFile, dispatch: Dispatch, content: Content) -> None:
    """Raise DispatchStale, naming the parts that the case no longer bears out. Raises as `standing_fields`, too."""
    outdated = content.outdated_by(standing_now(letters, file, dispatch, content))
    if outdated:
        raise DispatchStale(changed=list(outdated))


def refresh(letters: Letters, acting: Acting, file: CaseFile, dispatch: Dispatch, content: Content) -> None:
    """Bring the letter up to date with its case. Raises DispatchNotDraft, and as `standing_fields` and `fill`."""
    standing = standing_now(letters, file, dispatch, content)
    refreshed = Content(standing=standing, given=content.still_given(standing))
    filling = fill(letters, file, subject_of(dispatch), refreshed, dispatch_id=dispatch.id, channel=dispatch.channel)
    dispatch.renew(acting, filling=filling)
