"""A refusal whose reasons a law forbids to tell (GDPR Art. 23(2)(h); docs/law §11)."""

from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.dispatching.content import Rewording
from dsr.domain.dispatch.errors import LetterPartFixed
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.refusal import RefusalProposed
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.rights import Right
from dsr.letters.fields import FreeText
from dsr.projections.dispatches import dispatches_of
from tests.desk.office import Office, refusal

SECRET = "He is reported under the anti-money-laundering act."
WITHHELD: dict[str, Any] = {
    "ground": "national-restriction",
    "reasons": SECRET,
    "facts": SECRET,
    "provision": "§ 47 GwG",
    "withheld_under": "§ 47(1) GwG",
}


def refused(office: Office, **facts: Any) -> UUID:
    request_id = office.registered(Right.ACCESS)
    draft = refusal(covers_all=False, extent=(), claims=(), **WITHHELD | facts)
    office.desk.items.propose_refusal(request_id, "access", office.call(request_id, office.bob), draft=draft)
    office.desk.items.decide_refusal(request_id, "access", office.call(request_id), approve=True, reason="")
    office.service.policies.run()
    assert office.service.policies.positions.parked() == []
    return request_id


def letter_of(office: Office, request_id: UUID) -> UUID:
    with office.service.database.reading() as connection:
        [row] = [each for each in dispatches_of(connection, request_id) if each["kind"] == LetterKind.REFUSAL]
    dispatch_id: UUID = row["dispatch_id"]
    return dispatch_id


@pytest.mark.parametrize("tells_provision", [True, False])
def test_the_letter_names_the_remedies_and_no_reasons(office: Office, tells_provision: bool) -> None:
    request_id = refused(office, tells_provision=tells_provision)
    office.desk.dispatching.drain(office.clock.now(), 100)
    preview = office.desk.dispatching.preview(
        letter_of(office, request_id), Call(office.ann), purpose=DisclosurePurpose.ANSWERING
    )
    assert SECRET not in f"{preview.text} {preview.refused} {preview.statements}"
    assert "laundering" not in "".join(each.read_text() for each in office.outgoing())
    assert office.case(request_id).item("access").answered


def test_the_file_keeps_the_reasons_and_the_law_that_forbids_telling_them(office: Office) -> None:
    request_id = refused(office)
    [proposed] = office.events("request.refusal-proposed")
    assert isinstance(proposed, RefusalProposed)
    assert proposed.withheld_under == "§ 47(1) GwG"
    sealer = office.desk.repository.sealer
    assert sealer.open_json(proposed.reasons, stream_id=request_id, field="reasons") == SECRET


def test_nobody_words_the_withheld_reasons_into_the_letter(office: Office) -> None:
    request_id = refused(office)
    with pytest.raises(LetterPartFixed):
        office.desk.dispatching.edit(
            letter_of(office, request_id), Call(office.ann), rewordings={0: Rewording(reasons=FreeText(SECRET))}
        )
