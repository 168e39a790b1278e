"""What it means for a case that a letter left: the command of the case that takes it."""

from dataclasses import dataclass
from datetime import date, datetime

from dsr.desk.casebook import Casebook
from dsr.desk.dispatching.case_file import as_id
from dsr.desk.dispatching.content import Content
from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.dispatch import Dispatch
from dsr.domain.request import Request
from dsr.domain.request.fees import FeeUnknown
from dsr.domain.request.letters import Letter, LetterKind
from dsr.domain.request.restriction import RestrictionUnknown
from dsr.domain.sealed import Sealed
from dsr.letters.fields import to_json


@dataclass(frozen=True)
class Departure:
    """A letter that leaves, or left, and when."""

    dispatch: Dispatch
    text: Sealed
    """What it says, sealed for the case."""
    calendar: WorkingCalendar
    """That of the case; found beforehand, so that a refusal of the command is one of the law."""
    left_at: datetime


def sealed_for_case(book: Casebook, case: Request, content: Content) -> Sealed:
    """Text and statements, as letters that people sent by hand are kept. Raises KeyDestroyed."""
    said = {
        "text": "" if content.wording is None else content.wording.text,
        "statements": to_json(content.fields)["statements"],
    }
    return book.sealer.seal_json(said, key=book.case_key(case), stream_id=case.id, field="letter")


def record(case: Request, departure: Departure, *, at: datetime, actor: str) -> None:
    """Run the command of the case; also as a rehearsal, on a case that is then thrown away.

    Raises what `record_answer`, `send_extension_notice`, `send_fee_notice`, `tell_of_lifting` or `tell_recipient`
    raises. A warning to the team is no letter of the case: nothing is recorded there.
    """
    dispatch, calendar = departure.dispatch, departure.calendar
    letter = _letter(departure)
    match dispatch.kind:
        case LetterKind.STAFF_WARNING:
            return
        case LetterKind.EXTENSION:
            case.send_extension_notice(notice=letter, calendar=calendar, at=at, actor=actor)
        case LetterKind.FEE:
            fee_id = as_id(dispatch.concerns)
            if fee_id is None:
                raise FeeUnknown()
            case.send_fee_notice(fee_id=fee_id, notice=letter, calendar=calendar, at=at, actor=actor)
        case LetterKind.LIFTING:
            restriction_id = as_id(dispatch.concerns)
            if restriction_id is None:
                raise RestrictionUnknown()
            case.tell_of_lifting(restriction_id=restriction_id, notice=letter, calendar=calendar, at=at, actor=actor)
        case LetterKind.RECIPIENT_NOTICE:
            _tell_recipient(case, departure, calendar.local_date(departure.left_at), at=at, actor=actor)
        case _:
            case.record_answer(letter=letter, item_ids=dispatch.item_ids, calendar=calendar, at=at, actor=actor)


def _tell_recipient(case: Request, departure: Departure, told_on: date, *, at: datetime, actor: str) -> None:
    dispatch = departure.dispatch
    for item_id in dispatch.item_ids:
        case.tell_recipient(
            item_id=item_id,
            recipient=dispatch.recipient or "",
            told_at=departure.left_at,
            told_on=told_on,
            channel=dispatch.channel,
            at=at,
            actor=actor,
        )


def _letter(departure: Departure) -> Letter:
    dispatch = departure.dispatch
    return Letter(
        kind=dispatch.kind,
        channel=dispatch.channel,
        dispatched_at=departure.left_at,
        language=dispatch.language,
        text=departure.text,
        statements=dispatch.filling.statements,
        addressee=dispatch.addressee,
        dispatch_id=dispatch.id,
        template_version=dispatch.filling.template_version,
    )
