"""A value that is somebody else's is in no byte of what is handed over (GDPR Art. 15(4), 20(4))."""

import io
import json
import zipfile
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.redaction import RedactedPart
from dsr.domain.export import ExportOutdated, ExportWithheld
from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.errors import RedactionPending
from dsr.domain.request.others_rights import OthersRight, RedactionKind
from dsr.domain.request.redaction import RedactionFieldUnknown, RedactionHitsNothing
from dsr.domain.request.values import Provenance
from dsr.domain.rights import Right
from dsr.projections.decisions import decisions_of
from tests.desk.office import Office

CANARIES = ("CANARY-SISTER", "CANARY-FRIEND", "CANARY-RECIPE", "CANARY-LETTER")
RECORDING = b"RIFF\x00\x01\x00\x00WAVEfmt " + bytes(200)
NETWORK = "203.0.113.77"
CALLS = [
    {"at": "2026-02-01", "with": {"name": "CANARY-SISTER"}, "method": "CANARY-RECIPE"},
    {"at": "2026-02-02", "with": {"name": "CANARY-FRIEND"}, "method": "CANARY-RECIPE"},
]
FIELDS = tuple(FieldDescription(name, f"What {name} is", Provenance.OBSERVED) for name in ("at", "with.name", "method"))


def collect(office: Office, request_id: UUID, name: str, records: list[Any], *fields: FieldDescription) -> UUID:
    office.collect(
        request_id,
        "access",
        content=json.dumps(records).encode(),
        media_type="application/json",
        name=name,
        fields=fields,
    )
    data_set_id: UUID = list(office.case(request_id).copies.data_sets)[-1]
    return data_set_id


def redact(
    office: Office, request_id: UUID, target_id: UUID, kind: RedactionKind, place: str = "", **facts: Any
) -> None:
    part = RedactedPart(kind, place, facts.pop("replacement_id", None))
    said: dict[str, Any] = {"right": OthersRight.PRIVACY, "reason": "CANARY-REASON Dora."}
    office.desk.redaction.redact(request_id, target_id, office.call(request_id), parts=(part,), **said | facts)


def handed_over(office: Office, request_id: UUID) -> dict[str, bytes]:
    office.search(request_id, "access")
    export_id = UUID(office.desk.exports.prepare(request_id, "access", office.call(request_id)).resource_id)
    link = office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann)))
    session = office.desk.exports.redeem(link.token, link.password, network=NETWORK)
    package = b"".join(office.desk.exports.download(session.secret, network=NETWORK))
    archive = zipfile.ZipFile(io.BytesIO(package))
    return {name: archive.read(name) for name in archive.namelist()} | {"the zip": package}


def test_a_redacted_value_is_in_no_byte_of_the_package_and_the_package_says_what_was_left_out(office: Office) -> None:
    # given
    request_id = office.granted(Right.ACCESS)
    calls = collect(office, request_id, "calls", CALLS, *FIELDS)
    field = FieldDescription("text", "A letter", Provenance.PROVIDED)
    letter = collect(office, request_id, "letter", [{"text": "CANARY-LETTER"}], field)
    copy = collect(office, request_id, "letter-copy", [{"text": "Dear ███"}], field)
    redact(office, request_id, calls, RedactionKind.JSON_POINTER, "/*/with/name")
    redact(office, request_id, calls, RedactionKind.COLUMN, "method", right=OthersRight.TRADE_SECRET)
    redact(office, request_id, letter, RedactionKind.REPLACED, replacement_id=copy)
    office.search(request_id, "access")
    with pytest.raises(RedactionPending):
        office.desk.exports.prepare(request_id, "access", office.call(request_id))
    for target_id in (calls, letter):
        office.desk.redaction.confirm(request_id, target_id, office.call(request_id), reason="")
    # when
    files = handed_over(office, request_id)
    # then
    for name, content in files.items():
        for canary in (*CANARIES, "CANARY-REASON"):
            assert canary.encode() not in content, f"{canary} in {name}"
    assert b"2026-02-02" in files["data/calls.json"]
    assert "███" in files["data/letter-copy.json"].decode()
    told = {
        (each["name"], each["place"], each["right"], each["values"])
        for each in json.loads(files["manifest.json"])["redactions"]
    }
    assert told == {
        ("calls", "/*/with/name", "privacy-of-another", 2),
        ("calls", "method", "trade-secret", 2),
        ("letter", None, "privacy-of-another", None),
    }
    assert office.differences() == []


