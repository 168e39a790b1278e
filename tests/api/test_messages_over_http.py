"""Messages over HTTP: what staff enter, and who says what it is (docs/law §9)."""

import io
import json
from typing import Any
from uuid import uuid4

from werkzeug.test import TestResponse

from tests.api.team import Case, Team


def said(team: Team, **facts: Any) -> dict[str, Any]:
    """A telephone call of now."""
    body = {"channel": "telephone", "received_at": team.clock.now().isoformat(), "language": "en"}
    return body | {"text": "She asks where the answer is."} | facts


def scan(team: Team, case: Case, content: bytes, **sent: Any) -> TestResponse:
    """A letter on paper, sent as a file."""
    metadata = json.dumps(said(team, channel="post", text=""))
    return team.ask(
        "POST",
        f"/requests/{case.id}/messages",
        "intake",
        if_match=case.etag,
        data={"metadata": metadata, "file": (io.BytesIO(content), "letter.pdf", "application/pdf")},
        content_type="multipart/form-data",
        **sent,
    )


def test_intake_enters_a_call_and_a_handler_says_what_it_is(team: Team) -> None:
    # given
    case = team.registered("access")
    # when
    shown = team.done(case, "messages", said(team), "intake")
    # then
    assert shown["messages_waiting"] == 1
    assert team.done(case, "messages/examined", said(team, kind="reminder"))["messages_waiting"] == 1
    listed = team.get(f"/requests/{case.id}/messages").get_json()["items"]
    assert [(each["channel"], each["kind"]) for each in listed] == [
        ("telephone", "new-request"),
        ("telephone", None),
        ("telephone", "reminder"),
    ]


def test_a_letter_may_be_a_file_and_is_opened_as_it_came(team: Team) -> None:
    case, paper = team.registered("access"), b"%PDF-1.7 Where is my answer?"
    kept = scan(team, case, paper, key=str(uuid4()))
    assert kept.status_code == 200, kept.text
    case.etag = kept.headers["ETag"]
    version = int(case.etag.strip('"'))
    opened = team.command(case, "originals", {"purpose": "assessment", "version": version})
    assert (opened.data, opened.mimetype) == (paper, "application/pdf")


def test_a_message_is_a_text_or_a_file_in_an_open_format_and_never_of_tomorrow(team: Team) -> None:
    case = team.registered("access")
    team.refused(scan(team, case, b"MZ" + bytes(5000)), 415, "file-type-unsupported")
    most = team.service.settings.max_upload_bytes
    team.refused(scan(team, case, b"%PDF-1.7" + bytes(most)), 413, "data-too-large")
    team.refused(team.command(case, "messages", said(team, text=" ")), 422, "message-empty")
    team.refused(
        team.command(case, "messages", said(team, received_at="2030-01-01T10:00:00Z")), 409, "receipt-in-future"
    )
    raw = team.ask("POST", f"/requests/{case.id}/messages", if_match=case.etag, data=b"x", content_type="image/png")
    team.refused(raw, 415, "media-type-unsupported")


def test_an_envelope_names_its_letter_in_one_way(team: Team) -> None:
    case = team.registered("access")
    team.refused(team.command(case, "returned-letters", {}), 422, "input-invalid")
    both = {"dispatch_id": str(uuid4()), "version": 1}
    team.refused(team.command(case, "returned-letters", both), 422, "input-invalid")
    team.refused(team.command(case, "returned-letters", {"version": 1}), 404, "letter-unknown")
