"""Fills in questions and notices, whose statements all follow from the case."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final, TypeGuard

from dsr.desk.dispatching.case_file import CaseFile, Subject, as_id
from dsr.desk.repository import activities_of
from dsr.domain.deadlines import SuspensionKind, compute
from dsr.domain.events import Event
from dsr.domain.request.clarification import ClarificationRequested
from dsr.domain.request.execution import ItemDone
from dsr.domain.request.extension import ExtensionProposed
from dsr.domain.request.fees import FeeProposed
from dsr.domain.request.forwarding import RequestForwarded
from dsr.domain.request.identity import IdentityRequested
from dsr.domain.request.item import Item
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.questions import QuestionAsked, QuestionSent
from dsr.domain.request.recipients import freed_by_lifting, was_lifted
from dsr.domain.request.rectification import AccuracyAssessed, Rectified
from dsr.domain.request.refusal import RefusalProposed
from dsr.domain.request.restriction import ProcessingRestricted, RestrictionLifted
from dsr.domain.request.values import IdentityMethod
from dsr.domain.rights import Right
from dsr.domain.ropa import ProcessingActivity
from dsr.letters.fields import (
    CalendarDate,
    ClockEffect,
    Coded,
    Costs,
    Entry,
    FreeText,
    Methods,
    Money,
    Nothing,
    Statement,
    Things,
)

Filled = Mapping[str, Statement | None]
"""Statements by code; None where the case does not give one, so that a person has to."""

_ALTERNATIVES_BEFORE: Final = (IdentityMethod.KNOWN_FACTS, IdentityMethod.CALL_BACK, IdentityMethod.IN_PERSON)
"""What letters offered before the handler chose the alternatives (version 0.3)."""


def acknowledgement(_: CaseFile, __: Subject) -> Filled:
    """The head of the letter states everything."""
    return {}


def identity_question(file: CaseFile, _: Subject) -> Filled:
    """GDPR Art. 12(6)."""
    asked = file.last(IdentityRequested)
    if asked is None:
        return {}
    effect = _effect_on_clock(file, SuspensionKind.IDENTITY)
    return {"doubt": file.words(asked, "doubt"), "effect-on-clock": effect, **_proving(file, asked)}


def reminder(file: CaseFile, _: Subject) -> Filled:
    """Repeats the question about identity that has no answer yet."""
    asked, asked_on = file.last(IdentityRequested), file.case.identity.asked_on
    if not file.case.awaits_identity:  # a proof or a message of the person waits for us
        return {}
    return {} if asked is None or asked_on is None else {"asked-on": CalendarDate(asked_on), **_proving(file, asked)}


def clarification(file: CaseFile, _: Subject) -> Filled:
    """Recital 63: the person is asked because of the quantity of data."""
    asked = file.last(ClarificationRequested)
    if asked is None:
        return {}
    return {
        "why": file.words(asked, "quantity"),
        "effect-on-clock": _effect_on_clock(file, SuspensionKind.CLARIFICATION),
    }


def extension(file: CaseFile, _: Subject) -> Filled:
    """GDPR Art. 12(3). The new date is the one that a notice brings if it leaves now; later, the one in force.

    Raises ExtensionTooLate.
    """
    case, proposed = file.case, file.last(ExtensionProposed)
    if (
        proposed is None
        or case.clock.deadline is None
        or (case.clock.extension is None and case.clock.extended_at is None)
    ):
        return {}
    in_force = case.clock.extended_at is not None
    return {
        "ground": Coded(proposed.ground.value),
        "reasons": file.words(proposed, "reasons"),
        "new-date": CalendarDate(
            case.clock.deadline.effective_due if in_force else case.extended_due(file.at, file.calendar)
        ),
    }


def fee(file: CaseFile, subject: Subject) -> Filled:
    """GDPR Art. 12(5)(a), 15(3)."""
    fee_id = as_id(subject.concerns)
    proposed = file.last(FeeProposed, lambda event: event.fee_id == fee_id)
    if proposed is None:
        return {}
    return {
        "ground": Coded(proposed.ground.value),
        "facts": file.words(proposed, "facts"),
        "amount": Money(proposed.amount, proposed.currency),
        "cost-basis": Costs(proposed.cost_basis, proposed.currency),
        "offer-ends": CalendarDate(proposed.offer_ends_on),
        "authority": file.complaint_to(file.controller(subject)),
    }


def lifting(file: CaseFile, subject: Subject) -> Filled:
    """GDPR Art. 18(3). The restriction ends on the working day after the letter: the person hears of it before."""
    restriction_id = as_id(subject.concerns)
    restricted = file.last(ProcessingRestricted, lambda event: event.restriction_id == restriction_id)
    if restricted is None:
        return {}
    named = tuple(Entry(file.document.activity(each).name) for each in restricted.activities)
    return {
        "what-is-lifted": Things(named),
        "when": CalendarDate(file.calendar.add_working_days(file.today, 1)),
        "why": _why_lifted(file, restricted),
    }


def question(file: CaseFile, subject: Subject) -> Filled:
    """What the handler asks, in the handler's own words (GDPR Art. 12(2))."""
    asked = _asked(file, subject)
    return {} if asked is None else {"question": file.words(asked, "question")}


