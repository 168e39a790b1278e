"""Data that systems returned for an item: the copies of access and portability (GDPR Art. 15(3), 20(1))."""

from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused, Unknown
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.data_set import DataSet
from dsr.domain.request.errors import ItemNotGranted
from dsr.domain.request.guards import require_between, require_identity_resolved, require_item, require_not_closed
from dsr.domain.request.item import Item
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import ItemStatus
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyIntroduction


class ItemHasNoCopy(Refused):
    """Only items of access and portability have a copy of data. Choose such an item."""

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
    """A data set was taken out again before it was handed over."""

    TOPIC: ClassVar[str] = "dsr.request.data-discarded"
    data_set_id: UUID

    def apply(self, case: Case) -> None:
        case.change_copy(case.copies.discard(self.data_set_id), self.originator_version)


def require_copied_item(case: Case, item_id: str) -> Item:
    """A granted item of access or portability of an identified person.

    Raises ItemHasNoCopy, ItemNotGranted, IdentityUnresolved, ItemUnknown, NotRegistered, RequestIsClosed.
    """
    item = require_item(case, item_id)
    if item.right not in (Right.ACCESS, Right.PORTABILITY):
        raise ItemHasNoCopy(item_id=item_id)
    if item.status is not ItemStatus.GRANTED:
        raise ItemNotGranted(item_id=item_id, status=item.status.value)
    require_identity_resolved(case, item)
    return item


@state_guard
def may_collect_data(case: Case, *, item_id: str) -> Item:
    """A granted item with a copy.

    Raises ItemHasNoCopy, ItemNotGranted, IdentityUnresolved, ItemUnknown, NotRegistered, RequestIsClosed.
    """
    return require_copied_item(case, item_id)


@state_guard
def may_discard_data(case: Case, *, data_set_id: UUID) -> DataSet:
    """A data set not handed over yet. Raises DataSetUnknown, ItemNotGranted, RequestIsClosed."""
    require_not_closed(case)
    data_set = case.copies.data_sets.get(data_set_id)
    if data_set is None:
        raise DataSetUnknown()
    if not case.item(data_set.item_id).status.is_pending:
        raise ItemNotGranted(item_id=data_set.item_id)
    return data_set


class CollectionCommands(Case):
    """collect data for an item; discard it again."""

    def collect_data(self, acting: CaseActing, *, data_set: DataSet, key: KeyIntroduction) -> None:
        """Attach what a system returned to a granted item of access or portability.

        Raises ItemHasNoCopy, ItemNotGranted, IdentityUnresolved, AnswerDatesInvalid, ItemUnknown, NotRegistered,
        RequestIsClosed.
        """
        may_collect_data(self, item_id=data_set.item_id)
        require_between(acting, data_set.collected_at, not_before=self.received_at)
        self.record(acting, DataCollected, data_set=data_set, key=key)

    def discard_data(self, acting: CaseActing, *, data_set_id: UUID) -> None:
        """Take a data set out again before its item is done; a duty to redact it stays.

        Raises DataSetUnknown, ItemNotGranted (done: what was handed over stays on file), RequestIsClosed.
        """
        may_discard_data(self, data_set_id=data_set_id)
        self.record(acting, DataDiscarded, data_set_id=data_set_id)
