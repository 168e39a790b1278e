"""Files of a granted copy: recordings, letters and documents about the person (GDPR Art. 15(3), 20(1)).

A copy of recordings is the recordings themselves (EDPB Guidelines 01/2022, section 5.2.5), so anything that is not a
table of records is attached as a file, unchanged.
"""

from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused, Unknown
from dsr.domain.request.attachment import Attachment
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.collection import require_copied_item
from dsr.domain.request.errors import ItemNotGranted
from dsr.domain.request.guards import require_between, require_not_closed
from dsr.domain.request.item import Item
from dsr.domain.request.state_guards import state_guard
from dsr.domain.sealed import KeyIntroduction


class AttachmentUnknown(Unknown):
    """The case has no such attachment. `GET /requests/{request_id}/items/{item_id}/attachments` lists those of an
    item.
    """

    code = "attachment-unknown"


class AttachmentNameTaken(Refused):
    """Another file of this item has this name. Names in a package are unique: choose another one."""

    code = "attachment-name-taken"


class AttachmentCollected(RequestEvent):
    """A file was attached to an item."""

    TOPIC: ClassVar[str] = "dsr.request.attachment-collected"
    attachment: Attachment
    key: KeyIntroduction

    def apply(self, case: Case) -> None:
        case.copies.collect(self.attachment)
        case.change_copy(self.attachment.item_id, self.originator_version)


class AttachmentDiscarded(RequestEvent):
    """A file was taken out again, before it was handed over."""

    TOPIC: ClassVar[str] = "dsr.request.attachment-discarded"
    attachment_id: UUID

    def apply(self, case: Case) -> None:
        case.change_copy(case.copies.discard(self.attachment_id), self.originator_version)


@state_guard
def may_attach(case: Case, *, item_id: str) -> Item:
    """A granted item with a copy, as for data that a system returned.

    Raises ItemHasNoCopy, ItemNotGranted, IdentityUnresolved, ItemUnknown, NotRegistered, RequestIsClosed.
    """
    return require_copied_item(case, item_id)


@state_guard
def may_discard_attachment(case: Case, *, attachment_id: UUID) -> Attachment:
    """A file that was not handed over yet. Raises AttachmentUnknown, ItemNotGranted, RequestIsClosed."""
    require_not_closed(case)
    attachment = case.copies.attachments.get(attachment_id)
    if attachment is None:
        raise AttachmentUnknown()
    if not case.item(attachment.item_id).status.is_pending:
        raise ItemNotGranted(item_id=attachment.item_id)
    return attachment


class AttachmentCommands(Case):
    """attach a file to an item; take it out again."""

    def require_attachable(self, item_id: str, stem: str) -> None:
        """Check that a file of this name (compared without its extension) can be attached to a granted copy now.

        Raises ItemHasNoCopy, ItemNotGranted, IdentityUnresolved, AttachmentNameTaken, ItemUnknown, NotRegistered,
        RequestIsClosed.
        """
        may_attach(self, item_id=item_id)
        _require_free_name(self, item_id, stem)

    def attach(self, acting: CaseActing, *, attachment: Attachment, key: KeyIntroduction) -> None:
        """Attach what a system returned to a granted item of access or portability.

        Raises ItemHasNoCopy, ItemNotGranted, IdentityUnresolved, AttachmentNameTaken, AnswerDatesInvalid, ItemUnknown,
        NotRegistered, RequestIsClosed.
        """
        may_attach(self, item_id=attachment.item_id)
        _require_free_name(self, attachment.item_id, attachment.stem)
        require_between(acting, attachment.collected_at, not_before=self.received_at)
        self.record(acting, AttachmentCollected, attachment=attachment, key=key)

    def discard_attachment(self, acting: CaseActing, *, attachment_id: UUID) -> None:
        """Take a file out again before its item is done; a duty to redact the file stays.

        Raises AttachmentUnknown, ItemNotGranted (done: what was handed over stays on file), RequestIsClosed.
        """
        may_discard_attachment(self, attachment_id=attachment_id)
        self.record(acting, AttachmentDiscarded, attachment_id=attachment_id)


def _require_free_name(case: Case, item_id: str, stem: str) -> None:
    if any((each.item_id, each.stem) == (item_id, stem) for each in case.copies.attachments.values()):
        raise AttachmentNameTaken(item_id=item_id)
