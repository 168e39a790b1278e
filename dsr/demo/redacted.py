"""Data of another person in a copy: one column is redacted, confirmed, and listed as redacted (GDPR Art. 15(4))."""

import json
from typing import Any

from dsr.demo.client import multipart
from dsr.demo.story import DemoCase, expect

NAME = "listened"
COLUMN = "employee"

RECORDS = [
    {"call_id": "C-118204", "listened_at": "2026-02-12T09:15:00+01:00", "why": "training", "employee": "E. Sommer"},
    {"call_id": "C-119010", "listened_at": "2026-02-19T08:40:00+01:00", "why": "complaint", "employee": "T. Brandt"},
]
"""Who listened to her calls: the dates and purposes concern her, the names are those of employees."""

_METADATA = {
    "name": NAME,
    "system": "quality",
    "purpose": "To improve the service and to train staff, by listening to calls that customers agreed to have "
    "recorded.",
    "provenance": "observed",
    "fields": [
        {"name": "call_id", "description": "Our number of the call", "provenance": "observed"},
        {"name": "listened_at", "description": "When somebody listened to it", "provenance": "observed"},
        {"name": "why", "description": "What for", "provenance": "observed"},
        {"name": COLUMN, "description": "Who listened", "provenance": "observed"},
    ],
}


def collect(case: DemoCase, item: str) -> None:
    """Upload who listened to the calls, and leave the names of the employees out; until confirmed nothing leaves."""
    content, media_type = multipart(
        _METADATA, json.dumps(RECORDS).encode(), name=f"{NAME}.json", media_type="application/json"
    )
    says = f"uploads {NAME}.json for {item}: who listened to her calls, as quality returned it"
    case.send("ann", f"items/{item}/data-sets", says, content=content, media_type=media_type)
    target_id = next(row["data_set_id"] for row in case.listed(f"items/{item}/data-sets") if row["name"] == NAME)
    case.do(
        "ann",
        f"items/{item}/redactions",
        f"leaves the column `{COLUMN}` out: it is personal data of employees",
        target_id=target_id,
        kind="column",
        place=COLUMN,
        right="privacy-of-another",
        reason="Two employees listened as they were told to; their names say nothing about her.",
    )
    case.refused("ann", f"items/{item}/export", "redaction-pending", "packs it before anybody looked again:")
    says = "looks again, and confirms that nothing of others is left"
    case.do("ann", f"items/{item}/redactions/confirmation", says, target_id=target_id)


def told(case: DemoCase, manifest: dict[str, Any], files: dict[str, bytes]) -> None:
    """Show what the package says of it. Raises DemoFailed where it says nothing, or says too much."""
    (said,) = manifest["redactions"]
    expect("what was left out", (said["name"], said["kind"], said["place"]), (NAME, "column", COLUMN))
    expect("values left out", said["values"], len(RECORDS))
    expect("whether the page tells the reason", said["reason"] in files["index.html"].decode(), True)
    names = [record[COLUMN].encode() for record in RECORDS]
    leaking = sorted(path for path, content in files.items() if any(name in content for name in names))
    expect("files that name an employee", leaking, [])
    case.scene.tell(
        "jana",
        f"reads that {said['values']} values of `{said['place']}` in {said['name']} were left out: "
        f"{said['reason']} ({said['provision']})",
    )
