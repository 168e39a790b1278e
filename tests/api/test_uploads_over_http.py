"""Recordings and documents in parts over HTTP, and proofs of identity as files."""

import hashlib
import io
import json
import wave
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from dsr.api.context import EXTENSION
from dsr.bootstrap import scanner_of
from dsr.domain.scanning import NoScanner
from dsr.settings import ScannerAddress
from tests.api.team import Team

PART = "application/octet-stream"


def recording() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(range(256)) * 100)
    return file.getvalue()


def about(size: int, **facts: Any) -> dict[str, Any]:
    return {
        "name": "call",
        "size": size,
        "media_type": "audio/wav",
        "system": "crm",
        "purpose": "Customer relations",
        "provenance": "observed",
        "description": "Your call of 2 March.",
    } | facts


def begin(team: Team, case: Any, size: int, **facts: Any) -> Any:
    return team.post(f"/requests/{case.id}/items/access/uploads", about(size, **facts), key=str(uuid4()))


def send(team: Team, path: str, offset: int | str, content: bytes, **sent: Any) -> Any:
    headers = {"Upload-Offset": str(offset)}
    return team.ask("PATCH", path, headers=headers, data=content, **({"content_type": PART} | sent))


def test_a_recording_arrives_in_parts_and_is_attached(team: Team) -> None:
    # given
    case, content = team.granted("access"), recording()
    begun = begin(team, case, len(content))
    assert begun.status_code == 201, begun.text
    path = begun.headers["Location"]
    assert begun.get_json()["offset"] == 0
    # when
    half = len(content) // 2
    assert send(team, path, 0, content[:half]).headers["Upload-Offset"] == str(half)
    shown = team.get(path)
    assert (shown.get_json()["offset"], shown.headers["Upload-Offset"]) == (half, str(half))
    head = team.client.head(path, headers={"Authorization": f"Bearer {team.token('handler')}"})
    assert (head.status_code, head.headers["Upload-Offset"], head.data) == (200, str(half), b"")
    assert send(team, path, half, content[half:]).get_json()["offset"] == len(content)
    done = team.post(
        f"{path}/completion",
        {"sha256": hashlib.sha256(content).hexdigest()},
        if_match=case.etag,
        key=str(uuid4()),
    )
    # then
    assert done.status_code == 200, done.text
    listed = team.get(f"/requests/{case.id}/items/access/attachments")
    [attachment] = listed.get_json()["items"]
    assert (attachment["name"], attachment["media_type"]) == ("call.wav", "audio/wav")
    assert attachment["size"] == len(content)
    case.etag = listed.headers["ETag"]
    opened = team.command(case, "originals", {"purpose": "assessment", "version": int(case.etag.strip('"'))})
    assert (opened.data, opened.mimetype) == (content, "audio/wav")
    assert opened.headers["Content-Disposition"] == "attachment; filename=call.wav"
    team.refused(team.get(path), 404, "upload-unknown")
    team.done(case, f"items/access/attachments/{attachment['attachment_id']}/discarding", {})
    assert team.get(f"/requests/{case.id}/items/access/attachments").get_json()["items"] == []


def test_an_upload_that_was_begun_twice_with_one_key_is_one(team: Team) -> None:
    case, key = team.granted("access"), str(uuid4())
    path = f"/requests/{case.id}/items/access/uploads"
    first, second = (team.post(path, about(10), key=key) for _ in range(2))
    assert first.get_json() == second.get_json()
    team.refused(team.post(path, about(11), key=key), 422, "idempotency-key-reused")
    team.refused(team.post(path, about(10)), 400, "idempotency-key-required")


def test_a_part_that_does_not_continue_is_refused_with_the_offset(team: Team) -> None:
    path = begin(team, team.granted("access"), 10).headers["Location"]
    assert send(team, path, 0, b"12345").status_code == 200
    for offset in (0, 4, 6):
        problem = team.refused(send(team, path, offset, b"12345"), 409, "upload-offset-wrong")
        assert problem["facts"] == {"offset": 5}
    team.refused(send(team, path, 5, b"123456"), 409, "upload-exceeded")
    team.refused(send(team, path, 5, b""), 422, "upload-part-empty")
    assert team.get(path).get_json()["offset"] == 5


