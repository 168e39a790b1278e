"""A data set that a system returned, described so that the person can read it (GDPR Art. 12(1), 15(3), 20(1))."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dsr.domain.request.values import Provenance
from dsr.domain.sealed import BlobRef


@dataclass(frozen=True)
class FieldDescription:
    """Description of one field of a data set, in words for the data subject."""

    name: str
    description: str
    provenance: Provenance
    unit: str | None = None
    """Unit of its numbers: `s`, `EUR`, `km/h`."""
    zone: str | None = None
    """IANA time zone of its times, unless they name one themselves."""


@dataclass(frozen=True)
class DataSet:
    """The data that one system returned for one item: origin and meaning; the data itself is a blob."""

    data_set_id: UUID
    item_id: str
    name: str
    """File name in the export, without extension: lower-case letters, digits, hyphens."""
    system: str
    controller_id: str
    purpose: str
    provenance: Provenance
    """Provenance of the data set as a whole; a single field may still be inferred."""
    fields: tuple[FieldDescription, ...]
    collected_at: datetime
    """When the system returned it; timezone-aware."""
    content: BlobRef
