"""What the verifier of audit bundles says of a history, without a bundle: it knows the events as they are stored."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from dsr.domain.events import Event
from dsr.domain.ropa import RecordOfProcessing
from dsr.eventstore.mapper import EventMapper
from dsr.evidence.verifier import verify

_MAPPER = EventMapper()


def objections(events: Sequence[Event], record: RecordOfProcessing) -> list[tuple[str, str]]:
    """Everything of one case or matter that does not follow from the facts, as code and place."""
    report = verify.Report()
    records = {each.number: verify.Record(msgspec.to_builtins(each)) for each in record.versions}
    is_case = events[0].TOPIC.startswith("dsr.request.")
    replays: list[verify.ReplayedCase | verify.ReplayedMatter | verify.ReplayedFile] = (
        [verify.ReplayedCase(records, report)]
        if is_case
        else [verify.ReplayedMatter(records, report), verify.ReplayedFile(records, report)]
    )
    for event in events:
        stored = _MAPPER.to_stored_event(event)
        facts: dict[str, Any] = json.loads(stored.state)
        stream_id, version = str(stored.originator_id), stored.originator_version
        header = verify.SignedHeader(version, stream_id, version, stored.topic, "", (), "")
        for each in replays:
            each.replay(verify.ScopedEvent(header, facts, {}))
    return report.findings