@pytest.mark.parametrize("offset", ["", "-1", "1.0", "٣", "1" * 16])
def test_a_part_says_in_plain_digits_where_it_begins(team: Team, offset: str) -> None:
    path = begin(team, team.granted("access"), 10).headers["Location"]
    headers = {"Upload-Offset": offset.encode().decode("latin-1")}
    answer = team.ask("PATCH", path, headers=headers, data=b"x", content_type=PART)
    assert team.refused(answer, 422, "input-invalid")["errors"][0]["header"] == "Upload-Offset"


def test_a_part_is_bytes_and_no_larger_than_the_limit(team: Team) -> None:
    path = begin(team, team.granted("access"), 2_000_000_000).headers["Location"]
    team.refused(send(team, path, 0, b"x", content_type="application/json"), 415, "media-type-unsupported")
    most = team.service.settings.max_upload_part_bytes
    team.refused(send(team, path, 0, bytes(most + 1)), 413, "body-too-large")
    assert send(team, path, 0, b"fLaC" + bytes(most - 4)).get_json()["offset"] == most
    headers = {"Upload-Offset": str(most), "Content-Encoding": "gzip"}
    answer = team.ask("PATCH", path, headers=headers, data=b"x", content_type=PART)
    team.refused(answer, 415, "media-type-unsupported")


def test_what_is_to_come_has_a_size_and_a_safe_name(team: Team) -> None:
    case = team.granted("access")
    team.refused(begin(team, case, 3_000_000_000), 413, "attachment-too-large")
    team.refused(begin(team, case, 10, name="../x"), 422, "data-set-name-invalid")
    team.refused(begin(team, case, 10, system="nowhere"), 422, "system-unknown")
    team.refused(begin(team, team.registered("access"), 10), 409, "item-not-granted")
    team.refused(begin(team, team.granted("rectification"), 10), 404, "item-unknown")


def test_completion_takes_only_what_was_sent_whole_and_in_an_open_format(team: Team) -> None:
    case = team.granted("access")
    path, content = begin(team, case, 5000).headers["Location"], b"MZ" + bytes(4998)

    def complete(sha256: str | None = None) -> Any:
        return team.post(f"{path}/completion", {"sha256": sha256}, if_match=case.etag, key=str(uuid4()))

    assert team.refused(complete(), 409, "upload-incomplete")["facts"] == {"offset": 0, "size": 5000}
    send(team, path, 0, content)
    team.refused(complete(), 415, "file-type-unsupported")
    team.refused(complete("xy"), 422, "input-invalid")
    assert team.ask("DELETE", path).get_json()["offset"] == 5000
    team.refused(complete(), 404, "upload-unknown")

    path = begin(team, case, 7).headers["Location"]
    send(team, path, 0, b"A note.")
    team.refused(complete("00" * 32), 422, "upload-digest-wrong")
    assert complete(hashlib.sha256(b"A note.").hexdigest().upper()).status_code == 200


def test_a_completion_whose_answer_was_lost_is_answered_again(team: Team) -> None:
    case = team.granted("access")
    path, key = begin(team, case, 7).headers["Location"], str(uuid4())
    send(team, path, 0, b"A note.")
    first, second = (team.post(f"{path}/completion", {}, if_match=case.etag, key=key) for _ in range(2))
    assert (first.status_code, first.data) == (second.status_code, second.data) == (200, first.data)
    assert len(team.get(f"/requests/{case.id}/items/access/attachments").get_json()["items"]) == 1


def test_an_attachment_is_discarded_at_its_own_item_only(team: Team) -> None:
    case = team.granted("access", "portability")
    path = begin(team, case, 7).headers["Location"]
    send(team, path, 0, b"A note.")
    case.etag = team.post(f"{path}/completion", {}, if_match=case.etag, key=str(uuid4())).headers["ETag"]
    [attachment] = team.get(f"/requests/{case.id}/items/access/attachments").get_json()["items"]
    wrong = team.command(case, f"items/portability/attachments/{attachment['attachment_id']}/discarding", {})
    team.refused(wrong, 404, "attachment-unknown")
    team.refused(team.command(case, f"items/access/attachments/{uuid4()}/discarding", {}), 404, "attachment-unknown")


# Proofs of identity --------------------------------------------------------------------------------------------------


def asked(team: Team) -> Any:
    case = team.registered("access")
    team.done(case, "identity-question", {"doubt": "Other address.", "method": "call-back"})
    return case