def test_a_field_whose_name_is_a_number_is_redacted_as_any_other(office: Office) -> None:
    # given
    request_id = office.granted(Right.ACCESS)
    field = FieldDescription("2024", "Who called in 2024", Provenance.OBSERVED)
    calls = collect(office, request_id, "calls", [{"2024": "CANARY-SISTER"}, {"2024": "CANARY-FRIEND"}], field)
    # when
    redact(office, request_id, calls, RedactionKind.JSON_POINTER, "/*/2024")
    office.desk.redaction.confirm(request_id, calls, office.call(request_id), reason="")
    # then
    files = handed_over(office, request_id)
    assert not any(canary.encode() in content for canary in CANARIES for content in files.values())
    [told] = json.loads(files["manifest.json"])["redactions"]
    assert (told["place"], told["values"]) == ("/*/2024", 2)
    [redaction] = office.case(request_id).copies.redactions[calls]
    assert redaction.values == 2


@pytest.mark.parametrize("place", ["/2/at", "/*/a.b", "/*/with/name/0"])
def test_a_place_that_hits_nothing_is_refused_before_anybody_confirms_it(office: Office, place: str) -> None:
    request_id = office.granted(Right.ACCESS)
    deep = FieldDescription("a.b", "Nested here, flat in another system", Provenance.OBSERVED)
    records = [each | {"a": {"b": "CANARY-FRIEND"}} for each in CALLS]
    calls = collect(office, request_id, "calls", records, *FIELDS, deep)
    with pytest.raises(RedactionHitsNothing):
        redact(office, request_id, calls, RedactionKind.JSON_POINTER, place)
    assert office.case(request_id).copies.redactions == {}


def test_a_number_that_names_a_value_is_not_kept_in_the_log(office: Office) -> None:
    request_id = office.granted(Right.ACCESS)
    field = FieldDescription("contacts", "Whom you called, by number", Provenance.OBSERVED)
    calls = collect(office, request_id, "contacts", [{"contacts": {"491701234": "CANARY-FRIEND"}}], field)
    with pytest.raises(RedactionFieldUnknown):
        redact(office, request_id, calls, RedactionKind.JSON_POINTER, "/*/contacts/491701234")
    assert office.case(request_id).copies.redactions == {}


def test_a_recording_that_was_flagged_leaves_once_somebody_says_why_nothing_in_it_is_somebody_elses(
    office: Office,
) -> None:
    # given
    request_id = office.granted(Right.ACCESS)
    recording = office.attach(request_id, "access", RECORDING)
    office.desk.redaction.require(request_id, recording, office.call(request_id), reason="CANARY-REASON A voice.")
    office.search(request_id, "access")
    with pytest.raises(RedactionPending):
        office.desk.exports.prepare(request_id, "access", office.call(request_id))
    # when
    call, why = office.call(request_id), "CANARY-REASON It is her own voice."
    office.desk.redaction.confirm(request_id, recording, call, reason=why)
    # then
    files = handed_over(office, request_id)
    assert files["attachments/call.wav"] == RECORDING
    assert not any(b"CANARY-REASON" in content for content in files.values())
    confirmed = office.events("request.redaction-confirmed")[-1]
    assert office.desk.repository.sealer.open_json(confirmed.reason, stream_id=request_id, field="reason") == why
    assert office.differences() == []


def test_a_package_that_was_built_before_a_redaction_is_not_handed_over(office: Office) -> None:
    # given
    request_id = office.granted(Right.ACCESS)
    calls = collect(office, request_id, "calls", CALLS, *FIELDS)
    office.search(request_id, "access")
    export_id = UUID(office.desk.exports.prepare(request_id, "access", office.call(request_id)).resource_id)
    link = office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann)))
    office.clock.advance(minutes=1)
    redact(office, request_id, calls, RedactionKind.COLUMN, "with.name")
    office.desk.redaction.confirm(request_id, calls, office.call(request_id), reason="")
    # when, then
    with pytest.raises(ExportWithheld):
        office.desk.exports.redeem(link.token, link.password, network=NETWORK)
    with pytest.raises(ExportOutdated):
        office.desk.exports.offer(export_id, Call(office.ann))
    assert b"CANARY-SISTER" not in b"".join(handed_over(office, request_id).values())


def test_the_register_of_decisions_shows_each_redaction_and_what_became_of_it(office: Office) -> None:
    # given
    request_id = office.granted(Right.ACCESS)
    calls = collect(office, request_id, "calls", CALLS, *FIELDS)
    for place in ("with.name", "method"):
        redact(office, request_id, calls, RedactionKind.COLUMN, place)
    first, second = office.case(request_id).copies.redactions[calls]
    # when
    office.desk.redaction.withdraw(request_id, second.redaction_id, office.call(request_id), reason="It is public.")
    office.desk.redaction.confirm(request_id, calls, office.call(request_id), reason="")
    # then
    with office.service.database.reading() as connection:
        rows = [row for row in decisions_of(connection, request_id) if row["kind"] == "redaction"]
    assert [(row["about_id"], row["outcome"], row["ground"], row["method"], row["extent"]) for row in rows] == [
        (first.redaction_id, "confirmed", "privacy-of-another", "column", [str(calls), "with.name"]),
        (second.redaction_id, "withdrawn", "privacy-of-another", "column", [str(calls), "method"]),
    ]