def question_reminder(file: CaseFile, subject: Subject) -> Filled:
    """Repeats a question that has no answer yet, with the day on which the person was asked."""
    asked = _asked(file, subject)
    if asked is None or file.case.messages_waiting:  # a message of the person may be the answer
        return {}
    sent = file.last(QuestionSent, lambda event: event.question_id == asked.question_id)
    asked_on = file.local_date(asked.asked_at if sent is None else sent.letter.dispatched_at)
    return {"asked-on": CalendarDate(asked_on), "question": file.words(asked, "question")}


def _asked(file: CaseFile, subject: Subject) -> QuestionAsked | None:
    question_id = as_id(subject.concerns)
    return file.last(QuestionAsked, lambda event: event.question_id == question_id)


def reply(_: CaseFile, __: Subject) -> Filled:
    """The handler says what it replies."""
    return {}


def dismissal(file: CaseFile, subject: Subject) -> Filled:
    """GDPR Art. 12(4): the handler gives the reasons, since the note on the dismissal was written for the file."""
    return {"authority": file.complaint_to(file.controller(subject))}


def forwarding(file: CaseFile, _: Subject) -> Filled:
    """GDPR Art. 28(3)(e)."""
    passed_on = file.last(RequestForwarded)
    if passed_on is None:
        return {}
    to = file.document.served(passed_on.forwarded_to)
    reached = filter(None, (to.name, *to.address, to.mailbox))
    return {
        "forwarded-to": FreeText(", ".join(reached)),
        "forwarded-on": CalendarDate(file.local_date(passed_on.forwarded_at)),
    }


def passing_on(file: CaseFile, _: Subject) -> Filled:
    """GDPR Art. 28(3)(e): who asks, and what they wrote, word for word."""
    known = file.on_file
    who = filter(None, (known.name, known.email, known.phone, ", ".join(known.postal), *known.identifiers))
    named, text = "\n\n".join(who), file.first_words
    return {
        "asked-by": FreeText(named, english=named) if named else None,
        "request-text": FreeText(text) if text else None,
    }


def recipient_notice(file: CaseFile, subject: Subject) -> Filled:
    """GDPR Art. 19, with the least data that lets the recipient act: a number that it knows, else an address."""
    if any(was_lifted(file.case, each) for each in subject.item_ids):
        return {}
    done = file.last(ItemDone, lambda event: event.item_id in subject.item_ids)
    item = next(iter(file.items(subject)), None)
    restricted = file.last(ProcessingRestricted, lambda event: event.item_id in subject.item_ids)
    done_on: date | None = None
    if done is not None and (item is None or item.right is not Right.OBJECTION):
        done_on = file.local_date(done.done_at)
    elif restricted is not None:
        done_on = file.local_date(restricted.timestamp)
    operation = None if item is None else _OPERATIONS.get(item.right.value, "restriction")
    return {
        "identifier": _identifier(file),
        "operation": None if operation is None else Coded(operation),
        "operation-date": None if done_on is None else CalendarDate(done_on),
        "affected": None if item is None else _affected(file, item, subject.recipient),
        "not-affected": None if item is None else _not_affected(file, item),
    }


def recipient_lifting(file: CaseFile, subject: Subject) -> Filled:
    """The end of a restriction, for a recipient that was told of it (docs/law §11). Where an objection prevailed in
    part, only a person can say which processing goes on.
    """
    restriction_id = as_id(subject.concerns)
    lifted = file.last(RestrictionLifted, lambda event: event.restriction_id == restriction_id)
    if lifted is None:
        return {}
    restriction = file.case.restrictions[lifted.restriction_id]
    freed = _known_to(file, freed_by_lifting(file.case, restriction, elsewhere=file.elsewhere), subject.recipient)
    in_part = restriction.awaits is not None and bool(file.case.items[restriction.awaits].refused_in_part)
    return {
        "identifier": _identifier(file),
        "what-is-lifted": Things(tuple(Entry(each.name) for each in freed)) if freed and not in_part else None,
        "operation-date": CalendarDate(file.local_date(lifted.timestamp)),
    }


def _identifier(file: CaseFile) -> FreeText | None:
    """The least by which a recipient knows the person: a number, else an address."""
    known = file.on_file
    least = next(filter(None, (*known.identifiers[:1], known.email, known.phone, known.name)), None)
    return None if least is None else FreeText(least)