def prove(team: Team, case: Any, content: bytes, metadata: Any = None, **sent: Any) -> Any:
    data = {"metadata": json.dumps(metadata or {}), "file": (io.BytesIO(content), "card.png", "image/png")}
    return team.ask(
        "POST",
        f"/requests/{case.id}/identity-evidence",
        if_match=case.etag,
        data=data,
        content_type="multipart/form-data",
        **sent,
    )


def test_a_proof_of_identity_may_be_a_file_and_goes_with_the_decision(team: Team) -> None:
    # given
    case, scan = asked(team), b"%PDF-1.7 a card"
    kept = prove(team, case, scan, {"evidence": "Sent by post."}, key=str(uuid4()))
    assert kept.status_code == 200, kept.text
    case.etag = kept.headers["ETag"]
    version = int(case.etag.strip('"'))
    opened = team.command(case, "originals", {"purpose": "identity-check", "version": version})
    assert (opened.data, opened.mimetype) == (scan, "application/pdf")
    # when
    team.done(case, "identity-confirmation", {"method": "known-facts", "assurance": "low"})
    # then
    gone = team.command(case, "originals", {"purpose": "identity-check", "version": version})
    team.refused(gone, 410, "key-destroyed")


def test_a_proof_is_a_text_or_a_file_in_an_open_format(team: Team) -> None:
    case = asked(team)
    path = f"/requests/{case.id}/identity-evidence"
    team.refused(prove(team, case, b"MZ" + bytes(5000)), 415, "file-type-unsupported")
    team.refused(team.post(path, {"evidence": "  "}, if_match=case.etag), 409, "evidence-missing")
    team.refused(team.post(path, {}, if_match=case.etag), 422, "input-invalid")
    raw = team.ask("POST", path, if_match=case.etag, data=b"x", content_type="image/png")
    team.refused(raw, 415, "media-type-unsupported")
    most = team.service.settings.max_upload_bytes
    team.refused(prove(team, case, b"%PDF-1.7" + bytes(most)), 413, "data-too-large")


def test_a_proof_that_is_sent_again_with_its_key_is_kept_once(team: Team) -> None:
    case, key = asked(team), str(uuid4())
    first, second = (prove(team, case, b"%PDF-1.7 a card", key=key) for _ in range(2))
    assert first.data == second.data
    team.refused(prove(team, case, b"%PDF-1.7 another", key=key), 422, "idempotency-key-reused")


@pytest.mark.parametrize("scanner", [None, ScannerAddress(path=Path("/nowhere/clamd.ctl"))])
def test_every_list_that_offers_a_file_says_where_nothing_scans_it(
    team: Team, monkeypatch: pytest.MonkeyPatch, scanner: ScannerAddress | None
) -> None:
    # given: an upload, an attachment, a message, one in quarantine, and an opened request
    case, content = team.granted("access"), recording()
    path = begin(team, case, len(content)).headers["Location"]
    send(team, path, 0, content)
    completion = {"sha256": hashlib.sha256(content).hexdigest()}
    assert team.post(f"{path}/completion", completion, if_match=case.etag, key=str(uuid4())).status_code == 200
    under_way = begin(team, case, 10, name="another").headers["Location"]
    case.etag = team.get(f"/requests/{case.id}").headers["ETag"]
    headers = {"Content-Type": "message/rfc822"}
    assert team.ask("POST", "/intake/messages", "intake", data=b"no mail", headers=headers).status_code == 202
    # when
    settings = replace(team.service.settings, scanner=scanner)
    monkeypatch.setitem(team.app.extensions, EXTENSION, replace(team.service, settings=settings))
    monkeypatch.setattr(team.service.desk.uploads, "_scanner", scanner_of(settings) or NoScanner())
    # then
    shown = [
        team.get(under_way).get_json(),
        *team.get(f"/requests/{case.id}/items/access/attachments").get_json()["items"],
        *team.get(f"/requests/{case.id}/messages").get_json()["items"],
        *team.get("/messages").get_json()["items"],
        *team.get("/intake/quarantine").get_json()["items"],
        team.command(case, "disclosures", {"purpose": "triage"}).get_json(),
    ]
    assert len(shown) >= 5
    assert {each["not_scanned"] for each in shown} == {scanner is None}
