"""What a system returned, described so that a person can read it (GDPR Art. 12(1), 15(3), 20(1))."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dsr.domain.request.values import Provenance
from dsr.domain.sealed import BlobRef


@dataclass(frozen=True)
class FieldDescription:
    """What one field of a data set means, in words for the data subject."""

    name: str
    description: str
    provenance: Provenance
    unit: str | None = None
    """Of its numbers: `s`, `EUR`, `km/h`."""
    zone: str | None = None
    """IANA time zone of its times, where they name none themselves."""


@dataclass(frozen=True)
class DataSet:
    """What one system returned for one item. The data is a blob; this says where it comes from and what it means."""

    data_set_id: UUID
    item_id: str
    name: str
    """File name in the export, without ending: lower case, digits, hyphens."""
    system: str
    controller_id: str
    purpose: str
    provenance: Provenance
    """Of the data set as a whole; a field may be inferred on its own."""
    fields: tuple[FieldDescription, ...]
    collected_at: datetime
    """When the system gave it out, aware."""
    content: BlobRef