def _known_to(file: CaseFile, activities: Iterable[str], recipient: str | None) -> list[ProcessingActivity]:
    """The activities that disclose to this recipient, or lie in a system that it runs; all where none does."""
    about = [file.document.activity(each) for each in activities]
    run = {system.id for system in file.document.systems if system.operator == recipient}
    return [each for each in about if recipient in each.recipients or run & set(each.systems)] or about


def _affected(file: CaseFile, item: Item, recipient: str | None) -> Things | None:
    """What the recipient has to act on: each corrected field with its new value, or the processing concerned.

    Only data of the activities that disclose to this recipient, or lie in a system that it runs: it needs no more.
    """
    known = _known_to(file, activities_of(file.document, file.case, item), recipient)
    if item.right is not Right.RECTIFICATION:
        return Things(tuple(Entry(each.name) for each in known)) if known else None
    systems = {system for each in known for system in each.systems}
    last = {(each.system, each.field): each for each in file.events if _rectifies(each, item.item_id)}
    corrected = [each for (system, _), each in last.items() if system in systems]
    entries = tuple(Entry(each.field, note=file.words(each, "after")) for each in corrected)
    return Things(entries) if entries else None


def _rectifies(event: Event, item_id: str) -> TypeGuard[Rectified]:
    return isinstance(event, Rectified) and event.item_id == item_id


def _not_affected(file: CaseFile, item: Item) -> Things | None:
    """What two people refused: a recipient that holds it for the controller has to keep it."""
    entries = tuple(Entry(file.named(each)) for each in item.refused_in_part)
    return Things(entries) if entries else None


_OPERATIONS: Final = {"rectification": "rectification", "erasure": "erasure", "restriction": "restriction"}
"""By right; any other right restricts: an objection does until it is balanced."""


def staff_warning(_: CaseFile, __: Subject) -> Filled:
    """The caller supplies the warning text."""
    return {}


def last_day_unidentified(file: CaseFile) -> date:
    """The last working day of the month without suspensions: a person who stays unidentified hears of it by then."""
    case = file.case
    unsuspended = compute(
        regime=case.clock.regime,
        calendar=file.calendar,
        received_on=case.received_on,
        as_of=max(file.today, case.received_on),
    )
    return unsuspended.operational_due


def _effect_on_clock(file: CaseFile, kind: SuspensionKind) -> ClockEffect:
    """The effect on the clock of a question that leaves today."""
    return ClockEffect(file.case.stands_still_for(kind, left_on=file.today, calendar=file.calendar))


def _proving(file: CaseFile, asked: IdentityRequested) -> Filled:
    """The method that was chosen, those that the person may choose instead, and the questions beside either."""
    chosen = _ALTERNATIVES_BEFORE if asked.alternatives is None else asked.alternatives
    others = tuple(each for each in chosen if each is not asked.method)
    questions = file.words(asked, "questions")
    asks = asked.method is IdentityMethod.KNOWN_FACTS
    return {
        "minimum-asked": Methods((asked.method,), questions if asks else None),
        "alternatives": Methods(others, None if asks else questions) if others else Nothing(),
        "without-answer": CalendarDate(last_day_unidentified(file)),
    }


def _why_lifted(file: CaseFile, restricted: ProcessingRestricted) -> FreeText | None:
    """Why the restriction is lifted: the objection was refused, or the accuracy of the data was assessed."""
    if restricted.awaits is not None:
        refused = file.last(RefusalProposed, lambda event: event.item_id == restricted.awaits)
        return None if refused is None or refused.withheld_under else file.words(refused, "reasons")
    assessed = file.last(AccuracyAssessed)
    return None if assessed is None else file.words(assessed, "assessment")


NOTICES: Final[Mapping[LetterKind, Callable[[CaseFile, Subject], Filled]]] = {
    LetterKind.ACKNOWLEDGEMENT: acknowledgement,
    LetterKind.IDENTITY_QUESTION: identity_question,
    LetterKind.REMINDER: reminder,
    LetterKind.CLARIFICATION: clarification,
    LetterKind.EXTENSION: extension,
    LetterKind.FEE: fee,
    LetterKind.LIFTING: lifting,
    LetterKind.QUESTION: question,
    LetterKind.QUESTION_REMINDER: question_reminder,
    LetterKind.REPLY: reply,
    LetterKind.DISMISSAL: dismissal,
    LetterKind.FORWARDING: forwarding,
    LetterKind.PASSING_ON: passing_on,
    LetterKind.RECIPIENT_NOTICE: recipient_notice,
    LetterKind.RECIPIENT_LIFTING: recipient_lifting,
    LetterKind.STAFF_WARNING: staff_warning,
}
