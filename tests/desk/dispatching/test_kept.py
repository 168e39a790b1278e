"""What an answer keeps has a ground on record; free text alone is refused (docs/law §11)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.domain.request.erasure import ErasureGround
from dsr.domain.request.errors import LetterIncomplete
from dsr.domain.request.kept import KeptGround, KeptWithoutGround
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import HoldKind
from dsr.domain.request.values import Outcome
from dsr.domain.rights import Right
from dsr.letters.fields import Entry, FreeText, KeptData, KeptEntry, Nothing, Statement, Things
from tests.desk.dispatching.letters import Letters
from tests.desk.office import Office, letter

from .test_writing import do, erased, refuse, restrict, tell_everybody

TOLD = {"recipients-told": FreeText("Nobody yet.")}
FILE = "The file on your request: We keep it as proof of how we answered you"


def kept(*entries: KeptEntry) -> dict[str, Statement]:
    return {"kept-and-why": KeptData(entries), **TOLD}


def written(office: Office, letters: Letters, request_id: UUID, **statements: Any) -> str:
    dispatch_id = letters.write(request_id, LetterKind.ERASURE, "erasure", statements={**TOLD, **statements})
    text: str = letters.read(dispatch_id).text
    return text


def erased_in_part_of_the_processing(office: Office) -> UUID:
    request_id = office.registered(Right.ERASURE)
    office.desk.items.grant(
        request_id,
        "erasure",
        office.call(request_id),
        erasure_ground=ErasureGround.NO_LONGER_NECESSARY,
        activities=("customer-calls",),
    )
    do(office, request_id, "erasure")
    return request_id


def test_an_erasure_states_the_file_on_the_request_and_the_remedies_by_itself(office: Office, letters: Letters) -> None:
    text = written(office, letters, erased(office))
    assert FILE in text
    assert "You have the right to lodge a complaint with a supervisory authority" in text
    assert "you have the right to go to court" in text


def test_a_refused_part_is_stated_by_itself_and_makes_the_request_partly_fulfilled(
    office: Office, letters: Letters
) -> None:
    # given
    request_id = office.granted(Right.ERASURE)
    refuse(office, request_id, in_part=True)
    do(office, request_id, "erasure")
    # when
    text = written(office, letters, request_id)
    # then
    assert "invoices: We refused this part of your request; our reasons are given below." in text
    office.desk.answers.record_answer(
        request_id, office.call(request_id), draft=in_part(extent="invoices"), item_ids=("erasure",)
    )
    tell_everybody(office, request_id)
    office.desk.answers.close(request_id, office.call(request_id), unidentified=False)
    assert office.case(request_id).outcome is Outcome.PARTLY_FULFILLED


def in_part(*, extent: str) -> Any:
    """A letter by hand that keeps a refused part."""
    said = {**letter(LetterKind.ERASURE).statements, **letter(LetterKind.REFUSAL).statements}
    entry = {"ground": "refused-part", "what": "Two invoices", "extent": extent}
    return letter(LetterKind.ERASURE, statements={**said, "kept-and-why": {"says": "kept", "entries": [entry]}})


@pytest.mark.parametrize("said", ["Invoices are kept.", [], {"says": "kept", "entries": []}, {"invoices": "kept"}])
def test_a_letter_by_hand_does_not_keep_anything_in_free_words(office: Office, said: object) -> None:
    """An erasure that kept invoices, complaints and chats for ten years closed as fulfilled."""
    request_id = erased(office)
    draft = letter(LetterKind.ERASURE)
    draft = letter(LetterKind.ERASURE, statements={**draft.statements, "kept-and-why": said})
    expected = KeptWithoutGround if said else LetterIncomplete
    with pytest.raises(expected):
        office.desk.answers.record_answer(request_id, office.call(request_id), draft=draft, item_ids=("erasure",))


def test_a_letter_by_hand_does_not_keep_what_nobody_refused(office: Office) -> None:
    request_id = erased(office)
    with pytest.raises(KeptWithoutGround, match="No refusal of this `extent` is on record"):
        office.desk.answers.record_answer(
            request_id, office.call(request_id), draft=in_part(extent="chats"), item_ids=("erasure",)
        )


@pytest.mark.parametrize("said", [FreeText("Invoices are kept."), Things((Entry("Invoices"),))])
def test_a_draft_does_not_keep_anything_in_free_words(office: Office, letters: Letters, said: Statement) -> None:
    request_id = erased(office)
    with pytest.raises(KeptWithoutGround):
        letters.write(request_id, LetterKind.ERASURE, "erasure", statements={"kept-and-why": said})
    dispatch_id = letters.write(request_id, LetterKind.ERASURE, "erasure")
    with pytest.raises(KeptWithoutGround):
        letters.desk.edit(dispatch_id, Call(office.ann), statements={"kept-and-why": said})


UNPROVEN = {
    "nothing named": KeptEntry(KeptGround.NOT_ASKED, " "),
    "no refusal": KeptEntry(KeptGround.REFUSED_PART, "Chats", extent="chats"),
    "no hold": KeptEntry(KeptGround.HOLD, "Invoices"),
    "no restriction": KeptEntry(KeptGround.RESTRICTED, "A recording"),
    "processing that was to be erased": KeptEntry(KeptGround.OTHER_ACTIVITY, "Calls", activity="customer-calls"),
    "unknown processing": KeptEntry(KeptGround.OTHER_ACTIVITY, "Calls", activity="astrology"),
    "a backup for ever": KeptEntry(KeptGround.BACKUP_UNTIL, "Calls"),
    "a backup of the past": KeptEntry(KeptGround.BACKUP_UNTIL, "Calls", until=date(2026, 3, 4)),
}


@pytest.mark.parametrize("what", UNPROVEN)
def test_a_ground_that_the_record_does_not_bear_out_is_refused(office: Office, letters: Letters, what: str) -> None:
    request_id = erased_in_part_of_the_processing(office)
    with pytest.raises(KeptWithoutGround):
        letters.write(request_id, LetterKind.ERASURE, "erasure", statements=kept(UNPROVEN[what]))


def test_whoever_erases_only_some_processing_has_to_say_what_else_is_kept(office: Office, letters: Letters) -> None:
    # given
    request_id = erased_in_part_of_the_processing(office)
    dispatch_id = letters.write(request_id, LetterKind.ERASURE, "erasure", statements=TOLD)
    assert letters.show(dispatch_id)["missing"] == ["kept-and-why"]
    # when
    entries = (
        KeptEntry(KeptGround.OTHER_ACTIVITY, "Your orders", activity="customer-relations"),
        KeptEntry(KeptGround.BACKUP_UNTIL, "Your recordings", until=office.clock.now().date() + timedelta(days=30)),
    )
    letters.desk.edit(dispatch_id, Call(office.ann), statements=kept(*entries))
    # then
    assert letters.show(dispatch_id)["missing"] == []
    text = letters.read(dispatch_id).text
    other = office.desk.repository.ropa.current().document.activity("customer-relations").name
    assert f"Your orders: We still process this data for another purpose: {other} (Art. 6(1)(b) GDPR)." in text
    assert "Your recordings: This data stays in backups, which are used for nothing else, until 4 April 2026." in text
    assert FILE in text


def test_that_nothing_else_is_kept_leaves_what_the_service_states(office: Office, letters: Letters) -> None:
    request_id = erased_in_part_of_the_processing(office)
    text = written(office, letters, request_id, **{"kept-and-why": Nothing()})
    assert FILE in text
    assert "We kept nothing of it." not in text


def test_a_hold_and_a_restriction_on_record_are_grounds(office: Office, letters: Letters) -> None:
    # given
    request_id = erased_in_part_of_the_processing(office)
    office.desk.holds.place(
        request_id,
        office.call(request_id),
        kind=HoldKind.LEGAL,
        controller_id=None,
        activities=("customer-relations",),
        systems=(),
        reason="A claim is announced.",
    )
    restrict(office)
    # when
    held = KeptEntry(KeptGround.HOLD, "Your complaint")
    restricted = KeptEntry(KeptGround.RESTRICTED, "Your address")
    text = written(office, letters, request_id, **kept(held, restricted))
    # then
    assert "Your complaint: We have to keep this data for legal claims or because of a legal duty" in text
    assert "Your address: The processing of this data is restricted: we only store it" in text


def test_an_objection_to_marketing_states_the_mark_that_stops_it(office: Office, letters: Letters) -> None:
    # given
    request_id = office.arrived()
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.OBJECTION,), direct_marketing=True)
    office.desk.items.grant(request_id, "objection", office.call(request_id))
    office.desk.objection.stop(request_id, "objection", office.call(request_id), systems=("crm",))
    do(office, request_id, "objection")
    # when
    dispatch_id = letters.write(request_id, LetterKind.OBJECTION, "objection")
    # then
    text = letters.read(dispatch_id).text
    assert "from which they cannot be recovered: We keep it so that you receive no more direct marketing" in text
    assert "You have the right to lodge a complaint" in text
