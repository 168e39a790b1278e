"""The header is evidence: its bytes may never change for what is already stored."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest

from dsr.eventstore.header import build_header, format_instant, parse_header, parse_instant

GOLDEN = Path(__file__).parent / "golden" / "header.v1.json"
STREAM = UUID("5f2d8a4e-0b7c-4d53-9a61-2f6f3f0c9b10")
FIRST_KEY = UUID("0a000000-0000-4000-8000-000000000001")
SECOND_KEY = UUID("f0000000-0000-4000-8000-000000000002")
PAYLOAD = '{"timestamp":"2026-03-05T09:30:00Z","actor":"ann","note":"für später"}'.encode()


def header(**changes: object) -> bytes:
    fields: dict[str, object] = {
        "log": "main",
        "position": 42,
        "stream_id": STREAM,
        "stream_version": 3,
        "name": "dsr.request.note-added",
        "recorded_at": "2026-03-05T09:30:00.000123Z",
        "key_ids": [SECOND_KEY, FIRST_KEY, SECOND_KEY],
        "payload": PAYLOAD,
    }
    return build_header(**{**fields, **changes})  # type: ignore[arg-type]  # a table of arguments


def test_the_bytes_are_those_of_the_golden_file() -> None:
    assert header() == GOLDEN.read_bytes().rstrip(b"\n")


def test_anybody_can_read_a_header_as_json() -> None:
    assert json.loads(header()) == {
        "format": 1,
        "log": "main",
        "position": 42,
        "stream_id": str(STREAM),
        "stream_version": 3,
        "name": "dsr.request.note-added",
        "recorded_at": "2026-03-05T09:30:00.000123Z",
        "key_ids": [str(FIRST_KEY), str(SECOND_KEY)],
        "payload_sha256": "29e598f8506f06b06f2b62566b33746450bfb9fe7f0566cacb51782b3ea823fe",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"log": "other"},
        {"position": 43},
        {"stream_id": FIRST_KEY},
        {"stream_version": 4},
        {"name": "dsr.request.closed"},
        {"recorded_at": "2026-03-05T09:30:00.000124Z"},
        {"key_ids": [FIRST_KEY]},
        {"payload": PAYLOAD + b" "},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_every_fact_of_an_event_changes_its_header(changes: dict[str, object]) -> None:
    assert header(**changes) != header()


def test_parsing_gives_back_what_was_built_and_proves_the_payload() -> None:
    parsed = parse_header(header())
    assert (parsed.position, parsed.stream_id, parsed.key_ids) == (42, STREAM, (FIRST_KEY, SECOND_KEY))
    assert parsed.proves(PAYLOAD)
    assert not parsed.proves(PAYLOAD[:-1])


@pytest.mark.parametrize(
    "forged",
    [
        b"",
        b"{}",
        header().replace(b'"log":', b'"log": '),
        header().replace(b'"format":1', b'"format":2'),
        header()[:-1] + b',"more":1}',
        header() + b"\n",
    ],
)
def test_bytes_that_are_not_canonical_are_no_header(forged: bytes) -> None:
    with pytest.raises(ValueError, match="header"):
        parse_header(forged)


def test_instants_have_a_fixed_width_in_utc_so_that_text_order_is_time_order() -> None:
    instant = datetime(2026, 3, 5, 12, tzinfo=timezone(timedelta(hours=2)))
    assert format_instant(instant) == "2026-03-05T10:00:00.000000Z"
    assert parse_instant(format_instant(instant)) == instant
    later = [datetime(2026, 3, 5, 10, 0, 0, micro, tzinfo=UTC) for micro in (0, 1, 10, 999_999)]
    assert sorted(map(format_instant, later)) == list(map(format_instant, later))
