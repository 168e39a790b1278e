"""An attachment: a file that a system returned, described for the person (GDPR Art. 12(1), 15(3), 20(1))."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dsr.domain.request.values import Provenance
from dsr.domain.sealed import BlobRef


@dataclass(frozen=True)
class Attachment:
    """One file for one item. The content is a blob; this says where it comes from and what it is."""

    attachment_id: UUID
    item_id: str
    name: str
    """File name in the export: lower-case letters, digits and hyphens, with the extension of its media type."""
    media_type: str
    """Media type found in the content itself, never the one that a sender claimed."""
    size: int
    """Bytes."""
    system: str
    controller_id: str
    purpose: str
    provenance: Provenance
    description: str
    """Description for the data subject, in plain words (GDPR Art. 12(1))."""
    collected_at: datetime
    """When the system returned the file; timezone-aware."""
    content: BlobRef

    @property
    def stem(self) -> str:
        """The file name without its extension."""
        return self.name.rpartition(".")[0]
