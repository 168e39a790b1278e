"""Files of a granted copy: recordings, letters, documents that systems hold of the person (GDPR Art. 15(3), 20(1)).

A copy of recordings is the recordings themselves (EDPB Guidelines 01/2022, section 5.2.5), so what is no table of
records is attached as the file that it is.
"""

from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused, Unknown
from dsr.domain.request.attachment import Attachment
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.collection import ItemHasNoCopy
from dsr.domain.request.errors import IdentityUnresolved, ItemNotGranted
from dsr.domain.request.guards import GuardedCase
from dsr.domain.request.values import UNRESOLVED, ItemStatus
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyIntroduction


class AttachmentUnknown(Unknown):
    """The case has no such attachment."""

    code = "attachment-unknown"


class AttachmentNameTaken(Refused):
    """Another file of this item has this name: in the package each needs one of its own. Choose another name."""

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


class AttachmentCommands(GuardedCase):
    """attach a file to an item; take it out again."""

    def require_attachable(self, item_id: str, stem: str) -> None:
        """Whether a file of this name, its ending left out, can be collected now: for a granted copy.

        Raises ItemHasNoCopy, ItemNotGranted, IdentityUnresolved, AttachmentNameTaken, ItemUnknown, NotRegistered,
        RequestIsClosed.
        """
        self._require_registered()
        item = self.item(item_id)
        if item.right not in (Right.ACCESS, Right.PORTABILITY):
            raise ItemHasNoCopy(item_id=item.item_id)
        if item.status is not ItemStatus.GRANTED:
            raise ItemNotGranted(item_id=item.item_id)
        if self.identity.status in UNRESOLVED:
            raise IdentityUnresolved()
        if any((each.item_id, each.stem) == (item_id, stem) for each in self.copies.attachments.values()):
            raise AttachmentNameTaken(item_id=item_id)

    def attach(self, acting: CaseActing, *, attachment: Attachment, key: KeyIntroduction) -> None:
        """Attach what a system returned to a granted item of access or portability.

        Raises ItemHasNoCopy, ItemNotGranted, IdentityUnresolved, AttachmentNameTaken, AnswerDatesInvalid, ItemUnknown,
        NotRegistered, RequestIsClosed.
        """
        self.require_attachable(attachment.item_id, attachment.stem)
        self._require_between(acting, attachment.collected_at, not_before=self.received_at)
        self.record(acting, AttachmentCollected, attachment=attachment, key=key)

    def discard_attachment(self, acting: CaseActing, *, attachment_id: UUID) -> None:
        """Take a file out again, before its item is done; where it was to be redacted, that duty stays.

        Raises AttachmentUnknown, ItemNotGranted (done: what was handed over stays on file), RequestIsClosed.
        """
        self._require_not_closed()
        if attachment_id not in self.copies.attachments:
            raise AttachmentUnknown()
        item = self.item(self.copies.attachments[attachment_id].item_id)
        if not item.status.is_pending:
            raise ItemNotGranted(item_id=item.item_id)
        self.record(acting, AttachmentDiscarded, attachment_id=attachment_id)
