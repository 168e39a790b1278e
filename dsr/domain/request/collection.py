"""What each system returned for an item: the copies of access and portability (GDPR Art. 15(3), 20(1))."""

from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused, Unknown
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.data_set import DataSet
from dsr.domain.request.errors import IdentityUnresolved, ItemNotGranted
from dsr.domain.request.guards import GuardedCase
from dsr.domain.request.values import UNRESOLVED, ItemStatus
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyIntroduction


class ItemHasNoCopy(Refused):
    """Only access and portability hand out copies of data."""

    code = "item-has-no-copy"


class DataSetUnknown(Unknown):
    """The case has no such data set."""

    code = "data-set-unknown"


class DataCollected(RequestEvent):
    """A system returned its data for an item."""

    TOPIC: ClassVar[str] = "dsr.request.data-collected"
    data_set: DataSet
    key: KeyIntroduction

    def apply(self, case: Case) -> None:
        case.copies.collect(self.data_set)
        case.change_copy(self.data_set.item_id, self.originator_version)


class DataDiscarded(RequestEvent):
    """A data set was taken out again, before it was handed over."""

    TOPIC: ClassVar[str] = "dsr.request.data-discarded"
    data_set_id: UUID

    def apply(self, case: Case) -> None:
        case.change_copy(case.copies.discard(self.data_set_id), self.originator_version)


class CollectionCommands(GuardedCase):
    """collect data for an item; discard it again."""

    def collect_data(self, acting: CaseActing, *, data_set: DataSet, key: KeyIntroduction) -> None:
        """Attach what a system returned to a granted item of access or portability.

        Raises ItemHasNoCopy, ItemNotGranted, IdentityUnresolved, AnswerDatesInvalid, ItemUnknown, NotRegistered,
        RequestIsClosed.
        """
        self._require_registered()
        item = self.item(data_set.item_id)
        if item.right not in (Right.ACCESS, Right.PORTABILITY):
            raise ItemHasNoCopy(item_id=item.item_id)
        if item.status is not ItemStatus.GRANTED:
            raise ItemNotGranted(item_id=item.item_id)
        if self.identity.status in UNRESOLVED:
            raise IdentityUnresolved()
        self._require_between(acting, data_set.collected_at, not_before=self.received_at)
        self.record(acting, DataCollected, data_set=data_set, key=key)

    def discard_data(self, acting: CaseActing, *, data_set_id: UUID) -> None:
        """Take a data set out again, before its item is done; where it was to be redacted, that duty stays.

        Raises DataSetUnknown, ItemNotGranted (done: what was handed over stays on file), RequestIsClosed.
        """
        self._require_not_closed()
        if data_set_id not in self.copies.data_sets:
            raise DataSetUnknown()
        item = self.item(self.copies.data_sets[data_set_id].item_id)
        if not item.status.is_pending:
            raise ItemNotGranted(item_id=item.item_id)
        self.record(acting, DataDiscarded, data_set_id=data_set_id)
