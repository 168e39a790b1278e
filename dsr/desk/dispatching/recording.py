"""Records a sent letter in its case, by the command for its kind.

A notice of an extension or a fee takes effect once, and a case may close on the first of two answers. Where both the
person and their representative get letters, the second letter then changes nothing in the case: only the letter itself
records that it left.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from dsr.desk.dispatching.addressing import goes_to_who_asks, rights_of
from dsr.desk.dispatching.case_file import CaseFile, as_id, subject_of
from dsr.desk.dispatching.content import Content
from dsr.desk.repository import Repository
from dsr.domain.acting import CaseActing
from dsr.domain.dispatch import Dispatch
from dsr.domain.errors import Unknown
from dsr.domain.request import Request
from dsr.domain.request.answer import AnswerSent, is_further_attempt
from dsr.domain.request.extension import DeadlineExtended
from dsr.domain.request.fees import FeeQuoted, FeeUnknown
from dsr.domain.request.forwarding import may_forward
from dsr.domain.request.guards import require_living
from dsr.domain.request.letters import MAY_REFUSE, Letter, LetterKind
from dsr.domain.request.questions import QuestionUnknown
from dsr.domain.request.recipients import require_heard, require_not_lifted
from dsr.domain.request.representation import AuthorityMissing, getting_letters, require_authority
from dsr.domain.request.restriction import RestrictionUnknown
from dsr.domain.request.standing import AnswerTo, FeeStatus
from dsr.domain.sealed import Sealed
from dsr.letters.fields import to_json


@dataclass(frozen=True)
class Departure:
    """A letter that leaves or left, as its case records it."""

    dispatch: Dispatch
    text: Sealed
    """Text and statements, sealed for the case."""
    left_at: datetime
    acting: CaseActing
    """Who records that it left, when, and by which working days."""


def sealed_for_case(repository: Repository, case: Request, content: Content) -> Sealed:
    """Text and statements of a letter, sealed like those of letters that people send by hand. Raises KeyDestroyed."""
    said = {
        "text": "" if content.wording is None else content.wording.text,
        "statements": to_json(content.fields)["statements"],
    }
    return repository.sealer.seal_json(said, key=repository.case_key(case), stream_id=case.id, field="letter")


def record(file: CaseFile, departure: Departure) -> None:
    """Run the command of the case. As a rehearsal, it runs on a case that is not saved.

    Raises what `record_answer`, `send_extension_notice`, `send_fee_notice`, `tell_of_lifting`, `send_question`,
    `send_password` or `tell_recipient` raises; AuthorityMissing for a letter to an earlier representative. The case
    records nothing of a warning to the team. Of a letter to a recipient about the end of a restriction, and of one that
    passes the request on, it only checks that the letter may leave.
    """
    case, dispatch, acting, letter = file.case, departure.dispatch, departure.acting, _letter(departure)
    _require_same_representative(file, departure)
    if _took_effect(file, dispatch):
        require_may_have(file, departure)
        return
    match dispatch.kind:
        case LetterKind.STAFF_WARNING:
            return
        case LetterKind.RECIPIENT_LIFTING:
            ended = _concerned(dispatch, RestrictionUnknown)
            require_heard(case, file.events, ended, dispatch.recipient, elsewhere=file.elsewhere)
        case LetterKind.EXTENSION:
            case.send_extension_notice(acting, notice=letter)
        case LetterKind.FEE:
            case.send_fee_notice(acting, fee_id=_concerned(dispatch, FeeUnknown), notice=letter)
        case LetterKind.LIFTING:
            case.tell_of_lifting(acting, restriction_id=_concerned(dispatch, RestrictionUnknown), notice=letter)
        case LetterKind.QUESTION:
            case.send_question(acting, question_id=_concerned(dispatch, QuestionUnknown), letter=letter)
        case LetterKind.PASSWORD:
            [item_id] = dispatch.item_ids
            case.send_password(acting, item_id=item_id, letter=letter)
        case LetterKind.PASSING_ON:
            may_forward(case)  # a policy closes the case, once the letter is on record as sent
        case LetterKind.RECIPIENT_NOTICE:
            _tell_recipient(case, departure)
        case _:
            case.record_answer(acting, letter=letter, item_ids=dispatch.item_ids)


def _concerned(dispatch: Dispatch, unknown: type[Unknown]) -> UUID:
    """The id of what the letter is about. Raises `unknown` where it names none."""
    concerned = as_id(dispatch.concerns)
    if concerned is None:
        raise unknown()
    return concerned


def require_may_have(file: CaseFile, departure: Departure) -> None:
    """Raise AuthorityMissing where the letter goes to a representative whose authority does not cover it now, and
    SubjectDeceased where it goes to a person who has died.
    """
    subject = subject_of(departure.dispatch)
    if goes_to_who_asks(subject):
        require_living(file.case)
    rights = rights_of(file, subject)
    left_on = departure.acting.calendar.local_date(departure.left_at)
    require_authority(file.case.representations, _letter(departure), rights=rights, left_on=left_on)
    _require_same_representative(file, departure)


def _require_same_representative(file: CaseFile, departure: Departure) -> None:
    """Raise AuthorityMissing where another representative gets the letters than the one this was written to."""
    dispatch, left_at = departure.dispatch, departure.left_at
    getting = getting_letters(file.case.representations, left_at, departure.acting.calendar.local_date(left_at))
    to_one = dispatch.addressee is not AnswerTo.DATA_SUBJECT and goes_to_who_asks(subject_of(dispatch))
    if to_one and getting is not None and dispatch.created_on < getting[1].accepted_at:
        raise AuthorityMissing(
            "Since this letter was written, letters go to somebody else: discard it, and write it again."
        )


def _took_effect(file: CaseFile, dispatch: Dispatch) -> bool:
    """Whether the other one of the two who get letters was told the same before, so that the case records no more."""
    case, before = file.case, None
    match dispatch.kind:
        case LetterKind.EXTENSION if not case.is_closed:
            extended = file.last(DeadlineExtended)
            before = extended.notice if extended is not None else None
        case LetterKind.FEE:
            fee_id = as_id(dispatch.concerns)
            quoted = file.last(FeeQuoted, lambda event: event.fee_id == fee_id)
            holds = quoted is not None and case.fees[quoted.fee_id].status in _STILL_HELD
            before = quoted.notice if quoted is not None and holds else None
        case kind if case.is_closed and kind in MAY_REFUSE and not is_further_attempt(case, kind, dispatch.item_ids):
            told = file.last(AnswerSent, lambda event: _tells_the_same(event, dispatch))
            before = told.letter if told is not None else None
    return before is not None and before.addressee not in (dispatch.addressee, AnswerTo.BOTH)


_STILL_HELD: Final = (FeeStatus.QUOTED, FeeStatus.ACCEPTED)
"""States of a fee of which the second addressee still has to hear."""


def _tells_the_same(event: AnswerSent, dispatch: Dispatch) -> bool:
    return (event.letter.kind, event.item_ids) == (dispatch.kind, dispatch.item_ids)


def _tell_recipient(case: Request, departure: Departure) -> None:
    dispatch, acting = departure.dispatch, departure.acting
    for item_id in dispatch.item_ids:
        require_not_lifted(case, item_id)
        case.tell_recipient(
            acting,
            item_id=item_id,
            recipient=dispatch.recipient or "",
            told_at=departure.left_at,
            channel=dispatch.channel,
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
