"""Lists and openings say where no scanner for malware examines the files that they offer (GDPR Art. 32(1)(b))."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from dsr.api.context import service


class NotScanned(fields.Boolean):
    """Whether nothing examines a file for malware."""

    def __init__(self) -> None:
        meaning = "true: no scanner for malware is set (`DSR_SCANNER`), so nothing examines a file before it is opened."
        super().__init__(metadata={"description": meaning})


def not_scanned() -> dict[str, bool]:
    """What `NotScanned` shows, for an answer."""
    return {"not_scanned": service().settings.scanner is None}


def with_scanning(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """These rows, each with what `NotScanned` shows."""
    said = not_scanned()
    return [{**row, **said} for row in rows]


def original_mail(raw: bytes, mail_id: UUID, asked: Mapping[str, Any]) -> Response:
    """A mail as it arrived, as a file; its header says whether it was scanned, by what the caller `asked`."""
    response = Response(raw, content_type="message/rfc822")
    is_scanned = service().settings.scanner is not None and not asked["unscanned"]
    response.headers["DSR-Scanned"] = "yes" if is_scanned else "no"
    response.headers["Content-Disposition"] = f'attachment; filename="{mail_id}.eml"'
    return response
